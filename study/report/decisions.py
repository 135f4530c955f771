"""Decide by rule which statements the numbers support, before any word is chosen."""

import itertools
from collections.abc import Mapping, Sequence
from typing import TypeVar

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

    Parameters
    ----------
    pair
        One of ``pairs`` of the results.
    level
        Of confidence, e.g. 0.95.

    Returns
    -------
    dict
        Layer (and `OVERALL`) to below, above, within, unclear or undecided: unclear where the
        overlap lies outside the null's range and yet the adjusted p misses the level, undecided
        where there is no null, or too few permutations for any result to reach the level.
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


def extremes(values: Mapping[K, float | None], *, largest: bool) -> list[K]:
    """Return all keys that share the largest (or smallest) of the known values."""
    known = {key: value for key, value in values.items() if value is not None}
    if not known:
        return []
    best = (max if largest else min)(known.values())
    return [key for key, value in known.items() if value == best]


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
    low, high, other_low, other_high = (
        one.get(end).value for one in (estimate, other) for end in ("low", "high")
    )
    if None in (low, high, other_low, other_high):
        return UNDECIDED
    return ABOVE if low > other_high else BELOW if high < other_low else WITHIN


def sign(difference: Node) -> str:
    """Return above or below where the interval of a difference excludes zero, else within."""
    low, high = (difference.get(end).value for end in ("low", "high"))
    if low is None or high is None:
        return UNDECIDED
    return ABOVE if low > 0 else BELOW if high < 0 else WITHIN


def separates(pair: Node, level: float) -> list[Node]:
    """Return the tested concepts whose frequencies differ significantly between the networks."""
    concepts = pair["separating"]["concepts"]
    return [concept for concept in concepts if concept["p_adjusted"].value <= 1 - level]
