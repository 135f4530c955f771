"""Exhibits: the units whose pictures a report shows for its statements, chosen by rule."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from study.comparison.grouping import grouping
from study.dissection.card_table import Unit
from study.dissection.run import Run
from study.report import decisions
from study.report.node import Node

SHARED = 3
"""The most concepts that are shown in both networks, side by side."""
Exhibit = dict[str, Any]


def exhibits(results: Mapping[str, Any], runs: Mapping[str, Run]) -> dict[str, list[Exhibit]]:
    """Return the units to show for what the main comparison states.

    Parameters
    ----------
    results
        The results document.
    runs
        The runs by their folders in the report; only those with cards can be shown.

    Returns
    -------
    dict
        ``kinds``: for each network of the main pair, the unit of the last layer with the highest
        similarity among those labelled with the kind of concept by which the network differs most
        (``slug``, ``layer``, ``unit``, ``kind``). ``same``: shared concepts, each with the unit of
        either network that has the highest similarity (``concept``, ``layer``, ``a``, ``b``); from
        the last layer up, those on most units first, by the smaller of the two counts.
    """
    shown = {slug: run for slug, run in runs.items() if run.cards}
    named = {network["name"]: network["slug"] for network in results["networks"]}
    pair = next(iter(results["pairs"]), None)
    nothing: dict[str, list[Exhibit]] = {"kinds": [], "same": []}
    if pair is None or pair["inputs"]["differ"] or pair["states"]:
        return nothing
    slugs = [named.get(pair[side]) for side in ("a", "b")]
    both = [(slug, shown[slug]) for slug in slugs if slug in shown]
    if len(both) < 2 or not pair["layers"]:
        return nothing
    layers = (pair.get("pairing") or {}).get("layers") or {}
    names = {key: layers.get(key, (key, key)) for key in pair["layers"]}
    level = float(results["null"]["level"])
    return {
        "kinds": list(_kinds(pair, both, names, list(shown.values()), level)),
        "same": list(_same(both, names))[:SHARED],
    }


Both = Sequence[tuple[str, Run]]
Names = Mapping[str, Sequence[str]]


def _kinds(
    pair: Mapping[str, Any], both: Both, names: Names, runs: Sequence[Run], level: float
) -> Iterator[Exhibit]:
    """Yield a unit of each network for the kind of concept that it has most in excess."""
    last = list(names)[-1]
    kinds = (pair["differences"] or {"layers": {}})["layers"].get(last, {}).get("categories")
    found = grouping(runs)
    if not kinds or found is None:
        return
    decided = decisions.by_kind(Node(kinds), level)
    for side, verdict in enumerate((decisions.ABOVE, decisions.BELOW)):
        excess = {name: abs(entry["share"].value) for name, entry in decided[verdict].items()}
        if not excess:
            continue
        kind = max(excess, key=lambda name: excess[name])
        slug, run = both[side]
        words = {word for word, its in found.categories.items() if its == kind}
        if (unit := _best(run, names[last][side], words)) is not None:
            yield {"slug": slug, "layer": unit[0], "unit": unit[1], "kind": kind}


def _same(both: Both, names: Names) -> Iterator[Exhibit]:
    """Yield shared concepts with the best unit of each network, from the last layer up."""
    seen: set[str] = set()
    for key in reversed(list(names)):
        counts = [run.counts(layer) for (_, run), layer in zip(both, names[key], strict=True)]
        shared = [word for word in counts[0] if word in counts[1] and word not in seen]
        shared.sort(key=lambda word: (-min(own[word] for own in counts), word))
        for word in shared:
            units = [
                _best(run, layer, {word}) for (_, run), layer in zip(both, names[key], strict=True)
            ]
            if None not in units:
                seen.add(word)
                sides = {
                    side: {"slug": slug, "layer": unit[0], "unit": unit[1]}
                    for side, (slug, _), unit in zip("ab", both, units, strict=True)
                    if unit is not None
                }
                yield {"concept": word, "layer": key, **sides}


def _best(run: Run, name: str, words: set[str]) -> Unit | None:
    """Return the unit with a card and one of these labels that has the highest similarity."""
    layer, live = run.dissection.layer(name), run.live(name)
    found = [
        (-float(value), unit)
        for (unit, label, value), alive in zip(layer.rows(), live, strict=True)
        if alive and label in words and (name, unit) in run.cards
    ]
    return (name, min(found)[1]) if found else None


def units_shown(shown: Mapping[str, Sequence[Exhibit]]) -> set[tuple[str, Unit]]:
    """Return the units of exhibits: the network's folder, and layer and number."""
    entries = [*shown["kinds"], *(one[side] for one in shown["same"] for side in ("a", "b"))]
    return {(entry["slug"], (entry["layer"], entry["unit"])) for entry in entries}
