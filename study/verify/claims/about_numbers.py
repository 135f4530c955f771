"""Answer claims that state a number, compare two numbers, or order the layers by a number."""

from dataclasses import replace
from itertools import pairwise

from study.verify.claims.quantities import NUMBERS, known, slack, value
from study.verify.claims.questions import (
    DIFFERS,
    HOLDS,
    UNKNOWN,
    Answer,
    Question,
    apart,
    each_apart,
    formatted,
)


def number(question: Question) -> Answer:
    """Compare a written number with the true one."""
    kind, claimed = question.claim.kind, question.number()
    if kind == "share" and not question.claim.denominator:
        return _share_of_what(question)
    true, margin = value(question, kind), slack(question, kind)
    right = claimed.holds(true, slack=margin)
    if claimed.total is not None:  # "12 of 512": both numbers must be right
        part, whole = kind, "units"
        if kind == "share":
            part, whole = question.claim.of, question.claim.denominator
        true, gap = value(question, part), value(question, whole) - claimed.total
        right = claimed.holds(true, slack=slack(question, part))
        right = right and abs(gap) <= slack(question, whole)
    tolerated = f" (a rerun may differ by {margin:g})" if margin else ""
    text = f"claimed {claimed.text}, found {apart(claimed, true)}{tolerated}"
    return Answer(HOLDS if right else DIFFERS, f"{_described(question, kind)}: {text}", true)


def _share_of_what(question: Question) -> Answer:
    claimed = question.number()
    wholes = ("units", "unique", "union")
    found = {whole: known(question.changed(denominator=whole), "share") for whole in wholes}
    values = {whole: share for whole, share in found.items() if share is not None}
    fits = any(map(claimed.holds, values.values()))
    shares = ", ".join(f"{formatted(share)} of {whole}" for whole, share in values.items())
    text = f"a percentage without its denominator: claimed {claimed.text}, found {shares}"
    return Answer(UNKNOWN if fits or not values else DIFFERS, text)


def relation(question: Question) -> Answer:
    """Test whether a number is more than, less than or equal to another."""
    claim = question.claim
    elsewhere = claim.than_layer or claim.than_concepts
    network = claim.than or question.networks[0 if elsewhere else 1]
    rest = next((name for name in question.networks if name != network), network)
    other = replace(question, networks=(network, rest)).changed(
        layer=claim.than_layer or claim.layer, concepts=claim.than_concepts or claim.concepts
    )
    return _compare(question, other, claim.quantity, claim.kind)


def _compare(left: Question, right: Question, quantity: str, relation: str) -> Answer:
    a, b = value(left, quantity), value(right, quantity)
    margin = slack(left, quantity)
    shown = each_apart([a, b])
    detail = f"{_described(left, quantity)} {shown[0]}, {_described(right, quantity)} {shown[1]}"
    if relation == "as_many":
        return Answer(HOLDS if abs(a - b) <= margin else DIFFERS, detail, [a, b])
    gap = a - b if relation == "more" else b - a
    status = HOLDS if gap > margin else UNKNOWN if margin and gap >= -margin else DIFFERS
    return Answer(status, detail, [a, b])


def emphasis(question: Question) -> Answer:
    """Test whether each of the concepts is on more units of this network than of the other.

    As many are no emphasis, in a rerun either.
    """
    return _each_more(question, "count")


def more_of_family(question: Question) -> Answer:
    """Test whether each family labels a larger share of this network's units than of the other."""
    return _each_more(question, "family_share")


def _each_more(question: Question, quantity: str) -> Answer:
    words = [question.changed(concepts=(concept,)) for concept in question.claim.concepts]
    answers = [_compare(word, word.swapped(), quantity, "more") for word in words]
    answers = [replace(a, status=DIFFERS) if a.value[0] == a.value[1] else a for a in answers]
    statuses = {answer.status for answer in answers}
    status = next((status for status in (DIFFERS, UNKNOWN) if status in statuses), HOLDS)
    return Answer(status, "; ".join(answer.detail for answer in answers))


def extreme(question: Question) -> Answer:
    """Test in which layer a quantity is highest or lowest; ties count for each of the layers."""
    quantity, values = _by_layer(question)
    claimed = question.layer(str(question.claim.value))
    sign = 1 if question.claim.kind == "highest" else -1
    best = max(values, key=lambda layer: sign * values[layer])
    leads = [sign * (values[claimed] - v) for layer, v in values.items() if layer != claimed]
    lead, margin = min(leads, default=0.0), slack(question, quantity)
    if lead < 0:
        status = DIFFERS if -lead > margin else UNKNOWN
    else:
        status = UNKNOWN if question.rerun and leads and lead <= margin else HOLDS
    detail = f"{quantity} is {question.claim.kind} in {best}: {_listed(values)}"
    return Answer(status, detail, best)


def trend(question: Question) -> Answer:
    """Test whether a quantity rises, or falls, from each layer to the next."""
    quantity, values = _by_layer(question)
    sign = 1 if question.claim.value == "rises" else -1
    steps = [sign * (b - a) for a, b in pairwise(values.values())]
    margin = slack(question, quantity)
    if not steps:
        return Answer(UNKNOWN, f"a single layer shows no trend: {_listed(values)}")
    status = HOLDS if min(steps) > margin else DIFFERS if min(steps) <= -margin else UNKNOWN
    return Answer(status, f"{quantity} by layer: {_listed(values)}", list(values.values()))


def _by_layer(question: Question) -> tuple[str, dict[str, float]]:
    quantity, layers = question.claim.quantity or "jaccard", question.table.parts
    return quantity, {name: value(question.changed(layer=name), quantity) for name in layers}


def _listed(values: dict[str, float]) -> str:
    shown = each_apart(list(values.values()))
    return ", ".join(f"{layer} {text}" for layer, text in zip(values, shown, strict=True))


def _described(question: Question, kind: str) -> str:
    """Return in words which number of which network, layer and unit is meant."""
    claim = question.claim
    words = [kind if kind != "share" else f"{claim.of} per {claim.denominator}"]
    words += ["of " + ", ".join(map(repr, claim.concepts))] if claim.concepts else []
    words += [] if NUMBERS[kind].symmetric else [f"in {question.networks[0]}"]
    words += [f"unit {claim.unit}"] if claim.unit is not None else []
    return f"{' '.join(words)}, {question.place}"
