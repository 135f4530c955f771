"""The numbers of a finished study, ``results.json``: the seam between computing and reporting."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from study import manifest
from study.errors import StudyError
from study.output import write_atomic

SCHEMA = "study-results/1"
_REQUIRED = ("networks", "controls", "pairs", "comparison")


def validate(document: Mapping[str, Any]) -> None:
    """Check that a results document has the parts that readers rely on.

    Raises
    ------
    StudyError
        Naming the part that is missing or of another kind.
    """
    if document.get("schema") != SCHEMA:
        raise StudyError(f"expected results of schema {SCHEMA!r}, found {document.get('schema')!r}")
    for key in _REQUIRED:
        if key not in document:
            raise StudyError(f"results: expected the key {key!r}, found {sorted(document)}")
    pairs = document["pairs"]
    if pairs and document["comparison"] != pairs[0]:
        raise StudyError("results: expected 'comparison' to repeat the first of 'pairs'")
    for network in [*document["networks"], *document["controls"]]:
        for key in ("name", "units", "unique", "mean_similarity", "top", "layers"):
            if key not in network:
                raise StudyError(f"results: network {network.get('name')!r} lacks {key!r}")


def dumps(document: Mapping[str, Any]) -> str:
    """Return a valid results document as JSON text, equal for equal documents."""
    validate(document)
    return manifest.dumps(document)


def read(path: Path) -> dict[str, Any]:
    """Read and check ``results.json``; raises `StudyError` when it is not one."""
    document = manifest.load(path, SCHEMA)
    validate(document)
    return document


def write(document: Mapping[str, Any], path: Path) -> None:
    """Write ``results.json``: whole or not at all."""
    write_atomic(path, dumps(document).encode())


def numbers(document: Any, prefix: str = "") -> dict[str, int | float]:
    """Return every number of a document by its dotted key, e.g. ``pairs.0.overall.jaccard``."""
    return dict(_numbers(document, prefix))


def _numbers(value: Any, key: str) -> Iterator[tuple[str, int | float]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _numbers(item, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _numbers(item, f"{key}.{index}" if key else str(index))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield key, value
