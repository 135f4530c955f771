"""Sixteen textures as banks of masks: large pitch and hard edges, so that 64 pixels show them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

BANK = 192
VARIANTS = 6
Mask = NDArray[np.uint8]
Plane = NDArray[np.float64]
Texture = Callable[[random.Random], Mask]


def _plane(angle: float) -> tuple[Plane, Plane]:
    y, x = np.mgrid[0:BANK, 0:BANK].astype(np.float64)
    cos, sin = math.cos(angle), math.sin(angle)
    return x * cos + y * sin + 512, y * cos - x * sin + 512


def _ink(where: NDArray[np.bool_]) -> Mask:
    return np.where(where, 255, 0).astype(np.uint8)


def _ordered(points: list[tuple[float, float]]) -> NDArray[np.float64]:
    """Distances of each pixel to its nearest two points, shape (2, BANK, BANK)."""
    y, x = np.mgrid[0:BANK, 0:BANK].astype(np.float64)
    far = np.stack([np.hypot(x - px, y - py) for px, py in points])
    return np.partition(far, 1, axis=0)[:2]


def scatter(rng: random.Random, gap: float) -> list[tuple[float, float]]:
    """Points on a shaken grid of the given gap, in the bank and a little beyond."""
    count = int(BANK / gap) + 3
    return [
        ((i - 1 + rng.uniform(0.1, 0.9)) * gap, (j - 1 + rng.uniform(0.1, 0.9)) * gap)
        for i in range(count)
        for j in range(count)
    ]


def _striped(rng: random.Random) -> Mask:
    u, _ = _plane(rng.choice((0.0, 0.8, math.pi / 2, -0.8)))
    pitch = rng.choice((14, 18, 22))
    return _ink(u % pitch < pitch / 2)


def _dotted(rng: random.Random) -> Mask:
    u, v = _plane(rng.choice((0.0, 0.4)))
    pitch = rng.choice((15, 19, 24))
    row = np.floor(v / pitch)
    x = (u + (row % 2) * pitch / 2) % pitch - pitch / 2
    return _ink(np.hypot(x, v % pitch - pitch / 2) < 0.33 * pitch)


def _checkered(rng: random.Random) -> Mask:
    u, v = _plane(rng.choice((0.0, 0.0, math.pi / 4)))
    cell = rng.choice((9, 12, 16))
    return _ink((u // cell + v // cell) % 2 == 0)


def _zigzag(rng: random.Random) -> Mask:
    u, v = _plane(rng.choice((0.0, math.pi / 2)))
    pitch = rng.choice((16, 20, 24))
    return _ink((v + np.abs(u % (1.4 * pitch) - 0.7 * pitch)) % pitch < pitch / 2)


def _woven(rng: random.Random) -> Mask:
    u, v = _plane(rng.choice((0.0, math.pi / 4)))
    cell = rng.choice((16, 20, 24))
    across = (u // cell + v // cell) % 2 == 0
    strand = np.where(across, v % cell, u % cell)
    return _ink(
        (np.abs(strand - cell * 0.27) < cell * 0.17) | (np.abs(strand - cell * 0.77) < cell * 0.17)
    )


def _speckled(rng: random.Random) -> Mask:
    image = Image.new("L", (BANK, BANK), 0)
    draw = ImageDraw.Draw(image)
    for x, y in scatter(rng, rng.choice((9.0, 11.0))):
        size = rng.choice((2, 2, 3, 4))
        left, top = round(x), round(y)
        draw.polygon(
            [
                (left, top),
                (left + size, top - 1),
                (left + size, top + size),
                (left - 1, top + size),
            ],
            fill=255,
        )
    return np.asarray(image)


def _cracked(rng: random.Random) -> Mask:
    near = _ordered(scatter(rng, rng.choice((24.0, 30.0))))
    return _ink(near[1] - near[0] < 3.4)


def _scaly(rng: random.Random) -> Mask:
    pitch = rng.choice((16, 20, 24))
    image = Image.new("L", (BANK, BANK), 0)
    draw = ImageDraw.Draw(image)
    for row in range(BANK * 2 // pitch + 2, -2, -1):
        for column in range(-1, BANK // pitch + 2):
            x, y = column * pitch + (row % 2) * pitch // 2, row * pitch // 2
            circle = [
                (x + round(pitch * 0.56 * math.cos(t)), y + round(pitch * 0.56 * math.sin(t)))
                for t in (k * math.pi / 10 for k in range(20))
            ]
            draw.polygon(circle, fill=255)
            inner = [(x + (px - x) * 7 // 10, y - 1 + (py - y) * 7 // 10) for px, py in circle]
            draw.polygon(inner, fill=0)
    return np.asarray(image)


def _spiralled(rng: random.Random) -> Mask:
    cell, turn = rng.choice((44, 56, 128)), rng.choice((1, -1))
    y, x = np.mgrid[0:BANK, 0:BANK].astype(np.float64)
    dx, dy = x % cell - cell / 2, y % cell - cell / 2
    pitch = 11 if cell < 100 else 17
    return _ink((np.hypot(dx, dy) / pitch + turn * np.arctan2(dy, dx) / (2 * math.pi)) % 1 < 0.5)


def _wavy(rng: random.Random) -> Mask:
    u, v = _plane(rng.choice((0.0, math.pi / 2, 0.5)))
    pitch = rng.choice((15, 19))
    return _ink((v + 0.38 * pitch * np.sin(2 * math.pi * u / (2.2 * pitch))) % pitch < pitch / 2)


def _grid(rng: random.Random) -> Mask:
    u, v = _plane(0.0)
    pitch = rng.choice((14, 18, 22))
    return _ink((u % pitch < 4) | (v % pitch < 4))


def _honeycomb(rng: random.Random) -> Mask:
    pitch = rng.choice((20, 24, 28))
    rise = pitch * math.sqrt(3) / 2
    points = [
        (i * pitch + (j % 2) * pitch / 2, j * rise)
        for i in range(-1, BANK // pitch + 2)
        for j in range(-1, int(BANK / rise) + 2)
    ]
    near = _ordered(points)
    return _ink(near[1] - near[0] < 3.8)


def _crosshatched(rng: random.Random) -> Mask:
    u, v = _plane(math.pi / 4)
    pitch = rng.choice((12, 15))
    return _ink((u % pitch < 3.4) | (v % pitch < 3.4))


def _marbled(rng: random.Random) -> Mask:
    y, x = np.mgrid[0:BANK, 0:BANK].astype(np.float64)
    field = np.zeros((BANK, BANK))
    for scale in (70.0, 45.0, 33.0, 24.0):
        angle, phase = rng.uniform(0, 6.28), rng.uniform(0, 6.28)
        field += scale * np.sin((x * math.cos(angle) + y * math.sin(angle)) / scale * 3 + phase)
    wave = np.sin(field / 26)
    shade: Mask = np.clip(128 + 200 * wave, 0, 255).astype(np.uint8)
    return shade


def _bubbly(rng: random.Random) -> Mask:
    image = Image.new("L", (BANK, BANK), 0)
    draw = ImageDraw.Draw(image)
    for x, y in scatter(rng, rng.choice((18.0, 22.0))):
        size = rng.uniform(5, 10)
        ring = [(math.cos(k * 0.42), math.sin(k * 0.42)) for k in range(15)]
        for radius, ink in ((size, 255), (size - 3.4, 0)):
            rim = [(round(x + radius * c), round(y + radius * s)) for c, s in ring]
            draw.polygon(rim, fill=ink)
    return np.asarray(image)


def _starry(rng: random.Random) -> Mask:
    pitch = rng.choice((22, 28))
    image = Image.new("L", (BANK, BANK), 0)
    draw = ImageDraw.Draw(image)
    for row in range(BANK // pitch + 2):
        for column in range(BANK // pitch + 2):
            x, y = column * pitch + (row % 2) * pitch // 2, row * pitch
            star = []
            for k in range(10):
                radius = pitch * (0.46 if k % 2 == 0 else 0.19)
                angle = k * math.pi / 5 - math.pi / 2
                star.append(
                    (x + round(radius * math.cos(angle)), y + round(radius * math.sin(angle)))
                )
            draw.polygon(star, fill=255)
    return np.asarray(image)


_MAKERS: dict[str, Texture] = {
    "striped": _striped,
    "dotted": _dotted,
    "checkered": _checkered,
    "zigzag": _zigzag,
    "woven": _woven,
    "speckled": _speckled,
    "cracked": _cracked,
    "scaly": _scaly,
    "spiralled": _spiralled,
    "wavy": _wavy,
    "grid": _grid,
    "honeycomb": _honeycomb,
    "crosshatched": _crosshatched,
    "marbled": _marbled,
    "bubbly": _bubbly,
    "starry": _starry,
}
TEXTURES: tuple[str, ...] = tuple(_MAKERS)


@cache
def texture(name: str, variant: int) -> Mask:
    """Mask (192, 192) of a texture: 0 where its ground shows, 255 where its figure does."""
    return _MAKERS[name](random.Random(f"{name}:{variant}"))  # noqa: S311
