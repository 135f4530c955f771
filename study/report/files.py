"""Runs → files: everything that a report is made from, as it travels inside the report."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from study import manifest, results
from study.dissection import Dissection
from study.errors import StudyError
from study.runs import TABLE, Run
from study.tables import tables

BESIDE = (
    "args.txt",
    "cards.csv",
    "classes.csv",
    "labels.csv",
    "manifest.json",
    "resamples.csv",
    "sensitivity.csv",
)
"""Files beside a table of labels that belong to the run, besides its pictures."""


def evidence(
    runs: Sequence[Run], document: Mapping[str, Any], made_by: Mapping[str, Any]
) -> dict[str, bytes]:
    """Return the files of a report by name: results, manifest, tables, and the runs verbatim.

    Parameters
    ----------
    runs
        The finished dissections.
    document
        Their results.
    made_by
        The manifest of the report.

    Raises
    ------
    StudyError
        If a run's table is no longer what was read.
    """
    slugs = {one["name"]: one["slug"] for one in [*document["networks"], *document["controls"]]}
    files = {
        "results.json": results.dumps(document).encode(),
        "manifest.json": manifest.dumps(made_by).encode(),
    }
    for name, text in tables(document, runs).items():
        files[f"tables/{name}"] = text.encode()
    for run in runs:
        slug = slugs[run.name]
        files[f"{slug}/{TABLE}"] = _table(run)
        if run.labels is None and run.manifest is None and run.args is None:
            continue
        for path in _beside(run.folder):
            files[f"{slug}/{path.relative_to(run.folder).as_posix()}"] = path.read_bytes()
    return files


def _beside(folder: Path) -> list[Path]:
    paths = [folder / name for name in BESIDE] + sorted((folder / "cards").glob("*.jpg"))
    return [path for path in paths if path.is_file()]


def _table(run: Run) -> bytes:
    """Return the bytes of the table that a run was read from: the one that says the same."""
    for path in [run.folder / TABLE, *sorted(run.folder.glob("*.csv"))]:
        try:
            found = Dissection.read_csv(path, name=run.name)
        except (StudyError, OSError):
            continue
        if found.layers == run.dissection.layers:
            return path.read_bytes()
    raise StudyError(f"{run.name}: expected its table of labels as it was read, found it changed")
