"""``classes.csv`` and ``sensitivity.csv``: class units' ranks, and labels under other settings."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from study.errors import StudyError
from study.files import csv_text
from study.files.csv_text import number

CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "unit": "number of the class unit, from 0",
        "class": "name of the class that the unit stands for",
        "label": "the concept with the highest similarity",
        "rank": "rank of the class name among all concepts, from 1; empty if it is no concept",
    }
)
"""The columns of ``classes.csv`` and their meaning."""
SENSITIVITY: Mapping[str, str] = MappingProxyType(
    {
        "setting": "name of the setting of the similarity function",
        "value": "value of the setting",
        "layer": "name of the layer",
        "unit": "number of the unit in its layer, from 0",
        "label": "the unit's label under this value",
        "similarity": "similarity of the unit and that label",
        "precision": "share of the top images that gave that label and show it; empty if unknown",
        "own_precision": "share of these images that show the study's own label; empty if unknown",
    }
)
"""The columns of ``sensitivity.csv`` and their meaning."""


@dataclass(frozen=True, slots=True)
class OtherLabel:
    """A unit's label under another setting; a precision is NaN where it is not known."""

    setting: str
    value: float
    layer: str
    unit: int
    label: str
    precision: float
    own_precision: float = math.nan


def parse_classes(data: bytes, *, name: str) -> tuple[float, ...]:
    """Read ``classes.csv``, as `csv_text.parse` does: each class unit's rank of its class's name.

    The rank of a name that is no concept is NaN.
    """
    rows = csv_text.parse(data, CLASSES, name=name).rows()
    return tuple(number(row["rank"], f"{name}: line {line}: rank") for line, row in rows)


def parse_sensitivity(data: bytes, *, name: str) -> tuple[OtherLabel, ...]:
    """Read ``sensitivity.csv``, as `csv_text.parse` does, in the order of the file."""
    labels = []
    required = [column for column in SENSITIVITY if column != "own_precision"]
    for line, row in csv_text.parse(data, required, name=name).rows():
        value, unit, precision, own_precision = (
            number(row.get(column, ""), f"{name}: line {line}: {column}")
            for column in ("value", "unit", "precision", "own_precision")
        )
        if math.isnan(value) or not unit.is_integer():
            raise StudyError(f"{name}: line {line}: expected a value and a unit, found {row}"[:200])
        labels.append(
            OtherLabel(
                row["setting"],
                value,
                row["layer"],
                int(unit),
                row["label"],
                precision,
                own_precision,
            )
        )
    return tuple(labels)
