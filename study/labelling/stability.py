"""Bootstrap stability of labels: how often resamples of the probe give a unit the same label.

The probe is resampled with replacement, every unit is labelled again from the same activations and
features, and the labels are counted. This measures the effect of which images happen to be in the
probe, not of another kind of probe, concept set, encoder or training run.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from study.dissection.labels import COVER
from study.errors import StudyError

Ints = npt.NDArray[np.int64]


def draw_counts(images: int, *, resamples: int, seed: int) -> Ints:
    """Draw the resamples of the probe: how often each contains each image.

    Parameters
    ----------
    images
        Size of the probe, at least 1; each resample draws that many with replacement.
    resamples
        Number of resamples, at least 0.

    Returns
    -------
    numpy.ndarray
        int64 (resamples, images); each row sums to `images`.
    """
    generator = np.random.default_rng([seed, 1])
    shares = np.full(images, 1 / images)
    return generator.multinomial(images, shares, size=resamples).astype(np.int64)


def half_masks(images: int, *, seed: int) -> npt.NDArray[np.bool_]:
    """Return two random halves of the probe, bool (2, images); an odd image goes to the first.

    Raises
    ------
    StudyError
        If there are fewer than two images.
    """
    if images < 2:
        raise StudyError(f"expected at least 2 images to halve the probe, found {images}")
    order = np.random.default_rng([seed, 2]).permutation(images)
    first = np.zeros(images, dtype=bool)
    first[order[: (images + 1) // 2]] = True
    return np.stack([first, ~first])


def stability(resampled: Ints, best: Ints, *, set_limit: int) -> dict[str, npt.NDArray[Any]]:
    """Measure how often the resamples reproduce each unit's label.

    Parameters
    ----------
    resampled
        int64 (resamples, units): index of each unit's concept in each resample.
    best
        int64 (units,): index of its concept from the whole probe.
    set_limit
        The largest prediction set of a confident label, at least 1.

    Returns
    -------
    dict
        ``stability``: float64 (units,), share of the resamples that give the unit the same label;
        ``set_size``: int64 (units,), the fewest labels that together cover 90 % of the resamples;
        ``confident``: int64 (units,), 1 where that set is no larger than `set_limit`.

    Raises
    ------
    StudyError
        If there is no resample.
    """
    resamples, units = resampled.shape
    if resamples == 0:
        raise StudyError("expected at least one resample to measure stability, found none")
    share = (resampled == best).mean(axis=0)
    set_size = np.empty(units, dtype=np.int64)
    for unit in range(units):
        counts = np.unique(resampled[:, unit], return_counts=True)[1]
        covered = np.cumsum(np.sort(counts)[::-1])
        set_size[unit] = int(np.searchsorted(covered, COVER * resamples - 1e-9)) + 1
    confident = (set_size <= set_limit).astype(np.int64)
    return {"stability": share, "set_size": set_size, "confident": confident}
