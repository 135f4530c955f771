"""Decide by rule which statements the numbers support, before any word is chosen."""

from collections.abc import Mapping
from typing import Any, TypeVar

from study.comparison.null import LABELS
from study.report.lookup import parts
from study.report.node import Node

K = TypeVar("K")
BELOW, ABOVE, WITHIN, UNDECIDED = "below", "above", "within", "undecided"
UNCLEAR = "unclear"
"""Outside the null's 95 % range, but not significant after Holm correction."""
UNSAFE = "unsafe"
"""Above a null that is too low."""
UNSCORED = "unscored"
"""Above a null that may be too low: the tables hold no similarities that would tell."""
SHARP = 0.15
"""Mean similarity over the logarithm of the layer's units from which redealt labels mislead.

Halves of a layer of 64 units came out above the null in 2 % of splits at .09, 5 % at .18 and 95 %
at .75 (2.5 % would be right)."""


def overlaps_against_null(pair: Node, level: float) -> dict[str, str]:
    """Decide for each layer of a pair, and overall, how its overlap compares with the null.

    The p value is two-sided and adjusted for all overlaps of the report, so that testing several
    does not make any of them cheaper.

    Returns
    -------
    dict
        Layer (and `OVERALL`) to below, above, within, unclear, undecided, unsafe or unscored:
        unclear where the overlap lies outside the null's range and yet the adjusted p misses the
        level of confidence, undecided where there is no null, or too few hands for any result to
        reach the level, unsafe where an overlap lies above a null that is known to be too low,
        unscored where it lies above one of which, without similarities, that is not known.
    """
    return {name: against_null(overlap, level) for name, overlap in parts(pair).items()}


def against_null(overlap: Node, level: float) -> str:
    """Decide about one overlap, see `overlaps_against_null`."""
    null = overlap["null"].value
    if null is None or set(null["detectable"].values()) == {None}:
        return UNDECIDED
    if null["p_adjusted"] > 1 - level:
        return UNCLEAR if _outside(overlap) else WITHIN
    if null["p_low"] < null["p_high"]:
        return BELOW
    return _above(null["kind"], null.get("sharpness", 0))


def counted_otherwise(overlap: Node, main: Node, level: float, *, selected: bool = False) -> str:
    """Decide about an overlap counted by another rule, see `overlaps_against_null`.

    Parameters
    ----------
    overlap
        Under the other rule.
    main
        Of the same layer under the main rule: its null says how sharp similarities are.
    level
        Level of confidence.
    selected
        Whether the units were chosen by their labels. Labels that are scored anew need not pass
        the same choice, which sets the null too low: of halves of one network, more than a
        quarter came out above it.
    """
    its = against_null(overlap, level)
    if its != ABOVE:
        return its
    if selected:
        return UNSAFE
    return _above(overlap["null"]["kind"].value, (main["null"].value or {}).get("sharpness", 0))


def _above(kind: str, sharpness: float | None) -> str:
    """Decide what follows from an overlap above a null of a kind."""
    if kind != LABELS:
        return ABOVE
    if sharpness is None:
        return UNSCORED
    return UNSAFE if sharpness > SHARP else ABOVE


def is_sharp(overlap: Node) -> bool:
    """Whether similarities are so sharp that redealing labels sets the null too low.

    Units of one network then repel each other's labels; those of different networks do not.
    """
    null = overlap["null"].value
    return bool(null) and null["kind"] == LABELS and (null.get("sharpness") or 0) > SHARP


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


def sign(difference: Node) -> str:
    """Return above or below where the interval of a difference excludes zero, else within."""
    low, high = _ends(difference)
    if low is None or high is None:
        return UNDECIDED
    return ABOVE if low > 0 else BELOW if high < 0 else WITHIN


def by_kind(differences: Node, level: float) -> dict[str, dict[str, Node]]:
    """Return the kinds of concept by how their shares in two networks compare.

    The adjusted p value decides, or the interval where there is no null.

    Returns
    -------
    dict
        Above, below, within and undecided, each with kind to difference.
    """
    decided: dict[str, dict[str, Node]] = {
        verdict: {} for verdict in (ABOVE, BELOW, WITHIN, UNDECIDED)
    }
    for kind, difference in differences.items() if differences else ():
        if difference:
            decided[_kind_verdict(difference, level)][kind] = difference
    return decided


def _kind_verdict(difference: Node, level: float) -> str:
    p = difference.get("p_adjusted").value
    if p is None:
        return sign(difference)
    if p > 1 - level:
        return WITHIN
    return ABOVE if difference["share"].value > 0 else BELOW


def _ends(estimate: Node) -> tuple[Any, Any]:
    return estimate.get("low").value, estimate.get("high").value


def separates(pair: Node, level: float) -> list[Node]:
    """Return the tested concepts whose frequencies differ significantly between the networks."""
    concepts = pair["separating"]["concepts"]
    return [concept for concept in concepts if concept["p_adjusted"].value <= 1 - level]
