"""What a report says made its results, against what the runs inside it say of themselves."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from study.runs import Run
from study.verify.evidence import Evidence
from study.verify.verdict import FAILED, OK, Check

_PARTS = ("probe", "concepts", "encoder", "dissection", "measures", "program")
_OWN = frozenset({"dissection.layers"})
"""What a network may have to itself: the study states it for those that do not."""


def check_provenance(evidence: Evidence, runs: tuple[Run, ...]) -> Iterator[Check]:
    """Yield what the report's manifest states otherwise than a run's own manifest or settings.

    What only one of them states is no difference: a study says more than CLIP-Dissect records, and
    runs that differ leave the study's entry empty.
    """
    wrong = False
    for run in runs:
        where = "manifest.json" if run.manifest is not None else "args.txt"
        own = {key: (run.manifest or {}).get(key) for key in _PARTS}
        own = own if run.manifest is not None else _from_args(run.args or {})
        for part in _PARTS:
            for key, stated, value in _differences(
                evidence.manifest.get(part), own.get(part), part
            ):
                wrong = True
                text = (
                    f"manifest.json says {stated!r:.100}, {where} of {run.name} says {value!r:.100}"
                )
                yield Check("manifest", FAILED, text, key)
    if runs and not wrong:
        text = "the manifest states what the runs inside state of themselves"
        yield Check("manifest", OK, text)


def _differences(stated: Any, own: Any, key: str) -> Iterator[tuple[str, Any, Any]]:
    if stated is None or own is None or key in _OWN:
        return
    if isinstance(stated, Mapping) and isinstance(own, Mapping):
        for name in stated:
            if name in own:
                yield from _differences(stated[name], own[name], f"{key}.{name}")
    elif stated != own:
        yield key, stated, own


def _from_args(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return what CLIP-Dissect records of a run, under the names that a manifest has for it."""
    words = str(args.get("concept_set") or "").replace("\\", "/")
    return {
        "probe": {"name": args.get("d_probe")},
        "concepts": {"name": PurePosixPath(words).name or None},
        "encoder": {"model": args.get("clip_model")},
        "dissection": {
            "pool": args.get("pool_mode"),
            "similarity": args.get("similarity_fn"),
            "device": args.get("device"),
        },
    }
