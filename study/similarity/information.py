"""Information that images hold about concepts: blocked, fused, never (images, concepts) at once."""

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from study.errors import StudyError
from study.similarity.evidence import Evidence
from study.similarity.scores import Scores, Workspace, column_blocks, kept

_CACHED_ELEMENTS, _NARROWEST = 131_072, 64
_LARGEST_EXPONENT = 37


def information(
    scores: Scores, top: Tensor, evidence: Evidence, *, block: int | None = None
) -> Tensor:
    """Return s = Σ_j log(1 + p_j (S_j - 1) + min_prob), less `lam` times what all units share.

    Parameters
    ----------
    scores
        P of the images that `top` points to.
    top
        int64 (units, top_k).
    evidence
        p_j, min_prob, a and lam.
    block
        Concepts at a time.

    Returns
    -------
    torch.Tensor
        float32 (units, concepts).

    Raises
    ------
    StudyError
        If there is one unit and lam >= 1.
    """
    result = torch.empty(len(top), scores.concepts, device=scores.device)
    for columns, [part] in information_blocks(scores, top[None], evidence, block=block):
        result[:, columns] = part
    return result


def most_informed(
    scores: Scores, tops: Tensor, evidence: Evidence, *, block: int | None = None
) -> Tensor:
    """Return the concept of highest information, int64 (samples, units), the first of equals.

    Parameters
    ----------
    scores, evidence, block
        As for `information`.
    tops
        int64 (samples, units, top_k).

    Raises
    ------
    StudyError
        As `information`.
    """
    highest = torch.full(tops.shape[:2], -math.inf, device=scores.device)
    best = torch.zeros(tops.shape[:2], dtype=torch.int64, device=scores.device)
    for columns, parts in information_blocks(scores, tops, evidence, block=block):
        for sample, part in enumerate(parts):
            values, concepts = part.max(dim=1)
            higher = values > highest[sample]
            highest[sample] = torch.where(higher, values, highest[sample])
            best[sample] = torch.where(higher, concepts + columns.start, best[sample])
    return best


def information_blocks(
    scores: Scores, tops: Tensor, evidence: Evidence, *, block: int | None = None
) -> Iterator[tuple[slice, Iterator[Tensor]]]:
    """Yield blocks of concepts, each with the information of every sample of images.

    The softmax is made once for all samples. With c_j = 1 - p_j + min_prob a factor is
    c_j (1 + S_j p_j / c_j), and Σ_j log c_j is the same for every unit and concept. Of the other
    parts, products are taken over as many images as float32 holds before one logarithm: faster
    than a logarithm each and, as the sums stay small, more exact than sums near -430.

    Parameters
    ----------
    scores, evidence, block
        As for `information`.
    tops
        int64 (samples, units, top_k).

    Yields
    ------
    tuple of (columns, parts)
        The concepts and, sample by sample, float32 (units, chosen).

    Raises
    ------
    StudyError
        As `information`.
    """
    units, lam = tops.shape[1], evidence.lam
    if units == 1 and lam >= 1:
        raise StudyError(
            f"expected at least two units for lam = {lam} (one unit shares everything with "
            "itself), found one: score the whole layer or set lam below 1"
        )
    ranks = tops.transpose(1, 2).contiguous()
    gains = (evidence.membership / evidence.floor).tolist()
    constant = (1 - lam) * float(evidence.floor.log().sum())
    scores = kept(scores)
    peak, total = softmax_parts(scores, evidence.a, block=block)
    memory = Workspace(scores.device)
    for columns in column_blocks(scores, block or max(_NARROWEST, _CACHED_ELEMENTS // units)):
        softmax = scores.block(columns, out=memory.array(scores.images, _width(columns)))
        softmax.mul_(evidence.a).sub_(peak[:, None]).exp_().div_(total[:, None])
        yield columns, (_informed(softmax, rank, gains, lam, constant) for rank in ranks)


def _informed(
    softmax: Tensor, ranks: Tensor, gains: Sequence[float], lam: float, constant: float
) -> Tensor:
    sums = log_products(softmax, ranks, gains)
    shared = torch.logsumexp(sums, dim=0) - math.log(len(sums))
    return sums.sub_(shared, alpha=lam).add_(constant)


def softmax_parts(scores: Scores, a: float, *, block: int | None = None) -> tuple[Tensor, Tensor]:
    """Return each image's largest a·P and its Σ over concepts of exp(a·P - largest).

    Parameters
    ----------
    scores
        P.
    a
        Sharpness.
    block
        Concepts at a time.

    Returns
    -------
    tuple of torch.Tensor
        Both (images,) float32.
    """
    peak = torch.full((scores.images,), -math.inf, device=scores.device)
    total = torch.zeros(scores.images, device=scores.device)
    memory = Workspace(scores.device)
    for columns in column_blocks(scores, block):
        part = memory.array(scores.images, _width(columns))
        logits = scores.block(columns, out=part).mul_(a)
        higher = torch.maximum(peak, logits.amax(dim=1))
        total.mul_((peak - higher).exp_())
        total.add_(logits.sub_(higher[:, None]).exp_().sum(dim=1))
        peak = higher
    return peak, total


def log_products(softmax: Tensor, ranks: Tensor, gains: Sequence[float]) -> Tensor:
    """Return Σ_j log(1 + gains_j S_j) for every unit and concept.

    Parameters
    ----------
    softmax
        S, (images, chosen), 0 to 1.
    ranks
        int64 (top_k, units): each unit's image of rank j.
    gains
        top_k numbers, at least 0.

    Returns
    -------
    torch.Tensor
        (units, chosen).
    """
    shape = ranks.shape[1], softmax.shape[1]
    largest = math.log10(1 + max(gains) * float(softmax.max()))
    together = max(1, int(_LARGEST_EXPONENT / max(largest, 1e-9)))
    sums, product = softmax.new_zeros(shape), softmax.new_ones(shape)
    chosen = softmax.new_empty(shape)
    for rank, (images, gain) in enumerate(zip(ranks, gains, strict=True), start=1):
        torch.index_select(softmax, 0, images, out=chosen)
        # In this order nothing overflows on the way: gain * product alone may.
        product.addcmul_(chosen, product, value=gain)
        if rank % together == 0:
            sums.add_(product.log_())
            product.fill_(1)
    return sums.add_(product.log_())


def _width(columns: slice) -> int:
    return int(columns.stop - columns.start)
