"""Fittings of rooms: each is drawn in the unit frame of the scene, at a point of it."""

from __future__ import annotations

from study.miniature.world.canvas import Canvas, Fill
from study.miniature.world.kit import Kit
from study.miniature.world.objects import put

WHITE = (238, 240, 242)
STEEL = (176, 180, 186)
SKY = (165, 208, 240)


def window(c: Canvas, k: Kit, x: float, y: float, w: float = 0.26, *, curtain: float = 0.5) -> None:
    """A window with its cross, perhaps between curtains."""
    h = w * 1.1
    with c.region("window"):
        c.box(WHITE, x, y, x + w, y + h)
        c.box(
            k.material("glass") if k.chance(0.5) else SKY,
            x + 0.02,
            y + 0.02,
            x + w - 0.02,
            y + h - 0.02,
        )
        c.box(WHITE, x + w / 2 - 0.01, y, x + w / 2 + 0.01, y + h)
        c.box(WHITE, x, y + h / 2 - 0.01, x + w, y + h / 2 + 0.01)
    if k.chance(curtain):
        with c.region("curtain"):
            cloth = k.cloth()
            c.poly(
                cloth,
                (x - 0.07, y - 0.04),
                (x + 0.07, y - 0.04),
                (x + 0.02, y + h + 0.08),
                (x - 0.07, y + h + 0.08),
            )
            c.poly(
                cloth,
                (x + w + 0.07, y - 0.04),
                (x + w - 0.07, y - 0.04),
                (x + w - 0.02, y + h + 0.08),
                (x + w + 0.07, y + h + 0.08),
            )


def picture(c: Canvas, k: Kit, x: float, y: float) -> None:
    """A framed picture on the wall."""
    with c.region("picture frame"):
        c.box((110, 75, 40), x, y, x + 0.2, y + 0.17)
        c.box(k.colour(), x + 0.025, y + 0.025, x + 0.175, y + 0.145)
        c.poly(k.colour(), (x + 0.03, y + 0.145), (x + 0.1, y + 0.06), (x + 0.17, y + 0.145))


def cabinets(c: Canvas, k: Kit, left: float, right: float, top: float, bottom: float) -> None:
    """A row of cupboards under a worktop."""
    with c.region("cabinet"):
        face: Fill = k.material("wood") if k.chance(0.4) else k.cloth(textured=0.3)
        c.box(face, left, top, right, bottom)
        c.box((225, 222, 215), left, top - 0.03, right, top + 0.015)
        x = left
        while x < right - 0.05:
            c.line((50, 45, 42), 0.012, (x, top + 0.02), (x, bottom))
            c.box((50, 45, 42), x + 0.13, top + 0.07, x + 0.16, top + 0.12)
            x += 0.2


def stove(c: Canvas, k: Kit, x: float, bottom: float) -> None:
    """A cooker with its oven door and pot."""
    with c.region("stove"):
        c.box((60, 62, 66), x, bottom - 0.36, x + 0.24, bottom)
        c.box((25, 25, 28), x + 0.03, bottom - 0.24, x + 0.21, bottom - 0.06)
        for i in range(4):
            c.oval((225, 70, 50), x + 0.04 + i * 0.053, bottom - 0.3, 0.016)
    with c.region("pot"):
        c.box(STEEL, x + 0.05, bottom - 0.46, x + 0.19, bottom - 0.36)
        c.box((40, 40, 42), x + 0.03, bottom - 0.475, x + 0.21, bottom - 0.455)


def fridge(c: Canvas, k: Kit, x: float, bottom: float) -> None:
    """A tall refrigerator."""
    with c.region("fridge"):
        face: Fill = k.pick((WHITE, STEEL, k.colour()))
        c.box(face, x, bottom - 0.68, x + 0.24, bottom)
        c.box((60, 62, 66), x, bottom - 0.45, x + 0.24, bottom - 0.435)
        c.box((60, 62, 66), x + 0.03, bottom - 0.58, x + 0.05, bottom - 0.47)
        c.box((60, 62, 66), x + 0.03, bottom - 0.41, x + 0.05, bottom - 0.25)


def sink(c: Canvas, k: Kit, x: float, y: float) -> None:
    """A basin with its tap, the rim at y."""
    with c.region("sink"):
        c.poly(WHITE, (x, y), (x + 0.26, y), (x + 0.2, y + 0.12), (x + 0.06, y + 0.12))
        c.box((205, 210, 215), x, y, x + 0.26, y + 0.025)
    with c.region("tap"):
        c.line(
            (120, 125, 132),
            0.025,
            (x + 0.13, y),
            (x + 0.13, y - 0.11),
            (x + 0.2, y - 0.11),
            (x + 0.2, y - 0.06),
        )


def washer(c: Canvas, k: Kit, x: float, bottom: float) -> None:
    """A washing machine with its round door."""
    with c.region("washing machine"):
        c.box(WHITE, x, bottom - 0.34, x + 0.28, bottom)
        c.box((190, 194, 200), x, bottom - 0.34, x + 0.28, bottom - 0.28)
        c.oval((90, 95, 105), x + 0.14, bottom - 0.14, 0.105)
        c.oval(k.colour(), x + 0.14, bottom - 0.14, 0.075)


def basket(c: Canvas, k: Kit, x: float, bottom: float) -> None:
    """A basket of clothes."""
    with c.region("basket"):
        for i in range(3):
            c.oval(k.colour(), x + 0.06 + i * 0.07, bottom - 0.17, 0.055)
        c.poly(
            k.texture((196, 150, 90), "woven"),
            (x, bottom - 0.17),
            (x + 0.26, bottom - 0.17),
            (x + 0.22, bottom),
            (x + 0.04, bottom),
        )


def bathtub(c: Canvas, k: Kit, x: float, bottom: float) -> None:
    """A tub on feet."""
    with c.region("bathtub"):
        c.poly(
            WHITE,
            (x, bottom - 0.27),
            (x + 0.54, bottom - 0.27),
            (x + 0.47, bottom - 0.03),
            (x + 0.07, bottom - 0.03),
        )
        c.box((200, 206, 214), x - 0.02, bottom - 0.29, x + 0.56, bottom - 0.25)
        c.box((110, 112, 118), x + 0.1, bottom - 0.03, x + 0.14, bottom)
        c.box((110, 112, 118), x + 0.4, bottom - 0.03, x + 0.44, bottom)


def toilet(c: Canvas, k: Kit, x: float, bottom: float) -> None:
    """A toilet from the side."""
    with c.region("toilet"):
        c.box(WHITE, x, bottom - 0.36, x + 0.1, bottom - 0.14)
        c.box((205, 208, 214), x - 0.01, bottom - 0.38, x + 0.11, bottom - 0.35)
        c.poly(
            WHITE,
            (x, bottom - 0.18),
            (x + 0.26, bottom - 0.18),
            (x + 0.2, bottom - 0.06),
            (x + 0.17, bottom),
            (x + 0.06, bottom),
        )
        c.box((190, 194, 200), x + 0.08, bottom - 0.2, x + 0.27, bottom - 0.17)


def mirror(c: Canvas, k: Kit, x: float, y: float) -> None:
    """A mirror in its frame."""
    with c.region("mirror"):
        c.box((130, 100, 60), x, y, x + 0.2, y + 0.26)
        c.box((205, 226, 236), x + 0.02, y + 0.02, x + 0.18, y + 0.24)
        c.line((245, 250, 252), 0.025, (x + 0.05, y + 0.18), (x + 0.14, y + 0.07))


def table(c: Canvas, k: Kit, x: float, bottom: float, w: float = 0.4) -> None:
    """A table on four legs."""
    top: Fill = k.material("wood") if k.chance(0.6) else k.colour()
    with c.region("table"):
        c.box((70, 45, 25), x + 0.03, bottom - 0.22, x + 0.06, bottom)
        c.box((70, 45, 25), x + w - 0.06, bottom - 0.22, x + w - 0.03, bottom)
        c.poly(
            top,
            (x, bottom - 0.22),
            (x + 0.05, bottom - 0.31),
            (x + w - 0.05, bottom - 0.31),
            (x + w, bottom - 0.22),
            (x + w, bottom - 0.19),
            (x, bottom - 0.19),
        )


def stool(c: Canvas, k: Kit, x: float, bottom: float, seat: Fill) -> None:
    """A round bar stool."""
    with c.region("stool"):
        c.box(STEEL, x + 0.05, bottom - 0.2, x + 0.08, bottom)
        c.oval((120, 124, 130), x + 0.065, bottom, 0.06, 0.018)
        c.oval(seat, x + 0.065, bottom - 0.21, 0.075, 0.035)


def pendant(c: Canvas, k: Kit, x: float, shade: Fill) -> None:
    """A lamp hung from the ceiling."""
    with c.region("lamp"):
        c.box((45, 45, 48), x - 0.006, -0.3, x + 0.006, 0.1)
        c.poly(shade, (x - 0.03, 0.08), (x + 0.03, 0.08), (x + 0.085, 0.18), (x - 0.085, 0.18))
        c.box((253, 240, 160), x - 0.05, 0.18, x + 0.05, 0.2)


def bed(c: Canvas, k: Kit, x: float, bottom: float, pillows: int, scarf: bool) -> None:
    """A bed from the side: head board, pillows, blanket, perhaps a scarf at its foot."""
    with c.region("bed", "furniture"):
        frame: Fill = k.material("wood") if k.chance(0.5) else k.colour("brown", "white", "grey")
        c.box(frame, x, bottom - 0.4, x + 0.06, bottom)
        c.box(frame, x + 0.04, bottom - 0.12, x + 0.66, bottom - 0.02)
        c.box(WHITE, x + 0.06, bottom - 0.22, x + 0.64, bottom - 0.1)
        with c.region("pillow"):
            for i in range(pillows):
                c.oval((252, 252, 250), x + 0.13 + 0.08 * i, bottom - 0.25 - 0.02 * i, 0.075, 0.045)
        with c.region("blanket"):
            c.poly(
                k.cloth(textured=0.65),
                (x + 0.22, bottom - 0.26),
                (x + 0.66, bottom - 0.24),
                (x + 0.67, bottom - 0.03),
                (x + 0.24, bottom - 0.03),
            )
            if scarf:
                c.box(k.colour(), x + 0.5, bottom - 0.255, x + 0.6, bottom - 0.03)


def nightstand(c: Canvas, k: Kit, x: float, bottom: float, *, lamp: bool) -> None:
    """A small chest, perhaps with a lamp on it."""
    with c.region("nightstand"):
        c.box((135, 90, 50), x, bottom - 0.2, x + 0.16, bottom)
        c.box((80, 52, 28), x + 0.02, bottom - 0.16, x + 0.14, bottom - 0.1)
    if lamp:
        put(c, k, "lamp", x + 0.08, bottom - 0.32, 0.12, textured=0.2)


def crib(c: Canvas, k: Kit, x: float, bottom: float) -> None:
    """A cot behind its bars."""
    with c.region("crib", "furniture"):
        rail = k.pick((WHITE, (170, 115, 60), k.colour()))
        c.box(k.cloth(), x + 0.03, bottom - 0.2, x + 0.45, bottom - 0.06)
        for i in range(9):
            c.box(rail, x + i * 0.057, bottom - 0.36, x + i * 0.057 + 0.02, bottom)
        c.box(rail, x - 0.02, bottom - 0.39, x + 0.5, bottom - 0.34)
        c.box(rail, x, bottom - 0.07, x + 0.48, bottom - 0.03)


def mobile(c: Canvas, k: Kit, x: float) -> None:
    """Coloured shapes on strings from the ceiling."""
    with c.region("mobile"):
        c.line((60, 60, 60), 0.012, (x, -0.3), (x, 0.1))
        c.line((60, 60, 60), 0.015, (x - 0.15, 0.1), (x + 0.15, 0.1))
        for i in range(3):
            at = x - 0.15 + 0.15 * i
            c.line((60, 60, 60), 0.01, (at, 0.1), (at, 0.2))
            c.oval(k.colour("red", "yellow", "blue", "green", "pink"), at, 0.22, 0.042)


def blocks(c: Canvas, k: Kit, x: float, bottom: float) -> None:
    """A pile of toy blocks."""
    with c.region("block", "toy"):
        for dx, dy in ((0.0, 0.0), (0.11, 0.0), (0.055, 0.1)):
            c.box((50, 40, 40), x + dx, bottom - dy - 0.1, x + dx + 0.1, bottom - dy)
            c.box(
                k.colour("red", "yellow", "blue", "green", "orange"),
                x + dx + 0.01,
                bottom - dy - 0.09,
                x + dx + 0.09,
                bottom - dy - 0.01,
            )


def television(c: Canvas, k: Kit, x: float, y: float) -> None:
    """A flat screen on the wall."""
    with c.region("television"):
        c.box((18, 18, 20), x, y, x + 0.3, y + 0.19)
        c.box((70, 100, 135), x + 0.02, y + 0.02, x + 0.28, y + 0.17)


def suitcase(c: Canvas, k: Kit, x: float, bottom: float) -> None:
    """A suitcase standing."""
    with c.region("suitcase"):
        c.line(
            (40, 40, 42),
            0.02,
            (x + 0.07, bottom - 0.26),
            (x + 0.07, bottom - 0.33),
            (x + 0.15, bottom - 0.33),
            (x + 0.15, bottom - 0.26),
        )
        c.box(k.colour(), x, bottom - 0.27, x + 0.22, bottom)
        c.box((45, 40, 40), x + 0.04, bottom - 0.27, x + 0.06, bottom)
        c.box((45, 40, 40), x + 0.16, bottom - 0.27, x + 0.18, bottom)


def computer(c: Canvas, k: Kit, x: float, bottom: float) -> None:
    """A monitor on its foot, keyboard before it."""
    with c.region("computer"):
        c.box((50, 52, 56), x + 0.1, bottom - 0.06, x + 0.14, bottom)
        c.box((28, 29, 32), x, bottom - 0.24, x + 0.24, bottom - 0.06)
        c.box((120, 185, 225), x + 0.02, bottom - 0.22, x + 0.22, bottom - 0.085)
        c.box((225, 225, 225), x + 0.03, bottom - 0.005, x + 0.21, bottom + 0.02)


def board(c: Canvas, k: Kit, x: float, y: float, w: float) -> None:
    """A blackboard with chalk lines."""
    with c.region("blackboard"):
        c.box((150, 105, 60), x, y, x + w, y + 0.3)
        c.box(k.pick(((32, 78, 56), (40, 44, 48))), x + 0.02, y + 0.02, x + w - 0.02, y + 0.28)
        for i in range(3):
            c.line(
                (225, 230, 225),
                0.014,
                (x + 0.06, y + 0.08 + i * 0.07),
                (x + w * k.between(0.4, 0.85), y + 0.08 + i * 0.07),
            )


def shelf(c: Canvas, k: Kit, x: float, y: float, w: float, rows: int) -> None:
    """Shelves full of books."""
    with c.region("shelf"):
        c.box((96, 62, 34), x, y, x + w, y + rows * 0.17 + 0.02)
        c.box((55, 36, 22), x + 0.02, y + 0.02, x + w - 0.02, y + rows * 0.17)
        with c.region("book"):
            spines = [k.colour() for _ in range(7)]
            for row in range(rows):
                at = x + 0.025
                while at < x + w - 0.05:
                    wide, high = k.between(0.025, 0.05), k.between(0.1, 0.135)
                    base = y + row * 0.17 + 0.17
                    c.box(k.pick(spines), at, base - high, at + wide - 0.004, base)
                    at += wide
        for row in range(rows):
            c.box((120, 80, 45), x, y + row * 0.17 + 0.165, x + w, y + row * 0.17 + 0.19)


def rug(c: Canvas, k: Kit, x: float, y: float) -> None:
    """A carpet on the floor."""
    with c.region("carpet"):
        c.oval(k.cloth(textured=0.8), x, y, 0.3, 0.07)


def door(c: Canvas, k: Kit, x: float, bottom: float, h: float = 0.5) -> None:
    """A door with its knob."""
    with c.region("door"):
        c.box((90, 60, 35), x - 0.01, bottom - h - 0.01, x + 0.23, bottom)
        c.box(k.material("wood") if k.chance(0.4) else k.colour(), x, bottom - h, x + 0.22, bottom)
        c.oval((235, 205, 90), x + 0.18, bottom - h / 2, 0.018)
