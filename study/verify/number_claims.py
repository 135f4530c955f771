"""Claims that state a number."""

from dataclasses import replace

from study.verify.quantities import Labels, Quantity, Unknown
from study.verify.questions import (
    DIFFERS,
    HOLDS,
    UNKNOWN,
    Answer,
    Question,
    shown,
    slack,
    written,
)
from study.verify.written import Written


def number(question: Question, labels: Labels) -> Answer:
    """Hold a written number against the true one."""
    quantity = question.quantity()
    if quantity.kind == "share" and not quantity.denominator:
        return _share_of_what(question, labels)
    claimed = written(question)
    value = labels.value(quantity)
    room = slack(question, labels, quantity)
    status = HOLDS if claimed.holds(value, slack=room) else DIFFERS
    if claimed.total is not None:
        status, value = _with_total(question, labels, claimed, quantity)
    tolerated = f", tolerated in a rerun: {room:g}" if room else ""
    detail = f"{quantity.text()}: claimed {claimed.text}, found {shown(value)}{tolerated}"
    return Answer(status, detail, value)


def _with_total(
    question: Question, labels: Labels, claimed: Written, quantity: Quantity
) -> tuple[str, float]:
    """Judge "12 of 512": both numbers must be right."""
    of = quantity.of if quantity.kind == "share" else quantity.kind
    whole = quantity.denominator if quantity.kind == "share" else "units"
    count, total = (labels.value(question.quantity(kind)) for kind in (of, whole))
    room = [slack(question, labels, question.quantity(kind)) for kind in (of, whole)]
    right = claimed.holds(count, slack=room[0]) and abs(total - (claimed.total or 0)) <= room[1]
    return (HOLDS if right else DIFFERS), count


def _share_of_what(question: Question, labels: Labels) -> Answer:
    claimed = written(question)
    values = {}
    for whole in ("units", "unique", "union"):
        try:
            values[whole] = labels.value(replace(question.quantity(), denominator=whole))
        except Unknown:
            continue
    fitting = [whole for whole, value in values.items() if claimed.holds(value)]
    told = ", ".join(f"{shown(value)} of {whole}" for whole, value in values.items())
    text = f"a percentage without its denominator: claimed {claimed.text}, found {told}"
    return Answer(UNKNOWN if fitting or not values else DIFFERS, text, facts={"fits": fitting})
