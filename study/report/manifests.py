"""The manifest of a report: what is known of how its numbers came about, and the command."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from study import __version__, manifest
from study.runs import Run

_STUDY_PARTS = ("probe", "concepts", "encoder", "dissection", "measures", "program")


def of_report(
    runs: Sequence[Run], *, given: Mapping[str, Any] | None, command: str | None
) -> dict[str, Any]:
    """Return the manifest that travels with a report.

    A study's own manifest is taken as it is. Without one, it is put together from what lies
    beside the tables: manifests of single networks where these agree, else what CLIP-Dissect
    wrote into ``args.txt``. What nobody states is `None`.

    Parameters
    ----------
    runs
        The finished dissections.
    given
        The manifest of the study, where there is one.
    command
        The command that made the report, file names only.
    """
    document = dict(given) if given is not None else _gathered(runs)
    measured = any(run.labels is not None for run in runs)
    return document | {
        "report": {
            "study": __version__,
            "command": command,
            "date": _date(),
            "names_trusted": [run.name for run in runs if run.trusted],
            "rerun_noise": None if measured else _noise(),
        }
    }


def _date() -> str | None:
    """Return the day that ``SOURCE_DATE_EPOCH`` names: no report reads a clock."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not seconds.isdecimal():
        return None
    return datetime.fromtimestamp(int(seconds), UTC).date().isoformat()


def _noise() -> Any:
    return json.loads(Path(__file__).with_name("rerun_noise.json").read_text(encoding="utf-8"))


def _gathered(runs: Sequence[Run]) -> dict[str, Any]:
    parts = {part: _agreed([_stated(run, part) for run in runs]) for part in _STUDY_PARTS}
    return {
        "schema": manifest.SCHEMA,
        "title": None,
        "preset": None,
        "demonstration": _agreed([(run.manifest or {}).get("demonstration") for run in runs]),
        "limit": min((limit for run in runs if (limit := _limit(run)) is not None), default=None),
        **parts,
        "networks": [_network(run) for run in runs],
        "files": {},
    }


def _limit(run: Run) -> int | None:
    """Return how much of its probe a run saw; one first look marks the whole report."""
    limit = (run.manifest or {}).get("limit")
    return limit if isinstance(limit, int) else None


def _agreed(values: Sequence[Any]) -> Any:
    """Return what all state; the entries that all state alike where they differ in some."""
    first, *others = values
    if all(value == first for value in others):
        return first
    if all(isinstance(value, Mapping) for value in values):
        keys = [key for key in first if all(key in other for other in others)]
        return {key: _agreed([value[key] for value in values]) for key in keys}
    return None


def _stated(run: Run, part: str) -> Any:
    if run.manifest is not None:
        return run.manifest.get(part)
    return _from_args(run.args or {}).get(part)


def _from_args(args: Mapping[str, Any]) -> dict[str, Any]:
    """Translate the settings that CLIP-Dissect records."""
    words = args.get("concept_set")
    return {
        "probe": {"name": args.get("d_probe")},
        "concepts": {"name": PurePosixPath(str(words).replace("\\", "/")).name if words else None},
        "encoder": {"model": args.get("clip_model")},
        "dissection": {
            "layers": args.get("target_layers"),
            "pool": args.get("pool_mode"),
            "similarity": args.get("similarity_fn"),
            "device": args.get("device"),
        },
    }


def _network(run: Run) -> dict[str, Any]:
    stated = dict((run.manifest or {}).get("network") or {})
    stated |= {"name": run.name, "role": run.role}
    stated.setdefault("architecture", (run.args or {}).get("target_model"))
    stated.setdefault("layers", list(run.dissection.layer_names))
    return stated
