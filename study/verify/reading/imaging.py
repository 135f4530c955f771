"""`Picture`: measures that tell whether a picture is blank, noise, or the same as another."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

MAX_PIXELS = 60_000_000
SMALLEST = 48
"""Pictures with a side below this many pixels are decoration, not results."""
BLANK = 0.995
"""A picture is blank if one colour covers at least this share of it."""
NOISE = 0.25
"""Neighbouring pixels of noise correlate less than this, those of photos and figures .7 to 1."""
DARKER = 4
"""Difference of grey values (of 255) from which an area is darker than its neighbour."""
ALIKE = 12
"""Two pictures are the same if at most this many of 256 comparisons of areas differ..."""
CLOSE = 3.0
"""...and their grey values (of 255) on a 64 x 64 grid differ on average by at most this."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture's measures.

    Attributes
    ----------
    digest
        SHA-256 of the size and the pixels.
    width, height
        In pixels.
    commonest
        Share of the pixels that have the commonest colour, 0 to 1.
    neighbours
        Correlation of the grey values of adjacent pixels; 1 for a single colour.
    bits
        Shape (256,): whether each of 16 x 16 areas is darker than its right neighbour.
    grid
        Shape (64, 64): grey values 0 to 255.
    """

    digest: str
    width: int
    height: int
    commonest: float
    neighbours: float
    bits: npt.NDArray[np.bool_]
    grid: npt.NDArray[np.uint8]

    @property
    def fault(self) -> str:
        """The picture's own defect: "blank", "noise" or "" for none."""
        if min(self.width, self.height) < SMALLEST:
            return ""
        if self.commonest >= BLANK:
            return "blank"
        return "noise" if self.neighbours < NOISE else ""

    def same(self, other: "Picture") -> bool:
        """Whether two pictures show the same, up to scale and compression."""
        if min(self.width, self.height, other.width, other.height) < SMALLEST:
            return False
        if self.digest == other.digest:
            return True
        shapes = (self.width * other.height) / (self.height * other.width)
        if not 0.9 < shapes < 1.1 or (self.bits != other.bits).sum() > ALIKE:
            return False
        gap = np.abs(self.grid.astype(np.int16) - other.grid.astype(np.int16)).mean()
        return bool(gap <= CLOSE and not self.fault and not other.fault)

    def to_json(self) -> dict[str, Any]:
        """Return the measures as a JSON object."""
        return {
            "digest": self.digest,
            "width": self.width,
            "height": self.height,
            "commonest": self.commonest,
            "neighbours": self.neighbours,
            "bits": np.packbits(self.bits).tobytes().hex(),
            "grid": self.grid.tobytes().hex(),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Picture":
        """Return the picture from the object that `to_json` returned."""
        bits = np.unpackbits(np.frombuffer(bytes.fromhex(document["bits"]), np.uint8))
        grid = np.frombuffer(bytes.fromhex(document["grid"]), np.uint8).reshape(64, 64)
        numbers = {key: document[key] for key in ("digest", "width", "height")}
        shares = {key: document[key] for key in ("commonest", "neighbours")}
        return cls(**numbers, **shares, bits=bits.astype(bool), grid=grid)


def examine(image: Image.Image) -> Picture:
    """Measure a decoded picture, on white where it is transparent."""
    width, height = image.size
    if image.mode in ("RGBA", "LA", "PA", "P"):
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    rgb = image.convert("RGB")
    digest = hashlib.sha256(f"{width}x{height}:".encode() + rgb.tobytes()).hexdigest()
    small = rgb if max(rgb.size) <= 512 else rgb.reduce(max(1, max(rgb.size) // 512))
    colours = small.getcolors(small.width * small.height) or [(0, None)]
    grid = np.asarray(rgb.convert("L").resize((64, 64), Image.Resampling.BOX))
    areas = np.asarray(rgb.convert("L").resize((17, 16), Image.Resampling.BOX)).astype(np.int16)
    crop = rgb.crop(_middle(rgb.size, 512)).convert("L")
    return Picture(
        digest,
        width,
        height,
        max(count for count, _ in colours) / (small.width * small.height),
        _neighbours(np.asarray(crop, dtype=np.float64)),
        (areas[:, :-1] + DARKER <= areas[:, 1:]).ravel(),
        grid,
    )


def _middle(size: tuple[int, int], side: int) -> tuple[int, int, int, int]:
    width, height = size
    left, top = max(0, (width - side) // 2), max(0, (height - side) // 2)
    return left, top, min(width, left + side), min(height, top + side)


def _neighbours(grey: npt.NDArray[np.float64]) -> float:
    """Return the mean correlation of horizontally and of vertically adjacent pixels."""
    values = []
    for a, b in ((grey[:, :-1], grey[:, 1:]), (grey[:-1], grey[1:])):
        if a.size < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
            values.append(1.0)
        else:
            values.append(float(np.corrcoef(a.ravel(), b.ravel())[0, 1]))
    return sum(values) / 2
