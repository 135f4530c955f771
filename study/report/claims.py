"""What the numbers allow to be said: decisions by rule, before any word is chosen."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from study.statistics import holm

BELOW, ABOVE, WITHIN, UNDECIDED = "below", "above", "within", "undecided"
UNCLEAR = "unclear"
"""Outside the range that chance gives, though not once several statements are allowed for."""
OVERALL = ""
"""The key of a pair's overall comparison among those of its layers."""


def overlaps_against_chance(pair: Mapping[str, Any], level: float) -> dict[str, str]:
    """Decide for each layer of a pair, and overall, how its overlap stands to chance.

    Two-sided, p = 2 min(p_low, p_high), adjusted by Holm over the layers and the total, so that
    saying several things of one pair does not make any of them cheaper.

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
        overlap lies outside the range of chance and yet the adjusted p misses the level, undecided
        where there is no null, or too few permutations for any result to reach the level.
    """
    parts = {**pair["layers"], OVERALL: pair["overall"]}
    nulls = {key: part["null"] for key, part in parts.items() if part["null"]}
    decided = dict.fromkeys(parts, UNDECIDED)
    if not nulls:
        return decided
    sides = {key: (null["p_low"], null["p_high"]) for key, null in nulls.items()}
    p = np.array([min(1.0, 2 * min(both)) for both in sides.values()])
    adjusted = holm(p)
    for (key, (low, high)), value in zip(sides.items(), adjusted.tolist(), strict=True):
        reachable = 2 * len(sides) / (nulls[key]["permutations"] + 1) <= 1 - level
        side = BELOW if low < high else ABOVE
        other = UNCLEAR if _outside(parts[key]) else WITHIN
        decided[key] = (side if value <= 1 - level else other) if reachable else UNDECIDED
    return decided


def _outside(part: Mapping[str, Any]) -> bool:
    """Whether an overlap lies outside the range that is printed beside it."""
    value, null = part["jaccard"], part["null"]
    return value is not None and not null["low"] <= value <= null["high"]


def extremes(values: Mapping[str, float | None], *, largest: bool) -> list[str]:
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


def apart(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> str:
    """Compare two estimates by their intervals: above, below, or within when these overlap.

    Intervals that do not overlap are a stricter demand than a test of the difference.
    """
    parts = [part or {} for part in (one, other)]
    ends = [part[end] for part in parts for end in ("low", "high") if part.get(end) is not None]
    if len(ends) < 4:
        return UNDECIDED
    low, high, other_low, other_high = ends
    return ABOVE if low > other_high else BELOW if high < other_low else WITHIN


def sign(difference: Mapping[str, Any] | None) -> str:
    """Return above or below where the interval of a difference leaves nought out, else within."""
    low, high = ((difference or {}).get(end) for end in ("low", "high"))
    if low is None or high is None:
        return UNDECIDED
    return ABOVE if low > 0 else BELOW if high < 0 else WITHIN


def separates(pair: Mapping[str, Any], level: float) -> list[int]:
    """Return the places of the concepts whose adjusted p allows to say that the networks differ."""
    concepts = pair["separating"]["concepts"]
    return [i for i, one in enumerate(concepts) if one["p_adjusted"] <= 1 - level]
