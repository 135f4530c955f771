"""Which images decide a label: the encoder runs on these alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from study import similarity, stability
from study.pipeline.inputs import Inputs
from study.top_images import TOPS, ranked_images, top_of_resample

Activations = Mapping[str, Mapping[str, npt.NDArray[np.float32]]]
"""Network slug, then layer, to float32 (images, units)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How far labels reach into the probe.

    Attributes
    ----------
    top_k
        Images of a unit that a label is made from; None where all are.
    sensitivity
        Further values of it.
    ties
        One of `study.settings.TIES`.
    counts
        int64 (resamples, images): how often each image stands in each resample.
    halves
        bool (2, images): random halves of the probe; None where a half would be too small.
    """

    top_k: int | None
    sensitivity: tuple[int, ...]
    ties: str
    counts: npt.NDArray[np.int64]
    halves: npt.NDArray[np.bool_] | None


def wanted_by(inputs: Inputs, settings: Mapping[str, float]) -> Wanted:
    """Return how far a study's labels reach, given all settings of its similarity function."""
    images, measures = len(inputs.probe), inputs.study.measures
    by_top = inputs.study.dissection.similarity in similarity.NEEDS_TOP_IMAGES_ONLY
    top_k = int(settings["top_k"]) if by_top else None
    halves = None
    share = settings.get("top_fraction", 1.0)
    if images // 2 >= max(top_k or 1, 2) and int(images // 2 * share) >= 1:
        halves = stability.half_masks(images, seed=measures.seed)
    counts = stability.draw_counts(images, resamples=measures.resamples, seed=measures.seed)
    return Wanted(top_k, measures.sensitivity, inputs.study.dissection.ties, counts, halves)


def needed_by(inputs: Inputs, activations: Activations, wanted: Wanted) -> npt.NDArray[np.int64]:
    """Return the images of a study that decide a label, int64 (needed,), sorted."""
    if wanted.top_k is None:
        return np.arange(len(inputs.probe))
    return needed_images(_by_layer(inputs, activations), wanted)


def _by_layer(
    inputs: Inputs, activations: Activations
) -> Iterator[tuple[npt.NDArray[np.float32], bool]]:
    """Yield every layer's activations, and whether its units are described."""
    for network in inputs.networks:
        for place, layer in enumerate(network.layers):
            yield activations[network.slug][layer], place < len(network.settings.layers)


def needed_images(
    layers: Iterable[tuple[npt.NDArray[np.float32], bool]], wanted: Wanted
) -> npt.NDArray[np.int64]:
    """Return the images in some unit's top: of the probe, of a resample, or of a half.

    The order of computing, networks first, is what saves the encoder all others.

    Parameters
    ----------
    layers
        Activations, float32 (images, units) each, and whether the layer is dissected. One that is
        not (a classifier's classes) is labelled once, and no resample of it counts.
    wanted
        How far labels reach; with a top_k.

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
