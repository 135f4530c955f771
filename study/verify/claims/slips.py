"""Slips of a number: how a true number turns into the claimed one."""

from collections.abc import Mapping
from dataclasses import dataclass

from study.verify.claims.answers import KINDS
from study.verify.claims.quantities import NUMBERS, Kind, Labels, Unknown
from study.verify.claims.questions import Answer, Claim, Question, formatted


@dataclass(frozen=True, slots=True)
class Case:
    """A claim that differs from the runs."""

    question: Question
    labels: Labels
    answer: Answer

    @property
    def claim(self) -> Claim:
        """The claim."""
        return self.question.claim

    @property
    def kind(self) -> Kind:
        """The record of the claim's kind."""
        return KINDS[self.question.claim.kind]

    def value(self, kind: str, *, of: Question | None = None) -> float | None:
        """Return another number of the claim's place, or of another question's, if known."""
        try:
            return self.labels.value(of or self.question, kind)
        except Unknown:
            return None


def off_by_one(case: Case, value: float) -> str | None:
    """Compare a count with its neighbours."""
    claimed = case.question.number()
    whole = value.is_integer() and claimed.step >= 1 and claimed.total is None
    if whole and abs(abs(claimed.number - value) - 1) < 1e-9:
        return f"claimed {claimed.text}, found {formatted(value)}"
    return None


def rounding(case: Case, value: float) -> str | None:
    """Compare the last written digit."""
    claimed = case.question.number()
    whole = value.is_integer() and claimed.step >= 1
    if not whole and claimed.step / 2 < abs(claimed.number - value) < claimed.step * 1.5:
        return f"{formatted(value)} does not round to {claimed.text}"
    return None


def percent(case: Case, value: float) -> str | None:
    """Compare with the number a hundred times smaller or larger."""
    claimed = case.question.number()
    if value and any(claimed.scaled(factor).holds(value) for factor in (0.01, 100.0)):
        return f"claimed {claimed.text}, found {formatted(value)}"
    return None


def impossible(case: Case, value: float) -> str | None:
    """Compare with what the number cannot exceed in any run of these networks and layers."""
    del value
    claimed, kind, limit = case.question.number(), case.claim.kind, 1.0
    if kind not in {"jaccard", "share"}:
        units = [case.value("units")]
        units += [case.value("units", of=case.question.swapped())] if kind == "shared" else []
        limit = min((count for count in units if count is not None), default=claimed.low)
    if claimed.low > limit:
        return f"claimed {claimed.text}, but {formatted(limit)} is the maximum"
    return None


def other_quantity(case: Case, value: float) -> str | None:
    """Compare with other counts of the same place."""
    names = [name for name, kind in NUMBERS.items() if "other_quantity" in kind.mistakes]
    return _fitting(case, value, {name: case.value(name) for name in sorted(names)})


def other_denominator(case: Case, value: float) -> str | None:
    """Divide the same number by something else."""
    jaccard = case.claim.kind == "jaccard"
    numerator = "shared" if jaccard else case.claim.of
    part = case.value(numerator)
    quotients = {
        f"{numerator} per {name}": part / whole
        for name, whole in (_in_place_of_union if jaccard else _wholes)(case).items()
        if part is not None and whole
    }
    return _fitting(case, value, quotients)


def _wholes(case: Case) -> dict[str, float | None]:
    names = ("only", "shared", "union", "unique", "units")
    return {
        **{name: case.value(name) for name in names if name != case.claim.denominator},
        "the other network's unique": case.value("unique", of=case.question.swapped()),
        "units of all layers": case.value("units", of=case.question.changed(layer=None)),
    }


def _in_place_of_union(case: Case) -> dict[str, float | None]:
    wholes = {"unique": case.value("unique"), "units": case.value("units")}
    wholes["the other network's unique"] = case.value("unique", of=case.question.swapped())
    union, shared = (case.value(name) or 0 for name in ("union", "shared"))
    return {
        **wholes,
        "the mean of both networks' unique (Dice)": (union + shared) / 2,
        "the sum of both networks' unique": union + shared,
        "what only one network has": max(union - shared, 1),
    }


def _fitting(case: Case, value: float, others: Mapping[str, float | None]) -> str | None:
    """Return the first other number that fits the claim."""
    question = case.question
    claimed, slack = question.number(), case.labels.slack(question, question.claim.kind)
    for name, other in others.items():
        if other is not None and claimed.holds(other, slack=slack) and abs(other - value) > 1e-12:
            return f"{name} is {formatted(other)}"
    return None
