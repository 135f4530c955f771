"""The numbers of a finished study, ``results.json``: the seam between computing and reporting."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from study.comparison.result_keys import KEYS, SCHEMA
from study.errors import StudyError
from study.files import documents
from study.files.output import write_atomic

__all__ = ["KEYS", "SCHEMA", "dumps", "is_results", "members", "validate", "write"]


def validate(document: Mapping[str, Any]) -> None:
    """Check that a results document has the parts that readers rely on.

    Raises
    ------
    StudyError
        Naming the part that is missing or of another kind.
    """
    if document.get("schema") != SCHEMA:
        raise StudyError(f"expected results of schema {SCHEMA!r}, found {document.get('schema')!r}")
    for key in ("networks", "controls", "pairs", "comparison"):
        if key not in document:
            raise StudyError(f"results: expected the key {key!r}, found {sorted(document)}")
    pairs = document["pairs"]
    if pairs and document["comparison"] != pairs[0]:
        raise StudyError("results: expected 'comparison' to repeat the first of 'pairs'")
    for network in members(document):
        for key in ("name", "units", "unique", "mean_similarity", "top", "layers"):
            if key not in network:
                raise StudyError(f"results: network {network.get('name')!r} lacks {key!r}")


def members(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of all networks: compared, controls and twins."""
    return [*document["networks"], *document["controls"], *document.get("twins", [])]


def dumps(document: Mapping[str, Any]) -> str:
    """Return a valid results document as JSON text, equal for equal documents."""
    validate(document)
    return documents.dumps(document)


def is_results(path: Path) -> bool:
    """Whether a file begins like a results document."""
    with path.open("rb") as file:
        return f'"schema": "{SCHEMA}"'.encode() in file.read(200)


def write(document: Mapping[str, Any], path: Path) -> None:
    """Write ``results.json``: whole or not at all."""
    write_atomic(path, dumps(document).encode())
