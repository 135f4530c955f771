"""``labels.csv``: the measurements of each unit, such as margin, stability and precision."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from study.errors import StudyError
from study.files import csv_text
from study.files.output import read_bytes, write_atomic

if TYPE_CHECKING:
    import pandas as pd

_TABLE: Mapping[str, tuple[str, str]] = {
    "layer": ("str", "name of the layer"),
    "unit": ("int64", "number of the unit in its layer, from 0"),
    "label": ("str", "the description; empty for a dead unit"),
    "similarity": ("float64", "similarity of the unit and its label"),
    "runner_up": ("str", "the concept with the second-highest similarity"),
    "margin": ("float64", "similarity of the label less that of the runner-up"),
    "dead": ("int64", "1 if the unit's activation is the same for every image, else 0"),
    "p_random": (
        "float64",
        "share of sets of random images that, in the unit's place, are as similar to some concept",
    ),
    "significant": (
        "Int64",
        "1 if `p_random` passes at 5 % of false discoveries in the layer, else 0: no significant "
        "concept",
    ),
    "stability": (
        "float64",
        "share of the splits of the probe in which both halves give the same label",
    ),
    "reproduced": ("float64", "estimated probability that another probe gives the same label"),
    "set_size": (
        "Int64",
        "how many labels another probe may give, for 90 % of the layer's units to be right",
    ),
    "confident": ("Int64", "1 if `set_size` is within the study's limit, else 0"),
    "set": (
        "str",
        "the `set_size` labels of a confident unit, the likeliest first, as JSON; else empty",
    ),
    "category": ("str", "category of the label in the truth table; empty if it has none"),
    "base_rate": ("float64", "share of all images that show the label"),
    **{
        f"{measure}{suffix}": ("float64", f"{meaning}{control}")
        for measure, meaning in (
            ("pearson", "correlation of a half's label with activation on the other half"),
            (
                "auprc",
                "average precision at which a half's label finds the 2 % of the other half that "
                "activate the unit most",
            ),
            ("precision", "share of the unit's top images that show the label"),
            ("excess", "(precision - base rate)/(1 - base rate)"),
        )
        for suffix, control in (
            ("", ""),
            ("_others", "; baseline: mean over the labels of the layer's other live units"),
            ("_constant", "; baseline: the best single concept for all units of the layer"),
            ("_missing", "; test: half of the images that show the label not counted as such"),
            ("_extra", "; test: as many images that do not show it counted as if they did"),
        )
    },
}
"""Every column with its type and its meaning, in the order of the file."""

COLUMNS: Mapping[str, str] = MappingProxyType({name: kind for name, (kind, _) in _TABLE.items()})
"""Every column and its type, in the order of the file."""

MEANINGS: Mapping[str, str] = MappingProxyType({name: text for name, (_, text) in _TABLE.items()})
"""Every column and its meaning."""

TRUTH = tuple(COLUMNS)[tuple(COLUMNS).index("base_rate") + 1 :]
"""The measures of label quality, each followed by its two baselines and its two tests."""

REQUIRED = tuple(COLUMNS)[: tuple(COLUMNS).index("dead") + 1]
"""The columns that every table has; the others are there if they were measured."""

COVER = 0.9
"""Share of units whose label from another probe is among the ``set_size`` labels."""

_FLAGS = ("dead", "significant", "confident")
_SHARES = (
    "p_random",
    "stability",
    "reproduced",
    "base_rate",
    "precision",
    "precision_others",
    "precision_constant",
)


def read(path: Path) -> "pd.DataFrame":
    """Read ``labels.csv`` from a file, as `parse` does."""
    return parse(read_bytes(path), name=f"{path.parent.name}/{path.name}")


def parse(data: bytes, *, name: str) -> "pd.DataFrame":
    """Read ``labels.csv``; `name` is what messages call it.

    Columns may be in any order and unknown ones are dropped. Text is verbatim ("null" is a word, ""
    an empty text); an empty number is NaN, or ``<NA>`` in a column of whole numbers.

    Returns
    -------
    pandas.DataFrame
        One row per unit in file order, columns as in `COLUMNS`, index 0, 1, 2 and so on.

    Raises
    ------
    StudyError
        Naming the file, the line, what was expected and what was found.
    """
    import pandas as pd  # noqa: PLC0415 - tables of descriptions alone do without it

    table = csv_text.parse(data, REQUIRED, name=name)
    columns: dict[str, list[Any]] = {c: [] for c in COLUMNS if c in table.columns}
    units: set[tuple[str, int]] = set()
    for line, row in table.rows():
        where = f"{name}: line {line}"
        for column, values in columns.items():
            values.append(_parsed(row[column], column, f"{where}: {column}"))
        unit = (columns["layer"][-1], columns["unit"][-1])
        if unit in units:
            raise StudyError(f"{where}: expected each unit once, found {unit[0]} {unit[1]}")
        units.add(unit)
    return pd.DataFrame(
        {column: pd.Series(values, dtype=COLUMNS[column]) for column, values in columns.items()}
    )


def _parsed(text: str, column: str, where: str) -> str | float | None:
    kind = COLUMNS[column]
    if kind == "str":
        return text
    value = csv_text.number(text, where, whole=kind != "float64")
    if math.isnan(value):
        if kind == "int64":
            raise StudyError(f"{where}: expected a number, found ''")
        return value if kind == "float64" else None
    for columns, expected, valid in (
        (_FLAGS, "0 or 1", value in (0, 1)),
        (_SHARES, "a share from 0 to 1", 0 <= value <= 1),
    ):
        if column in columns and not valid:
            raise StudyError(f"{where}: expected {expected}, found {text[:80]!r}")
    return value


def prediction_set(text: object) -> list[str]:
    """Return the labels of a field ``set``, the likeliest first; empty where there are none."""
    try:
        words = json.loads(text) if isinstance(text, str) and text else []
    except ValueError:
        words = []
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []


def write(frame: "pd.DataFrame", path: Path) -> None:
    """Write ``labels.csv``: UTF-8, LF, columns in the order of `COLUMNS`, missing numbers empty.

    Floats are written by ``repr``, so the same table gives the same bytes.

    Raises
    ------
    StudyError
        If a required column is missing, or a column is unknown.
    """
    unknown = [column for column in frame.columns if column not in COLUMNS]
    missing = [column for column in REQUIRED if column not in frame.columns]
    if unknown or missing:
        raise StudyError(
            f"{path.name}: expected the columns {','.join(REQUIRED)} and known ones, "
            f"found {unknown or list(frame.columns)}"
        )
    columns = [column for column in COLUMNS if column in frame.columns]
    values = frame.astype({column: COLUMNS[column] for column in columns})[columns].astype(object)
    rows = values.where(frame.notna(), "").to_numpy().tolist()
    write_atomic(path, csv_text.dumps([columns, *rows]).encode())
