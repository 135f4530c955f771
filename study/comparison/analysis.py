"""The results document of finished dissections: every number that a report prints."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import compress
from typing import Any

import numpy as np

from study.comparison import likeness, overlap, statistics
from study.comparison.conditions import check_comparable, conditions
from study.comparison.differences import differences
from study.comparison.forecast import CORRECT
from study.comparison.network import narrowest, network_numbers, shared_edges
from study.comparison.null import LABELS, UNITS, Null, adjust, hands_for
from study.comparison.pair import compared
from study.comparison.pairing import Paired, Pairing, check_given, pair_layers, paired
from study.comparison.results import SCHEMA
from study.comparison.sides import Sides
from study.comparison.states import same_labels, states
from study.dissection import null_table, resamples
from study.dissection.labels import COVER
from study.dissection.run import Run
from study.errors import StudyError
from study.inputs.settings import slugify

Side = tuple[Run, Sequence[str]]
"""A run and some of its layers."""
Statements = list[tuple[Null, dict[str, Any]]]
"""Nulls with their entries in the results."""


def analyse(
    runs: Sequence[Run],
    *,
    layers: Mapping[str, str] | None = None,
    common_layers: bool = False,
    pairing: Pairing | None = None,
    different_inputs: bool = False,
    same_network: bool = False,
    repeats: Mapping[str, Run] | None = None,
    permutations: int | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Compute the results of finished dissections.

    Parameters
    ----------
    runs
        At least one that is no control. All pairs are compared, controls included, and twins with
        their originals; the first two compared networks make the main comparison. A twin without
        its original among the runs is compared like any other.
    layers
        Layer of the first network to layer of the second, if they differ; for two runs only.
    common_layers
        Compare only the layers that both networks of a pair have.
    pairing
        Pair layers by another rule, instead of the two above.
    different_inputs
        Compare runs whose inputs differ as well. Their pairs hold counts alone: nothing is tested.
    same_network
        The runs are states of one network, whose inputs may differ: pairs whose layers have the
        same units are compared unit by unit, and not tested. So are runs of the same weights.
    repeats
        Network name to a second run of that network, from which to take the noise ceiling.
    permutations, seed
        Size and seed of the null where labels are redealt; by default the size follows from the
        number of statements, `study.comparison.null.hands_for`. Where the runs hold what redealing
        their units and scoring them anew gave (``null.csv``), that is the null.

    Returns
    -------
    dict
        The results document: deterministic, unrounded, `None` for unknown values.

    Raises
    ------
    StudyError
        If there is no run to compare, two runs were made with different inputs, which is not
        allowed, or the layers of two networks differ and no rule to pair them is given.
    """
    controls = [run for run in runs if run.role == "control"]
    named = [run.name for run in runs if run.role == "compared"]
    twins = [run for run in runs if run.role == "twin" and run.twin_of in named]
    compared = [
        run if run.role == "compared" else replace(run, role="compared", twin_of=None)
        for run in runs
        if run not in (*controls, *twins)
    ]
    if not compared:
        raise StudyError(
            f"found {len(controls)} controls and no network to report on: give at least one run "
            'that is not of role "control"'
        )
    if layers is not None and len(runs) != 2:
        raise StudyError(f"a mapping of layers needs exactly two runs, found {len(runs)}")
    ordered = [*compared, *controls, *twins]
    if not different_inputs:
        check_comparable(ordered, same_network=same_network)
    edges, size = shared_edges(ordered), narrowest(ordered)
    networks = [
        network_numbers(run, slug=slug, edges=edges, size=size)
        for run, slug in zip(ordered, _slugs(ordered), strict=True)
    ]
    rule = pairing or Pairing(common_layers=common_layers)
    if layers is not None:
        rule = Pairing(tuple(layers.items()), exactly=True)
    check_given([run.dissection for run in ordered], rule)
    mappings = [pair_layers(a.dissection, b.dissection, rule) for a, b in paired(ordered)]
    related = [
        _related(a, b, mapping, same_network=same_network)
        for (a, b), mapping in zip(paired(ordered), mappings, strict=True)
    ]
    tested = [not (relation["inputs"]["differ"] or relation["states"]) for relation in related]
    statements = sum(len(mapping.layers) + 1 for mapping in compress(mappings, tested))
    most = max((len(mapping.layers) for mapping in mappings), default=0)
    null = {"permutations": permutations or hands_for(statements, most), "seed": seed}
    pairs: list[dict[str, Any]] = []
    families: dict[str, Statements] = defaultdict(list)
    _adjust_forecasts(networks)
    numbers = dict(zip(map(id, ordered), networks, strict=True))
    for (a, b), mapping, relation, is_tested in zip(
        paired(ordered), mappings, related, tested, strict=True
    ):
        both, stated = (numbers[id(a)], numbers[id(b)]), dict[str, Statements]()
        if is_tested:
            pair, stated = _pair(a, b, both, mapping, repeats or {}, null)
        else:
            pair = _untested(a, b, mapping)
        _add_independent(pair, relation["inputs"]["words"])
        pairs.append({"a": a.name, "b": b.name, **relation, **pair, **mapping.to_json()})
        for version, statements_of in stated.items():
            families[version] += statements_of
    adjust_all(
        [
            layer["null"]
            for pair in pairs
            for layer in (pair["matched"] or {"layers": {}})["layers"].values()
        ]
    )
    for family in families.values():
        adjust(family)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "networks": networks[: len(compared)],
        "controls": networks[len(compared) : len(compared) + len(controls)],
        "twins": networks[len(compared) + len(controls) :],
        "pairs": pairs,
        "comparison": pairs[0] if pairs else None,
        "same_network": same_network,
        **({"pairing": rule.to_json()} if pairing and rule.to_json() else {}),
        "null": {**null, "level": statistics.LEVEL, "statements": statements},
        "intervals": {
            "mean": statistics.MEAN_METHOD,
            "share": statistics.SHARE_METHOD,
            "difference": statistics.DIFFERENCE_METHOD,
        },
        "stability": {"cover": COVER, "right": CORRECT},
    }
    if len(compared) == 3:
        document["triples"] = _triples(compared)
    return document


def _adjust_forecasts(networks: Sequence[dict[str, Any]]) -> None:
    """Adjust the p values of what stability predicts for all networks and layers, by Holm."""
    tested = [
        entry["chance"]
        for network in networks
        for entry in (network["foretelling"] or {"layers": {}})["layers"].values()
        if entry and entry["chance"]
    ]
    adjust_all(tested)


def adjust_all(tested: Sequence[dict[str, Any]]) -> None:
    """Add ``p_adjusted`` to entries with a ``p``, by Holm's rule for all of them."""
    adjusted = statistics.holm(np.array([entry["p"] for entry in tested]))
    for entry, p in zip(tested, adjusted.tolist(), strict=True):
        entry["p_adjusted"] = p


def _slugs(runs: Sequence[Run]) -> list[str]:
    """Return a folder name for each run, numbered if the name gives none or one already taken."""
    slugs: list[str] = []
    for number, run in enumerate(runs, start=1):
        try:
            slug = slugify(run.name)
        except StudyError:
            slug = f"network-{number}"
        slugs.append(f"{slug}-{number}" if slug in slugs else slug)
    return slugs


def _related(a: Run, b: Run, mapping: Paired, *, same_network: bool) -> dict[str, Any]:
    """Return how the inputs of two runs differ, and the units of one network compared."""
    found = conditions(a, b)
    equal = bool(a.digest and b.digest) and same_labels(a, b)  # tables that were read
    one_network = same_network or found.same_weights or equal
    same_names = all(x == y for x, y in mapping.layers.values())
    comparable = same_network or (one_network and same_names)
    unit_by_unit = states(a, b, mapping.layers) if comparable else None
    if same_network and unit_by_unit is None:
        raise StudyError(
            f"--same-network: {a.name!r} and {b.name!r} cannot be states of one network: their "
            "layers do not have the same units"
        )
    return {"inputs": found.to_json(), "states": unit_by_unit}


def _untested(a: Run, b: Run, mapping: Paired) -> dict[str, Any]:
    """Return the entry of a pair that is counted alone: nothing between its networks is tested."""
    labels = Sides.of(a, b, mapping).labels()
    document = compared((a.name, b.name), mapping.layers, labels, {}, kind=LABELS).document()
    document["separating"] |= {"tested": 0, "concepts": [], "detectable": dict.fromkeys("ab")}
    parts = [*document["layers"].values(), document["overall"]]
    for entry in parts:
        entry |= {"ceiling": None, "interval": None}
    unknown = ("differences", "matched", "alignment")
    return document | {"sensitivity": [], **dict.fromkeys(unknown)}


def _pair(
    a: Run,
    b: Run,
    numbers: Sequence[Mapping[str, Any]],
    paired: Paired,
    repeats: Mapping[str, Run],
    null: Mapping[str, int],
) -> tuple[dict[str, Any], dict[str, Statements]]:
    """Return a pair's entry, and what is stated in it, by the way of counting."""
    sides, mapping = Sides.of(a, b, paired), paired.layers
    tallies, kind = sides.tallies(null)
    comparison = compared((a.name, b.name), mapping, sides.labels(), tallies, kind=kind)
    document = comparison.document()
    entries = [(document["layers"][key], ([x], [y])) for key, (x, y) in mapping.items()]
    for entry, names in [*entries, (document["overall"], sides.layers())]:
        both = list(zip((a, b), names, strict=True))
        entry["ceiling"] = _ceiling(both, repeats)
        resampled = [resamples.pooled(run.resamples or {}, layers) for run, layers in both]
        entry["interval"] = overlap.interval(entry["jaccard"], *resampled)
        if entry["null"] is not None:
            entry["null"]["sharpness"] = None if kind == UNITS else sides.sharpness(names)
    versions = dict(zip(("spelt", "merged"), comparison.versions(document), strict=True))
    document["variants"]["as_published"] = sides.as_published()
    document["variants"]["confident"] = sides.subset("confident")
    significant = sides.version(null_table.SIGNIFICANT, null)
    if significant is not None:
        entry = document["variants"]["significant"] = significant.counts()
        versions["significant"] = significant, entry
    document["sensitivity"] = others = []
    for setting, value in sides.settings():
        other = sides.under(setting, value, null)
        others.append({"setting": setting, "value": value, **other.counts()})
        versions[f"{setting} {value}"] = other, others[-1]
    document["differences"] = differences(a, b, numbers, mapping, tallies)
    document["matched"] = likeness.matched(a, b, mapping, **null)
    document["alignment"] = likeness.alignment(a, b, mapping)
    stated = {name: list(version.statements(entry)) for name, (version, entry) in versions.items()}
    return document, stated


def _add_independent(pair: dict[str, Any], words: int | None) -> None:
    """Add to each overlap of a pair what independent draws of as many concepts would share."""
    for entry in [*pair["layers"].values(), pair["overall"]]:
        drawn = (entry["only_a"] + entry["shared"], entry["only_b"] + entry["shared"])
        entry["independent"] = overlap.independent(*drawn, words) if words else None


def _ceiling(sides: Sequence[Side], repeats: Mapping[str, Run]) -> dict[str, Any] | None:
    if all(run.name in repeats for run, _ in sides):
        a, b = ([(_labels(run, x), _labels(repeats[run.name], x))] for run, x in sides)
        return overlap.ceiling(overlap.SECOND_RUN, a, b)
    lists = [resamples.pooled(run.halves or {}, layers) for run, layers in sides]
    pairs = [list(zip(halves[::2], halves[1::2], strict=True)) for halves in lists]
    return overlap.ceiling(overlap.PROBE_HALVES, *pairs) if all(pairs) else None


def _labels(run: Run, layers: Sequence[str]) -> list[str]:
    return [label for layer in layers for label in run.dissection.layer(layer).descriptions]


def _triples(runs: Sequence[Run]) -> dict[str, Any]:
    """Count the concepts in each region of a Venn diagram of three; "110" is in the first two."""
    words = [
        {
            label
            for layer in run.dissection.layers
            for label in compress(layer.descriptions, run.live(layer.name))
        }
        for run in runs
    ]
    counts = Counter("".join(str(int(word in own)) for own in words) for word in set.union(*words))
    regions = {region: counts[region] for number in range(1, 8) if (region := f"{number:03b}")}
    return {"names": [run.name for run in runs], "regions": regions}
