"""Scenes under the sky: groups that share ground, sky and fittings."""

from __future__ import annotations

from study.miniature.world import fittings_outdoor as fit
from study.miniature.world.canvas import Canvas, Fill
from study.miniature.world.kit import Kit
from study.miniature.world.objects import put


def beach(c: Canvas, k: Kit) -> None:
    """Sand before the sea."""
    line = k.between(0.34, 0.46)
    fit.sky(c, k, line)
    c.box(k.material("water"), -1, line, 2, 2)
    if k.chance(0.25):
        fit.sailboat(c, k, k.between(0.2, 0.8), line + 0.05, 0.16)
    edge = line + k.between(0.14, 0.24)
    fit.ground(c, k, k.material("sand"), edge, rough=0.035)
    if k.chance(0.5):
        fit.palm(c, k, k.between(0.1, 0.7), edge + 0.2)
    if k.chance(0.5):
        put(c, k, "umbrella", k.between(0.2, 0.8), edge + 0.08, 0.17, tilt=0.2)
    if k.chance(0.3):
        fit.rocks(c, k, k.between(0.1, 0.9), edge + 0.12, 0.1)
    if k.chance(0.2):
        put(c, k, "cactus", k.between(0.1, 0.9), edge + 0.08, 0.12, textured=0.2)
    if k.chance(0.2):
        fit.bush(c, k, k.between(0.1, 0.9), edge + 0.12, fit.leaves(k))


def sea(c: Canvas, k: Kit) -> None:
    """Nothing but water, perhaps a boat."""
    line = k.between(0.3, 0.48)
    fit.sky(c, k, line)
    c.box(k.material("water"), -1, line, 2, 2)
    if k.chance(0.6):
        fit.sailboat(c, k, k.between(0.2, 0.8), line + k.between(0.06, 0.3), k.between(0.2, 0.42))
    if k.chance(0.25):
        put(c, k, "lighthouse", k.between(0.15, 0.85), line - 0.1, 0.14)
    if k.chance(0.2):
        fit.rocks(c, k, k.between(0.1, 0.9), line + 0.3, 0.12)
    if k.chance(0.25):
        fit.peak(c, k, k.between(0.1, 0.9), line + 0.02, 0.3, 0.12, (110, 135, 120), None)
    if k.chance(0.2):
        fit.ground(c, k, k.material("sand"), 0.9, rough=0.02)


def harbour(c: Canvas, k: Kit) -> None:
    """Boats at a wooden pier."""
    line = k.between(0.34, 0.48)
    fit.sky(c, k, line)
    if k.chance(0.55):
        fit.houses(c, k, line, lit=False)
    c.box(k.material("water"), -1, line, 2, 2)
    if k.chance(0.35):
        put(c, k, "lighthouse", k.between(0.15, 0.85), line - 0.12, 0.17)
    for i in range(k.pick((1, 2, 2, 3))):
        fit.sailboat(c, k, 0.16 + i * 0.3, line + 0.24, k.between(0.26, 0.4))
    with c.region("pier"):
        top = line + k.between(0.26, 0.34)
        for i in range(5):
            c.box((62, 42, 26), 0.02 + i * 0.24, top, 0.07 + i * 0.24, top + 0.3)
        c.box(
            k.material("wood") if k.chance(0.7) else k.material("stone"), -0.3, top, 1.3, top + 0.14
        )


def lake(c: Canvas, k: Kit) -> None:
    """Water among grass and firs, hills behind."""
    line = k.between(0.36, 0.48)
    fit.sky(c, k, line)
    for _ in range(k.pick((0, 1, 2))):
        fit.peak(
            c,
            k,
            k.between(0.1, 0.9),
            line,
            0.42,
            0.22,
            k.pick(((110, 140, 120), (125, 135, 150), (90, 120, 90))),
            None,
        )
    fit.ground(c, k, k.material("grass"), line - 0.02, rough=0.02)
    for _ in range(k.pick((1, 2, 4))):
        fit.pine(c, k, k.between(0.0, 1.0), line + 0.02, k.between(0.25, 0.36))
    shore = line + k.between(0.03, 0.07)
    c.oval(k.material("water"), k.between(0.4, 0.6), shore + 0.22, k.between(0.5, 0.75), 0.22)
    if k.chance(0.35):
        fit.sailboat(c, k, k.between(0.3, 0.7), shore + 0.2, 0.3)
    if k.chance(0.3):
        fit.blooms(c, k, 0.88, 0.99, 12)
    if k.chance(0.2):
        fit.bench(c, k, k.between(0.05, 0.6), 0.99)
    if k.chance(0.3):
        fit.rocks(c, k, k.between(0.1, 0.9), 0.96, 0.1)


def forest(c: Canvas, k: Kit) -> None:
    """Trunks close together in foliage."""
    line = k.between(0.66, 0.82)
    c.box(k.material("foliage"), -1, -1, 2, 2)
    if k.chance(0.35):
        c.box(k.gradient((190, 220, 235), (120, 160, 110)), -1, -1, 2, k.between(0.1, 0.25))
    fit.ground(c, k, k.material("grass") if k.chance(0.7) else (88, 68, 42), line)
    if k.chance(0.35):
        fit.path(c, k, line, (165, 132, 92))
    with c.region("trunk"):
        bark: Fill = k.material("wood") if k.chance(0.4) else (80, 56, 36)
        for i in range(k.pick((3, 4, 5))):
            x, w = -0.05 + i * 0.27 + k.between(-0.06, 0.06), k.between(0.035, 0.07)
            foot = line + k.between(0.02, 0.16)
            c.poly(
                bark,
                (x - w, -0.5),
                (x + w, -0.5),
                (x + w, foot - 0.08),
                (x + w * 1.6, foot),
                (x - w * 1.6, foot),
                (x - w, foot - 0.08),
            )
    if k.chance(0.35):
        fit.bush(c, k, k.between(0.1, 0.9), line + 0.14, fit.leaves(k))
    if k.chance(0.3):
        put(c, k, "mushroom", k.between(0.2, 0.8), line + 0.12, 0.08)


def park(c: Canvas, k: Kit) -> None:
    """Lawn and trees with a path or bench."""
    line = k.between(0.46, 0.58)
    fit.sky(c, k, line)
    if k.chance(0.3):
        fit.houses(c, k, line, lit=False)
    fit.ground(c, k, k.material("grass"), line)
    way, seat = k.chance(0.75), k.chance(0.65)
    if way or not seat:
        fit.path(c, k, line, k.pick(((205, 180, 140), (175, 172, 168))))
    for _ in range(k.pick((1, 2, 3))):
        fit.leafy(
            c,
            k,
            k.between(0.05, 0.95),
            line + k.between(0.05, 0.15),
            k.between(0.45, 0.62),
            fit.leaves(k),
        )
    if seat or not way:
        fit.bench(c, k, k.between(0.05, 0.6), line + 0.3)
    if k.chance(0.35):
        fit.streetlamp(c, k, k.between(0.1, 0.8), line + 0.2, lit=False)
    if k.chance(0.45):
        fit.blooms(c, k, line + 0.15, 0.98, 14)
    if k.chance(0.3):
        fit.bush(c, k, k.between(0.05, 0.95), line + 0.15, fit.leaves(k))
    if k.chance(0.25):
        fit.fence(c, k, line + 0.08, 0.12)


def garden(c: Canvas, k: Kit) -> None:
    """Flower beds and bushes, fenced."""
    line = k.between(0.44, 0.56)
    fit.sky(c, k, line)
    fit.ground(c, k, k.material("grass"), line)
    fenced = k.chance(0.75)
    if k.chance(0.4):
        put(c, k, "house", k.between(0.2, 0.8), line - 0.12, 0.22)
    if k.chance(0.4):
        fit.leafy(c, k, k.between(0.1, 0.9), line + 0.08, 0.45, fit.leaves(k))
    if fenced:
        fit.fence(c, k, line + 0.1)
    for _ in range(k.pick((1, 2, 3))):
        fit.bush(c, k, k.between(0.05, 0.95), line + k.between(0.12, 0.2), fit.leaves(k))
    if k.chance(0.35):
        fit.path(c, k, line, (205, 180, 140))
    if k.chance(0.25):
        fit.bench(c, k, k.between(0.05, 0.6), line + 0.22)
    top = line + k.between(0.2, 0.26)
    with c.region("flower bed"):
        c.box((96, 66, 42), -1, top, 2, top + 0.16)
    fit.blooms(c, k, top - 0.02, top + 0.15, 16, 0.034)


def meadow(c: Canvas, k: Kit) -> None:
    """Open grass with wild flowers and hills."""
    line = k.between(0.38, 0.55)
    fit.sky(c, k, line)
    if k.chance(0.5):
        fit.peak(c, k, k.between(0.1, 0.9), line + 0.03, 0.5, 0.16, (120, 160, 110), None)
    fit.ground(c, k, k.material("grass"), line, rough=0.04)
    if k.chance(0.75):
        fit.blooms(c, k, line + 0.06, 0.98, k.pick((16, 24)))
    if k.chance(0.4):
        fit.leafy(c, k, k.between(0.1, 0.9), line + 0.06, k.between(0.3, 0.5), fit.leaves(k))
    if k.chance(0.35):
        fit.fence(c, k, line + 0.14, 0.11)
    if k.chance(0.2):
        put(c, k, "house", k.between(0.2, 0.8), line - 0.08, 0.14)
    if k.chance(0.35):
        fit.bush(c, k, k.between(0.1, 0.9), line + 0.12, fit.leaves(k))
    if k.chance(0.2):
        put(c, k, "windmill", k.between(0.2, 0.8), line - 0.12, 0.17)


def desert(c: Canvas, k: Kit) -> None:
    """Dunes and cacti."""
    line = k.between(0.44, 0.56)
    fit.sky(c, k, line, clouds=0.25, sun=0.6)
    if k.chance(0.3):
        fit.peak(c, k, k.between(0.1, 0.9), line + 0.03, 0.4, 0.2, (176, 110, 76), None)
    fit.ground(c, k, k.material("sand"), line, rough=0.05)
    with c.region("dune"):
        fit.ground(c, k, k.material("sand"), line + 0.22, rough=0.07)
    if k.chance(0.3):
        fit.rocks(c, k, k.between(0.1, 0.9), line + 0.05, 0.2)
    if k.chance(0.15):
        fit.palm(c, k, k.between(0.1, 0.7), line + 0.25)
    for _ in range(k.pick((0, 1, 2))):
        put(
            c,
            k,
            "cactus",
            k.between(0.1, 0.9),
            line + k.between(0.0, 0.2),
            k.between(0.11, 0.18),
            textured=0.2,
        )
    if k.chance(0.35):
        fit.rocks(c, k, k.between(0.1, 0.9), k.between(0.75, 0.95), 0.12)


def canyon(c: Canvas, k: Kit) -> None:
    """Banded red cliffs on both sides of a floor."""
    line = k.between(0.6, 0.75)
    fit.sky(c, k, line, clouds=0.3, sun=0.4)
    bands = ((176, 92, 58), (202, 124, 80), (150, 74, 48), (218, 150, 104))
    floor: Fill = k.material("sand") if k.chance(0.6) else k.material("water")
    with c.region("cliff"):
        for side in (0, 1):
            top, reach = k.between(0.08, 0.25), k.between(0.3, 0.44)
            for i in range(6):
                y, z = top + (line + 0.05 - top) * i / 6, top + (line + 0.05 - top) * (i + 1) / 6
                p, q = reach * (0.75 + 0.05 * i), reach * (0.8 + 0.05 * i)
                u, v, w = (-0.4, p, q) if side == 0 else (1.4, 1 - p, 1 - q)
                c.poly(bands[i % 4], (u, y), (v, y), (w, z), (u, z))
    c.poly(
        floor,
        (0.3, line - 0.02),
        (0.7, line - 0.02),
        (1.5, line + 0.1),
        (1.5, 2),
        (-0.5, 2),
        (-0.5, line + 0.1),
    )
    if k.chance(0.3):
        put(c, k, "cactus", k.between(0.2, 0.8), line + 0.08, 0.13, textured=0.2)
    if k.chance(0.45):
        fit.rocks(c, k, k.between(0.1, 0.9), line + 0.22, 0.13)


def mountain(c: Canvas, k: Kit) -> None:
    """High peaks over firs or grass."""
    line = k.between(0.62, 0.76)
    fit.sky(c, k, line)
    cap = (248, 249, 252) if k.chance(0.75) else None
    for x in ((0.25, 0.75), (0.5,), (0.15, 0.8, 0.5))[k.pick((0, 1, 2))]:
        stone: Fill = (
            k.material("stone")
            if k.chance(0.45)
            else k.pick(((112, 110, 116), (132, 120, 108), (95, 102, 118)))
        )
        fit.peak(
            c,
            k,
            x + k.between(-0.08, 0.08),
            line + 0.04,
            k.between(0.38, 0.5),
            k.between(0.45, 0.58),
            stone,
            cap,
        )
    fit.ground(c, k, k.material(k.pick(("grass", "grass", "stone", "snow"))), line)
    for _ in range(k.pick((0, 1, 3))):
        fit.pine(c, k, k.between(0.0, 1.0), line + k.between(0.05, 0.2), k.between(0.2, 0.32))
    if k.chance(0.3):
        fit.rocks(c, k, k.between(0.1, 0.9), 0.95, 0.13)


def snowfield(c: Canvas, k: Kit) -> None:
    """Snow under a pale sky with firs."""
    line = k.between(0.44, 0.6)
    fit.sky(c, k, line, clouds=0.4, sun=0.25)
    if k.chance(0.45):
        fit.peak(
            c,
            k,
            k.between(0.2, 0.8),
            line + 0.04,
            0.45,
            k.between(0.2, 0.42),
            (140, 148, 165),
            (250, 251, 253),
        )
    fit.ground(c, k, k.material("snow"), line, rough=0.04)
    for _ in range(k.pick((0, 2, 4))):
        fit.pine(c, k, k.between(0.0, 1.0), line + k.between(0.02, 0.2), k.between(0.24, 0.36))
    if k.chance(0.3):
        put(c, k, "snowman", k.between(0.2, 0.8), line + 0.14, 0.13, textured=0.3)
    if k.chance(0.25):
        fit.fence(c, k, line + 0.16, 0.12)
