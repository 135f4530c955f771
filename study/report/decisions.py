"""Decide by rule which statements the numbers support, before any word is chosen."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from study.comparison.statistics import holm
from study.report.lookup import parts
from study.report.node import Node

K = TypeVar("K")
BELOW, ABOVE, WITHIN, UNDECIDED = "below", "above", "within", "undecided"
UNCLEAR = "unclear"
"""Outside the null's 95 % range, but not significant after Holm correction."""


def overlaps_against_null(pair: Node, level: float) -> dict[str, str]:
    """Decide for each layer of a pair, and overall, how its overlap compares with the null.

    Two-sided, p = 2 min(p_low, p_high), adjusted by Holm over the layers and the total, so that
    testing several overlaps of one pair does not make any of them cheaper.

    Returns
    -------
    dict
        Layer (and `OVERALL`) to below, above, within, unclear or undecided: unclear where the
        overlap lies outside the null's range and yet the adjusted p misses the level of confidence,
        undecided where there is no null, or too few permutations for any result to reach the level.
    """
    overlaps = parts(pair)
    nulls = {name: overlap["null"].value for name, overlap in overlaps.items() if overlap["null"]}
    decided = dict.fromkeys(overlaps, UNDECIDED)
    p = np.array([min(1.0, 2 * min(null["p_low"], null["p_high"])) for null in nulls.values()])
    for (name, null), adjusted in zip(nulls.items(), holm(p).tolist(), strict=True):
        if 2 * len(nulls) / (null["permutations"] + 1) > 1 - level:
            continue
        if adjusted <= 1 - level:
            decided[name] = BELOW if null["p_low"] < null["p_high"] else ABOVE
        else:
            decided[name] = UNCLEAR if _outside(overlaps[name]) else WITHIN
    return decided


def _outside(overlap: Node) -> bool:
    """Whether an overlap lies outside the range that is printed beside it."""
    value, null = overlap["jaccard"].value, overlap["null"].value
    return value is not None and not null["low"] <= value <= null["high"]


def grouped(decided: Mapping[K, str], texts: Mapping[str, str]) -> list[tuple[str, list[K]]]:
    """Return the texts, each with the keys of its verdict, in the order of the texts."""
    groups = [
        (text, [key for key in decided if decided[key] == its]) for its, text in texts.items()
    ]
    return [(text, keys) for text, keys in groups if keys]


def extremes(values: Mapping[K, float | None]) -> tuple[list[K], list[K]]:
    """Return all keys of the largest of the known values, and all of the smallest."""
    known = {key: value for key, value in values.items() if value is not None}
    high, low = max(known.values(), default=None), min(known.values(), default=None)
    return [key for key in known if known[key] == high], [k for k in known if known[k] == low]


def direction(values: Sequence[float | None]) -> str:
    """Return "rises" or "falls" when every step does, "level" when none moves, else "varies"."""
    known = [value for value in values if value is not None]
    steps = {(b > a) - (b < a) for a, b in itertools.pairwise(known)}
    if len(steps) != 1:
        return "varies"
    return {1: "rises", -1: "falls", 0: "level"}[steps.pop()]


def apart(estimate: Node, other: Node) -> str:
    """Compare two estimates by their intervals: above, below, or within when these overlap.

    Disjoint intervals are a stricter demand than a test of the difference.
    """
    (low, high), (other_low, other_high) = _ends(estimate), _ends(other)
    if None in (low, high, other_low, other_high):
        return UNDECIDED
    return ABOVE if low > other_high else BELOW if high < other_low else WITHIN


def sign(difference: Node) -> str:
    """Return above or below where the interval of a difference excludes zero, else within."""
    low, high = _ends(difference)
    if low is None or high is None:
        return UNDECIDED
    return ABOVE if low > 0 else BELOW if high < 0 else WITHIN


def _ends(estimate: Node) -> tuple[Any, Any]:
    return estimate.get("low").value, estimate.get("high").value


def separates(pair: Node, level: float) -> list[Node]:
    """Return the tested concepts whose frequencies differ significantly between the networks."""
    concepts = pair["separating"]["concepts"]
    return [concept for concept in concepts if concept["p_adjusted"].value <= 1 - level]
