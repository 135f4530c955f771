"""Find the panels of a figure, and say which of them show noise, one colour, or a constant map."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from study.verify.reading.noise import Pixels, is_noise, noisy_windows
from study.verify.reading.tints import of_constant_map, tinted

SMALLEST = 48
MOST = 64
"""Only so many panels are looked at, the largest first."""
_BACKGROUND = 12
"""A pixel is background if no channel is further (of 255) from the colour of the picture's edge."""
_DEEPEST = 8
_MARKS = 0.6
"""Edges of a panel of which more than this is background are ticks, not the panel."""
_FRAME = 3
_RICH = 64
"""Colours (of 32,768) from which a panel is a photograph or a map."""
_NOISY = 0.02
"""Share of a picture's squares that are noise from which the picture is said to contain some."""
_GREY_SPREAD = 30.0
"""Least spread of noise of one colour that a figure shows: its values are stretched to full range,
so that normal ones, with their few extremes, have less than others."""
_ALONE = 0.3
"""Share of a figure from which its panels, if all are equal in size, should show something."""
_TILE, _TILES = 96, 8
"""Least side of the tiles that pictures without gaps may consist of, and most tiles a row."""
Box = tuple[int, int, int, int]


def flaw(pixels: Pixels) -> str:
    """Return what makes an RGB picture, or a panel of it, a placeholder; "" for nothing.

    A panel of one colour counts only beside a panel of the same size that shows something, or
    where it is all that the figure shows: bars, cells and legends are of one colour as well.
    """
    if min(pixels.shape[:2]) < SMALLEST:
        return ""
    if is_noise(pixels):
        return "noise: neighbouring pixels are unrelated"
    if of_constant_map(pixels):
        return "the map laid over it is constant: one colour tints the whole photograph"
    boxes = panels(pixels)
    parts = [pixels[top:bottom, left:right] for top, bottom, left, right in boxes]
    texts = list(_noisy(boxes, parts))
    if not texts and noisy_windows(pixels) > _NOISY:
        texts = ["a part of it is noise: neighbouring pixels are unrelated"]
    if not texts and (tile := _noisy_tile(pixels)):
        texts = [f"its tile {tile} is noise: neighbouring pixels are unrelated"]
    texts += _constant(pixels, boxes, parts)
    return "; ".join(texts[:3])


def panels(pixels: Pixels) -> list[Box]:
    """Return the panels, as top, bottom, left and right, that background keeps apart."""
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    colours, counts = np.unique(edge >> 2, axis=0, return_counts=True)
    if counts.max() < 0.5 * len(edge):
        return []
    background = edge[((edge >> 2) == colours[counts.argmax()]).all(axis=1)][0]
    away = np.maximum(pixels, background) - np.minimum(pixels, background)
    drawn = (away > _BACKGROUND).any(axis=2)
    found = [_trimmed(drawn, box) for box in _cut(drawn, (0, *drawn.shape[:1], 0, drawn.shape[1]))]
    large = [box for box in found if box and min(box[1] - box[0], box[3] - box[2]) >= SMALLEST]
    return sorted(large, key=lambda box: -(box[1] - box[0]) * (box[3] - box[2]))[:MOST]


def _cut(drawn: npt.NDArray[np.bool_], box: Box, depth: int = 0) -> Iterator[Box]:
    """Cut a region along its empty rows, the parts along their empty columns, and so on."""
    top, bottom, left, right = box
    region = drawn[top:bottom, left:right]
    rows, columns = (_runs(np.asarray(region.any(axis=axis))) for axis in (1, 0))
    if depth >= _DEEPEST or (len(rows) == 1 and len(columns) == 1):
        for (a, b), (c, d) in zip(rows, columns, strict=True) if len(rows) == 1 else []:
            yield top + a, top + b, left + c, left + d
        return
    for a, b in rows:
        if b - a >= SMALLEST:
            for c, d in _runs(np.asarray(region[a:b].any(axis=0))):
                if d - c >= SMALLEST:
                    yield from _cut(drawn, (top + a, top + b, left + c, left + d), depth + 1)


def _runs(marks: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the starts and ends of the runs of true marks."""
    steps = np.flatnonzero(np.diff(np.concatenate([[0], marks.astype(np.int8), [0]])))
    return list(zip(steps[::2].tolist(), steps[1::2].tolist(), strict=True))


def _trimmed(drawn: npt.NDArray[np.bool_], box: Box) -> Box | None:
    """Take ticks and the frame off a panel."""
    top, bottom, left, right = box
    region = drawn[top:bottom, left:right]
    columns = np.flatnonzero(region.mean(axis=0) > 1 - _MARKS)
    rows = np.flatnonzero(region.mean(axis=1) > 1 - _MARKS)
    if len(rows) < 2 or len(columns) < 2:
        return None
    a, b, c, d = rows[0] + _FRAME, rows[-1] + 1 - _FRAME, columns[0] + _FRAME, columns[-1]
    return int(top + a), int(top + b), int(left + c), int(left + d + 1 - _FRAME)


def _noisy(boxes: Sequence[Box], parts: Sequence[Pixels]) -> Iterator[str]:
    for (top, bottom, left, right), part in zip(boxes, parts, strict=True):
        if is_noise(part, grey_spread=_GREY_SPREAD):
            where = f"{right - left} x {bottom - top} pixels at {left}, {top}"
            yield f"a panel ({where}) is noise: neighbouring pixels are unrelated"


def _noisy_tile(pixels: Pixels) -> str:
    """Return which square tile of a picture without gaps is noise, "" for none."""
    height, width = pixels.shape[:2]
    for count in range(2, _TILES + 1):
        side = width // count
        if side < _TILE or width % count or height % side:
            continue
        for row in range(height // side):
            for column in range(count):
                tile = pixels[row * side : (row + 1) * side, column * side : (column + 1) * side]
                if is_noise(tile):
                    return f"{column + 1} of row {row + 1}"
    return ""


def _constant(pixels: Pixels, boxes: Sequence[Box], parts: Sequence[Pixels]) -> Iterator[str]:
    """Find panels of one colour beside others of their size, and a figure of one empty panel."""
    plain = [_colours(part) == 1 for part in parts]
    rich = [not empty and _colours(part) >= _RICH for empty, part in zip(plain, parts, strict=True)]
    shapes = np.array([part.shape for part in parts])
    large = bool(
        parts
        and all(plain)
        and np.ptp(shapes, axis=0).max() <= 4
        and sum(part.size for part in parts) >= _ALONE * pixels.size
    )
    for empty, part, (top, bottom, left, right) in zip(plain, parts, boxes, strict=True):
        siblings = [
            other
            for other, full in zip(parts, rich, strict=True)
            if full and np.abs(np.subtract(other.shape, part.shape)).max() <= 4
        ]
        where = f"a panel ({right - left} x {bottom - top} pixels at {left}, {top})"
        if empty and (siblings or large):
            yield f"{where} is empty: a single colour"
        elif any(tinted(other, part) for other in siblings if other is not part):
            yield f"{where} is a photograph under a constant map: one colour tints the whole"


def _colours(part: Pixels) -> int:
    """Return how many of 32,768 colours a panel has, 1 where one covers nearly all of it."""
    coarse = part.reshape(-1, 3).astype(np.int32)
    if (np.ptp(coarse, axis=0) <= 10).all():
        return 1
    codes = (coarse[:, 0] >> 3) << 10 | (coarse[:, 1] >> 3) << 5 | coarse[:, 2] >> 3
    counts = np.bincount(codes, minlength=1)
    return 1 if counts.max() >= 0.998 * len(codes) else int((counts > 0).sum())
