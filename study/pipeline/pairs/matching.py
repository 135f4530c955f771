"""Units and layers of two networks compared by their activations on the shared probe."""

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from study.dissection.pair_tables import (
    NETWORKS,
    OTHER_HALVES,
    OWN_HALVES,
    Alignment,
    Match,
)

SPLITS = 25
"""Random splits of a layer's units into halves."""
DIGITS = 8
"""Decimals of correlations and CKA: the last digits of a product depend on the threads."""

Activations = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]


def matched(
    a: Activations, b: Activations, live: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]
) -> list[tuple[int, int, float]]:
    """Match units of two layers one to one, so that the sum of their correlations is highest.

    Parameters
    ----------
    a, b
        Activations over the same images, float32 (images, units of A) and (images, units of B).
    live
        bool (units of A,) and (units of B,): the units to match.

    Returns
    -------
    list of (unit of A, unit of B, correlation)
        As many as the smaller number of live units, by unit of A.
    """
    units = [np.flatnonzero(alive) for alive in live]
    first, second = (_standard(values[:, own]) for values, own in zip((a, b), units, strict=True))
    correlations = (first.T @ second).round(DIGITS)
    rows, columns = linear_sum_assignment(correlations, maximize=True)
    return [
        (int(units[0][row]), int(units[1][column]), float(correlations[row, column]))
        for row, column in zip(rows, columns, strict=True)
    ]


def _standard(values: Activations) -> Floats:
    """Return units centred and of length 1 over the images."""
    centred = values.astype(np.float64)
    centred -= centred.mean(axis=0)
    return np.asarray(centred / np.sqrt((centred**2).sum(axis=0)))


def cka(x: npt.NDArray[np.floating], y: npt.NDArray[np.floating]) -> float:
    """Return the unbiased linear CKA of two sets of units over the same images.

    Parameters
    ----------
    x, y
        (images, units of X) and (images, units of Y), at least four images.

    Returns
    -------
    float
        About 0 for unrelated units (it may fall below) and 1 for equal ones; NaN where a set does
        not vary.

    References
    ----------
    S. Kornblith et al., "Similarity of Neural Network Representations Revisited" (ICML 2019); the
    estimator of HSIC is that of L. Song et al., JMLR 13 (2012), equation 4, written for features:
    images x images is never in memory.
    """
    own = _hsic(x, x) * _hsic(y, y)
    return round(_hsic(x, y) / math.sqrt(own), DIGITS) if own > 0 else math.nan


def _hsic(x: npt.NDArray[np.floating], y: npt.NDArray[np.floating]) -> float:
    n = len(x)
    # Any shift leaves the estimator as it is; the means make it exact.
    x, y = (values.astype(np.float64) - values.mean(axis=0) for values in (x, y))
    own_x, own_y = (x**2).sum(axis=1), (y**2).sum(axis=1)
    rows_x, rows_y = x @ x.sum(axis=0) - own_x, y @ y.sum(axis=0) - own_y
    trace = float(((x.T @ y) ** 2).sum() - own_x @ own_y)
    product = float(rows_x.sum()) * float(rows_y.sum()) / ((n - 1) * (n - 2))
    return (trace + product - 2 / (n - 2) * float(rows_x @ rows_y)) / (n * (n - 3))


def match_rows(
    other: str,
    a: Mapping[str, Activations],
    b: Mapping[str, Activations],
    live: Mapping[str, tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]],
) -> list[Match]:
    """Return the rows of ``matches.csv`` of two networks, layer by layer of `live`."""
    return [
        Match(other, layer, *pair)
        for layer, alive in live.items()
        for pair in matched(a[layer], b[layer], alive)
    ]


def alignment_rows(
    other: str,
    a: Mapping[str, Activations],
    b: Mapping[str, Activations],
    live: Mapping[str, tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]],
    *,
    seed: int,
) -> list[Alignment]:
    """Return the rows of ``alignment.csv`` of two networks, layer by layer of `live`."""
    rows = []
    for layer, alive in live.items():
        sides = [values[layer][:, own] for values, own in zip((a, b), alive, strict=True)]
        if len(sides[0]) < 4:
            continue
        rows.append(Alignment(other, layer, NETWORKS, 0, cka(*sides)))
        for kind, units in zip((OWN_HALVES, OTHER_HALVES), sides, strict=True):
            generator = np.random.default_rng([seed, 6])
            for split in range(1, SPLITS + 1) if units.shape[1] > 1 else ():
                order = generator.permutation(units.shape[1])
                halves = np.array_split(order, 2)
                value = cka(units[:, halves[0]], units[:, halves[1]])
                rows.append(Alignment(other, layer, kind, split, value))
    return rows
