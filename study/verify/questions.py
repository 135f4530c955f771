"""One claim put to the runs: does it hold, does it differ, or can nobody tell?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from study.verify.claim_file import EXTREMES, RELATIONS, Claim
from study.verify.quantities import KINDS, Labels, Quantity, Unknown
from study.verify.written import Written, parse

HOLDS, DIFFERS, UNKNOWN = "HOLDS", "DIFFERS", "CANNOT BE DECIDED"


@dataclass(frozen=True, slots=True)
class Question:
    """A claim about named runs.

    ``networks`` are the claim's network and the other one of the pair. ``rerun`` says that the
    runs are a rerun of what the claim is about: differences that honest reruns show are tolerated.
    ``reading`` is a name of `study.verify.quantities.READINGS`.
    """

    claim: Claim
    networks: tuple[str, str]
    rerun: bool = False
    reading: str = "own"

    def quantity(self, kind: str | None = None) -> Quantity:
        """Return the quantity that the claim is about."""
        claim = self.claim
        return Quantity(
            kind or claim.kind,
            self.networks,
            claim.layer,
            claim.concepts,
            claim.unit,
            claim.of,
            claim.denominator,
            self.reading,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the runs say to a claim: a status, a sentence, and the true value where there is one."""

    status: str
    detail: str
    value: Any = None
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def ask(question: Question, labels: Labels) -> Answer:
    """Put a claim to the runs."""
    try:
        return _ASK[question.claim.kind](question, labels)
    except Unknown as error:
        return Answer(UNKNOWN, str(error))


def written(question: Question) -> Written:
    """Return the claimed number; a share written as a number above 1 is taken as a percentage."""
    claim = question.claim
    number = parse(claim.value if claim.value is not None else "", tolerance=claim.tolerance)
    if claim.kind == "share" and not number.percent and number.number > 1 and number.total is None:
        return number.scaled(0.01)
    return number


def slack(question: Question, labels: Labels, quantity: Quantity) -> float:
    """Return what a rerun may move the quantity by; 0 when the runs are the claim's own."""
    return labels.tolerance(quantity) if question.rerun else 0.0


def _number(question: Question, labels: Labels) -> Answer:
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
        quantity = question.quantity()
        try:
            values[whole] = labels.value(
                Quantity("share", **_fields(quantity), of=quantity.of, denominator=whole)
            )
        except Unknown:
            continue
    fitting = [whole for whole, value in values.items() if claimed.holds(value)]
    told = ", ".join(f"{shown(value)} of {whole}" for whole, value in values.items())
    text = f"a percentage without its denominator: claimed {claimed.text}, found {told}"
    return Answer(UNKNOWN if fitting or not values else DIFFERS, text, facts={"fits": fitting})


def _fields(quantity: Quantity) -> dict[str, Any]:
    return {
        "networks": quantity.networks,
        "layer": quantity.layer,
        "concepts": quantity.concepts,
        "reading": quantity.reading,
    }


def _label(question: Question, labels: Labels) -> Answer:
    label, _ = labels.unit(question.quantity())
    claimed = str(question.claim.value)
    status = HOLDS if label == claimed else UNKNOWN if question.rerun else DIFFERS
    where = f"unit {question.claim.unit} of {question.claim.layer} in {question.networks[0]}"
    return Answer(status, f"{where}: claimed {claimed!r}, found {label!r}", label)


def _present(question: Question, labels: Labels) -> Answer:
    return _occurrence(question, labels, wanted=True)


def _absent(question: Question, labels: Labels) -> Answer:
    return _occurrence(question, labels, wanted=False)


def _occurrence(question: Question, labels: Labels, *, wanted: bool) -> Answer:
    counts = {word: _count(question, labels, 0, word) for word in question.claim.concepts}
    wrong = {word: n for word, n in counts.items() if (n > 0) != wanted}
    told = ", ".join(f"{word!r} {n} times" for word, n in counts.items())
    detail = f"in {question.networks[0]}, {question.claim.layer or 'all layers'}: {told}"
    if not wrong:
        return Answer(HOLDS, detail, counts)
    one_unit = len(wrong) <= 2 and max(wrong.values()) <= 2
    return Answer(UNKNOWN if question.rerun and one_unit else DIFFERS, detail, counts)


def _count(question: Question, labels: Labels, which: int, word: str) -> int:
    networks = (question.networks[which], question.networks[1 - which])
    quantity = Quantity("count", networks, question.claim.layer, (word,), reading=question.reading)
    return int(labels.value(quantity))


def _shared_concepts(question: Question, labels: Labels) -> Answer:
    counts = {
        word: (_count(question, labels, 0, word), _count(question, labels, 1, word))
        for word in question.claim.concepts
    }
    shared = question.claim.kind == "shared_concepts"
    wrong = [w for w, (a, b) in counts.items() if not (a and b if shared else a and not b)]
    told = ", ".join(f"{word!r} {a} and {b} times" for word, (a, b) in counts.items())
    detail = f"in {' and '.join(question.networks)}, {question.claim.layer or 'all layers'}: {told}"
    if not wrong:
        return Answer(HOLDS, detail, counts)
    near = all(sorted(counts[word])[0 if shared else 1] <= 2 for word in wrong)
    return Answer(
        UNKNOWN if question.rerun and near and len(wrong) < 3 else DIFFERS, detail, counts
    )


def _examples(question: Question, labels: Labels) -> Answer:
    """Words given as examples of a layer's labels, typical of this network and not of the other.

    They must all occur. They are not typical of it when all of them stand among the first labels
    of the other network's layer, and not among the first of its own: whoever wrote them down read
    the other table.
    """
    words = tuple(dict.fromkeys(question.claim.concepts))
    own, other = (_first(labels, name, question.claim.layer) for name in question.networks)
    reach = max(8, 2 * len(words))
    where = f"{question.networks[0]}, {question.claim.layer or 'all layers'}"
    absent = [word for word in words if word not in own]
    told = ", ".join(f"{word!r} {_at(own, word)}" for word in words)
    if absent:
        gone = len(absent) > 1 or len(words) < 4 or not question.rerun
        return Answer(DIFFERS if gone else UNKNOWN, f"first units in {where}: {told}", absent)
    if len(words) > 2 and _within(words, other, reach) and not _within(words, own, reach):
        detail = (
            f"all occur in {where}, but they are the first labels of {question.networks[1]}: "
            + ", ".join(f"{word!r} unit {other[word]} there, {own[word]} here" for word in words)
        )
        return Answer(DIFFERS, detail)
    return Answer(HOLDS, f"first units in {where}: {told}")


def _first(labels: Labels, network: str, layer: str | None) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, label in enumerate(labels.of(network, layer)):
        places.setdefault(label, place)
    return places


def _at(places: Mapping[str, int], word: str) -> str:
    return f"unit {places[word]}" if word in places else "nowhere"


def _within(words: tuple[str, ...], places: Mapping[str, int], reach: int) -> bool:
    return all(places.get(word, reach) < reach for word in words)


def _top(question: Question, labels: Labels) -> Answer:
    """The commonest labels in order; labels of equal count may stand in any order."""
    claim = question.claim
    ranking = labels.top(question.networks[0], claim.layer)
    counts = dict(ranking)
    room = slack(question, labels, question.quantity("count"))
    expected = [count for _, count in ranking[: len(claim.concepts)]]
    found = [counts.get(word, 0) for word in claim.concepts]
    where = f"{question.networks[0]}, {claim.layer or 'all layers'}"
    truth = ", ".join(f"{word} {count}" for word, count in ranking[: len(claim.concepts)])
    detail = f"top {len(claim.concepts)} of {where}: {truth}"
    right = len(set(claim.concepts)) == len(found) == len(expected) and all(
        abs(count - place) <= room for count, place in zip(found, expected, strict=True)
    )
    stated = claim.counts or tuple(found)
    right = right and all(abs(a - b) <= room for a, b in zip(stated, found, strict=True))
    return Answer(HOLDS if right else DIFFERS, detail, ranking[: len(claim.concepts)])


def _relation(question: Question, labels: Labels) -> Answer:
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
    question: Question, labels: Labels, left: Quantity, right: Quantity, relation: str
) -> Answer:
    a, b = labels.value(left), labels.value(right)
    room = slack(question, labels, left)
    detail = f"{left.text()} {shown(a)}, {right.text()} {shown(b)}"
    gap = {"more": a - b, "fewer": b - a, "as_many": -abs(a - b)}[relation]
    if relation == "as_many":
        return Answer(HOLDS if -gap <= room else DIFFERS, detail, [a, b])
    status = HOLDS if gap > room else DIFFERS if gap <= 0 and gap < -room or not room else UNKNOWN
    return Answer(status, detail, [a, b])


def _emphasis(question: Question, labels: Labels) -> Answer:
    """Each of the concepts is on more units of this network than of the other."""
    answers = []
    for word in question.claim.concepts:
        left = Quantity("count", question.networks, question.claim.layer, (word,))
        answers.append(_compared(question, labels, left, left.swapped(), "more"))
    statuses = [answer.status for answer in answers]
    status = next((one for one in (DIFFERS, UNKNOWN) if one in statuses), HOLDS)
    return Answer(status, "; ".join(answer.detail for answer in answers))


def _extreme(question: Question, labels: Labels) -> Answer:
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


def _trend(question: Question, labels: Labels) -> Answer:
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
    fields = _fields(quantity)
    values = {}
    for layer in labels.layers(question.networks[0]):
        fields["layer"] = layer
        values[layer] = labels.value(
            Quantity(quantity.kind, **fields, of=quantity.of, denominator=quantity.denominator)
        )
    return values, quantity


def _statement(question: Question, labels: Labels) -> Answer:
    del labels
    return Answer(UNKNOWN, "tables of labels do not tell this", question.claim.value)


def shown(value: float) -> str:
    """Return a number as it is printed: counts whole, others to four places."""
    return str(int(value)) if float(value).is_integer() else f"{value:.4f}"


_ASK: Mapping[str, Callable[[Question, Labels], Answer]] = MappingProxyType(
    {
        **dict.fromkeys((*KINDS, "share"), _number),
        **dict.fromkeys(RELATIONS, _relation),
        **dict.fromkeys(EXTREMES, _extreme),
        "label": _label,
        "present": _present,
        "absent": _absent,
        "shared_concepts": _shared_concepts,
        "only_concepts": _shared_concepts,
        "examples": _examples,
        "top": _top,
        "emphasis": _emphasis,
        "trend": _trend,
        "statement": _statement,
    }
)
