"""The images on which a unit is most active."""

import torch
from torch import Tensor

from study.errors import StudyError


def top_images(activations: Tensor, k: int) -> Tensor:
    """Return each unit's `k` most active images, strongest first, ties by image index.

    A unit that is equally active on all images (a dead one) gets the first `k` images.

    Parameters
    ----------
    activations
        (images, units), finite.
    k
        1 to images.

    Returns
    -------
    torch.Tensor
        int64 (units, k).

    Raises
    ------
    StudyError
        If there are fewer than `k` images, or `k` is below 1.
    """
    images = len(activations)
    if not 1 <= k <= images:
        raise StudyError(
            f"expected top_k from 1 to the number of images ({images}), found {k}: "
            f"set top_k to at most {images} or use more images"
        )
    rows = activations.T.contiguous()
    values, indices = torch.topk(rows, min(k + 1, images), dim=1)
    # Without a tie at the cut the set is sure, and two stable sorts put ties inside it in order.
    chosen = indices[:, :k].sort(dim=1).values
    order = rows.gather(1, chosen).sort(dim=1, descending=True, stable=True).indices
    top = chosen.gather(1, order)
    if k < images:
        tied = values[:, k - 1] == values[:, k]
        top[tied] = rows[tied].sort(dim=1, descending=True, stable=True).indices[:, :k]
    return top
