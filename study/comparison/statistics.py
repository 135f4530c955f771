"""Intervals and exact tests over a layer's units.

The intervals treat the units of a layer as a sample of the units that such a layer might have. They
say nothing about another probe, concept set or training run. SciPy is loaded by the first interval.
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

Floats = npt.NDArray[np.float64]


def mean_interval(
    values: npt.ArrayLike, *, least: float = -math.inf, most: float = math.inf
) -> dict[str, Any]:
    """Return ``units``, ``mean``, ``low`` and ``high`` of the 95 % Student t interval of a mean.

    Parameters
    ----------
    values
        Shape (units,); NaN, no value, is ignored. Without values the mean is `None`. The bounds are
        `None` with fewer than two values, or if all are equal: their spread is then unknown.
    least, most
        The range of possible values, to which the interval is clipped.
    """
    known = _known(values)
    summary: dict[str, Any] = {"units": len(known), "mean": None, "low": None, "high": None}
    if len(known):
        summary["mean"] = mean = float(known.mean())
    if len(known) > 1 and np.ptp(known) > 0:
        reach = float(_t(len(known) - 1, LEVEL) * known.std(ddof=1) / math.sqrt(len(known)))
        summary |= {"low": max(least, mean - reach), "high": min(most, mean + reach)}
    return summary


def share_interval(count: int, units: int, *, level: float = LEVEL) -> dict[str, Any]:
    """Return ``count``, ``share`` and the bounds ``low`` and ``high`` of its Wilson interval.

    Parameters
    ----------
    count, units
        Numerator and denominator, 0 <= count <= units; of 0 units all but the count is `None`.
    level
        Confidence level, between 0 and 1.

    References
    ----------
    E. B. Wilson, J. Am. Stat. Assoc. 22 (1927), 209-212.
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
    """Return ``mean``, ``low`` and ``high`` of the Welch interval of a difference of means, A - B.

    Parameters
    ----------
    a, b
        Shapes (units of A,) and (units of B,); NaN, no value, is ignored. `None` is returned if
        either has fewer than two values. The bounds are `None` where neither side varies.
    level
        Confidence level, between 0 and 1.

    References
    ----------
    B. L. Welch, Biometrika 34 (1947), 28-35.
    """
    known = [_known(values) for values in (a, b)]
    if min(map(len, known)) < 2:
        return None
    mean = float(known[0].mean() - known[1].mean())
    variances = [float(values.var(ddof=1)) / len(values) for values in known]
    total = sum(variances)
    if total == 0:
        return {"mean": mean, "low": None, "high": None}
    freedom = total**2 / sum(
        variance**2 / (len(values) - 1) for variance, values in zip(variances, known, strict=True)
    )
    reach = _t(freedom, level) * math.sqrt(total)
    return {"mean": mean, "low": mean - reach, "high": mean + reach}


def difference_of_shares(
    a: tuple[int, int], b: tuple[int, int], *, level: float = LEVEL
) -> dict[str, Any] | None:
    """Return ``share``, ``low`` and ``high`` of the Newcombe interval of a difference, A - B.

    Parameters
    ----------
    a, b
        Count and units of each share, 0 <= count <= units; `None` is returned if either has none.
    level
        Confidence level, between 0 and 1.

    References
    ----------
    R. G. Newcombe, Statistics in Medicine 17 (1998), 873-890, method 10.
    """
    first, second = (share_interval(*side, level=level) for side in (a, b))
    if first["share"] is None or second["share"] is None:
        return None
    share = first["share"] - second["share"]
    below = math.hypot(first["share"] - first["low"], second["high"] - second["share"])
    above = math.hypot(first["high"] - first["share"], second["share"] - second["low"])
    return {"share": share, "low": share - below, "high": share + above}


def _known(values: npt.ArrayLike) -> Floats:
    numbers = np.asarray(values, dtype=np.float64)
    return numbers[~np.isnan(numbers)]


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
    """Return the two-sided p value of Fisher's exact test.

    Under the null the ``a + b`` units of a concept are drawn from all units; p is the total
    probability of the splits that are at most as likely as the observed one.

    Parameters
    ----------
    a, b, units_a, units_b
        Units with the concept in A and in B, and all units of each.

    References
    ----------
    R. A. Fisher, Statistical Methods for Research Workers (1934), section 21.02.
    """
    total = a + b
    if total > EXACT:
        return _fisher_in_floats(a, total, units_a, units_b)
    ways = [
        math.comb(units_a, split) * math.comb(units_b, total - split) for split in range(total + 1)
    ]
    return sum(way for way in ways if way <= ways[a]) / sum(ways)


EXACT = 256
"""The largest number of units with a concept for which `fisher` computes in integers."""
_TIE = 1e-9


def _fisher_in_floats(a: int, total: int, units_a: int, units_b: int) -> float:
    """Return what `fisher` does to a relative 1e-9, in a time that does not grow with the digits.

    The ways of splitting follow from each other by ratios; those that differ from the observed
    ones by less than a relative 1e-9 count as equally likely.
    """
    splits = np.arange(max(0, total - units_b), min(total, units_a), dtype=np.float64)
    up = np.log(units_a - splits) + np.log(total - splits)
    down = np.log(splits + 1) + np.log(units_b - total + splits + 1)
    ways = np.concatenate([[0.0], np.cumsum(up - down)])
    observed = ways[a - max(0, total - units_b)]
    likely = np.exp(ways - ways.max())
    return float(likely[ways <= observed + _TIE].sum() / likely.sum())


def holm(p: Floats) -> Floats:
    """Return p values, shape (tests,), adjusted by Holm's rule to control the family-wise error.

    The i-th smallest of n (from 0) is multiplied by n - i, capped at 1 and made non-decreasing.

    References
    ----------
    S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6 (1979).
    """
    order = np.argsort(p, kind="stable")
    stepped = p[order] * (len(p) - np.arange(len(p)))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted
