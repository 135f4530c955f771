"""Information that images hold about concepts: blocked, fused, never (images, concepts) at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from study.errors import StudyError
from study.similarity.checks import check_setting
from study.similarity.scores import Scores, Workspace, column_blocks

_CACHED_ELEMENTS, _NARROWEST = 131_072, 64
_LARGEST_EXPONENT = 37
_SMALLEST_FLOOR = 1e-30


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How top images speak for a concept.

    Attributes
    ----------
    membership
        float64 (top_k,): p_j, the chance that image j belongs to the unit's concept.
    min_prob
        Added inside the logarithm.
    a
        Sharpness of the softmax over concepts.
    lam
        Weight of what all units share.
    """

    membership: Tensor
    min_prob: float
    a: float
    lam: float

    def __post_init__(self) -> None:
        check_setting("wpmi", "a", self.a, "above 0", 0 < self.a < math.inf)
        check_setting("wpmi", "lam", self.lam, "of at least 0", 0 <= self.lam < math.inf)
        smallest = float(self.floor.min())
        check_setting(
            "wpmi",
            "min_prob",
            self.min_prob,
            f"to leave 1 - p + min_prob at {_SMALLEST_FLOOR} or more",
            0 <= self.min_prob < 1 and smallest >= _SMALLEST_FLOOR,
        )

    @property
    def floor(self) -> Tensor:
        """1 - p_j + min_prob: what an image contributes that does not show the concept."""
        return 1 - self.membership + self.min_prob


def information(
    scores: Scores, top: Tensor, evidence: Evidence, *, block: int | None = None
) -> Tensor:
    """Return s = Σ_j log(1 + p_j (S_j - 1) + min_prob), less `lam` times what all units share.

    With c_j = 1 - p_j + min_prob a factor is c_j (1 + S_j p_j / c_j), and Σ_j log c_j is the same
    for every unit and concept. Of the other parts, products are taken over as many images as
    float32 holds before one logarithm: faster than a logarithm each and, as the sums stay small,
    more exact than sums near -430.

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
    units, lam = len(top), evidence.lam
    if units == 1 and lam >= 1:
        raise StudyError(
            f"expected at least two units for lam = {lam} (one unit shares everything with "
            "itself), found one: score the whole layer or set lam below 1"
        )
    ranks = top.T.contiguous()
    gains = (evidence.membership / evidence.floor).tolist()
    constant = (1 - lam) * float(evidence.floor.log().sum())
    peak, total = softmax_parts(scores, evidence.a, block=block)
    result = torch.empty(units, scores.concepts, device=scores.device)
    memory = Workspace(scores.device)
    size = block or max(_NARROWEST, _CACHED_ELEMENTS // units)
    for columns in column_blocks(scores, size):
        softmax = scores.block(columns, out=memory.array(scores.images, _width(columns)))
        softmax.mul_(evidence.a).sub_(peak[:, None]).exp_().div_(total[:, None])
        sums = log_products(softmax, ranks, gains)
        shared = torch.logsumexp(sums, dim=0) - math.log(units)
        torch.sub(sums, shared, alpha=lam, out=result[:, columns])
    return result.add_(constant)


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
        product.addcmul_(product, chosen, value=gain)
        if rank % together == 0:
            sums.add_(product.log_())
            product.fill_(1)
    return sums.add_(product.log_())


def _width(columns: slice) -> int:
    return int(columns.stop - columns.start)
