"""Tables of descriptions as a checker reads them: what is readable, and what is wrong."""

import ast
import csv
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from study.dissection import Defect, inspect
from study.errors import StudyError
from study.names import Evidence, check_names, distinguishing

TABLE = "descriptions.csv"
MAX_TABLE_BYTES = 8 << 20
"""A table of 280,000 units; larger files are refused, not read."""
MAX_TEXT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One layer as found: units ascending, each once; `similarities` may hold NaN."""

    units: npt.NDArray[np.int64]
    labels: tuple[str, ...]
    similarities: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One network's labels as found, and what lies beside them.

    ``margins`` maps (layer, unit) to the lead of the label over its runner-up, where a
    ``labels.csv`` tells it. ``args`` is what CLIP-Dissect or a manifest states about the run.
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
        The network's name; left out, the folder's.
    beside
        Also read ``args.txt``, ``manifest.json`` and ``labels.csv`` of the same folder.

    Raises
    ------
    StudyError
        If there is no file, it is too large, or no row of it can be read.
    """
    file = path / TABLE if path.is_dir() else path
    if not file.is_file():
        raise StudyError(f"{path.name}: expected {TABLE} or a CSV file, found none")
    if file.stat().st_size > MAX_TABLE_BYTES:
        raise StudyError(
            f"{path.name}: expected a table of at most {MAX_TABLE_BYTES >> 20} MB, found "
            f"{file.stat().st_size:,} bytes"
        )
    found = inspect(file)
    rows: dict[str, dict[int, tuple[str, float]]] = {}
    for row in found.rows:
        units = rows.setdefault(canonical(row.layer), {})
        units.setdefault(row.unit, (row.description, row.similarity))
    if not rows:
        why = found.defects[0].message if found.defects else "found no rows"
        raise StudyError(f"{_shown(file)}: {why}")
    folder = file.parent
    document = read_json(folder / "manifest.json") if beside else None
    return Table(
        name=name or (folder.name if file.name == TABLE else file.stem),
        path=file,
        parts={layer: _part(units) for layer, units in rows.items()},
        defects=found.defects,
        extra_columns=found.extra_columns,
        args=read_args(folder / "args.txt") if beside else {},
        document=document,
        margins=_margins(folder / "labels.csv") if beside else {},
    )


def named_tables(paths: Sequence[Path]) -> tuple[Table, ...]:
    """Read tables to be compared as they are, each named by its shortest distinguishing folder."""
    return named([read_table(path) for path in paths])


def named(tables: Sequence[Table]) -> tuple[Table, ...]:
    """Return tables under the shortest names that tell their folders apart."""
    ends = _ends([table.path for table in tables])
    return tuple(replace(table, name=end) for table, end in zip(tables, ends, strict=True))


def given_tables(
    items: Sequence[str], *, names: Sequence[str] | None = None, trust_names: bool = False
) -> tuple[Table, ...]:
    """Read networks' tables as a command line gives them: ``PATH``, or ``NAME=PATH``.

    Names are those given, else the manifests', else the shortest distinguishing folders.

    Raises
    ------
    StudyError
        As `read_table`; also where names are too few, equal, or fit another run better.
    """
    split = [item.partition("=") if not Path(item).exists() else ("", "", item) for item in items]
    given = [name.strip() for name, equals, _ in split if equals] or list(names or [])
    paths = [Path(path if equals or not name else name) for name, equals, path in split]
    if given and len(given) != len(paths):
        raise StudyError(f"expected one name per run, found {len(given)} for {len(paths)} runs")
    files = [path / TABLE if path.is_dir() else path for path in paths]
    folders = [file.parent.resolve() for file in files]
    tables = [
        read_table(path, beside=file.name == TABLE or folders.count(folder) == 1)
        for path, file, folder in zip(paths, files, folders, strict=True)
    ]
    evidence = [evidence_of(table) for table in tables]
    chosen = given or [e.name or end for e, end in zip(evidence, _ends(files), strict=True)]
    check_names(chosen, evidence, trust=trust_names)
    return tuple(replace(table, name=name) for table, name in zip(tables, chosen, strict=True))


def _ends(files: Sequence[Path]) -> list[str]:
    return distinguishing(
        [(*f.resolve().parent.parts[1:], *(() if f.name == TABLE else (f.stem,))) for f in files]
    )


def evidence_of(table: Table) -> Evidence:
    """Return what lies beside a table and tells whose it is."""
    network = (table.document or {}).get("network")
    network = network if isinstance(network, dict) else {}
    target = table.args.get("target_model")
    name = network.get("name")
    return Evidence(
        name=str(name) if name else None,
        texts=tuple(str(text) for text in (network.get("weights"), target) if text),
        bare=str(target or ""),
    )


def fold(label: str) -> str:
    """Return a label without case, outer space and runs of space."""
    return " ".join(label.casefold().split())


def folded(table: Table) -> Table:
    """Return a table with every label folded."""
    parts = {
        layer: replace(part, labels=tuple(map(fold, part.labels)))
        for layer, part in table.parts.items()
    }
    return replace(table, parts=parts)


def canonical(layer: str) -> str:
    """Return a layer's name in its dotted form: ``layer4[1].conv2`` is ``layer4.1.conv2``."""
    return re.sub(r"\[(\d+)\]", r".\1", layer.strip())


def read_json(path: Path) -> dict[str, Any] | None:
    """Return a JSON object, or `None` for a file that is absent, too large or something else."""
    try:
        value = json.loads(read_text(path))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def read_text(path: Path) -> str:
    """Return a text file's content, up to 1 MiB, "" where there is none; bad bytes replaced."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_TEXT_BYTES).decode("utf-8-sig", errors="replace")
    except OSError:
        return ""


def read_args(path: Path) -> dict[str, Any]:
    """Return what ``args.txt`` states: JSON, a Python dictionary, or ``key: value`` lines."""
    text = read_text(path)[:65536]
    for parse in (json.loads, ast.literal_eval):
        try:
            value = parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, dict):
            return {str(key): item for key, item in value.items()}
    lines = [line.replace("=", ":", 1).partition(":") for line in text.splitlines()[:500]]
    return {key.strip(): value.strip() for key, colon, value in lines if colon and key.strip()}


def _part(units: Mapping[int, tuple[str, float]]) -> Part:
    order = sorted(units)
    return Part(
        np.array(order, dtype=np.int64),
        tuple(units[unit][0] for unit in order),
        np.array([units[unit][1] for unit in order], dtype=np.float64),
    )


def _margins(path: Path) -> dict[tuple[str, int], float]:
    """Return the margins that a ``labels.csv`` tells; a damaged one tells none."""
    if not path.is_file() or path.stat().st_size > MAX_TABLE_BYTES:
        return {}
    margins: dict[tuple[str, int], float] = {}
    try:
        text = path.read_bytes().decode("utf-8-sig")
        for row in csv.DictReader(io.StringIO(text, newline="")):
            margin = float(row.get("margin") or "nan")
            if math.isfinite(margin):
                margins[canonical(row["layer"]), int(row["unit"])] = margin
    except (OSError, UnicodeDecodeError, csv.Error, ValueError, KeyError, TypeError):
        return {}
    return margins


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
