"""Information of a unit's top images about concepts: the sum that soft WPMI and WPMI share.

Top image j of a unit belongs to the unit's concept with probability p_j, which falls from
``p_start`` towards ``p_end`` as activations get weaker. WPMI is the case p_j = 1, the default. Sums
are computed a block of concepts at a time; (images, concepts) is never in memory at once.
"""

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from study.errors import StudyError
from study.similarity.arguments import check_features, check_setting
from study.similarity.scores import CosineScores, Scores, Workspace, cached, column_blocks

_CACHED_ELEMENTS, _NARROWEST = 131_072, 64
_LARGEST_EXPONENT = 37
_SMALLEST_FLOOR = 1e-30


def scores_of_top(
    image_features: Tensor, concept_features: Tensor, tops: Tensor
) -> tuple[CosineScores, Tensor]:
    """Return P of those images alone that are in some unit's top, and `tops` renumbered to them.

    Parameters
    ----------
    image_features
        (images, width); rows that `tops` does not name are not looked at.
    concept_features
        (concepts, width).
    tops
        int64 (..., units, top_k): rows of `image_features`, a unit's most active image first.

    Raises
    ------
    StudyError
        If `tops` is empty, has too few axes or points outside the features, or if features do not
        fit or are not finite.
    """
    if tops.ndim < 2 or tops.numel() == 0:
        raise StudyError(f"top images: expected (units, top_k), found {tuple(tops.shape)}")
    rows, renumbered = torch.unique(tops.to(image_features.device), return_inverse=True)
    if int(rows[0]) < 0 or int(rows[-1]) >= len(image_features):
        raise StudyError(
            f"top images: expected rows 0 to {len(image_features) - 1}, found "
            f"{int(rows[0])} to {int(rows[-1])}"
        )
    chosen = image_features[rows]
    check_features(chosen, concept_features)
    return CosineScores(chosen, concept_features), renumbered


def information(
    scores: Scores, top: Tensor, *, block: int | None = None, **settings: float
) -> Tensor:
    """Return s = Σ_j log(1 + p_j (S_j - 1) + min_prob), less `lam` times what all units share.

    Parameters
    ----------
    scores
        P of the images that `top` points to.
    top
        int64 (units, top_k).
    block
        Concepts at a time.
    **settings
        a, lam, min_prob, p_start and p_end, as for `information_blocks`.

    Returns
    -------
    torch.Tensor
        float32 (units, concepts).

    Raises
    ------
    StudyError
        If a setting is out of its range, or there is one unit and lam >= 1.
    """
    result = torch.empty(len(top), scores.concepts, device=scores.device)
    for columns, [part] in information_blocks(scores, top[None], block=block, **settings):
        result[:, columns] = part
    return result


def most_informed(
    scores: Scores, tops: Tensor, *, block: int | None = None, **settings: float
) -> Tensor:
    """Return the concept of highest information in every sample, the first of equal ones.

    Equal to the argmax of `information` on each sample, with P computed once for all.

    Parameters
    ----------
    tops
        int64 (samples, units, top_k).

    Returns
    -------
    torch.Tensor
        int64 (samples, units): indices of concepts.
    """
    highest = torch.full(tops.shape[:2], -math.inf, device=scores.device)
    best = torch.zeros(tops.shape[:2], dtype=torch.int64, device=scores.device)
    for columns, parts in information_blocks(scores, tops, block=block, **settings):
        for sample, part in enumerate(parts):
            values, concepts = part.max(dim=1)
            higher = values > highest[sample]
            highest[sample] = torch.where(higher, values, highest[sample])
            best[sample] = torch.where(higher, concepts + columns.start, best[sample])
    return best


def information_blocks(
    scores: Scores,
    tops: Tensor,
    *,
    a: float,
    lam: float,
    min_prob: float,
    p_start: float = 1,
    p_end: float = 1,
    block: int | None = None,
) -> Iterator[tuple[slice, Iterator[Tensor]]]:
    """Yield blocks of concepts, each with the information of every sample of images.

    The softmax is computed once for all samples. With c_j = 1 - p_j + min_prob a factor is
    c_j (1 + S_j p_j / c_j), and Σ_j log c_j is the same for every unit and concept. Of the other
    parts, products are taken over as many images as float32 holds before one logarithm: faster
    than a logarithm each and, as the sums stay small, more exact than sums near -430.

    Parameters
    ----------
    scores
        P of the images that `tops` points to.
    tops
        int64 (samples, units, top_k).
    a
        Sharpness of the softmax over concepts, above 0.
    lam
        Weight of what all units share, at least 0.
    min_prob
        Added inside the logarithm, 0 or more and below 1.
    p_start, p_end
        p_j of the strongest image and the limit it falls to: 0 <= p_end <= p_start <= 1.
    block
        Concepts at a time.

    Yields
    ------
    tuple of (columns, parts)
        The concepts and, sample by sample, float32 (units, chosen).
    """
    _, units, top_k = tops.shape
    _check_settings(units, a=a, lam=lam, min_prob=min_prob, p_start=p_start, p_end=p_end)
    steps = torch.arange(top_k, dtype=torch.float64, device="cpu") / top_k
    membership = p_start - steps * (p_start - p_end)
    floors = 1 - membership + min_prob
    gains = (membership / floors).tolist()
    constant = (1 - lam) * float(floors.log().sum())
    ranks = tops.transpose(1, 2).contiguous()
    scores = cached(scores)
    peak, total = softmax_parts(scores, a, block=block)
    memory = Workspace(scores.device)
    for columns in column_blocks(scores, block or max(_NARROWEST, _CACHED_ELEMENTS // units)):
        width = columns.stop - columns.start
        softmax = scores.block(columns, out=memory.array(scores.images, width))
        softmax.mul_(a).sub_(peak[:, None]).exp_().div_(total[:, None])
        yield columns, (_informed(softmax, rank, gains, lam, constant) for rank in ranks)


def _check_settings(
    units: int, *, a: float, lam: float, min_prob: float, p_start: float, p_end: float
) -> None:
    ordered = 0 <= p_end <= p_start <= 1
    check_setting("soft_wpmi", "p_end", p_end, f"from 0 to p_start = {p_start} <= 1", ordered)
    function = "wpmi" if p_start == p_end == 1 else "soft_wpmi"
    check_setting(function, "a (or scale)", a, "above 0", 0 < a < math.inf)
    check_setting(function, "lam", lam, "of at least 0", 0 <= lam < math.inf)
    allowed = 0 <= min_prob < 1 and 1 - p_start + min_prob >= _SMALLEST_FLOOR
    remedy = f"to leave 1 - p + min_prob at {_SMALLEST_FLOOR} or more"
    check_setting(function, "min_prob", min_prob, remedy, allowed)
    if units == 1 and lam >= 1:
        raise StudyError(
            f"expected at least two units for lam = {lam} (one unit shares everything with "
            "itself), found one: score the whole layer or set lam below 1"
        )


def _informed(
    softmax: Tensor, ranks: Tensor, gains: Sequence[float], lam: float, constant: float
) -> Tensor:
    sums = log_products(softmax, ranks, gains)
    shared = torch.logsumexp(sums, dim=0) - math.log(len(sums))
    return sums.sub_(shared, alpha=lam).add_(constant)


def softmax_parts(scores: Scores, a: float, *, block: int | None = None) -> tuple[Tensor, Tensor]:
    """Return each image's largest a·P and Σ over concepts of exp(a·P - largest), both (images,)."""
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
