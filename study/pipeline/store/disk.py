"""The store's files: arrays with their own digest, replaced whole under a lock."""

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import safetensors.numpy
from filelock import FileLock, Timeout

from study.errors import StudyError

PATIENCE = 120
"""Seconds to wait for another process, which holds the lock while it writes one file."""
_FIELD = b'"sha256":"'
_BLANK = b"0" * 64
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def read_bytes(path: Path) -> bytes:
    """Return a file's content, empty if it is absent or unreadable."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


@contextlib.contextmanager
def locked(root: Path) -> Iterator[None]:
    """Make the store's folder and lock it for writing; `StudyError` if that or a write fails.

    It fails as well if another process does not let go of the lock.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / ".lock", timeout=PATIENCE):
            yield
    except Timeout:
        raise StudyError(
            f"cannot write to the store {root}: another process has held its lock for {PATIENCE} s "
            "and may be stopped: end it, or name another folder in STUDY_STORE"
        ) from None
    except OSError as error:
        reason = "the disk is full" if error.errno in _FULL else error.strerror or str(error)
        raise StudyError(
            f"cannot write to the store {root}: {reason}; free some space or name another folder "
            "in STUDY_STORE; stored files are intact, and the next run resumes from them"
        ) from error


def replace(root: Path, path: Path, data: bytes) -> None:
    """Write a file below `root` in one step; the caller holds the lock."""
    # One name for all: under the lock, an existing .part is left over from a dead process.
    part = root / ".part"
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


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
