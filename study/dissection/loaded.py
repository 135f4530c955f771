"""Loaded runs: finished dissections from folders, files and reports, with their names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from study.dissection.foreign_tables import Columns, check_used, translated
from study.dissection.provenance import check_names, parse_manifest
from study.dissection.run import Run
from study.dissection.run_files import (
    TABLE,
    choose_names,
    named_paths,
    own_folder,
    read_files,
    table_path,
)
from study.errors import StudyError
from study.files import documents
from study.files.output import read_bytes
from study.files.resolving import resolved


def load_runs(
    items: Sequence[str | Path],
    *,
    names: Sequence[str] | None = None,
    trust_names: bool = False,
    columns: Columns | None = None,
) -> tuple[Run, ...]:
    """Load finished dissections, of this program or of another tool.

    Parameters
    ----------
    items
        Folders that hold ``descriptions.csv``, or CSV files, each as ``PATH`` or ``NAME=PATH``;
        the files next to a table are read too.
    names
        One per path. By default the manifest's, else the shortest distinguishing folder name.
    trust_names
        Keep a name although the files next to the table contradict it.
    columns
        What the columns are called in tables of other tools; by default as `foreign_tables` tells.

    Raises
    ------
    StudyError
        As `Run.of` and `translated`; also where a name is empty or given twice, or fits another
        run better.
    """
    paths, given = named_paths(items, names)
    tables = [table_path(path) for path in paths]
    files = [
        read_files(table, alone=alone)
        for table, alone in zip(tables, own_folder(tables), strict=True)
    ]
    folders = [resolved(table).parent.name for table in tables]
    read = [
        translated(own[TABLE], name=f"{folder}/{table.name}", columns=columns)
        for own, folder, table in zip(files, folders, tables, strict=True)
    ]
    check_used(columns or Columns(), read)
    runs = [
        replace(
            Run.of({**own, TABLE: one.data}, name=folder, table=table.name),
            reading=one.notes,
            read_from=None if one.data == own[TABLE] else documents.sha256_bytes(own[TABLE]),
        )
        for own, one, folder, table in zip(files, read, folders, tables, strict=True)
    ]
    origins = [run.origin for run in runs]
    return _named(runs, *choose_names(tables, origins, given, trust=trust_names))


def attached_runs(
    files: Mapping[str, bytes], networks: Iterable[Mapping[str, Any]]
) -> tuple[Run, ...]:
    """Return the runs inside a report, names kept even where the runs' files contradict them.

    A run's files lie in the folder that the network's entry in the results names as its ``slug``.

    Raises
    ------
    StudyError
        As `Run.of`.
    """
    runs = []
    for network in networks:
        prefix = f"{network['slug']}/"
        own = {n.removeprefix(prefix): data for n, data in files.items() if n.startswith(prefix)}
        runs.append(Run.of(own, name=str(network["name"])))
    names = [run.name for run in runs]
    return _named(runs, names, check_names(names, [run.origin for run in runs], trust=True))


def read_output(out: Path) -> tuple[dict[str, Any] | None, tuple[Run, ...]]:
    """Read the folder that ``study run`` wrote: the study's manifest and its runs, in its order.

    Without a manifest every sub-folder that holds ``descriptions.csv`` is a run, sorted by name.

    Raises
    ------
    StudyError
        If there is no run in the folder; also as `load_runs`.
    """
    path = out / "manifest.json"
    document = parse_manifest(read_bytes(path), name=path.name) if path.is_file() else None
    if document is not None and document.get("networks"):
        folders = [out / str(network["slug"]) for network in document["networks"]]
        names = [str(network["name"]) for network in document["networks"]]
        return document, load_runs(folders, names=names)
    folders = sorted(path.parent for path in out.glob(f"*/{TABLE}"))
    if not folders:
        raise StudyError(f"{out.name}: expected folders with {TABLE}, found none")
    return document, load_runs(folders)


def _named(
    runs: Sequence[Run], names: Sequence[str], contradicted: Sequence[bool]
) -> tuple[Run, ...]:
    return tuple(
        replace(run, dissection=replace(run.dissection, name=name), trusted=trusted)
        for run, name, trusted in zip(runs, names, contradicted, strict=True)
    )
