"""Streets and passages: scenes of buildings, roads and rails."""

from __future__ import annotations

from study.miniature.world import fittings_indoor as indoor
from study.miniature.world import fittings_outdoor as fit
from study.miniature.world.canvas import Canvas
from study.miniature.world.kit import Kit
from study.miniature.world.objects import put
from study.miniature.world.scenes_indoor import floors


def corridor(c: Canvas, k: Kit) -> None:
    """A passage with doors on both sides, vanishing."""
    x, y, s = k.between(0.4, 0.6), k.between(0.36, 0.46), k.between(0.1, 0.15)
    far = (x - s, y - s, x + s, y + s * 1.1)
    wall, shade = k.cloth(k.pastel(), 0.35), k.pastel()
    c.box(k.pastel(), -1, -1, 2, 2)
    c.poly(
        k.material("tile") if k.chance(0.3) else (225, 222, 215),
        (-0.1, -0.3),
        (1.1, -0.3),
        (far[2], far[1]),
        (far[0], far[1]),
    )
    c.poly(floors(k, 0.35), (-0.15, 1.1), (1.15, 1.1), (far[2], far[3]), (far[0], far[3]))
    c.poly(wall, (-0.15, -0.3), (far[0], far[1]), (far[0], far[3]), (-0.15, 1.1))
    c.poly(wall, (1.15, -0.3), (far[2], far[1]), (far[2], far[3]), (1.15, 1.1))
    c.box(shade, *far)
    if k.chance(0.6):
        indoor.door(c, k, x - 0.06, far[3], s * 1.5)
    paint = k.colour()
    with c.region("door"):
        for near, away in ((0.02, 0.3), (0.5, 0.72)):
            for side in (-0.15, 1.15):
                edge = far[0] if side < 0 else far[2]
                p, q = side + (edge - side) * near, side + (edge - side) * away
                c.poly(
                    paint,
                    (p, 1.1 + (far[3] - 1.1) * near),
                    (p, 0.0 + (y - 0.04) * near),
                    (q, 0.0 + (y - 0.04) * away),
                    (q, 1.1 + (far[3] - 1.1) * away),
                )
    if k.chance(0.75):
        with c.region("lamp"):
            for t in (0.25, 0.6, 0.85):
                c.oval(
                    (254, 245, 170),
                    x + (0.5 - x) * (1 - t),
                    -0.1 + (far[1] + 0.1) * t,
                    0.07 * (1.15 - t),
                    0.03 * (1.2 - t),
                )


def station(c: Canvas, k: Kit) -> None:
    """A platform along the rails, perhaps a train at it."""
    x, y = k.between(0.36, 0.6), k.between(0.36, 0.44)
    wall = k.material("tile") if k.chance(0.5) else k.cloth(k.pastel(), 0.4)
    c.box(wall, -1, -1, 2, 2)
    c.poly((205, 202, 196), (-0.4, -0.3), (1.4, -0.3), (x + 0.1, y - 0.14), (x - 0.1, y - 0.14))
    c.box((30, 30, 34), x - 0.1, y - 0.14, x + 0.1, y + 0.14)
    c.poly((62, 60, 60), (-0.5, 1.2), (0.5, 1.2), (x + 0.02, y + 0.12), (x - 0.1, y + 0.12))
    with c.region("rail"):
        for foot in (-0.16, 0.3):
            c.line((190, 190, 196), 0.028, (foot, 1.1), (x - 0.06 + foot * 0.05, y + 0.13))
    c.poly(
        floors(k, 0.5),
        (0.5, 1.2),
        (1.4, 1.2),
        (1.4, 0.9),
        (x + 0.1, y + 0.12),
        (x + 0.02, y + 0.12),
    )
    c.line((245, 212, 50), 0.03, (0.52, 1.15), (x + 0.03, y + 0.12))
    if k.chance(0.6):
        with c.region("train", "vehicle"):
            paint = k.cloth(textured=0.25)
            c.poly(paint, (-0.3, 0.0), (x - 0.13, y - 0.1), (x - 0.13, y + 0.12), (-0.3, 1.05))
            c.box(paint, x - 0.16, y - 0.1, x - 0.02, y + 0.14)
            with c.region("window"):
                c.poly((180, 215, 235), (-0.1, 0.28), (0.08, 0.31), (0.08, 0.5), (-0.1, 0.56))
                c.poly((180, 215, 235), (0.12, 0.32), (0.22, 0.335), (0.22, 0.46), (0.12, 0.49))
    if k.chance(0.55):
        with c.region("bench"):
            c.box((130, 80, 45), 0.72, 0.62, 0.98, 0.68)
            c.box((60, 60, 62), 0.75, 0.68, 0.78, 0.8)
            c.box((60, 60, 62), 0.92, 0.68, 0.95, 0.8)
    if k.chance(0.5):
        put(c, k, "clock", 0.76, 0.2, 0.1, textured=0)
    if k.chance(0.4):
        with c.region("lamp"):
            c.oval((254, 245, 170), 0.45, 0.05, 0.09, 0.03)


def _road(c: Canvas, k: Kit, line: float, *, dark: bool) -> None:
    c.box((70, 68, 74) if dark else k.pick(((178, 174, 168), (160, 150, 140))), -1, line, 2, 2)
    c.box((28, 29, 34) if dark else k.material("asphalt"), -1, line + 0.07, 2, 1.0)
    paint = (190, 190, 180) if dark else (240, 240, 235)
    if k.chance(0.5):
        x = k.between(0.1, 0.5)
        with c.region("road marking"):
            for i in range(5):
                c.box(paint, x + i * 0.09, line + 0.09, x + i * 0.09 + 0.05, 0.98)
    else:
        middle = (line + 1.07) / 2
        for i in range(5):
            c.box(paint, i * 0.24, middle - 0.015, i * 0.24 + 0.13, middle + 0.015)


def street(c: Canvas, k: Kit) -> None:
    """Houses along a road by day."""
    line = k.between(0.56, 0.68)
    fit.sky(c, k, line)
    fit.houses(c, k, line, lit=False)
    _road(c, k, line, dark=False)
    if k.chance(0.4):
        fit.leafy(c, k, k.between(0.05, 0.9), line + 0.06, 0.42, fit.leaves(k))
    if k.chance(0.5):
        fit.trafficlight(c, k, k.between(0.1, 0.9), line + 0.14)
    if k.chance(0.4):
        fit.streetlamp(c, k, k.between(0.1, 0.8), line + 0.07, lit=False)
    if k.chance(0.5):
        for i in range(k.pick((1, 2))):
            fit.saloon(c, k, k.between(-0.05, 0.2) + 0.45 * i, line + 0.24, k.between(0.6, 0.85))


def night_street(c: Canvas, k: Kit) -> None:
    """Houses with lit windows under a dark sky."""
    line = k.between(0.56, 0.68)
    c.box(k.gradient((10, 12, 34), k.pick(((45, 40, 80), (30, 40, 70))), end=line), -1, -1, 2, line)
    if k.chance(0.6):
        with c.region("moon"):
            c.oval((245, 240, 205), k.between(0.1, 0.9), 0.12, 0.065)
    with c.region("star"):
        for _ in range(9):
            c.oval((235, 235, 220), k.between(0, 1), k.between(0, 0.25), 0.011)
    fit.houses(c, k, line, lit=True)
    _road(c, k, line, dark=True)
    if k.chance(0.65):
        fit.streetlamp(c, k, k.between(0.1, 0.8), line + 0.07, lit=True)
    if k.chance(0.4):
        fit.trafficlight(c, k, k.between(0.1, 0.9), line + 0.14)
    if k.chance(0.4):
        fit.saloon(c, k, k.between(-0.05, 0.5), line + 0.27, k.between(0.7, 0.9))


def parking_lot(c: Canvas, k: Kit) -> None:
    """Parked cars between painted lines."""
    line = k.between(0.4, 0.56)
    fit.sky(c, k, line)
    if k.chance(0.65):
        fit.houses(c, k, line, lit=False)
    c.box(k.material("asphalt"), -1, line, 2, 2)
    with c.region("road marking"):
        for i in range(6):
            x = -0.1 + i * 0.24
            c.poly(
                (240, 238, 225),
                (x, line + 0.1),
                (x + 0.02, line + 0.1),
                (x - 0.04, line + 0.36),
                (x - 0.07, line + 0.36),
            )
    if k.chance(0.4):
        fit.leafy(c, k, k.between(0.05, 0.9), line + 0.06, 0.4, fit.leaves(k))
    if k.chance(0.35):
        fit.streetlamp(c, k, k.between(0.1, 0.8), line + 0.07, lit=False)
    size = k.between(0.55, 0.7)
    for i in range(k.pick((2, 3, 3))):
        fit.saloon(c, k, -0.02 + i * size * 0.62, line + 0.24, size)
    if k.chance(0.5):
        fit.saloon(c, k, k.between(0.0, 0.5), line + 0.46, size * 1.2)
