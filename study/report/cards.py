"""Unit cards: what stands about them in a run's tables, and their pictures."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from study import labels

COLUMNS = ("similarity", "runner_up", "margin", "stability", "precision")


def cards(files: Mapping[str, bytes], slug: str) -> list[dict[str, Any]]:
    """Return the cards of a network: those chosen for the page first, in the table's order.

    Parameters
    ----------
    files
        The attached files: ``<slug>/cards.csv``, ``labels.csv`` and the pictures.
    slug
        The network's folder.

    Returns
    -------
    list of dict
        ``layer``, ``unit``, ``chosen`` (why), ``picture`` (a name in `files`), ``images`` (number
        of top images), ``shows`` (how many of them show the label, or `None`), ``label`` and what
        ``labels.csv`` says of the unit. Units whose picture is absent are left out.
    """
    from study.cards import card_name

    if f"{slug}/cards.csv" not in files:
        return []
    measured = _measured(files.get(f"{slug}/labels.csv"))
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
    return sorted(units.values(), key=lambda card: not card["chosen"])


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
            number = labels.COLUMNS[column] != "str" and text
            values[column] = float(text) if number else text or None
        found[row["layer"], int(row["unit"])] = values
    return found


def _rows(table: bytes) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(io.StringIO(table.decode("utf-8"), newline=""))
