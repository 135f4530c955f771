"""Animals and plants, each drawn in a frame of -1..1."""

from __future__ import annotations

import math

from study.miniature.world.canvas import Canvas, curve
from study.miniature.world.kit import Kit


def eye(c: Canvas, x: float, y: float, size: float) -> None:
    """A white eye with its pupil."""
    with c.region("eye"):
        c.oval((250, 250, 250), x, y, size)
        c.oval((15, 15, 15), x + size * 0.25, y, size * 0.55)


def fish(c: Canvas, k: Kit) -> None:
    """A fish looking right."""
    with c.region("tail"):
        c.poly(k.accent, (-0.5, 0.0), (-0.95, -0.45), (-0.82, 0.0), (-0.95, 0.45))
    with c.region("fin"):
        c.poly(k.accent, (-0.3, -0.35), (-0.1, -0.68), (0.4, -0.35))
        c.poly(k.accent, (-0.1, 0.35), (0.0, 0.6), (0.3, 0.35))
    c.poly(
        k.main,
        *curve(
            [
                (-0.62, 0.0),
                (-0.2, -0.4),
                (0.4, -0.4),
                (0.92, 0.02),
                (0.4, 0.42),
                (-0.2, 0.42),
                (-0.62, 0.0),
            ],
            4,
        ),
    )
    eye(c, 0.56, -0.1, 0.12)
    c.line(k.dark, 0.05, (0.92, 0.06), (0.72, 0.14))


def bird(c: Canvas, k: Kit) -> None:
    """A standing bird."""
    with c.region("leg"):
        c.line((225, 130, 40), 0.07, (-0.08, 0.4), (-0.12, 0.86), (0.06, 0.86))
        c.line((225, 130, 40), 0.07, (0.14, 0.4), (0.16, 0.86), (0.34, 0.86))
    with c.region("tail"):
        c.poly(k.accent, (-0.5, 0.0), (-0.98, 0.2), (-0.92, 0.42), (-0.4, 0.3))
    c.oval(k.main, 0.0, 0.12, 0.58, 0.4)
    c.oval(k.main, 0.46, -0.38, 0.3)
    with c.region("beak"):
        c.poly((240, 160, 30), (0.7, -0.48), (1.0, -0.32), (0.7, -0.24))
    eye(c, 0.52, -0.45, 0.09)
    with c.region("wing"):
        c.poly(k.accent, (0.24, -0.06), (-0.6, 0.02), (-0.3, 0.34), (0.1, 0.34))


def butterfly(c: Canvas, k: Kit) -> None:
    """A butterfly with open wings."""
    with c.region("wing"):
        for s in (-1, 1):
            c.poly(
                k.main,
                *curve(
                    [
                        (0.05 * s, -0.1),
                        (0.35 * s, -0.75),
                        (0.92 * s, -0.72),
                        (0.85 * s, -0.1),
                        (0.05 * s, 0.05),
                    ],
                    4,
                ),
            )
            c.oval(k.main, 0.45 * s, 0.38, 0.38, 0.36)
            c.oval(k.accent, 0.58 * s, -0.42, 0.16)
            c.oval(k.accent, 0.48 * s, 0.4, 0.13)
    with c.region("antenna"):
        c.line(k.dark, 0.05, (0, -0.5), (-0.22, -0.9))
        c.line(k.dark, 0.05, (0, -0.5), (0.22, -0.9))
    c.oval(k.dark, 0, 0.0, 0.1, 0.6)


def cat(c: Canvas, k: Kit) -> None:
    """A sitting cat seen from the front."""
    with c.region("tail"):
        c.line(k.main, 0.16, *curve([(0.35, 0.8), (0.85, 0.7), (0.8, 0.2), (0.62, 0.05)], 3))
    c.oval(k.main, 0, 0.5, 0.46, 0.47)
    with c.region("ear"):
        c.poly(k.main, (-0.5, -0.4), (-0.5, -0.98), (-0.08, -0.66))
        c.poly(k.main, (0.5, -0.4), (0.5, -0.98), (0.08, -0.66))
        c.poly((240, 160, 170), (-0.43, -0.6), (-0.43, -0.84), (-0.22, -0.68))
        c.poly((240, 160, 170), (0.43, -0.6), (0.43, -0.84), (0.22, -0.68))
    c.oval(k.main, 0, -0.3, 0.52, 0.44)
    with c.region("eye"):
        for s in (-0.22, 0.22):
            c.oval((215, 230, 90), s, -0.36, 0.12)
            c.oval((15, 15, 15), s, -0.36, 0.05, 0.1)
    c.poly((225, 110, 130), (-0.07, -0.2), (0.07, -0.2), (0.0, -0.11))
    for s in (-1, 1):
        c.line(k.light, 0.03, (0.14 * s, -0.14), (0.62 * s, -0.2))
        c.line(k.light, 0.03, (0.14 * s, -0.1), (0.6 * s, -0.04))
    with c.region("leg"):
        c.box(k.accent, -0.26, 0.62, -0.06, 0.97)
        c.box(k.accent, 0.06, 0.62, 0.26, 0.97)


def snake(c: Canvas, k: Kit) -> None:
    """A snake in waves, tongue out."""
    way = curve(
        [
            (-0.95, 0.45),
            (-0.7, 0.05),
            (-0.4, 0.45),
            (-0.05, 0.55),
            (0.12, 0.0),
            (0.4, -0.3),
            (0.68, -0.18),
        ],
        5,
    )
    for i in range(0, len(way) - 1):
        c.line(k.main, 0.1 + 0.16 * min(1.0, i / 9), way[i], way[i + 1])
    c.oval(k.main, 0.72, -0.2, 0.25, 0.18)
    with c.region("tongue"):
        c.line((215, 30, 50), 0.045, (0.94, -0.18), (1.08, -0.15), (1.18, -0.24))
        c.line((215, 30, 50), 0.045, (1.08, -0.15), (1.18, -0.06))
    eye(c, 0.74, -0.27, 0.075)


def spider(c: Canvas, k: Kit) -> None:
    """A spider with eight bent legs."""
    with c.region("leg"):
        for s in (-1, 1):
            for i, (up, out) in enumerate(((-0.75, 0.75), (-0.4, 0.95), (0.3, 0.95), (0.8, 0.75))):
                c.line(
                    k.dark,
                    0.075,
                    (0.2 * s, -0.05 + 0.06 * i),
                    (0.55 * s, up * 0.55 - 0.18),
                    (out * s, up),
                )
    c.oval(k.main, 0, 0.26, 0.44, 0.46)
    c.oval(k.dark, 0, -0.3, 0.26, 0.22)
    eye(c, -0.1, -0.36, 0.07)
    eye(c, 0.1, -0.36, 0.07)


def snail(c: Canvas, k: Kit) -> None:
    """A snail with its coiled shell."""
    flesh = (222, 190, 140)
    c.poly(
        flesh,
        *curve(
            [
                (-0.95, 0.72),
                (-0.4, 0.45),
                (0.4, 0.45),
                (0.62, -0.05),
                (0.92, 0.0),
                (0.9, 0.6),
                (0.7, 0.75),
            ],
            4,
        ),
    )
    with c.region("antenna"):
        c.line(flesh, 0.06, (0.7, 0.0), (0.62, -0.42))
        c.line(flesh, 0.06, (0.84, 0.0), (0.96, -0.4))
        c.oval(k.dark, 0.62, -0.42, 0.06)
        c.oval(k.dark, 0.96, -0.4, 0.06)
    with c.region("shell"):
        c.oval(k.main, -0.12, 0.02, 0.57)
        coil = [
            (-0.12 + r * math.cos(t), 0.02 + r * math.sin(t))
            for t, r in ((i * 0.52, 0.5 - i * 0.021) for i in range(21))
        ]
        c.line(k.accent, 0.07, *coil)


def turtle(c: Canvas, k: Kit) -> None:
    """A turtle from the side."""
    skin = (110, 160, 80)
    with c.region("leg"):
        for x in (-0.5, 0.3):
            c.poly(skin, (x - 0.14, 0.3), (x + 0.16, 0.3), (x + 0.2, 0.7), (x - 0.16, 0.7))
    with c.region("tail"):
        c.poly(skin, (-0.66, 0.25), (-0.98, 0.42), (-0.66, 0.42))
    c.line(skin, 0.22, (0.5, 0.25), (0.72, -0.05))
    c.oval(skin, 0.78, -0.12, 0.21, 0.17)
    eye(c, 0.84, -0.16, 0.06)
    with c.region("shell"):
        c.poly(
            k.main,
            *(
                (0.66 * math.cos(t) - 0.08, 0.36 - 0.8 * math.sin(t))
                for t in (i * math.pi / 12 for i in range(13))
            ),
        )
        c.box(k.accent, -0.78, 0.28, 0.62, 0.4)


def flower(c: Canvas, k: Kit) -> None:
    """A flower with round petals."""
    with c.region("stem"):
        c.line((50, 130, 50), 0.09, (0.0, -0.2), (0.03, 0.95))
    with c.region("leaf"):
        c.poly((60, 150, 60), (0.02, 0.72), (0.3, 0.42), (0.6, 0.4), (0.4, 0.66))
        c.poly((60, 150, 60), (0.02, 0.85), (-0.3, 0.55), (-0.58, 0.55), (-0.4, 0.78))
    with c.region("petal"):
        for i in range(6):
            angle = i * math.pi / 3 + 0.3
            c.oval(k.main, 0.36 * math.cos(angle), -0.36 + 0.36 * math.sin(angle), 0.25)
    c.oval(k.accent, 0, -0.36, 0.21)


def tree(c: Canvas, k: Kit) -> None:
    """A broad-leaved tree."""
    with c.region("trunk"):
        c.poly((105, 68, 38), (-0.13, 0.0), (0.13, 0.0), (0.2, 0.97), (-0.2, 0.97))
    with c.region("leaf"):
        for x, y, r in (
            (-0.42, -0.15, 0.4),
            (0.42, -0.15, 0.4),
            (0.0, -0.05, 0.42),
            (-0.22, -0.55, 0.38),
            (0.24, -0.55, 0.38),
        ):
            c.oval(k.main, x, y, r)


def cactus(c: Canvas, k: Kit) -> None:
    """A cactus with two arms."""
    c.box(k.main, -0.2, -0.75, 0.2, 0.62)
    c.oval(k.main, 0, -0.75, 0.2)
    for s, y in ((-1.0, 0.18), (1.0, -0.05)):
        c.box(k.main, min(0.1 * s, 0.62 * s), y - 0.11, max(0.1 * s, 0.62 * s), y + 0.13)
        c.box(k.main, min(0.4 * s, 0.64 * s), y - 0.42, max(0.4 * s, 0.64 * s), y + 0.1)
        c.oval(k.main, 0.52 * s, y - 0.42, 0.12)
    with c.region("spike"):
        for i in range(7):
            for s in (-0.1, 0.1):
                c.line(k.light, 0.04, (s - 0.05, -0.64 + i * 0.19), (s + 0.05, -0.58 + i * 0.19))
    with c.region("pot"):
        c.poly((190, 95, 55), (-0.42, 0.56), (0.42, 0.56), (0.3, 0.97), (-0.3, 0.97))


def mushroom(c: Canvas, k: Kit) -> None:
    """A toadstool."""
    with c.region("stem"):
        c.poly((240, 228, 205), (-0.2, 0.0), (0.2, 0.0), (0.3, 0.92), (-0.3, 0.92))
    c.poly(
        k.main,
        *(
            (0.85 * math.cos(t), 0.1 - 0.88 * math.sin(t))
            for t in (i * math.pi / 12 for i in range(13))
        ),
    )
    for x, y, r in ((-0.4, -0.2, 0.13), (0.05, -0.5, 0.15), (0.45, -0.15, 0.12)):
        c.oval(k.accent, x, y, r)
