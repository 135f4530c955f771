"""How a unit's top images speak for a concept: the settings of WPMI and soft WPMI, checked."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from study.similarity.checks import check_setting

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


def soft_evidence(
    top_k: int,
    *,
    a: float = 10,
    lam: float = 1,
    min_prob: float = 1e-7,
    p_start: float = 0.998,
    p_end: float = 0.97,
) -> Evidence:
    """Return how `soft_wpmi` weighs top images: the weaker the activation, the less sure.

    Raises
    ------
    StudyError
        If a setting is out of its range.
    """
    ordered = 0 <= p_end <= p_start <= 1
    check_setting("soft_wpmi", "p_end", p_end, f"from 0 to p_start = {p_start} <= 1", ordered)
    steps = torch.arange(top_k, dtype=torch.float64) / top_k
    membership = p_start - steps * (p_start - p_end)
    return Evidence(membership=membership, min_prob=min_prob, a=a, lam=lam)


def sure_evidence(
    top_k: int, *, a: float = 2, lam: float = 0.6, min_prob: float = 1e-7
) -> Evidence:
    """Return how `wpmi` weighs top images: each is a sure member.

    Raises
    ------
    StudyError
        If a setting is out of its range.
    """
    membership = torch.ones(top_k, dtype=torch.float64)
    return Evidence(membership=membership, min_prob=min_prob, a=a, lam=lam)


EVIDENCE: Mapping[str, Callable[..., Evidence]] = MappingProxyType(
    {"soft_wpmi": soft_evidence, "wpmi": sure_evidence}
)
