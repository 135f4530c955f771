"""A claim, the question that it puts to named runs, and the answer: holds, differs, undecided."""

from dataclasses import dataclass, replace
from typing import Any

from study.verify.claims.written_numbers import WrittenNumber, parse

HOLDS, DIFFERS, UNKNOWN = "HOLDS", "DIFFERS", "CANNOT BE DECIDED"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of a report; `study.verify.claims.answers.KINDS` lists the fields that it needs."""

    id: str
    kind: str
    network: str | None = None
    than: str | None = None
    networks: tuple[str, ...] = ()
    layer: str | None = None
    than_layer: str | None = None
    concepts: tuple[str, ...] = ()
    than_concepts: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    value: str | float | int | None = None
    unit: int | None = None
    quantity: str = ""
    of: str = "count"
    denominator: str = ""
    tolerance: float | None = None
    text: str = ""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A claim about named runs.

    Parameters
    ----------
    claim
        The claim.
    networks
        The claim's network, then the other one of the pair.
    rerun
        Whether the runs repeat the study that the claim is about: differences that honest reruns
        show are then tolerated.
    reading
        How labels are counted: as the study does it ("own"), or as known mistakes do
        ("layers_summed", "layers_averaged", "word_forms", "part_of_word", "folded").
    """

    claim: Claim
    networks: tuple[str, str]
    rerun: bool = False
    reading: str = "own"

    def changed(self, **fields: object) -> "Question":
        """Return the question for a claim with other fields."""
        return replace(self, claim=replace(self.claim, **fields))  # type: ignore[arg-type]

    def swapped(self) -> "Question":
        """Return the question with the two networks' names swapped."""
        a, b = self.networks
        than = {a: b, b: a}.get(self.claim.than or "", self.claim.than)
        return replace(self.changed(than=than), networks=(b, a))

    def number(self) -> WrittenNumber:
        """Return the claimed number; a share above 1 is read as a percentage."""
        claim = self.claim
        number = parse(claim.value if claim.value is not None else "", tolerance=claim.tolerance)
        plain = not number.percent and number.total is None
        return (
            number.scaled(0.01) if claim.kind == "share" and plain and number.number > 1 else number
        )

    def place(self) -> str:
        """Return the layer that the claim is about, in words."""
        return self.claim.layer or "all layers"


@dataclass(frozen=True, slots=True)
class Answer:
    """How the runs answer a claim: a status, a sentence, and the true value where there is one."""

    status: str
    detail: str
    value: Any = None


def formatted(value: float) -> str:
    """Return a number as it is printed: counts whole, others to four decimal places."""
    return str(int(value)) if float(value).is_integer() else f"{value:.4f}"
