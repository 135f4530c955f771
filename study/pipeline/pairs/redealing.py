"""The pairs of a study's networks: their null, units matched, and layers aligned."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from study.comparison.null import Deal, Words, hands_for, tally
from study.comparison.pairing import paired
from study.comparison.rescoring import Scores, units_redealt
from study.dissection.families import own
from study.dissection.null_table import LIVE, SIGNIFICANT, NullTable, Tallies, Version
from study.dissection.pair_tables import Alignment, Match
from study.dissection.run_files import table_digest
from study.labelling.labeller import Tables
from study.labelling.scoring import Scorer
from study.models.networks import Network
from study.pipeline.features import Activations
from study.pipeline.opening import Inputs
from study.pipeline.pairs import matching
from study.progress import Progress

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two networks and the layers of the same name that both have."""

    a: Network
    b: Network
    layers: tuple[str, ...]


def with_pairs(
    inputs: Inputs,
    scorer: Scorer,
    tables: Mapping[str, Tables],
    activations: Activations,
    progress: Progress,
) -> dict[str, Tables]:
    """Return the tables of all networks with what belongs to their pairs, by slug.

    Each network has the tables of its pairs with later networks; parameters as for `null_tables`.
    """
    nulls = null_tables(inputs, scorer, tables, activations, progress)
    matches, alignments = compared_units(inputs, tables, activations, progress)
    return {
        slug: replace(
            table,
            null=nulls.get(slug, {}),
            matches=tuple(matches.get(slug, ())),
            alignment=tuple(alignments.get(slug, ())),
        )
        for slug, table in tables.items()
    }


def null_tables(
    inputs: Inputs,
    scorer: Scorer,
    tables: Mapping[str, Tables],
    activations: Activations,
    progress: Progress,
) -> Mapping[str, NullTable]:
    """Redeal the units of every pair of networks; return each network's ``null.csv`` by its slug.

    A layer is scored once for all pairs. The number of hands follows from the number of statements
    that a report of all networks makes.

    Parameters
    ----------
    inputs, scorer, tables, activations
        The open study, its similarity function, and each network's tables and activations.
    progress
        Advanced by every layer of a pair.
    """
    pairs = pairs_of(inputs.networks)
    hands = hands_of(pairs)
    truth = inputs.probe.truth
    plain = Words(inputs.concepts.words)
    known = truth.categories if truth and inputs.families is None else {}
    if not any(known.values()):
        table = inputs.families or own()
        known = {word: table.of(word) for word in inputs.concepts.words}
    words = replace(plain, categories=known)
    digests = {slug: table_digest(table.dissection.dumps()) for slug, table in tables.items()}
    results: dict[str, dict[tuple[str, Version], Tallies]] = defaultdict(dict)
    for version, top_k in _versions(inputs, scorer, tables) if pairs else ():
        deals: dict[int, dict[str, Deal]] = defaultdict(dict)
        layers = list(dict.fromkeys(layer for pair in pairs for layer in pair.layers))
        work = sum(len(pair.layers) for pair in pairs)
        with progress.stage(f"redealing {_name(version)}", work, "layers of pairs") as advance:
            for layer in layers:
                scores = {
                    network.slug: Scores(
                        *scorer.uncorrected(activations[network.slug][layer], top_k=top_k),
                        dealt=_dealt(tables[network.slug], layer, version),
                    )
                    for network in inputs.networks
                    if any(layer in pair.layers for pair in pairs if network in (pair.a, pair.b))
                }
                for number, pair in enumerate(pairs):
                    if layer in pair.layers:
                        both = scores[pair.a.slug], scores[pair.b.slug]
                        deals[number][layer] = units_redealt(
                            *both, layer=layer, hands=hands, seed=inputs.measures.seed
                        )
                        advance(1)
        for number, pair in enumerate(pairs):
            key = digests[pair.b.slug], version
            results[pair.a.slug][key] = tally(
                deals.pop(number), words if version == Version() else plain
            )
    return results


def compared_units(
    inputs: Inputs, tables: Mapping[str, Tables], activations: Activations, progress: Progress
) -> tuple[dict[str, list[Match]], dict[str, list[Alignment]]]:
    """Match the units of every pair of networks, and align their layers.

    Returns
    -------
    matches, alignments : dict
        The rows of each network's ``matches.csv`` and ``alignment.csv``, by its slug.
    """
    matches: dict[str, list[Match]] = defaultdict(list)
    alignments: dict[str, list[Alignment]] = defaultdict(list)
    pairs = pairs_of(inputs.networks)
    with progress.stage("matching units", len(pairs), "pairs") as advance:
        for pair in pairs:
            a, b = pair.a.slug, pair.b.slug
            live = {
                layer: (
                    _dealt(tables[a], layer, Version()),
                    _dealt(tables[b], layer, Version()),
                )
                for layer in pair.layers
            }
            other = table_digest(tables[b].dissection.dumps())
            both = activations[a], activations[b]
            matches[a] += matching.match_rows(other, *both, live)
            alignments[a] += matching.alignment_rows(other, *both, live, seed=inputs.measures.seed)
            advance(1)
    return matches, alignments


def pairs_of(networks: Sequence[Network]) -> list[Pair]:
    """Return the pairs that a report compares and that have the same layers."""
    return [
        Pair(a, b, tuple(a.dissected))
        for a, b in paired(networks)
        if set(a.dissected) == set(b.dissected)
    ]


def hands_of(pairs: Sequence[Pair]) -> int:
    """Return how often the units of each pair are dealt, as `hands_for` finds it."""
    most = max((len(pair.layers) for pair in pairs), default=0)
    return hands_for(sum(len(pair.layers) + 1 for pair in pairs), most)


def versions_of(inputs: Inputs) -> int:
    """Return how many times all hands are dealt: live and significant units, other settings."""
    if inputs.top_k is None:
        return 1
    return 2 + sum(value != inputs.top_k for value in inputs.measures.sensitivity)


def _versions(
    inputs: Inputs, scorer: Scorer, tables: Mapping[str, Tables]
) -> Iterator[tuple[Version, int | None]]:
    """Yield what to redeal, and the number of top images where it is not the study's."""
    yield Version(LIVE), None
    if all(SIGNIFICANT in table.labels for table in tables.values()):
        yield Version(SIGNIFICANT), None
    for value in inputs.measures.sensitivity if scorer.top_k is not None else ():
        if value != scorer.top_k:
            yield Version(setting="top_k", value=repr(value)), value


def _dealt(table: Tables, layer: str, version: Version) -> Bools:
    frame = table.labels[table.labels["layer"] == layer]
    if version.units == SIGNIFICANT:
        return np.asarray((frame[SIGNIFICANT] == 1).fillna(False), dtype=bool)
    return np.asarray(frame["dead"] == 0, dtype=bool)


def _name(version: Version) -> str:
    if version.setting:
        return f"{version.units} units, {version.setting} {version.value}"
    return f"{version.units} units"
