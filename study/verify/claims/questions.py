"""A claim, the question that it puts to two runs, and the answer: holds, differs, undecided."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from study.dissection.word_forms import merged
from study.errors import StudyError
from study.verify.claims.written_numbers import WrittenNumber, parse
from study.verify.reading.descriptions import Table, fold

_DECIMALS = (4, 5, 6, 8, 12)
HOLDS, DIFFERS, UNKNOWN = "HOLDS", "DIFFERS", "CANNOT BE DECIDED"


class Unknown(StudyError):
    """The tables at hand do not contain what is asked for."""


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
    k: int = 10
    quantile: float = 0.5
    tolerance: float | None = None
    text: str = ""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A claim about two runs; its methods look up the first network in the claim's layer.

    Parameters
    ----------
    claim
        The claim; without a layer it is about all of them.
    networks
        The claim's network, then the other one of the pair.
    tables
        The runs by name.
    rerun
        Whether the runs repeat the study that the claim is about: differences that honest reruns
        show are then tolerated.
    again
        The runs by name once more, with other runs of the same networks in their place: what they
        differ by is then tolerated.
    reading
        How labels are counted: as the study does it ("own"), or as known mistakes do
        ("layers_summed", "layers_averaged", "word_forms", "plurals", "part_of_word", "folded").
    """

    claim: Claim
    networks: tuple[str, str]
    tables: Mapping[str, Table]
    rerun: bool = False
    again: tuple[Mapping[str, Table], ...] = ()
    reading: str = "own"

    @property
    def table(self) -> Table:
        """The first network's table."""
        return self.tables[self.networks[0]]

    @property
    def place(self) -> str:
        """The layer that the claim is about, in words."""
        return self.claim.layer or "all layers"

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
        percentage = claim.kind == "share" and plain and number.number > 1
        return number.scaled(0.01) if percentage else number

    def layer(self, layer: str) -> str:
        """Return a layer's name as the table spells it; raises `Unknown` if the table lacks it."""
        for name in self.table.parts:
            if plain_layer(name) == plain_layer(layer):
                return name
        network, known = self.networks[0], ", ".join(self.table.parts)
        raise Unknown(f"the table of {network} has the layers {known}, but not {layer}")

    def labels(self) -> tuple[str, ...]:
        """Return the labels, one for each unit."""
        layer = self.claim.layer
        return self.table.labels(layer and self.layer(layer))

    def distinct(self) -> set[str]:
        """Return the different labels, counted as the question reads them."""
        return set(self.as_read(self.labels()))

    def as_read(self, labels: Sequence[str]) -> Sequence[str]:
        """Return labels with those made equal that the question's reading counts as one."""
        if self.reading == "word_forms":
            return merged(labels)
        if self.reading == "plurals":
            return [label.removesuffix("s") for label in labels]
        return [fold(label) for label in labels] if self.reading == "folded" else labels

    def ranking(self) -> list[tuple[str, int]]:
        """Return the labels with their numbers of units, by count, then word."""
        layer = self.claim.layer
        return _ranking(self.table, layer and self.layer(layer))

    def similarities(self) -> npt.NDArray[np.float64]:
        """Return the finite similarities; raises `Unknown` if there are none."""
        layers = [self.layer(self.claim.layer)] if self.claim.layer else self.table.parts
        values = np.concatenate([self.table.parts[name].similarities for name in layers])
        if not np.isfinite(values).any():
            raise Unknown("the tables hold no readable similarity")
        finite: npt.NDArray[np.float64] = values[np.isfinite(values)]
        return finite

    def unit(self) -> tuple[str, float]:
        """Return the label and similarity of a unit; raises `Unknown` if the table lacks it."""
        unit, layer = self.claim.unit, self.claim.layer
        part = self.table.parts[self.layer(layer or "")]
        rows = np.flatnonzero(part.units == unit).tolist()
        if not rows:
            raise Unknown(f"the table of {self.networks[0]} has no unit {unit} in {layer}")
        return part.labels[rows[0]], float(part.similarities[rows[0]])


@dataclass(frozen=True, slots=True)
class Answer:
    """How the runs answer a claim.

    ``value`` is the true value where there is one; ``mistakes`` maps the names of the mistakes that
    would give the claimed one to sentences.
    """

    status: str
    detail: str
    value: Any = None
    mistakes: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=64)
def _ranking(table: Table, layer: str | None) -> list[tuple[str, int]]:
    """Return the ranking of a table's labels; many claims ask for the same one."""
    return sorted(Counter(table.labels(layer)).items(), key=lambda item: (-item[1], item[0]))


def plain_layer(layer: str) -> str:
    """Return a layer's name without case and spaces, and without a sign before its number."""
    return re.sub(r"(?<=[a-z])[_-](?=\d)", "", "".join(layer.casefold().split()))


def formatted(value: float, decimals: int = 4) -> str:
    """Return a number as it is printed: counts whole, others to four decimal places or more."""
    return str(int(value)) if float(value).is_integer() else f"{value:.{decimals}f}"


def apart(claimed: WrittenNumber, value: float) -> str:
    """Return a number with as many decimal places as show whether a written number holds for it.

    They are no fewer than those of the written number.
    """
    written = max(0, -math.floor(math.log10(claimed.step) + 1e-9))
    for decimals in sorted({max(written, 4), *(d for d in _DECIMALS if d > written)}):
        text = formatted(value, decimals)
        if claimed.holds(float(text)) == claimed.holds(value):
            return text
    return repr(value)


def each_apart(values: Sequence[float]) -> list[str]:
    """Return numbers with as many decimal places as tell different ones apart."""
    for decimals in _DECIMALS:
        texts = [formatted(value, decimals) for value in values]
        if len(set(texts)) == len(set(values)):
            return texts
    return list(map(repr, values))
