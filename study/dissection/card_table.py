"""``cards.csv``: the images that each unit responds to most, and the units that a report shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from study.errors import StudyError
from study.files import csv_text

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "layer": "name of the layer",
        "unit": "number of the unit in its layer, from 0",
        "chosen": "why the report shows the unit; empty if it does not",
        "position": "rank of the image by activation, from 1",
        "image": "name of the image in the probe",
        "activation": "the unit's pooled activation for the image",
        "shows": "1 if the image shows the label, 0 if not; empty if unknown",
    }
)
"""The columns of ``cards.csv``, one row per unit and top image, and their meaning."""
Unit = tuple[str, int]


@dataclass(frozen=True, slots=True)
class TopImage:
    """One of a unit's top images; `shows` is whether it shows the label, `None` if unknown."""

    name: str
    activation: float
    shows: bool | None


@dataclass(frozen=True, slots=True)
class Card:
    """The top images of one unit, strongest first, and why the report shows it ("" if not)."""

    chosen: str
    images: tuple[TopImage, ...]


def card_name(layer: str, unit: int) -> str:
    """Return the file name of a unit's card, e.g. ``layer4-0017.jpg``."""
    return f"{layer.replace('/', '_')}-{unit:04d}.jpg"


def dumps(images: Mapping[Unit, Sequence[TopImage]], chosen: Mapping[Unit, str]) -> str:
    """Return ``cards.csv`` as text, columns as in `COLUMNS`."""
    rows = [
        (
            *(layer, int(unit), chosen.get((layer, unit), ""), position),
            *(top.name, float(top.activation), "" if top.shows is None else int(top.shows)),
        )
        for (layer, unit), tops in images.items()
        for position, top in enumerate(tops, start=1)
    ]
    return csv_text.dumps([tuple(COLUMNS), *rows])


def parse(data: bytes, *, name: str) -> dict[Unit, Card]:
    """Read ``cards.csv``, as `csv_text.parse` does: each unit's card, in the order of the file."""
    cards: dict[Unit, Card] = {}
    for line, row in csv_text.parse(data, COLUMNS, name=name).rows():
        try:
            unit = (row["layer"], int(row["unit"]))
            shows = {"": None, "0": False, "1": True}[row["shows"]]
            image = TopImage(row["image"], float(row["activation"]), shows)
        except (ValueError, KeyError) as error:
            raise StudyError(
                f"{name}: line {line}: expected a unit, an activation, and 0, 1 or nothing, "
                f"found {error}"
            ) from None
        before = cards.get(unit, Card(row["chosen"], ()))
        cards[unit] = Card(before.chosen, (*before.images, image))
    return cards
