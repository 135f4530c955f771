"""Known mistakes of reports, and which of them would give what a claim says."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from study.verify.claims import slips
from study.verify.claims.answers import answer
from study.verify.claims.quantities import Labels, plain_layer
from study.verify.claims.questions import HOLDS, Answer, Question
from study.verify.claims.slips import Case

Variants = Iterator[tuple[str, Question]]
"""A claim as it would read without a mistake, each with words for the mistake."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One known mistake.

    Parameters
    ----------
    text
        The mistake in words.
    variants
        Yields claims of which one must hold for the mistake to explain the claim.
    slip
        Returns how the mistake turns a true number into the claimed one, or `None`.
    fallback
        Whether to name it only if no other mistake explains the claim.
    """

    text: str
    variants: Callable[[Case], Variants] = lambda case: iter(())
    slip: Callable[[Case, float], str | None] = lambda case, value: None
    fallback: bool = False


def explain(question: Question, labels: Labels, true: Answer) -> dict[str, str]:
    """Return the mistakes that would give the claim, each with a sentence, the likeliest first.

    Parameters
    ----------
    question, true
        The claim, and what the runs answered.
    """
    case = Case(question, labels, true)
    reasons: dict[str, str] = {}
    for name, mistake in MISTAKES.items():
        if name in case.kind.mistakes and not (mistake.fallback and reasons):
            reason = _slipped(mistake, case) or _holding(mistake, case)
            reasons |= {name: reason} if reason else {}
    return reasons


def _slipped(mistake: Mistake, case: Case) -> str | None:
    known = case.kind.value is not None and isinstance(case.answer.value, int | float)
    return mistake.slip(case, float(case.answer.value)) if known else None


def _holding(mistake: Mistake, case: Case) -> str | None:
    """Return why the first variant that holds does; a number must differ from the true one."""
    for text, variant in mistake.variants(case):
        other = answer(variant, case.labels)
        news = case.kind.value is None or other.value != case.answer.value
        if other.status == HOLDS and news:
            return f"{text}: {other.detail}"
    return None


def _reading(case: Case, text: str, reading: str) -> Variants:
    """Yield a claim about all layers, its labels counted another way."""
    if case.claim.layer is None:
        yield text, replace(case.question, reading=reading)


def _word_forms(case: Case) -> Variants:
    parts = ("part_of_word",) if case.claim.kind in {"count", "present", "absent"} else ()
    for reading in ("word_forms", "folded", *parts):
        yield MISTAKES["word_forms"].text, replace(case.question, reading=reading)


def _each_layer(case: Case) -> Variants:
    own = case.claim.layer and plain_layer(case.claim.layer)
    for name in case.labels.layers(case.question.networks[0]):
        if plain_layer(name) != own:
            yield f"true of {name}", case.question.changed(layer=name)


def _all_layers(case: Case) -> Variants:
    if case.claim.layer is not None and "unit" not in case.kind.needs:
        yield "true of all layers", case.question.changed(layer=None)


def _elsewhere(case: Case) -> Variants:
    other = replace(case, question=case.question.swapped())
    for variants in (_each_layer, _all_layers):
        for text, variant in variants(other):
            yield f"with the names swapped, {text}", variant


def _reversed(case: Case) -> Variants:
    opposites = [{"kind": case.kind.opposite}] if case.kind.opposite else []
    opposites += [{"value": value} for value in case.kind.choices if value != case.claim.value]
    for fields in opposites:
        yield MISTAKES["reversed"].text, case.question.changed(**fields)


def _as_many(case: Case) -> Variants:
    """Yield the comparison as a tie; of an emphasis, each word that is wrong."""
    text = MISTAKES["as_many"].text
    if case.claim.kind != "emphasis":
        yield text, case.question.changed(kind="as_many")
        return
    for concept in case.claim.concepts:
        alone = case.question.changed(concepts=(concept,))
        if answer(alone, case.labels).status != HOLDS:
            yield text, alone.changed(kind="as_many", quantity="count")


def _neighbour(case: Case) -> Variants:
    if case.claim.unit is not None and "unit" in case.kind.needs:
        for unit in (case.claim.unit - 1, case.claim.unit + 1):
            yield f"it belongs to unit {unit}", case.question.changed(unit=unit)


MISTAKES: Mapping[str, Mistake] = MappingProxyType(
    {
        "names_swapped": Mistake(
            "the networks' names are swapped",
            lambda case: iter([(MISTAKES["names_swapped"].text, case.question.swapped())]),
        ),
        "rounding": Mistake("it is rounded incorrectly", slip=slips.rounding),
        "sum_instead_of_union": Mistake(
            "layers were added up, so that concepts of several layers count several times",
            lambda case: _reading(case, "added up over layers", "layers_summed"),
        ),
        "one_layer_for_all": Mistake(
            "one layer's number is given for all layers",
            lambda case: _each_layer(case) if case.claim.layer is None else iter(()),
        ),
        "other_layer": Mistake(
            "it is true of another layer",
            lambda case: _each_layer(case) if case.claim.layer is not None else iter(()),
        ),
        "total_for_one_layer": Mistake("the number of all layers is given for one", _all_layers),
        "impossible_count": Mistake("it exceeds the possible maximum", slip=slips.impossible),
        "other_denominator": Mistake(
            "it was divided by something else", slip=slips.other_denominator
        ),
        "other_quantity": Mistake("it is another quantity", slip=slips.other_quantity),
        "mean_of_layers": Mistake(
            "layers were averaged instead of pooled",
            lambda case: _reading(case, "averaged over layers", "layers_averaged"),
        ),
        "off_by_one": Mistake("it is off by one", _neighbour, slips.off_by_one),
        "percent_as_fraction": Mistake("fraction and percentage are confused", slip=slips.percent),
        "word_forms": Mistake(
            "word forms, case or parts of words count as the same concept", _word_forms
        ),
        "reversed": Mistake("the comparison is the other way round", _reversed),
        "as_many": Mistake("the other has as many", _as_many),
        "other_network_and_layer": Mistake(
            "it is true of another layer of the other network",
            _elsewhere,
            fallback=True,
        ),
    }
)
"""Every mistake that is looked for, the likeliest first."""
