"""Twelve materials as banks of masks, each with the ramp of colours that it usually has."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from study.miniature.world.palette import Colour
from study.miniature.world.textures import BANK, Mask, scatter

Maker = Callable[[np.random.Generator], Mask]


def _noise(rng: np.random.Generator, cell: int) -> NDArray[np.float64]:
    """Values in 0..1 on a grid of `cell` pixels, nearest neighbour."""
    count = BANK // cell + 1
    values = rng.random((count, count)).repeat(cell, axis=0).repeat(cell, axis=1)
    return values[:BANK, :BANK]


def _level(values: NDArray[np.float64]) -> Mask:
    return np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)


def _yx() -> NDArray[np.int64]:
    return np.mgrid[0:BANK, 0:BANK].astype(np.int64)


def _wood(rng: np.random.Generator) -> Mask:
    y, x = _yx()
    plank = y // 18
    tone = rng.random(BANK)[plank]
    grain = np.sin(y * 1.1 + 3 * np.sin(x / 17.0 + plank * 2.0)) > 0.55
    seam = (y % 18 < 2) | ((x + plank * 67) % 110 < 2)
    return _level(np.where(seam, 0.0, 0.55 + 0.35 * tone - 0.22 * grain))


def _brick(rng: np.random.Generator) -> Mask:
    y, x = _yx()
    row = y // 11
    column = (x + (row % 2) * 11) // 22
    tone = rng.random((64, 64))[row % 64, column % 64]
    joint = (y % 11 < 2) | ((x + (row % 2) * 11) % 22 < 2)
    return _level(np.where(joint, 1.0, 0.1 + 0.4 * tone))


def _tile(rng: np.random.Generator) -> Mask:
    y, x = _yx()
    pitch = int(rng.choice((16, 22)))
    tone = rng.random((32, 32))[y // pitch, x // pitch]
    return _level(np.where((y % pitch < 2) | (x % pitch < 2), 0.0, 0.8 + 0.2 * tone))


def _sand(rng: np.random.Generator) -> Mask:
    y, x = _yx()
    ripple = 0.12 * np.sin(y / 3.2 + 2 * np.sin(x / 23.0))
    return _level(0.6 + ripple - 0.45 * (_noise(rng, 2) > 0.9))


def _grass(rng: np.random.Generator) -> Mask:
    blades = np.kron(rng.random((BANK // 8 + 1, BANK // 2)), np.ones((8, 2)))
    shifted = np.stack([np.roll(blades[:, i], int(rng.integers(8))) for i in range(BANK)], axis=1)
    return _level(0.15 + 0.85 * shifted[:BANK])


def _water(rng: np.random.Generator) -> Mask:
    y, x = _yx()
    wave = np.sin((y + 2.6 * np.sin(x / 7.0 + rng.random() * 6)) / 2.1 + y / 40.0)
    return _level(np.where(wave > 0.72, 1.0, 0.35 + 0.25 * np.sin(y / 19.0)))


def _snow(rng: np.random.Generator) -> Mask:
    y, x = _yx()
    drift = 0.5 + 0.5 * np.sin((y + 9 * np.sin(x / 29.0)) / 11.0)
    return _level(0.45 + 0.5 * (np.rint(drift * 3) / 3) - 0.4 * (_noise(rng, 2) > 0.97))


def _stone(rng: np.random.Generator) -> Mask:
    y, x = _yx()
    points = scatter(random.Random(int(rng.integers(1 << 30))), 21.0)  # noqa: S311
    far = np.stack([np.hypot(x - px, (y - py) * 1.3) for px, py in points])
    near = np.partition(far, 1, axis=0)
    tone = rng.random(len(points))[far.argmin(axis=0)]
    return _level(np.where(near[1] - near[0] < 2.6, 0.0, 0.5 + 0.5 * tone))


def _metal(rng: np.random.Generator) -> Mask:
    y, x = _yx()
    shine = 0.5 + 0.5 * np.sin((x + y) / 17.0)
    seam = (x % 48 < 2) | (y % 48 < 2)
    rivet = np.hypot(x % 48 - 7, y % 48 - 7) < 2.8
    return _level(np.where(seam | rivet, 0.0, 0.35 + 0.6 * np.rint(shine * 5) / 5))


def _foliage(rng: np.random.Generator) -> Mask:
    y, x = _yx()
    result = np.full((BANK, BANK), 0.2)
    for px, py in rng.random((330, 2)) * BANK:
        angle, tone = rng.random() * math.pi, rng.random()
        u = (x - px) * math.cos(angle) + (y - py) * math.sin(angle)
        v = (y - py) * math.cos(angle) - (x - px) * math.sin(angle)
        result[(u / 9) ** 2 + (v / 4) ** 2 < 1] = 0.3 + 0.7 * tone
    return _level(result)


def _asphalt(rng: np.random.Generator) -> Mask:
    return _level(0.4 + 0.22 * (_noise(rng, 2) > 0.72) - 0.3 * (_noise(rng, 2) > 0.9))


def _glass(rng: np.random.Generator) -> Mask:
    y, x = _yx()
    band = (x + y) % 44
    return _level(np.where((band < 9) | ((band > 13) & (band < 16)), 1.0, 0.3))


_MAKERS: dict[str, Maker] = {
    "wood": _wood,
    "brick": _brick,
    "tile": _tile,
    "sand": _sand,
    "grass": _grass,
    "water": _water,
    "snow": _snow,
    "stone": _stone,
    "metal": _metal,
    "foliage": _foliage,
    "asphalt": _asphalt,
    "glass": _glass,
}
MATERIALS: tuple[str, ...] = tuple(_MAKERS)

# Usual colours at the low and the high end of each mask.
RAMPS: dict[str, tuple[tuple[Colour, Colour], ...]] = {
    "wood": (
        ((70, 40, 18), (190, 125, 66)),
        ((55, 32, 20), (140, 86, 48)),
        ((120, 85, 50), (225, 180, 120)),
    ),
    "brick": (((140, 50, 38), (225, 215, 205)), ((165, 80, 45), (215, 205, 190))),
    "tile": (
        ((130, 140, 145), (238, 242, 244)),
        ((100, 140, 150), (175, 222, 225)),
        ((150, 130, 100), (242, 228, 200)),
        ((90, 110, 160), (190, 205, 240)),
        ((110, 140, 110), (200, 230, 200)),
    ),
    "sand": (((165, 125, 70), (238, 205, 145)), ((150, 105, 65), (226, 180, 120))),
    "grass": (((22, 84, 26), (120, 186, 70)), ((50, 90, 25), (150, 185, 75))),
    "water": (
        ((20, 70, 140), (130, 190, 230)),
        ((15, 95, 125), (140, 210, 215)),
        ((35, 60, 110), (120, 160, 205)),
    ),
    "snow": (((170, 190, 220), (253, 253, 255)), ((190, 195, 215), (250, 250, 252))),
    "stone": (((70, 68, 66), (175, 172, 168)), ((85, 75, 65), (190, 175, 155))),
    "metal": (((70, 76, 84), (215, 220, 228)), ((90, 90, 95), (200, 205, 210))),
    "foliage": (((14, 58, 22), (96, 164, 60)), ((20, 70, 30), (130, 170, 50))),
    "asphalt": (((30, 31, 34), (120, 122, 126)), ((48, 48, 50), (140, 140, 142))),
    "glass": (((130, 190, 215), (240, 250, 252)), ((110, 170, 190), (225, 245, 245))),
}


@cache
def material(name: str, variant: int) -> Mask:
    """Mask (192, 192) of a material: low values for its joints and shadows, high for its face."""
    return _MAKERS[name](np.random.default_rng([variant, MATERIALS.index(name)]))
