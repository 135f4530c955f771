"""Read tables of descriptions to check them: what is readable is kept, defects are listed."""

import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from study.dissection.args_file import parse_args
from study.dissection.inspection import Defect, Row, inspect
from study.dissection.provenance import Origin, dotted
from study.dissection.run_files import (
    TABLE,
    check_inside,
    choose_names,
    folder_names,
    named_paths,
    own_folder,
    table_path,
)
from study.errors import StudyError
from study.files import csv_text, documents
from study.files.output import read_bytes

MAX_TABLE_BYTES = 8 << 20
"""A table of 280,000 units; larger files are refused, not read."""
MAX_TEXT_BYTES = 1 << 20
_STAMPED = re.compile(r"(.+?)_\d\d(?:_\d\d){4}(?:_\d\d)?")


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The readable units of a layer, ascending, each once; `similarities` may hold NaN."""

    units: npt.NDArray[np.int64]
    labels: tuple[str, ...]
    similarities: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The readable descriptions of one network, and what the files beside them state.

    ``margins`` maps (layer, unit) to the lead of the description over its runner-up, from
    ``labels.csv``. ``args`` is from ``args.txt``, ``document`` from ``manifest.json``; ``damaged``
    holds a message for each of these two that cannot be read, which counts as none.
    """

    name: str
    path: Path
    parts: Mapping[str, Part]
    defects: tuple[Defect, ...]
    extra_columns: tuple[str, ...]
    args: Mapping[str, Any]
    document: Mapping[str, Any] | None
    margins: Mapping[tuple[str, int], float]
    damaged: tuple[str, ...] = ()

    @property
    def origin(self) -> Origin:
        """What the files beside the table state about the network."""
        return Origin.of(self.args, self.document)

    @property
    def stamped(self) -> str:
        """The network in the name that CLIP-Dissect gives a run's folder, "" for another name.

        Such a name ends in the time of the run: ``resnet18_places_25_07_20_15_22``.
        """
        match = _STAMPED.fullmatch(self.path.parent.name)
        return match[1] if match else ""

    @property
    def target(self) -> str:
        """The network that ``args.txt`` names, else the folder's name."""
        return str(self.args.get("target_model") or self.stamped)

    def stated(self, *keys: str) -> Any:
        """Return an entry of the manifest by its keys from the outside in; `None` for none."""
        value: Any = self.document
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    @property
    def units(self) -> int:
        """The number of units in all layers together."""
        return sum(map(len, self.parts.values()))

    def labels(self, layer: str | None = None) -> tuple[str, ...]:
        """Return the labels of a layer, or of all layers in order."""
        parts = self.parts.values() if layer is None else [self.parts[layer]]
        return tuple(label for part in parts for label in part.labels)

    def similarities(self) -> npt.NDArray[np.float64]:
        """Return the similarities of all layers in order."""
        return np.concatenate([part.similarities for part in self.parts.values()])


def read_table(path: Path, *, name: str = "", beside: bool = True) -> Table:
    """Read a table of descriptions without refusing what is wrong inside it.

    `path` is a CSV file, or a folder that holds ``descriptions.csv``. The network's name is by
    default the folder's. `beside`: also read ``args.txt``, ``manifest.json`` and ``labels.csv``.

    Raises
    ------
    StudyError
        If there is no file, it is too large, or no row of it can be read.
    """
    file = table_path(path)
    inspection = inspect(read_bytes(file, most=MAX_TABLE_BYTES))
    layers: dict[str, dict[int, Row]] = {}
    for row in inspection.rows:
        layers.setdefault(dotted(row.layer), {}).setdefault(row.unit, row)
    if not layers:
        why = inspection.defects[0].message if inspection.defects else "found no rows"
        raise StudyError(f"{file.parent.name}/{file.name}: {why}")
    folder = file.parent
    records, damaged = _records(folder) if beside else ({}, ())
    return Table(
        name=name or (folder.name if file.name == TABLE else file.stem),
        path=file,
        parts={layer: _part(units) for layer, units in layers.items()},
        defects=inspection.defects,
        extra_columns=inspection.extra_columns,
        args=records.get("args.txt", {}),
        document=records.get("manifest.json"),
        margins=_margins(folder / "labels.csv") if beside else {},
        damaged=damaged,
    )


def named(tables: Sequence[Table]) -> tuple[Table, ...]:
    """Return tables to be compared under the shortest names that tell their folders apart."""
    names = folder_names([table.path for table in tables])
    return tuple(replace(table, name=name) for table, name in zip(tables, names, strict=True))


def check_records(tables: Sequence[Table]) -> None:
    """Raise `StudyError` if a record beside a table is damaged: what it states is not known."""
    if damaged := [message for table in tables for message in table.damaged]:
        raise StudyError(damaged[0])


def given_tables(
    items: Sequence[str], *, names: Sequence[str] | None = None, trust_names: bool = False
) -> tuple[Table, ...]:
    """Read networks' tables as a command line gives them: ``PATH``, or ``NAME=PATH``.

    Raises
    ------
    StudyError
        As `read_table`; also where names are too few, equal, or fit another run better, or a record
        beside a table is damaged.
    """
    paths, given = named_paths(items, names)
    files = [table_path(path) for path in paths]
    alone = own_folder(files)
    tables = [read_table(file, beside=own) for file, own in zip(files, alone, strict=True)]
    check_records(tables)
    chosen, _ = choose_names(files, [table.origin for table in tables], given, trust=trust_names)
    return tuple(replace(table, name=name) for table, name in zip(tables, chosen, strict=True))


def fold(label: str) -> str:
    """Return a label without case, outer space and runs of space."""
    return " ".join(label.casefold().split())


def letters(text: str) -> str:
    """Return the letters and digits of a text, in lower case."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def folded(table: Table) -> Table:
    """Return a table with every label folded."""
    parts = {
        layer: replace(part, labels=tuple(map(fold, part.labels)))
        for layer, part in table.parts.items()
    }
    return replace(table, parts=parts)


def read_text(path: Path) -> str:
    """Return a text file's content, up to 1 MiB, "" where there is none; bad bytes replaced."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_TEXT_BYTES).decode("utf-8-sig", errors="replace")
    except OSError:
        return ""


def _part(rows: Mapping[int, Row]) -> Part:
    units = sorted(rows)
    return Part(
        np.array(units, dtype=np.int64),
        tuple(rows[unit].description for unit in units),
        np.array([rows[unit].similarity for unit in units], dtype=np.float64),
    )


def _records(folder: Path) -> tuple[dict[str, dict[str, Any]], tuple[str, ...]]:
    """Read ``args.txt`` and ``manifest.json``; return their entries, and what is damaged."""
    found: dict[str, dict[str, Any]] = {}
    damaged = []
    for file, parse in (("args.txt", parse_args), ("manifest.json", _object)):
        try:
            if os.path.lexists(folder / file):
                check_inside(folder / file, folder)
                data = read_bytes(folder / file, most=MAX_TABLE_BYTES)
                found[file] = parse(data, name=f"{folder.name}/{file}")
        except StudyError as error:
            damaged.append(str(error))
    return found, tuple(damaged)


def _object(data: bytes, *, name: str) -> dict[str, Any]:
    value = documents.loads(data, name=name)
    if not isinstance(value, dict):
        raise StudyError(f"{name}: expected a JSON object, found a {type(value).__name__}")
    return value


def _margins(path: Path) -> dict[tuple[str, int], float]:
    """Return the margins in a ``labels.csv``; a damaged one has none."""
    margins: dict[tuple[str, int], float] = {}
    try:
        data = read_bytes(path, most=MAX_TABLE_BYTES)
        for _, row in csv_text.parse(data, ("layer", "unit", "margin"), name=path.name).rows():
            margin = float(row["margin"] or "nan")
            if math.isfinite(margin):
                margins[dotted(row["layer"]), int(row["unit"])] = margin
    except (StudyError, ValueError):
        return {}
    return margins
