"""Answer claims about words: which labels occur, where, and which are the most frequent."""

from collections.abc import Mapping

from study.verify.claims.quantities import Labels
from study.verify.claims.questions import DIFFERS, HOLDS, UNKNOWN, Answer, Question


def label(question: Question, labels: Labels) -> Answer:
    """Compare the label of one unit."""
    claim, (true, _) = question.claim, labels.unit(question)
    status = HOLDS if true == str(claim.value) else UNKNOWN if question.rerun else DIFFERS
    where = f"unit {claim.unit} of {claim.layer} in {question.networks[0]}"
    return Answer(status, f"{where}: claimed {str(claim.value)!r}, found {true!r}", true)


def occurrence(question: Question, labels: Labels) -> Answer:
    """Test whether each of the words labels a unit ("present"), or none does ("absent")."""
    counts = {word: _count(question, labels, word) for word in question.claim.concepts}
    present = question.claim.kind == "present"
    wrong = [n for n in counts.values() if (n > 0) != present]
    listed = ", ".join(f"{word!r} {n} times" for word, n in counts.items())
    detail = f"in {question.networks[0]}, {question.place()}: {listed}"
    near = len(wrong) <= 2 and max(wrong, default=0) <= 2
    return Answer(_status(question, near, wrong), detail, counts)


def shared_concepts(question: Question, labels: Labels) -> Answer:
    """Test whether each word labels units of both networks, or of the first alone."""
    counts = {
        word: (_count(question, labels, word), _count(question.swapped(), labels, word))
        for word in question.claim.concepts
    }
    shared = question.claim.kind == "shared_concepts"
    wrong = [(a, b) for a, b in counts.values() if not a or bool(b) != shared]
    listed = ", ".join(f"{word!r} {a} and {b} times" for word, (a, b) in counts.items())
    detail = f"in {' and '.join(question.networks)}, {question.place()}: {listed}"
    near = len(wrong) <= 2 and all(sorted(pair)[0 if shared else 1] <= 2 for pair in wrong)
    return Answer(_status(question, near, wrong), detail, counts)


def _status(question: Question, near: bool, wrong: list[int] | list[tuple[int, int]]) -> str:
    """Return the verdict on words; a rerun may move a word or two by a unit or two."""
    if not wrong:
        return HOLDS
    return UNKNOWN if question.rerun and near else DIFFERS


def _count(question: Question, labels: Labels, word: str) -> int:
    return int(labels.value(question.changed(concepts=(word,)), "count"))


def examples(question: Question, labels: Labels) -> Answer:
    """Test words given as typical of a layer of this network and not of the other's.

    They must all occur. They are not typical if all of them are among the first labels of the
    other network's layer and not among the first of its own: whoever wrote them down read the
    other table.
    """
    words = tuple(dict.fromkeys(question.claim.concepts))
    own, other = (_first_rows(labels, name, question.claim.layer) for name in question.networks)
    where = f"{question.networks[0]}, {question.place()}"
    missing = [word for word in words if word not in own]
    listed = ", ".join(
        f"{word!r} {f'unit {own[word]}' if word in own else 'nowhere'}" for word in words
    )
    if missing:
        tolerated = question.rerun and len(missing) == 1 and len(words) >= 4
        return Answer(
            UNKNOWN if tolerated else DIFFERS, f"first units in {where}: {listed}", missing
        )
    limit = max(8, 2 * len(words))
    if len(words) > 2 and _within(words, other, limit) and not _within(words, own, limit):
        rows = ", ".join(f"{word!r} unit {other[word]} there, {own[word]} here" for word in words)
        detail = f"all occur in {where}, but they are the first labels of {question.networks[1]}: "
        return Answer(DIFFERS, detail + rows)
    return Answer(HOLDS, f"first units in {where}: {listed}")


def _first_rows(labels: Labels, network: str, layer: str | None) -> dict[str, int]:
    """Return the first row of each label."""
    words = labels.of(network, layer)
    return {word: row for row, word in reversed(list(enumerate(words)))}


def _within(words: tuple[str, ...], rows: Mapping[str, int], limit: int) -> bool:
    return all(rows.get(word, limit) < limit for word in words)


def top(question: Question, labels: Labels) -> Answer:
    """Compare the most frequent labels in order; labels of equal count may change places."""
    concepts = question.claim.concepts
    ranking = labels.top(question.networks[0], question.claim.layer)
    leading = ranking[: len(concepts)]
    slack = labels.slack(question, "count")
    counts = [dict(ranking).get(word, 0) for word in concepts]
    stated = question.claim.counts or counts
    right = len(set(concepts)) == len(concepts) == len(leading) and all(
        abs(count - best) <= slack and abs(count - claimed) <= slack
        for count, claimed, (_, best) in zip(counts, stated, leading, strict=True)
    )
    truth = ", ".join(f"{word} {count}" for word, count in leading)
    detail = f"top {len(concepts)} of {question.networks[0]}, {question.place()}: {truth}"
    return Answer(HOLDS if right else DIFFERS, detail, leading)
