"""One picture of the world with its honest truth: what is true is what can be seen."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from study.errors import StudyError
from study.miniature.world.canvas import Canvas, Region
from study.miniature.world.kit import Kit
from study.miniature.world.materials import MATERIALS
from study.miniature.world.objects import OBJECTS, put
from study.miniature.world.palette import blend, visible_colours
from study.miniature.world.scenes import SCENES, scenery
from study.miniature.world.vocabulary import categories

IMAGE_SIZE = 64
KINDS = ("object", "scene", "swatch")
_MIX = (0.40, 0.32, 0.28)

# Least visible area, in pixels of the canvas (128 x 128); four of them make one of the picture.
LEAST = {"part": 28, "fitting": 72, "object": 90, "texture": 700, "material": 700}
# Least visible share of what was drawn of a fitting or object, and of the frame for a scene.
SHARE_OF_DRAWN = 0.4
SHARE_OF_FRAME = 0.5
# Gains of daylight (mostly), evening and dusk.
_CASTS = ((1.0, 1.0, 1.0),) * 10 + ((1.05, 0.86, 0.72), (0.66, 0.72, 0.9))
_PIXELS = (2 * IMAGE_SIZE) ** 2


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels (64, 64, 3) with their truth; `object` or `scene` is the index of the label."""

    pixels: NDArray[np.uint8]
    truth: frozenset[str]
    kind: str
    object: int | None
    scene: int | None


def seen(regions: list[tuple[Region, int]], patterns: dict[str, int]) -> set[str]:
    """Words of all regions and patterns of which enough is visible."""
    sort = categories()
    areas: dict[str, int] = {}
    words: set[str] = set()
    for region, area in regions:
        for name in region.names:
            category = sort[name]
            if category == "scene":
                if area >= SHARE_OF_FRAME * _PIXELS:
                    words.add(name)
            elif category == "part" or area >= SHARE_OF_DRAWN * region.drawn:
                areas[name] = areas.get(name, 0) + area
    for name, area in patterns.items():
        areas[name] = areas.get(name, 0) + area
    words |= {name for name, area in areas.items() if area >= LEAST[sort[name]]}
    return words


def _backdrop(c: Canvas, k: Kit) -> None:
    """What an object picture has behind its object: a scene, a colour, a texture, a material."""
    choice = k.rng.random()
    if choice < 0.44:
        scenery(c, k, k.pick(SCENES), zoom=0.6)
    elif choice < 0.66:
        ground = k.pastel()
        c.box(k.gradient(ground, blend(ground, k.colour(), 0.3)), 0, 0, 1, 1)
    elif choice < 0.87:
        c.box(k.texture(k.pastel() if k.chance(0.6) else k.colour()), 0, 0, 1, 1)
    else:
        c.box(k.material(k.pick(MATERIALS)), 0, 0, 1, 1)


def _object(c: Canvas, k: Kit, label: str) -> None:
    """An object of 25 to 90 % of the frame, perhaps something behind and before it."""
    _backdrop(c, k)
    half = k.between(0.23, 0.46) if k.chance(0.84) else k.between(0.16, 0.23)
    room = max(0.0, 0.52 - half)
    x, y = 0.5 + k.between(-room, room), 0.5 + k.between(-room, room)
    if k.chance(0.25):
        put(
            c,
            k,
            k.pick(OBJECTS),
            k.between(0.1, 0.9),
            k.between(0.1, 0.9),
            half * k.between(0.35, 0.6),
            mirror=k.chance(0.5),
        )
    put(
        c,
        k,
        label,
        x,
        y,
        half,
        tilt=k.rng.gauss(0, 0.22),
        mirror=k.chance(0.5),
        stretch=k.between(0.82, 1.18),
        outline=k.chance(0.75),
    )
    if k.chance(0.16):
        put(
            c,
            k,
            k.pick(OBJECTS),
            x + k.pick((-1, 1)) * half,
            y + half * k.between(-0.6, 0.9),
            half * k.between(0.3, 0.45),
            mirror=k.chance(0.5),
        )


def _scene(c: Canvas, k: Kit, label: str) -> None:
    """A scene, often with extra objects before it."""
    scenery(c, k, label)
    for _ in range(k.pick((0, 1, 2, 2, 3))):
        put(
            c,
            k,
            k.pick(OBJECTS),
            k.between(0.1, 0.9),
            k.between(0.3, 0.9),
            k.between(0.1, 0.28),
            mirror=k.chance(0.5),
            tilt=k.rng.gauss(0, 0.1),
            outline=k.chance(0.5),
        )


def _swatch(c: Canvas, k: Kit, _: str) -> None:
    """One or two surfaces: textures, materials, plain colours, often with a small object."""
    for left, right in k.pick((((0.0, 1.0),), ((0.0, 1.0),), ((0.0, 0.5), (0.5, 1.0)))):
        choice = k.rng.random()
        fill = (
            k.texture(k.colour())
            if choice < 0.62
            else k.material(k.pick(MATERIALS), k.colour() if k.chance(0.15) else None)
            if choice < 0.88
            else k.colour()
        )
        c.box(fill, left, 0, right, 1)
    if k.chance(0.35):
        put(
            c,
            k,
            k.pick(OBJECTS),
            k.between(0.25, 0.75),
            k.between(0.25, 0.75),
            k.between(0.12, 0.25),
            outline=True,
        )


_SKETCHES: dict[str, Callable[[Canvas, Kit, str], None]] = {
    "object": _object,
    "scene": _scene,
    "swatch": _swatch,
}
_LABELS: dict[str, tuple[str, ...]] = {"object": OBJECTS, "scene": SCENES, "swatch": ("",)}


def _lit(pixels: NDArray[np.uint8], k: Kit) -> NDArray[np.uint8]:
    """Pixels under another light: brightness and a slight tint."""
    light, cast = k.between(0.86, 1.1), k.pick(_CASTS)
    gain = np.array([round(256 * light * c * k.between(0.95, 1.05)) for c in cast], dtype=np.uint32)
    lit: NDArray[np.uint8] = np.minimum(pixels * gain >> 8, 255).astype(np.uint8)
    return lit


def draw(seed: int, index: int, *, kind: str | None = None) -> Picture:
    """Picture number `index` of the world `seed`.

    Parameters
    ----------
    seed, index : int
        The picture depends on these and on `kind` alone.
    kind : {"object", "scene", "swatch"}, optional
        Drawn by the mix of the world (40, 32, 28 %) when not given.

    Raises
    ------
    StudyError
        If `kind` is none of the three.
    """
    if kind is not None and kind not in KINDS:
        raise StudyError(f"expected a kind of picture among {', '.join(KINDS)}, found {kind!r}")
    rng = random.Random(f"{seed}:{index}:{kind}")  # noqa: S311
    chosen = kind or rng.choices(KINDS, _MIX)[0]
    label = rng.randrange(len(_LABELS[chosen]))
    name = _LABELS[chosen][label]
    loose = frozenset(word for word, sort in categories().items() if sort == "part")
    while True:
        canvas, kit = Canvas(loose), Kit(rng)
        _SKETCHES[chosen](canvas, kit, name)
        words = seen(*canvas.visible())
        if not name or name in words:
            break
    pixels = _lit(canvas.render(), kit)
    return Picture(
        pixels,
        frozenset(words | visible_colours(pixels)),
        chosen,
        label if chosen == "object" else None,
        label if chosen == "scene" else None,
    )
