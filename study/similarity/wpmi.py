"""Weighted pointwise mutual information between a unit's top images and a concept."""

from torch import Tensor

from study.similarity.arguments import check_arrays
from study.similarity.information import information, scores_of_top
from study.similarity.scores import top_images


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
    active one, p_j = p_start - (j / top_k)(p_start - p_end) is the probability that image j belongs
    to the unit's concept, s = Σ_j log(1 + p_j (S_j - 1) + min_prob), and the similarity is
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

    Examples
    --------
    Two units, each most active on the image of one concept:

    >>> import torch
    >>> images, concepts, activations = torch.eye(2), torch.eye(2), torch.tensor([[1., 0], [0, 1]])
    >>> soft_wpmi(images, concepts, activations, top_k=1).argmax(dim=1).tolist()
    [0, 1]

    References
    ----------
    CLIP-Dissect, ICLR 2023, section 3.3, equations 4 to 6.
    """
    check_arrays(image_features, concept_features, activations)
    scores, top = scores_of_top(image_features, concept_features, top_images(activations, top_k))
    return information(
        scores, top, a=a, lam=lam, min_prob=min_prob, p_start=p_start, p_end=p_end, block=block
    )


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
    """Return the WPMI of every unit and concept: soft WPMI with p_j = 1 for all top images.

    Then s = Σ_j log(S_j + min_prob), min_prob above 0, with the same correction. Arguments, result
    and errors are those of `soft_wpmi`.

    References
    ----------
    CLIP-Dissect, ICLR 2023, section 3.3, equation 3.
    """
    check_arrays(image_features, concept_features, activations)
    scores, top = scores_of_top(image_features, concept_features, top_images(activations, top_k))
    return information(scores, top, a=a, lam=lam, min_prob=min_prob, block=block)
