"""The results as plain tables for a spreadsheet."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from study.dissection.run import Run
from study.files import csv_text

Cell = str | int | float | None
Table = Iterator[Sequence[Cell]]
"""The header, then the rows."""

OVERALL = "overall"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_COUNTS = ("shared", "only_a", "only_b", "union", "jaccard")
_NULL = ("mean", "low", "high", "p_low", "p_high", "permutations")
_CEILING = ("kind", "a", "b", "across", "low", "high")
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
    every["units.csv"] = list(_units(runs))
    return {
        name: csv_text.dumps([[_guarded(cell) for cell in row] for row in rows])
        for name, rows in sorted(every.items())
        if len(rows) > 1
    }


def _guarded(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_DANGEROUS) else cell


def _cells(entry: Mapping[str, Any] | None, columns: Sequence[str]) -> list[Cell]:
    """Return some of an entry's values; None for each if there is no entry."""
    return [entry[column] if entry else None for column in columns]


def _headed(prefix: str, columns: Sequence[str]) -> list[str]:
    return [f"{prefix}_{column}" for column in columns]


def _parts(entry: Mapping[str, Any] | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the parts of an entry by layer, then overall, each with its name."""
    if entry:
        yield from entry["layers"].items()
        yield OVERALL, entry.get(OVERALL, entry)


def _networks(results: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from results["networks"]
    yield from results["controls"]


def _network_parts(
    results: Mapping[str, Any], key: str | None = None
) -> Iterator[tuple[Mapping[str, Any], str, Mapping[str, Any]]]:
    """Yield each network with the parts of its entry, or of what stands in it under `key`."""
    for network in _networks(results):
        for layer, part in _parts(network[key] if key else network):
            yield network, layer, part


def _unique(results: Mapping[str, Any]) -> Table:
    columns = ("units", "unique", "mean_similarity", "dead")
    yield "network", "role", "layer", *columns, *_SPREAD
    for network, layer, part in _network_parts(results):
        spread = _cells(part["similarity"], _SPREAD)
        yield network["name"], network["role"], layer, *_cells(part, columns), *spread


def _top(results: Mapping[str, Any]) -> Table:
    yield "network", "layer", "concept", "units"
    for network, layer, part in _network_parts(results):
        yield from ((network["name"], layer, word, count) for word, count in part["top"])


def _similarity(results: Mapping[str, Any]) -> Table:
    yield "network", "layer", "from", "to", "units"
    for network, layer, part in _network_parts(results):
        histogram = part["similarity"]["histogram"]
        bins = zip(pairwise(histogram["edges"]), histogram["counts"], strict=True)
        yield from ((network["name"], layer, *edges, count) for edges, count in bins)


def _jaccard(results: Mapping[str, Any]) -> Table:
    yield "a", "b", "layer", *_COUNTS, *_headed("null", _NULL), *_headed("ceiling", _CEILING)
    for pair in results["pairs"]:
        for layer, part in _parts(pair):
            cells = _cells(part, _COUNTS) + _cells(part["null"], _NULL)
            yield pair["a"], pair["b"], layer, *cells, *_cells(part["ceiling"], _CEILING)


def _variants(results: Mapping[str, Any]) -> Table:
    yield "a", "b", "variant", "layer", *_COUNTS, *_headed("null", _NULL)
    for pair in results["pairs"]:
        for name, variant in pair["variants"].items():
            for layer, part in _parts(variant):
                cells = _cells(part, _COUNTS) + _cells(part.get("null"), _NULL)
                yield pair["a"], pair["b"], name, layer, *cells


def _sets(results: Mapping[str, Any]) -> Table:
    yield "a", "b", "layer", "part", "concept"
    for pair in results["pairs"]:
        for layer, part in _parts(pair):
            for name, words in part["sets"].items():
                yield from ((pair["a"], pair["b"], layer, name, word) for word in words)


def _separating(results: Mapping[str, Any]) -> Table:
    yield "a", "b", "concept", "units_a", "units_b", "p", "p_adjusted"
    for pair in results["pairs"]:
        for concept in pair["separating"]["concepts"]:
            cells = _cells(concept, ("concept", "a", "b", "p", "p_adjusted"))
            yield pair["a"], pair["b"], *cells


def _shared(results: Mapping[str, Any]) -> Table:
    yield "a", "b", "concept", "units_a", "units_b"
    for pair in results["pairs"]:
        yield from ((pair["a"], pair["b"], *concept) for concept in pair["shared_top"])


def _stability(results: Mapping[str, Any]) -> Table:
    columns = ("units", "mean", "low", "high", "confident", "confident_share")
    yield "network", "layer", *columns
    for network, layer, part in _network_parts(results, "stability"):
        yield network["name"], layer, *_cells(part, columns)


def _truth(results: Mapping[str, Any]) -> Table:
    columns = ("units", "mean", "low", "high")
    yield "network", "layer", "measure", *columns
    for network, layer, part in _network_parts(results, "truth"):
        yield network["name"], layer, "base_rate", part["units"], part["base_rate"], None, None
        for measure, entry in part.items():
            if isinstance(entry, Mapping):
                yield network["name"], layer, measure, *_cells(entry, columns)


def _forecast(results: Mapping[str, Any]) -> Table:
    columns, chance = ("units", "right", "base_rate", "auprc"), ("mean", "low", "high", "p")
    yield "network", "layer", *columns, *_headed("chance", chance)
    for network, layer, part in _network_parts(results, "foretelling"):
        if part:
            cells = _cells(part, columns) + _cells(part["chance"], chance)
            yield network["name"], layer, *cells


def _differences(results: Mapping[str, Any]) -> Table:
    yield "a", "b", "layer", "of", "name", "a_less_b", "low", "high"
    for pair in results["pairs"]:
        for layer, groups in (pair["differences"] or {"layers": {}})["layers"].items():
            for group, entries in groups.items():
                for name, entry in (entries or {}).items():
                    value = entry and entry.get("mean", entry.get("share"))
                    ends = _cells(entry, ("low", "high"))
                    yield pair["a"], pair["b"], layer, group, name, value, *ends


def _categories(results: Mapping[str, Any]) -> Table:
    columns = ("count", "share", "low", "high")
    yield "network", "layer", "category", *columns
    for network, layer, part in _network_parts(results, "categories"):
        for category, entry in part.items():
            yield network["name"], layer, category, *_cells(entry, columns)


def _sensitivity(results: Mapping[str, Any]) -> Table:
    columns = ("unique", "agreement", "precision")
    yield "network", "setting", "value", "layer", *columns
    for network in _networks(results):
        for entry in network["sensitivity"] or ():
            for layer, part in entry["layers"].items():
                setting = (network["name"], entry["setting"], entry["value"])
                yield *setting, layer, *_cells(part, columns)


def _regions(results: Mapping[str, Any]) -> Table:
    triples = results.get("triples") or {"names": ("a", "b", "c"), "regions": {}}
    yield *triples["names"], "concepts"
    for region, count in triples["regions"].items():
        yield *(int(digit) for digit in region), count


def _units(runs: Sequence[Run]) -> Table:
    yield "network", "layer", "unit", "description", "similarity"
    for run in runs:
        for layer in run.dissection.layers:
            values = layer.similarities.tolist()
            for unit, (label, value) in enumerate(zip(layer.descriptions, values, strict=True)):
                yield run.name, layer.name, unit, label, value


_TABLES: Mapping[str, Callable[[Mapping[str, Any]], Table]] = MappingProxyType(
    {
        "unique.csv": _unique,
        "top.csv": _top,
        "similarity.csv": _similarity,
        "jaccard.csv": _jaccard,
        "variants.csv": _variants,
        "sets.csv": _sets,
        "separating.csv": _separating,
        "shared.csv": _shared,
        "stability.csv": _stability,
        "truth.csv": _truth,
        "foretelling.csv": _forecast,
        "categories.csv": _categories,
        "differences.csv": _differences,
        "sensitivity.csv": _sensitivity,
        "regions.csv": _regions,
    }
)
