"""The kinds of scenes and how each is set up: mirrored or not, nearer or farther."""

from __future__ import annotations

from collections.abc import Callable

from study.miniature.world import scenes_indoor as indoor
from study.miniature.world import scenes_outdoor as outdoor
from study.miniature.world import scenes_town as town
from study.miniature.world.canvas import Canvas
from study.miniature.world.kit import Kit

INDOOR = "indoor"
OUTDOOR = "outdoor"

_INDOOR: dict[str, Callable[[Canvas, Kit], None]] = {
    "kitchen": indoor.kitchen,
    "laundry": indoor.laundry,
    "bathroom": indoor.bathroom,
    "diner": indoor.diner,
    "bedroom": indoor.bedroom,
    "hotel room": indoor.hotel_room,
    "nursery": indoor.nursery,
    "office": indoor.office,
    "classroom": indoor.classroom,
    "library": indoor.library,
    "corridor": town.corridor,
    "station": town.station,
}
_OUTDOOR: dict[str, Callable[[Canvas, Kit], None]] = {
    "street": town.street,
    "night street": town.night_street,
    "parking lot": town.parking_lot,
    "beach": outdoor.beach,
    "sea": outdoor.sea,
    "harbour": outdoor.harbour,
    "lake": outdoor.lake,
    "forest": outdoor.forest,
    "park": outdoor.park,
    "garden": outdoor.garden,
    "meadow": outdoor.meadow,
    "desert": outdoor.desert,
    "canyon": outdoor.canyon,
    "mountain": outdoor.mountain,
    "snowfield": outdoor.snowfield,
}
SCENES: tuple[str, ...] = (*_INDOOR, *_OUTDOOR)


def scenery(c: Canvas, k: Kit, name: str, *, zoom: float = 0.7) -> None:
    """Draw a scene over the whole picture, enlarged by up to 1 + `zoom`, half of them mirrored."""
    large = 1 + k.between(0, zoom)
    x, y = k.between(0, large - 1), k.between(0.3, 0.8) * (large - 1)
    flip = k.chance(0.5)
    sketch = (_INDOOR | _OUTDOOR)[name]
    whole = (name, INDOOR if name in _INDOOR else OUTDOOR)
    with (
        c.frame(1 + x if flip else -x, -y, large, mirror=flip),
        c.region(*whole),
    ):
        sketch(c, k)
