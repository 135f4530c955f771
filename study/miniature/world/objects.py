"""The kinds of objects: how each is drawn, which colours it usually has, what else it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from study.miniature.world import objects_nature as nature
from study.miniature.world import objects_things as things
from study.miniature.world import objects_vehicles as vehicles
from study.miniature.world.canvas import Canvas
from study.miniature.world.kit import Kit
from study.miniature.world.palette import Colour, blend

NATURAL = 0.6
TEXTURED = 0.6


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object: drawing, usual colours (none: any), wider words, can it be textured."""

    sketch: Callable[[Canvas, Kit], None]
    usual: tuple[str, ...] = ()
    wider: tuple[str, ...] = ()
    textured: bool = True


KINDS_OF_OBJECTS: dict[str, Kind] = {
    "car": Kind(vehicles.car, wider=("vehicle",)),
    "bus": Kind(vehicles.bus, ("red", "yellow", "blue"), ("vehicle",)),
    "truck": Kind(vehicles.truck, wider=("vehicle",)),
    "bicycle": Kind(vehicles.bicycle, wider=("vehicle",), textured=False),
    "boat": Kind(vehicles.boat, ("white", "red", "orange"), ("vehicle",)),
    "airplane": Kind(vehicles.airplane, ("white", "grey", "blue"), ("vehicle",)),
    "train": Kind(vehicles.train, ("black", "green", "red"), ("vehicle",)),
    "rocket": Kind(vehicles.rocket, ("white", "red", "grey"), ("vehicle",)),
    "fish": Kind(nature.fish, ("orange", "blue", "grey"), ("animal",)),
    "bird": Kind(nature.bird, ("blue", "brown", "red"), ("animal",)),
    "butterfly": Kind(nature.butterfly, ("orange", "blue", "purple"), ("animal", "insect")),
    "cat": Kind(nature.cat, ("grey", "orange", "black", "brown"), ("animal",)),
    "snake": Kind(nature.snake, ("green", "brown", "yellow"), ("animal",)),
    "spider": Kind(nature.spider, ("black", "brown", "red"), ("animal", "insect")),
    "snail": Kind(nature.snail, ("brown", "orange", "pink"), ("animal",)),
    "turtle": Kind(nature.turtle, ("green", "brown"), ("animal",)),
    "apple": Kind(things.apple, ("red", "green", "red"), ("food", "fruit")),
    "banana": Kind(things.banana, ("yellow", "yellow", "green"), ("food", "fruit"), False),
    "pizza": Kind(things.pizza, ("red",), ("food",), False),
    "cake": Kind(things.cake, ("pink", "brown", "white"), ("food",)),
    "carrot": Kind(things.carrot, ("orange",), ("food",)),
    "ice cream": Kind(things.ice_cream, ("pink", "brown", "white", "yellow"), ("food",)),
    "cherry": Kind(things.cherry, ("red",), ("food", "fruit")),
    "watermelon": Kind(things.watermelon, ("red", "pink"), ("food", "fruit"), False),
    "cup": Kind(things.cup),
    "bottle": Kind(things.bottle, ("green", "brown", "blue")),
    "lamp": Kind(things.lamp, wider=("furniture",)),
    "chair": Kind(things.chair, ("brown", "grey", "red"), ("furniture",)),
    "clock": Kind(things.clock),
    "book": Kind(things.book),
    "umbrella": Kind(things.umbrella),
    "candle": Kind(things.candle, ("white", "red", "yellow")),
    "ball": Kind(things.ball, wider=("toy",)),
    "balloon": Kind(things.balloon, wider=("toy",)),
    "kite": Kind(things.kite, wider=("toy",)),
    "hat": Kind(things.hat, ("brown", "black", "grey"), ("clothes",)),
    "guitar": Kind(things.guitar, ("brown", "orange", "red"), ("instrument",)),
    "key": Kind(things.key, ("yellow", "grey"), ("tool",), False),
    "hammer": Kind(things.hammer, ("brown", "red", "yellow"), ("tool",)),
    "shirt": Kind(things.shirt, wider=("clothes",)),
    "flower": Kind(nature.flower, ("red", "yellow", "pink", "purple"), ("plant",)),
    "tree": Kind(nature.tree, ("green",), ("plant",)),
    "cactus": Kind(nature.cactus, ("green",), ("plant",)),
    "mushroom": Kind(nature.mushroom, ("red", "brown", "orange")),
    "house": Kind(vehicles.house, wider=("building",)),
    "lighthouse": Kind(vehicles.lighthouse, ("red", "blue", "black"), ("building",)),
    "windmill": Kind(vehicles.windmill, ("brown", "grey", "red"), ("building",)),
    "snowman": Kind(vehicles.snowman),
}
OBJECTS: tuple[str, ...] = tuple(KINDS_OF_OBJECTS)
WIDER: tuple[str, ...] = tuple(
    dict.fromkeys(word for kind in KINDS_OF_OBJECTS.values() for word in kind.wider)
)


def put(
    c: Canvas,
    k: Kit,
    name: str,
    x: float,
    y: float,
    size: float,
    *,
    tilt: float = 0.0,
    mirror: bool = False,
    textured: float = TEXTURED,
    stretch: float = 1.0,
    outline: bool = False,
) -> None:
    """Draw an object with its centre at (x, y), `size` being half its extent in the frame."""
    kind = KINDS_OF_OBJECTS[name]
    ground: Colour = k.colour(*(kind.usual if k.chance(NATURAL) else ()))
    k.main = k.texture(ground) if kind.textured and k.chance(textured) else ground
    k.accent = k.other(ground)
    since = c.mark()
    with (
        c.frame(x, y, size, size * stretch, tilt=tilt, mirror=mirror),
        c.region(name, *kind.wider),
    ):
        kind.sketch(c, k)
        if outline:
            c.outline(blend(ground, (15, 15, 20), 0.75), since)
