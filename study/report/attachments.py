"""The files of a report: results, manifest, tables, and the runs that they came from."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from study import __version__
from study.comparison import results
from study.comparison.results import members
from study.dissection.provenance import PARTS, manifest_parts
from study.dissection.run import Run
from study.files import documents
from study.report.tables import tables

_NOISE = Path(__file__).with_name("rerun_noise.json")


def evidence(
    runs: Sequence[Run], document: Mapping[str, Any], made_by: Mapping[str, Any]
) -> dict[str, bytes]:
    """Return the files of a report: results, manifest, tables, and those of the runs verbatim.

    Parameters
    ----------
    runs
        The finished dissections.
    document
        Their results.
    made_by
        The manifest of the report.
    """
    files = {
        "results.json": results.dumps(document).encode(),
        "manifest.json": documents.dumps(made_by).encode(),
    }
    for name, text in tables(document, runs).items():
        files[f"tables/{name}"] = text.encode()
    for slug, run in by_slug(runs, document).items():
        files |= {f"{slug}/{name}": content for name, content in run.files.items()}
    return files


def by_slug(runs: Sequence[Run], document: Mapping[str, Any]) -> dict[str, Run]:
    """Return the runs by their folders in the report, in the order given."""
    networks = members(document)
    slugs = {network["name"]: network["slug"] for network in networks}
    return {slugs[run.name]: run for run in runs}


def report_manifest(
    runs: Sequence[Run],
    *,
    given: Mapping[str, Any] | None,
    command: str | None,
    stated: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the manifest that travels with a report.

    A study's own manifest is taken as it is. Without one, it is put together from the files
    beside the tables: manifests of single networks where these agree, else CLIP-Dissect's
    ``args.txt``. What none of them states is `None`.

    Parameters
    ----------
    runs
        The finished dissections.
    given
        The manifest of the study, where there is one.
    command
        The command that made the report, file names only.
    stated
        What its makers state of it.
    """
    document = dict(given) if given is not None else _gathered(runs)
    reading = [
        {"network": run.name, "sha256": run.read_from, "notes": list(run.reading)}
        for run in runs
        if run.reading
    ]
    measured = any(run.labels is not None for run in runs)
    return document | {
        "report": {
            "study": __version__,
            "command": command,
            "date": _date(),
            "names_trusted": [run.name for run in runs if run.trusted],
            **stated,
            **({"reading": reading} if reading else {}),
            "rerun_noise": None if measured else json.loads(_NOISE.read_text(encoding="utf-8")),
        }
    }


def _date() -> str | None:
    """Return the day that ``SOURCE_DATE_EPOCH`` names: no report reads a clock."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not seconds.isdecimal():
        return None
    return datetime.fromtimestamp(int(seconds), UTC).date().isoformat()


def _gathered(runs: Sequence[Run]) -> dict[str, Any]:
    manifests = [run.manifest or {} for run in runs]
    stated = [
        manifest_parts(run.args or {}) if run.manifest is None else run.manifest for run in runs
    ]
    return {
        "schema": documents.SCHEMA,
        "title": None,
        "preset": None,
        "demonstration": _agreed([own.get("demonstration") for own in manifests]),
        "limit": _agreed([own["limit"] for own in manifests if "limit" in own] or [None]),
        **{part: _agreed([own.get(part) for own in stated]) for part in PARTS},
        "networks": [_network(run) for run in runs],
        "files": {},
    }


def _agreed(values: Sequence[Any]) -> Any:
    """Return the value that all agree on; of mappings, the entries that all agree on."""
    first, *others = values
    if all(value == first for value in others):
        return first
    if all(isinstance(value, Mapping) for value in values):
        keys = [key for key in first if all(key in other for other in others)]
        return {key: _agreed([value[key] for value in values]) for key in keys}
    return None


def _network(run: Run) -> dict[str, Any]:
    stated = dict((run.manifest or {}).get("network") or {})
    stated |= {"name": run.name, "role": run.role}
    stated.setdefault("architecture", (run.args or {}).get("target_model"))
    stated.setdefault("layers", list(run.dissection.layer_names))
    return stated
