"""What the functions score from: a unit's top images, and P, how much an image shows a concept."""

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor

from study.errors import StudyError

_BLOCK_ELEMENTS = 12_000_000
_WIDEST, _NARROWEST = 512, 64
_IN_MEMORY = 25_000_000


class Scores(Protocol):
    """An (images, concepts) array that is computed for some concepts at a time."""

    images: int
    concepts: int
    device: torch.device

    def block(self, columns: slice, *, out: Tensor) -> Tensor:
        """Write the scores of some concepts, (images, chosen) float32, into `out`; return it."""


class CosineScores:
    """P = the cosine of image and concept features.

    Features are (images, width) and (concepts, width). A row of zeros (an image or concept without
    direction) has cosine 0 with everything.
    """

    def __init__(self, image_features: Tensor, concept_features: Tensor) -> None:
        self.image_features = unit_rows(image_features.float())
        self.concept_features = unit_rows(concept_features.float())
        self.images, self.concepts = len(image_features), len(concept_features)
        self.device = image_features.device

    def block(self, columns: slice, *, out: Tensor) -> Tensor:
        """Write P of some concepts, (images, chosen) float32, into `out`; return it."""
        return torch.mm(self.image_features, self.concept_features[columns].T, out=out)


class CachedScores:
    """Scores computed once and held in memory: 4 bytes for each image and concept."""

    def __init__(self, scores: Scores) -> None:
        self.images, self.concepts, self.device = scores.images, scores.concepts, scores.device
        space = torch.empty(self.images, self.concepts, device=self.device)
        self._P = scores.block(slice(0, self.concepts), out=space)

    def block(self, columns: slice, *, out: Tensor) -> Tensor:
        """Write P of some concepts, (images, chosen) float32, into `out`; return it."""
        return out.copy_(self._P[:, columns])


def cached(scores: Scores) -> Scores:
    """Return scores for several passes: in memory if they fit 100 MB, else computed each time."""
    small = scores.images * scores.concepts <= _IN_MEMORY
    return CachedScores(scores) if small else scores


def top_images(activations: Tensor, k: int) -> Tensor:
    """Return each unit's `k` most active images, int64 (units, k), strongest first.

    Ties go by image index: a unit that is equally active on all images (a dead one) gets the first
    `k`. Activations are finite, (images, units).

    Raises
    ------
    StudyError
        If there are fewer than `k` images, or `k` is below 1.

    Examples
    --------
    >>> top_images(torch.tensor([[0.0, 2.0], [3.0, 1.0], [3.0, 0.0]]), 2).tolist()
    [[1, 2], [0, 1]]
    """
    images = len(activations)
    if not 1 <= k <= images:
        raise StudyError(
            f"expected top_k from 1 to the number of images ({images}), found {k}: "
            f"set top_k to at most {images} or use more images"
        )
    rows = activations.T.contiguous()
    values, indices = torch.topk(rows, min(k + 1, images), dim=1)
    # Without a tie at the cut the set is certain, and two stable sorts order ties inside it.
    chosen = indices[:, :k].sort(dim=1).values
    order = rows.gather(1, chosen).sort(dim=1, descending=True, stable=True).indices
    top = chosen.gather(1, order)
    if k < images:
        tied = values[:, k - 1] == values[:, k]
        top[tied] = rows[tied].sort(dim=1, descending=True, stable=True).indices[:, :k]
    return top


def unit_rows(features: Tensor) -> Tensor:
    """Return features with rows of length 1, in their own precision; rows of zeros stay zero."""
    return torch.nn.functional.normalize(features, dim=1)


def column_blocks(scores: Scores, size: int | None = None) -> Iterator[slice]:
    """Yield the concepts in blocks of `size`.

    By default (images, block) takes about 50 MB, with 64 to 512 concepts in a block.
    """
    step = size or max(_NARROWEST, min(_WIDEST, _BLOCK_ELEMENTS // scores.images))
    for start in range(0, scores.concepts, step):
        yield slice(start, min(start + step, scores.concepts))


class Workspace:
    """One piece of memory that blocks of slightly differing shape share."""

    def __init__(self, device: torch.device) -> None:
        self._memory = torch.empty(0, device=device)

    def array(self, *shape: int) -> Tensor:
        """Return an uninitialised float32 array of this shape, over the one returned before."""
        size = torch.Size(shape).numel()
        if size > self._memory.numel():
            self._memory = torch.empty(size, device=self._memory.device)
        return self._memory[:size].view(shape)
