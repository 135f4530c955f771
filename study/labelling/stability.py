"""Stability of labels: whether another probe of the same kind would give a unit the same label.

The probe is split into random halves, and every unit is labelled from each. The two halves of a
split share no image, so their agreement is that of two independent probes of half the size. (A
resample of the whole probe shares most images with it and says too much: a bootstrap reproduced .44
of the labels of a drawn probe of which a fresh one gave .28.) This measures the effect of which
images happen to be in the probe, not of another kind of probe, concept set, encoder or training.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from study.dissection.labels import COVER
from study.errors import StudyError

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

CHECKED = 5
"""Splits whose halves are scored whole: how far does a half's label lie from the other's best?"""
_WEIGHT = 0.6
"""Weight of a unit's own agreement in `reproduced`."""
_WHOLE = 0.12
"""How much more often whole probes agree than halves do. Both numbers were chosen on four drawn
probes; `tests.simulations.calibration` measures on others what they are worth."""


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


def half_masks(images: int, *, splits: int, seed: int) -> Bools:
    """Split the probe into random halves, several times.

    Returns
    -------
    numpy.ndarray
        bool (2 splits, images): the two halves of the first split, those of the second, and so on;
        an odd image goes to the first half.

    Raises
    ------
    StudyError
        If there are fewer than two images.
    """
    if images < 2:
        raise StudyError(f"expected at least 2 images to halve the probe, found {images}")
    masks = np.zeros((2 * splits, images), dtype=bool)
    generator = np.random.default_rng([seed, 2])
    for split in range(splits):
        first = generator.permutation(images)[: (images + 1) // 2]
        masks[2 * split, first] = True
        masks[2 * split + 1] = ~masks[2 * split]
    return masks


def agreement(labels: Ints) -> Floats:
    """Return the share of splits in which both halves give a unit the same label.

    Parameters
    ----------
    labels
        int64 (2 splits, units): index of each unit's concept in each half.

    Returns
    -------
    numpy.ndarray
        float64 (units,), 0 to 1.

    Examples
    --------
    >>> agreement(np.array([[7, 1], [7, 2], [7, 3], [5, 3]])).tolist()
    [0.5, 0.5]
    """
    return np.asarray((labels[::2] == labels[1::2]).mean(axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class Halves:
    """What halves that were scored whole say about each other; fields are (halves, units)."""

    margins: Floats  # similarity of the half's label, less that of its second
    deficits: Floats  # similarity of the half's label, less that of the other half's label in it
    agree: Bools  # whether both halves give the same label

    @classmethod
    def of(cls, scores: list[npt.NDArray[np.float32]], labels: Ints) -> "Halves":
        """Compare halves: similarities (units, concepts) of each, and all halves' labels."""
        units = np.arange(labels.shape[1])
        margins, deficits, agree = [], [], []
        for half, values in enumerate(scores):
            other = labels[half + 1 - 2 * (half % 2)]
            margins.append(margin(values))
            deficits.append(values.max(axis=1) - values[units, other])
            agree.append(labels[half] == other)
        return cls(np.stack(margins), np.stack(deficits), np.stack(agree))

    def of_units(self, chosen: Bools) -> "Halves":
        """Return what the halves say about some units: a dead one says nothing of the others."""
        return Halves(self.margins[:, chosen], self.deficits[:, chosen], self.agree[:, chosen])


def margin(scores: npt.NDArray[np.floating]) -> Floats:
    """Return each unit's best similarity less its second, from (units, concepts); 0 for one."""
    if scores.shape[1] < 2:
        return np.zeros(len(scores))
    second, best = np.partition(scores, -2, axis=1)[:, -2:].T
    return np.asarray(best - second, dtype=np.float64)


def reproduced(share: Floats, margins: Floats, halves: Halves) -> Floats:
    """Estimate the probability that another probe of this kind and size gives the same label.

    A unit's own agreement is a noisy estimate, and the units with the highest one are those that
    were lucky. It is drawn towards the agreement of units of a like margin: the non-decreasing
    function of the margin of a half's label that best predicts whether the other half agrees. A
    little is added, since a whole probe is larger than its halves.

    Parameters
    ----------
    share
        float64 (units,), from `agreement`.
    margins
        float64 (units,): margin of the label from the whole probe.
    halves
        The halves that were scored whole.

    Returns
    -------
    numpy.ndarray
        float64 (units,), 0 to 1.
    """
    from scipy.optimize import isotonic_regression  # noqa: PLC0415 - slow to load

    if not halves.margins.size:
        return share
    order = np.argsort(halves.margins, axis=None, kind="stable")
    known, agree = halves.margins.ravel()[order], halves.agree.ravel()[order].astype(np.float64)
    typical = np.interp(margins, known, isotonic_regression(agree).x)
    estimate = _WEIGHT * share + (1 - _WEIGHT) * typical
    return np.asarray(estimate + _WHOLE * estimate * (1 - estimate))


def set_sizes(scores: npt.NDArray[np.floating], halves: Halves) -> Ints:
    """Return how many labels another probe of this kind may give each unit.

    The set of a unit holds the concepts whose similarity falls short of its best by no more than
    what 90 % of the other halves' labels fall short by. The rule is conformal prediction with the
    deficit as the score: over the units of a layer, the sets hold the label of another probe of
    half the size with that probability.

    Parameters
    ----------
    scores
        (units, concepts), from the whole probe.
    halves
        The halves that were scored whole.

    Returns
    -------
    numpy.ndarray
        int64 (units,), at least 1.

    References
    ----------
    V. Vovk, A. Gammerman and G. Shafer, Algorithmic Learning in a Random World (2005).
    """
    known = halves.deficits
    reach = float(np.quantile(known, COVER, method="higher")) if known.size else 0.0
    short = scores.max(axis=1, keepdims=True) - scores
    return np.asarray((short <= reach).sum(axis=1), dtype=np.int64)
