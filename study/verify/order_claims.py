"""Claims that compare: more than, emphasis, highest and lowest layer, trends over layers."""

from dataclasses import replace
from itertools import pairwise

from study.verify.quantities import Labels, Quantity, Unknown
from study.verify.questions import (
    DIFFERS,
    HOLDS,
    UNKNOWN,
    Answer,
    Question,
    shown,
    slack,
)


def relation(question: Question, labels: Labels) -> Answer:
    """One quantity is more than, fewer than, or as much as another."""
    claim = question.claim
    left = question.quantity(claim.quantity)
    right = _other_side(question)
    return _compared(question, labels, left, right, claim.kind)


def _other_side(question: Question) -> Quantity:
    claim = question.claim
    named = claim.than or (
        None if claim.than_layer or claim.than_concepts else question.networks[1]
    )
    network = question.networks[0] if named is None else named
    other = next(name for name in question.networks if name != network)
    return Quantity(
        claim.quantity,
        (network, other),
        claim.than_layer or claim.layer,
        claim.than_concepts or claim.concepts,
        claim.unit,
        claim.of,
        claim.denominator,
        question.reading,
    )


def _compared(
    question: Question, labels: Labels, left: Quantity, right: Quantity, kind: str
) -> Answer:
    a, b = labels.value(left), labels.value(right)
    room = slack(question, labels, left)
    detail = f"{left.text()} {shown(a)}, {right.text()} {shown(b)}"
    gap = {"more": a - b, "fewer": b - a, "as_many": -abs(a - b)}[kind]
    if kind == "as_many":
        return Answer(HOLDS if -gap <= room else DIFFERS, detail, [a, b])
    status = HOLDS if gap > room else DIFFERS if (gap <= 0 and gap < -room) or not room else UNKNOWN
    return Answer(status, detail, [a, b])


def emphasis(question: Question, labels: Labels) -> Answer:
    """Each of the concepts is on more units of this network than of the other."""
    answers = []
    for word in question.claim.concepts:
        left = Quantity("count", question.networks, question.claim.layer, (word,))
        answers.append(_compared(question, labels, left, left.swapped(), "more"))
    statuses = [answer.status for answer in answers]
    status = next((one for one in (DIFFERS, UNKNOWN) if one in statuses), HOLDS)
    return Answer(status, "; ".join(answer.detail for answer in answers))


def extreme(question: Question, labels: Labels) -> Answer:
    """The layer where a quantity is highest or lowest; equal layers share the place."""
    values, quantity = _by_layer(question, labels)
    claimed = labels.layer(question.networks[0], str(question.claim.value))
    if claimed is None:
        raise Unknown(f"{question.networks[0]} has no layer {question.claim.value!r} here")
    sign = 1 if question.claim.kind == "highest" else -1
    best = max(values, key=lambda layer: sign * values[layer])
    gap = sign * (values[best] - values[claimed])
    told = ", ".join(f"{layer} {shown(value)}" for layer, value in values.items())
    room = slack(question, labels, quantity)
    others = [sign * (values[claimed] - v) for layer, v in values.items() if layer != claimed]
    status = (
        DIFFERS if gap > room else HOLDS if gap == 0 and min(others, default=1) >= 0 else UNKNOWN
    )
    if question.rerun and status == HOLDS and others and min(others) <= room:
        status = UNKNOWN
    detail = f"{quantity.kind} is {question.claim.kind} in {best}: {told}"
    return Answer(status, detail, best)


def trend(question: Question, labels: Labels) -> Answer:
    """A quantity rises, or falls, from each layer to the next."""
    values, quantity = _by_layer(question, labels)
    sign = 1 if question.claim.value == "rises" else -1
    steps = [sign * (b - a) for a, b in pairwise(values.values())]
    room = slack(question, labels, quantity)
    told = ", ".join(f"{layer} {shown(value)}" for layer, value in values.items())
    if not steps:
        raise Unknown(f"one layer shows no trend: {told}")
    status = HOLDS if min(steps) > room else DIFFERS if min(steps) <= -room else UNKNOWN
    return Answer(status, f"{quantity.kind} by layer: {told}", list(values.values()))


def _by_layer(question: Question, labels: Labels) -> tuple[dict[str, float], Quantity]:
    quantity = question.quantity(question.claim.quantity or "jaccard")
    layers = labels.layers(question.networks[0])
    values = {layer: labels.value(replace(quantity, layer=layer)) for layer in layers}
    return values, quantity
