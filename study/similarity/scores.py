"""P, how much an image shows a concept: the cosine of their features, block by block."""

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor

_BLOCK_ELEMENTS = 12_000_000
_WIDEST, _NARROWEST = 512, 64
_KEPT_ELEMENTS = 25_000_000


class Scores(Protocol):
    """An (images, concepts) array of which only some concepts are there at a time."""

    images: int
    concepts: int
    device: torch.device

    def block(self, columns: slice, *, out: Tensor) -> Tensor:
        """Write the scores of some concepts, (images, chosen) float32, into `out`; return it."""


class CosineScores:
    """P = the cosine of image and concept features.

    A row of zeros, an image or concept without any direction, has cosine 0 with everything.

    Parameters
    ----------
    image_features
        (images, width).
    concept_features
        (concepts, width).
    """

    def __init__(self, image_features: Tensor, concept_features: Tensor) -> None:
        self.image_features = unit_rows(image_features.float())
        self.concept_features = unit_rows(concept_features.float())
        self.images, self.concepts = len(image_features), len(concept_features)
        self.device = image_features.device

    def block(self, columns: slice, *, out: Tensor) -> Tensor:
        """Write P of some concepts, (images, chosen) float32, into `out`; return it."""
        return torch.mm(self.image_features, self.concept_features[columns].T, out=out)


class KeptScores:
    """Scores computed once and kept.

    Parameters
    ----------
    scores
        What is to be kept: 4 bytes for each image and concept.
    """

    def __init__(self, scores: Scores) -> None:
        self.images, self.concepts, self.device = scores.images, scores.concepts, scores.device
        everything = slice(0, self.concepts)
        space = torch.empty(self.images, self.concepts, device=self.device)
        self._kept = scores.block(everything, out=space)

    def block(self, columns: slice, *, out: Tensor) -> Tensor:
        """Write P of some concepts, (images, chosen) float32, into `out`; return it."""
        return out.copy_(self._kept[:, columns])


def kept(scores: Scores) -> Scores:
    """Return scores that several passes ask for: kept if they fit 100 MB, else as they are."""
    small = scores.images * scores.concepts <= _KEPT_ELEMENTS
    return KeptScores(scores) if small else scores


def unit_rows(features: Tensor) -> Tensor:
    """Return features with rows of length 1, in their own precision; rows of zeros stay zero."""
    return torch.nn.functional.normalize(features, dim=1)


def column_blocks(scores: Scores, size: int | None = None) -> Iterator[slice]:
    """Yield the concepts in blocks that keep (images, block) small.

    Parameters
    ----------
    scores
        What is to be cut.
    size
        Concepts in a block (default: as many as fit about 50 MB, from 64 to 512).
    """
    fitting = max(_NARROWEST, min(_WIDEST, _BLOCK_ELEMENTS // scores.images))
    step = size or fitting
    for start in range(0, scores.concepts, step):
        yield slice(start, min(start + step, scores.concepts))


class Workspace:
    """One piece of memory that blocks of slightly differing shape share."""

    def __init__(self, device: torch.device) -> None:
        self._memory = torch.empty(0, device=device)

    def array(self, *shape: int) -> Tensor:
        """Return an uninitialised float32 array of this shape; the one before is overwritten."""
        size = torch.Size(shape).numel()
        if size > self._memory.numel():
            self._memory = torch.empty(size, device=self._memory.device)
        return self._memory[:size].view(shape)
