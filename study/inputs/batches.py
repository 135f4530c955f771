"""Batches: photos are decoded once for several models, in threads, ahead of the computation."""

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeAlias, TypeVar

import torch
from PIL import Image

from study import machine
from study.errors import StudyError
from study.inputs.probe import Probe

_K = TypeVar("_K", bound=Hashable)
Transform: TypeAlias = Callable[[Image.Image], torch.Tensor]
"""A model's preprocessing: an RGB picture to a float32 tensor (3, height, width)."""

_AHEAD = 2
"""Batches prepared while the caller computes; this bounds the memory."""
_Prepared: TypeAlias = dict[Hashable, torch.Tensor]


def batches(
    probe: Probe,
    transforms: Mapping[_K, Transform],
    *,
    indices: Sequence[int] | None = None,
    size: int = 32,
) -> Iterator[tuple[tuple[int, ...], dict[_K, torch.Tensor]]]:
    """Yield the probe's images in batches, decoding each image once for all models.

    Parameters
    ----------
    probe
        The images.
    transforms
        Any key to what turns a picture into a tensor: ``apply`` of a network's or the encoder's
        preprocessing. Equal ones run once, and their keys share one tensor.
    indices
        Which images, in this order; all of them when left out.
    size
        Images in a batch; the last batch may be shorter.

    Yields
    ------
    tuple of (indices, tensors)
        The batch's indices into the probe, and by key a float32 tensor (n, 3, height, width),
        channels last in memory.

    Raises
    ------
    StudyError
        Naming the photo that cannot be read, or that gives a tensor of another shape than those
        before it in the batch.
    """
    chosen = range(len(probe)) if indices is None else indices
    marks = {key: _mark(transform) for key, transform in transforms.items()}
    distinct = {marks[key]: transform for key, transform in transforms.items()}

    def prepare(index: int) -> _Prepared:
        image = probe.image(index)
        return {mark: transform(image) for mark, transform in distinct.items()}

    executor = ThreadPoolExecutor(machine.cores(), thread_name_prefix="decode")
    parts = (tuple(chosen[start : start + size]) for start in range(0, len(chosen), size))
    queue: deque[tuple[tuple[int, ...], Iterator[_Prepared]]] = deque()

    def submit(count: int) -> None:
        queue.extend((batch, executor.map(prepare, batch)) for batch in islice(parts, count))

    try:
        submit(_AHEAD + 1)
        while queue:
            batch, results = queue.popleft()
            prepared = list(results)
            names = [probe.names[index] for index in batch]
            stacked = {
                mark: _stack([images[mark] for images in prepared], names) for mark in distinct
            }
            del prepared, results
            submit(1)
            yield batch, {key: stacked[mark] for key, mark in marks.items()}
    finally:
        executor.shutdown(cancel_futures=True)


def _mark(transform: Transform) -> Hashable:
    """Return a key that is equal for methods of equal objects, which Python considers different."""
    owner, function = getattr(transform, "__self__", None), getattr(transform, "__func__", None)
    return transform if owner is None or function is None else (owner, function)


def _stack(images: Sequence[torch.Tensor], names: Sequence[str]) -> torch.Tensor:
    shape = images[0].shape
    for image, name in zip(images, names, strict=True):
        if image.shape != shape:
            raise StudyError(
                f"{name}: expected {' x '.join(map(str, shape))} numbers as in {names[0]}, found "
                f"{' x '.join(map(str, image.shape))}: set crop in the network's preprocessing"
            )
    out = torch.empty((len(images), *shape), memory_format=torch.channels_last)
    for row, image in zip(out, images, strict=True):
        row.copy_(image)
    return out
