"""Intervals for means and shares over units: closed forms, no random draw.

They take the units of a layer as a sample of the units that such a layer might have. They say
nothing about another probe, concept set or training run.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

LEVEL = 0.95
MEAN_METHOD = "mean over units, 95 % Student t interval"
SHARE_METHOD = "share of units, 95 % Wilson interval"
DIFFERENCE_METHOD = (
    "difference of means (Welch t interval) or of shares (Newcombe interval), 95 % for all "
    "differences of a layer's measures, or of its categories, together (Bonferroni)"
)


def mean_interval(
    values: npt.ArrayLike, *, least: float = -math.inf, most: float = math.inf
) -> dict[str, Any]:
    """Return the mean of some values and its 95 % Student t interval.

    Parameters
    ----------
    values
        Shape (units,); NaN stands for a unit without a value, which is left out.
    least, most
        The bounds of such values; the interval is cut there.

    Returns
    -------
    dict
        ``units`` (how many have a value), ``mean``, ``low``, ``high``; a mean of nothing is
        `None`, and so are the ends where there are fewer than two values to vary.
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    units = len(known)
    if units == 0:
        return {"units": 0, "mean": None, "low": None, "high": None}
    mean = float(known.mean())
    if units == 1:
        return {"units": 1, "mean": mean, "low": None, "high": None}
    reach = float(stdtrit(units - 1, (1 + LEVEL) / 2) * known.std(ddof=1) / math.sqrt(units))
    low, high = max(least, mean - reach), min(most, mean + reach)
    return {"units": units, "mean": mean, "low": low, "high": high}


def share_interval(count: int, units: int, *, level: float = LEVEL) -> dict[str, Any]:
    """Return a share and its Wilson interval.

    Parameters
    ----------
    count, units
        How many of how many, 0 <= count <= units.
    level
        Of confidence, between 0 and 1.

    Returns
    -------
    dict
        ``count``, ``share``, ``low``, ``high``; a share of nothing is `None`.

    References
    ----------
    E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    J. Am. Stat. Assoc. 22 (1927).
    """
    if units == 0:
        return {"count": count, "share": None, "low": None, "high": None}
    z = float(ndtri((1 + level) / 2))
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
    """Return the mean of some values less that of others, and its Welch interval.

    Parameters
    ----------
    a, b
        Shapes (units of A,) and (units of B,); NaN stands for a unit without a value.
    level
        Of confidence, between 0 and 1.

    Returns
    -------
    dict or None
        ``mean``, ``low``, ``high``; `None` where a side has fewer than two values to vary.

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
    spread = [float(values.var(ddof=1)) / len(values) for values in known]
    total = sum(spread)
    if total == 0:
        return {"mean": mean, "low": mean, "high": mean}
    parts = (one**2 / (len(values) - 1) for one, values in zip(spread, known, strict=True))
    reach = float(stdtrit(total**2 / sum(parts), (1 + level) / 2)) * math.sqrt(total)
    return {"mean": mean, "low": mean - reach, "high": mean + reach}


def difference_of_shares(
    a: tuple[int, int], b: tuple[int, int], *, level: float = LEVEL
) -> dict[str, Any] | None:
    """Return one share less another, and its interval.

    Parameters
    ----------
    a, b
        Count and units of either share, 0 <= count <= units.
    level
        Of confidence, between 0 and 1.

    Returns
    -------
    dict or None
        ``share``, ``low``, ``high``; `None` where a side has no unit.

    References
    ----------
    R. G. Newcombe, Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17 (1998), method 10.
    """
    one, other = (share_interval(*side, level=level) for side in (a, b))
    if one["share"] is None or other["share"] is None:
        return None
    share = one["share"] - other["share"]
    below = math.hypot(one["share"] - one["low"], other["high"] - other["share"])
    above = math.hypot(one["high"] - one["share"], other["share"] - other["low"])
    return {"share": share, "low": share - below, "high": share + above}
