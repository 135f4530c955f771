"""Whether a unit's label beats what random images in the unit's place would reach.

Every unit gets a label: the best of the concepts. A label means something only if its similarity is
higher than that of the best concept of images that have nothing to do with one another.
"""

import numpy as np
import numpy.typing as npt

RANDOM_SETS = 1000
"""Sets of random images; the smallest p value is 1/1001."""
POOL = 4096
"""Images from which the sets are drawn, themselves chosen at random: bounds the encoder's work."""
FALSE_DISCOVERIES = 0.05
"""Expected share of false ones among the labels of a layer that are called significant, at most."""
_BLOCK = 1 << 20

Floats = npt.NDArray[np.float64]
Information = npt.NDArray[np.float32]


def random_sets(images: int, top_k: int, *, seed: int) -> npt.NDArray[np.int64]:
    """Draw sets of images, each without replacement, int64 (sets, top_k), in random order."""
    generator = np.random.default_rng([seed, 5])
    pool = generator.choice(images, min(images, max(POOL, top_k)), replace=False)
    chosen = [generator.choice(len(pool), top_k, replace=False) for _ in range(RANDOM_SETS)]
    return np.asarray(pool[np.stack(chosen)])


def p_of_units(information: Information, random: Information, *, lam: float) -> Floats:
    """Return how often random images in a unit's place are at least as similar to some concept.

    The random images take the unit's place among the units of its layer: what all units share is
    computed with them instead of the unit.

    Parameters
    ----------
    information
        float32 (units, concepts): scores before the correction for what the layer's units share.
    random
        float32 (sets, concepts): the same scores of sets of random images.
    lam
        Weight of the correction.

    Returns
    -------
    numpy.ndarray
        float64 (units,): (b + 1)/(n + 1), where b of n sets reach the unit's highest similarity.
    """
    reached = np.zeros(len(information), np.int64)
    others = _others(information) if lam else np.zeros_like(information)
    rows = max(1, _BLOCK // information.shape[1])
    for unit, (own, shared) in enumerate(zip(information, others, strict=True)):
        best = _similarity(own[None], shared, lam).max()
        if lam == 1:
            # s - log(e^shared + e^s) rises with s - shared alone: no exponential for each set.
            threshold = shared + (own - shared).max()
        for start in range(0, len(random), rows):
            some = random[start : start + rows]
            if lam == 1:
                reached[unit] += int((some >= threshold).any(axis=1).sum())
            else:
                reached[unit] += int((_similarity(some, shared, lam).max(axis=1) >= best).sum())
    return np.asarray((reached + 1) / (len(random) + 1))


def _similarity(scores: Information, shared: Information, lam: float) -> Information:
    """Return s - lam log(e^shared + e^s), (sets, concepts)."""
    return np.asarray(scores - lam * np.logaddexp(shared, scores)) if lam else scores


def _others(information: Information) -> Information:
    """Return for every unit logsumexp over the layer's other units, float32 (units, concepts)."""
    result = np.full(information.shape, -np.inf, np.float32)
    for order in (range(len(information)), range(len(information) - 1, -1, -1)):
        before = np.full(information.shape[1], -np.inf)
        for unit in order:
            result[unit] = np.logaddexp(result[unit], before)
            before = np.logaddexp(before, information[unit])
    return result


def significant(p: Floats, *, level: float = FALSE_DISCOVERIES) -> npt.NDArray[np.bool_]:
    """Return which p values pass at an expected share of false discoveries of at most `level`.

    References
    ----------
    Y. Benjamini and Y. Hochberg, J. R. Statist. Soc. B 57 (1995), 289-300.

    Examples
    --------
    >>> significant(np.array([0.04, 0.01, 0.6, 0.02])).tolist()
    [False, True, False, True]
    """
    order = np.argsort(p, kind="stable")
    passes = np.flatnonzero(p[order] <= level * np.arange(1, len(p) + 1) / max(len(p), 1))
    result = np.zeros(len(p), bool)
    if len(passes):
        result[order[: passes[-1] + 1]] = True
    return result
