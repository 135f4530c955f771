"""`Picture`: measures that tell whether a picture is blank, noise, or the same as another."""

import hashlib
from dataclasses import dataclass

import numpy as np
from PIL import Image

from study.verify.reading.panels import flaw
from study.verify.reading.tints import Areas

MAX_PIXELS = 60_000_000
SMALLEST = 48
"""Pictures with a side below this many pixels are decoration, not results."""
BLANK = 0.9995
"""A picture is blank if one colour covers at least this share of it; a sketch leaves more."""
_MOST = 1000
"""Larger pictures are looked at by every second, third, ... pixel, which keeps noise what it is."""
ALIKE = 4
"""Two pictures look alike if at most this many of 256 comparisons of areas differ..."""
DARKER = 4
"""(by this difference of grey values, of 255, an area is darker than its neighbour)"""
CLOSE = 1.0
"""...and their grey values on a 64 x 64 grid differ on average by at most this, ..."""
FARTHEST = 8
"""...and nowhere by more than this: an overlay of the same photograph does."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's measures, which JSON can hold.

    ``digest`` is the SHA-256 of size and pixels, ``commonest`` the share of the pixels that have
    the commonest colour. ``flaw`` is what `study.verify.reading.panels.flaw` says of it. ``bits``
    tells of 16 x 16 areas whether each is darker than its right neighbour. ``grid`` holds 64 x 64
    grey values, ``areas`` the mean colours of 16 x 16 areas, both in hexadecimal.
    """

    digest: str
    width: int
    height: int
    commonest: float
    flaw: str
    bits: int
    grid: str
    areas: str

    @property
    def fault(self) -> str:
        """The picture's own defect, "" for none."""
        if min(self.width, self.height) < SMALLEST:
            return ""
        if self.commonest >= BLANK:
            return "blank: a single colour"
        return self.flaw

    @property
    def small(self) -> bool:
        """Whether it is decoration, not a result."""
        return min(self.width, self.height) < SMALLEST

    def same(self, other: "Picture") -> bool:
        """Whether two pictures have the same pixels."""
        return self.digest == other.digest and not self.small

    def alike(self, other: "Picture") -> bool:
        """Whether two pictures show the same, up to scale and compression."""
        if self.small or other.small or self.fault or other.fault:
            return False
        shapes = (self.width * other.height) / (self.height * other.width)
        if not 0.97 < shapes < 1.03 or (self.bits ^ other.bits).bit_count() > ALIKE:
            return False
        a, b = (np.frombuffer(bytes.fromhex(p.grid), np.uint8) for p in (self, other))
        gaps = np.abs(a.astype(np.int16) - b)
        return bool(gaps.mean() <= CLOSE and gaps.max() <= FARTHEST)

    def colours(self) -> Areas:
        """Return the mean colours of 16 x 16 areas."""
        values = np.frombuffer(bytes.fromhex(self.areas), np.uint8)
        return values.reshape(256, 3).astype(np.float64)


def examine(image: Image.Image, *, thorough: bool = True) -> Picture:
    """Measure a decoded picture, on white where it is transparent.

    Without `thorough` no noise and no panels are looked for, which takes most of the time.
    """
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
    step = max(1, -(-max(width, height) // _MOST))
    pixels = np.asarray(rgb)[::step, ::step]
    return Picture(
        digest,
        width,
        height,
        commonest=max(count for count, _ in colours) / (small.width * small.height),
        flaw=flaw(pixels) if thorough else "",
        bits=int.from_bytes(np.packbits(darker).tobytes()),
        grid=grid.hex(),
        areas=rgb.resize((16, 16), Image.Resampling.BOX).tobytes().hex(),
    )
