"""Vehicles and buildings, each drawn in a frame of -1..1."""

from __future__ import annotations

from study.miniature.world.canvas import Canvas
from study.miniature.world.kit import Kit

GLASS = (185, 220, 238)


def wheel(c: Canvas, k: Kit, x: float, y: float, radius: float) -> None:
    """A tyre with its hub."""
    with c.region("wheel"):
        c.oval((28, 28, 30), x, y, radius)
        c.oval((185, 186, 190), x, y, radius * 0.5)


def car(c: Canvas, k: Kit) -> None:
    """A car from the side."""
    c.poly(
        k.main,
        (-0.95, 0.35),
        (-0.95, -0.02),
        (-0.6, -0.1),
        (-0.4, -0.5),
        (0.35, -0.5),
        (0.6, -0.1),
        (0.93, 0.0),
        (0.97, 0.35),
    )
    with c.region("window"):
        c.poly(GLASS, (-0.46, -0.1), (-0.32, -0.41), (-0.06, -0.41), (-0.06, -0.1))
        c.poly(GLASS, (0.03, -0.1), (0.03, -0.41), (0.29, -0.41), (0.46, -0.1))
    c.box((250, 240, 150), 0.86, 0.06, 0.97, 0.17)
    wheel(c, k, -0.52, 0.36, 0.24)
    wheel(c, k, 0.53, 0.36, 0.24)


def bus(c: Canvas, k: Kit) -> None:
    """A long bus with a row of windows."""
    c.box(k.main, -0.97, -0.6, 0.97, 0.42)
    c.box(k.light, -0.97, 0.05, 0.97, 0.14)
    with c.region("window"):
        for i in range(5):
            c.box(GLASS, -0.88 + i * 0.32, -0.46, -0.63 + i * 0.32, -0.08)
    with c.region("door"):
        c.box(k.dark, 0.7, -0.44, 0.9, 0.4)
    wheel(c, k, -0.55, 0.44, 0.21)
    wheel(c, k, 0.45, 0.44, 0.21)


def truck(c: Canvas, k: Kit) -> None:
    """A lorry: cargo box behind, cab in front."""
    c.box(k.main, -0.98, -0.62, 0.35, 0.3)
    c.poly(k.accent, (0.42, 0.36), (0.42, -0.35), (0.72, -0.35), (0.96, 0.02), (0.96, 0.36))
    with c.region("window"):
        c.poly(GLASS, (0.53, 0.0), (0.53, -0.24), (0.7, -0.24), (0.85, 0.0))
    c.box(k.dark, -0.95, 0.3, 0.5, 0.39)
    for x in (-0.66, -0.2, 0.66):
        wheel(c, k, x, 0.42, 0.21)


def bicycle(c: Canvas, k: Kit) -> None:
    """A bicycle: two thin wheels and a frame."""
    with c.region("wheel"):
        for x in (-0.55, 0.55):
            ring = [(x + 0.4 * u, 0.3 + 0.4 * v) for u, v in _RING]
            c.line(k.dark, 0.08, *ring)
            c.line((150, 150, 155), 0.03, (x - 0.37, 0.3), (x + 0.37, 0.3))
            c.line((150, 150, 155), 0.03, (x, -0.07), (x, 0.67))
    tube = k.accent
    c.line(tube, 0.11, (-0.55, 0.3), (-0.2, -0.3), (0.36, -0.3), (0.0, 0.3), (-0.55, 0.3))
    c.line(tube, 0.1, (0.0, 0.3), (-0.25, -0.45))
    c.line(tube, 0.1, (0.55, 0.3), (0.33, -0.52))
    with c.region("handle"):
        c.line(k.dark, 0.1, (0.18, -0.6), (0.36, -0.56), (0.48, -0.42))
    c.poly(k.dark, (-0.45, -0.55), (-0.08, -0.55), (-0.15, -0.44), (-0.4, -0.44))


def boat(c: Canvas, k: Kit) -> None:
    """A sailing boat."""
    c.line((90, 60, 35), 0.07, (-0.05, 0.45), (-0.05, -0.95))
    with c.region("sail"):
        c.poly(k.main, (0.02, -0.92), (0.02, 0.25), (0.72, 0.25))
        c.poly(k.light, (-0.12, -0.78), (-0.12, 0.25), (-0.62, 0.25))
    c.poly(k.accent, (-0.9, 0.36), (0.92, 0.36), (0.6, 0.8), (-0.6, 0.8))


def airplane(c: Canvas, k: Kit) -> None:
    """An airliner from the side, one wing towards us."""
    with c.region("tail"):
        c.poly(k.accent, (-0.92, -0.62), (-0.66, -0.62), (-0.42, -0.1), (-0.8, -0.05))
    with c.region("wing"):
        c.poly(k.accent, (0.08, -0.1), (-0.12, -0.62), (-0.3, -0.62), (-0.24, -0.1))
    c.poly(
        k.main,
        (-0.95, -0.12),
        (0.6, -0.2),
        (0.88, -0.08),
        (0.97, 0.05),
        (0.85, 0.15),
        (0.5, 0.2),
        (-0.6, 0.15),
    )
    with c.region("window"):
        for i in range(6):
            c.box(GLASS if i < 5 else k.dark, -0.4 + i * 0.2, -0.1, -0.29 + i * 0.2, 0.0)
    with c.region("wing"):
        c.poly(k.accent, (0.22, 0.08), (-0.34, 0.72), (-0.58, 0.72), (-0.22, 0.08))


def train(c: Canvas, k: Kit) -> None:
    """A steam locomotive."""
    c.box(k.main, -0.92, -0.62, -0.32, 0.38)
    c.box(k.dark, -0.98, -0.74, -0.26, -0.6)
    with c.region("window"):
        c.box(GLASS, -0.78, -0.46, -0.46, -0.12)
    c.box(k.main, -0.34, -0.2, 0.8, 0.38)
    c.oval(k.accent, 0.8, 0.09, 0.14, 0.29)
    with c.region("chimney"):
        c.poly(k.dark, (0.42, -0.2), (0.38, -0.66), (0.74, -0.66), (0.68, -0.2))
    c.poly(k.dark, (0.7, 0.4), (0.98, 0.66), (0.7, 0.66))
    wheel(c, k, -0.62, 0.46, 0.28)
    wheel(c, k, 0.02, 0.52, 0.21)
    wheel(c, k, 0.5, 0.52, 0.21)


def rocket(c: Canvas, k: Kit) -> None:
    """A rocket standing on its fire."""
    with c.region("flame"):
        c.poly((245, 150, 30), (-0.24, 0.55), (0.0, 1.0), (0.24, 0.55))
        c.poly((250, 225, 80), (-0.11, 0.55), (0.0, 0.82), (0.11, 0.55))
    with c.region("fin"):
        c.poly(k.accent, (-0.28, 0.1), (-0.62, 0.62), (-0.25, 0.55))
        c.poly(k.accent, (0.28, 0.1), (0.62, 0.62), (0.25, 0.55))
    c.poly(k.main, (-0.28, 0.58), (-0.32, -0.3), (0.0, -0.97), (0.32, -0.3), (0.28, 0.58))
    c.poly(k.accent, (-0.24, -0.5), (0.0, -0.97), (0.24, -0.5))
    with c.region("window"):
        c.oval(k.dark, 0, -0.2, 0.19)
        c.oval(GLASS, 0, -0.2, 0.14)


def house(c: Canvas, k: Kit) -> None:
    """A house with a gable roof."""
    with c.region("chimney"):
        c.box((120, 60, 45), 0.36, -0.86, 0.56, -0.3)
    c.box(k.main, -0.68, -0.2, 0.68, 0.85)
    with c.region("roof"):
        c.poly(k.accent, (-0.92, -0.15), (0.0, -0.92), (0.92, -0.15))
    with c.region("door"):
        c.box(k.dark, -0.16, 0.3, 0.16, 0.85)
    with c.region("window"):
        for x in (-0.42, 0.42):
            c.box(k.light, x - 0.18, 0.02, x + 0.18, 0.38)
            c.box(GLASS, x - 0.13, 0.07, x + 0.13, 0.33)


def lighthouse(c: Canvas, k: Kit) -> None:
    """A tapering tower with bands and a lamp."""
    c.poly(k.light, (-0.42, 0.92), (-0.24, -0.5), (0.24, -0.5), (0.42, 0.92))
    for i in range(3):
        y, z = -0.32 + i * 0.46, -0.1 + i * 0.46
        w, v = 0.25 + (y + 0.5) * 0.125, 0.25 + (z + 0.5) * 0.125
        c.poly(k.main, (-w, y), (w, y), (v, z), (-v, z))
    c.box(k.dark, -0.34, -0.58, 0.34, -0.48)
    with c.region("window"):
        c.box((252, 232, 120), -0.19, -0.8, 0.19, -0.58)
    with c.region("roof"):
        c.poly(k.accent, (-0.28, -0.78), (0.0, -1.0), (0.28, -0.78))


def windmill(c: Canvas, k: Kit) -> None:
    """A mill with four sails."""
    c.poly(k.main, (-0.42, 0.95), (-0.24, -0.25), (0.24, -0.25), (0.42, 0.95))
    with c.region("roof"):
        c.poly(k.accent, (-0.3, -0.22), (0.0, -0.58), (0.3, -0.22))
    with c.region("door"):
        c.box(k.dark, -0.12, 0.58, 0.12, 0.95)
    turn = k.between(0.2, 1.3)
    for i in range(4):
        with c.frame(0, -0.25, 1, tilt=turn + i * 1.5708), c.region("sail"):
            c.line(k.dark, 0.06, (0, 0), (0, -0.74))
            c.box(k.light, 0.03, -0.74, 0.24, -0.18)
    c.oval(k.dark, 0, -0.25, 0.08)


def snowman(c: Canvas, k: Kit) -> None:
    """Three balls of snow with a hat, a carrot and buttons."""
    white = (247, 249, 253)
    c.line((100, 66, 36), 0.06, (-0.3, 0.0), (-0.85, -0.32))
    c.line((100, 66, 36), 0.06, (0.3, 0.0), (0.85, -0.32))
    c.oval(white, 0, 0.55, 0.5, 0.43)
    c.oval(white, 0, 0.0, 0.37, 0.34)
    c.oval(white, 0, -0.45, 0.27)
    with c.region("scarf"):
        c.box(k.main, -0.28, -0.28, 0.28, -0.14)
        c.box(k.main, 0.1, -0.2, 0.26, 0.16)
    with c.region("hat"):
        c.box((28, 28, 32), -0.36, -0.7, 0.36, -0.6)
        c.box((28, 28, 32), -0.22, -1.0, 0.22, -0.65)
    with c.region("eye"):
        c.oval((20, 20, 20), -0.1, -0.5, 0.05)
        c.oval((20, 20, 20), 0.1, -0.5, 0.05)
    c.poly((240, 130, 30), (-0.03, -0.44), (0.36, -0.36), (-0.03, -0.34))
    for y in (0.05, 0.4, 0.6):
        c.oval((30, 30, 30), 0, y, 0.055)


_RING = tuple(
    (u, v)
    for u, v in (
        (1, 0),
        (0.87, 0.5),
        (0.5, 0.87),
        (0, 1),
        (-0.5, 0.87),
        (-0.87, 0.5),
        (-1, 0),
        (-0.87, -0.5),
        (-0.5, -0.87),
        (0, -1),
        (0.5, -0.87),
        (0.87, -0.5),
        (1, 0),
    )
)
