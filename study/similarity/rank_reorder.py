"""How far a unit's top activations move when they are reordered by a concept's scores."""

import torch
from torch import Tensor

from study.errors import StudyError
from study.similarity.arguments import check_arrays, check_setting
from study.similarity.scores import CosineScores, Workspace, column_blocks, top_images, unit_rows

_SMALLEST_MEAN = 1e-6
_SHUFFLES = 5
_STEP_ELEMENTS = 1_000_000


def rank_reorder(
    image_features: Tensor,
    concept_features: Tensor,
    activations: Tensor,
    *,
    p: float = 3,
    top_fraction: float = 0.05,
    scale_p: float = 0.5,
    generator: torch.Generator | None = None,
    block: int | None = None,
) -> Tensor:
    """Return minus the error of a unit's top activations reordered by a concept's scores.

    With v the unit's activations on its top images, w the same numbers in the order of P, the
    error is mean |v - w|^p over the mean of |v - v shuffled|^p, divided by (mean P)^scale_p. Equal
    scores are ranked by activation, weakest of them last, so that the order is always the same.
    Where all of v are equal no order is better than chance: the quotient counts as 1. A mean P
    below 1e-6 (undefined as published when negative) counts as 1e-6. The mean is computed in double
    precision, as the product with the mean of the top images' directions: where cosines of both
    signs nearly cancel, single precision would leave little but rounding.

    Parameters
    ----------
    image_features
        (images, width).
    concept_features
        (concepts, width).
    activations
        (images, units).
    p
        Exponent of the differences, above 0.
    top_fraction
        Share of the images that count, above 0 to 1; rounded down to whole images.
    scale_p
        Exponent of the mean score, at least 0.
    generator
        Draws five shuffles for each unit, units in order (default: a fresh one on the CPU with
        seed 0). The shuffles scale a unit's row and don't change its label.
    block
        Concepts worked on at a time.

    Returns
    -------
    torch.Tensor
        float32 (units, concepts), at most 0.

    Raises
    ------
    StudyError
        If arrays do not fit or are not finite, a setting is out of range, or top_fraction leaves
        no image.

    References
    ----------
    CLIP-Dissect, ICLR 2023, section 3.3, equation 2.
    """
    check_arrays(image_features, concept_features, activations)
    check_setting("rank_reorder", "p", p, "above 0", p > 0)
    check_setting("rank_reorder", "scale_p", scale_p, "of at least 0", scale_p >= 0)
    check_setting(
        "rank_reorder", "top_fraction", top_fraction, "above 0 to 1", 0 < top_fraction <= 1
    )
    count = int(len(activations) * top_fraction)
    if count < 1:
        raise StudyError(
            f"rank_reorder: expected top_fraction to leave at least one of {len(activations)} "
            f"images, found {top_fraction}: set it to at least {1 / len(activations):.3g}"
        )
    scores = CosineScores(image_features, concept_features)
    top = top_images(activations, count)
    directions = unit_rows(image_features.double())
    mean_directions = torch.nn.functional.embedding_bag(top, directions, mode="mean")
    strongest = activations.T.gather(1, top).float()
    baseline = chance_error(strongest, p, generator=generator)
    result = torch.empty(len(top), scores.concepts, device=scores.device)
    memory = Workspace(scores.device)
    for columns in column_blocks(scores, block):
        width = columns.stop - columns.start
        part = scores.block(columns, out=memory.array(scores.images, width))
        mean_P = mean_directions @ unit_rows(concept_features[columns].double()).T
        scale = mean_P.clamp_min_(_SMALLEST_MEAN).pow_(scale_p).float()
        together = max(1, _STEP_ELEMENTS // (count * width))
        for start in range(0, len(top), together):
            units = slice(start, start + together)
            shown = part[top[units]].transpose(1, 2).contiguous()
            errors = _reorder_errors(shown, strongest[units], p)
            errors = torch.where(
                baseline[units, None] > 0, errors / baseline[units, None], torch.ones(())
            )
            result[units, columns] = -errors / scale[units]
    return result


def chance_error(
    strongest: Tensor, p: float, *, generator: torch.Generator | None = None
) -> Tensor:
    """Return the mean |v - v shuffled|^p of each unit over five shuffles, float32 (units,).

    `strongest` is (units, top): a unit's top activations, descending. The generator is on the CPU.
    """
    generator = generator or torch.Generator().manual_seed(0)
    ascending = strongest.flip(1)
    shuffles = torch.stack(
        [torch.randperm(ascending.shape[1], generator=generator)
         for _ in range(_SHUFFLES * len(ascending))]
    ).view(len(ascending), _SHUFFLES, -1)  # fmt: skip
    shuffled = ascending[:, None].expand(shuffles.shape).gather(2, shuffles.to(strongest.device))
    return (ascending[:, None] - shuffled).abs_().pow_(p).mean(dim=(1, 2))


def _reorder_errors(shown: Tensor, strongest: Tensor, p: float) -> Tensor:
    """Return mean |v - w|^p, (units, chosen), from scores (units, chosen, top)."""
    order = shown.sort(dim=2, stable=True).indices
    own = strongest[:, None].expand(shown.shape).gather(2, order)
    return own.sub_(strongest.flip(1)[:, None]).abs_().pow_(p).mean(dim=2)
