"""Weighted pointwise mutual information between a unit's top images and a concept."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from study.errors import StudyError
from study.similarity.checks import check_arrays, check_features, check_setting
from study.similarity.scores import CosineScores, Scores, Workspace, column_blocks
from study.similarity.top import top_images

_STEP_ELEMENTS = 131_072
_LARGEST_EXPONENT = 36.0
_SMALLEST_PROBABILITY = 1e-30


def soft_wpmi(
    image_features: Tensor,
    concept_features: Tensor,
    activations: Tensor,
    *,
    top_k: int = 100,
    a: float = 10,
    lam: float = 1,
    min_prob: float = 1e-7,
    p_start: float = 0.998,
    p_end: float = 0.97,
    block: int | None = None,
) -> Tensor:
    """Return the soft WPMI of every unit and concept.

    With S the softmax over concepts of a·P, and j = 0 .. top_k-1 a unit's images from the most
    active one, p_j = p_start - (j / top_k)(p_start - p_end) is the chance that image j belongs to
    the unit's concept, s = Σ_j log(1 + p_j (S_j - 1) + min_prob), and the similarity is
    s - lam (logsumexp over the units of s - log #units).

    Parameters
    ----------
    image_features
        (images, width).
    concept_features
        (concepts, width).
    activations
        (images, units). Only their order within a unit counts.
    top_k
        Images of a unit that count, 1 to images.
    a
        Sharpness of the softmax, above 0.
    lam
        Weight of what all units share, at least 0.
    min_prob
        Added inside the logarithm.
    p_start, p_end
        0 < p_end <= p_start <= 1.
    block
        Concepts worked on at a time (default: by the size of the arrays).

    Returns
    -------
    torch.Tensor
        float32 (units, concepts).

    Raises
    ------
    StudyError
        If arrays do not fit or are not finite, a setting is out of range, there are fewer images
        than `top_k`, or a single unit meets lam >= 1 (all its scores would be equal).

    References
    ----------
    CLIP-Dissect, ICLR 2023, section 3.3, equations 4 to 6.
    """
    check_arrays(image_features, concept_features, activations)
    rows, top = _needed(top_images(activations, top_k))
    return soft_wpmi_top(
        image_features[rows],
        concept_features,
        top,
        top_k=top_k,
        a=a,
        lam=lam,
        min_prob=min_prob,
        p_start=p_start,
        p_end=p_end,
        block=block,
    )


def soft_wpmi_top(
    image_features: Tensor,
    concept_features: Tensor,
    top: Tensor,
    *,
    top_k: int | None = None,
    a: float = 10,
    lam: float = 1,
    min_prob: float = 1e-7,
    p_start: float = 0.998,
    p_end: float = 0.97,
    block: int | None = None,
) -> Tensor:
    """Return `soft_wpmi` from features of only those images that are in some unit's top.

    Parameters
    ----------
    image_features
        (needed, width).
    concept_features
        (concepts, width).
    top
        int64 (units, top_k): rows of `image_features`, a unit's most active image first.
    top_k
        Number of columns of `top` (may be left out).
    a, lam, min_prob, p_start, p_end, block
        As for `soft_wpmi`.

    Returns
    -------
    torch.Tensor
        float32 (units, concepts).

    Raises
    ------
    StudyError
        As `soft_wpmi`, and if `top` points outside the features.
    """
    k = _checked_top(image_features, top, top_k)
    check_setting(
        "soft_wpmi", "p_start, p_end", p_end, "with 0 < p_end <= p_start <= 1",
        0 < p_end <= p_start <= 1,
    )  # fmt: skip
    steps = torch.arange(k, dtype=torch.float64) / k
    evidence = Evidence(
        membership=p_start - steps * (p_start - p_end), min_prob=min_prob, a=a, lam=lam
    )
    check_features(image_features, concept_features)
    return information(CosineScores(image_features, concept_features), top, evidence, block=block)


def wpmi(
    image_features: Tensor,
    concept_features: Tensor,
    activations: Tensor,
    *,
    top_k: int = 28,
    a: float = 2,
    lam: float = 0.6,
    min_prob: float = 1e-7,
    block: int | None = None,
) -> Tensor:
    """Return the WPMI of every unit and concept: soft WPMI with all top images sure members.

    s = Σ_j log(S_j + min_prob); the same correction.

    Parameters
    ----------
    image_features, concept_features, activations, top_k, a, lam, min_prob, block
        As for `soft_wpmi`; min_prob above 0.

    Returns
    -------
    torch.Tensor
        float32 (units, concepts).

    Raises
    ------
    StudyError
        As `soft_wpmi`.

    References
    ----------
    CLIP-Dissect, ICLR 2023, section 3.3, equation 3.
    """
    check_arrays(image_features, concept_features, activations)
    rows, top = _needed(top_images(activations, top_k))
    return wpmi_top(
        image_features[rows],
        concept_features,
        top,
        top_k=top_k,
        a=a,
        lam=lam,
        min_prob=min_prob,
        block=block,
    )


def wpmi_top(
    image_features: Tensor,
    concept_features: Tensor,
    top: Tensor,
    *,
    top_k: int | None = None,
    a: float = 2,
    lam: float = 0.6,
    min_prob: float = 1e-7,
    block: int | None = None,
) -> Tensor:
    """Return `wpmi` from features of only those images that are in some unit's top.

    Parameters
    ----------
    image_features, concept_features, top, top_k
        As for `soft_wpmi_top`.
    a, lam, min_prob, block
        As for `wpmi`.

    Returns
    -------
    torch.Tensor
        float32 (units, concepts).

    Raises
    ------
    StudyError
        As `soft_wpmi_top`.
    """
    k = _checked_top(image_features, top, top_k)
    evidence = Evidence(
        membership=torch.ones(k, dtype=torch.float64), min_prob=min_prob, a=a, lam=lam
    )
    check_features(image_features, concept_features)
    return information(CosineScores(image_features, concept_features), top, evidence, block=block)


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
            "wpmi", "min_prob", self.min_prob, f"that leaves 1 - p + min_prob at "
            f"{_SMALLEST_PROBABILITY} or more", smallest >= _SMALLEST_PROBABILITY < 1,
        )  # fmt: skip

    @property
    def floor(self) -> Tensor:
        """1 - p_j + min_prob: what an image without the concept contributes, (top_k,)."""
        return 1 - self.membership + self.min_prob


def information(
    scores: Scores, top: Tensor, evidence: Evidence, *, block: int | None = None
) -> Tensor:
    """Return Σ_j log(1 + p_j (S_j - 1) + min_prob), less `lam` times what all units share.

    Each factor is written (1 - p_j + min_prob)(S_j + o_j) / o_j with o_j = (1 - p_j + min_prob) /
    p_j. The first part does not depend on the concept; of the rest, as many factors as float32
    holds are multiplied before one logarithm is taken, which is both faster and, as sums stay
    small, more exact than a sum of logarithms near -430.

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
    products = _Products(top, evidence, scores.device)
    peak, total = softmax_parts(scores, evidence.a, block=block)
    shares = total.reciprocal_()[:, None]
    constant = (1 - lam) * float(evidence.floor.log().sum())
    result = torch.empty(units, scores.concepts, device=scores.device)
    memory = Workspace(scores.device)
    for columns in column_blocks(scores, block):
        padded = memory.array(scores.images + 1, columns.stop - columns.start)
        softmax = scores.block(columns, out=padded[:-1])
        softmax.mul_(evidence.a).sub_(peak[:, None]).exp_().mul_(shares)
        padded[-1] = 0
        sums = products.log_sums(padded)
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
        part = memory.array(scores.images, columns.stop - columns.start)
        logits = scores.block(columns, out=part).mul_(a)
        higher = torch.maximum(peak, logits.amax(dim=1))
        total.mul_((peak - higher).exp_())
        total.add_(logits.sub_(higher[:, None]).exp_().sum(dim=1))
        peak = higher
    return peak, total


class _Products:
    """Sums of logarithms over each unit's top images, as logarithms of products."""

    def __init__(self, top: Tensor, evidence: Evidence, device: torch.device) -> None:
        self.units, k = top.shape
        offsets = evidence.floor / evidence.membership
        span = max(-math.log10(float(offsets.min())), math.log10(float(offsets.max()) + 1), 1.0)
        self.groups = math.ceil(k / max(1, int(_LARGEST_EXPONENT / span)))
        self.length = math.ceil(k / self.groups)
        missing = self.groups * self.length - k
        # The row after the last image holds zeros; with offset 1 it is the factor 1.
        spare = -torch.ones(self.units, missing, dtype=torch.int64)
        self.rows = torch.cat([top.cpu(), spare], dim=1).to(device)
        offsets = torch.cat([offsets, torch.ones(missing, dtype=torch.float64)])
        inverse = offsets.view(self.groups, self.length).log().sum(1).neg().exp()
        self.offsets = offsets.float().to(device)[:, None]
        self.inverse = inverse.float().to(device)[:, None]
        self.memory = Workspace(device)

    def log_sums(self, padded: Tensor) -> Tensor:
        """Return Σ_j log((S_j + o_j) / o_j) of some concepts, (units, chosen).

        Parameters
        ----------
        padded
            S, (images + 1, chosen), the last row zero.
        """
        width, step = padded.shape[1], self.groups * self.length
        rows = self.rows.where(self.rows >= 0, len(padded) - 1)
        result = torch.empty(self.units, width, device=padded.device)
        together = max(1, _STEP_ELEMENTS // (step * width))
        for start in range(0, self.units, together):
            chosen = rows[start : start + together]
            factors = self.memory.array(len(chosen) * step, width)
            torch.index_select(padded, 0, chosen.reshape(-1), out=factors)
            factors = factors.view(len(chosen), step, width).add_(self.offsets)
            products = factors.view(len(chosen), self.groups, self.length, width).prod(dim=2)
            logs = products.mul_(self.inverse).log_()
            torch.sum(logs, dim=1, out=result[start : start + together])
        return result


def _needed(top: Tensor) -> tuple[Tensor, Tensor]:
    """Return the images that occur in `top`, and `top` in terms of them."""
    rows, inverse = torch.unique(top, return_inverse=True)
    return rows, inverse


def _checked_top(image_features: Tensor, top: Tensor, top_k: int | None) -> int:
    """Return the number of top images, after a look at the indices."""
    if top.ndim != 2 or top.numel() == 0:
        raise StudyError(f"top images: expected (units, top_k), found {tuple(top.shape)}")
    k = top.shape[1]
    if top_k not in (None, k):
        raise StudyError(f"top images: expected {top_k} of each unit, found {k}")
    low, high = int(top.min()), int(top.max())
    if low < 0 or high >= len(image_features):
        raise StudyError(
            f"top images: expected rows 0 to {len(image_features) - 1}, found {low} to {high}"
        )
    return k
