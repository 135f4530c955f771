"""Recompute a report's results from the tables inside it, and report every difference."""

import math
import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from study.comparison.analysis import analyse
from study.comparison.overlap import SECOND_RUN
from study.comparison.pairing import Pairing
from study.dissection.provenance import PARTS, manifest_parts
from study.dissection.run import Run
from study.errors import StudyError
from study.report.attachments import report_manifest
from study.report.browser.units_page import PAGE
from study.report.tables import tables
from study.verify.report.evidence import Evidence
from study.verify.verdict import FAILED, OK, UNDECIDED, Check

_RELATIVE = 1e-9
"""Relative difference up to which numbers are equal: the order of additions may differ."""
_SHOWN, _MAX_PERMUTATIONS = 40, 200_000
_MOST = 2_000_000_000
"""The most labels to redeal, some minutes of work."""
_OF_NULLS = re.compile(r"(^|\.)(null|chance)(\.|$)|\.(p|p_adjusted)$|\.detectable\.|\.concepts\.")
"""Keys of numbers that permutations decide."""
_ABSENT = object()
_ABOUT = {"title", "authors", "team", "course", "date", "repository"}
_STATED = {"study", "command", "date", "names_trusted", "rerun_noise", "reading", "fonts"}
_STATED |= {"about", "expected", "units"}
"""What a report's manifest may state of the report itself."""
_OWN = frozenset({"dissection.layers"})
"""Entries that a network may override: the study states them for the other networks."""


def check_results(evidence: Evidence, runs: tuple[Run, ...]) -> Iterator[Check]:
    """Report every key of results.json that does not follow from the attached tables."""
    if (work := _work(evidence.results, runs)) > _MOST:
        text = f"nulls not recomputed: {work:,} permuted labels, more than {_MOST:,}; run the "
        yield Check("results follow from the tables", UNDECIDED, text + "study again")
        yield from _check_counts(evidence.results, runs)
        return
    recomputed = _analysed(evidence.results, runs)
    elsewhere = tuple(_second_runs(evidence.results))
    found = list(differences(evidence.results, recomputed))
    different = [entry for entry in found if not entry[0].startswith(elsewhere)]
    if len(different) < len(found):
        text = "not checked: repeatability from a second run, which is not inside the report"
        yield Check("repeatability", UNDECIDED, text, elsewhere[0])
    for key, stated, value in different[:_SHOWN]:
        text = f"results.json says {stated!r:.80}, the tables give {value!r:.80}"
        yield Check("results follow from the tables", FAILED, text, key)
    if len(different) > _SHOWN:
        text = f"{len(different) - _SHOWN} further keys differ"
        yield Check("results follow from the tables", FAILED, text)
    if not different:
        text = f"{_count(recomputed)} numbers and names computed again from the attached tables"
        yield Check("results follow from the tables", OK, f"{text}: all as stated")
    yield from _check_tables(evidence, runs)


def _check_counts(results: Mapping[str, Any], runs: tuple[Run, ...]) -> Iterator[Check]:
    """Report every key that does not follow from the tables, those of nulls left out."""
    few = {**results, "null": {**(results.get("null") or {}), "permutations": 1}}
    found = [
        entry
        for entry in differences(results, _analysed(few, runs))
        if not _OF_NULLS.search(entry[0])
    ]
    for key, stated, value in found[:_SHOWN]:
        text = f"results.json says {stated!r:.80}, the tables give {value!r:.80}"
        yield Check("results follow from the tables", FAILED, text, key)


def _work(results: Mapping[str, Any], runs: tuple[Run, ...]) -> int:
    """Return how many labels the nulls of a report redeal: as many as its size asks for."""
    permutations = (results.get("null") or {}).get("permutations", 0)
    hands = permutations if isinstance(permutations, int) else 0
    return hands * sum(run.dissection.units for run in runs) * max(1, len(runs) - 1)


def _second_runs(results: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of ceilings that were taken from a second run."""
    pairs = [(f"pairs.{number}", pair) for number, pair in enumerate(results.get("pairs") or ())]
    for where, pair in [*pairs, ("comparison", results.get("comparison") or {})]:
        parts = {f"layers.{name}": part for name, part in (pair.get("layers") or {}).items()}
        for name, part in {**parts, "overall": pair.get("overall") or {}}.items():
            if (part.get("ceiling") or {}).get("kind") == SECOND_RUN:
                yield f"{where}.{name}.ceiling"


def _analysed(results: Mapping[str, Any], runs: tuple[Run, ...]) -> dict[str, Any]:
    """Analyse the attached runs with the report's permutations, seed and mapping of layers."""
    null = results.get("null") or {}
    permutations, seed = null.get("permutations", 2000), null.get("seed", 0)
    if not isinstance(permutations, int) or not 1 <= permutations <= _MAX_PERMUTATIONS:
        text = f"null.permutations: expected 1 to {_MAX_PERMUTATIONS}, found {permutations!r}"
        raise StudyError(f"results.json: {text}")
    if not isinstance(seed, int) or seed < 0:
        raise StudyError(f"results.json: null.seed: expected a whole number, found {seed!r}")
    asked: dict[str, Any] = {"permutations": permutations, "seed": seed, "different_inputs": True}
    asked["same_network"] = results.get("same_network") is True
    if results.get("pairing"):
        return analyse(runs, pairing=Pairing.from_json(results["pairing"]), **asked)
    keys = [key for pair in (results.get("pairs") or [])[:1] for key in pair["layers"]]
    layers = None
    if len(runs) == 2 and any("~" in key for key in keys):
        layers = dict(key.split("~", 1) if "~" in key else (key, key) for key in keys)
    try:
        return analyse(runs, layers=layers, **asked)
    except StudyError:
        return analyse(runs, common_layers=True, **asked)


def differences(stated: Any, recomputed: Any, key: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield the key and both values wherever two documents differ.

    A key of only one document is `None` in the other. Numbers are equal within a relative 1e-9.
    """
    if isinstance(stated, Mapping) and isinstance(recomputed, Mapping):
        for name in dict.fromkeys([*stated, *recomputed]):
            inner = f"{key}.{name}" if key else str(name)
            yield from differences(stated.get(name), recomputed.get(name), inner)
    elif isinstance(stated, list) and isinstance(recomputed, list):
        for index, (a, b) in enumerate(zip_longest(stated, recomputed, fillvalue=_ABSENT)):
            if a is _ABSENT or b is _ABSENT:
                yield f"{key}.{index}", None if a is _ABSENT else a, None if b is _ABSENT else b
            else:
                yield from differences(a, b, f"{key}.{index}")
    elif not _equal(stated, recomputed):
        yield key, stated, recomputed


def _equal(a: Any, b: Any) -> bool:
    if all(isinstance(x, int | float) and not isinstance(x, bool) for x in (a, b)):
        return math.isclose(a, b, rel_tol=_RELATIVE, abs_tol=1e-12)
    return type(a) is type(b) and bool(a == b)


def _count(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(map(_count, value.values()))
    return sum(map(_count, value)) if isinstance(value, list) else 1


def _check_tables(evidence: Evidence, runs: tuple[Run, ...]) -> Iterator[Check]:
    """Report the tables (``tables/*.csv``) that differ from those of the results."""
    derived = tables(evidence.results, runs)
    expected = {f"tables/{name}": text.encode() for name, text in derived.items()}
    attached = {name: evidence.files[name] for name in evidence.files if name.startswith("tables/")}
    for name in sorted(attached.keys() | expected.keys()):
        if attached.get(name) != expected.get(name):
            yield Check("tables", FAILED, _line(attached.get(name), expected.get(name)), name)
    if attached == expected:
        yield Check("tables", OK, f"{len(expected)} tables derived again from the results: equal")


def _line(attached: bytes | None, derived: bytes | None) -> str:
    if attached is None:
        return "not attached"
    if derived is None:
        return "attached, but not derived from these results"
    texts = (content.decode("utf-8", "replace").splitlines() for content in (attached, derived))
    for number, (found, expected) in enumerate(zip_longest(*texts, fillvalue=""), start=1):
        if found != expected:
            return f"line {number}: expected {expected[:120]!r}, found {found[:120]!r}"
    return "line ends or spaces differ from those that the program writes"


def check_provenance(evidence: Evidence, runs: tuple[Run, ...]) -> Iterator[Check]:
    """Report every entry of the report's manifest that a run's manifest or settings contradict.

    An entry of only one of them is none: a study records more than CLIP-Dissect.
    """
    agrees = bool(runs)
    for key, of_report, of_runs in _other_origin(evidence.manifest, runs):
        agrees = False
        text = f"manifest.json says {of_report!r:.100}, the runs inside give {of_runs!r:.100}"
        yield Check("manifest", FAILED, text, key)
    for run in runs:
        where = "args.txt" if run.manifest is None else "manifest.json"
        own = manifest_parts(run.args or {}) if run.manifest is None else run.manifest
        stated = {part: evidence.manifest.get(part) for part in PARTS}
        for key, of_report, of_run in _contradictions(stated, own):
            agrees = False
            text = f"manifest.json says {of_report!r:.100}, {where} of {run.name} {of_run!r:.100}"
            yield Check("manifest", FAILED, text, key)
    if agrees:
        yield Check("manifest", OK, "the manifest agrees with what the runs inside state")


def _other_origin(
    manifest: Mapping[str, Any], runs: tuple[Run, ...]
) -> Iterator[tuple[str, Any, Any]]:
    """Yield what a report's manifest says of its networks, and its runs do not."""
    expected = report_manifest(runs, given=None, command=None)
    keys: tuple[str, ...] = ("demonstration", "limit")
    titles = {str((run.manifest or {}).get("title")) for run in runs}
    if manifest.get("title") is not None:
        expected["title"] = next(iter(titles)) if len(titles) == 1 else None
        keys += ("title",)
    for key in keys:
        if manifest.get(key) != expected[key]:
            yield key, manifest.get(key), expected[key]
    stated = {str(entry.get("name")): entry for entry in manifest.get("networks") or ()}
    for entry in expected["networks"]:
        own = stated.pop(entry["name"], {})
        for key in sorted({*own, *entry}):
            if own.get(key) != entry.get(key):
                yield f"networks.{entry['name']}.{key}", own.get(key), entry.get(key)
    for name in stated:
        yield f"networks.{name}", name, None
    of_report = manifest.get("report") or {}
    for key in sorted({*manifest} - {*expected}):
        yield key, manifest[key], None
    for key in sorted({*of_report} - _STATED):
        yield f"report.{key}", of_report[key], None
    about = of_report.get("about") or {}
    for key in sorted({*about} - _ABOUT) if isinstance(about, Mapping) else ():
        yield f"report.about.{key}", about[key], None
    if (units := of_report.get("units")) not in (None, PAGE):
        yield "report.units", units, PAGE
    for key in ("names_trusted", "rerun_noise"):
        if of_report.get(key) != expected["report"][key]:
            yield f"report.{key}", of_report.get(key), expected["report"][key]


def _contradictions(stated: Any, own: Any, key: str = "") -> Iterator[tuple[str, Any, Any]]:
    if stated is None or own is None or key in _OWN:
        return
    if isinstance(stated, Mapping) and isinstance(own, Mapping):
        for name in stated:
            inner = f"{key}.{name}" if key else name
            yield from _contradictions(stated[name], own.get(name), inner)
    elif stated != own:
        yield key, stated, own
