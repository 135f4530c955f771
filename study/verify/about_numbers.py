"""Answer claims that state a number, compare two numbers, or order the layers by a number."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from study.verify.quantities import Labels, Quantity, Unknown
from study.verify.questions import DIFFERS, HOLDS, UNKNOWN, Answer, Question, formatted
from study.verify.written_numbers import WrittenNumber


def number(question: Question, labels: Labels) -> Answer:
    """Compare a written number with the true one."""
    quantity, claimed = question.quantity(), question.number()
    if quantity.kind == "share" and not quantity.denominator:
        return _share_of_what(claimed, quantity, labels)
    value, slack = labels.value(quantity), question.slack(labels, quantity)
    right = claimed.holds(value, slack=slack)
    if claimed.total is not None:
        right, value = _with_total(question, labels, claimed)
    tolerated = f" (a rerun may differ by {slack:g})" if slack else ""
    detail = f"{quantity.text()}: claimed {claimed.text}, found {formatted(value)}{tolerated}"
    return Answer(HOLDS if right else DIFFERS, detail, value)


def _with_total(question: Question, labels: Labels, claimed: WrittenNumber) -> tuple[bool, float]:
    """Judge "12 of 512", where both numbers must be right, and return the first's true value."""
    claim = question.claim
    kinds = (claim.of, claim.denominator) if claim.kind == "share" else (claim.kind, "units")
    part, whole = map(question.quantity, kinds)
    count, gap = labels.value(part), abs(labels.value(whole) - (claimed.total or 0))
    right = claimed.holds(count, slack=question.slack(labels, part))
    return right and gap <= question.slack(labels, whole), count


def _share_of_what(claimed: WrittenNumber, quantity: Quantity, labels: Labels) -> Answer:
    values = {}
    for whole in ("units", "unique", "union"):
        try:
            values[whole] = labels.value(replace(quantity, denominator=whole))
        except Unknown:
            continue
    fits = any(map(claimed.holds, values.values()))
    shares = ", ".join(f"{formatted(value)} of {whole}" for whole, value in values.items())
    text = f"a percentage without its denominator: claimed {claimed.text}, found {shares}"
    return Answer(UNKNOWN if fits or not values else DIFFERS, text)


def relation(question: Question, labels: Labels) -> Answer:
    """Test whether one quantity is more than, less than or equal to another."""
    left = question.quantity(question.claim.quantity)
    return _compare(question, labels, left, _other_side(question, left), question.claim.kind)


def _other_side(question: Question, left: Quantity) -> Quantity:
    claim = question.claim
    elsewhere = claim.than_layer or claim.than_concepts
    network = claim.than or question.networks[0 if elsewhere else 1]
    other = next(name for name in question.networks if name != network)
    return replace(
        left,
        networks=(network, other),
        layer=claim.than_layer or claim.layer,
        concepts=claim.than_concepts or claim.concepts,
    )


def _compare(
    question: Question, labels: Labels, left: Quantity, right: Quantity, kind: str
) -> Answer:
    a, b = labels.value(left), labels.value(right)
    slack = question.slack(labels, left)
    detail = f"{left.text()} {formatted(a)}, {right.text()} {formatted(b)}"
    if kind == "as_many":
        return Answer(HOLDS if abs(a - b) <= slack else DIFFERS, detail, [a, b])
    gap = a - b if kind == "more" else b - a
    status = HOLDS if gap > slack else UNKNOWN if slack and gap >= -slack else DIFFERS
    return Answer(status, detail, [a, b])


def emphasis(question: Question, labels: Labels) -> Answer:
    """Test whether each of the concepts is on more units of this network than of the other."""
    answers = []
    for concept in question.claim.concepts:
        left = Quantity("count", question.networks, question.claim.layer, (concept,))
        answers.append(_compare(question, labels, left, left.swapped(), "more"))
    statuses = {answer.status for answer in answers}
    status = next((status for status in (DIFFERS, UNKNOWN) if status in statuses), HOLDS)
    return Answer(status, "; ".join(answer.detail for answer in answers))


def extreme(question: Question, labels: Labels) -> Answer:
    """Test in which layer a quantity is highest or lowest; ties count for each of the layers."""
    quantity, values = _by_layer(question, labels)
    claimed = labels.layer(question.networks[0], str(question.claim.value))
    if claimed is None:
        raise Unknown(f"the table of {question.networks[0]} has no layer {question.claim.value!r}")
    sign = 1 if question.claim.kind == "highest" else -1
    best = max(values, key=lambda layer: sign * values[layer])
    gap = sign * (values[best] - values[claimed])
    slack = question.slack(labels, quantity)
    leads = [sign * (values[claimed] - v) for layer, v in values.items() if layer != claimed]
    if gap:
        status = DIFFERS if gap > slack else UNKNOWN
    else:
        status = UNKNOWN if question.rerun and leads and min(leads) <= slack else HOLDS
    detail = f"{quantity.kind} is {question.claim.kind} in {best}: {_listed(values)}"
    return Answer(status, detail, best)


def trend(question: Question, labels: Labels) -> Answer:
    """Test whether a quantity rises, or falls, from each layer to the next."""
    quantity, values = _by_layer(question, labels)
    sign = 1 if question.claim.value == "rises" else -1
    steps = [sign * (b - a) for a, b in pairwise(values.values())]
    slack = question.slack(labels, quantity)
    if not steps:
        raise Unknown(f"a single layer shows no trend: {_listed(values)}")
    status = HOLDS if min(steps) > slack else DIFFERS if min(steps) <= -slack else UNKNOWN
    return Answer(status, f"{quantity.kind} by layer: {_listed(values)}", list(values.values()))


def _by_layer(question: Question, labels: Labels) -> tuple[Quantity, dict[str, float]]:
    quantity = question.quantity(question.claim.quantity or "jaccard")
    layers = labels.layers(question.networks[0])
    return quantity, {layer: labels.value(replace(quantity, layer=layer)) for layer in layers}


def _listed(values: Mapping[str, float]) -> str:
    return ", ".join(f"{layer} {formatted(value)}" for layer, value in values.items())
