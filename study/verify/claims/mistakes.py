"""Known mistakes of reports, and which of them would give what a claim says."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from study.verify.claims.answers import KINDS, answer
from study.verify.claims.quantities import FRACTIONS, Kind, slack
from study.verify.claims.questions import (
    DIFFERS,
    HOLDS,
    Answer,
    Question,
    plain_layer,
)
from study.verify.claims.series import under_other_labels
from study.verify.claims.slips import (
    impossible,
    off_by_one,
    other_denominator,
    other_quantity,
    percent,
    rounding,
)

_RARE = 0.01
"""How much rarer forms of words are merged in the size of a set than in the count of one word."""
Variants = Iterator[tuple[str, Question]]
"""A claim as it would read without a mistake, each with words for the mistake."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a mistake gives what a claim says, and how surely: 1 / the ways to make the mistake."""

    text: str
    likelihood: float = 1.0
    bars: int = 1
    """The numbers that it explains: those of a whole list, else one."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One known mistake: claims of which one must then hold, or how a true number slips."""

    text: str
    """The mistake in words."""
    variants: Callable[[Question], Variants] = lambda question: iter(())
    """Yields claims of which one must hold for the mistake to explain the claim."""
    slip: Callable[[Question, float], str | None] = lambda question, true: None
    """Returns how the mistake turns the true number into the claimed one, or `None`."""
    rank: Callable[[Question], str | None] | None = None
    """Returns how the mistake gives the claim by the ranks of its words, or `None`."""
    share: float = 0.1
    """Its share of wrong claims, roughly: decides between mistakes that give the same number."""
    ways: int = 1
    """The ways in which a slip can be made, any of which would have explained the claim."""
    least: int = 1
    """The numbers that it must explain to be named: a series has several."""
    systematic: bool = False
    """Whether it is made throughout a report, so that claims which hold speak against it."""
    whole: bool | None = None
    """Whether claims about all layers make it, or about one; `None` if both do."""

    def concerns(self, question: Question) -> bool:
        """Return whether a claim can make this mistake."""
        return self.whole in (None, question.claim.layer is None)


def explain(question: Question, true: Answer) -> dict[str, Explanation]:
    """Return the mistakes that would give the claim in place of the true answer.

    A mistake must give the claimed number exactly, in a rerun too. Only where the claim is further
    off than ten times what reruns differ by may what the mistake gives differ by as much.
    """
    found: dict[str, Explanation] = {}
    for name in _kind(question).mistakes:
        mistake = MISTAKES[name]
        if not mistake.concerns(question):
            continue
        if mistake.rank and (text := mistake.rank(question)):
            found[name] = Explanation(text, bars=len(question.claim.concepts))
        elif slipped := _slipped(mistake, question, true):
            found[name] = Explanation(slipped, 1 / mistake.ways)
        elif text := _holding(mistake, question, true):
            rare = _RARE if name == "word_forms" and not question.claim.concepts else 1.0
            found[name] = Explanation(text, rare / _ways(mistake, question, true))
    return found


def refuted(name: str, question: Question) -> bool:
    """Return whether a claim would read otherwise if a systematic mistake had been made in it."""
    mistake = MISTAKES[name]
    if name not in _kind(question).mistakes or not mistake.concerns(question):
        return False
    if mistake.rank is not None:
        return question.claim.kind in {"count", "top"} and mistake.rank(question) is None
    variants = [variant for _, variant in mistake.variants(question)]
    if variants:
        return all(answer(variant).status == DIFFERS for variant in variants)
    return name == "percent_as_fraction" and question.claim.kind in FRACTIONS


def _kind(question: Question) -> Kind:
    return KINDS[question.claim.kind]


def _slipped(mistake: Mistake, question: Question, true: Answer) -> str | None:
    states_number = _kind(question).value is not None and isinstance(true.value, int | float)
    return mistake.slip(question, float(true.value)) if states_number else None


def _holding(mistake: Mistake, question: Question, true: Answer) -> str | None:
    """Return why the first variant that holds does; a number must differ from the true one."""
    far = _far(question, true)
    rerun, again = question.rerun and far, question.again if far else ()
    for text, variant in mistake.variants(question):
        other = answer(replace(variant, rerun=rerun, again=again))
        news = _kind(question).value is None or other.value != true.value
        if other.status == HOLDS and news:
            return f"{text}: {other.detail}"
    return None


def _ways(mistake: Mistake, question: Question, true: Answer) -> int:
    """Return the number of different values that a mistake can give in place of the true one."""
    variants = (replace(variant, again=()) for _, variant in mistake.variants(question))
    values = {str(answer(variant).value) for variant in variants}
    return len(values - {str(true.value)}) or 1


def _far(question: Question, true: Answer) -> bool:
    """Return whether a number is so far off that what reruns differ by is small beside it.

    Single counts are not: they are as small as what they differ by.
    """
    kind = question.claim.kind
    if _kind(question).value is None or not isinstance(true.value, int | float):
        return False
    return kind != "count" and abs(question.number().number - true.value) >= 10 * slack(
        question, kind
    )


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
    if question.claim.kind in {"emphasis", "more_of_family"}:
        yield MISTAKES["reversed"].text, question.swapped()
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


MISTAKES: Mapping[str, Mistake] = {
    "names_swapped": Mistake(
        "the networks' names are swapped", _swapped, share=0.2, systematic=True
    ),
    "series_under_other_labels": Mistake(
        "one network's counts are drawn under the other's labels",
        rank=under_other_labels,
        share=0.1,
        least=3,
        systematic=True,
    ),
    "rounding": Mistake("it is rounded incorrectly", slip=rounding, share=0.15),
    "sum_instead_of_union": Mistake(
        "layers were added up, so that concepts of several layers count several times",
        _reading("added up over layers", "layers_summed"),
        share=0.2,
        whole=True,
    ),
    "one_layer_for_all": Mistake(
        "one layer's number is given for all layers", _each_layer, share=0.15, whole=True
    ),
    "off_by_one": Mistake("it is off by one", _neighbour, off_by_one, share=0.4, ways=2),
    "other_layer": Mistake("it is true of another layer", _each_layer, share=0.15, whole=False),
    "total_for_one_layer": Mistake(
        "the number of all layers is given for one", _all_layers, share=0.15
    ),
    "impossible_count": Mistake(
        "it exceeds the possible maximum", slip=impossible, share=0.3, ways=50
    ),
    "other_denominator": Mistake(
        "it was divided by something else", slip=other_denominator, share=0.4, ways=2
    ),
    "other_quantity": Mistake("it is another quantity", slip=other_quantity, share=0.2, ways=8),
    "mean_of_layers": Mistake(
        "layers were averaged instead of pooled",
        _reading("averaged over layers", "layers_averaged"),
        whole=True,
    ),
    "percent_as_fraction": Mistake(
        "fraction and percentage are confused", slip=percent, share=0.2, systematic=True
    ),
    "word_forms": Mistake(
        "word forms, case or parts of words count as the same concept", _word_forms, share=0.2
    ),
    "reversed": Mistake("the comparison is the other way round", _reversed, share=0.6),
    "as_many": Mistake("the other has as many", _as_many, share=0.6),
    "other_network_and_layer": Mistake(
        "it is true of another layer of the other network", _elsewhere, share=0.01
    ),
}
"""Every mistake that is looked for. Shares are those of the defects known from published reports,
and of planted ones; what they decide is whether a number speaks for one mistake or another."""
