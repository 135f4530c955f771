"""Every kind of claim, as one record each, and the way from a claim to its answer.

To add a kind: write its function in `about_numbers` or `about_words` and give it a record in
`KINDS`. A kind that states a number needs a record in `quantities` alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from study.verify.claims import about_numbers, about_settings, about_words
from study.verify.claims.quantities import ANYWHERE, NUMBERS, SWAPPED, Kind
from study.verify.claims.questions import UNKNOWN, Answer, Question, Unknown


def answer(question: Question) -> Answer:
    """Put a claim to the runs; words, to each further run of a network as well."""
    own = _answer(question)
    if not question.again or KINDS[question.claim.kind].value is not None:
        return own
    others = [_answer(replace(question, tables=t, again=(), rerun=False)) for t in question.again]
    apart = [other.status for other in others if other.status != own.status]
    if not apart:
        return own
    text = f"{own.detail}; {len(apart)} of {len(others)} further runs say otherwise"
    return replace(own, status=UNKNOWN, detail=text)


def _answer(question: Question) -> Answer:
    try:
        return (KINDS[question.claim.kind].answer or about_numbers.number)(question)
    except Unknown as error:
        return Answer(UNKNOWN, str(error))


def _statement(question: Question) -> Answer:
    return Answer(UNKNOWN, "tables of labels cannot decide this", question.claim.value)


def _opposites(descriptions: Mapping[str, str], **fields: Any) -> dict[str, Kind]:
    """Return two kinds that claim the contrary of each other."""
    a, b = descriptions
    return {
        name: Kind(descriptions[name], opposite=opposite, **fields)
        for name, opposite in ((a, b), (b, a))
    }


_COMPARED = (*ANYWHERE, "word_forms", "reversed")
_BY_LAYER = ("names_swapped", "word_forms", "reversed")
_WORDS = ("concepts",)
_OTHER = "that of `than`, `than_layer` or `than_concepts`"

KINDS: Mapping[str, Kind] = {
    **NUMBERS,
    "label": Kind(
        "label of one unit of `network`",
        answer=about_words.label,
        needs=("value", "unit", "layer"),
        chance=0.02,
        mistakes=(*SWAPPED, "other_layer", "off_by_one"),
    ),
    "top": Kind(
        "most frequent labels of `network`, as words or `[[word, count], ...]`; equal counts "
        "may change places",
        answer=about_words.top,
        needs=_WORDS,
        chance=0.1,
        mistakes=(*ANYWHERE, "series_under_other_labels"),
    ),
    "among_top": Kind(
        "each of `concepts` is among the `k` (default 10) most frequent labels of `network`",
        answer=about_words.among_top,
        needs=_WORDS,
        chance=0.3,
        mistakes=(*ANYWHERE, "word_forms"),
    ),
    "at_least_units": Kind(
        "each of `concepts` labels at least `value` units of `network`",
        answer=about_words.at_least_units,
        needs=("value", "concepts"),
        chance=0.4,
        mistakes=(*ANYWHERE, "word_forms"),
    ),
    **{
        name: Kind(
            setting.description, answer=about_settings.setting, chance=0.3, mistakes=SWAPPED[:1]
        )
        for name, setting in about_settings.SETTINGS.items()
    },
    "more_of_family": Kind(
        "each of the families in `concepts` labels a larger share of the units of `network` than "
        "of the other's",
        answer=about_numbers.more_of_family,
        needs=("network", "concepts"),
        mistakes=(*ANYWHERE, "reversed", "as_many"),
    ),
    **_opposites(
        {
            "present": "each of `concepts` labels a unit of `network`",
            "absent": "none of `concepts` labels a unit of `network`",
        },
        answer=about_words.occurrence,
        needs=_WORDS,
        chance=0.6,
        mistakes=(*ANYWHERE, "word_forms"),
    ),
    "shared_concepts": Kind(
        "each of `concepts` labels units of both networks",
        answer=about_words.shared_concepts,
        needs=_WORDS,
        chance=0.2,
        mistakes=(*ANYWHERE, "word_forms"),
    ),
    "only_concepts": Kind(
        "each of `concepts` labels units of `network` and none of the other",
        answer=about_words.shared_concepts,
        needs=_WORDS,
        mistakes=(*ANYWHERE, "word_forms"),
    ),
    "examples": Kind(
        "`concepts` are typical labels of `network`: all occur, and they are not the first "
        "labels of the other network's table",
        answer=about_words.examples,
        needs=_WORDS,
        chance=0.15,
        mistakes=ANYWHERE,
    ),
    "emphasis": Kind(
        "each of `concepts` labels more units of `network` than of the other",
        answer=about_numbers.emphasis,
        needs=("network", "concepts"),
        mistakes=(*ANYWHERE, "reversed", "as_many"),
    ),
    **_opposites(
        {
            "more": f"`quantity` is greater than {_OTHER}",
            "fewer": f"`quantity` is less than {_OTHER}",
        },
        answer=about_numbers.relation,
        needs=("quantity",),
        mistakes=(*_COMPARED, "as_many"),
    ),
    "as_many": Kind(
        f"`quantity` is equal to {_OTHER}",
        answer=about_numbers.relation,
        needs=("quantity",),
        mistakes=(*ANYWHERE, "word_forms"),
    ),
    **_opposites(
        {
            "highest": "`quantity` (default `jaccard`) is highest in the layer `value`",
            "lowest": "`quantity` (default `jaccard`) is lowest in the layer `value`",
        },
        answer=about_numbers.extreme,
        mistakes=_BY_LAYER,
    ),
    "trend": Kind(
        "`quantity` (default `jaccard`) `rises` or `falls` from each layer to the next",
        answer=about_numbers.trend,
        choices=("rises", "falls"),
        mistakes=_BY_LAYER,
    ),
    "statement": Kind("`text`, recorded as undecidable from tables", answer=_statement, needs=()),
}
"""Every kind of claim."""
