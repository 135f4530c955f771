"""Digesting the pictures of a probe, and looking at them, in one thread for each core."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from study import machine
from study.files.documents import sha256_bytes
from study.inputs.containers import Files
from study.inputs.pictures import UnreadablePicture, decode, one_colour, size_of
from study.inputs.probe_index import ProbeIndex, Seen, now, settled
from study.progress import Advance, Progress

_T = TypeVar("_T")

_BLOCK = 4096
"""Images that wait for a thread."""
_OFTEN = 60.0
"""Seconds after which an index is written again while files are read."""


def digested(
    files: Files, names: Sequence[str], path: Path, index: ProbeIndex | None, progress: Progress
) -> tuple[tuple[str, ...], tuple[UnreadablePicture, ...]]:
    """Digest pictures; of those that an index knows only the mark of the file is looked at.

    Parameters
    ----------
    files, names
        The files of a probe, and those of them to digest.
    path
        The probe's, by which the index finds what it knows.
    index
        What earlier starts have read; None if nothing is kept.
    progress
        Advanced by every file that is read.

    Returns
    -------
    digests : tuple of str
        SHA-256 of each picture's bytes.
    broken : tuple of UnreadablePicture
        The errors of pictures whose header cannot be read.
    """
    known = {} if index is None else index.known(path)
    marks = [files.mark(name) for name in names]
    read = [
        name
        for name, mark in zip(names, marks, strict=True)
        if mark is None or name not in known or known[name].mark != mark
    ]
    fresh: dict[str, str] = {}
    broken: list[UnreadablePicture] = []

    def look(name: str) -> tuple[Seen, bool, UnreadablePicture | None]:
        began, mark = now(), files.mark(name)
        data = files.read(name)
        error, size = None, (0, 0)
        try:
            size = size_of(data, name)
        except UnreadablePicture as caught:
            error = caught
        sure = error is None and mark is not None and files.mark(name) == mark
        seen = Seen(mark or (), sha256_bytes(data), size)
        return seen, sure and settled(seen.mark, began), error

    kept = time.monotonic()
    with progress.watch("digesting", len(read), "images") as advance:
        for start in range(0, len(read), _BLOCK):
            some = read[start : start + _BLOCK]
            for name, (seen, sure, error) in zip(some, _each(look, some, advance), strict=True):
                fresh[name] = seen.digest
                known.pop(name, None)
                if sure:
                    known[name] = seen
                if error is not None:
                    broken.append(error)
            if index is not None and time.monotonic() - kept > _OFTEN:
                index.keep(path, known)
                kept = time.monotonic()
    if index is not None and read:
        index.keep(path, known)
    return tuple(fresh.get(name) or known[name].digest for name in names), tuple(broken)


def looks(
    files: Files, names: Sequence[str], progress: Advance | None = None
) -> list[UnreadablePicture | bool]:
    """Decode pictures: the error of each that cannot be, else whether it is of one colour."""

    def look(name: str) -> UnreadablePicture | bool:
        try:
            return one_colour(decode(files.read(name), name))
        except UnreadablePicture as error:
            return error

    return _each(look, names, progress)


def _each(
    function: Callable[[str], _T], names: Sequence[str], progress: Advance | None = None
) -> list[_T]:
    """Apply a function to each name, in one thread for each core; results are in order."""
    results = []
    executor = ThreadPoolExecutor(machine.cores())
    try:
        for start in range(0, len(names), _BLOCK):  # a waiting task takes a kilobyte
            for result in executor.map(function, names[start : start + _BLOCK]):
                results.append(result)
                if progress is not None:
                    progress(1)
    finally:
        executor.shutdown(cancel_futures=True)
    return results
