"""Weighted pointwise mutual information between a unit's top images and a concept."""

import torch
from torch import Tensor

from study.errors import StudyError
from study.similarity.checks import check_arrays, check_features
from study.similarity.evidence import EVIDENCE, soft_evidence, sure_evidence
from study.similarity.information import information, most_informed
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
    return soft_wpmi_top(
        image_features,
        concept_features,
        top_images(activations, top_k),
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
    _check_count(top, top_k)
    evidence = soft_evidence(
        top.shape[1], a=a, lam=lam, min_prob=min_prob, p_start=p_start, p_end=p_end
    )
    scores, top = _needed(image_features, concept_features, top)
    return information(scores, top, evidence, block=block)


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
    return wpmi_top(
        image_features,
        concept_features,
        top_images(activations, top_k),
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
    _check_count(top, top_k)
    evidence = sure_evidence(top.shape[1], a=a, lam=lam, min_prob=min_prob)
    scores, top = _needed(image_features, concept_features, top)
    return information(scores, top, evidence, block=block)


def best_concepts(
    function: str,
    image_features: Tensor,
    concept_features: Tensor,
    tops: Tensor,
    *,
    block: int | None = None,
    **settings: float,
) -> Tensor:
    """Return the labels that several samples of images give, the first of equal concepts.

    Equal to the argmax of `TOP_FUNCTIONS` on each sample, with P computed once for all.

    Parameters
    ----------
    function
        "soft_wpmi" or "wpmi".
    image_features
        (needed, width).
    concept_features
        (concepts, width).
    tops
        int64 (samples, units, top_k): rows of `image_features`.
    block
        Concepts worked on at a time.
    **settings
        As for the function; top_k, if given, is the last axis of `tops`.

    Returns
    -------
    torch.Tensor
        int64 (samples, units): places in the concept set.

    Raises
    ------
    StudyError
        As `soft_wpmi_top`.
    """
    _check_count(tops, settings.pop("top_k", None))
    evidence = EVIDENCE[function](tops.shape[2], **settings)
    scores, tops = _needed(image_features, concept_features, tops)
    return most_informed(scores, tops, evidence, block=block)


def _needed(
    image_features: Tensor, concept_features: Tensor, top: Tensor
) -> tuple[CosineScores, Tensor]:
    """Return P of the images that occur in `top`, and `top` in terms of them."""
    rows, inverse = torch.unique(top.to(image_features.device), return_inverse=True)
    if int(rows[0]) < 0 or int(rows[-1]) >= len(image_features):
        raise StudyError(
            f"top images: expected rows 0 to {len(image_features) - 1}, found "
            f"{int(rows[0])} to {int(rows[-1])}"
        )
    chosen = image_features[rows]
    check_features(chosen, concept_features)
    return CosineScores(chosen, concept_features), inverse


def _check_count(top: Tensor, top_k: float | None) -> None:
    if top.ndim < 2 or top.numel() == 0:
        raise StudyError(f"top images: expected (units, top_k), found {tuple(top.shape)}")
    if top_k not in (None, top.shape[-1]):
        raise StudyError(f"top images: expected {top_k} of each unit, found {top.shape[-1]}")
