"""Fittings under the sky: each is drawn in the unit frame of the scene."""

from __future__ import annotations

import math

from study.miniature.world.canvas import Canvas, Fill, Point, curve
from study.miniature.world.kit import Kit


def sky(c: Canvas, k: Kit, line: float, *, clouds: float = 0.55, sun: float = 0.35) -> None:
    """A day's sky above `line`."""
    tops = ((90, 155, 225), (120, 180, 240), (150, 165, 185), (240, 165, 110), (160, 200, 235))
    top = k.pick(tops)
    pale = ((225, 238, 250), (250, 225, 190)) if top == tops[3] else ((225, 238, 250),)
    with c.region("sky"):
        c.box(k.gradient(top, k.pick(pale), end=max(0.3, line)), -1, -1, 2, line + 0.05)
    if k.chance(sun):
        with c.region("sun"):
            c.oval((255, 232, 110), k.between(0.15, 0.85), k.between(0.08, 0.18), 0.08)
    if k.chance(clouds):
        with c.region("cloud"):
            for _ in range(k.pick((1, 2, 3))):
                x, y = k.between(0.0, 1.0), k.between(0.05, 0.22)
                for dx, dy, r in ((-0.08, 0.01, 0.05), (0.0, -0.015, 0.065), (0.08, 0.01, 0.05)):
                    c.oval((250, 251, 253), x + dx, y + dy, r * 1.2, r * 0.75)


def ground(c: Canvas, k: Kit, fill: Fill, line: float, *, rough: float = 0.02) -> None:
    """Ground below an uneven line."""
    points = [(-0.3 + i * 0.2, line + k.between(-rough, rough)) for i in range(9)]
    c.poly(fill, *curve(points, 3), (1.4, 2), (-0.4, 2))


def leafy(c: Canvas, k: Kit, x: float, bottom: float, size: float, leaf: Fill) -> None:
    """A broad-leaved tree."""
    with c.region("tree", "plant"):
        with c.region("trunk"):
            c.box((98, 66, 38), x - 0.045 * size, bottom - 0.5 * size, x + 0.045 * size, bottom)
        with c.region("leaf"):
            for dx, dy, r in ((-0.15, -0.55, 0.17), (0.15, -0.55, 0.17), (0.0, -0.75, 0.19)):
                c.oval(leaf, x + dx * size, bottom + dy * size, r * size)


def pine(c: Canvas, k: Kit, x: float, bottom: float, size: float) -> None:
    """A fir."""
    with c.region("fir", "plant"):
        c.box((85, 58, 34), x - 0.03 * size, bottom - 0.15 * size, x + 0.03 * size, bottom)
        green = k.pick(((28, 84, 50), (40, 100, 55), (30, 70, 55)))
        for y, w in ((-0.12, 0.22), (-0.36, 0.17), (-0.6, 0.12)):
            c.poly(
                green,
                (x - w * size, bottom + y * size),
                (x + w * size, bottom + y * size),
                (x, bottom + (y - 0.36) * size),
            )


def palm(c: Canvas, k: Kit, x: float, bottom: float) -> None:
    """A palm tree leaning over."""
    with c.region("palm", "plant"):
        c.line(
            (130, 92, 55),
            0.04,
            *curve([(x, bottom), (x + 0.03, bottom - 0.25), (x + 0.1, bottom - 0.45)], 3),
        )
        for t in (-2.9, -2.3, -0.9, -0.2, 0.5, 2.6):
            c.line(
                (45, 130, 55),
                0.035,
                (x + 0.1, bottom - 0.45),
                (x + 0.1 + 0.12 * math.cos(t), bottom - 0.47 + 0.07 * math.sin(t)),
                (x + 0.1 + 0.2 * math.cos(t), bottom - 0.4 + 0.1 * math.sin(t)),
            )


def bush(c: Canvas, k: Kit, x: float, bottom: float, fill: Fill) -> None:
    """A round bush."""
    with c.region("bush", "plant"):
        for dx, r in ((-0.07, 0.07), (0.07, 0.07), (0.0, 0.09)):
            c.oval(fill, x + dx, bottom - r, r)


def blooms(c: Canvas, k: Kit, top: float, bottom: float, count: int, size: float = 0.022) -> None:
    """Flowers strewn over the ground."""
    with c.region("flower", "plant"):
        inks = [k.colour("red", "yellow", "pink", "purple", "white", "orange") for _ in range(3)]
        for _ in range(count):
            x, y = k.between(0.0, 1.0), k.between(top, bottom)
            c.oval(k.pick(inks), x, y, size)
            c.oval((250, 225, 80), x, y, size * 0.4)


def fence(c: Canvas, k: Kit, bottom: float, h: float = 0.16) -> None:
    """A picket fence across."""
    with c.region("fence"):
        paint = k.pick(((245, 245, 242), (150, 102, 60), (110, 80, 55)))
        for i in range(12):
            x = -0.05 + i * 0.1
            c.poly(
                paint,
                (x, bottom),
                (x, bottom - h),
                (x + 0.025, bottom - h - 0.03),
                (x + 0.05, bottom - h),
                (x + 0.05, bottom),
            )
        c.box(paint, -0.2, bottom - h * 0.75, 1.2, bottom - h * 0.55)
        c.box(paint, -0.2, bottom - h * 0.35, 1.2, bottom - h * 0.15)


def bench(c: Canvas, k: Kit, x: float, bottom: float) -> None:
    """A park bench from the front."""
    with c.region("bench"):
        wood = k.pick(((150, 98, 52), (110, 70, 40), (60, 110, 70)))
        c.box((50, 50, 52), x + 0.03, bottom - 0.22, x + 0.055, bottom)
        c.box((50, 50, 52), x + 0.275, bottom - 0.22, x + 0.3, bottom)
        for y in (-0.23, -0.175, -0.1):
            c.box(wood, x, bottom + y, x + 0.33, bottom + y + 0.038)


def streetlamp(c: Canvas, k: Kit, x: float, bottom: float, *, lit: bool) -> None:
    """A lamp post."""
    with c.region("streetlamp"):
        c.box((48, 50, 54), x - 0.013, bottom - 0.5, x + 0.013, bottom)
        c.line((48, 50, 54), 0.02, (x, bottom - 0.5), (x + 0.1, bottom - 0.52))
        c.oval((255, 238, 140) if lit else (225, 228, 230), x + 0.1, bottom - 0.5, 0.04, 0.03)


def path(c: Canvas, k: Kit, line: float, fill: Fill) -> None:
    """A way winding into the distance."""
    x = k.between(0.35, 0.65)
    with c.region("path"):
        c.poly(
            fill,
            *curve([(0.1, 1.2), (x - 0.1, line + 0.3), (x, line + 0.02)], 4),
            *curve([(x + 0.04, line + 0.02), (x + 0.14, line + 0.3), (0.7, 1.2)], 4),
        )


def houses(c: Canvas, k: Kit, line: float, *, lit: bool) -> None:
    """A row of town houses standing on `line`."""
    with c.region("building"):
        x = k.between(-0.25, -0.1)
        while x < 1.05:
            w, h = k.between(0.2, 0.32), k.between(0.24, 0.5)
            face: Fill = k.material("brick") if k.chance(0.35) else k.cloth(k.pastel(), 0.4)
            if lit:
                face = k.pick(((38, 38, 52), (52, 44, 58), (30, 36, 48)))
            c.box(face, x, line - h, x + w, line)
            with c.region("window"):
                for row in range(int(h / 0.12)):
                    for column in range(int(w / 0.085)):
                        glass = (
                            (165, 205, 230)
                            if not lit
                            else ((250, 218, 110) if k.chance(0.6) else (24, 26, 36))
                        )
                        at, top = x + 0.025 + column * 0.085, line - h + 0.03 + row * 0.12
                        c.box(glass, at, top, at + 0.05, top + 0.065)
            x += w + (0.0 if k.chance(0.7) else 0.06)


def saloon(c: Canvas, k: Kit, x: float, bottom: float, size: float) -> None:
    """A small car from the side."""
    with c.region("car", "vehicle"):
        paint = k.colour()
        c.poly(
            paint,
            (x, bottom - 0.05 * size),
            (x, bottom - 0.17 * size),
            (x + 0.1 * size, bottom - 0.18 * size),
            (x + 0.17 * size, bottom - 0.3 * size),
            (x + 0.36 * size, bottom - 0.3 * size),
            (x + 0.44 * size, bottom - 0.18 * size),
            (x + 0.54 * size, bottom - 0.15 * size),
            (x + 0.54 * size, bottom - 0.05 * size),
        )
        with c.region("window"):
            c.poly(
                (190, 222, 238),
                (x + 0.15 * size, bottom - 0.18 * size),
                (x + 0.2 * size, bottom - 0.27 * size),
                (x + 0.34 * size, bottom - 0.27 * size),
                (x + 0.4 * size, bottom - 0.18 * size),
            )
        with c.region("wheel"):
            for dx in (0.13, 0.42):
                c.oval((24, 24, 26), x + dx * size, bottom - 0.05 * size, 0.06 * size)


def trafficlight(c: Canvas, k: Kit, x: float, bottom: float) -> None:
    """A signal on its post."""
    with c.region("traffic light"):
        c.box((55, 57, 60), x - 0.012, bottom - 0.3, x + 0.012, bottom)
        c.box((28, 28, 30), x - 0.045, bottom - 0.52, x + 0.045, bottom - 0.28)
        for i, lamp in enumerate(((235, 50, 45), (245, 200, 50), (60, 200, 90))):
            c.oval(lamp, x, bottom - 0.48 + i * 0.08, 0.028)


def peak(
    c: Canvas, k: Kit, x: float, bottom: float, w: float, h: float, fill: Fill, cap: Fill | None
) -> None:
    """A mountain, perhaps with a white cap."""
    with c.region("peak"):
        c.poly(
            fill,
            (x - w, bottom),
            (x - w * 0.42, bottom - h * 0.62),
            (x, bottom - h),
            (x + w * 0.38, bottom - h * 0.6),
            (x + w, bottom),
        )
        if cap is not None:
            c.poly(
                cap,
                (x - w * 0.25, bottom - h * 0.78),
                (x, bottom - h),
                (x + w * 0.23, bottom - h * 0.75),
                (x + w * 0.1, bottom - h * 0.68),
                (x, bottom - h * 0.75),
                (x - w * 0.12, bottom - h * 0.68),
            )


def rocks(c: Canvas, k: Kit, x: float, bottom: float, size: float) -> None:
    """A boulder or two."""
    with c.region("rock"):
        stone = k.material("stone") if k.chance(0.4) else k.pick(((120, 116, 112), (98, 92, 88)))
        points: tuple[Point, ...] = ((-1.0, 0.0), (-0.8, -0.6), (-0.2, -0.95), (0.5, -0.7), (1, 0))
        c.poly(stone, *((x + u * size, bottom + v * size * 0.8) for u, v in points))


def sailboat(c: Canvas, k: Kit, x: float, bottom: float, size: float) -> None:
    """A small sailing boat."""
    with c.region("boat", "vehicle"):
        c.line((80, 55, 35), 0.03 * size, (x, bottom - 0.1 * size), (x, bottom - size))
        with c.region("sail"):
            sail = k.pick(((248, 248, 245), k.colour()))
            c.poly(
                sail,
                (x + 0.03 * size, bottom - 0.95 * size),
                (x + 0.03 * size, bottom - 0.25 * size),
                (x + 0.4 * size, bottom - 0.25 * size),
            )
            c.poly(
                sail,
                (x - 0.05 * size, bottom - 0.8 * size),
                (x - 0.05 * size, bottom - 0.25 * size),
                (x - 0.33 * size, bottom - 0.25 * size),
            )
        c.poly(
            k.colour(),
            (x - 0.45 * size, bottom - 0.2 * size),
            (x + 0.45 * size, bottom - 0.2 * size),
            (x + 0.3 * size, bottom),
            (x - 0.3 * size, bottom),
        )


def leaves(k: Kit) -> Fill:
    """What trees and bushes are filled with: foliage, green, sometimes autumn."""
    return (
        k.material("foliage")
        if k.chance(0.5)
        else k.colour(*k.pick((("green",), ("green",), ("orange", "red", "yellow"))))
    )
