"""Diagnose why two tables of one network differ, by thresholds that are kept as data in `SIGNS`.

Calibrated on published runs of the assignment's study (two ResNet18, 896 units each):

- same setup, two GPUs: 99.5-99.7 % of labels equal, |difference of similarity| median 6-9e-5 and
  at most 7e-4; precision alone moves at most about 1.2 % of labels;
- another variant of the probe (annotation masks not removed): 80-92 % of labels equal, differences
  up to .21 with median 2e-3, similarities of a unit correlated at .97-.99, no repeated word lost;
- another probe: 50-64 % equal;
- another concept list (10,000 words instead of 20,000): 30-56 % equal, similarities of units with
  equal labels on a line of slope near 2; about half of the words are not in the shorter list;
- the other network: 1.5 % equal (chance gives .8 %), 41-47 % of the words shared, 15-22 % of the
  repeated words lost, similarities of equally numbered units uncorrelated (-.03 to .09);
- a disjoint list: less than 1 % equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from study.verify.runs.agreement import Features
from study.verify.verdict import Cause, ranked

MIN_UNITS = 20
"""With fewer common units only identity is reported."""
REPORTED = 0.5
"""The lowest confidence at which a cause is named."""
PASSING = frozenset({"identical", "numeric_noise"})
"""Causes with which a run counts as reproduced."""


@dataclass(frozen=True, slots=True)
class Sign:
    """The range of a feature under a cause, and the width over which it fades outside.

    ``text`` is the evidence, with the feature's value as ``{}``.
    """

    feature: str
    low: float
    high: float
    fade: float
    text: str

    def strength(self, features: Features) -> float | None:
        """Return 1 inside the range, falling to 0 at a distance of `fade`; `None` if unknown."""
        value = getattr(features, self.feature)
        if value is None:
            return None
        outside = max(self.low - value, value - self.high, 0.0)
        if not outside:
            return 1.0
        return max(0.0, 1 - outside / self.fade) if self.fade else 0.0

    def evidence(self, features: Features) -> str:
        """Return the sign as a sentence."""
        return self.text.format(getattr(features, self.feature))


Alternatives = tuple[Sign, ...]
"""Signs of which any one suffices."""

_EQUAL = "{:.1%} of the labels are equal"
_BEYOND = "{:.1%} of the labels are equal beyond chance"
_MEDIAN = "half of the similarities differ by less than {:.2g}"
_MAX = "no similarity differs by more than {:.2g}"
_EXACT = "{:.1%} of the similarities are equal to the last digit"
_LARGEST = "one similarity differs by {:.2g}, far more than half of them do"
_FLIPPED = "{} labels changed although their similarity is equal to the last digit"
_DIFFER = "half of the similarities differ by {:.2g} or more"
_TUNING = "similarities of the units correlate at {:.2f} between the tables"
_SURE = "similarities of the units correlate at {:.2f} or more beyond chance"
_LOST = "{:.0%} of the words that three or more units carry in one table occur nowhere in the other"
_FOLD = "similarities of units with equal labels differ by a factor of {:.2f}"
_VOCABULARY = "{:.0%} of the second table's words occur in the first"

SIGNS: Mapping[str, tuple[Alternatives, ...]] = MappingProxyType(
    {
        "identical": (
            (Sign("agreement", 1, 1, 0, _EQUAL),),
            (Sign("max_difference", 0, 0, 0, _MAX),),
        ),
        "numeric_noise": (
            (Sign("agreement", 0.986, 1, 0.006, _EQUAL),),
            (Sign("median_difference", 0, 4e-4, 4e-4, _MEDIAN),),
            (Sign("max_difference", 1e-12, 2e-3, 1e-3, _MAX),),
            (Sign("exact", 0, 0.9, 0.05, _EXACT), Sign("agreement", 1, 1, 0, _EQUAL)),
        ),
        "edited_table": (
            (Sign("agreement", 0.5, 1, 0.2, _EQUAL),),
            (Sign("median_difference", 0, 4e-4, 4e-4, _MEDIAN),),
            (Sign("lost", 0, 0.25, 0.1, _LOST),),
            (
                Sign("exact", 0.92, 0.999999, 0.05, _EXACT),
                Sign("max_difference", 3e-3, 99, 1e-3, _LARGEST),
                Sign("flipped_exactly", 1, 1 << 30, 0, _FLIPPED),
            ),
        ),
        "probe_variant": (
            (Sign("agreement", 0.72, 0.986, 0.025, _EQUAL),),
            (Sign("median_difference", 7e-4, 9, 5e-4, _DIFFER),),
            (Sign("fold", 1, 1.2, 0.1, _FOLD),),
            (Sign("tuning", 0.75, 1, 0.25, _TUNING),),
            (Sign("lost", 0, 0.15, 0.15, _LOST),),
        ),
        "other_settings": (
            (Sign("agreement", 0.988, 1, 0.01, _EQUAL),),
            (Sign("median_difference", 7e-4, 1e9, 3e-4, _DIFFER),),
        ),
        "other_probe": (
            (Sign("beyond_chance", 0.2, 0.7, 0.1, _BEYOND),),
            (Sign("median_difference", 7e-4, 9, 5e-4, _DIFFER),),
            (Sign("fold", 1, 1.3, 0.2, _FOLD),),
            (Sign("tuning", 0.3, 1, 0.2, _TUNING),),
            (Sign("lost", 0, 0.25, 0.15, _LOST),),
        ),
        "other_concepts": (
            (Sign("agreement", 0, 0.8, 0.1, _EQUAL),),
            (Sign("tuning_sure", 0.2, 1, 0.15, _SURE),),
            (
                Sign("lost", 0.35, 1, 0.15, _LOST),
                Sign("fold", 1.35, 99, 0.15, _FOLD),
                Sign("vocabulary", 0, 0.1, 0.1, _VOCABULARY),
            ),
        ),
        "swapped_or_other_network": (
            (Sign("beyond_chance", -1, 0.12, 0.1, _BEYOND),),
            (Sign("tuning_sure", -2, 0.15, 0.15, _SURE),),
            (Sign("vocabulary", 0.15, 1, 0.1, _VOCABULARY),),
        ),
        "unrelated": (
            (Sign("beyond_chance", -1, 0.05, 0.05, _BEYOND),),
            (Sign("tuning_sure", -2, 0.15, 0.15, _SURE),),
            (Sign("vocabulary", 0, 0.14, 0.1, _VOCABULARY),),
        ),
    }
)
"""Each cause's groups of alternatives. A cause is as strong as its weakest group, a group as strong
as the strongest of its signs. (Numeric noise moves nearly every similarity a little; an edited
table has a few changed rows among rows that agree to the last digit or within noise.)"""


def diagnose(features: Features, *, where: str = "") -> tuple[Cause, ...]:
    """Return the causes that fit, strongest first; equal ones in the order of `SIGNS`.

    A cause is as strong as its weakest group of signs. Signs that cannot be measured are ignored,
    and so are causes that have no other.
    """
    causes = []
    for cause, groups in SIGNS.items():
        strongest = [_strongest(group, features, where) for group in groups]
        signs = [sign for sign in strongest if sign is not None]
        strength = min((strength for strength, _ in signs), default=0.0)
        if strength > 0:
            causes.append(Cause(cause, strength, tuple(text for _, text in signs)))
    return ranked(causes)


def reported(causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """Return the causes that are confident enough to be named."""
    return tuple(cause for cause in causes if cause.confidence >= REPORTED)


def _strongest(group: Alternatives, features: Features, where: str) -> tuple[float, str] | None:
    known = [
        (strength, f"{where}{sign.evidence(features)}")
        for sign in group
        if (strength := sign.strength(features)) is not None
    ]
    return max(known, key=lambda sign: sign[0], default=None)
