"""Cosine of a unit's activations with a concept's scores over all images."""

import torch
from torch import Tensor

from study.similarity.arguments import check_arrays, check_setting
from study.similarity.scores import CosineScores, Workspace, column_blocks, unit_rows

_IMAGES_AT_A_TIME = 4096
_BLIND = 1e-6


def cos_similarity(
    image_features: Tensor,
    concept_features: Tensor,
    activations: Tensor,
    *,
    block: int | None = None,
) -> Tensor:
    """Return the cosine, over images, of a unit's activations with a concept's scores.

    P is a product of features and need not be computed: with F and T the normalised features of
    images and concepts, Aᵀ P = (Aᵀ F) Tᵀ and |P_c|² = t_c (Fᵀ F) t_cᵀ, in float64. A unit that is
    zero on all images has similarity 0 (0/0 as published), and so has a concept whose scores are
    zero up to rounding: a root mean square below 1e-6.

    Parameters
    ----------
    image_features
        (images, width).
    concept_features
        (concepts, width).
    activations
        (images, units).
    block
        Concepts worked on at a time.

    Returns
    -------
    torch.Tensor
        float32 (units, concepts), -1 to 1.

    Raises
    ------
    StudyError
        If arrays do not fit or are not finite.

    References
    ----------
    CLIP-Dissect, ICLR 2023, section 3.3, equation 1, without the cube.
    """
    check_arrays(image_features, concept_features, activations)
    images = unit_rows(image_features.double())
    columns = activations.double()
    projected = _unit(columns.T @ images, columns.norm(dim=0)[:, None])
    gram = images.T @ images
    blind = _BLIND * len(images) ** 0.5
    size = block or len(gram) * 4
    parts = []
    for start in range(0, len(concept_features), size):
        chosen = unit_rows(concept_features[start : start + size].double())
        norms = ((chosen @ gram) * chosen).sum(dim=1).clamp_min_(0).sqrt_()
        norms[norms < blind] = 0
        parts.append(_unit(projected @ chosen.T, norms).float())
    return torch.cat(parts, dim=1)


def cos_similarity_cubed(
    image_features: Tensor,
    concept_features: Tensor,
    activations: Tensor,
    *,
    min_norm: float = 1e-3,
    block: int | None = None,
) -> Tensor:
    """Return the cosine of centred and cubed activations with centred and cubed scores.

    Both are centred over images; the cube lets the most active images decide.

    Arguments, result and errors are those of `cos_similarity`.

    Parameters
    ----------
    min_norm
        Norms below it count as this, so that a constant column has similarity 0; above 0.

    References
    ----------
    CLIP-Dissect, ICLR 2023, section 3.3, equation 1.
    """
    check_arrays(image_features, concept_features, activations)
    check_setting("cos_similarity_cubed", "min_norm", min_norm, "above 0", min_norm > 0)
    scores = CosineScores(image_features, concept_features)
    # The mean of the scores is the score of the mean: centring the features centres P.
    centred_images = scores.image_features - scores.image_features.mean(dim=0)
    columns = activations.float()
    weights = (columns - columns.mean(dim=0)).pow_(3)
    weights /= weights.norm(dim=0).clamp_min_(min_norm)
    result = torch.empty(activations.shape[1], scores.concepts, device=scores.device)
    memory = Workspace(scores.device)
    for chosen in column_blocks(scores, block):
        concepts = scores.concept_features[chosen]
        sums = torch.zeros(len(result), len(concepts), device=scores.device)
        squares = torch.zeros(len(concepts), device=scores.device)
        for start in range(0, scores.images, _IMAGES_AT_A_TIME):
            rows = centred_images[start : start + _IMAGES_AT_A_TIME]
            cubes = torch.mm(rows, concepts.T, out=memory.array(len(rows), len(concepts))).pow_(3)
            sums.addmm_(weights[start : start + _IMAGES_AT_A_TIME].T, cubes)
            squares += torch.linalg.vecdot(cubes, cubes, dim=0)
        result[:, chosen] = sums / squares.sqrt_().clamp_min_(min_norm)
    return result


def _unit(values: Tensor, norms: Tensor) -> Tensor:
    """Divide by norms; where the norm is 0 the result is 0."""
    return torch.where(norms > 0, values / norms, 0.0)
