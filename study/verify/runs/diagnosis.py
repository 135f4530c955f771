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
    """The range of a feature under a cause, and the width over which it fades outside."""

    feature: str
    text: str
    """The evidence, with the feature's value as ``{}``."""
    low: float
    high: float
    fade: float

    def strength(self, features: Features) -> float | None:
        """Return 1 inside the range, falling to 0 at a distance of `fade`; `None` if unknown."""
        value = getattr(features, self.feature)
        if value is None:
            return None
        outside = max(self.low - value, value - self.high, 0.0)
        if not outside or not self.fade:
            return float(not outside)
        return max(0.0, 1 - float(outside) / self.fade)


_EQUAL = ("agreement", "{:.1%} of the labels are equal")
_BEYOND = ("beyond_chance", "{:.1%} of the labels are equal beyond chance")
_MEDIAN = ("median_difference", "half of the similarities differ by less than {:.2g}")
_MAX = ("max_difference", "no similarity differs by more than {:.2g}")
_EXACT = ("exact", "{:.1%} of the similarities are equal to the last digit")
_LARGEST = ("max_difference", "one similarity differs by {:.2g}, far more than half of them do")
_FLIPPED = (
    "flipped_exactly",
    "{} labels changed although their similarity is equal to the last digit",
)
_DIFFER = ("median_difference", "half of the similarities differ by {:.2g} or more")
_TUNING = ("tuning", "similarities of the units correlate at {:.2f} between the tables")
_SURE = ("tuning_sure", "similarities of the units correlate at {:.2f} or more beyond chance")
_LOST = (
    "lost",
    "{:.0%} of the words that three or more units carry in one table occur nowhere in the other",
)
_FOLD = ("fold", "similarities of units with equal labels differ by a factor of {:.2f}")
_VOCABULARY = ("vocabulary", "{:.0%} of the second table's words occur in the first")

SIGNS: Mapping[str, tuple[tuple[Sign, ...], ...]] = {
    "identical": ((Sign(*_EQUAL, 1, 1, 0),), (Sign(*_MAX, 0, 0, 0),)),
    "numeric_noise": (
        (Sign(*_EQUAL, 0.986, 1, 0.006),),
        (Sign(*_MEDIAN, 0, 4e-4, 4e-4),),
        (Sign(*_MAX, 1e-12, 2e-3, 1e-3),),
        (Sign(*_EXACT, 0, 0.9, 0.05), Sign(*_EQUAL, 1, 1, 0)),
    ),
    "edited_table": (
        (Sign(*_EQUAL, 0.5, 1, 0.2),),
        (Sign(*_MEDIAN, 0, 4e-4, 4e-4),),
        (Sign(*_LOST, 0, 0.25, 0.1),),
        (
            Sign(*_EXACT, 0.92, 0.999999, 0.05),
            Sign(*_LARGEST, 3e-3, 99, 1e-3),
            Sign(*_FLIPPED, 1, 1 << 30, 0),
        ),
    ),
    "probe_variant": (
        (Sign(*_EQUAL, 0.72, 0.986, 0.025),),
        (Sign(*_DIFFER, 7e-4, 9, 5e-4),),
        (Sign(*_FOLD, 1, 1.2, 0.1),),
        (Sign(*_TUNING, 0.75, 1, 0.25),),
        (Sign(*_LOST, 0, 0.15, 0.15),),
    ),
    "other_settings": ((Sign(*_EQUAL, 0.988, 1, 0.01),), (Sign(*_DIFFER, 7e-4, 1e9, 3e-4),)),
    "other_probe": (
        (Sign(*_BEYOND, 0.2, 0.7, 0.1),),
        (Sign(*_DIFFER, 7e-4, 9, 5e-4),),
        (Sign(*_FOLD, 1, 1.3, 0.2),),
        (Sign(*_TUNING, 0.3, 1, 0.2),),
        (Sign(*_LOST, 0, 0.25, 0.15),),
    ),
    "other_concepts": (
        (Sign(*_EQUAL, 0, 0.8, 0.1),),
        (Sign(*_SURE, 0.2, 1, 0.15),),
        (
            Sign(*_LOST, 0.35, 1, 0.15),
            Sign(*_FOLD, 1.35, 99, 0.15),
            Sign(*_VOCABULARY, 0, 0.1, 0.1),
        ),
    ),
    "swapped_or_other_network": (
        (Sign(*_BEYOND, -1, 0.12, 0.1),),
        (Sign(*_SURE, -2, 0.15, 0.15),),
        (Sign(*_VOCABULARY, 0.15, 1, 0.1),),
    ),
    "unrelated": (
        (Sign(*_BEYOND, -1, 0.05, 0.05),),
        (Sign(*_SURE, -2, 0.15, 0.15),),
        (Sign(*_VOCABULARY, 0, 0.14, 0.1),),
    ),
}
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
        strongest = [
            max(known, key=lambda sign: sign[0])
            for group in groups
            if (
                known := [(s, sign) for sign in group if (s := sign.strength(features)) is not None]
            )
        ]
        strength = min((strength for strength, _ in strongest), default=0.0)
        if strength >= REPORTED:
            texts = [sign.text.format(getattr(features, sign.feature)) for _, sign in strongest]
            causes.append(Cause(cause, strength, tuple(where + text for text in texts)))
    return ranked(causes)
