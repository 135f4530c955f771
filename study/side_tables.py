"""The further tables of a run: the known answer of class units, and labels under other settings."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from study import csv_text
from study.errors import StudyError
from study.intervals import mean_interval, share_interval

CLASSES = ("unit", "class", "label", "rank")
FIRST = 5
"""A class counts as nearly found where its name is among so many best labels."""
SENSITIVITY = ("setting", "value", "layer", "unit", "label", "similarity", "precision")


def classes(path: Path) -> dict[str, Any] | None:
    """Count how often the class that a unit stands for ranks first, or among the first five.

    A class whose name is no concept has no rank; it counts among ``units``, not ``ranked``: no
    label could have been right. ``found`` and ``nearly`` are shares, with intervals, of the
    ranked ones; ``first`` is how many labels "nearly" looks at.

    Returns
    -------
    dict or None
        `None` if there is no such file, or it has no row.
    """
    rows = _rows(path, CLASSES)
    ranks = [rank for row in rows if not math.isnan(rank := _number(row["rank"], path))]
    units, top1, top5 = len(rows), sum(r <= 1 for r in ranks), sum(r <= FIRST for r in ranks)
    if not units:
        return None
    return {
        "units": units,
        "ranked": len(ranks),
        "top1": top1,
        "top5": top5,
        "top1_share": top1 / units,
        "top5_share": top5 / units,
        "first": FIRST,
        "found": share_interval(top1, len(ranks)),
        "nearly": share_interval(top5, len(ranks)),
    }


def sensitivity(path: Path, labels: Mapping[str, Sequence[str]]) -> list[dict[str, Any]] | None:
    """Compare the labels under other settings with those of the run.

    Parameters
    ----------
    path
        ``sensitivity.csv``.
    labels
        Layer to the labels of the run, by unit.

    Returns
    -------
    list of dict or None
        One entry per setting and value, in order; `None` if there is no such file, or no row.
    """
    groups: dict[tuple[str, float], dict[str, list[Mapping[str, str]]]] = {}
    for row in _rows(path, SENSITIVITY):
        layers = groups.setdefault((row["setting"], _number(row["value"], path)), {})
        layers.setdefault(row["layer"], []).append(row)
    found: list[dict[str, Any]] = []
    for (setting, value), layers in sorted(groups.items()):
        entries = {
            layer: _agreement(rows, dict(enumerate(labels.get(layer, ()))), path)
            for layer, rows in layers.items()
        }
        number = int(value) if value.is_integer() else value
        found.append({"setting": setting, "value": number, "layers": entries})
    return found or None


def _agreement(
    rows: Sequence[Mapping[str, str]], labels: Mapping[float, str], path: Path
) -> dict[str, Any]:
    same = sum(labels.get(_number(row["unit"], path)) == row["label"] for row in rows)
    return {
        "unique": len({row["label"] for row in rows}),
        "agreement": same / len(rows),
        "precision": mean_interval([_number(row["precision"], path) for row in rows])["mean"],
    }


def _rows(path: Path, columns: Sequence[str]) -> list[Mapping[str, str]]:
    if not path.is_file():
        return []
    header, rows = csv_text.read(path, columns)
    return [dict(zip(header, row, strict=True)) for row in rows]


def _number(text: str, path: Path) -> float:
    """Return a number, NaN for an empty field."""
    try:
        value = float(text) if text else math.nan
    except ValueError:
        value = math.inf
    if math.isinf(value):
        raise StudyError(f"{path.parent.name}/{path.name}: expected a number, found {text[:80]!r}")
    return value
