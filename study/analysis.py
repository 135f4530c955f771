"""Finished dissections → the results document: every number that a report prints."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from study import labels, overlap, resampling, statistics
from study.aggregates import network_numbers, shared_edges
from study.comparison import Comparison, compare, overlaps, pooled
from study.differences import differences
from study.errors import StudyError
from study.results import SCHEMA
from study.runs import Run
from study.settings import slugify

Bools = npt.NDArray[np.bool_]
Redeal = Callable[..., overlap.Null | None]
"""The null of two label lists, as the study draws it."""


def analyse(
    runs: Sequence[Run],
    *,
    layers: Mapping[str, str] | None = None,
    common_layers: bool = False,
    repeats: Mapping[str, Run] | None = None,
    permutations: int = 2000,
    seed: int = 0,
) -> dict[str, Any]:
    """Compute the results of finished dissections.

    Parameters
    ----------
    runs
        At least one; those of role "control" stand apart, and every two are compared. The first
        two that are not controls are "the" comparison.
    layers
        Layer of the first network to layer of the second, where they differ; for two runs only.
    common_layers
        Compare the layers that both networks of a pair have.
    repeats
        Network name to a second run of that network: the ceiling of its pairs.
    permutations, seed
        Of the null.

    Returns
    -------
    dict
        The results document: deterministic, unrounded, `None` for what is not known.

    Raises
    ------
    StudyError
        If there is no run, or the layers of two networks differ and nothing says what to do.
    """
    compared = [run for run in runs if run.role != "control"]
    controls = [run for run in runs if run.role == "control"]
    if not compared:
        raise StudyError(
            f"expected at least one network to look at, found {len(controls)} controls"
        )
    if layers is not None and len(runs) != 2:
        raise StudyError(f"expected two runs for a mapping of layers, found {len(runs)}")
    ordered = [*compared, *controls]
    edges = shared_edges(ordered)
    slugs = _slugs(ordered)
    networks = [
        network_numbers(run, slug=slug, edges=edges)
        for run, slug in zip(ordered, slugs, strict=True)
    ]
    pairs = []
    for (a, numbers_a), (b, numbers_b) in combinations(zip(ordered, networks, strict=True), 2):
        comparison = compare(
            a.dissection,
            b.dissection,
            layers=layers,
            common_layers=common_layers,
            permutations=permutations,
            seed=seed,
        )
        redeal = partial(overlap.chance, permutations=permutations, seed=seed)
        pair = _pair(a, b, comparison, repeats or {}, redeal)
        pair["differences"] = differences(a, b, numbers_a, numbers_b, comparison.mapping)
        pairs.append(pair)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "networks": networks[: len(compared)],
        "controls": networks[len(compared) :],
        "pairs": pairs,
        "comparison": pairs[0] if pairs else None,
        "null": {"permutations": permutations, "seed": seed, "level": statistics.LEVEL},
        "intervals": {
            "mean": statistics.MEAN_METHOD,
            "share": statistics.SHARE_METHOD,
            "difference": statistics.DIFFERENCE_METHOD,
        },
        "stability": {"cover": labels.COVER, "right": statistics.CORRECT},
    }
    if len(compared) == 3:
        document["triples"] = _triples(compared)
    return document


def _slugs(runs: Sequence[Run]) -> list[str]:
    """Return a folder name for each run; names that give none, or the same, are numbered."""
    slugs: list[str] = []
    for place, run in enumerate(runs, start=1):
        try:
            slug = slugify(run.name)
        except StudyError:
            slug = f"network-{place}"
        slugs.append(f"{slug}-{place}" if slug in slugs else slug)
    return slugs


def _pair(
    a: Run, b: Run, comparison: Comparison, repeats: Mapping[str, Run], redeal: Redeal
) -> dict[str, Any]:
    document = comparison.to_json()
    drawn = [resampling.read(run.folder / resampling.FILE) for run in (a, b)]
    for key, entry in [*document["layers"].items(), ("", document["overall"])]:
        names = [comparison.mapping[key]] if key else list(comparison.mapping.values())
        entry["ceiling"] = _ceiling(a, b, names, repeats)
        lists = [
            resampling.pooled(one or {}, layers)
            for one, layers in zip(drawn, zip(*names, strict=True), strict=True)
        ]
        entry["interval"] = overlap.interval(entry["jaccard"], *lists)
    for name, keep in _VARIANTS.items():
        document["variants"][name] = _variant(a, b, comparison, keep, redeal)
    return document


def _ceiling(
    a: Run, b: Run, names: Sequence[tuple[str, str]], repeats: Mapping[str, Run]
) -> dict[str, Any] | None:
    sides = ((a, [x for x, _ in names]), (b, [y for _, y in names]))
    if a.name in repeats and b.name in repeats:
        first, second = (
            (_labels(run, layers), _labels(repeats[run.name], layers)) for run, layers in sides
        )
        return overlap.ceiling(overlap.SECOND_RUN, first, second)
    halves = [_halves(run, layers) for run, layers in sides]
    if halves[0] is None or halves[1] is None:
        return None
    return overlap.ceiling(overlap.PROBE_HALVES, halves[0], halves[1])


def _labels(run: Run, layers: Sequence[str]) -> list[str]:
    return [label for layer in layers for label in run.dissection.layer(layer).labels]


def _halves(run: Run, layers: Sequence[str]) -> tuple[list[str], list[str]] | None:
    frame = run.labels
    if frame is None or "half_a" not in frame or "half_b" not in frame:
        return None
    rows = frame[frame["layer"].isin(layers)]
    first, second = rows["half_a"].tolist(), rows["half_b"].tolist()
    return (first, second) if any(first) and any(second) else None


def _alive(run: Run, layer: str) -> Bools | None:
    return _flag(run, layer, "dead", 0)


def _confident(run: Run, layer: str) -> Bools | None:
    return _flag(run, layer, "confident", 1)


def _flag(run: Run, layer: str, column: str, value: int) -> Bools | None:
    frame = run.labels
    if frame is None or column not in frame or frame[column].isna().all():
        return None
    rows = frame[frame["layer"] == layer][column]
    kept: Bools = rows.to_numpy(dtype=np.float64, na_value=np.nan) == value
    return kept


_VARIANTS: Mapping[str, Callable[[Run, str], Bools | None]] = {
    "without_dead": _alive,
    "confident": _confident,
}


def _variant(
    a: Run,
    b: Run,
    comparison: Comparison,
    keep: Callable[[Run, str], Bools | None],
    redeal: Redeal,
) -> dict[str, Any] | None:
    """Compare again with some of the units only, with a null of their own.

    `None` where nobody knows which units.
    """
    sides: list[dict[str, list[str]]] = [{}, {}]
    units = [0, 0]
    for key, names in comparison.mapping.items():
        for side, (run, layer) in enumerate(zip((a, b), names, strict=True)):
            mask = keep(run, layer)
            if mask is None:
                return None
            labels = run.dissection.layer(layer).labels
            sides[side][key] = [x for x, kept in zip(labels, mask, strict=True) if kept]
            units[side] += int(mask.sum())
    layers, overall = overlaps(sides[0], sides[1])

    def part(one: overlap.Overlap, *labels: Sequence[str]) -> dict[str, Any]:
        null = redeal(*labels)
        return {**one.counts(), "null": null.to_json() if null else None}

    return {
        "units_a": units[0],
        "units_b": units[1],
        "layers": {key: part(one, *(side[key] for side in sides)) for key, one in layers.items()},
        "overall": part(overall, *(pooled(side) for side in sides)),
    }


def _triples(runs: Sequence[Run]) -> dict[str, Any]:
    """Count the concepts in each region of a Venn diagram of three; "110" is in the first two."""
    held = [set(run.dissection.labels) for run in runs]
    regions = Counter("".join(str(int(word in one)) for one in held) for word in set.union(*held))
    keys = [f"{place:03b}" for place in range(1, 8)]
    return {"names": [run.name for run in runs], "regions": {key: regions[key] for key in keys}}
