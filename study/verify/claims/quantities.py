"""Numbers about labels that a report can state: how each is computed, how far a rerun moves it.

To add one: write its function and give it a record in `NUMBERS`.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from study.dissection.word_forms import merged
from study.errors import StudyError
from study.verify.claims.questions import Answer, Question
from study.verify.reading.descriptions import Table, fold


class Unknown(StudyError):
    """The tables at hand do not contain what is asked for."""


class Labels:
    """The labels of several tables by network; layer names match without case and spaces."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self.tables = {table.name: table for table in tables}

    def layers(self, network: str) -> tuple[str, ...]:
        """Return a network's layers, in order."""
        return tuple(self.tables[network].parts)

    def layer(self, network: str, layer: str) -> str:
        """Return a layer's name as the table spells it; raises `Unknown` if the table lacks it."""
        for name in self.tables[network].parts:
            if plain_layer(name) == plain_layer(layer):
                return name
        known = ", ".join(self.layers(network))
        raise Unknown(f"the table of {network} has the layers {known}, but not {layer}")

    def of(self, network: str, layer: str | None) -> tuple[str, ...]:
        """Return the labels of a layer or of all layers."""
        return self.tables[network].labels(layer and self.layer(network, layer))

    def distinct(self, question: Question) -> set[str]:
        """Return the different labels of the question's first network, counted as it reads."""
        words = self.of(question.networks[0], question.claim.layer)
        return set(_as_read(words, question.reading))

    def similarities(self, network: str, layer: str | None) -> npt.NDArray[np.float64]:
        """Return the finite similarities of a layer or of all layers."""
        layers = [self.layer(network, layer)] if layer else self.layers(network)
        parts = self.tables[network].parts
        values = np.concatenate([parts[name].similarities for name in layers])
        finite: npt.NDArray[np.float64] = values[np.isfinite(values)]
        return finite

    def unit(self, question: Question) -> tuple[str, float]:
        """Return the label and similarity of a unit; raises `Unknown` if the table lacks it."""
        network, layer, unit = question.networks[0], question.claim.layer, question.claim.unit
        part = self.tables[network].parts[self.layer(network, layer or "")]
        rows = np.flatnonzero(part.units == unit).tolist()
        if not rows:
            raise Unknown(f"the table of {network} has no unit {unit} in {layer}")
        return part.labels[rows[0]], float(part.similarities[rows[0]])

    def top(self, network: str, layer: str | None) -> list[tuple[str, int]]:
        """Return the labels with their numbers of units, by count, then word."""
        counts = Counter(self.of(network, layer))
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    def value(self, question: Question, kind: str) -> float:
        """Return a number's true value; raises `Unknown` if the tables do not determine it."""
        compute = NUMBERS[kind].value
        if compute is None:
            raise Unknown(f"{kind} is no number")
        if question.reading not in {"layers_summed", "layers_averaged"}:
            return compute(self, question)
        own = replace(question, reading="own")
        layers = self.layers(question.networks[0])
        values = [compute(self, own.changed(layer=layer)) for layer in layers]
        return sum(values) / (len(values) if question.reading == "layers_averaged" else 1)

    def slack(self, question: Question, kind: str) -> float:
        """Return how far a rerun may move a number; 0 if the runs are the claim's own."""
        if not question.rerun or kind != "share":
            return NUMBERS[kind].tolerance if question.rerun else 0.0
        try:
            total = self.value(question, question.claim.denominator)
        except Unknown:
            return 0.0
        return NUMBERS[question.claim.of].tolerance / total if total else 0.0


def plain_layer(layer: str) -> str:
    """Return a layer's name without case and spaces."""
    return "".join(layer.casefold().split())


def described(question: Question, kind: str) -> str:
    """Return in words which number of which network, layer and unit is meant."""
    claim = question.claim
    words = [kind if kind != "share" else f"{claim.of} per {claim.denominator}"]
    words += ["of " + ", ".join(map(repr, claim.concepts))] if claim.concepts else []
    words += [] if NUMBERS[kind].symmetric else [f"in {question.networks[0]}"]
    words += [f"unit {claim.unit}"] if claim.unit is not None else []
    return f"{' '.join(words)}, {question.place()}"


def _as_read(labels: Sequence[str], reading: str) -> Sequence[str]:
    if reading == "word_forms":
        return merged(labels)
    return tuple(map(fold, labels)) if reading == "folded" else labels


def _units(labels: Labels, question: Question) -> float:
    return len(labels.of(question.networks[0], question.claim.layer))


def _unique(labels: Labels, question: Question) -> float:
    return len(labels.distinct(question))


def _size_of(
    combine: Callable[[set[str], set[str]], set[str]],
) -> Callable[[Labels, Question], float]:
    """Return what counts a set that is made from both networks' different labels."""
    return lambda labels, question: len(
        combine(labels.distinct(question), labels.distinct(question.swapped()))
    )


def _jaccard(labels: Labels, question: Question) -> float:
    return labels.value(question, "shared") / labels.value(question, "union")


def _count(labels: Labels, question: Question) -> float:
    words = labels.of(question.networks[0], question.claim.layer)
    concepts = question.claim.concepts
    if question.reading == "part_of_word":
        return sum(any(concept in word for concept in concepts) for word in words)
    wanted = set(_as_read(concepts, question.reading))
    return sum(word in wanted for word in _as_read(words, question.reading))


def _mean_similarity(labels: Labels, question: Question) -> float:
    values = labels.similarities(question.networks[0], question.claim.layer)
    if not len(values):
        raise Unknown("the tables hold no readable similarity")
    return float(values.mean())


def _similarity(labels: Labels, question: Question) -> float:
    value = labels.unit(question)[1]
    if not np.isfinite(value):
        raise Unknown("this unit's similarity is not readable")
    return value


def _share(labels: Labels, question: Question) -> float:
    whole = labels.value(question, question.claim.denominator)
    if not whole:
        raise Unknown(f"{question.claim.denominator} is 0")
    return labels.value(question, question.claim.of) / whole


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of one kind of claim.

    Parameters
    ----------
    description
        One line for the graders' page.
    value
        Computes the number that it states; `None` if it states none.
    answer
        Puts it to the runs; `None` for a number, which is compared with `value`.
    needs
        Fields that a claim must give.
    choices
        The values that it may claim; empty if any.
    tolerance
        How far an honest rerun moves its number.
    symmetric
        Whether its number belongs to two networks together.
    opposite
        The kind that claims the contrary.
    mistakes
        Names of `study.verify.claims.mistakes.MISTAKES` that can explain why it is wrong.
    """

    description: str
    value: Callable[[Labels, Question], float] | None = None
    answer: Callable[[Question, Labels], Answer] | None = None
    needs: tuple[str, ...] = ("value",)
    choices: tuple[str, ...] = ()
    tolerance: float = 0.0
    symmetric: bool = False
    opposite: str = ""
    mistakes: tuple[str, ...] = ()


SWAPPED = ("names_swapped", "other_network_and_layer")
ANYWHERE = (*SWAPPED, "one_layer_for_all", "other_layer", "total_for_one_layer")
_NUMBER = (*ANYWHERE, "word_forms", "rounding", "off_by_one", "percent_as_fraction")
_UNION = (*_NUMBER, "sum_instead_of_union", "other_quantity")
_SET = (*_UNION, "impossible_count")
_QUOTIENT = (*_NUMBER, "impossible_count", "other_denominator")

NUMBERS: Mapping[str, Kind] = MappingProxyType(
    {
        "units": Kind("units of `network`", _units, mistakes=(*_NUMBER, "other_quantity")),
        "unique": Kind("different labels of `network`", _unique, tolerance=2, mistakes=_SET),
        "only": Kind(
            "different labels of `network` that the other network lacks",
            _size_of(set.difference),
            tolerance=4,
            mistakes=_SET,
        ),
        "shared": Kind(
            "different labels that both networks have",
            _size_of(set.intersection),
            tolerance=2,
            symmetric=True,
            mistakes=_SET,
        ),
        "union": Kind(
            "different labels of both networks together",
            _size_of(set.union),
            tolerance=6,
            symmetric=True,
            mistakes=_UNION,
        ),
        "jaccard": Kind(
            "`shared` divided by `union`",
            _jaccard,
            tolerance=0.0055,
            symmetric=True,
            mistakes=(*_QUOTIENT, "mean_of_layers"),
        ),
        "count": Kind(
            "units of `network` whose label is one of `concepts`",
            _count,
            needs=("value", "concepts"),
            tolerance=2,
            mistakes=(*_NUMBER, "impossible_count"),
        ),
        "mean_similarity": Kind(
            "mean similarity of the labels of `network`",
            _mean_similarity,
            tolerance=1e-3,
            mistakes=(*_NUMBER, "mean_of_layers"),
        ),
        "similarity": Kind(
            "similarity of one unit of `network` to its label",
            _similarity,
            needs=("value", "unit", "layer"),
            tolerance=1e-3,
            mistakes=_NUMBER,
        ),
        "share": Kind(
            "`of` (default `count`) divided by `denominator`; without its denominator a share can "
            "be refuted, not confirmed",
            _share,
            mistakes=_QUOTIENT,
        ),
    }
)
"""Every kind of number. Tolerances were measured on published runs of one setup: unique and shared
counts move by up to 2, Jaccard indices by up to .005 as printed, similarities by up to 7e-4; what
is made of counts moves by their sum."""
COUNTABLE = tuple(name for name in NUMBERS if name != "share")
"""What `quantity`, `of` and `denominator` can name."""
