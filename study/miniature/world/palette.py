"""The eleven named colours: what they look like, and which of them a picture really shows."""

from __future__ import annotations

import random
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]

BASE: dict[str, Colour] = {
    "red": (205, 30, 40),
    "orange": (242, 130, 20),
    "yellow": (246, 216, 40),
    "green": (40, 150, 60),
    "blue": (40, 80, 205),
    "purple": (125, 50, 165),
    "pink": (250, 140, 180),
    "brown": (120, 70, 30),
    "black": (24, 24, 28),
    "white": (246, 246, 246),
    "grey": (130, 130, 135),
}

# Shades that count as a colour. The empty name takes the pixels that nobody would name.
SHADES: dict[str, tuple[Colour, ...]] = {
    "red": ((205, 30, 40), (150, 20, 30), (235, 70, 60)),
    "orange": ((242, 130, 20), (215, 105, 30), (250, 165, 70)),
    "yellow": ((246, 216, 40), (255, 240, 130), (215, 185, 30)),
    "green": ((40, 150, 60), (30, 90, 40), (110, 190, 80), (115, 145, 50), (150, 215, 140)),
    "blue": ((40, 80, 205), (25, 40, 110), (90, 140, 230), (150, 195, 240), (60, 120, 180)),
    "purple": ((125, 50, 165), (80, 30, 110), (165, 115, 215)),
    "pink": ((250, 140, 180), (238, 90, 150), (255, 190, 210)),
    "brown": ((120, 70, 30), (85, 50, 25), (150, 100, 60)),
    "black": ((12, 12, 14), (40, 40, 44)),
    "white": ((252, 252, 252), (230, 230, 233), (214, 215, 218)),
    "grey": ((130, 130, 135), (90, 90, 95), (165, 166, 170)),
    "": ((225, 200, 160), (200, 170, 120), (60, 180, 180), (30, 62, 66), (200, 225, 225)),
}

COLOURS: tuple[str, ...] = tuple(BASE)
COLOUR_SHARE = 0.08


def jitter(colour: Colour, rng: random.Random, amount: int = 14) -> Colour:
    """Colour with each channel moved by at most `amount` levels."""
    span = 2 * amount + 1
    steps = [int(rng.random() * span) - amount for _ in range(3)]
    return shift(colour, *steps)


def shift(colour: Colour, red: int, green: int, blue: int) -> Colour:
    """Colour moved by the given levels, kept within 0..255."""
    moved = (colour[0] + red, colour[1] + green, colour[2] + blue)
    return (
        min(255, max(0, moved[0])),
        min(255, max(0, moved[1])),
        min(255, max(0, moved[2])),
    )


def blend(first: Colour, second: Colour, share: float) -> Colour:
    """Mixture with `share` (0..1) of the second colour."""
    mixed = [round(a + (b - a) * share) for a, b in zip(first, second, strict=True)]
    return (mixed[0], mixed[1], mixed[2])


def luminance(colour: Colour) -> float:
    """Perceived lightness, 0..255 (Rec. 601 weights)."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def distance(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Squared colour distance over the last axis, in whole numbers.

    References
    ----------
    The low-cost "redmean" formula, compuphase.com/cmetric.htm.
    """
    mean = (first[..., 0] + second[..., 0]) // 2
    gap = (first - second) ** 2
    red = (512 + mean) * gap[..., 0] // 256
    blue = (767 - mean) * gap[..., 2] // 256
    total: NDArray[np.int64] = red + 4 * gap[..., 1] + blue
    return total


@lru_cache(maxsize=1)
def _table() -> NDArray[np.uint8]:
    """Nearest name (index into SHADES) of each colour of 5 bits a channel, shape (32768,)."""
    owners = [at for at, shades in enumerate(SHADES.values()) for _ in shades]
    shades = np.array([s for group in SHADES.values() for s in group], dtype=np.int64)
    level = np.arange(32, dtype=np.int64) * 8 + 4
    grid = np.stack(np.meshgrid(level, level, level, indexing="ij"), axis=-1).reshape(-1, 1, 3)
    nearest = distance(grid, shades[None]).argmin(axis=1)
    names: NDArray[np.uint8] = np.array(owners, dtype=np.uint8)[nearest]
    return names


def shares(pixels: NDArray[Any]) -> dict[str, float]:
    """Share (0..1) of the pixels nearest to each named colour.

    Each channel is read at 5 bits (the middle of its step of 8 levels).

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width, 3)
    """
    coarse = pixels.reshape(-1, 3).astype(np.int64) >> 3
    names = _table()[(coarse[:, 0] << 10) | (coarse[:, 1] << 5) | coarse[:, 2]]
    counts = np.bincount(names, minlength=len(SHADES))
    return {name: counts[at] / len(names) for at, name in enumerate(SHADES) if name}


def visible_colours(pixels: NDArray[Any]) -> set[str]:
    """Colours that fill at least `COLOUR_SHARE` of the picture."""
    return {name for name, share in shares(pixels).items() if share >= COLOUR_SHARE}
