"""The five similarity functions as published: P whole in memory, one unit after the other.

Each takes P and activations (images, units) and returns scores (units, concepts).
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

_REORDERED_AT_A_TIME = 1500


def scores(image_features: Tensor, concept_features: Tensor) -> Tensor:
    """Return P, the cosine of features, (images, concepts)."""
    images = image_features / image_features.norm(dim=1, keepdim=True)
    concepts = concept_features / concept_features.norm(dim=1, keepdim=True)
    return images @ concepts.T


def soft_wpmi(p: Tensor, activations: Tensor) -> Tensor:
    members = (0.998 - torch.arange(100) / 100 * (0.998 - 0.97))[:, None]
    return _informed(10 * p, activations, 100, 1, lambda s: torch.log(1 + members * (s - 1) + 1e-7))


def wpmi(p: Tensor, activations: Tensor) -> Tensor:
    return _informed(2 * p, activations, 28, 0.6, lambda s: torch.log(s + 1e-7))


def rank_reorder(p: Tensor, activations: Tensor) -> Tensor:
    power, scale = 3, 0.5
    values, top = torch.topk(activations, int(len(activations) * 0.05), dim=0)
    errors = []
    for unit in range(activations.shape[1]):
        shown = _rows(p, top, unit)
        mean = shown.mean(0, keepdim=True)
        ranks = torch.argsort(torch.argsort(shown, dim=0), dim=0)
        own = values[:, unit : unit + 1]
        ascending = own.flip(0)
        shuffled = [ascending[torch.randperm(len(ascending))] for _ in range(5)]
        chance = ((ascending - torch.cat(shuffled, dim=1)).abs() ** power).mean()
        parts = []
        for start in range(0, p.shape[1], _REORDERED_AT_A_TIME):
            chosen = ranks[:, start : start + _REORDERED_AT_A_TIME]
            reordered = ascending.expand(-1, chosen.shape[1]).gather(0, chosen)
            parts.append(((own - reordered).abs() ** power).mean(0, keepdim=True) / chance)
        errors.append(torch.cat(parts, dim=1) / mean**scale)
    return -torch.cat(errors)


def cos_similarity(p: Tensor, activations: Tensor) -> Tensor:
    return (activations / activations.norm(dim=0)).T @ (p / p.norm(dim=0))


def cos_similarity_cubed(p: Tensor, activations: Tensor) -> Tensor:
    shown, active = (p - p.mean(0)) ** 3, (activations - activations.mean(0)) ** 3
    shown = shown / shown.norm(dim=0).clip(1e-3)
    return (active / active.norm(dim=0).clip(1e-3)).T @ shown


FUNCTIONS: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    function.__name__: function
    for function in (soft_wpmi, wpmi, rank_reorder, cos_similarity, cos_similarity_cubed)
}


def _rows(p: Tensor, top: Tensor, unit: int) -> Tensor:
    """Return P of a unit's top images, (top, concepts), gathered as the published code does."""
    return p.gather(0, top[:, unit : unit + 1].expand(-1, p.shape[1]))


def _informed(
    logits: Tensor, activations: Tensor, k: int, lam: float, log: Callable[[Tensor], Tensor]
) -> Tensor:
    shares = torch.softmax(logits, dim=1)
    top = torch.topk(activations, k, dim=0).indices
    units = range(activations.shape[1])
    sums = [log(_rows(shares, top, unit)).sum(0, keepdim=True) for unit in units]
    whole = torch.cat(sums)
    shared = torch.logsumexp(whole, dim=0, keepdim=True) - torch.log(torch.tensor(len(whole)))
    return whole - lam * shared
