"""The store's folder: reading a file, replacing one under the lock, listing and removing."""

import contextlib
import errno
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from study.errors import StudyError
from study.store import keys, shards

_RECORD = "made_of.json"
_SUFFIX = ".safetensors"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of an entry on disk without reading its arrays.

    ``made_of`` holds ``parts``, ``total`` and ``shard`` (the latter two None for arrays put
    whole); it is empty where the record is unreadable. ``files`` counts files of arrays,
    ``bytes`` theirs.
    """

    kind: str
    key: str
    made_of: Mapping[str, Any]
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Disk:
    """A folder of entries; one process at a time writes, all read."""

    root: Path

    def load(self, kind: str, key: str, name: str) -> dict[str, np.ndarray] | None:
        """Return a file's arrays; None where it is absent, unreadable or damaged."""
        return shards.load(self._place(kind, key, name), place=f"{kind}/{key}/{name}{_SUFFIX}")

    def save(
        self,
        kind: str,
        key: str,
        name: str,
        arrays: Mapping[str, np.ndarray],
        made_of: Mapping[str, Any],
    ) -> None:
        """Write a file, after the record of what made it; raises `StudyError` if it cannot."""
        path = self._place(kind, key, name)
        data = shards.encode(arrays, place=f"{kind}/{key}/{name}{_SUFFIX}")
        record = (json.dumps(made_of, sort_keys=True, indent=1) + "\n").encode()
        with self._writing():
            path.parent.mkdir(parents=True, exist_ok=True)
            if not _holds(path.parent / _RECORD, record):
                self._replace(path.parent / _RECORD, record)
            # First come, first kept: who reads meanwhile never sees two versions of one file.
            if self.load(kind, key, name) is None:
                self._replace(path, data)

    def check_writable(self) -> None:
        """Raise `StudyError` unless a file can be written here."""
        with self._writing():
            self._replace(self.root / ".part", b"")
            (self.root / ".part").unlink()

    def stored(self) -> list[Stored]:
        """Return what is kept, by kind and key."""
        found = []
        for folder in self._folders():
            with contextlib.suppress(FileNotFoundError):  # Cleared by another process meanwhile.
                found.append(_stored(folder))
        return found

    def remove(self, kind: str | None) -> list[Stored]:
        """Remove the entries of a kind, or all; return what they were. Other files stay."""
        removed = []
        with self._writing():
            for folder in self._folders():
                if kind in {None, folder.parent.name}:
                    removed.append(_stored(folder))
                    for path in _ours(folder):
                        path.unlink()
                    with contextlib.suppress(OSError):  # Something else lies there.
                        folder.rmdir()
                        folder.parent.rmdir()
        return removed

    def _place(self, kind: str, key: str, name: str) -> Path:
        return self.root / kind / key / f"{name}{_SUFFIX}"

    def _folders(self) -> list[Path]:
        """Return the folders named by a key that hold something that this program writes."""
        folders = sorted(path for path in self.root.glob("*/" + "[0-9a-f]" * 64) if path.is_dir())
        return [folder for folder in folders if _ours(folder)]

    def _replace(self, path: Path, data: bytes) -> None:
        # One name for all files in the making: under the lock a .part can only be a dead one's.
        part = self.root / ".part"
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with FileLock(self.root / ".lock"):
                yield
        except OSError as error:
            found = "a full disk" if error.errno in _FULL else error.strerror or str(error)
            raise StudyError(
                f"{self.root}: expected to write to the store, found {found}; make room or name "
                "another folder in STUDY_STORE; what is kept is whole, and the run resumes there"
            ) from error


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def _ours(folder: Path) -> list[Path]:
    """Return the files of an entry that this program writes."""
    return [
        path
        for path in sorted(folder.iterdir())
        if (path.name == _RECORD or path.suffix == _SUFFIX) and not path.is_dir()
    ]


def _stored(folder: Path) -> Stored:
    try:
        made_of = keys.plain(json.loads((folder / _RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        made_of = {}
    sizes = [path.stat().st_size for path in sorted(folder.glob(f"*{_SUFFIX}"))]
    known = isinstance(made_of, dict) and isinstance(made_of.get("parts"), dict)
    return Stored(folder.parent.name, folder.name, made_of if known else {}, len(sizes), sum(sizes))
