"""Finished dissections as folders or CSV files: the tables, and what lies beside them."""

import ast
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from study import labels, manifest
from study.dissection import Dissection, inspect
from study.errors import StudyError
from study.names import Evidence, check_names, distinguishing

TABLE = "descriptions.csv"


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One network's finished dissection and what is known about it.

    Parameters
    ----------
    dissection
        The table; its name is the network's.
    labels
        The per-unit measurements of ``labels.csv``, rows in the order of the dissection's units.
    manifest
        What made the run, from ``manifest.json``.
    args
        What CLIP-Dissect wrote about it in ``args.txt``.
    role
        "compared" or "control".
    folder
        Where the table lies; further tables of the run lie there as well.
    trusted
        Whether the name was kept although what lies beside the table speaks against it.
    extra_columns
        Columns of ``descriptions.csv`` that nobody asked for.
    """

    dissection: Dissection
    labels: pd.DataFrame | None
    manifest: dict[str, Any] | None
    args: dict[str, Any] | None
    role: str
    folder: Path
    trusted: bool = False
    extra_columns: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The network's name."""
        return self.dissection.name


def load_named_runs(
    items: Sequence[str], *, names: Sequence[str] | None = None, trust_names: bool = False
) -> tuple[Run, ...]:
    """Load runs as a command line gives them: ``PATH`` or ``NAME=PATH``, or paths with `names`.

    An item that exists as a path is one, also with a "=" in it.

    Raises
    ------
    StudyError
        As `load_runs`; also if only some items are named, or both ways of naming are used.
    """
    given: list[str] = []
    paths: list[Path] = []
    for item in items:
        name, equals, path = item.partition("=")
        named = bool(equals) and not Path(item).exists()
        given += [name.strip()] if named else []
        paths.append(Path(path if named else item))
    if given and names:
        raise StudyError(f"expected names once, found NAME=RUN as well as --names {names[0]}")
    if given and len(given) < len(paths):
        raise StudyError(
            f"expected NAME=RUN for all runs or for none, found {len(given)} of {len(paths)}"
        )
    return load_runs(paths, names=given or names, trust_names=trust_names)


def load_runs(
    paths: Sequence[Path], *, names: Sequence[str] | None = None, trust_names: bool = False
) -> tuple[Run, ...]:
    """Load finished dissections.

    Parameters
    ----------
    paths
        Folders that hold ``descriptions.csv``, or CSV files. ``labels.csv``, ``manifest.json``
        and ``args.txt`` are read when they lie beside the table; beside a CSV of another name,
        only when no other run of the list lies in that folder.
    names
        One per path. Left out: the manifest's, else the shortest distinguishing folder name.
    trust_names
        Keep a name although the evidence beside the table speaks for another.

    Raises
    ------
    StudyError
        Where a table is defective, ``labels.csv`` is not about the same units and labels, a name
        is empty or given twice, or a name fits another run better than its own.
    """
    if names is not None and len(names) != len(paths):
        raise StudyError(f"expected one name per run, found {len(names)} for {len(paths)} runs")
    tables = [_table(Path(path)) for path in paths]
    folders = [table.parent.resolve() for table in tables]
    lone = [t.name == TABLE or folders.count(f) == 1 for t, f in zip(tables, folders, strict=True)]
    runs = [_load(table, beside=alone) for table, alone in zip(tables, lone, strict=True)]
    chosen = _names(tables, runs, names)
    evidence = [_evidence(run) for run in runs]
    trusted = check_names(chosen, evidence, trust=trust_names)
    return tuple(
        replace(run, dissection=replace(run.dissection, name=name), trusted=kept)
        for run, name, kept in zip(runs, chosen, trusted, strict=True)
    )


def read_output(out: Path) -> tuple[dict[str, Any] | None, tuple[Run, ...]]:
    """Read the folder that ``study run`` wrote: the study's manifest and its runs, in its order.

    Without a manifest every sub-folder that holds ``descriptions.csv`` is a run, sorted by name.

    Raises
    ------
    StudyError
        If there is no run in the folder; also as `load_runs`.
    """
    document = manifest.read(out / "manifest.json") if (out / "manifest.json").is_file() else None
    if document is not None and document.get("networks"):
        folders = [out / str(network["slug"]) for network in document["networks"]]
        names = [str(network["name"]) for network in document["networks"]]
        return document, load_runs(folders, names=names)
    found = sorted(path.parent for path in out.glob(f"*/{TABLE}"))
    if not found:
        raise StudyError(f"{out.name}: expected folders with {TABLE}, found none")
    return document, load_runs(found)


def _table(path: Path) -> Path:
    if not path.is_dir():
        return path
    if (path / TABLE).is_file():
        return path / TABLE
    inner = sorted(found.parent.name for found in path.glob(f"*/{TABLE}"))
    hint = f"; did you mean its folders {', '.join(inner)}?" if inner else ""
    raise StudyError(f"{path.name}: expected a folder with {TABLE}, found none{hint}")


def _load(table: Path, *, beside: bool) -> Run:
    inspection = inspect(table)
    dissection = Dissection.from_inspection(inspection, table, name=table.stem)
    folder = table.parent

    def has(name: str) -> bool:
        return beside and (folder / name).is_file()

    document = manifest.read(folder / "manifest.json") if has("manifest.json") else None
    if document is not None and _network(document) is None:
        document = None
    frame = labels.read(folder / "labels.csv") if has("labels.csv") else None
    return Run(
        dissection=dissection,
        labels=None if frame is None else _aligned(frame, dissection, folder.name),
        manifest=document,
        args=_args(folder / "args.txt") if has("args.txt") else None,
        role=str((_network(document) or {}).get("role") or "compared"),
        folder=folder,
        extra_columns=inspection.extra_columns,
    )


def _network(document: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what a manifest says of its one network; `None` if it is of several or of none."""
    if document is None:
        return None
    networks = [document["network"]] if "network" in document else document.get("networks") or []
    return networks[0] if len(networks) == 1 and isinstance(networks[0], dict) else None


def _aligned(frame: pd.DataFrame, dissection: Dissection, folder: str) -> pd.DataFrame:
    """Return the measurements in the order of the dissection, and check that they are about it."""
    keys = list(zip(frame["layer"].tolist(), frame["unit"].tolist(), strict=True))
    rows = {key: row for row, key in enumerate(keys)}
    order = []
    for layer in dissection.layers:
        for unit, label in enumerate(layer.labels):
            row = rows.get((layer.name, unit))
            found = None if row is None else frame["label"].iloc[row]
            if row is None or found not in ("", label):
                raise StudyError(
                    f"{folder}/labels.csv: expected {label!r} for {layer.name} unit {unit} as in "
                    f"{TABLE}, found {'no row' if row is None else repr(found)}"
                )
            order.append(row)
    if len(order) != len(keys):
        raise StudyError(
            f"{folder}/labels.csv: expected the {len(order)} units of {TABLE}, found {len(keys)}"
        )
    return frame.iloc[order].reset_index(drop=True)


def _args(path: Path) -> dict[str, Any]:
    """Read ``args.txt`` as JSON, as a Python dictionary, or as ``key: value`` lines."""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    for parse in (json.loads, ast.literal_eval):
        try:
            value = parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, dict):
            return {str(key): item for key, item in value.items()}
    lines = [line.replace("=", ":", 1).partition(":") for line in text.splitlines()]
    return {key.strip(): value.strip() for key, colon, value in lines if colon and key.strip()}


def _names(tables: Sequence[Path], runs: Sequence[Run], names: Sequence[str] | None) -> list[str]:
    if names is not None:
        return [str(name).strip() for name in names]
    folders = distinguishing(
        [(*t.resolve().parent.parts[1:], *(() if t.name == TABLE else (t.stem,))) for t in tables]
    )
    stated = [(_network(run.manifest) or {}).get("name") for run in runs]
    return [str(name or folder) for name, folder in zip(stated, folders, strict=True)]


def _evidence(run: Run) -> Evidence:
    network = _network(run.manifest) or {}
    target = (run.args or {}).get("target_model")
    return Evidence(
        name=network.get("name"),
        texts=tuple(str(text) for text in (network.get("weights"), target) if text),
        bare=str(target or ""),
    )
