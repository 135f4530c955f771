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


def share_interval(count: int, units: int) -> dict[str, Any]:
    """Return a share and its 95 % Wilson interval.

    Parameters
    ----------
    count, units
        How many of how many, 0 <= count <= units.

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
    z = float(ndtri((1 + LEVEL) / 2))
    share = count / units
    middle = (share + z * z / (2 * units)) / (1 + z * z / units)
    spread = share * (1 - share) / units + z * z / (4 * units * units)
    reach = z / (1 + z * z / units) * math.sqrt(spread)
    low = 0.0 if count == 0 else middle - reach
    high = 1.0 if count == units else middle + reach
    return {"count": count, "share": share, "low": low, "high": high}
