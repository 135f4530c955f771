"""Food, household things and toys, each drawn in a frame of -1..1."""

from __future__ import annotations

import math

from study.miniature.world.canvas import Canvas, Fill, curve
from study.miniature.world.kit import Kit


def _stem(c: Canvas, x: float, y: float) -> None:
    with c.region("stem"):
        c.line((95, 62, 30), 0.1, (x, y), (x + 0.08, y - 0.32))
    with c.region("leaf"):
        c.poly(
            (70, 160, 60),
            (x + 0.08, y - 0.18),
            (x + 0.3, y - 0.4),
            (x + 0.56, y - 0.3),
            (x + 0.34, y - 0.12),
        )


def apple(c: Canvas, k: Kit) -> None:
    """An apple with stem and leaf."""
    c.poly(
        k.main,
        *curve(
            [
                (0.0, -0.38),
                (0.4, -0.55),
                (0.8, -0.2),
                (0.68, 0.45),
                (0.3, 0.85),
                (0.0, 0.76),
                (-0.3, 0.85),
                (-0.68, 0.45),
                (-0.8, -0.2),
                (-0.4, -0.55),
                (0.0, -0.38),
            ],
            4,
        ),
    )
    c.oval((255, 255, 255), -0.45, -0.12, 0.1, 0.17)
    _stem(c, 0.0, -0.36)


def banana(c: Canvas, k: Kit) -> None:
    """A bent banana with dark ends."""
    c.poly(
        k.main,
        *curve([(-0.9, -0.42), (-0.6, 0.2), (0.0, 0.55), (0.62, 0.35), (0.9, -0.15)], 4),
        *curve([(0.78, -0.22), (0.5, 0.02), (0.0, 0.12), (-0.45, -0.12), (-0.72, -0.55)], 4),
    )
    with c.region("stem"):
        c.poly((80, 55, 25), (-0.95, -0.44), (-0.72, -0.52), (-0.78, -0.8), (-0.92, -0.76))
    c.poly((80, 55, 25), (0.91, -0.12), (0.76, -0.2), (0.86, -0.32), (0.96, -0.24))


def pizza(c: Canvas, k: Kit) -> None:
    """A slice of pizza."""
    c.poly((245, 200, 80), (-0.75, -0.6), (0.75, -0.6), (0.0, 0.95))
    with c.region("crust"):
        rim = curve([(-0.88, -0.6), (-0.5, -0.82), (0.5, -0.82), (0.88, -0.6)], 4)
        c.poly((190, 120, 55), *rim, (0.78, -0.45), (-0.78, -0.45))
    for x, y in ((-0.3, -0.2), (0.3, -0.22), (0.02, 0.22), (0.0, -0.34)):
        c.oval(k.main, x, y, 0.14)
    c.oval((60, 140, 50), 0.12, 0.0, 0.07)
    c.oval((60, 140, 50), -0.2, 0.08, 0.06)


def cake(c: Canvas, k: Kit) -> None:
    """A birthday cake with candles."""
    for x in (-0.4, 0.0, 0.4):
        with c.region("candle"):
            c.box(k.accent, x - 0.06, -0.62, x + 0.06, -0.2)
        with c.region("flame"):
            c.oval((250, 190, 50), x, -0.76, 0.09, 0.15)
    c.box(k.main, -0.75, -0.1, 0.75, 0.75)
    c.box(k.light, -0.75, -0.22, 0.75, 0.04)
    for i in range(5):
        c.oval(k.light, -0.6 + i * 0.3, 0.06, 0.14, 0.16)
    c.box((200, 200, 205), -0.95, 0.72, 0.95, 0.84)


def carrot(c: Canvas, k: Kit) -> None:
    """A carrot with its green."""
    with c.region("leaf"):
        for x in (-0.35, 0.0, 0.35):
            c.poly((50, 150, 55), (-0.07, -0.4), (x - 0.08, -0.98), (x + 0.12, -0.95), (0.1, -0.4))
    c.poly(
        k.main,
        *curve(
            [
                (-0.3, -0.42),
                (0.0, -0.5),
                (0.3, -0.42),
                (0.28, -0.1),
                (0.0, 0.97),
                (-0.28, -0.1),
                (-0.3, -0.42),
            ],
            4,
        ),
    )
    for y, w in ((-0.2, 0.2), (0.1, 0.14), (0.4, 0.09)):
        c.line(k.dark, 0.035, (-w - 0.06, y), (w - 0.14, y + 0.04))


def ice_cream(c: Canvas, k: Kit) -> None:
    """Two scoops in a cone."""
    c.oval(k.accent, 0.0, -0.62, 0.32)
    c.oval(k.main, 0.0, -0.22, 0.46, 0.4)
    c.poly((205, 150, 85), (-0.44, 0.0), (0.44, 0.0), (0.0, 0.98))
    for t in (0.25, 0.55):
        c.line((140, 92, 45), 0.04, (-0.44 + 0.44 * t, t), (0.32 - 0.3 * t, 0.0))
        c.line((140, 92, 45), 0.04, (0.44 - 0.44 * t, t), (-0.32 + 0.3 * t, 0.0))


def cherry(c: Canvas, k: Kit) -> None:
    """Two cherries on one stalk."""
    with c.region("stem"):
        c.line((90, 110, 40), 0.07, (-0.42, 0.3), (0.1, -0.85), (0.45, 0.38))
    with c.region("leaf"):
        c.poly((60, 150, 60), (0.08, -0.85), (0.4, -0.98), (0.85, -0.7), (0.45, -0.6))
    for x, y in ((-0.45, 0.5), (0.47, 0.55)):
        c.oval(k.main, x, y, 0.38)
        c.oval((255, 255, 255), x - 0.13, y - 0.13, 0.07)


def watermelon(c: Canvas, k: Kit) -> None:
    """Half a slice of watermelon."""
    for radius, fill in ((0.97, (35, 120, 50)), (0.85, (220, 240, 200)), (0.76, k.main)):
        c.poly(
            fill,
            *(
                (radius * math.cos(t), -0.4 + radius * math.sin(t))
                for t in (i * math.pi / 12 for i in range(13))
            ),
        )
    for x, y in ((-0.4, -0.2), (0.0, -0.22), (0.4, -0.2), (-0.2, 0.06), (0.2, 0.06)):
        c.oval((25, 20, 20), x, y, 0.055, 0.08)


def cup(c: Canvas, k: Kit) -> None:
    """A mug with a handle."""
    with c.region("handle"):
        c.line(k.main, 0.14, (0.4, -0.28), (0.78, -0.22), (0.78, 0.28), (0.4, 0.38))
    c.poly(k.main, (-0.65, -0.6), (0.5, -0.6), (0.42, 0.72), (-0.57, 0.72))
    c.oval(k.light, -0.075, -0.6, 0.575, 0.14)
    c.oval((70, 40, 25), -0.075, -0.58, 0.47, 0.09)


def bottle(c: Canvas, k: Kit) -> None:
    """A bottle with cap and label."""
    c.poly(
        k.main,
        (-0.34, 0.95),
        (-0.34, -0.2),
        (-0.13, -0.5),
        (-0.13, -0.8),
        (0.13, -0.8),
        (0.13, -0.5),
        (0.34, -0.2),
        (0.34, 0.95),
    )
    c.box(k.dark, -0.16, -0.97, 0.16, -0.78)
    c.box(k.light, -0.34, 0.12, 0.34, 0.58)
    c.box(k.accent, -0.22, 0.24, 0.22, 0.34)


def lamp(c: Canvas, k: Kit) -> None:
    """A table lamp."""
    c.box(k.dark, -0.06, -0.1, 0.06, 0.85)
    c.oval(k.dark, 0, 0.86, 0.42, 0.11)
    c.poly(k.main, (-0.3, -0.92), (0.3, -0.92), (0.68, 0.02), (-0.68, 0.02))
    c.box((252, 236, 150), -0.66, 0.0, 0.66, 0.06)


def chair(c: Canvas, k: Kit) -> None:
    """A chair from the side and a little above."""
    with c.region("leg"):
        for x, y in ((-0.5, 0.95), (0.52, 0.95), (-0.3, 0.78), (0.68, 0.72)):
            c.line(k.dark, 0.1, (x, 0.22), (x, y))
    c.box(k.main, -0.58, -0.95, -0.4, 0.2)
    c.poly(k.main, (-0.58, -0.95), (-0.2, -0.99), (-0.2, -0.1), (-0.58, 0.0))
    c.poly(k.main, (-0.58, 0.12), (-0.3, -0.1), (0.76, -0.1), (0.58, 0.14))
    c.poly(
        k.accent,
        (-0.58, 0.12),
        (0.58, 0.14),
        (0.76, -0.1),
        (0.76, 0.06),
        (0.58, 0.3),
        (-0.58, 0.28),
    )


def clock(c: Canvas, k: Kit) -> None:
    """A round clock."""
    c.oval(k.main, 0, 0, 0.92)
    c.oval(k.light, 0, 0, 0.7)
    for i in range(12):
        u, v = math.cos(i * math.pi / 6), math.sin(i * math.pi / 6)
        c.line(k.dark, 0.06, (0.55 * u, 0.55 * v), (0.63 * u, 0.63 * v))
    with c.region("hand"):
        for length, width in ((0.52, 0.07), (0.34, 0.1)):
            angle = k.between(0, 6.28)
            c.line(k.dark, width, (0, 0), (length * math.cos(angle), length * math.sin(angle)))


def book(c: Canvas, k: Kit) -> None:
    """An open book."""
    c.poly(
        k.main, (-0.97, -0.5), (0.0, -0.36), (0.97, -0.5), (0.97, 0.6), (0.0, 0.74), (-0.97, 0.6)
    )
    with c.region("page"):
        for s in (-1, 1):
            c.poly(k.light, (0.02 * s, -0.4), (0.87 * s, -0.6), (0.87 * s, 0.46), (0.02 * s, 0.64))
            for i in range(4):
                y = -0.32 + i * 0.2
                c.line((110, 110, 115), 0.045, (0.14 * s, y + 0.02), (0.75 * s, y - 0.12))
    c.line(k.dark, 0.04, (0, -0.38), (0, 0.66))


def umbrella(c: Canvas, k: Kit) -> None:
    """An open umbrella."""
    with c.region("handle"):
        c.line(k.dark, 0.08, (0, -0.3), (0, 0.72), (0.1, 0.88), (0.26, 0.84), (0.3, 0.68))
    dome = [
        (0.95 * math.cos(t), 0.0 - 0.8 * math.sin(t)) for t in (i * math.pi / 12 for i in range(13))
    ]
    scallop = [(-0.63, -0.12), (-0.32, 0.03), (0.0, -0.12), (0.32, 0.03), (0.63, -0.12)]
    c.poly(k.main, *dome, *scallop)
    for s in (-0.32, 0.32):
        c.line(k.accent, 0.035, (0, -0.8), (s, 0.0))
    c.line(k.dark, 0.06, (0, -0.95), (0, -0.78))


def candle(c: Canvas, k: Kit) -> None:
    """A burning candle on a dish."""
    with c.region("flame"):
        c.poly(
            (245, 140, 30),
            *curve([(0, -0.99), (0.2, -0.62), (0.0, -0.38), (-0.2, -0.62), (0, -0.99)], 4),
        )
        c.oval((252, 235, 120), 0, -0.56, 0.08, 0.13)
    c.line(k.dark, 0.05, (0, -0.42), (0, -0.25))
    c.box(k.main, -0.24, -0.3, 0.24, 0.75)
    c.poly(k.light, (-0.24, -0.3), (0.24, -0.3), (0.2, -0.05), (0.08, -0.2), (-0.1, 0.06))
    c.oval(k.accent, 0, 0.78, 0.62, 0.14)


def ball(c: Canvas, k: Kit) -> None:
    """A ball of six panels, every second one coloured."""
    c.oval(k.main, 0, 0, 0.92)
    for turn in (0.3, 2.4, 4.5):
        rim = [
            (0.92 * math.cos(turn + i * 0.21), 0.92 * math.sin(turn + i * 0.21)) for i in range(6)
        ]
        c.poly(k.accent, (0.1, -0.12), *rim)
    c.oval(k.light, 0.1, -0.12, 0.14)


def balloon(c: Canvas, k: Kit) -> None:
    """A balloon on its string."""
    c.line(k.dark, 0.04, *curve([(0, 0.5), (0.12, 0.68), (-0.06, 0.85), (0.05, 1.0)], 3))
    c.oval(k.main, 0, -0.25, 0.6, 0.7)
    c.poly(k.main, (0, 0.4), (0.12, 0.56), (-0.12, 0.56))
    c.oval((255, 255, 255), -0.25, -0.52, 0.11, 0.18)


def kite(c: Canvas, k: Kit) -> None:
    """A kite with a tail of bows."""
    with c.region("tail"):
        way = curve([(0, 0.5), (0.2, 0.65), (-0.1, 0.8), (0.15, 0.98)], 3)
        c.line(k.dark, 0.04, *way)
        for x, y in (way[3], way[7]):
            c.poly(
                k.accent,
                (x - 0.14, y - 0.08),
                (x + 0.14, y + 0.08),
                (x + 0.14, y - 0.08),
                (x - 0.14, y + 0.08),
            )
    c.poly(k.main, (0, -0.97), (0.62, -0.3), (0, 0.5), (-0.62, -0.3))
    c.line(k.accent, 0.06, (0, -0.95), (0, 0.48))
    c.line(k.accent, 0.06, (-0.6, -0.3), (0.6, -0.3))


def hat(c: Canvas, k: Kit) -> None:
    """A brimmed hat with a band."""
    c.oval(k.main, 0, 0.42, 0.97, 0.25)
    c.poly(
        k.main,
        *curve(
            [
                (-0.52, 0.4),
                (-0.46, -0.4),
                (-0.2, -0.62),
                (0.0, -0.5),
                (0.2, -0.62),
                (0.46, -0.4),
                (0.52, 0.4),
            ],
            4,
        ),
    )
    band: Fill = k.accent
    c.poly(band, (-0.53, 0.36), (-0.5, 0.08), (0.5, 0.08), (0.53, 0.36))


def guitar(c: Canvas, k: Kit) -> None:
    """A guitar, neck up."""
    c.oval(k.main, 0, 0.56, 0.46, 0.4)
    c.oval(k.main, 0, 0.08, 0.34, 0.3)
    c.box((70, 45, 30), -0.09, -0.78, 0.09, 0.2)
    c.box(k.dark, -0.15, -0.99, 0.15, -0.74)
    c.oval((25, 20, 18), 0, 0.26, 0.15)
    with c.region("string"):
        c.line((225, 215, 190), 0.035, (-0.04, -0.8), (-0.04, 0.68))
        c.line((225, 215, 190), 0.035, (0.04, -0.8), (0.04, 0.68))
    c.box(k.dark, -0.2, 0.64, 0.2, 0.73)


def key(c: Canvas, k: Kit) -> None:
    """A key lying down."""
    ring = [
        (-0.58 + 0.3 * math.cos(t), 0.3 * math.sin(t)) for t in (i * math.pi / 8 for i in range(17))
    ]
    c.line(k.main, 0.18, *ring)
    c.box(k.main, -0.3, -0.09, 0.95, 0.09)
    c.box(k.main, 0.56, 0.0, 0.7, 0.36)
    c.box(k.main, 0.8, 0.0, 0.95, 0.44)


def hammer(c: Canvas, k: Kit) -> None:
    """A claw hammer, head up."""
    with c.region("handle"):
        c.box(k.main, -0.11, -0.5, 0.11, 0.97)
    head = (120, 125, 132)
    c.poly(head, (-0.28, -0.86), (0.3, -0.86), (0.3, -0.46), (-0.28, -0.46))
    c.box(head, 0.3, -0.92, 0.56, -0.4)
    c.poly(head, (-0.26, -0.86), (-0.75, -0.6), (-0.8, -0.42), (-0.26, -0.56))


def shirt(c: Canvas, k: Kit) -> None:
    """A shirt with short sleeves."""
    c.poly(
        k.main,
        (-0.32, -0.8),
        (0.32, -0.8),
        (0.95, -0.42),
        (0.75, 0.02),
        (0.5, -0.12),
        (0.5, 0.9),
        (-0.5, 0.9),
        (-0.5, -0.12),
        (-0.75, 0.02),
        (-0.95, -0.42),
    )
    with c.region("collar"):
        c.poly(k.accent, (-0.34, -0.84), (0.34, -0.84), (0.0, -0.42))
    with c.region("button"):
        for y in (-0.2, 0.1, 0.4, 0.7):
            c.oval(k.accent, 0.0, y, 0.06)
