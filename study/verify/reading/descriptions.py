"""Read tables of descriptions to check them: what is readable is kept, defects are listed."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from study.dissection.inspection import Defect, inspect
from study.dissection.provenance import Origin, dotted, parse_args
from study.dissection.run_files import (
    TABLE,
    choose_names,
    folder_names,
    named_paths,
    own_folder,
    table_path,
)
from study.errors import StudyError
from study.files import csv_text
from study.files.output import read_bytes

MAX_TABLE_BYTES = 8 << 20
"""A table of 280,000 units; larger files are refused, not read."""
MAX_TEXT_BYTES = 1 << 20


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
    ``labels.csv``. ``args`` is from ``args.txt``, ``document`` from ``manifest.json``.
    """

    name: str
    path: Path
    parts: Mapping[str, Part]
    defects: tuple[Defect, ...]
    extra_columns: tuple[str, ...]
    args: Mapping[str, Any]
    document: Mapping[str, Any] | None
    margins: Mapping[tuple[str, int], float]

    @property
    def origin(self) -> Origin:
        """What the files beside the table state about the network."""
        return Origin.of(self.args, self.document)

    @property
    def units(self) -> int:
        """The number of units in all layers together."""
        return sum(map(len, self.parts.values()))

    def labels(self, layer: str | None = None) -> tuple[str, ...]:
        """Return the labels of a layer, or of all layers in order."""
        if layer is not None:
            return self.parts[layer].labels
        return tuple(label for part in self.parts.values() for label in part.labels)


def read_table(path: Path, *, name: str = "", beside: bool = True) -> Table:
    """Read a table of descriptions without refusing what is wrong inside it.

    Parameters
    ----------
    path
        A folder that holds ``descriptions.csv``, or a CSV file.
    name
        The network's name; by default the folder's.
    beside
        Also read ``args.txt``, ``manifest.json`` and ``labels.csv`` of the same folder.

    Raises
    ------
    StudyError
        If there is no file, it is too large, or no row of it can be read.
    """
    file = table_path(path)
    inspection = inspect(read_bytes(file, most=MAX_TABLE_BYTES))
    rows: dict[str, dict[int, tuple[str, float]]] = {}
    for row in inspection.rows:
        units = rows.setdefault(dotted(row.layer), {})
        units.setdefault(row.unit, (row.description, row.similarity))
    if not rows:
        why = inspection.defects[0].message if inspection.defects else "found no rows"
        raise StudyError(f"{file.parent.name}/{file.name}: {why}")
    folder = file.parent
    return Table(
        name=name or (folder.name if file.name == TABLE else file.stem),
        path=file,
        parts={layer: _part(units) for layer, units in rows.items()},
        defects=inspection.defects,
        extra_columns=inspection.extra_columns,
        args=parse_args(_start(folder / "args.txt")) if beside else {},
        document=_document(folder / "manifest.json") if beside else None,
        margins=_margins(folder / "labels.csv") if beside else {},
    )


def named_tables(paths: Sequence[Path]) -> tuple[Table, ...]:
    """Read tables to be compared as they are, each named by its shortest distinguishing folder."""
    return named([read_table(path) for path in paths])


def named(tables: Sequence[Table]) -> tuple[Table, ...]:
    """Return tables under the shortest names that tell their folders apart."""
    names = folder_names([table.path for table in tables])
    return tuple(replace(table, name=name) for table, name in zip(tables, names, strict=True))


def given_tables(
    items: Sequence[str], *, names: Sequence[str] | None = None, trust_names: bool = False
) -> tuple[Table, ...]:
    """Read networks' tables as a command line gives them: ``PATH``, or ``NAME=PATH``.

    Raises
    ------
    StudyError
        As `read_table`; also where names are too few, equal, or fit another run better.
    """
    paths, given = named_paths(items, names)
    files = [table_path(path) for path in paths]
    alone = own_folder(files)
    tables = [read_table(file, beside=own) for file, own in zip(files, alone, strict=True)]
    origins = [table.origin for table in tables]
    chosen, _ = choose_names(files, origins, given, trust=trust_names)
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
    return _start(path).decode("utf-8-sig", errors="replace")


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_TEXT_BYTES)
    except OSError:
        return b""


def _part(units: Mapping[int, tuple[str, float]]) -> Part:
    order = sorted(units)
    return Part(
        np.array(order, dtype=np.int64),
        tuple(units[unit][0] for unit in order),
        np.array([units[unit][1] for unit in order], dtype=np.float64),
    )


def _document(path: Path) -> dict[str, Any] | None:
    """Return a JSON object, or `None` for a file that is absent, too large or something else."""
    try:
        value = json.loads(read_text(path))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


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
