"""Loading: photos decoded once, prepared for several models, while others are computed on."""

import os
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeAlias, TypeVar

import torch
from PIL import Image

from study.errors import StudyError
from study.probe import Probe

_K = TypeVar("_K", bound=Hashable)
Transform: TypeAlias = Callable[[Image.Image], torch.Tensor]
"""What a model asks of its images: an RGB picture to a float32 tensor (3, height, width)."""

_Prepared: TypeAlias = dict[Hashable, torch.Tensor]


def batches(
    probe: Probe,
    transforms: Mapping[_K, Transform],
    *,
    indices: Sequence[int] | None = None,
    size: int = 32,
    workers: int | None = None,
    ahead: int = 2,
) -> Iterator[tuple[tuple[int, ...], dict[_K, torch.Tensor]]]:
    """Yield the probe's images in batches, each image decoded once for all models.

    Parameters
    ----------
    probe
        The images.
    transforms
        By any key what makes a tensor of a picture: ``apply`` of a network's preprocessing, or of
        the encoder's. Those of equal objects run once, and their keys share one tensor.
    indices
        Which images, in this order; all of them when left out.
    size
        Images of a batch; the last one may be shorter.
    workers
        Threads that decode; as many as cores when left out.
    ahead
        Batches that may be prepared while the caller computes: what bounds the memory.

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

    executor = ThreadPoolExecutor(workers or os.cpu_count() or 1, thread_name_prefix="decode")
    starts = iter(range(0, len(chosen), size))
    queue: deque[tuple[tuple[int, ...], list[Future[_Prepared]]]] = deque()

    def submit(count: int) -> None:
        for start in islice(starts, count):
            batch = tuple(chosen[start : start + size])
            queue.append((batch, [executor.submit(prepare, index) for index in batch]))

    try:
        submit(ahead + 1)
        while queue:
            batch, futures = queue.popleft()
            prepared = [future.result() for future in futures]
            names = [probe.names[index] for index in batch]
            stacked = {
                mark: _stack([images[mark] for images in prepared], names) for mark in distinct
            }
            del prepared, futures
            submit(1)
            yield batch, {key: stacked[mark] for key, mark in marks.items()}
    finally:
        executor.shutdown(cancel_futures=True)


def _mark(transform: Transform) -> Hashable:
    """Return what is equal for transforms that do the same.

    Python tells methods of two equal objects apart; what counts here is that the objects are equal.
    """
    owner, function = getattr(transform, "__self__", None), getattr(transform, "__func__", None)
    return transform if owner is None or function is None else (owner, function)


def _stack(images: Sequence[torch.Tensor], names: Sequence[str]) -> torch.Tensor:
    shape = images[0].shape
    for image, name in zip(images, names, strict=True):
        if image.shape != shape:
            raise StudyError(
                f"{name}: expected {' x '.join(map(str, shape))} numbers like {names[0]}, found "
                f"{' x '.join(map(str, image.shape))}: set crop in the network's preprocessing"
            )
    out = torch.empty((len(images), *shape), memory_format=torch.channels_last)
    for place, image in zip(out, images, strict=True):
        place.copy_(image)
    return out
