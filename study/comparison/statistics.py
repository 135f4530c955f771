"""Intervals, exact tests and average precision over a layer's units.

The intervals treat the units of a layer as a sample of the units that such a layer might have.
They say nothing about another probe, concept set or training run. SciPy is loaded by the first
interval, so that comparing label sets does without it.
"""

import math
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

LEVEL = 0.95
"""Confidence of every interval and null range."""
MEAN_METHOD = "mean over units, 95 % Student t interval"
SHARE_METHOD = "share of units, 95 % Wilson interval"
DIFFERENCE_METHOD = (
    "difference of means (Welch t interval) or of shares (Newcombe interval), 95 % for all "
    "differences of a layer's measures, or of its categories, together (Bonferroni)"
)

CORRECT = 0.5
"""A label counts as correct if at least this share of the unit's top images shows it."""

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def mean_interval(
    values: npt.ArrayLike, *, least: float = -math.inf, most: float = math.inf
) -> dict[str, Any]:
    """Return the mean of some values and its 95 % Student t interval.

    Parameters
    ----------
    values
        Shape (units,); units without a value (NaN) are ignored.
    least, most
        The range of possible values; the interval is clipped to it.

    Returns
    -------
    dict
        ``units`` (how many have a value), ``mean``, ``low``, ``high``. Without values the mean is
        `None`; with fewer than two, so are the bounds.
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    units = len(known)
    if units == 0:
        return {"units": 0, "mean": None, "low": None, "high": None}
    mean = float(known.mean())
    if units == 1:
        return {"units": 1, "mean": mean, "low": None, "high": None}
    reach = float(_t(units - 1, LEVEL) * known.std(ddof=1) / math.sqrt(units))
    low, high = max(least, mean - reach), min(most, mean + reach)
    return {"units": units, "mean": mean, "low": low, "high": high}


def share_interval(count: int, units: int, *, level: float = LEVEL) -> dict[str, Any]:
    """Return a share and its Wilson interval.

    Parameters
    ----------
    count, units
        Numerator and denominator of the share, 0 <= count <= units.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    dict
        ``count``, ``share``, ``low``, ``high``; without units the last three are `None`.

    References
    ----------
    E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    J. Am. Stat. Assoc. 22 (1927).
    """
    if units == 0:
        return {"count": count, "share": None, "low": None, "high": None}
    z = _z(level)
    share = count / units
    middle = (share + z * z / (2 * units)) / (1 + z * z / units)
    spread = share * (1 - share) / units + z * z / (4 * units * units)
    reach = z / (1 + z * z / units) * math.sqrt(spread)
    low = 0.0 if count == 0 else middle - reach
    high = 1.0 if count == units else middle + reach
    return {"count": count, "share": share, "low": low, "high": high}


def difference_of_means(
    a: npt.ArrayLike, b: npt.ArrayLike, *, level: float = LEVEL
) -> dict[str, Any] | None:
    """Return the difference of two means, A - B, and its Welch interval.

    Parameters
    ----------
    a, b
        Shapes (units of A,) and (units of B,); units without a value (NaN) are ignored.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    dict or None
        ``mean``, ``low``, ``high``; `None` if A or B has fewer than two values.

    References
    ----------
    B. L. Welch, The generalization of Student's problem when several different population
    variances are involved, Biometrika 34 (1947).
    """
    sides = [np.asarray(values, dtype=np.float64) for values in (a, b)]
    known = [values[~np.isnan(values)] for values in sides]
    if min(map(len, known)) < 2:
        return None
    mean = float(known[0].mean() - known[1].mean())
    variances = [float(values.var(ddof=1)) / len(values) for values in known]
    total = sum(variances)
    if total == 0:
        return {"mean": mean, "low": mean, "high": mean}
    freedom = total**2 / sum(
        variance**2 / (len(values) - 1) for variance, values in zip(variances, known, strict=True)
    )
    reach = _t(freedom, level) * math.sqrt(total)
    return {"mean": mean, "low": mean - reach, "high": mean + reach}


def difference_of_shares(
    a: tuple[int, int], b: tuple[int, int], *, level: float = LEVEL
) -> dict[str, Any] | None:
    """Return the difference of two shares, A - B, and its Newcombe interval.

    Parameters
    ----------
    a, b
        Count and units of each share, 0 <= count <= units.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    dict or None
        ``share``, ``low``, ``high``; `None` if A or B has no units.

    References
    ----------
    R. G. Newcombe, Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17 (1998), method 10.
    """
    first, second = (share_interval(*side, level=level) for side in (a, b))
    if first["share"] is None or second["share"] is None:
        return None
    share = first["share"] - second["share"]
    below = math.hypot(first["share"] - first["low"], second["high"] - second["share"])
    above = math.hypot(first["high"] - first["share"], second["share"] - second["low"])
    return {"share": share, "low": share - below, "high": share + above}


def _t(freedom: float, level: float) -> float:
    """Return the two-sided critical value of Student's t."""
    from scipy.special import stdtrit  # noqa: PLC0415 - loaded by the first interval

    return float(stdtrit(freedom, (1 + level) / 2))


def _z(level: float) -> float:
    """Return the two-sided critical value of the standard normal distribution."""
    from scipy.special import ndtri  # noqa: PLC0415 - loaded by the first interval

    return float(ndtri((1 + level) / 2))


@cache
def fisher(a: int, b: int, units_a: int, units_b: int) -> float:
    """Return the two-sided p value of Fisher's exact test, computed in integers.

    Under the null the ``a + b`` units of a concept are drawn from all units; p is the total
    probability of the splits that are at most as likely as the observed one.

    Parameters
    ----------
    a, b
        Units with the concept in A and in B.
    units_a, units_b
        All units of A and of B.

    References
    ----------
    R. A. Fisher, Statistical Methods for Research Workers (1934), section 21.02.
    """
    total = a + b
    ways = [
        math.comb(units_a, split) * math.comb(units_b, total - split) for split in range(total + 1)
    ]
    return sum(way for way in ways if way <= ways[a]) / sum(ways)


def holm(p: Floats) -> Floats:
    """Return p values adjusted by Holm's step-down rule, which controls the family-wise error.

    The i-th smallest of n (from 0) is multiplied by n - i, capped at 1 and made non-decreasing.

    Parameters
    ----------
    p
        Shape (tests,), each from 0 to 1.

    References
    ----------
    S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6 (1979).
    """
    order = np.argsort(p, kind="stable")
    stepped = p[order] * (len(p) - np.arange(len(p)))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted


def forecast(
    stability: Floats, precision: Floats, *, permutations: int = 1000, seed: int = 0
) -> dict[str, Any] | None:
    """Test whether stability predicts which labels are correct.

    Parameters
    ----------
    stability, precision
        Shape (units,), each 0 to 1; units that lack either (NaN) are ignored.
    permutations
        How often the correct labels are dealt to other units. The mean of this null is above the
        base rate when there are few units.
    seed
        Seed of the null.

    Returns
    -------
    dict or None
        ``units``, ``right`` (number of correct labels), ``base_rate`` (their share), ``auprc``
        (average precision of stability) and ``chance`` (``mean``, ``low``, ``high``, ``p``); the
        last two are `None` if no label, or every label, is correct. `None` if no unit has both.
    """
    known = ~(np.isnan(stability) | np.isnan(precision))
    units = int(known.sum())
    if not units:
        return None
    correct = precision[known] >= CORRECT
    count = int(correct.sum())
    counts = {"units": units, "right": count, "base_rate": count / units}
    if count in (0, units):
        return {**counts, "auprc": None, "chance": None}
    order, thresholds = ranking(stability[known])
    auprc = float(average_precision(correct[order][None], thresholds)[0])
    generator = np.random.default_rng([seed, 4])
    dealt = generator.permuted(np.tile(correct, (permutations, 1)), axis=1)
    null = average_precision(dealt, thresholds)
    low, high = np.quantile(null, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    p = (int((null >= auprc - 1e-12).sum()) + 1) / (permutations + 1)
    chance = {"mean": float(null.mean()), "low": low, "high": high, "p": p}
    return {**counts, "auprc": auprc, "chance": chance}


def ranking(scores: npt.NDArray[np.floating[Any]]) -> tuple[npt.NDArray[np.int64], Bools]:
    """Rank scores from highest to lowest.

    Returns
    -------
    order : numpy.ndarray
        int64 (scores,): indices, highest score first.
    thresholds : numpy.ndarray
        bool (scores,), in ranked order: where a threshold can lie, that is after the last of equal
        scores.
    """
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    return order, np.append(ranked[1:] != ranked[:-1], True)


def average_precision(correct: Bools, thresholds: Bools) -> Floats:
    """Return the average precision of ranked answers, the sum of (R_n - R_(n-1)) P_n.

    Parameters
    ----------
    correct
        bool (rankings, items), best-ranked first, at least one true in each row.
    thresholds
        bool (items,), from `ranking`: items of equal score pass together.

    Returns
    -------
    numpy.ndarray
        float64 (rankings,), 0 to 1.
    """
    hits = np.cumsum(correct, axis=1)[:, thresholds]
    gained = np.diff(hits, prepend=0, axis=1) / hits[:, -1:]
    return np.asarray((gained * hits / (np.flatnonzero(thresholds) + 1)).sum(axis=1))
