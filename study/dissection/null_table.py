"""``null.csv``: what redealing the units of two networks, and scoring them anew, gives.

It lies in the folder of the first network of each pair that was dissected together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from study.errors import StudyError
from study.files import csv_text
from study.files.output import write_atomic

FILE = "null.csv"
LIVE, SIGNIFICANT = "live", "significant"
"""Which units are redealt and counted: those that are not dead, or those whose label is
significant."""

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "other": "the other network: the first 16 digits of the sha256 of its descriptions.csv",
        "units": "the units that are redealt and counted: live or significant",
        "setting": "name of a setting that differs from the study's; empty if none does",
        "value": "value of that setting; empty if none differs",
        "layer": "name of the layer; empty for all layers together",
        "statistic": "jaccard; merged: the same with word forms merged; least_p: the smallest of "
        "the concepts' p values; category: units whose label is of the category named",
        "first": "shared concepts, the p value, or units of this network",
        "second": "concepts of either network, or units of the other one; empty for least_p",
        "hands": "how many of the redealings gave these values",
    }
)
"""The columns of ``null.csv`` and their meaning."""


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """What was redealt: which units, and under which setting if it is not the study's."""

    units: str = LIVE
    setting: str = ""
    value: str = ""


Tally = Mapping[str, Mapping[tuple[float, ...], int]]
"""Statistic to its values, each with the number of hands that gave it."""
Tallies = Mapping[str, Tally]
"""The tally of each layer and, under "", of all layers together."""
NullTable = Mapping[tuple[str, Version], Tallies]
"""The tallies of each other network, by its digest, and version."""


def parse(data: bytes, *, name: str) -> NullTable:
    """Read ``null.csv``, as `csv_text.parse` does.

    Raises
    ------
    StudyError
        Also if two statistics of one comparison come from different numbers of redealings.
    """
    table: dict[tuple[str, Version], dict[str, dict[str, dict[tuple[float, ...], int]]]] = {}
    for line, row in csv_text.parse(data, COLUMNS, name=name).rows():
        where = f"{name}: line {line}"
        key = row["other"], Version(row["units"], row["setting"], row["value"])
        values = tuple(
            csv_text.number(row[column], f"{where}: {column}")
            for column in ("first", "second")
            if row[column]
        )
        hands = csv_text.number(row["hands"], f"{where}: hands", whole=True)
        expected = 1 if row["statistic"] == "least_p" else 2
        if not hands >= 1 or len(values) != expected or min(values) < 0:
            raise StudyError(
                f"{where}: expected values of a statistic and hands, found {row}"[:200]
            )
        statistics = table.setdefault(key, {}).setdefault(row["layer"], {})
        statistics.setdefault(row["statistic"], {})[values] = int(hands)
    for (other, version), layers in table.items():
        numbers = {sum(counts.values()) for tally in layers.values() for counts in tally.values()}
        if len(numbers) != 1:
            raise StudyError(
                f"{name}: {other} ({version.units} units): expected one number of redealings, "
                f"found {sorted(numbers)}"
            )
    return table


def write(table: NullTable, path: Path) -> None:
    """Write ``null.csv``, sorted, so that equal tables give equal bytes."""
    write_atomic(path, csv_text.dumps([list(COLUMNS), *_rows(table)]).encode())


def _rows(table: NullTable) -> Iterable[tuple[str | int | float, ...]]:
    for (other, version), layers in sorted(table.items(), key=lambda item: item[0]):
        for layer, tally in layers.items():
            for statistic, counts in tally.items():
                for values, hands in sorted(counts.items()):
                    second = values[1] if len(values) > 1 else ""
                    where = (other, version.units, version.setting, version.value, layer)
                    yield (*where, statistic, values[0], second, hands)
