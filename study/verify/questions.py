"""One claim put to the runs: it holds, it differs, or nobody can tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from study.verify.claim_file import Claim
from study.verify.quantities import Labels, Quantity
from study.verify.written import Written, parse

HOLDS, DIFFERS, UNKNOWN = "HOLDS", "DIFFERS", "CANNOT BE DECIDED"


@dataclass(frozen=True, slots=True)
class Question:
    """A claim about named runs.

    ``networks`` are the claim's network and the other one of the pair. ``rerun`` says that the
    runs are a rerun of what the claim is about: differences that honest reruns show are tolerated.
    ``reading`` is a name of `study.verify.quantities.READINGS`.
    """

    claim: Claim
    networks: tuple[str, str]
    rerun: bool = False
    reading: str = "own"

    def quantity(self, kind: str | None = None) -> Quantity:
        """Return the quantity that the claim is about."""
        claim = self.claim
        return Quantity(
            kind or claim.kind,
            self.networks,
            claim.layer,
            claim.concepts,
            claim.unit,
            claim.of,
            claim.denominator,
            self.reading,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the runs say to a claim: a status, a sentence, and the true value where there is one."""

    status: str
    detail: str
    value: Any = None
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def written(question: Question) -> Written:
    """Return the claimed number; a share written as a number above 1 is taken as a percentage."""
    claim = question.claim
    number = parse(claim.value if claim.value is not None else "", tolerance=claim.tolerance)
    if claim.kind == "share" and not number.percent and number.number > 1 and number.total is None:
        return number.scaled(0.01)
    return number


def slack(question: Question, labels: Labels, quantity: Quantity) -> float:
    """Return what a rerun may move the quantity by; 0 when the runs are the claim's own."""
    return labels.tolerance(quantity) if question.rerun else 0.0


def shown(value: float) -> str:
    """Return a number as it is printed: counts whole, others to four places."""
    return str(int(value)) if float(value).is_integer() else f"{value:.4f}"
