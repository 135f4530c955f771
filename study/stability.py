"""How sure a label is: the labels that other samples of images would have given.

The probe is resampled with replacement, every unit is labelled anew from the same activations and
features, and the labels are counted. This covers which images happen to be in the probe. It does
not cover another kind of probe, another concept set, another encoder or another training run.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from study.errors import StudyError
from study.labels import COVER

Ints = npt.NDArray[np.int64]


def draw_counts(images: int, *, resamples: int, seed: int) -> Ints:
    """Return how often each image stands in each resample of the probe.

    Parameters
    ----------
    images
        Size of the probe, at least 1; each resample draws that many with replacement.
    resamples
        How many resamples, at least 0.
    seed
        Start of the generator.

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


def ranked_images(activations: npt.NDArray[np.float32]) -> Ints:
    """Return every unit's images from strongest to weakest, ties by image index.

    Parameters
    ----------
    activations
        float32 (images, units).

    Returns
    -------
    numpy.ndarray
        int64 (units, images).
    """
    return np.argsort(-activations.T, axis=1, kind="stable").astype(np.int64, copy=False)


def top_of_resample(ranked: Ints, counts: Ints, top_k: int) -> Ints:
    """Return every unit's top images in a resample; an image drawn twice stands there twice.

    Parameters
    ----------
    ranked
        int64 (units, images), from `ranked_images`.
    counts
        int64 (images,): how often each image was drawn.
    top_k
        How many images count, at most the sum of `counts`.

    Returns
    -------
    numpy.ndarray
        int64 (units, top_k): image indices, the strongest first.

    Raises
    ------
    StudyError
        If fewer than `top_k` images were drawn.
    """
    drawn = int(counts.sum())
    if drawn < top_k:
        raise StudyError(f"top_k: expected at most the {drawn} images drawn, found {top_k}")
    # Past the rank at which every unit has its top_k images, nothing needs to be looked at.
    depth = min(ranked.shape[1], 2 * top_k + 64)
    while True:
        times = counts[ranked[:, :depth]]
        if depth == ranked.shape[1] or int(times.sum(axis=1).min()) >= top_k:
            break
        depth = min(ranked.shape[1], 2 * depth)
    before = np.cumsum(times, axis=1) - times
    kept = np.clip(top_k - before, 0, times)
    flat = np.repeat(ranked[:, :depth].ravel(), kept.ravel())
    return flat.reshape(ranked.shape[0], top_k)


@dataclass(frozen=True, slots=True)
class Stability:
    """How sure the labels of a layer's units are.

    Attributes
    ----------
    share
        float64 (units,): share of resamples that keep the unit's label, 0 to 1.
    set_size
        int64 (units,): the fewest labels that together cover 90 % of the resamples.
    confident
        bool (units,): whether that set is no larger than the stated limit.
    """

    share: npt.NDArray[np.float64]
    set_size: Ints
    confident: npt.NDArray[np.bool_]


def stability(resampled: Ints, labels: Ints, *, set_limit: int) -> Stability:
    """Count the labels that the resamples gave.

    Parameters
    ----------
    resampled
        int64 (resamples, units): index of the label in each resample.
    labels
        int64 (units,): index of the label from the whole probe.
    set_limit
        The largest prediction set of a confident label, at least 1.

    Raises
    ------
    StudyError
        If there is no resample.
    """
    resamples, units = resampled.shape
    if resamples == 0:
        raise StudyError("expected at least one resample to judge stability by, found none")
    share = (resampled == labels).mean(axis=0)
    set_size = np.empty(units, dtype=np.int64)
    for unit in range(units):
        counts = np.unique(resampled[:, unit], return_counts=True)[1]
        covered = np.cumsum(np.sort(counts)[::-1])
        set_size[unit] = int(np.searchsorted(covered, COVER * resamples - 1e-9)) + 1
    return Stability(share, set_size, set_size <= set_limit)
