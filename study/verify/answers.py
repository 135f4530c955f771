"""Every kind of claim, as one record each, and the way from a claim to its answer.

To add a kind: write its function in `about_numbers` or `about_words` and give it a record in
`KINDS`. (A kind that states a number needs only a record in `quantities.MEASURES`.)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from study.verify import about_numbers, about_words
from study.verify.quantities import MEASURES, Labels, Measure, Unknown
from study.verify.questions import UNKNOWN, Answer, Question


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of one kind of claim.

    Parameters
    ----------
    answer
        Puts a claim of this kind to the runs.
    description
        One line for the graders' page.
    needs
        Fields that a claim must give.
    choices
        The values that it may claim; empty if any.
    tolerance
        How far an honest rerun moves its number.
    opposite
        The kind that claims the contrary.
    mistakes
        Names of `study.verify.mistakes.MISTAKES` that can explain why such a claim is wrong.
    states_number
        Whether its value is a number.
    """

    answer: Callable[[Question, Labels], Answer]
    description: str
    needs: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    tolerance: float = 0.0
    opposite: str = ""
    mistakes: tuple[str, ...] = ()
    states_number: bool = False


def answer(question: Question, labels: Labels) -> Answer:
    """Put a claim to the runs."""
    try:
        return KINDS[question.claim.kind].answer(question, labels)
    except Unknown as error:
        return Answer(UNKNOWN, str(error))


def _statement(question: Question, labels: Labels) -> Answer:
    del labels
    return Answer(UNKNOWN, "tables of labels cannot decide this", question.claim.value)


_SWAPPED = ("names_swapped", "other_network_and_layer")
_LAYERS = ("one_layer_for_all", "other_layer", "total_for_one_layer")
_NUMBERS = ("rounding", "off_by_one", "percent_as_fraction")
_WORDS = (*_SWAPPED, *_LAYERS)
_COMPARED = (*_WORDS, "word_forms", "reversed")
_LAYER_ORDER = ("names_swapped", "word_forms", "reversed")


def _of_measure(measure: Measure) -> Kind:
    return Kind(
        about_numbers.number,
        measure.description,
        needs=("value", *measure.needs),
        tolerance=measure.tolerance,
        mistakes=(*_WORDS, *_NUMBERS, "word_forms", *measure.mistakes),
        states_number=True,
    )


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        **{name: _of_measure(measure) for name, measure in MEASURES.items()},
        "label": Kind(
            about_words.label,
            "label of one unit of `network`",
            needs=("value", "unit", "layer"),
            mistakes=(*_SWAPPED, "other_layer", "off_by_one"),
        ),
        "top": Kind(
            about_words.top,
            "most frequent labels of `network`, as words or `[[word, count], ...]`; equal counts "
            "may change places",
            needs=("concepts",),
            mistakes=_WORDS,
        ),
        "present": Kind(
            about_words.occurrence,
            "each of `concepts` labels a unit of `network`",
            needs=("concepts",),
            opposite="absent",
            mistakes=_COMPARED,
        ),
        "absent": Kind(
            about_words.occurrence,
            "none of `concepts` labels a unit of `network`",
            needs=("concepts",),
            opposite="present",
            mistakes=_COMPARED,
        ),
        "shared_concepts": Kind(
            about_words.shared_concepts,
            "each of `concepts` labels units of both networks",
            needs=("concepts",),
            mistakes=(*_WORDS, "word_forms"),
        ),
        "only_concepts": Kind(
            about_words.shared_concepts,
            "each of `concepts` labels units of `network` and none of the other",
            needs=("concepts",),
            mistakes=(*_WORDS, "word_forms"),
        ),
        "examples": Kind(
            about_words.examples,
            "`concepts` are typical labels of `network`: all occur, and they are not the first "
            "labels of the other network's table",
            needs=("concepts",),
            mistakes=_WORDS,
        ),
        "emphasis": Kind(
            about_numbers.emphasis,
            "each of `concepts` labels more units of `network` than of the other",
            needs=("network", "concepts"),
            mistakes=(*_WORDS, "as_many"),
        ),
        "more": Kind(
            about_numbers.relation,
            "`quantity` is greater than that of `than`, `than_layer` or `than_concepts`",
            needs=("quantity",),
            opposite="fewer",
            mistakes=(*_COMPARED, "as_many"),
        ),
        "fewer": Kind(
            about_numbers.relation,
            "`quantity` is less than that of `than`, `than_layer` or `than_concepts`",
            needs=("quantity",),
            opposite="more",
            mistakes=(*_COMPARED, "as_many"),
        ),
        "as_many": Kind(
            about_numbers.relation,
            "`quantity` is equal to that of `than`, `than_layer` or `than_concepts`",
            needs=("quantity",),
            mistakes=(*_WORDS, "word_forms"),
        ),
        "highest": Kind(
            about_numbers.extreme,
            "`quantity` (default `jaccard`) is highest in the layer `value`",
            needs=("value",),
            opposite="lowest",
            mistakes=_LAYER_ORDER,
        ),
        "lowest": Kind(
            about_numbers.extreme,
            "`quantity` (default `jaccard`) is lowest in the layer `value`",
            needs=("value",),
            opposite="highest",
            mistakes=_LAYER_ORDER,
        ),
        "trend": Kind(
            about_numbers.trend,
            "`quantity` (default `jaccard`) rises or falls from each layer to the next",
            needs=("value",),
            choices=("rises", "falls"),
            mistakes=_LAYER_ORDER,
        ),
        "statement": Kind(_statement, "`text`, recorded as undecidable from tables"),
    }
)
"""Every kind of claim."""
