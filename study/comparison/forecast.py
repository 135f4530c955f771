"""Stability as a predictor of correct labels, by average precision."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from study.comparison.statistics import LEVEL, Floats

CORRECT = 0.5
"""A label counts as correct if at least this share of the unit's top images shows it."""
Bools = npt.NDArray[np.bool_]


def forecast(
    stability: Floats,
    precision: Floats,
    rivals: Mapping[str, Floats],
    *,
    permutations: int = 1000,
    seed: int = 0,
) -> dict[str, Any] | None:
    """Test whether stability predicts which labels are correct.

    Parameters
    ----------
    stability, precision
        Shape (units,), each 0 to 1; units that lack either (NaN) are ignored.
    rivals
        Other numbers of the units by name, that may predict it as well; NaN counts as the least.
    permutations
        How often the correct labels are dealt to other units. The mean of this null is above the
        base rate when there are few units.

    Returns
    -------
    dict or None
        The keys that `study.comparison.results.KEYS` describes; `None` if no unit has both.
    """
    known = ~(np.isnan(stability) | np.isnan(precision))
    units = int(known.sum())
    if not units:
        return None
    correct = precision[known] >= CORRECT
    count = int(correct.sum())
    counts = {"units": units, "right": count, "base_rate": count / units}
    if count in (0, units):
        return {**counts, "auprc": None, "chance": None, "rivals": dict.fromkeys(rivals)}
    order, thresholds = ranking(stability[known])
    auprc = float(average_precision(correct[order][None], thresholds)[0])
    generator = np.random.default_rng([seed, 4])
    dealt = generator.permuted(np.tile(correct, (permutations, 1)), axis=1)
    null = average_precision(dealt, thresholds)
    low, high = np.quantile(null, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    p = (int((null >= auprc - 1e-12).sum()) + 1) / (permutations + 1)
    chance = {"mean": float(null.mean()), "low": low, "high": high, "p": p, "p_adjusted": p}
    others = {
        name: _alone(np.nan_to_num(values[known], nan=-np.inf), correct)
        for name, values in rivals.items()
    }
    return {**counts, "auprc": auprc, "chance": chance, "rivals": others}


def _alone(scores: Floats, correct: Bools) -> float:
    order, thresholds = ranking(scores)
    return float(average_precision(correct[order][None], thresholds)[0])


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
