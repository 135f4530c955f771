"""The results document of finished dissections: every number that a report prints."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import combinations, compress
from typing import Any

import numpy as np
import numpy.typing as npt

from study.comparison import overlap, statistics
from study.comparison.differences import differences
from study.comparison.network import network_numbers, shared_edges
from study.comparison.pair import Comparison, compare, overlaps, pooled
from study.comparison.results import SCHEMA
from study.dissection import labels
from study.dissection.resamples import pooled as pooled_resamples
from study.dissection.run import Run
from study.errors import StudyError
from study.inputs.settings import slugify

Bools = npt.NDArray[np.bool_]
Mask = Callable[[Run, str], Bools | None]
"""Which units of a layer to keep, bool (units,); `None` if that was not measured."""
Redeal = Callable[..., overlap.Null | None]
"""`study.comparison.overlap.chance` with the study's settings."""


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
    a: Run, b: Run, comparison: Comparison, repeats: Mapping[str, Run], redeal: Redeal
) -> dict[str, Any]:
    document = comparison.to_json()
    drawn = [run.resamples for run in (a, b)]
    for key, entry in [*document["layers"].items(), ("", document["overall"])]:
        names = [comparison.mapping[key]] if key else list(comparison.mapping.values())
        entry["ceiling"] = _ceiling(a, b, names, repeats)
        lists = [
            pooled_resamples(by_layer or {}, layers)
            for by_layer, layers in zip(drawn, zip(*names, strict=True), strict=True)
        ]
        entry["interval"] = overlap.interval(entry["jaccard"], *lists)
    for name, mask in _VARIANTS.items():
        document["variants"][name] = _variant(a, b, comparison, mask, redeal)
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
    return [label for layer in layers for label in run.dissection.layer(layer).descriptions]


def _halves(run: Run, layers: Sequence[str]) -> tuple[list[str], list[str]] | None:
    frame = run.labels
    if frame is None or "half_a" not in frame or "half_b" not in frame:
        return None
    rows = frame[frame["layer"].isin(layers)]
    first, second = rows["half_a"].tolist(), rows["half_b"].tolist()
    return (first, second) if any(first) and any(second) else None


def _flag(run: Run, layer: str, column: str, value: int) -> Bools | None:
    frame = run.labels
    if frame is None or column not in frame or frame[column].isna().all():
        return None
    flags = frame[frame["layer"] == layer][column].to_numpy(dtype=np.float64, na_value=np.nan)
    equal: Bools = flags == value
    return equal


_VARIANTS: Mapping[str, Mask] = {
    "without_dead": partial(_flag, column="dead", value=0),
    "confident": partial(_flag, column="confident", value=1),
}


def _variant(
    a: Run, b: Run, comparison: Comparison, mask: Mask, redeal: Redeal
) -> dict[str, Any] | None:
    """Compare only the units of a mask, with their own null; `None` if it was not measured."""
    sides: list[dict[str, list[str]]] = [{}, {}]
    for key, names in comparison.mapping.items():
        for side, run, layer in zip(sides, (a, b), names, strict=True):
            mask_of_layer = mask(run, layer)
            if mask_of_layer is None:
                return None
            side[key] = list(compress(run.dissection.layer(layer).descriptions, mask_of_layer))
    layers, overall = overlaps(*sides)

    def part(shared: overlap.Overlap, *labels: Sequence[str]) -> dict[str, Any]:
        null = redeal(*labels)
        return {**shared.counts(), "null": null.to_json() if null else None}

    units = [sum(map(len, side.values())) for side in sides]
    return {
        "units_a": units[0],
        "units_b": units[1],
        "layers": {key: part(layers[key], *(side[key] for side in sides)) for key in layers},
        "overall": part(overall, *map(pooled, sides)),
    }


def _triples(runs: Sequence[Run]) -> dict[str, Any]:
    """Count the concepts in each region of a Venn diagram of three; "110" is in the first two."""
    words = [set(run.dissection.descriptions) for run in runs]
    counts = Counter("".join(str(int(word in own)) for own in words) for word in set.union(*words))
    regions = {region: counts[region] for region in (f"{number:03b}" for number in range(1, 8))}
    return {"names": [run.name for run in runs], "regions": regions}
