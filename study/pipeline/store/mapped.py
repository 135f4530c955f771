"""Large arrays that lie in a file without a name, so that the system may take their memory back."""

import contextlib
import math
import os
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

_LARGE = 1 << 30
"""Bytes from which an array is mapped; less is faster in memory."""


def empty(root: Path, shape: tuple[int, ...], dtype: npt.DTypeLike) -> np.ndarray:
    """Return an array to be filled: in memory, or from `_LARGE` bytes mapped to a file.

    The file has no name and goes with the array, or with the process. The order of numbers is that
    of an array in memory, and so are the sums over them. Where its space cannot be set aside, the
    array is in memory: a full disk would otherwise end the process without a word.

    Parameters
    ----------
    root
        The folder on whose disk the file lies.
    shape, dtype
        Of the array.
    """
    kind = np.dtype(dtype)
    size = math.prod(shape) * kind.itemsize
    if size >= _LARGE and hasattr(os, "posix_fallocate"):
        with contextlib.suppress(OSError), tempfile.TemporaryFile(dir=root) as file:
            os.posix_fallocate(file.fileno(), 0, size)
            return np.asarray(np.memmap(file, kind, "r+", shape=shape))
    return np.empty(shape, kind)
