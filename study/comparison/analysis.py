"""The results document of finished dissections: every number that a report prints."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations, compress
from typing import Any

import numpy as np

from study.comparison import overlap, statistics
from study.comparison.differences import differences
from study.comparison.forecast import CORRECT
from study.comparison.network import network_numbers, shared_edges
from study.comparison.pair import Comparison, Part, compare, parts, pooled
from study.comparison.results import SCHEMA
from study.dissection import resamples
from study.dissection.labels import COVER
from study.dissection.run import Run
from study.errors import StudyError
from study.inputs.settings import slugify

Side = tuple[Run, Sequence[str]]
"""A run and some of its layers."""
_VARIANTS = {"without_dead": ("dead", 0), "confident": ("confident", 1)}
"""Comparisons of some units alone: the column of ``labels.csv`` and the value that they have."""


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
        At least one that is no control. All pairs are compared, controls included; the first two
        networks that are no controls make the main comparison.
    layers
        Layer of the first network to layer of the second, if they differ; for two runs only.
    common_layers
        Compare only the layers that both networks of a pair have.
    repeats
        Network name to a second run of that network, from which to take the noise ceiling.
    permutations, seed
        Size and seed of the null.

    Returns
    -------
    dict
        The results document: deterministic, unrounded, `None` for unknown values.

    Raises
    ------
    StudyError
        If there is no run to compare, or the layers of two networks differ and neither `layers`
        nor `common_layers` is given.
    """
    compared = [run for run in runs if run.role != "control"]
    controls = [run for run in runs if run.role == "control"]
    if not compared:
        raise StudyError(
            f"found {len(controls)} controls and no network to report on: give at least one run "
            'that is not of role "control"'
        )
    if layers is not None and len(runs) != 2:
        raise StudyError(f"a mapping of layers needs exactly two runs, found {len(runs)}")
    ordered = [*compared, *controls]
    edges = shared_edges(ordered)
    networks = [
        network_numbers(run, slug=slug, edges=edges)
        for run, slug in zip(ordered, _slugs(ordered), strict=True)
    ]
    null = {"permutations": permutations, "seed": seed}
    pairs = []
    for (a, numbers_a), (b, numbers_b) in combinations(zip(ordered, networks, strict=True), 2):
        comparison = compare(
            a.dissection, b.dissection, layers=layers, common_layers=common_layers, **null
        )
        pair = _pair(a, b, comparison, repeats or {}, null)
        pair["differences"] = differences(a, b, (numbers_a, numbers_b), comparison.mapping)
        pairs.append(pair)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "networks": networks[: len(compared)],
        "controls": networks[len(compared) :],
        "pairs": pairs,
        "comparison": pairs[0] if pairs else None,
        "null": {**null, "level": statistics.LEVEL},
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


def _pair(
    a: Run, b: Run, comparison: Comparison, repeats: Mapping[str, Run], null: Mapping[str, int]
) -> dict[str, Any]:
    document = comparison.to_json()
    entries = [(document["layers"][key], [names]) for key, names in comparison.mapping.items()]
    for entry, names in [*entries, (document["overall"], list(comparison.mapping.values()))]:
        sides = list(zip((a, b), zip(*names, strict=True), strict=True))
        entry["ceiling"] = _ceiling(sides, repeats)
        resampled = [resamples.pooled(run.resamples or {}, layers) for run, layers in sides]
        entry["interval"] = overlap.interval(entry["jaccard"], *resampled)
    for name, (column, value) in _VARIANTS.items():
        document["variants"][name] = _variant((a, b), comparison, column, value, null)
    return document


def _ceiling(sides: Sequence[Side], repeats: Mapping[str, Run]) -> dict[str, Any] | None:
    if all(run.name in repeats for run, _ in sides):
        a, b = ((_labels(run, x), _labels(repeats[run.name], x)) for run, x in sides)
        return overlap.ceiling(overlap.SECOND_RUN, a, b)
    halves = [pair for run, layers in sides if (pair := _halves(run, layers))]
    return overlap.ceiling(overlap.PROBE_HALVES, *halves) if len(halves) == 2 else None


def _labels(run: Run, layers: Sequence[str]) -> list[str]:
    return [label for layer in layers for label in run.dissection.layer(layer).descriptions]


def _halves(run: Run, layers: Sequence[str]) -> tuple[list[str], list[str]] | None:
    frame = run.labels
    if frame is None or "half_a" not in frame or "half_b" not in frame:
        return None
    rows = frame[frame["layer"].isin(layers)]
    first, second = rows["half_a"].tolist(), rows["half_b"].tolist()
    return (first, second) if any(first) and any(second) else None


def _variant(
    runs: Sequence[Run], comparison: Comparison, column: str, value: int, null: Mapping[str, int]
) -> dict[str, Any] | None:
    """Compare the units with a value in a column of labels.csv; `None` if it was not measured."""
    if any(np.isnan(run.measured(column)).all() for run in runs):
        return None
    a, b = (
        {
            key: list(compress(labels[key], run.measured(column, names[side]) == value))
            for key, names in comparison.mapping.items()
        }
        for side, run, labels in zip(
            (0, 1), runs, (comparison.labels_a, comparison.labels_b), strict=True
        )
    )
    layers, overall = parts(a, b, lambda x, y: Part.of(x, y, **null).counts())
    units = {"units_a": len(pooled(a)), "units_b": len(pooled(b))}
    return {**units, "layers": layers, "overall": overall}


def _triples(runs: Sequence[Run]) -> dict[str, Any]:
    """Count the concepts in each region of a Venn diagram of three; "110" is in the first two."""
    words = [set(run.dissection.descriptions) for run in runs]
    counts = Counter("".join(str(int(word in own)) for own in words) for word in set.union(*words))
    regions = {region: counts[region] for number in range(1, 8) if (region := f"{number:03b}")}
    return {"names": [run.name for run in runs], "regions": regions}
