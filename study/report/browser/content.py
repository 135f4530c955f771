"""What the browser of units shows, put together from the tables of runs alone."""

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from study.comparison.grouping import grouping
from study.comparison.results import members
from study.dissection import labels, map_table
from study.dissection.best_table import Best
from study.dissection.map_table import Maps
from study.dissection.neighbour_table import Neighbour
from study.dissection.profile_table import Profile
from study.dissection.run import Run
from study.errors import StudyError
from study.report.page import title
from study.report.pen import Pen

Row = TypeVar("Row", Best, Profile, Neighbour)

SCHEMA = "study-units/1"
MEASURES = (
    "margin",
    "p_random",
    "significant",
    "stability",
    "reproduced",
    "set_size",
    "confident",
    "base_rate",
    "precision",
)
"""The columns of ``labels.csv`` that the browser shows as numbers."""
PICTURES = ("pictures", "maps")
"""Keys that depend on pictures and maps, which no PDF carries."""


@dataclass(frozen=True, slots=True)
class Content:
    """The data of a browser: a document, and the pictures and maps to which it refers by number.

    Parameters
    ----------
    document
        JSON: ``words``, ``kinds`` and ``images`` are lists; what names one of them is a position.
    pictures, maps
        Base64: a picture as WebP, and the maps of a unit's top images, one byte per cell.
    """

    document: Mapping[str, Any]
    pictures: tuple[str, ...] = ()
    maps: tuple[str, ...] = ()


def browser_of(runs: Mapping[str, Run], results: Mapping[str, Any]) -> Content:
    """Return the data of a browser of some runs.

    Parameters
    ----------
    runs
        The runs by their folders in the report.
    results
        The results document of their comparison, with the report's ``manifest``.
    """
    own = [(entry, runs[entry["slug"]]) for entry in members(results) if entry["slug"] in runs]
    lists = _Lists([run for _, run in own])
    networks = [
        {
            "name": run.name,
            "slug": entry["slug"],
            "role": run.role,
            "of": run.twin_of,
            "digest": run.digest,
            "layers": lists.layers(run),
            "pictures": lists.shown(run),
        }
        for entry, run in own
    ]
    document = {
        "schema": SCHEMA,
        "title": title(Pen(results, paper=False)).striptags(),
        "pair": _pair(results, [run.name for _, run in own]),
        "meanings": {name: labels.MEANINGS[name] for name in (*MEASURES, "similarity")},
        "networks": networks,
        "words": list(lists.words),
        "kinds": list(lists.kinds),
        "images": list(lists.images),
    }
    return Content(document, tuple(lists.pictures), tuple(lists.maps))


class _Lists:
    """The lists of a document, each value once, in the order in which they are first named."""

    def __init__(self, runs: Sequence[Run]) -> None:
        found = grouping(runs)
        self.category = found.categories if found else {}
        self.words: dict[str, int] = {}
        self.kinds: dict[str, int] = {}
        self.images: dict[str, int] = {}
        self.pictures: dict[str, int] = {}
        self.maps: list[str] = []
        self.networks = {run.digest: number for number, run in reversed([*enumerate(runs)])}

    def layers(self, run: Run) -> list[dict[str, Any]]:
        """Return the layers of a network, with their maps where there are any."""
        maps, entries = run.maps(), []
        for name in run.dissection.layer_names:
            entry = self._layer(run, name)
            rows = [maps.get((name, unit)) for unit in entry["units"]]
            if any(rows):
                entry["maps"] = self._maps(rows, f"{run.name}/{map_table.FILE}: {name}")
            entries.append(entry)
        return entries

    def _layer(self, run: Run, name: str) -> dict[str, Any]:
        """Return the units of a layer, column by column."""
        table = run.dissection.layer(name)
        units = [int(unit) for unit, _, _ in table.rows()]
        said = [label for _, label, _ in table.rows()]
        entry: dict[str, Any] = {
            "name": name,
            "units": units,
            "labels": [_at(self.words, label) for label in said],
            "kinds": [self._kind(label) for label in said],
        }
        if run.dissection.scored:
            entry["similarity"] = [float(value) for _, _, value in table.rows()]
        live = run.live(name).tolist()
        if not all(live):
            entry["dead"] = [number for number, alive in enumerate(live) if not alive]
        if run.labels is not None:
            entry |= self._measured(run, name)
        if best := _by_unit(run.best, name):
            entry["best"] = [self._best(best.get(unit, [])) for unit in units]
        if profiles := _by_unit(run.profiles, name):
            entry["profiles"] = [_profile(profiles.get(unit, [])) for unit in units]
        if near := _by_unit(run.neighbours, name):
            entry["near"] = [self._near(near.get(unit, [])) for unit in units]
        if run.cards:
            entry["top"] = [self._top(run, name, unit) for unit in units]
        return entry

    def _kind(self, label: str) -> int:
        kind = self.category.get(label)
        return -1 if kind is None else _at(self.kinds, kind)

    def _measured(self, run: Run, name: str) -> dict[str, Any]:
        entry: dict[str, Any] = {}
        for column in MEASURES:
            values = [_known(value) for value in run.measured(column, name).tolist()]
            if any(value is not None for value in values):
                entry[column] = values
        frame = run.labels
        if frame is not None and "set" in frame:
            entry["sets"] = [
                [_at(self.words, word) for word in labels.prediction_set(text)]
                for text in frame[frame["layer"] == name]["set"]
            ]
        return entry

    def _best(self, rows: Sequence[Best]) -> list[list[Any]]:
        return [[_at(self.words, row.label), row.similarity] for row in rows]

    def _near(self, rows: Sequence[Neighbour]) -> list[list[Any]]:
        """Return the most similar units that the document has, each with its network's number."""
        return [
            [self.networks[row.other], row.other_layer, row.other_unit, row.correlation]
            for row in rows
            if row.other in self.networks
        ]

    def _top(self, run: Run, layer: str, unit: int) -> list[list[Any]]:
        card = run.cards.get((layer, unit))
        return [
            [_at(self.images, image.name), _known(image.activation), image.shows]
            for image in (card.images if card else ())
        ]

    def _maps(self, rows: Sequence[Maps | None], where: str) -> dict[str, Any]:
        """Return the maps of a layer: one grid, and for each unit its scale and its line."""
        known = [row for row in rows if row is not None]
        grids = {(row.top, row.down, row.left, row.right) for row in known}
        if len(grids) > 1:
            raise StudyError(
                f"{where}: expected one grid for all maps of a layer, found {len(grids)}"
            )
        units: list[list[Any] | None] = []
        for row in rows:
            if row is None:
                units.append(None)
                continue
            shape = (row.images, row.rows, row.columns)
            units.append([*shape, row.low, row.high, len(self.maps)])
            self.maps.append(base64.b64encode(row.values).decode())
        return {"grid": list(grids.pop()), "units": units}

    def shown(self, run: Run) -> list[list[int]]:
        """Return the images of a network that have a picture, each with the picture's number."""
        return [
            [_at(self.images, image), _at(self.pictures, base64.b64encode(data).decode())]
            for image, data in run.pictures().items()
        ]


def _at(values: dict[str, int], value: str) -> int:
    """Return the position of a value in a list, which it joins if it is new."""
    return values.setdefault(value, len(values))


def _known(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) else value


def _by_unit(rows: Iterable[Row], layer: str) -> dict[int, list[Row]]:
    """Return the rows of a layer by their units."""
    found: dict[int, list[Row]] = {}
    for row in rows:
        if row.layer == layer:
            found.setdefault(row.unit, []).append(row)
    return found


def _profile(rows: Sequence[Profile]) -> list[Any] | None:
    return next(([row.low, row.high, list(row.counts), row.x, row.y] for row in rows), None)


def _pair(results: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any] | None:
    """Return which networks are compared on the first page, and which of their layers."""
    pair = next(iter(results["pairs"]), None)
    if pair is None or pair["a"] not in names or pair["b"] not in names:
        return None
    stated = (pair.get("pairing") or {}).get("layers") or {}
    return {
        "a": names.index(pair["a"]),
        "b": names.index(pair["b"]),
        "layers": [list(stated.get(key, (key, key))) for key in pair["layers"]],
        "differ": [one["input"] for one in pair["inputs"]["differ"]],
        "states": bool(pair["states"]),
    }


def without_pictures(document: Any) -> Any:
    """Return a document without what depends on pictures and maps."""
    if isinstance(document, Mapping):
        return {
            key: without_pictures(value) for key, value in document.items() if key not in PICTURES
        }
    return (
        [without_pictures(value) for value in document] if isinstance(document, list) else document
    )
