"""Units redealt between two networks and scored anew.

A layer's similarity is s - lam (logsumexp over the layer's units of s - log units): s, the
information of a unit's images about a concept, does not depend on the other units; the correction
does. So s is computed once, and a hand costs one logsumexp for each side and one argmax for each
unit.
"""

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from study.comparison.hand_counts import Codes
from study.comparison.null import Deal
from study.errors import StudyError

_TOGETHER = 64
"""Hands whose corrections are in memory at a time, at least."""
_CACHED = 1 << 17
"""Similarities computed at a time; neither number affects the labels."""
_UNDERFLOW = 1e-250
"""Sums below are not exact: all members of a hand lie far below the largest unit of the pool."""

Information = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """The scores of one layer before the correction for what its units share.

    Parameters
    ----------
    information
        float32 (units, concepts).
    lam
        Weight of the correction; 0 where a unit's scores do not depend on the other units.
    dealt
        bool (units,): the units to redeal. The others stay with their network and are not counted.
    """

    information: Information
    lam: float
    dealt: npt.NDArray[np.bool_]


def units_redealt(a: Scores, b: Scores, *, layer: str, hands: int, seed: int) -> Deal:
    """Redeal the units of two networks' layers, score every hand anew and return the labels.

    Parameters
    ----------
    a, b
        The layers, with the same concepts and `lam`.
    layer
        The layer's key: with `seed`, what the hands depend on.
    hands
        Their number.

    Returns
    -------
    tuple of numpy.ndarray
        Indices of concepts, int32 (hands, dealt units of A) and (hands, dealt units of B).

    Raises
    ------
    StudyError
        If the layers have other concepts or another `lam`.
    """
    concepts = a.information.shape[1], b.information.shape[1]
    if concepts[0] != concepts[1] or a.lam != b.lam:
        raise StudyError(
            f"expected two layers scored alike, found {concepts[0]} and {concepts[1]} concepts "
            f"with lam {a.lam} and {b.lam}"
        )
    pool = np.concatenate([a.information, b.information])
    dealt = np.flatnonzero(np.concatenate([a.dealt, b.dealt]))
    generator = np.random.default_rng([seed, zlib.crc32(layer.encode())])
    order = generator.permuted(np.tile(dealt, (hands, 1)), axis=1)
    first, rest = np.split(order, [int(a.dealt.sum())], axis=1)
    if a.lam == 0:
        best = pool.argmax(axis=1).astype(np.int32)
        return best[first], best[rest]
    in_a = np.zeros((hands, len(pool)), bool)
    in_a[:, : len(a.dealt)] = ~a.dealt
    np.put_along_axis(in_a, first, True, axis=1)
    labels = _labels(pool, in_a, dealt, a.lam)
    rows = np.arange(hands)[:, None]
    return labels[rows, first], labels[rows, rest]


def _labels(
    pool: Information, in_a: npt.NDArray[np.bool_], dealt: npt.NDArray[np.int64], lam: float
) -> Codes:
    """Return the best concept of each dealt unit in every hand, int32 (hands, units)."""
    peak = pool.max(axis=0)
    # Double: exp(s - peak) spans more than single precision can hold.
    exponentials = np.exp(pool.astype(np.float64) - peak)
    labels = np.zeros(in_a.shape, np.int32)
    concepts = pool.shape[1]
    within = max(1, _CACHED // concepts)
    memory = np.empty((within, concepts), np.float32)
    for start in range(0, len(in_a), max(_TOGETHER, within)):
        some = in_a[start : start + max(_TOGETHER, within)]
        shared = np.concatenate([_shared(pool, exponentials, peak, side) for side in (some, ~some)])
        shared *= np.float32(lam)
        for begin in range(0, len(some), within):
            hands = np.arange(begin, min(begin + within, len(some)))
            similarity = memory[: len(hands)]
            for unit in dealt:
                side = np.where(some[hands, unit], hands, hands + len(some))
                np.take(shared, side, axis=0, out=similarity, mode="clip")
                np.subtract(pool[unit], similarity, out=similarity)
                labels[start + hands, unit] = similarity.argmax(axis=1)
    return labels


def _shared(
    pool: Information,
    exponentials: npt.NDArray[np.float64],
    peak: Information,
    members: npt.NDArray[np.bool_],
) -> Information:
    """Return logsumexp over the members of each hand, float32 (hands, concepts)."""
    sums = members.astype(np.float64) @ exponentials
    low = sums < _UNDERFLOW
    logs = np.log(sums, where=~low, out=sums)
    for hand, concept in np.argwhere(low):
        values = pool[members[hand], concept].astype(np.float64) - peak[concept]
        logs[hand, concept] = values.max() + np.log(np.exp(values - values.max()).sum())
    return np.asarray(logs + peak, dtype=np.float32)
