"""The results as plain tables for a spreadsheet."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple
from itertools import pairwise
from typing import Any

from study.comparison.results import members
from study.comparison.states import changes
from study.dissection.run import Run
from study.files import csv_text

Cell = str | int | float | None
Table = Iterator[Sequence[Cell]]
"""The header, then the rows."""

OVERALL = "overall"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_Entry = Mapping[str, Any]
_COUNTS = ("units_a", "units_b", "shared", "only_a", "only_b", "union", "jaccard")
_NULL = ("kind", "mean", "low", "high", "p_low", "p_high", "permutations", "p", "p_adjusted")
_CEILING = ("kind", "a", "b", "across", "low", "high", "a_sd", "b_sd", "splits")
_SPREAD = ("min", "q1", "median", "q3", "max")


def tables(results: Mapping[str, Any], runs: Sequence[Run]) -> Mapping[str, str]:
    """Return the tables of a report: file name to CSV text.

    Texts that a spreadsheet would take for a formula get a leading apostrophe. Numbers are
    unrounded, unknown values are empty fields, and tables without rows are left out.

    Parameters
    ----------
    results
        The results document.
    runs
        The runs that it was computed from, for the table of all units.
    """
    every = {name: list(rows(results)) for name, rows in _TABLES.items()}
    every["units"] = list(_units(runs))
    every["changes"] = list(_changes(results, runs))
    return {
        f"{name}.csv": csv_text.dumps([[_guarded(cell) for cell in row] for row in rows])
        for name, rows in sorted(every.items())
        if len(rows) > 1
    }


def _guarded(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_DANGEROUS) else cell


def _cells(entry: _Entry | None, columns: Sequence[str]) -> list[Cell]:
    """Return some of an entry's values; None for each if there is no entry."""
    return [entry[column] if entry else None for column in columns]


def _headed(prefix: str, columns: Sequence[str]) -> list[str]:
    return [f"{prefix}_{column}" for column in columns]


def _parts(entry: _Entry | None) -> Iterator[tuple[str, _Entry]]:
    """Yield the parts of an entry by layer, then overall, each with its name."""
    if entry:
        yield from entry["layers"].items()
        yield OVERALL, entry.get(OVERALL, entry)


def _networks(results: _Entry, key: str | None = None) -> Iterator[tuple[str, str, _Entry]]:
    """Yield the parts of each network's entry, or of what stands in it under `key`."""
    for network in members(results):
        for layer, part in _parts(network[key] if key else network):
            yield network["name"], layer, part


def _pairs(results: _Entry) -> Iterator[tuple[str, str, _Entry]]:
    yield from ((pair["a"], pair["b"], pair) for pair in results["pairs"])


def _unique(results: _Entry) -> Table:
    columns = ("units", "unique", "mean_similarity", "dead")
    yield "network", "role", "layer", *columns, *_SPREAD
    roles = {entry["name"]: entry["role"] for entry in members(results)}
    for name, layer, part in _networks(results):
        cells = _cells(part, columns) + _cells(part["similarity"], _SPREAD)
        yield name, roles[name], layer, *cells


def _top(results: _Entry) -> Table:
    yield "network", "layer", "concept", "units"
    for name, layer, part in _networks(results):
        yield from ((name, layer, *entry) for entry in part["top"])


def _similarity(results: _Entry) -> Table:
    yield "network", "layer", "from", "to", "units"
    for name, layer, part in _networks(results):
        histogram = part["similarity"]["histogram"] or {"edges": (), "counts": ()}
        bins = zip(pairwise(histogram["edges"]), histogram["counts"], strict=True)
        yield from ((name, layer, *edges, count) for edges, count in bins)


def _jaccard(results: _Entry) -> Table:
    yield "a", "b", "layer", *_COUNTS, *_headed("null", _NULL), *_headed("ceiling", _CEILING)
    for a, b, pair in _pairs(results):
        for layer, part in _parts(pair):
            cells = _cells(part, _COUNTS) + _cells(part["null"], _NULL)
            yield a, b, layer, *cells, *_cells(part["ceiling"], _CEILING)


def _variants(results: _Entry) -> Table:
    yield "a", "b", "variant", "layer", *_COUNTS, *_headed("null", _NULL)
    for a, b, pair in _pairs(results):
        for name, variant in pair["variants"].items():
            for layer, part in _parts(variant):
                yield a, b, name, layer, *_cells(part, _COUNTS), *_cells(part.get("null"), _NULL)


def _sets(results: _Entry) -> Table:
    yield "a", "b", "layer", "part", "concept"
    for a, b, pair in _pairs(results):
        for layer, part in _parts(pair):
            for name, words in part["sets"].items():
                yield from ((a, b, layer, name, word) for word in words)


def _separating(results: _Entry) -> Table:
    yield "a", "b", "concept", "units_a", "units_b", "p", "p_adjusted"
    for a, b, pair in _pairs(results):
        for concept in pair["separating"]["concepts"]:
            yield a, b, *_cells(concept, ("concept", "a", "b", "p", "p_adjusted"))


def _shared(results: _Entry) -> Table:
    yield "a", "b", "concept", "units_a", "units_b"
    for a, b, pair in _pairs(results):
        yield from ((a, b, *concept) for concept in pair["shared_top"])


def _unit_tests(results: _Entry) -> Table:
    columns = ("tested", "count", "share", "low", "high")
    yield "network", "layer", "tested", "significant", *columns[2:]
    for name, layer, part in _networks(results, "unit_tests"):
        yield name, layer, *_cells(part, columns)


def _multiverse(results: _Entry) -> Table:
    yield "a", "b", "setting", "value", "layer", *_COUNTS, *_headed("null", _NULL)
    for a, b, pair in _pairs(results):
        for entry in pair["sensitivity"]:
            for layer, part in _parts(entry):
                cells = _cells(part, _COUNTS) + _cells(part["null"], _NULL)
                yield a, b, entry["setting"], entry["value"], layer, *cells


def _stability(results: _Entry) -> Table:
    columns = ("units", "mean", "low", "high", "reproduced", "confident", "confident_share")
    yield "network", "layer", *columns
    for name, layer, part in _networks(results, "stability"):
        yield name, layer, *_cells(part, columns)


def _truth(results: _Entry) -> Table:
    columns = ("units", "mean", "low", "high")
    yield "network", "layer", "measure", *columns
    for name, layer, part in _networks(results, "truth"):
        yield name, layer, "base_rate", part["units"], part["base_rate"], None, None
        for measure, entry in part.items():
            if isinstance(entry, Mapping) and "mean" in entry:
                yield name, layer, measure, *_cells(entry, columns)
        for measure, gains in part["gains"].items():
            for baseline, entry in gains.items():
                yield name, layer, f"{measure} less {baseline}", *_cells(entry, columns)


def _sanity(results: _Entry) -> Table:
    columns = ("missing", "extra")
    yield "network", "layer", "measure", *columns, "passes"
    for name, layer, part in _networks(results, "truth"):
        for measure, entry in part["sanity"].items():
            passes = entry["passes"]
            yield (
                name,
                layer,
                measure,
                *_cells(entry, columns),
                None if passes is None else int(passes),
            )


def _forecast(results: _Entry) -> Table:
    columns = ("units", "right", "base_rate", "auprc")
    chance = ("mean", "low", "high", "p", "p_adjusted")
    yield "network", "layer", *columns, *_headed("chance", chance)
    for name, layer, part in _networks(results, "foretelling"):
        if part:
            yield name, layer, *_cells(part, columns), *_cells(part["chance"], chance)


def _differences(results: _Entry) -> Table:
    yield "a", "b", "layer", "of", "name", "a_less_b", "low", "high", "p", "p_adjusted"
    for a, b, pair in _pairs(results):
        for layer, groups in (pair["differences"] or {"layers": {}})["layers"].items():
            for group, entries in groups.items():
                for name, entry in (entries or {}).items():
                    value = entry and entry.get("mean", entry.get("share"))
                    tested = [(entry or {}).get(key) for key in ("p", "p_adjusted")]
                    yield a, b, layer, group, name, value, *_cells(entry, ("low", "high")), *tested


def _rules(results: _Entry) -> Table:
    columns = ("a", "b", "share", "low", "high")
    yield "a", "b", "layer", "rule", "family", "share_a", "share_b", "difference", "low", "high"
    for a, b, pair in _pairs(results):
        for rule in (pair["differences"] or {}).get("rules") or ():
            for layer, families in rule["layers"].items():
                for family, entry in families.items():
                    yield a, b, layer, rule["rule"], family, *_cells(entry, columns)


def _categories(results: _Entry) -> Table:
    columns = ("count", "share", "low", "high")
    yield "network", "layer", "category", *columns
    for name, layer, part in _networks(results, "categories"):
        for category, entry in part.items():
            yield name, layer, category, *_cells(entry, columns)


def _sensitivity(results: _Entry) -> Table:
    columns = ("unique", "agreement", "precision", "own_precision")
    yield "network", "setting", "value", "layer", *columns
    for network in members(results):
        for entry in network["sensitivity"] or ():
            setting = (network["name"], entry["setting"], entry["value"])
            for layer, part in entry["layers"].items():
                yield *setting, layer, *_cells(part, columns)


def _regions(results: _Entry) -> Table:
    triples = results.get("triples") or {"names": ("a", "b", "c"), "regions": {}}
    yield *triples["names"], "concepts"
    for region, count in triples["regions"].items():
        yield *(int(digit) for digit in region), count


def _units(runs: Sequence[Run]) -> Table:
    yield "network", "layer", "unit", "description", "similarity"
    for run in runs:
        for layer in run.dissection.layers:
            for unit, label, value in layer.rows():
                yield run.name, layer.name, unit, label, value if layer.scored else None


def _changes(results: _Entry, runs: Sequence[Run]) -> Table:
    yield "a", "b", "layer", "unit", "label_a", "label_b", "similarity_a", "similarity_b"
    named = {run.name: run for run in runs}
    for a, b, pair in _pairs(results):
        if pair["states"]:
            names = pair.get("pairing", {}).get("layers", {})
            mapping = {key: tuple(names.get(key, (key, key))) for key in pair["layers"]}
            for change in changes(named[a], named[b], mapping):
                yield a, b, *astuple(change)


_TABLES: Mapping[str, Callable[[_Entry], Table]] = {
    "unique": _unique,
    "top": _top,
    "similarity": _similarity,
    "jaccard": _jaccard,
    "variants": _variants,
    "sets": _sets,
    "separating": _separating,
    "shared": _shared,
    "stability": _stability,
    "truth": _truth,
    "sanity": _sanity,
    "unit_tests": _unit_tests,
    "multiverse": _multiverse,
    "foretelling": _forecast,
    "categories": _categories,
    "differences": _differences,
    "rules": _rules,
    "sensitivity": _sensitivity,
    "regions": _regions,
}
