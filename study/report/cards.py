"""Unit cards of a report: the facts printed beside each picture, from a run's tables."""

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING, Any

from study.dissection.card_table import Card, Unit, card_name
from study.dissection.labels import prediction_set
from study.dissection.run import Run
from study.dissection.run_files import SHOWN

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "similarity",
    "runner_up",
    "margin",
    "significant",
    "stability",
    "precision",
    "set_size",
    "confident",
    "set",
)
_ORDER = ("surest", "typical", "least sure")


def cards(run: Run, slug: str, files: Container[str]) -> list[dict[str, Any]]:
    """Return the cards of a network.

    Layers are in the table's order. In each, the units chosen for the page come first, from the
    surest to the least sure and then those asked for; all others follow in the table's order.

    Parameters
    ----------
    run
        The network's run.
    slug
        The network's folder in the report.
    files
        The names of the report's files: units whose picture is not among them are left out.

    Returns
    -------
    list of dict
        ``layer``, ``unit``, ``chosen`` (why), ``picture`` (a name in `files`), ``images`` (number
        of top images), ``shows`` (how many of them show the label, or `None`), ``label``, what
        ``labels.csv`` says of the unit, and ``set`` (the labels that another probe may give a
        confident unit, the likeliest first; else empty).
    """
    measured = _measured(run.labels)
    unknown = {"label": None, **dict.fromkeys(COLUMNS)}
    entries = []
    for unit, card in run.cards.items():
        picture = f"{slug}/cards/{card_name(*unit)}"
        if picture in files:
            facts = measured.get(unit, unknown)
            labels = prediction_set(facts["set"]) if facts["confident"] else []
            entries.append({**_shown(unit, card, picture), **facts, "set": labels})
    layers = list(dict.fromkeys(entry["layer"] for entry in entries))
    return sorted(entries, key=lambda entry: (layers.index(entry["layer"]), _rank(entry)))


def spare(runs: Mapping[str, Run], shown: Container[tuple[str, Unit]]) -> set[str]:
    """Return the names of the files that a PDF leaves out: too many, or too large, for one.

    They are the cards of units that it does not show, and all pictures and maps for a page.

    Parameters
    ----------
    runs
        The runs by their folders in the report.
    shown
        Units that it shows besides those chosen by rule, each with its network's folder.
    """
    names = set()
    for slug, run in runs.items():
        chosen = {
            f"cards/{card_name(*unit)}"
            for unit, card in run.cards.items()
            if card.chosen or (slug, unit) in shown
        }
        pictures = {name for name in run.files if name.startswith("cards/")}
        left_out = (pictures - chosen) | {name for name in SHOWN if name in run.files}
        names |= {f"{slug}/{name}" for name in left_out}
    return names


def _shown(unit: Unit, card: Card, picture: str) -> dict[str, Any]:
    known = [image.shows for image in card.images if image.shows is not None]
    return {
        "layer": unit[0],
        "unit": unit[1],
        "chosen": card.chosen,
        "picture": picture,
        "images": len(card.images),
        "shows": sum(known) if known else None,
    }


def _rank(entry: Mapping[str, Any]) -> int:
    order = [*_ORDER, entry["chosen"] or None, ""]
    return order.index(entry["chosen"])


def _measured(frame: "pd.DataFrame | None") -> dict[Unit, dict[str, Any]]:
    """Return each unit's label and measurements; `None` for what is empty or not measured."""
    if frame is None:
        return {}
    return {
        (row["layer"], row["unit"]): {
            "label": row["label"] or None,
            **{column: _known(row.get(column)) for column in COLUMNS},
        }
        for row in frame.to_dict("records")
    }


def _known(value: Any) -> Any:
    import pandas as pd

    return None if value is None or pd.isna(value) or value == "" else value
