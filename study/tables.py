"""The results as plain tables for a spreadsheet."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from study import csv_text
from study.runs import Run

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

    A text that a spreadsheet would take for a formula gets a leading apostrophe; numbers stay as
    they are, unrounded, and what is not known is an empty field. Tables without a row are left
    out.

    Parameters
    ----------
    results
        The results document.
    runs
        The runs that it was made from, for the table of all units.
    """
    made = {name: list(make(results)) for name, make in _TABLES.items()}
    made["units.csv"] = list(_units(runs))
    return {
        name: csv_text.dumps([[_guarded(cell) for cell in row] for row in rows])
        for name, rows in sorted(made.items())
        if len(rows) > 1
    }


def _guarded(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_DANGEROUS) else cell


def _networks(results: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from results["networks"]
    yield from results["controls"]


def _parts(entry: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what stands by layer and overall, each with its name."""
    yield from entry["layers"].items()
    yield OVERALL, entry.get(OVERALL, entry)


def _unique(results: Mapping[str, Any]) -> Table:
    columns = ("units", "unique", "mean_similarity", "dead")
    yield "network", "role", "layer", *columns, *_SPREAD
    for network in _networks(results):
        for layer, part in _parts(network):
            spread = (part["similarity"][key] for key in _SPREAD)
            yield network["name"], network["role"], layer, *(part[c] for c in columns), *spread


def _top(results: Mapping[str, Any]) -> Table:
    yield "network", "layer", "concept", "units"
    for network in _networks(results):
        for layer, part in _parts(network):
            yield from ((network["name"], layer, word, count) for word, count in part["top"])


def _similarity(results: Mapping[str, Any]) -> Table:
    yield "network", "layer", "from", "to", "units"
    for network in _networks(results):
        for layer, part in _parts(network):
            held = part["similarity"]["histogram"]
            for low, high, count in zip(
                held["edges"][:-1], held["edges"][1:], held["counts"], strict=True
            ):
                yield network["name"], layer, low, high, count


def _jaccard(results: Mapping[str, Any]) -> Table:
    null = (f"null_{key}" for key in _NULL)
    yield "a", "b", "layer", *_COUNTS, *null, *(f"ceiling_{key}" for key in _CEILING)
    for pair in results["pairs"]:
        for layer, part in _parts(pair):
            chance, ceiling = part["null"] or {}, part["ceiling"] or {}
            cells = [part[key] for key in _COUNTS] + [chance.get(key) for key in _NULL]
            yield pair["a"], pair["b"], layer, *cells, *(ceiling.get(key) for key in _CEILING)


def _variants(results: Mapping[str, Any]) -> Table:
    yield "a", "b", "variant", "layer", *_COUNTS, *(f"null_{key}" for key in _NULL)
    for pair in results["pairs"]:
        for name, variant in pair["variants"].items():
            for layer, part in _parts(variant) if variant else ():
                chance = part.get("null") or {}
                cells = [part[key] for key in _COUNTS] + [chance.get(key) for key in _NULL]
                yield pair["a"], pair["b"], name, layer, *cells


def _sets(results: Mapping[str, Any]) -> Table:
    yield "a", "b", "layer", "part", "concept"
    for pair in results["pairs"]:
        for layer, part in _parts(pair):
            for name, words in part["sets"].items():
                yield from ((pair["a"], pair["b"], layer, name, word) for word in words)


def _separating(results: Mapping[str, Any]) -> Table:
    columns = ("concept", "a", "b", "p", "p_adjusted")
    yield "a", "b", "concept", "units_a", "units_b", "p", "p_adjusted"
    for pair in results["pairs"]:
        for concept in pair["separating"]["concepts"]:
            yield pair["a"], pair["b"], *(concept[column] for column in columns)


def _shared(results: Mapping[str, Any]) -> Table:
    yield "a", "b", "concept", "units_a", "units_b"
    for pair in results["pairs"]:
        yield from ((pair["a"], pair["b"], *concept) for concept in pair["shared_top"])


def _stability(results: Mapping[str, Any]) -> Table:
    columns = ("units", "mean", "low", "high", "confident", "confident_share")
    yield "network", "layer", *columns
    for network in _networks(results):
        for layer, part in _parts(network["stability"]) if network["stability"] else ():
            yield network["name"], layer, *(part[column] for column in columns)


def _truth(results: Mapping[str, Any]) -> Table:
    columns = ("units", "mean", "low", "high")
    yield "network", "layer", "measure", *columns
    for network in _networks(results):
        for layer, part in _parts(network["truth"]) if network["truth"] else ():
            yield network["name"], layer, "base_rate", part["units"], part["base_rate"], None, None
            for measure, entry in part.items():
                if isinstance(entry, Mapping):
                    yield network["name"], layer, measure, *(entry[column] for column in columns)


def _foretelling(results: Mapping[str, Any]) -> Table:
    columns = ("units", "right", "base_rate", "auprc")
    chance = ("mean", "low", "high", "p")
    yield "network", "layer", *columns, *(f"chance_{column}" for column in chance)
    for network in _networks(results):
        for layer, part in _parts(network["foretelling"]) if network["foretelling"] else ():
            if part:
                null = part["chance"] or {}
                cells = [part[column] for column in columns] + [null.get(one) for one in chance]
                yield network["name"], layer, *cells


def _differences(results: Mapping[str, Any]) -> Table:
    yield "a", "b", "layer", "of", "name", "a_less_b", "low", "high"
    for pair in results["pairs"]:
        for layer, groups in (pair["differences"] or {"layers": {}})["layers"].items():
            for group, held in groups.items():
                for name, one in (held or {}).items():
                    found = one or {}
                    value = found.get("mean", found.get("share"))
                    ends = (found.get("low"), found.get("high"))
                    yield pair["a"], pair["b"], layer, group, name, value, *ends


def _categories(results: Mapping[str, Any]) -> Table:
    columns = ("count", "share", "low", "high")
    yield "network", "layer", "category", *columns
    for network in _networks(results):
        for layer, part in _parts(network["categories"]) if network["categories"] else ():
            for category, entry in part.items():
                yield network["name"], layer, category, *(entry[column] for column in columns)


def _sensitivity(results: Mapping[str, Any]) -> Table:
    columns = ("unique", "agreement", "precision")
    yield "network", "setting", "value", "layer", *columns
    for network in _networks(results):
        for entry in network["sensitivity"] or ():
            setting = (network["name"], entry["setting"], entry["value"])
            for layer, part in entry["layers"].items():
                yield *setting, layer, *(part[column] for column in columns)


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
            for unit, (label, value) in enumerate(zip(layer.labels, values, strict=True)):
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
        "foretelling.csv": _foretelling,
        "categories.csv": _categories,
        "differences.csv": _differences,
        "sensitivity.csv": _sensitivity,
        "regions.csv": _regions,
    }
)
