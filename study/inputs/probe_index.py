"""The index of a probe: what was read of each file, so that the next start need not read it."""

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from study.errors import StudyError
from study.files.documents import sha256_bytes
from study.files.output import write_atomic
from study.files.resolving import resolved

Mark: TypeAlias = tuple[int, ...]
"""What tells that a file is another one, without reading it: its size in bytes, its time of
modification in nanoseconds and, of a member of an archive, its place in it."""

FOLDER, ENDING = "probe-index", ".index"
_SCHEMA = "study-probe-index/1"
_RACY = 2_000_000_000
"""Nanoseconds within which a file system may give two versions of a file one time: FAT's two
seconds. A file that was modified so shortly before it was read is read again next time."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read of a picture's file."""

    mark: Mark
    digest: str  # SHA-256 of its bytes
    size: tuple[int, int]  # width and height in pixels, as its header states them


@dataclass(frozen=True, slots=True)
class ProbeIndex:
    """The indexes of all probes, in the folder of the store; one file for each probe's path.

    A file is written whole and renamed, so that several processes may use it: one of them may lose
    what another has just read, which is then read once more. A picture that a run decodes is
    compared with its digest again, whatever the index says.
    """

    root: Path
    """The store's folder."""
    rehash: bool = False
    """Whether to read all files again."""
    write: bool = True
    """Whether to keep what was read."""
    note: Callable[[str], None] = lambda _: None
    """Told of an index that is damaged or cannot be written."""

    def known(self, probe: Path) -> dict[str, Seen]:
        """Return what is known of the files of a probe, by name; nothing if all are to be read."""
        if self.rehash:
            return {}
        try:
            data = self._path(probe).read_bytes()
        except OSError:
            return {}
        found = loads(data)
        if found is None:
            self.note(f"{probe.name}: the index is damaged; all files are read again")
            return {}
        return found

    def keep(self, probe: Path, seen: Mapping[str, Seen]) -> None:
        """Write what is known of the files of a probe; a disk that is full is only noted."""
        if self.write:
            try:
                write_atomic(self._path(probe), dumps(seen))
            except OSError as error:
                self.note(
                    f"{probe.name}: the index cannot be written ({error.strerror or error}); the "
                    "next start reads all files again"
                )

    def _path(self, probe: Path) -> Path:
        place = resolved(probe).as_posix().encode(errors="surrogateescape")
        return self.root / FOLDER / f"{sha256_bytes(place)}{ENDING}"


def settled(mark: Mark, began: int) -> bool:
    """Tell whether a file that was modified again after `began` would have another time.

    Parameters
    ----------
    mark
        Of the file, before it was read.
    began
        When reading it began, in nanoseconds, as `time.time_ns`.
    """
    return mark[1] + _RACY < began


def now() -> int:
    """Return the time in nanoseconds, as file systems state it."""
    return time.time_ns()


def dumps(seen: Mapping[str, Seen]) -> bytes:
    """Return an index as a file: a line with its digest, then records that end in a zero byte."""
    records = []
    for name, one in seen.items():
        mark = ":".join(map(str, one.mark))
        records.append(f"{one.digest}\t{mark}\t{one.size[0]}x{one.size[1]}\t{name}\0")
    body = "".join(records).encode()
    return f"{_SCHEMA} {sha256_bytes(body)}\n".encode() + body


def loads(data: bytes) -> dict[str, Seen] | None:
    """Return the content of an index; None if it is damaged or of another version."""
    head, _, body = data.partition(b"\n")
    if head.decode(errors="replace") != f"{_SCHEMA} {sha256_bytes(body)}":
        return None
    found = {}
    with contextlib.suppress(ValueError):
        for record in body.decode().split("\0")[:-1]:
            digest, mark, size, name = record.split("\t", 3)
            width, height = size.split("x")
            numbers = tuple(map(int, mark.split(":")))
            found[name] = Seen(numbers, digest, (int(width), int(height)))
        return found
    return None


def clear(root: Path) -> int:
    """Remove all indexes of a store; return how many there were.

    Raises
    ------
    StudyError
        If one cannot be removed.
    """
    paths = sorted((root / FOLDER).glob(f"*{ENDING}"))
    try:
        for path in paths:
            path.unlink(missing_ok=True)
        if paths:
            (root / FOLDER).rmdir()
    except OSError as error:
        raise StudyError(f"cannot clear {FOLDER}: {error.strerror or error}") from None
    return len(paths)
