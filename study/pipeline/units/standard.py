"""Units made comparable: their activations centred and of length 1 over the probe."""

import numpy as np
import numpy.typing as npt

Activations = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
BLOCK = 256
"""Units that are in double precision at once."""


def standard(values: Activations, units: Ints) -> Floats:
    """Return some units centred and of length 1, so that their products are correlations.

    Parameters
    ----------
    values
        float32 (images, all units of a layer).
    units
        Those to return, each of which varies over the images.

    Returns
    -------
    numpy.ndarray
        float64 (images, units).
    """
    centred = values[:, units].astype(np.float64)
    centred -= centred.mean(axis=0)
    return np.asarray(centred / np.sqrt((centred**2).sum(axis=0)))


def standard32(values: Activations, units: Ints) -> Activations:
    """Return `standard` in single precision: half the memory, some block of units at a time."""
    rounded = np.empty((len(values), len(units)), np.float32)
    for start in range(0, len(units), BLOCK):
        some = slice(start, start + BLOCK)
        rounded[:, some] = standard(values, units[some])
    return rounded
