"""The way from a kind of claim to what answers it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from study.verify import number_claims, order_claims, word_claims
from study.verify.claim_file import EXTREMES, RELATIONS
from study.verify.quantities import KINDS, Labels, Unknown
from study.verify.questions import UNKNOWN, Answer, Question


def ask(question: Question, labels: Labels) -> Answer:
    """Put a claim to the runs."""
    try:
        return _ASK[question.claim.kind](question, labels)
    except Unknown as error:
        return Answer(UNKNOWN, str(error))


def _statement(question: Question, labels: Labels) -> Answer:
    del labels
    return Answer(UNKNOWN, "tables of labels do not tell this", question.claim.value)


_ASK: Mapping[str, Callable[[Question, Labels], Answer]] = MappingProxyType(
    {
        **dict.fromkeys((*KINDS, "share"), number_claims.number),
        **dict.fromkeys(RELATIONS, order_claims.relation),
        **dict.fromkeys(EXTREMES, order_claims.extreme),
        "label": word_claims.label,
        "present": word_claims.present,
        "absent": word_claims.absent,
        "shared_concepts": word_claims.shared_concepts,
        "only_concepts": word_claims.shared_concepts,
        "examples": word_claims.examples,
        "top": word_claims.top,
        "emphasis": order_claims.emphasis,
        "trend": order_claims.trend,
        "statement": _statement,
    }
)
