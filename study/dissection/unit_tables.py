"""``classes.csv`` and ``sensitivity.csv``: class units' ranks, and labels under other settings."""

import math
from dataclasses import dataclass

from study.errors import StudyError
from study.files import csv_text

CLASSES = ("unit", "class", "label", "rank")
SENSITIVITY = ("setting", "value", "layer", "unit", "label", "similarity", "precision")


@dataclass(frozen=True, slots=True)
class OtherLabel:
    """A unit's label under another setting; `precision` is NaN where it is not known."""

    setting: str
    value: float
    layer: str
    unit: int
    label: str
    precision: float


def parse_classes(data: bytes, *, name: str) -> tuple[float, ...]:
    """Read the rank that each class unit gives its class's name; NaN for names that are no concept.

    Raises
    ------
    StudyError
        If it is not such a table; the message calls it `name`.
    """
    table = csv_text.parse(data, CLASSES, name=name)
    return tuple(_number(row["rank"], f"{name}: line {line}: rank") for line, row in table.rows())


def parse_sensitivity(data: bytes, *, name: str) -> tuple[OtherLabel, ...]:
    """Read the labels under other settings, in the order of the file.

    Raises
    ------
    StudyError
        If it is not such a table; the message calls it `name`.
    """
    labels = []
    for line, row in csv_text.parse(data, SENSITIVITY, name=name).rows():
        value, unit, precision = (
            _number(row[column], f"{name}: line {line}: {column}")
            for column in ("value", "unit", "precision")
        )
        if math.isnan(value) or not unit.is_integer():
            raise StudyError(f"{name}: line {line}: expected a value and a unit, found {row}"[:200])
        labels.append(
            OtherLabel(row["setting"], value, row["layer"], int(unit), row["label"], precision)
        )
    return tuple(labels)


def _number(text: str, where: str) -> float:
    """Return a number, NaN for an empty field."""
    try:
        value = float(text) if text else math.nan
    except ValueError:
        value = math.inf
    if math.isinf(value):
        raise StudyError(f"{where}: expected a number, found {text[:80]!r}")
    return value
