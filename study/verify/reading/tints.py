"""Recognise photographs under a heatmap that is constant, so that one colour tints the whole."""

import numpy as np
import numpy.typing as npt

from study.verify.reading.noise import Pixels

Areas = npt.NDArray[np.float64]
_ENDS = (
    (0, 0, 128),  # jet at 0
    (128, 0, 0),  # jet at 1, and at 0 where red and blue are exchanged
    (124, 255, 121),  # jet halfway
    (121, 255, 124),
    (68, 1, 84),  # viridis at 0
    (33, 145, 140),  # viridis halfway
    (48, 18, 59),  # turbo at 0
    (122, 4, 3),  # turbo at 1
    (13, 8, 135),  # plasma at 0
    (255, 0, 0),
    (0, 0, 255),
    (0, 255, 0),
)
"""Colours that constant maps have: the ends and the middles of usual colour maps. (Yellow,
at the end of viridis, is left out: it tints old photographs as well.)"""
_NEAR = 7.0
"""By how much (of 255) ends of a channel's range may be off, as compression leaves them."""
_LEAST, _MOST = 60, 230
"""Between these (of 255) lies the range of a tinted photograph's channels."""
_STRAIGHT = 2.5
"""How far (of 255) means of areas may lie off the straight line of a tint."""


def of_constant_map(pixels: Pixels) -> bool:
    """Whether a picture is a photograph in full range that a usual colour of maps tints.

    A tint moves the range of each channel, 0 to 255 in a photograph, and narrows all three alike:
    the three lower ends are then a multiple of the map's colour.
    """
    flat = pixels.reshape(-1, 3)
    low, high = np.quantile(flat[:: max(1, len(flat) // 40_000)], (0.0005, 0.9995), axis=0)
    width = high - low
    if np.ptp(width) > _NEAR or not _LEAST < width.mean() < _MOST or low.max() < 25:
        return False
    if len(np.unique(flat[:: max(1, len(flat) // 20_000)] >> 3, axis=0)) < 200:
        return False
    colours = np.array(_ENDS, dtype=float)
    share = (colours * low).sum(axis=1) / (colours**2).sum(axis=1)
    off = np.abs(low - share[:, None] * colours).max(axis=1)
    # laid over with shares that sum to 1, or as a sum that is scaled to full range
    whole = (np.abs(width.mean() + 255 * share - 255) < 12) | (high.max() > 250)
    return bool(((off < _NEAR) & (share > 0.28) & whole).any())


def tinted(plain: Pixels, other: Pixels) -> bool:
    """Whether one of two pictures of a size is the other under one colour."""
    return bool(tint(areas(plain), areas(other)[None])[0])


def areas(pixels: Pixels) -> Areas:
    """Return the mean colours of 16 x 16 areas, 256 x 3."""
    height, width = (side // 16 for side in pixels.shape[:2])
    even = pixels[: height * 16, : width * 16].reshape(16, height, 16, width, 3)
    means: Areas = even.mean(axis=(1, 3)).reshape(256, 3)
    return means


def tint(plain: Areas, others: Areas) -> npt.NDArray[np.bool_]:
    """Return which pictures' `areas` are those of a first, all channels narrowed alike and moved.

    ``others`` holds one picture per entry.
    """
    centred = plain - plain.mean(axis=0)
    moved = others - others.mean(axis=1, keepdims=True)
    share = (centred * moved).sum(axis=(1, 2)) / max(float((centred**2).sum()), 1e-6)
    base = others.mean(axis=1) - share[:, None] * plain.mean(axis=0)
    off = np.abs(moved - share[:, None, None] * centred)
    straight = (off.mean(axis=(1, 2)) < _STRAIGHT / 2) & (
        np.quantile(off, 0.98, axis=(1, 2)) < _STRAIGHT * 2
    )
    narrowed = (share > 0.2) & (share < 0.9) & (np.ptp(base, axis=1) > 20)
    varied = plain.std(axis=0).min() >= 12
    return np.asarray(varied & straight & narrowed & (base.min(axis=1) > -12), dtype=np.bool_)
