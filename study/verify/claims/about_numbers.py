"""Answer claims that state a number, compare two numbers, or order the layers by a number."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from study.verify.claims.quantities import Labels, Unknown, described
from study.verify.claims.questions import DIFFERS, HOLDS, UNKNOWN, Answer, Question, formatted
from study.verify.claims.written_numbers import WrittenNumber


def number(question: Question, labels: Labels) -> Answer:
    """Compare a written number with the true one."""
    kind, claimed = question.claim.kind, question.number()
    if kind == "share" and not question.claim.denominator:
        return _share_of_what(claimed, question, labels)
    value, slack = labels.value(question, kind), labels.slack(question, kind)
    right = claimed.holds(value, slack=slack)
    if claimed.total is not None:
        right, value = _with_total(question, labels, claimed)
    tolerated = f" (a rerun may differ by {slack:g})" if slack else ""
    text = f"claimed {claimed.text}, found {formatted(value)}{tolerated}"
    return Answer(HOLDS if right else DIFFERS, f"{described(question, kind)}: {text}", value)


def _with_total(question: Question, labels: Labels, claimed: WrittenNumber) -> tuple[bool, float]:
    """Judge "12 of 512", where both numbers must be right, and return the first's true value."""
    claim = question.claim
    part, whole = (claim.of, claim.denominator) if claim.kind == "share" else (claim.kind, "units")
    count, gap = labels.value(question, part), labels.value(question, whole) - (claimed.total or 0)
    right = claimed.holds(count, slack=labels.slack(question, part))
    return right and abs(gap) <= labels.slack(question, whole), count


def _share_of_what(claimed: WrittenNumber, question: Question, labels: Labels) -> Answer:
    values = {}
    for whole in ("units", "unique", "union"):
        try:
            values[whole] = labels.value(question.changed(denominator=whole), "share")
        except Unknown:
            continue
    fits = any(map(claimed.holds, values.values()))
    shares = ", ".join(f"{formatted(value)} of {whole}" for whole, value in values.items())
    text = f"a percentage without its denominator: claimed {claimed.text}, found {shares}"
    return Answer(UNKNOWN if fits or not values else DIFFERS, text)


def relation(question: Question, labels: Labels) -> Answer:
    """Test whether a number is more than, less than or equal to another."""
    claim = question.claim
    elsewhere = claim.than_layer or claim.than_concepts
    network = claim.than or question.networks[0 if elsewhere else 1]
    rest = next((name for name in question.networks if name != network), network)
    other = replace(question, networks=(network, rest)).changed(
        layer=claim.than_layer or claim.layer, concepts=claim.than_concepts or claim.concepts
    )
    return _compare(question, other, labels, claim.quantity, claim.kind)


def _compare(
    left: Question, right: Question, labels: Labels, quantity: str, relation: str
) -> Answer:
    a, b = labels.value(left, quantity), labels.value(right, quantity)
    slack = labels.slack(left, quantity)
    detail = f"{described(left, quantity)} {formatted(a)}, "
    detail += f"{described(right, quantity)} {formatted(b)}"
    if relation == "as_many":
        return Answer(HOLDS if abs(a - b) <= slack else DIFFERS, detail, [a, b])
    gap = a - b if relation == "more" else b - a
    status = HOLDS if gap > slack else UNKNOWN if slack and gap >= -slack else DIFFERS
    return Answer(status, detail, [a, b])


def emphasis(question: Question, labels: Labels) -> Answer:
    """Test whether each of the concepts is on more units of this network than of the other."""
    words = [question.changed(concepts=(concept,)) for concept in question.claim.concepts]
    answers = [_compare(word, word.swapped(), labels, "count", "more") for word in words]
    statuses = {answer.status for answer in answers}
    status = next((status for status in (DIFFERS, UNKNOWN) if status in statuses), HOLDS)
    return Answer(status, "; ".join(answer.detail for answer in answers))


def extreme(question: Question, labels: Labels) -> Answer:
    """Test in which layer a quantity is highest or lowest; ties count for each of the layers."""
    quantity, values = _by_layer(question, labels)
    claimed = labels.layer(question.networks[0], str(question.claim.value))
    sign = 1 if question.claim.kind == "highest" else -1
    best = max(values, key=lambda layer: sign * values[layer])
    gap = sign * (values[best] - values[claimed])
    slack = labels.slack(question, quantity)
    leads = [sign * (values[claimed] - v) for layer, v in values.items() if layer != claimed]
    if gap:
        status = DIFFERS if gap > slack else UNKNOWN
    else:
        status = UNKNOWN if question.rerun and leads and min(leads) <= slack else HOLDS
    detail = f"{quantity} is {question.claim.kind} in {best}: {_listed(values)}"
    return Answer(status, detail, best)


def trend(question: Question, labels: Labels) -> Answer:
    """Test whether a quantity rises, or falls, from each layer to the next."""
    quantity, values = _by_layer(question, labels)
    sign = 1 if question.claim.value == "rises" else -1
    steps = [sign * (b - a) for a, b in pairwise(values.values())]
    slack = labels.slack(question, quantity)
    if not steps:
        raise Unknown(f"a single layer shows no trend: {_listed(values)}")
    status = HOLDS if min(steps) > slack else DIFFERS if min(steps) <= -slack else UNKNOWN
    return Answer(status, f"{quantity} by layer: {_listed(values)}", list(values.values()))


def _by_layer(question: Question, labels: Labels) -> tuple[str, dict[str, float]]:
    quantity = question.claim.quantity or "jaccard"
    layers = labels.layers(question.networks[0])
    return quantity, {n: labels.value(question.changed(layer=n), quantity) for n in layers}


def _listed(values: Mapping[str, float]) -> str:
    return ", ".join(f"{layer} {formatted(value)}" for layer, value in values.items())
