"""Weighted pointwise mutual information between a unit's top images and a concept."""

import torch
from torch import Tensor

from study.errors import StudyError
from study.similarity.checks import check_arrays, check_features, check_setting
from study.similarity.information import Evidence, information
from study.similarity.scores import CosineScores
from study.similarity.top import top_images


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
        0 <= p_end <= p_start <= 1.
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
    ordered = 0 <= p_end <= p_start <= 1
    check_setting("soft_wpmi", "p_end", p_end, f"from 0 to p_start = {p_start} <= 1", ordered)
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
