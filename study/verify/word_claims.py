"""Claims about words: which labels there are, where, and which are the commonest."""

from collections.abc import Mapping

from study.verify.quantities import Labels, Quantity
from study.verify.questions import DIFFERS, HOLDS, UNKNOWN, Answer, Question, slack


def label(question: Question, labels: Labels) -> Answer:
    """Compare the label of one unit."""
    found, _ = labels.unit(question.quantity())
    claimed = str(question.claim.value)
    status = HOLDS if found == claimed else UNKNOWN if question.rerun else DIFFERS
    where = f"unit {question.claim.unit} of {question.claim.layer} in {question.networks[0]}"
    return Answer(status, f"{where}: claimed {claimed!r}, found {found!r}", found)


def present(question: Question, labels: Labels) -> Answer:
    """Each of the words labels a unit."""
    return _occurrence(question, labels, wanted=True)


def absent(question: Question, labels: Labels) -> Answer:
    """None of the words labels a unit."""
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


def shared_concepts(question: Question, labels: Labels) -> Answer:
    """Each of the words labels units of both networks, or of the first alone."""
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


def examples(question: Question, labels: Labels) -> Answer:
    """Words given as examples of a layer's labels, typical of this network and not of the other.

    They must all occur. They are not typical of it when all of them stand among the first labels
    of the other network's layer, and not among the first of its own: whoever wrote them down read
    the other table.
    """
    words = tuple(dict.fromkeys(question.claim.concepts))
    own, other = (_first(labels, name, question.claim.layer) for name in question.networks)
    reach = max(8, 2 * len(words))
    where = f"{question.networks[0]}, {question.claim.layer or 'all layers'}"
    lacking = [word for word in words if word not in own]
    told = ", ".join(f"{word!r} {_at(own, word)}" for word in words)
    if lacking:
        gone = len(lacking) > 1 or len(words) < 4 or not question.rerun
        return Answer(DIFFERS if gone else UNKNOWN, f"first units in {where}: {told}", lacking)
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


def top(question: Question, labels: Labels) -> Answer:
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
