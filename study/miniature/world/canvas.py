"""A canvas of indices: each pixel knows what was drawn there last, so truth can be counted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from study.miniature.world.palette import Colour

SIZE = 128
LIMIT = 256

Point = tuple[float, float]
_CIRCLE = tuple((math.cos(t * math.pi / 12), math.sin(t * math.pi / 12)) for t in range(24))


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A fill that is not one colour: `ramp` (256, 3) looked up through `mask` (128, 128).

    `name` is the texture or material it shows, or None for a mere gradient.
    """

    mask: NDArray[np.uint8]
    ramp: NDArray[np.uint8]
    name: str | None


Fill = Colour | Pattern


@dataclass(slots=True)
class Region:
    """Something drawn: the names it carries, its parent's number, and its area when complete."""

    names: tuple[str, ...]
    parent: int
    drawn: int = 0


class Canvas:
    """Indexed drawing surface of 128 x 128 pixels with nested regions and affine frames.

    Coordinates are those of the current frame; the outermost has (0, 0) top left, (1, 1) bottom
    right. Every pair of region and fill has an index; the picture holds indices until `render`.
    Regions with only names of `loose` do not have their area measured.
    """

    def __init__(self, loose: frozenset[str] = frozenset()) -> None:
        self._loose = loose
        self._image = Image.new("L", (SIZE, SIZE), 0)
        self._draw = ImageDraw.Draw(self._image)
        self._regions: list[Region] = [Region((), -1)]
        self._fills: list[tuple[int, Fill]] = [(0, (128, 128, 128))]
        self._index: dict[tuple[int, Fill], int] = {}
        self._now = 0
        self._affine = (float(SIZE), 0.0, 0.0, 0.0, float(SIZE), 0.0)

    @contextmanager
    def frame(
        self,
        x: float,
        y: float,
        width: float,
        height: float | None = None,
        *,
        tilt: float = 0.0,
        mirror: bool = False,
    ) -> Iterator[None]:
        """Draw in a frame with its origin at (x, y) and units of (width, height), turned by tilt.

        `tilt` is in radians, clockwise on the picture.
        """
        kept = self._affine
        a, b, c, d, e, f = kept
        cos, sin = math.cos(tilt), math.sin(tilt)
        w = -width if mirror else width
        h = width if height is None else height
        p, q, r, s = w * cos, -h * sin, w * sin, h * cos
        self._affine = (
            a * p + b * r,
            a * q + b * s,
            a * x + b * y + c,
            d * p + e * r,
            d * q + e * s,
            d * x + e * y + f,
        )
        yield
        self._affine = kept

    @contextmanager
    def region(self, *names: str) -> Iterator[None]:
        """Whatever is drawn inside carries `names`, as long as enough of it stays visible."""
        kept, mine = self._now, len(self._regions)
        self._regions.append(Region(names, kept))
        self._now = mine
        yield
        self._now = kept
        if not self._loose.issuperset(names):
            counts = self._image.histogram()
            self._regions[mine].drawn = sum(
                counts[at] for at, (owner, _) in enumerate(self._fills) if owner >= mine
            )

    def poly(self, fill: Fill, *points: Point) -> None:
        """Fill a polygon."""
        a, b, c, d, e, f = self._affine
        c, f, floor = c + 0.5, f + 0.5, math.floor
        flat = [(floor(a * x + b * y + c), floor(d * x + e * y + f)) for x, y in points]
        self._draw.polygon(flat, fill=self._at(fill))

    def box(self, fill: Fill, left: float, top: float, right: float, bottom: float) -> None:
        """Fill a rectangle of the current frame."""
        self.poly(fill, (left, top), (right, top), (right, bottom), (left, bottom))

    def oval(
        self, fill: Fill, x: float, y: float, across: float, down: float | None = None
    ) -> None:
        """Fill an ellipse with its centre at (x, y) and the given half axes."""
        tall = across if down is None else down
        small = max(across, tall) * abs(self._affine[0]) < 6
        rim = _CIRCLE[::2] if small else _CIRCLE
        self.poly(fill, *[(x + across * u, y + tall * v) for u, v in rim])

    def line(self, fill: Fill, width: float, *points: Point) -> None:
        """Draw a polyline of the given width as one quadrilateral a segment."""
        half = width / 2
        for (x0, y0), (x1, y1) in pairwise(points):
            length = math.hypot(x1 - x0, y1 - y0) or 1.0
            u, v = (x1 - x0) / length * half, (y1 - y0) / length * half
            p, q, r, s = x0 - u / 2, y0 - v / 2, x1 + u / 2, y1 + v / 2
            self.poly(fill, (p - v, q + u), (r - v, s + u), (r + v, s - u), (p + v, q - u))

    def outline(self, fill: Fill, since: int) -> None:
        """Line the silhouette of everything drawn with indices from `since` on."""
        drawn = np.asarray(self._image) >= since
        near = drawn.copy()
        near[1:] |= drawn[:-1]
        near[:-1] |= drawn[1:]
        near[:, 1:] |= drawn[:, :-1]
        near[:, :-1] |= drawn[:, 1:]
        self._image.paste(self._at(fill), mask=Image.fromarray(near & ~drawn))

    def mark(self) -> int:
        """Index that the next new fill of the canvas will have."""
        return len(self._fills)

    def render(self) -> NDArray[np.uint8]:
        """Pixels at half size, shape (64, 64, 3): indices to colours, then the mean of 2 x 2."""
        index = np.asarray(self._image)
        counts = self._image.histogram()
        plain = [(0, 0, 0) if isinstance(fill, Pattern) else fill for _, fill in self._fills]
        full = packed(np.array(plain, dtype=np.uint8))[index]
        for at, (_, fill) in enumerate(self._fills):
            if counts[at] and isinstance(fill, Pattern):
                np.copyto(full, packed(fill.ramp)[fill.mask], where=index == at)
        # Four bytes are added at once in lanes of 16 bits: red and blue, then green.
        outer, inner = full & 0xFF00FF, (full >> 8) & 0xFF
        sums = [
            lane[::2, ::2] + lane[1::2, ::2] + lane[::2, 1::2] + lane[1::2, 1::2]
            for lane in (outer, inner)
        ]
        low, high = sums[0] + 0x20002, sums[1] + 2
        levels = (low >> 2 & 0xFF, high >> 2, low >> 18)
        return np.stack(levels, axis=-1).astype(np.uint8)

    def visible(self) -> tuple[list[tuple[Region, int]], dict[str, int]]:
        """Visible pixels (of 128 x 128) of each region, parts included, and of each pattern."""
        counts = self._image.histogram()
        areas = [0] * len(self._regions)
        patterns: dict[str, int] = {}
        for at, (owner, fill) in enumerate(self._fills):
            areas[owner] += counts[at]
            if isinstance(fill, Pattern) and fill.name is not None:
                patterns[fill.name] = patterns.get(fill.name, 0) + counts[at]
        for number in range(len(self._regions) - 1, 0, -1):
            areas[self._regions[number].parent] += areas[number]
        return list(zip(self._regions, areas, strict=True)), patterns

    def _at(self, fill: Fill) -> int:
        key = (self._now, fill)
        found = self._index.get(key)
        if found is None:
            found = len(self._fills)
            if found >= LIMIT:
                raise OverflowError(f"a picture holds at most {LIMIT} fills")
            self._index[key] = found
            self._fills.append(key)
        return found


def packed(colours: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Colours (n, 3) as whole numbers (n,): red in the lowest byte, blue in the third."""
    wide: NDArray[np.uint32] = colours.astype(np.uint32)
    return wide @ np.array([1, 1 << 8, 1 << 16], dtype=np.uint32)


def curve(points: Sequence[Point], steps: int = 6) -> list[Point]:
    """Smooth polyline through `points` (Catmull-Rom), `steps` a span."""
    ends = [points[0], *points, points[-1]]
    path: list[Point] = []
    for p0, p1, p2, p3 in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        for step in range(steps):
            t = step / steps
            path.append(
                (
                    _spline(p0[0], p1[0], p2[0], p3[0], t),
                    _spline(p0[1], p1[1], p2[1], p3[1], t),
                )
            )
    path.append(points[-1])
    return path


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - 3 * c + d - a) * t**3
    )
