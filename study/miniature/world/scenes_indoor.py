"""Rooms: groups of scenes that share walls, floors and fittings."""

from __future__ import annotations

from study.miniature.world import fittings_indoor as fit
from study.miniature.world.canvas import Canvas, Fill
from study.miniature.world.kit import Kit
from study.miniature.world.objects import put


def _room(c: Canvas, k: Kit, wall: Fill, floor: Fill, line: float) -> None:
    c.box(wall, -1, -1, 2, line)
    c.box(floor, -1, line, 2, 2)
    c.box(k.pick(((235, 232, 225), (95, 70, 50))), -1, line - 0.012, 2, line + 0.012)


def _wall(k: Kit, tiled: float = 0.0) -> Fill:
    if k.chance(tiled):
        return k.material("tile")
    if k.chance(0.1):
        return k.material("brick")
    pastel = k.pastel()
    return k.texture(pastel) if k.chance(0.5) else pastel


def floors(k: Kit, tiled: float = 0.25) -> Fill:
    """A floor of tiles, wood, checks or cloth; tiles or checks with probability `tiled`."""
    if k.chance(tiled):
        return (
            k.texture(k.colour("white", "grey", "black"), "checkered")
            if k.chance(0.5)
            else k.material("tile")
        )
    return k.material("wood") if k.chance(0.55) else k.cloth(k.pastel(), 0.5)


def _pairs(k: Kit, likely: float) -> tuple[bool, bool]:
    """Whether each of two fittings is there; at least one of them is."""
    first, second = k.chance(likely), k.chance(likely)
    return (first, second) if first or second else (k.chance(0.5), True)


def kitchen(c: Canvas, k: Kit) -> None:
    """Cupboards with stove, fridge and sink against tiles."""
    line = k.between(0.66, 0.76)
    _room(c, k, _wall(k, 0.6), floors(k, 0.6), line)
    floor = line + 0.06
    cooking, cooling = _pairs(k, 0.75)
    if k.chance(0.6):
        fit.window(c, k, k.between(0.3, 0.55), 0.08, 0.22)
    elif k.chance(0.6):
        fit.cabinets(c, k, 0.25, 0.85, 0.08, 0.28)
    fit.cabinets(c, k, k.between(0.0, 0.25), 1.3, line - 0.18, floor)
    if k.chance(0.6):
        fit.sink(c, k, k.between(0.6, 0.75), line - 0.2)
    if cooking:
        fit.stove(c, k, k.between(0.3, 0.42), floor)
    if cooling:
        fit.fridge(c, k, k.between(0.0, 0.08), floor + 0.02)
    if k.chance(0.2):
        fit.washer(c, k, 0.72, floor)
    if k.chance(0.3):
        fit.stool(c, k, k.between(0.3, 0.7), 0.95, k.colour())
    if k.chance(0.35):
        fit.table(c, k, k.between(0.3, 0.6), 0.98)


def laundry(c: Canvas, k: Kit) -> None:
    """Washing machines with basket, sink and shelf against tiles."""
    line = k.between(0.66, 0.76)
    _room(c, k, _wall(k, 0.6), floors(k, 0.6), line)
    floor, start = line + 0.06, k.between(0.0, 0.3)
    if k.chance(0.5):
        fit.cabinets(c, k, start, start + 0.7, 0.08, 0.26)
    elif k.chance(0.6):
        fit.window(c, k, k.between(0.3, 0.6), 0.08, 0.22)
    if k.chance(0.4):
        fit.cabinets(c, k, 0.55, 1.3, line - 0.18, floor)
    if k.chance(0.45):
        fit.sink(c, k, 0.7, line - 0.2)
    for i in range(k.pick((1, 2, 2, 3))):
        fit.washer(c, k, start + i * 0.29, floor)
    if k.chance(0.2):
        fit.fridge(c, k, 0.78, floor)
    if k.chance(0.2):
        fit.mirror(c, k, 0.76, 0.1)
    if k.chance(0.5):
        fit.basket(c, k, k.between(0.2, 0.7), 0.97)


def bathroom(c: Canvas, k: Kit) -> None:
    """Tub or toilet with basin and mirror against tiles."""
    line = k.between(0.66, 0.76)
    _room(c, k, _wall(k, 0.75), floors(k, 0.65), line)
    tub, seat = _pairs(k, 0.65)
    floor = line + 0.1
    if k.chance(0.35):
        fit.window(c, k, 0.4, 0.1, 0.2)
    if k.chance(0.65):
        fit.mirror(c, k, 0.72, 0.14)
    if k.chance(0.75):
        with c.region("sink"):
            c.box((225, 228, 232), 0.81, line - 0.2, 0.86, floor)
        fit.sink(c, k, 0.7, line - 0.22)
    if tub:
        fit.bathtub(c, k, k.between(-0.1, 0.08), floor + 0.03)
        if k.chance(0.5):
            with c.region("curtain"):
                c.box(k.cloth(), -0.2, -0.05, k.between(0.1, 0.25), floor - 0.2)
    if seat:
        fit.toilet(c, k, k.between(0.42, 0.55), floor + 0.05)
    if k.chance(0.25):
        fit.basket(c, k, k.between(0.2, 0.7), 0.97)
    elif k.chance(0.2):
        fit.washer(c, k, 0.75, floor + 0.02)


def diner(c: Canvas, k: Kit) -> None:
    """A bar with stools under lamps, tables before it."""
    line = k.between(0.66, 0.76)
    _room(c, k, _wall(k, 0.35), floors(k, 0.65), line)
    seats, lamps = k.colour(), k.colour()
    if k.chance(0.5):
        fit.window(c, k, k.between(0.1, 0.6), 0.2, 0.26)
    if k.chance(0.4):
        fit.fridge(c, k, 0.76, line)
    if k.chance(0.25):
        fit.stove(c, k, 0.1, line)
    if k.chance(0.5):
        for i in range(3):
            fit.pendant(c, k, 0.2 + i * 0.3, lamps)
    fit.cabinets(c, k, -0.3, k.between(0.9, 1.3), line - 0.2, line + 0.08)
    for i in range(k.pick((2, 3, 4))):
        fit.stool(c, k, 0.08 + i * 0.22, line + 0.16, seats)
    if k.chance(0.35):
        fit.table(c, k, k.between(0.3, 0.6), 1.0)


def bedroom(c: Canvas, k: Kit) -> None:
    """A bed, a night stand with lamp, a window."""
    line = k.between(0.62, 0.72)
    _room(c, k, _wall(k), floors(k, 0.05), line)
    x = k.between(0.22, 0.34)
    if k.chance(0.75):
        fit.window(c, k, k.between(0.4, 0.65), 0.1, 0.24, curtain=0.75)
    if k.chance(0.4):
        fit.picture(c, k, 0.12, 0.14)
    if k.chance(0.45):
        fit.rug(c, k, 0.5, 0.93)
    fit.bed(c, k, x, line + 0.16, k.pick((1, 1, 2)), k.chance(0.25))
    if k.chance(0.75):
        fit.nightstand(c, k, x - 0.2, line + 0.14, lamp=k.chance(0.8))
    if k.chance(0.25):
        fit.shelf(c, k, 0.02, 0.1, 0.24, 2)
    if k.chance(0.25):
        fit.blocks(c, k, k.between(0.1, 0.6), 0.97)


def hotel_room(c: Canvas, k: Kit) -> None:
    """A made bed with two pillows, television or suitcase."""
    line = k.between(0.62, 0.72)
    _room(c, k, _wall(k), floors(k, 0.05), line)
    x = k.between(0.22, 0.34)
    screen, case = _pairs(k, 0.65)
    if k.chance(0.35):
        fit.window(c, k, 0.1, 0.1, 0.22, curtain=0.75)
    if k.chance(0.3):
        fit.picture(c, k, 0.1, 0.14)
    if screen:
        fit.television(c, k, k.between(0.48, 0.62), 0.14)
    fit.bed(c, k, x, line + 0.16, k.pick((2, 2, 1)), k.chance(0.7))
    if k.chance(0.7):
        fit.nightstand(c, k, x - 0.2, line + 0.14, lamp=k.chance(0.8))
    if case:
        fit.suitcase(c, k, k.between(0.3, 0.7), line + 0.27)


def nursery(c: Canvas, k: Kit) -> None:
    """A cot, toys and a mobile."""
    line = k.between(0.62, 0.72)
    _room(c, k, _wall(k), floors(k, 0.05), line)
    if k.chance(0.6):
        fit.window(c, k, k.between(0.05, 0.15), 0.12, 0.24, curtain=0.75)
    if k.chance(0.3):
        fit.picture(c, k, 0.7, 0.14)
    if k.chance(0.45):
        fit.rug(c, k, 0.4, 0.92)
    x = k.between(0.3, 0.45)
    if k.chance(0.35):
        fit.nightstand(c, k, 0.08, line + 0.14, lamp=True)
    if k.chance(0.2):
        fit.shelf(c, k, 0.68, 0.1, 0.28, 2)
    fit.crib(c, k, x, line + 0.15)
    if k.chance(0.6):
        fit.mobile(c, k, x + 0.22)
    if k.chance(0.6):
        fit.blocks(c, k, k.between(0.1, 0.6), 0.97)


def office(c: Canvas, k: Kit) -> None:
    """A desk with computer and chair."""
    line = k.between(0.64, 0.74)
    _room(c, k, _wall(k), floors(k, 0.1), line)
    if k.chance(0.5):
        fit.window(c, k, k.between(0.08, 0.2), 0.1, 0.26, curtain=0.25)
    elif k.chance(0.6):
        fit.shelf(c, k, 0.05, 0.1, 0.34, 2)
    if k.chance(0.4):
        put(c, k, "clock", 0.78, 0.16, 0.09, textured=0)
    x = k.between(0.25, 0.4)
    fit.table(c, k, x, line + 0.18, 0.56)
    fit.computer(c, k, x + k.between(0.1, 0.2), line - 0.1)
    if k.chance(0.3):
        fit.computer(c, k, x + 0.34, line - 0.1)
    if k.chance(0.25):
        fit.shelf(c, k, 0.7, 0.1, 0.4, 3)
    elif k.chance(0.2):
        fit.board(c, k, 0.45, 0.08, 0.4)
    if k.chance(0.55):
        put(c, k, "chair", x - 0.08, line + 0.1, 0.2, textured=0.3)


def classroom(c: Canvas, k: Kit) -> None:
    """A blackboard before rows of tables."""
    line = k.between(0.6, 0.7)
    _room(c, k, _wall(k), floors(k, 0.1), line)
    fit.board(c, k, k.between(0.08, 0.2), k.between(0.12, 0.2), k.between(0.5, 0.65))
    if k.chance(0.35):
        fit.window(c, k, 0.82, 0.12, 0.26, curtain=0.2)
    if k.chance(0.4):
        put(c, k, "clock", 0.9, 0.1, 0.08, textured=0)
    if k.chance(0.35):
        fit.shelf(c, k, 0.74, line - 0.5, 0.34, 3)
    for row in range(k.pick((1, 2))):
        for i in range(k.pick((2, 3))):
            fit.table(c, k, 0.04 + i * 0.34 - row * 0.08, line + 0.16 + row * 0.16, 0.28)
    if k.chance(0.3):
        put(c, k, "chair", 0.85, line + 0.14, 0.17, textured=0.3)


def library(c: Canvas, k: Kit) -> None:
    """Walls of books with a table or chair for readers."""
    line = k.between(0.68, 0.78)
    _room(c, k, _wall(k), floors(k, 0.1), line)
    first = k.between(0.3, 0.5)
    fit.shelf(c, k, -0.1, k.between(0.02, 0.1), first + 0.1, 4)
    if k.chance(0.65):
        fit.shelf(c, k, first + 0.06, k.between(0.02, 0.1), 0.7, 4)
    else:
        fit.window(c, k, first + 0.12, 0.12, 0.26, curtain=0.2)
    if k.chance(0.6):
        x = k.between(0.2, 0.5)
        fit.table(c, k, x, 0.98, 0.45)
        if k.chance(0.35):
            fit.computer(c, k, x + 0.1, 0.7)
    if k.chance(0.4):
        put(c, k, "chair", k.between(0.15, 0.8), 0.82, 0.17, textured=0.3)
