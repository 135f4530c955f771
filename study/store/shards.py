"""One file of arrays that knows its own digest: safetensors, checked before it is parsed."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import safetensors.numpy

_FIELD = b'"sha256":"'
_BLANK = b"0" * 64


def encode(arrays: Mapping[str, np.ndarray], *, place: str) -> bytes:
    """Return arrays as a safetensors file whose metadata hold its digest.

    Parameters
    ----------
    arrays
        Name to an array of numbers or booleans, any shape.
    place
        Where the file belongs (kind, key, range). It enters the digest, so that a file which
        was renamed or moved to another place does not pass.

    Returns
    -------
    bytes
        The same bytes for the same arrays. ``__metadata__.sha256`` is the SHA-256 of `place`, a
        line feed, and the file with sixty-four "0" in that field.
    """
    tensors = {name: np.asarray(values, order="C") for name, values in sorted(arrays.items())}
    # One field only: the library writes several in an order that differs from run to run.
    data = bytearray(safetensors.numpy.save(tensors, metadata={"sha256": _BLANK.decode()}))
    start = data.index(_FIELD) + len(_FIELD)
    data[start : start + len(_BLANK)] = _digest(data, start, place)
    return bytes(data)


def decode(data: bytes, *, place: str) -> dict[str, np.ndarray] | None:
    """Return the arrays of a file made by `encode`; None where one byte or the place differs."""
    start = data.find(_FIELD) + len(_FIELD)
    if start < len(_FIELD) or data[start : start + len(_BLANK)] != _digest(data, start, place):
        return None
    # Copies: what comes out of the library cannot be written to, which torch warns about.
    return {name: np.array(values) for name, values in safetensors.numpy.load(data).items()}


def load(path: Path, *, place: str) -> dict[str, np.ndarray] | None:
    """Return the arrays of a file; None where it is absent, unreadable or damaged."""
    try:
        return decode(path.read_bytes(), place=place)
    except OSError:
        return None


def _digest(data: bytes | bytearray, start: int, place: str) -> bytes:
    view = memoryview(data)
    digest = hashlib.sha256(place.encode() + b"\n")
    digest.update(view[:start])
    digest.update(_BLANK)
    digest.update(view[start + len(_BLANK) :])
    return digest.hexdigest().encode()
