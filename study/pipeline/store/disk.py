"""The store's folder: files of arrays that hold their own digest, replaced whole under a lock."""

import contextlib
import errno
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from filelock import FileLock

from study.errors import StudyError
from study.pipeline.store import keys

_RECORD = "made_of.json"
_SUFFIX = ".safetensors"
_FIELD = b'"sha256":"'
_BLANK = b"0" * 64
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry on disk, described without reading its arrays.

    ``made_of`` holds ``parts``, ``total`` and ``shard`` (the latter two None for arrays put
    whole); it is empty if the record is unreadable. ``files`` and ``bytes`` count files of arrays.
    """

    kind: str
    key: str
    made_of: Mapping[str, Any]
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Disk:
    """A folder of entries that any process may read and one at a time may write."""

    root: Path

    def load(self, kind: str, key: str, name: str) -> dict[str, np.ndarray] | None:
        """Return a file's arrays; None if it is absent, unreadable or damaged."""
        try:
            data = self._path(kind, key, name).read_bytes()
        except OSError:
            return None
        return decode(data, address=f"{kind}/{key}/{name}{_SUFFIX}")

    def save(
        self,
        kind: str,
        key: str,
        name: str,
        arrays: Mapping[str, np.ndarray],
        made_of: Mapping[str, Any],
    ) -> None:
        """Write a file, after the record of what it was made from; `StudyError` on failure."""
        path = self._path(kind, key, name)
        data = encode(arrays, address=f"{kind}/{key}/{name}{_SUFFIX}")
        record = (json.dumps(made_of, sort_keys=True, indent=1) + "\n").encode()
        with self._writing():
            path.parent.mkdir(parents=True, exist_ok=True)
            if not _holds(path.parent / _RECORD, record):
                self._replace(path.parent / _RECORD, record)
            # The first version stays, so that no reader ever sees two versions of a file.
            if self.load(kind, key, name) is None:
                self._replace(path, data)

    def check_writable(self) -> None:
        """Raise `StudyError` unless a file can be written here."""
        with self._writing():
            self._replace(self.root / ".part", b"")
            (self.root / ".part").unlink()

    def stored(self) -> list[Stored]:
        """Return all entries, by kind and key."""
        entries = []
        for folder in self._folders():
            with contextlib.suppress(FileNotFoundError):  # Another process has cleared it.
                entries.append(_stored(folder))
        return entries

    def remove(self, kind: str | None) -> list[Stored]:
        """Remove and return the entries of a kind, or all. Files of other programs stay."""
        removed = []
        with self._writing():
            for folder in self._folders():
                if kind in {None, folder.parent.name}:
                    removed.append(_stored(folder))
                    for path in _ours(folder):
                        path.unlink()
                    with contextlib.suppress(OSError):  # Not empty: another program's files.
                        folder.rmdir()
                        folder.parent.rmdir()
        return removed

    def _path(self, kind: str, key: str, name: str) -> Path:
        return self.root / kind / key / f"{name}{_SUFFIX}"

    def _folders(self) -> list[Path]:
        """Return the folders that are named by a key and hold files of this program."""
        folders = sorted(path for path in self.root.glob("*/" + "[0-9a-f]" * 64) if path.is_dir())
        return [folder for folder in folders if _ours(folder)]

    def _replace(self, path: Path, data: bytes) -> None:
        # One name for all: under the lock, an existing .part is left over from a dead process.
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
            reason = "the disk is full" if error.errno in _FULL else error.strerror or str(error)
            raise StudyError(
                f"cannot write to the store {self.root}: {reason}; free some space or name another "
                "folder in STUDY_STORE; stored files are intact, and the next run resumes from them"
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


def encode(arrays: Mapping[str, np.ndarray], *, address: str) -> bytes:
    """Return arrays as a safetensors file that contains its own digest.

    Parameters
    ----------
    arrays
        Name to an array of numbers or booleans, any shape.
    address
        Where the file belongs (kind, key, range). It enters the digest, so that a file that was
        renamed or moved is not accepted.

    Returns
    -------
    bytes
        The same bytes for the same arrays. ``__metadata__.sha256`` is the SHA-256 of `address`, a
        line feed, and the file with sixty-four "0" in that field.
    """
    tensors = {name: np.asarray(values, order="C") for name, values in sorted(arrays.items())}
    # One field only: the library writes several fields in an order that varies between runs.
    data = bytearray(safetensors.numpy.save(tensors, metadata={"sha256": _BLANK.decode()}))
    start = data.index(_FIELD) + len(_FIELD)
    data[start : start + len(_BLANK)] = _digest(data, start, address)
    return bytes(data)


def decode(data: bytes, *, address: str) -> dict[str, np.ndarray] | None:
    """Return the arrays of a file made by `encode`; None if a byte or the address differs."""
    start = data.find(_FIELD) + len(_FIELD)
    if start < len(_FIELD) or data[start : start + len(_BLANK)] != _digest(data, start, address):
        return None
    # Copies: the library returns read-only arrays, which torch warns about.
    return {name: np.array(values) for name, values in safetensors.numpy.load(data).items()}


def _digest(data: bytes | bytearray, start: int, address: str) -> bytes:
    view = memoryview(data)
    digest = hashlib.sha256(address.encode() + b"\n")
    digest.update(view[:start])
    digest.update(_BLANK)
    digest.update(view[start + len(_BLANK) :])
    return digest.hexdigest().encode()
