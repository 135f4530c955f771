"""The choices of one picture: its chance, its colours, and fills made of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from study.miniature.world.canvas import SIZE, Fill, Pattern
from study.miniature.world.materials import RAMPS, material
from study.miniature.world.palette import BASE, COLOURS, Colour, blend, jitter, luminance
from study.miniature.world.textures import BANK, TEXTURES, VARIANTS, Mask, texture

T = TypeVar("T")
CONTRAST = 75.0
_STEPS = np.arange(256)[:, None]


def ramp(low: Colour, high: Colour) -> NDArray[np.uint8]:
    """Colours from `low` to `high`, shape (256, 3)."""
    first, gap = np.array(low), np.array(high) - np.array(low)
    levels: NDArray[np.int64] = first + (gap * _STEPS + 127) // 255
    return levels.astype(np.uint8)


class Kit:
    """Source of chance and fills for one picture.

    `main`, `accent`, `dark` and `light` are the fills of the object being drawn.
    """

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.main: Fill = BASE["red"]
        self.accent: Colour = BASE["white"]
        self.dark: Colour = (36, 34, 38)
        self.light: Colour = (246, 244, 238)

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self.rng.random() < probability

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, all alike."""
        return options[int(self.rng.random() * len(options))]

    def between(self, low: float, high: float) -> float:
        """Number between the two."""
        return low + (high - low) * self.rng.random()

    def colour(self, *names: str) -> Colour:
        """Shade of one of the named colours (of any of the eleven when none is given)."""
        return jitter(BASE[self.pick(names or COLOURS)], self.rng)

    def pastel(self) -> Colour:
        """Pale or muted shade, as of walls."""
        return blend(self.colour(), self.pick(((248, 242, 230), (225, 215, 195))), 0.5)

    def other(self, colour: Colour) -> Colour:
        """Named colour that stands out against `colour`."""
        for _ in range(12):
            found = self.colour()
            if abs(luminance(found) - luminance(colour)) >= CONTRAST:
                return found
        return (246, 246, 246) if luminance(colour) < 128 else (24, 24, 28)

    def texture(self, ground: Colour, name: str | None = None) -> Pattern:
        """Texture (any when none is named) in a colour that stands out on `ground`."""
        chosen = name or self.pick(TEXTURES)
        mask = texture(chosen, self.rng.randrange(VARIANTS))
        return Pattern(self._crop(mask), ramp(ground, self.other(ground)), chosen)

    def material(self, name: str, tint: Colour | None = None) -> Pattern:
        """Material in one of its usual colours, or towards `tint`."""
        low, high = self.pick(RAMPS[name])
        if tint is not None:
            low, high = blend(low, blend(tint, (0, 0, 0), 0.4), 0.6), blend(high, tint, 0.6)
        mask = material(name, self.rng.randrange(3))
        return Pattern(
            self._crop(mask), ramp(jitter(low, self.rng, 12), jitter(high, self.rng, 12)), name
        )

    def cloth(self, ground: Colour | None = None, textured: float = 0.6) -> Fill:
        """Plain colour or, with the given probability, a texture on it."""
        colour = ground or self.colour()
        return self.texture(colour) if self.chance(textured) else colour

    def gradient(
        self, top: Colour, bottom: Colour, *, start: float = 0.0, end: float = 1.0
    ) -> Fill:
        """Fill from `top` to `bottom` between two heights of the picture, in eight steps."""
        rows = np.clip((np.arange(SIZE) / SIZE - start) / (end - start), 0, 1)
        levels = np.rint(np.rint(rows * 8) / 8 * 255).astype(np.uint8)
        mask = np.broadcast_to(levels[:, None], (SIZE, SIZE))
        return Pattern(mask, ramp(top, bottom), None)

    def _crop(self, mask: Mask) -> Mask:
        x, y = self.rng.randrange(BANK - SIZE), self.rng.randrange(BANK - SIZE)
        return mask[y : y + SIZE, x : x + SIZE]
