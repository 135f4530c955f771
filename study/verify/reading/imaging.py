"""`Picture`: measures that tell whether a picture is blank, noise, or the same as another."""

import hashlib
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's measures, which JSON can hold.

    ``digest`` is the SHA-256 of size and pixels, ``commonest`` the share of the pixels that have
    the commonest colour. ``neighbours`` is the correlation of the grey values of adjacent pixels, 1
    for a single colour. ``bits`` tells of 16 x 16 areas whether each is darker than its right
    neighbour. ``grid`` holds 64 x 64 grey values in hexadecimal.
    """

    digest: str
    width: int
    height: int
    commonest: float
    neighbours: float
    bits: int
    grid: str

    @property
    def fault(self) -> str:
        """The picture's own defect, "" for none."""
        if min(self.width, self.height) < SMALLEST:
            return ""
        if self.commonest >= BLANK:
            return "blank: a single colour"
        return "noise: neighbouring pixels are unrelated" if self.neighbours < NOISE else ""

    def same(self, other: "Picture") -> bool:
        """Whether two pictures show the same, up to scale and compression."""
        if min(self.width, self.height, other.width, other.height) < SMALLEST:
            return False
        if self.digest == other.digest:
            return True
        shapes = (self.width * other.height) / (self.height * other.width)
        if not 0.9 < shapes < 1.1 or (self.bits ^ other.bits).bit_count() > ALIKE:
            return False
        a, b = (np.frombuffer(bytes.fromhex(p.grid), np.uint8) for p in (self, other))
        gap = np.abs(a.astype(np.int16) - b).mean()
        return bool(gap <= CLOSE and not self.fault and not other.fault)


def examine(image: Image.Image) -> Picture:
    """Measure a decoded picture, on white where it is transparent."""
    width, height = image.size
    if image.mode in ("RGBA", "LA", "PA", "P"):
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    rgb = image.convert("RGB")
    digest = hashlib.sha256(f"{width}x{height}:".encode() + rgb.tobytes()).hexdigest()
    small = rgb.reduce(max(1, max(rgb.size) // 512))
    colours = small.getcolors(small.width * small.height) or [(0, None)]
    grey = rgb.convert("L")
    grid = grey.resize((64, 64), Image.Resampling.BOX).tobytes()
    areas = np.asarray(grey.resize((17, 16), Image.Resampling.BOX)).astype(np.int16)
    darker = areas[:, :-1] + DARKER <= areas[:, 1:]
    left, top = max(0, (width - 512) // 2), max(0, (height - 512) // 2)
    middle = np.asarray(grey)[top : top + 512, left : left + 512].astype(np.float64)
    return Picture(
        digest,
        width,
        height,
        commonest=max(count for count, _ in colours) / (small.width * small.height),
        neighbours=_neighbours(middle),
        bits=int.from_bytes(np.packbits(darker).tobytes()),
        grid=grid.hex(),
    )


def _neighbours(grey: npt.NDArray[np.float64]) -> float:
    """Return the mean correlation of horizontally and of vertically adjacent pixels."""
    values = []
    for a, b in ((grey[:, :-1], grey[:, 1:]), (grey[:-1], grey[1:])):
        if a.size < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
            values.append(1.0)
        else:
            values.append(float(np.corrcoef(a.ravel(), b.ravel())[0, 1]))
    return sum(values) / 2
