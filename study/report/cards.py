"""Unit cards: what stands about them in a run's tables, and their pictures."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from study import labels

COLUMNS = (
    "similarity",
    "runner_up",
    "margin",
    "stability",
    "precision",
    "set_size",
    "confident",
)
_ORDER = ("surest", "typical", "least sure")


def cards(files: Mapping[str, bytes], slug: str) -> list[dict[str, Any]]:
    """Return the cards of a network.

    Layers are in the table's order. In each, the units chosen for the page come first, from the
    surest to the least sure and then those asked for; all others follow in the table's order.

    Parameters
    ----------
    files
        The attached files: ``<slug>/cards.csv``, ``labels.csv``, ``resamples.csv``, the pictures.
    slug
        The network's folder.

    Returns
    -------
    list of dict
        ``layer``, ``unit``, ``chosen`` (why), ``picture`` (a name in `files`), ``images`` (number
        of top images), ``shows`` (how many of them show the label, or `None`), ``label``, what
        ``labels.csv`` says of the unit, and ``set`` (the prediction set of a confident label, the
        likeliest first; else empty). Units whose picture is absent are left out.
    """
    from study.cards import card_name

    if f"{slug}/cards.csv" not in files:
        return []
    measured = _measured(files.get(f"{slug}/labels.csv"))
    drawn = _drawn(files.get(f"{slug}/resamples.csv"))
    units: dict[tuple[str, int], dict[str, Any]] = {}
    for row in _rows(files[f"{slug}/cards.csv"]):
        key = (row["layer"], int(row["unit"]))
        picture = f"{slug}/cards/{card_name(*key)}"
        if picture not in files:
            continue
        card = units.setdefault(
            key,
            {
                "layer": key[0],
                "unit": key[1],
                "chosen": row["chosen"],
                "picture": picture,
                "images": 0,
                "shows": None,
                **measured.get(key, {"label": None, **dict.fromkeys(COLUMNS)}),
            },
        )
        card["images"] += 1
        if row["shows"]:
            card["shows"] = (card["shows"] or 0) + int(row["shows"])
    for key, card in units.items():
        size = card["set_size"] if card["confident"] else 0
        card["set"] = [word for word, _ in drawn.get(key, Counter()).most_common(size)]
    layers = list(dict.fromkeys(layer for layer, _ in units))
    return sorted(units.values(), key=lambda card: (layers.index(card["layer"]), _place(card)))


def _place(card: Mapping[str, Any]) -> int:
    if not card["chosen"]:
        return len(_ORDER) + 1
    return _ORDER.index(card["chosen"]) if card["chosen"] in _ORDER else len(_ORDER)


def _drawn(table: bytes | None) -> dict[tuple[str, int], Counter[str]]:
    """Return how many resamples gave each unit which label; of equals, the first word leads."""
    found: dict[tuple[str, int], Counter[str]] = {}
    for row in _rows(table) if table else ():
        layer, unit = row.pop("layer"), int(row.pop("unit"))
        found[layer, unit] = Counter(sorted(word for word in row.values() if word))
    return found


def spare(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the pictures of units that were not chosen for the page: too many for a PDF."""
    slugs = {name.rpartition("/")[0] for name in files if name.endswith("/cards.csv")}
    shown = {card["picture"] for slug in slugs for card in cards(files, slug) if card["chosen"]}
    return {
        name: content for name, content in files.items() if "/cards/" in name and name not in shown
    }


def _measured(table: bytes | None) -> dict[tuple[str, int], dict[str, Any]]:
    if table is None:
        return {}
    found = {}
    for row in _rows(table):
        values: dict[str, Any] = {"label": row["label"] or None}
        for column in COLUMNS:
            text = row.get(column, "")
            values[column] = _PARSE[labels.COLUMNS[column]](text) if text else None
        found[row["layer"], int(row["unit"])] = values
    return found


_PARSE: Mapping[str, Callable[[str], Any]] = {"str": str, "Int64": int, "float64": float}


def _rows(table: bytes) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(io.StringIO(table.decode("utf-8"), newline=""))
