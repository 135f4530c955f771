"""Whether the stability of labels foretells which of them are right."""

from typing import Any

import numpy as np
import numpy.typing as npt

from study.overlap import LEVEL

RIGHT = 0.5
"""A label counts as right where at least this share of the unit's top images shows it."""
PERMUTATIONS = 1000

Floats = npt.NDArray[np.float64]


def foretold(
    stability: Floats, precision: Floats, *, permutations: int = PERMUTATIONS, seed: int = 0
) -> dict[str, Any] | None:
    """Judge stability as a forecast of right labels: precision and recall over all thresholds.

    Parameters
    ----------
    stability, precision
        Shape (units,), each 0 to 1; a unit that lacks either (NaN) is left out.
    permutations
        How often the right labels are dealt to other units: what a forecast without skill gives.
        With few units that is more than the base rate.
    seed
        Of the generator.

    Returns
    -------
    dict or None
        ``units``, ``right`` (how many), ``base_rate`` (their share), ``auprc`` (average
        precision of stability) and ``chance`` (``mean``, ``low``, ``high``, ``p``); the last two
        are `None` where no label, or every label, is right. `None` where no unit has both.
    """
    known = ~(np.isnan(stability) | np.isnan(precision))
    units = int(known.sum())
    if not units:
        return None
    right = precision[known] >= RIGHT
    count = int(right.sum())
    found = {"units": units, "right": count, "base_rate": count / units}
    if count in (0, units):
        return {**found, "auprc": None, "chance": None}
    order = np.argsort(-stability[known], kind="stable")
    values = stability[known][order]
    last = np.append(values[1:] != values[:-1], True)
    generator = np.random.default_rng([seed, 4])
    dealt = generator.permuted(np.tile(right, (permutations, 1)), axis=1)
    chance = _average_precision(dealt, last)
    auprc = float(_average_precision(right[order][None], last)[0])
    low, high = np.quantile(chance, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    p = (int((chance >= auprc - 1e-12).sum()) + 1) / (permutations + 1)
    return {
        **found,
        "auprc": auprc,
        "chance": {"mean": float(chance.mean()), "low": low, "high": high, "p": p},
    }


def _average_precision(right: npt.NDArray[np.bool_], last: npt.NDArray[np.bool_]) -> Floats:
    """Return the average precision of each row, bool (rows, units), the surest unit first.

    Units of equal stability pass a threshold together: `last` marks where one can lie.
    """
    hits = np.cumsum(right, axis=1)[:, last]
    gained = np.diff(hits, prepend=0, axis=1) / hits[:, -1:]
    return np.asarray((gained * hits / (np.flatnonzero(last) + 1)).sum(axis=1))
