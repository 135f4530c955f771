"""Top images: which images the encoder must embed, as they decide some label."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from study.labelling.top_images import TOPS, ranked_images, top_of_resample


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which images each label is made from: of the probe, of its resamples and of its halves.

    Attributes
    ----------
    top_k
        Images of a unit that a label is made from; None where all are.
    sensitivity
        Further values of it.
    ties
        One of `study.inputs.settings.TIES`.
    counts
        int64 (resamples, images): how often each resample contains each image.
    halves
        bool (2, images): random halves of the probe; None where a half would be too small.
    """

    top_k: int | None
    sensitivity: tuple[int, ...]
    ties: str
    counts: npt.NDArray[np.int64]
    halves: npt.NDArray[np.bool_] | None


def needed_images(
    layers: Iterable[tuple[npt.NDArray[np.float32], bool]], wanted: Wanted
) -> npt.NDArray[np.int64]:
    """Return the images in the top k of any unit, in the probe, a resample or a half.

    Running the networks first spares the encoder all other images.

    Parameters
    ----------
    layers
        Activations, float32 (images, units) each, and whether the layer is dissected. One that is
        not (a classifier's classes) is labelled once, and no resample of it counts.
    wanted
        Which images each label is made from; with a top_k.

    Returns
    -------
    numpy.ndarray
        int64 (needed,), sorted.
    """
    top_k = wanted.top_k or 1
    depths = {top_k, *wanted.sensitivity}
    chosen = np.zeros(0, dtype=bool)
    for values, dissected in layers:
        if not len(chosen):
            chosen = np.zeros(len(values), dtype=bool)
        if not dissected:
            chosen[TOPS[wanted.ties](values, top_k)] = True
            continue
        ranked = ranked_images(values)
        chosen[ranked[:, : max(depths)]] = True
        for depth in depths if wanted.ties != "index" else ():
            chosen[TOPS[wanted.ties](values, depth)] = True
        for count in wanted.counts:
            chosen[top_of_resample(ranked, count, top_k)] = True
        for half in wanted.halves if wanted.halves is not None else ():
            within = np.flatnonzero(half)
            chosen[within[ranked_images(values[within])[:, :top_k]]] = True
    return np.flatnonzero(chosen)
