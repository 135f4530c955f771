"""`is_noise`: whether pixels are random numbers, at whatever size they are drawn.

Random numbers are *white*: cells are unrelated, so that halving the resolution halves the spread
of the values, again and again, where a photograph or a drawing keeps most of it. Enlarging a
picture, smoothly or not, and compressing it change that below the size of a cell only. Photographs
of sand or grass may be white as well, but their three colours rise and fall together, and their
grains are weak, or have shadows and lie in uneven light.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
Planes = npt.NDArray[np.float32]
SMALLEST = 48
"""Parts of a picture with a side below this many pixels are not judged."""
WINDOW = 64
"""Side of the squares in which noise inside a picture is looked for."""
_UNRELATED = 0.32
"""Neighbouring cells of noise correlate less than this, at the first resolution that shows them."""
_HALVED = (1.55, 2.6)
"""By which factor the spread of noise falls when the resolution is halved."""
_COLOURED_SPREAD, GREY_SPREAD = 20.0, 40.0
"""Least spread (of 255) of noise; that of a dark photograph's grain is below 15, that of random
numbers from 0 to 255 is 74. Noise of one colour must be stronger: sand and asphalt are grey."""
_MIDDLE, _LARGE = 256, 512
_GREY_CELLS, _FEWEST, _COARSEST = 16, 11, 4
"""Least pixels a side of a resolution: that judges noise of one colour (a heatmap may have fewer
unrelated cells), that judges noise of many colours, and that is measured at all."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What one resolution of a picture shows.

    ``beside`` is the largest correlation of neighbouring pixels in any plane and direction,
    ``beyond`` that of pixels two apart, ``colours`` the mean correlation between the planes,
    ``weak`` and ``strong`` the smallest and the largest spread of a plane.
    """

    side: int
    pixels: int
    weak: float
    strong: float
    beside: float
    beyond: float
    colours: float


def is_noise(pixels: Pixels, *, grey_spread: float = GREY_SPREAD) -> bool:
    """Whether an RGB picture, or a part of one, shows random numbers and nothing else.

    Noise of one colour counts from a spread of `grey_spread`.
    """
    if min(pixels.shape[:2]) < SMALLEST:
        return False
    return any(_chain_is_noise(pixels, first, grey_spread) for first in (1, 3))


def _chain_is_noise(pixels: Pixels, first: int, grey_spread: float) -> bool:
    """Look at a picture at ``1/first`` of its resolution, half of that, and so on.

    The coarsest is looked at first: where it is not white, no finer one need be looked at.
    """
    image, resolutions = Image.fromarray(pixels), []
    image = image.reduce(first) if first > 1 else image
    while max(image.size) > _LARGE:
        resolutions.append(np.asarray(image))
        image = image.reduce(2)
    whole = np.asarray(image, dtype=np.float32)  # the spread soon falls below a grey value
    while min(whole.shape[:2]) >= _COARSEST:
        resolutions.append(whole)
        height, width = (side // 2 for side in whole.shape[:2])
        even = whole[: height * 2, : width * 2]
        whole = even.reshape(height, 2, width, 2, 3).mean(axis=(1, 3))
    coarser: Scale | None = None
    for depth, resolution in reversed(list(enumerate(resolutions))):
        level = _scale(resolution)
        if coarser is not None and not _halved(level, coarser):
            return False
        if coarser is not None and _first(level):
            # averaging has lowered the spread of cells that are smaller than these pixels
            weak, strong = (spread * 2.0 ** min(depth, 1) for spread in (level.weak, level.strong))
            related = level.colours > 0.15 + 2 / np.sqrt(level.pixels)
            if level.side >= _FEWEST and not related and weak >= _COLOURED_SPREAD:
                return True
            if strong >= grey_spread and level.side >= _GREY_CELLS and _even(pixels):
                return True
        if not _white(level, 0.2, 0.12):
            return False
        coarser = level
    return False


def noisy_windows(pixels: Pixels) -> float:
    """Return the share of a picture's squares that are noise, counting those in groups of four."""
    rows, columns = (side // WINDOW for side in pixels.shape[:2])
    if rows < 2 or columns < 2:
        return 0.0
    noise = np.zeros((rows, columns), bool)
    for row, column, square in _rough(pixels, rows, columns):
        noise[row, column] = is_noise(square)
    fours = noise[:-1, :-1] & noise[1:, :-1] & noise[:-1, 1:] & noise[1:, 1:]
    return float(fours.mean())


def _rough(pixels: Pixels, rows: int, columns: int) -> Iterator[tuple[int, int, Pixels]]:
    """Yield the squares whose neighbouring pixels are hardly related."""
    for row in range(rows):
        for column in range(columns):
            square = pixels[row * WINDOW :, column * WINDOW :][:WINDOW, :WINDOW]
            green = square[..., 1].astype(np.float32)
            steps = float(np.abs(np.diff(green, axis=1)).mean())
            if steps > 8 and steps > 0.4 * float(green.std()):
                yield row, column, square


def _scale(resolution: npt.NDArray[Any]) -> Scale:
    """Measure a picture; of a large one the middle is enough."""
    height, width = resolution.shape[:2]
    left, top = max(0, (width - _MIDDLE) // 2), max(0, (height - _MIDDLE) // 2)
    middle = resolution[top : top + _MIDDLE, left : left + _MIDDLE]
    planes: Planes = np.moveaxis(middle, -1, 0).astype(np.float32)
    centred = planes - planes.mean(axis=(1, 2), keepdims=True)
    variance = (centred**2).mean(axis=(1, 2)) + 1e-6
    related = []
    for step in (1, 2):
        across = (centred[:, :, step:] * centred[:, :, :-step]).mean(axis=(1, 2))
        down = (centred[:, step:] * centred[:, :-step]).mean(axis=(1, 2))
        related.append(float(np.abs([across / variance, down / variance]).max()))
    colours = [
        abs(float((centred[a] * centred[b]).mean() / np.sqrt(variance[a] * variance[b])))
        for a, b in ((0, 1), (0, 2), (1, 2))
    ]
    return Scale(
        min(width, height),
        planes[0].size,
        float(np.sqrt(variance.min())),
        float(np.sqrt(variance.max())),
        related[0],
        related[1],
        sum(colours) / 3,
    )


def _white(level: Scale, beside: float, beyond: float) -> bool:
    """Whether pixels are no more related to those near them than chance and these limits allow."""
    slack = 2.5 / float(np.sqrt(level.pixels))
    return level.beside <= beside + slack and level.beyond <= beyond + slack


def _first(level: Scale) -> bool:
    """Whether this may be the finest resolution at which cells are unrelated."""
    return level.beside <= _UNRELATED and level.beyond < 0.2 + 1 / float(np.sqrt(level.pixels))


def _halved(level: Scale, coarser: Scale) -> bool:
    """Whether the spread falls from one resolution to the next as that of random numbers does."""
    slack = 2.5 / float(np.sqrt(coarser.pixels))
    low, high = _HALVED
    return low - slack < level.strong / coarser.strong < high + 2 * slack


def _even(pixels: Pixels) -> bool:
    """Whether grey values are spread alike everywhere, and no more to one side than to the other.

    Grains of sand or leaves of grass have shadows; random numbers have none.
    """
    strongest = int(np.argmax([pixels[::4, ::4, plane].std() for plane in range(3)]))
    grey = pixels[..., strongest].astype(np.float32)
    side = max(16, min(grey.shape) // 6)
    rows, columns = grey.shape[0] // side, grey.shape[1] // side
    tiles = grey[: rows * side, : columns * side].reshape(rows, side, columns, side)
    spread = tiles.std(axis=(1, 3))
    deviation = grey - grey.mean()
    lean = float((deviation**3).mean() / (deviation.std() ** 3 + 1e-6))
    peak = float((deviation**4).mean() / (deviation.std() ** 4 + 1e-6))
    alike = float(np.bincount(grey.astype(np.uint8).ravel() >> 3).max() / grey.size)
    if alike > 0.6:  # dots on a background
        return False
    return bool(spread.std() < 0.25 * spread.mean() and abs(lean) < 0.35 and peak < 3.4)
