"""Numbers about labels that a report can state: how each is computed, how far a rerun moves it.

To add one: give it a record in `NUMBERS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from study.dissection.families import FAMILIES, UNKNOWN, own
from study.verify.claims.questions import Answer, Question, Unknown

_MOST_COUNTS = 4
"""Counts whose moves add up, of several words together; those of more cancel."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of one kind of claim."""

    description: str
    """One line for the reference page."""
    value: Callable[[Question], float] | None = None
    """Computes the number that it states; `None` if it states none."""
    answer: Callable[[Question], Answer] | None = None
    """Puts it to the runs; `None` for a number, which is compared with `value`."""
    needs: tuple[str, ...] = ("value",)
    """Fields that a claim must give."""
    choices: tuple[str, ...] = ()
    """The values that it may claim; empty if any."""
    tolerance: float = 0.0
    """How far an honest rerun moves its number."""
    symmetric: bool = False
    """Whether its number belongs to two networks together."""
    opposite: str = ""
    """The kind that claims the contrary."""
    chance: float = 0.5
    """How likely a wrong claim agrees with something else by chance, if it states no number."""
    mistakes: tuple[str, ...] = ()
    """Names of `study.verify.claims.mistakes.MISTAKES` that can explain why it is wrong."""


def value(question: Question, kind: str) -> float:
    """Return a number's true value; raises `Unknown` if the tables do not determine it."""
    compute = NUMBERS[kind].value if kind in NUMBERS else None
    if compute is None:
        raise Unknown(f"{kind!r} is no number")
    if question.reading not in {"layers_summed", "layers_averaged"}:
        return compute(question)
    own = replace(question, reading="own")
    values = [compute(own.changed(layer=layer)) for layer in question.table.parts]
    return sum(values) / (len(values) if question.reading == "layers_averaged" else 1)


def known(question: Question, kind: str) -> float | None:
    """Return a number's true value, `None` if the tables do not determine it."""
    try:
        return value(question, kind)
    except Unknown:
        return None


def slack(question: Question, kind: str) -> float:
    """Return how far a rerun may move a number; 0 if the runs are the claim's own.

    Where several runs of a network are given, it is as far as these move it.
    """
    if question.again:
        own = known(question, kind)
        others = [known(replace(question, tables=t, again=()), kind) for t in question.again]
        return max((abs(o - own) for o in others if o is not None and own is not None), default=0.0)
    if not question.rerun:
        return 0.0
    if kind == "share":
        total = known(question, question.claim.denominator)
        return slack(question, question.claim.of) / total if total else 0.0
    counted = len(question.claim.concepts) if kind == "count" else 1
    return NUMBERS[kind].tolerance * min(max(counted, 1), _MOST_COUNTS)


def _count(question: Question) -> float:
    words, concepts = question.labels(), question.claim.concepts
    if question.reading == "part_of_word":
        return sum(any(concept in word for concept in concepts) for word in words)
    wanted = set(question.as_read(concepts))
    return sum(word in wanted for word in question.as_read(words))


def _similarity(question: Question) -> float:
    _, similarity = question.unit()
    if not np.isfinite(similarity):
        raise Unknown("this unit's similarity is not readable")
    return similarity


def _share(question: Question) -> float:
    claim = question.claim
    whole = value(question, claim.denominator)
    if not whole:
        raise Unknown(f"{claim.denominator} is 0")
    return value(question, claim.of) / whole


def _family_units(question: Question) -> float:
    table, wanted = own(), set(question.claim.concepts)
    if unknown := sorted(wanted - {*FAMILIES, UNKNOWN}):
        raise Unknown(f"no family is called {unknown[0]!r}; they are {', '.join(FAMILIES)}")
    return sum(table.of(label) in wanted for label in question.labels())


def _family_share(question: Question) -> float:
    if not question.labels():
        raise Unknown("there are no units")
    return _family_units(question) / len(question.labels())


SWAPPED = ("names_swapped", "other_network_and_layer")
ANYWHERE = (*SWAPPED, "one_layer_for_all", "other_layer", "total_for_one_layer")
_NUMBER = (*ANYWHERE, "word_forms", "rounding", "off_by_one", "percent_as_fraction")
_UNION = (*_NUMBER, "sum_instead_of_union", "other_quantity")
_SET = (*_UNION, "impossible_count")
_QUOTIENT = (*_NUMBER, "impossible_count", "other_denominator")

NUMBERS: Mapping[str, Kind] = {
    "units": Kind(
        "units of `network`",
        lambda question: len(question.labels()),
        mistakes=(*_NUMBER, "other_quantity"),
    ),
    "unique": Kind(
        "different labels of `network`",
        lambda question: len(question.distinct()),
        tolerance=2,
        mistakes=_SET,
    ),
    "only": Kind(
        "different labels of `network` that the other network lacks",
        lambda question: len(question.distinct() - question.swapped().distinct()),
        tolerance=4,
        mistakes=_SET,
    ),
    "shared": Kind(
        "different labels that both networks have",
        lambda question: len(question.distinct() & question.swapped().distinct()),
        tolerance=2,
        symmetric=True,
        mistakes=_SET,
    ),
    "union": Kind(
        "different labels of both networks together",
        lambda question: len(question.distinct() | question.swapped().distinct()),
        tolerance=6,
        symmetric=True,
        mistakes=_UNION,
    ),
    "jaccard": Kind(
        "`shared` divided by `union`",
        lambda question: value(question, "shared") / value(question, "union"),
        tolerance=0.0055,
        symmetric=True,
        mistakes=(*_QUOTIENT, "mean_of_layers"),
    ),
    "count": Kind(
        "units of `network` whose label is one of `concepts`",
        _count,
        needs=("value", "concepts"),
        tolerance=1,
        mistakes=(*_NUMBER, "impossible_count", "series_under_other_labels"),
    ),
    "mean_similarity": Kind(
        "mean similarity of the labels of `network`",
        lambda question: float(question.similarities().mean()),
        tolerance=1e-3,
        mistakes=(*_NUMBER, "mean_of_layers"),
    ),
    "median_similarity": Kind(
        "median similarity of the labels of `network`",
        lambda question: float(np.median(question.similarities())),
        tolerance=1e-3,
        mistakes=(*_NUMBER, "mean_of_layers"),
    ),
    "min_similarity": Kind(
        "lowest similarity of the labels of `network`",
        lambda question: float(question.similarities().min()),
        tolerance=1e-3,
        mistakes=_NUMBER,
    ),
    "max_similarity": Kind(
        "highest similarity of the labels of `network`",
        lambda question: float(question.similarities().max()),
        tolerance=1e-3,
        mistakes=_NUMBER,
    ),
    "similarity_quantile": Kind(
        "similarity that the share `quantile` (default 0.5) of `network`'s labels does not exceed",
        lambda question: float(np.quantile(question.similarities(), question.claim.quantile)),
        tolerance=1e-3,
        mistakes=_NUMBER,
    ),
    "similarity": Kind(
        "similarity of one unit of `network` to its label",
        _similarity,
        needs=("value", "unit", "layer"),
        tolerance=1e-3,
        mistakes=_NUMBER,
    ),
    "family_units": Kind(
        "units of `network` whose label is of the families in `concepts`, such as scene",
        _family_units,
        needs=("value", "concepts"),
        tolerance=4,
        mistakes=(*_NUMBER, "other_quantity"),
    ),
    "family_share": Kind(
        "share of `network`'s units whose label is of the families in `concepts`",
        _family_share,
        needs=("value", "concepts"),
        tolerance=0.01,
        mistakes=_NUMBER,
    ),
    "share": Kind(
        "`of` (default `count`) divided by `denominator`; without its denominator a share can "
        "be refuted, not confirmed",
        _share,
        mistakes=_QUOTIENT,
    ),
}
"""Every kind of number. Tolerances were measured on published runs of one setup: the count of a
word moves by 1, unique and shared counts by up to 2, Jaccard indices by up to .005 as printed,
similarities by up to 7e-4; what is made of counts moves by their sum."""
FRACTIONS = (
    *("jaccard", "share", "family_share", "similarity", "mean_similarity", "median_similarity"),
    *("min_similarity", "max_similarity", "similarity_quantile"),
)
"""Numbers that can be written as percentages."""
COUNTABLE = tuple(name for name in NUMBERS if name != "share")
"""What `quantity`, `of` and `denominator` can name."""
