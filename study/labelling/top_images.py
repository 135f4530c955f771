"""The images that activate a unit most, and so which images the encoder must embed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import torch

from study.errors import StudyError

Activations = npt.NDArray[np.float32]
Images = npt.NDArray[np.int64]

_RANKED = 1 << 28
"""Bytes that ranking a block of units may take: a number, its place and copies of them take 16."""


def ranked_images(activations: Activations) -> Images:
    """Return every unit's images from strongest to weakest, ties by image index.

    From float32 (images, units) to int64 (units, images).

    Examples
    --------
    >>> ranked_images(np.array([[0.0], [2.0], [2.0]], dtype=np.float32)).tolist()
    [[1, 2, 0]]
    """
    return np.argsort(-activations.T, axis=1, kind="stable").astype(np.int64, copy=False)


def blocks_of_units(activations: Activations) -> Iterator[slice]:
    """Yield the units of a layer in blocks whose rankings take no more than `_RANKED` bytes."""
    images, units = activations.shape
    size = max(1, _RANKED // max(1, 16 * images))
    return (slice(start, start + size) for start in range(0, units, size))


def first_images(activations: Activations, depth: int) -> Images:
    """Return every unit's first `depth` images, int64 (units, depth), see `ranked_images`."""
    parts = [
        ranked_images(activations[:, block])[:, :depth].copy()
        for block in blocks_of_units(activations)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, min(depth, len(activations))), np.int64)


def tops_of_resamples(
    activations: Activations, counts: npt.NDArray[np.int64] | npt.NDArray[np.bool_], top_k: int
) -> Images:
    """Return every unit's top images in each resample or half, int64 (resamples, units, top_k).

    The units are ranked block by block, so that no ranking of all of them is in memory.
    """
    tops = np.empty((len(counts), activations.shape[1], top_k), dtype=np.int64)
    for block in blocks_of_units(activations):
        ranked = ranked_images(activations[:, block])
        for top, count in zip(tops, counts, strict=True):
            top[block] = top_of_resample(ranked, count.astype(np.int64, copy=False), top_k)
    return tops


def top_of_resample(ranked: Images, counts: npt.NDArray[np.int64], top_k: int) -> Images:
    """Return every unit's top images in a resample, in which an image drawn twice appears twice.

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

    Examples
    --------
    >>> top_of_resample(np.array([[1, 2, 0]]), np.array([1, 0, 2]), 3).tolist()
    [[2, 2, 0]]
    """
    drawn = int(counts.sum())
    if drawn < top_k:
        raise StudyError(f"top_k: expected at most the {drawn} images drawn, found {top_k}")
    # Beyond the rank at which every unit has its top_k images there is nothing to look at.
    depth = min(ranked.shape[1], 2 * top_k + 64)
    while True:
        times = counts[ranked[:, :depth]]
        if depth == ranked.shape[1] or int(times.sum(axis=1).min()) >= top_k:
            break
        depth = min(ranked.shape[1], 2 * depth)
    before = np.cumsum(times, axis=1) - times
    repeats = np.clip(top_k - before, 0, times)
    images = np.repeat(ranked[:, :depth].ravel(), repeats.ravel())
    return images.reshape(ranked.shape[0], top_k)


def _top_by_index(activations: Activations, top_k: int) -> Images:
    return first_images(activations, top_k)


def _published_top(activations: Activations, top_k: int) -> Images:
    return np.asarray(torch.topk(torch.from_numpy(activations), top_k, dim=0).indices.T.numpy())


TOPS: Mapping[str, Callable[[Activations, int], Images]] = MappingProxyType(
    {"index": _top_by_index, "published": _published_top}
)
"""How a layer's top images, int64 (units, top_k), are chosen: one entry for each of
`study.inputs.settings.TIES`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which images each label is made from: of the probe, of its resamples and of its halves."""

    top_k: int | None  # images of a unit that a label is made from; None where all are
    sensitivity: tuple[int, ...]  # further values of it
    ties: str  # one of `study.inputs.settings.TIES`
    counts: npt.NDArray[np.int64]  # (resamples, images): how often each resample contains an image
    halves: npt.NDArray[np.bool_]  # (halves, images); none where a half would be too small
    random: npt.NDArray[np.int64] | None  # (sets, top_k): sets of random images; None without top_k


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
            chosen[wanted.random if wanted.random is not None else []] = True
        if not dissected:
            chosen[TOPS[wanted.ties](values, top_k)] = True
            continue
        for depth in depths if wanted.ties != "index" else ():
            chosen[TOPS[wanted.ties](values, depth)] = True
        for block in blocks_of_units(values):
            ranked = ranked_images(values[:, block])
            chosen[ranked[:, : max(depths)]] = True
            for count in (*wanted.counts, *wanted.halves):
                chosen[top_of_resample(ranked, count.astype(np.int64, copy=False), top_k)] = True
    return np.flatnonzero(chosen)
