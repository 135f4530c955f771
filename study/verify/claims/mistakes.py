"""Known mistakes of reports, and which of them would give what a claim says."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from study.verify.claims.answers import KINDS, answer
from study.verify.claims.quantities import NUMBERS, Kind, known, slack
from study.verify.claims.questions import HOLDS, Answer, Question, formatted, plain_layer

Variants = Iterator[tuple[str, Question]]
"""A claim as it would read without a mistake, each with words for the mistake."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One known mistake: claims of which one must then hold, or how a true number slips."""

    text: str
    """The mistake in words."""
    variants: Callable[[Question], Variants] = lambda question: iter(())
    """Yields claims of which one must hold for the mistake to explain the claim."""
    slip: Callable[[Question, float], str | None] = lambda question, true: None
    """Returns how the mistake turns the true number into the claimed one, or `None`."""
    whole: bool | None = None
    """Whether claims about all layers make it, or about one; `None` if both do."""
    fallback: bool = False
    """Whether to name it only if no other mistake explains the claim."""


def explain(question: Question, true: Answer) -> dict[str, str]:
    """Return the mistakes that would give the claim in place of the true answer, likeliest first.

    Each comes with a sentence.
    """
    reasons: dict[str, str] = {}
    for name, mistake in MISTAKES.items():
        fits = mistake.whole in (None, question.claim.layer is None)
        if fits and name in _kind(question).mistakes and not (mistake.fallback and reasons):
            reason = _slipped(mistake, question, true) or _holding(mistake, question, true)
            reasons |= {name: reason} if reason else {}
    return reasons


def _kind(question: Question) -> Kind:
    return KINDS[question.claim.kind]


def _slipped(mistake: Mistake, question: Question, true: Answer) -> str | None:
    states_number = _kind(question).value is not None and isinstance(true.value, int | float)
    return mistake.slip(question, float(true.value)) if states_number else None


def _holding(mistake: Mistake, question: Question, true: Answer) -> str | None:
    """Return why the first variant that holds does; a number must differ from the true one."""
    for text, variant in mistake.variants(question):
        other = answer(variant)
        news = _kind(question).value is None or other.value != true.value
        if other.status == HOLDS and news:
            return f"{text}: {other.detail}"
    return None


# --- claims as they would read without a mistake --------------------------------------------------


def _swapped(question: Question) -> Variants:
    yield MISTAKES["names_swapped"].text, question.swapped()


def _reading(text: str, reading: str) -> Callable[[Question], Variants]:
    """Return what yields a claim with its labels counted another way."""
    return lambda question: iter([(text, replace(question, reading=reading))])


def _word_forms(question: Question) -> Variants:
    readings = ["word_forms", "folded"]
    if question.claim.kind in {"count", "present", "absent"}:
        readings += ["plurals", "part_of_word"]
    for reading in readings:
        yield MISTAKES["word_forms"].text, replace(question, reading=reading)


def _each_layer(question: Question) -> Variants:
    own = question.claim.layer and plain_layer(question.claim.layer)
    for name in question.table.parts:
        if plain_layer(name) != own:
            yield f"true of {name}", question.changed(layer=name)


def _all_layers(question: Question) -> Variants:
    if question.claim.layer is not None and "unit" not in _kind(question).needs:
        yield "true of all layers", question.changed(layer=None)


def _elsewhere(question: Question) -> Variants:
    for variants in (_each_layer, _all_layers):
        for text, variant in variants(question.swapped()):
            yield f"with the names swapped, {text}", variant


def _reversed(question: Question) -> Variants:
    kind = _kind(question)
    if kind.opposite:
        yield MISTAKES["reversed"].text, question.changed(kind=kind.opposite)
    for value in set(kind.choices) - {question.claim.value}:
        yield MISTAKES["reversed"].text, question.changed(value=value)


def _as_many(question: Question) -> Variants:
    """Yield the comparison as a tie; of an emphasis, each word that is wrong."""
    text = MISTAKES["as_many"].text
    if question.claim.kind != "emphasis":
        yield text, question.changed(kind="as_many")
        return
    for concept in question.claim.concepts:
        alone = question.changed(concepts=(concept,))
        if answer(alone).status != HOLDS:
            yield text, alone.changed(kind="as_many", quantity="count")


def _neighbour(question: Question) -> Variants:
    unit = question.claim.unit
    if unit is not None and "unit" in _kind(question).needs:
        for other in (unit - 1, unit + 1):
            yield f"it belongs to unit {other}", question.changed(unit=other)


# --- slips: how a true number turns into the claimed one ------------------------------------------


def _off_by_one(question: Question, true: float) -> str | None:
    claimed = question.number()
    whole = true.is_integer() and claimed.step >= 1 and claimed.total is None
    if whole and abs(abs(claimed.number - true) - 1) < 1e-9:
        return f"claimed {claimed.text}, found {formatted(true)}"
    return None


def _rounding(question: Question, true: float) -> str | None:
    claimed = question.number()
    whole = true.is_integer() and claimed.step >= 1
    if not whole and claimed.step / 2 < abs(claimed.number - true) < claimed.step * 1.5:
        return f"{formatted(true)} does not round to {claimed.text}"
    return None


def _percent(question: Question, true: float) -> str | None:
    claimed = question.number()
    if true and any(claimed.scaled(factor).holds(true) for factor in (0.01, 100.0)):
        return f"claimed {claimed.text}, found {formatted(true)}"
    return None


def _impossible(question: Question, true: float) -> str | None:
    """Compare with what the number cannot exceed in any run of these networks and layers."""
    claimed, kind, limit = question.number(), question.claim.kind, 1.0
    if kind not in {"jaccard", "share"}:
        holders = [question, question.swapped()] if kind == "shared" else [question]
        units = [known(holder, "units") for holder in holders]
        limit = min((count for count in units if count is not None), default=claimed.low)
    if claimed.low > limit:
        return f"claimed {claimed.text}, but {formatted(limit)} is the maximum"
    return None


def _other_quantity(question: Question, true: float) -> str | None:
    names = sorted(name for name, kind in NUMBERS.items() if "other_quantity" in kind.mistakes)
    return _fitting(question, true, {name: known(question, name) for name in names})


def _other_denominator(question: Question, true: float) -> str | None:
    """Divide the same number by something else."""
    claim, numerator = question.claim, question.claim.of
    if claim.kind == "jaccard":
        numerator, names = "shared", ["unique", "units"]
        union, shared = (known(question, name) or 0 for name in ("union", "shared"))
        others: dict[str, float | None] = {
            "the mean of both networks' unique (Dice)": (union + shared) / 2,
            "the sum of both networks' unique": union + shared,
            "what only one network has": max(union - shared, 1),
        }
    else:
        names = ["only", "shared", "union", "unique", "units"]
        others = {"units of all layers": known(question.changed(layer=None), "units")}
    wholes = {name: known(question, name) for name in names if name != claim.denominator}
    wholes["the other network's unique"] = known(question.swapped(), "unique")
    part = known(question, numerator)
    quotients = {
        f"{numerator} per {name}": part / whole
        for name, whole in (wholes | others).items()
        if part is not None and whole
    }
    return _fitting(question, true, quotients)


def _fitting(question: Question, true: float, others: Mapping[str, float | None]) -> str | None:
    """Return the first other number that fits the claim."""
    claimed, margin = question.number(), slack(question, question.claim.kind)
    for name, other in others.items():
        if other is not None and claimed.holds(other, slack=margin) and abs(other - true) > 1e-12:
            return f"{name} is {formatted(other)}"
    return None


MISTAKES: Mapping[str, Mistake] = {
    "names_swapped": Mistake("the networks' names are swapped", _swapped),
    "rounding": Mistake("it is rounded incorrectly", slip=_rounding),
    "sum_instead_of_union": Mistake(
        "layers were added up, so that concepts of several layers count several times",
        _reading("added up over layers", "layers_summed"),
        whole=True,
    ),
    "one_layer_for_all": Mistake(
        "one layer's number is given for all layers", _each_layer, whole=True
    ),
    "other_layer": Mistake("it is true of another layer", _each_layer, whole=False),
    "total_for_one_layer": Mistake("the number of all layers is given for one", _all_layers),
    "impossible_count": Mistake("it exceeds the possible maximum", slip=_impossible),
    "other_denominator": Mistake("it was divided by something else", slip=_other_denominator),
    "other_quantity": Mistake("it is another quantity", slip=_other_quantity),
    "mean_of_layers": Mistake(
        "layers were averaged instead of pooled",
        _reading("averaged over layers", "layers_averaged"),
        whole=True,
    ),
    "off_by_one": Mistake("it is off by one", _neighbour, _off_by_one),
    "percent_as_fraction": Mistake("fraction and percentage are confused", slip=_percent),
    "word_forms": Mistake(
        "word forms, case or parts of words count as the same concept", _word_forms
    ),
    "reversed": Mistake("the comparison is the other way round", _reversed),
    "as_many": Mistake("the other has as many", _as_many),
    "other_network_and_layer": Mistake(
        "it is true of another layer of the other network", _elsewhere, fallback=True
    ),
}
"""Every mistake that is looked for, the likeliest first."""
