"""Given inputs: images and words from whatever a caller has, for use from Python."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.inputs import memory, probe
from study.inputs.concepts import ConceptSet
from study.inputs.probe import Probe
from study.inputs.settings import ProbeSettings
from study.inputs.truth_table import read_truth_table


def open_probe(
    source: Any,
    *,
    include: Sequence[str] = (),
    truth: str | Path | None = None,
    categories: str | Path | None = None,
    limit: int | None = None,
    skip_unreadable: bool = False,
    seed: int = 0,
    name: str | None = None,
) -> Probe:
    """Open the images that networks and encoder will see.

    Parameters
    ----------
    source
        A folder, a zip file, tar files (a path or a pattern such as ``"shards/*.tar"``), in the
        order of folders and names; a list of
        paths; or pictures in memory: a list of Pillow's images or of arrays, or a torch ``Dataset``
        whose items are images or tuples that begin with one. Of pictures in memory the digest is
        that of their pixels.
    include
        Patterns of file names, for folders and archives; all if empty.
    truth, categories
        CSV files: of the images' names and a column for each concept, 0 to 1; of concepts and
        their categories.
    limit, seed
        Take that many images of a folder or archive, drawn from all its parts.
    skip_unreadable
        Leave out images that cannot be read, and list them in ``skipped``.
    name
        What manifests call pictures in memory.

    Raises
    ------
    StudyError
        If there is no picture, or one cannot be used.
    """
    if isinstance(source, Probe):
        return source
    if isinstance(source, str | os.PathLike):
        path = Path(source).expanduser()
        settings = ProbeSettings(
            kind=_kind(path),
            path=path,
            include=tuple(include),
            truth=None if truth is None else Path(truth),
            categories=None if categories is None else Path(categories),
        )
        return probe.open_probe(
            settings, path=path, skip_unreadable=skip_unreadable, limit=limit, seed=seed
        )
    opened = _in_memory(source, name)
    if truth is None:
        return opened
    table = read_truth_table(
        Path(truth),
        None if categories is None else Path(categories),
        names=opened.names,
        known=opened.names,
    )
    return memory.with_truth(opened, table)


def _kind(path: Path) -> str:
    """Return what a path leads to, by content where it is a file."""
    if path.is_dir():
        return "folder"
    try:
        with path.open("rb") as file:
            return "zip" if file.read(4) == b"PK\x03\x04" else "tar"
    except OSError:
        return "tar" if "*" in path.name or "{" in path.name else "folder"


def _in_memory(source: Any, name: str | None) -> Probe:
    if isinstance(source, list | tuple) and source:
        if all(isinstance(item, str | os.PathLike) for item in source):
            paths = [Path(item).expanduser() for item in source]
            return memory.probe_of_paths(paths, name=name or "list")
        return memory.probe_of_items(source, name=name or "images", kind="images")
    if hasattr(source, "__getitem__") and hasattr(source, "__len__"):
        named = name or type(source).__name__
        return memory.probe_of_items(source, name=named, kind="dataset")
    raise StudyError(
        "probe: expected a folder, an archive, a list of paths or images, or a dataset with a "
        f"length, found {type(source).__name__}"
    )


def read_concepts(
    source: str | Path | Iterable[str], *, allow_duplicates: bool = False
) -> ConceptSet:
    """Read the concepts: a file of words, or words themselves.

    Parameters
    ----------
    source
        A file with one word or phrase a line, CSV, JSON; or the words.
    allow_duplicates
        Keep the first of equal words instead of refusing the list.

    Raises
    ------
    StudyError
        If the file cannot be read, or a word cannot be a concept.

    Examples
    --------
    >>> len(read_concepts(["dog", "fire engine"]))
    2
    """
    if isinstance(source, ConceptSet):
        return source
    if isinstance(source, str | Path):
        return ConceptSet.read(Path(source).expanduser(), allow_duplicates=allow_duplicates)
    if source is None:
        raise StudyError("concepts: expected a file or words, found none")
    if not isinstance(source, Iterable):
        raise StudyError(f"concepts: expected a file or words, found {type(source).__name__}")
    words = list(source)
    if not all(isinstance(word, str) for word in words):
        raise StudyError("concepts: expected a file or words, found something that is no text")
    return ConceptSet.of(words, "words", allow_duplicates=allow_duplicates)
