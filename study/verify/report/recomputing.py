"""Recompute a report's results from the tables inside it, and report every difference."""

import math
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from study.comparison.analysis import analyse
from study.dissection.provenance import PARTS, manifest_parts
from study.dissection.run import Run
from study.errors import StudyError
from study.report.tables import tables
from study.verify.report.evidence import MAX_PERMUTATIONS, Evidence
from study.verify.verdict import FAILED, OK, Check

_RELATIVE = 1e-9
"""Relative difference up to which numbers are equal: the order of additions may differ."""
_SHOWN = 40
_ABSENT = object()
_OWN = frozenset({"dissection.layers"})
"""Entries that a network may override: the study states them for the other networks."""


def check_results(evidence: Evidence, runs: tuple[Run, ...]) -> Iterator[Check]:
    """Report every key of results.json that does not follow from the attached tables."""
    results = dict(evidence.results)
    recomputed = _analysed(results, runs)
    keys = list(differences(results, recomputed))
    for key, stated, value in keys[:_SHOWN]:
        text = f"results.json says {_shown(stated)}, the tables give {_shown(value)}"
        yield Check("results follow from the tables", FAILED, text, key)
    if len(keys) > _SHOWN:
        text = f"{len(keys) - _SHOWN} further keys differ"
        yield Check("results follow from the tables", FAILED, text)
    if not keys:
        count = len(list(_leaves(recomputed)))
        text = f"{count} numbers and names computed again from the attached tables: all as stated"
        yield Check("results follow from the tables", OK, text)
    yield from _tables(evidence, results, runs)


def _analysed(results: Mapping[str, Any], runs: tuple[Run, ...]) -> dict[str, Any]:
    """Analyse the attached runs with the report's permutations, seed and mapping of layers."""
    null = results.get("null") or {}
    permutations, seed = null.get("permutations", 2000), null.get("seed", 0)
    if not isinstance(permutations, int) or not 1 <= permutations <= MAX_PERMUTATIONS:
        raise StudyError(
            f"results.json: null.permutations: expected 1 to {MAX_PERMUTATIONS}, found "
            f"{permutations!r}"
        )
    if not isinstance(seed, int) or seed < 0:
        raise StudyError(f"results.json: null.seed: expected a whole number, found {seed!r}")
    pairs = results.get("pairs") or []
    mapped = [key.split("~", 1) for pair in pairs[:1] for key in pair["layers"] if "~" in key]
    layers = None
    if mapped and len(runs) == 2:
        layers = {key: key for key in pairs[0]["layers"] if "~" not in key} | dict(mapped)
    try:
        return analyse(runs, layers=layers, permutations=permutations, seed=seed)
    except StudyError:
        return analyse(runs, common_layers=True, permutations=permutations, seed=seed)


def differences(stated: Any, recomputed: Any, key: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield the key and both values wherever two documents differ.

    A key of only one document is `None` in the other. Numbers are equal within a relative 1e-9.
    Ceilings from a second run are skipped, since that run is not inside the report.
    """
    if isinstance(stated, Mapping) and isinstance(recomputed, Mapping):
        if stated.get("kind") == "second run":
            return
        for name in dict.fromkeys([*stated, *recomputed]):
            inner = f"{key}.{name}" if key else str(name)
            yield from differences(stated.get(name), recomputed.get(name), inner)
    elif isinstance(stated, Mapping) and stated.get("kind") == "second run" and recomputed is None:
        return
    elif isinstance(stated, list) and isinstance(recomputed, list):
        for index, (a, b) in enumerate(zip_longest(stated, recomputed, fillvalue=_ABSENT)):
            inner = f"{key}.{index}"
            if a is _ABSENT or b is _ABSENT:
                yield inner, None if a is _ABSENT else a, None if b is _ABSENT else b
            else:
                yield from differences(a, b, inner)
    elif not _equal(stated, recomputed):
        yield key, stated, recomputed


def _equal(a: Any, b: Any) -> bool:
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (a, b))
    if numbers:
        return math.isclose(a, b, rel_tol=_RELATIVE, abs_tol=1e-12)
    return type(a) is type(b) and bool(a == b)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(item)
    else:
        yield value


def _tables(
    evidence: Evidence, results: Mapping[str, Any], runs: tuple[Run, ...]
) -> Iterator[Check]:
    """Report the tables (``tables/*.csv``) that differ from those of the results."""
    expected = {f"tables/{name}": text for name, text in tables(results, runs).items()}
    attached = {name for name in evidence.files if name.startswith("tables/")}
    different = False
    for name in sorted(attached | set(expected)):
        text = expected.get(name)
        content = evidence.files.get(name)
        if text is None or content is None or content != text.encode():
            different = True
            yield Check("tables", FAILED, _line(content, text), name)
    if not different:
        yield Check("tables", OK, f"{len(expected)} tables derived again from the results: equal")


def _line(content: bytes | None, text: str | None) -> str:
    if content is None or text is None:
        return "not attached" if content is None else "attached, but not derived from these results"
    lines = zip_longest(
        content.decode("utf-8", "replace").splitlines(), text.splitlines(), fillvalue=""
    )
    for number, (found, expected) in enumerate(lines, start=1):
        if found != expected:
            return f"line {number}: expected {expected[:120]!r}, found {found[:120]!r}"
    return "line ends or spaces differ from those that the program writes"


def _shown(value: Any) -> str:
    return repr(value)[:80]


def check_provenance(evidence: Evidence, runs: tuple[Run, ...]) -> Iterator[Check]:
    """Report every entry of the report's manifest that a run's manifest or settings contradict.

    An entry of only one of them is no contradiction: a study records more than CLIP-Dissect, and
    has no entry where its runs differ.
    """
    contradicted = False
    for run in runs:
        where = "args.txt" if run.manifest is None else "manifest.json"
        own = manifest_parts(run.args or {}) if run.manifest is None else run.manifest
        stated = {part: evidence.manifest.get(part) for part in PARTS}
        for key, of_report, of_run in _contradictions(stated, own, ""):
            contradicted = True
            text = f"manifest.json says {of_report!r:.100}, "
            yield Check("manifest", FAILED, f"{text}{where} of {run.name} {of_run!r:.100}", key)
    if runs and not contradicted:
        yield Check("manifest", OK, "the manifest agrees with what the runs inside state")


def _contradictions(stated: Any, own: Any, key: str) -> Iterator[tuple[str, Any, Any]]:
    if stated is None or own is None or key in _OWN:
        return
    if isinstance(stated, Mapping) and isinstance(own, Mapping):
        for name in stated:
            if name in own:
                inner = f"{key}.{name}" if key else name
                yield from _contradictions(stated[name], own[name], inner)
    elif stated != own:
        yield key, stated, own
