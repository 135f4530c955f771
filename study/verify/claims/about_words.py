"""Answer claims about words: which labels occur, where, and which are the most frequent."""

from study.verify.claims.quantities import slack, value
from study.verify.claims.questions import DIFFERS, HOLDS, UNKNOWN, Answer, Question


def label(question: Question) -> Answer:
    """Compare the label of one unit."""
    claim, (true, _) = question.claim, question.unit()
    status = HOLDS if true == str(claim.value) else UNKNOWN if question.rerun else DIFFERS
    where = f"unit {claim.unit} of {claim.layer} in {question.networks[0]}"
    return Answer(status, f"{where}: claimed {str(claim.value)!r}, found {true!r}", true)


def occurrence(question: Question) -> Answer:
    """Test whether each of the words labels a unit ("present"), or none does ("absent")."""
    counts = {word: _count(question, word) for word in question.claim.concepts}
    present = question.claim.kind == "present"
    wrong = [count for count in counts.values() if (count > 0) != present]
    listed = ", ".join(f"{word!r} {count} times" for word, count in counts.items())
    return Answer(_status(question, wrong), f"in {_where(question)}: {listed}", counts)


def shared_concepts(question: Question) -> Answer:
    """Test whether each word labels units of both networks, or of the first alone."""
    counts = {
        word: (_count(question, word), _count(question.swapped(), word))
        for word in question.claim.concepts
    }
    shared = question.claim.kind == "shared_concepts"
    wrong = [(a, b) for a, b in counts.values() if not a or bool(b) != shared]
    listed = ", ".join(f"{word!r} {a} and {b} times" for word, (a, b) in counts.items())
    detail = f"in {' and '.join(question.networks)}, {question.place}: {listed}"
    gaps = [min(pair) if shared else max(pair) for pair in wrong]
    return Answer(_status(question, gaps), detail, counts)


def _status(question: Question, wrong: list[int]) -> str:
    """Return the verdict on words; a rerun may give or take one of them one unit."""
    if not wrong:
        return HOLDS
    return UNKNOWN if question.rerun and len(wrong) == 1 and wrong[0] <= 1 else DIFFERS


def _count(question: Question, word: str) -> int:
    return int(value(question.changed(concepts=(word,)), "count"))


def _where(question: Question) -> str:
    return f"{question.networks[0]}, {question.place}"


def examples(question: Question) -> Answer:
    """Test words given as typical of a layer of this network and not of the other's.

    They must all occur. They are not typical if all of them are among the first labels of the
    other network's layer and not among the first of its own: whoever wrote them down read the
    other table.
    """
    words = tuple(dict.fromkeys(question.claim.concepts))
    own, other = _first_rows(question), _first_rows(question.swapped())
    listed = ", ".join(
        f"{word!r} {f'unit {own[word]}' if word in own else 'nowhere'}" for word in words
    )
    detail = f"first units in {_where(question)}: {listed}"
    if missing := [word for word in words if word not in own]:
        tolerated = question.rerun and len(missing) == 1 and len(words) >= 4
        return Answer(UNKNOWN if tolerated else DIFFERS, detail, missing)
    limit = max(8, 2 * len(words))
    first = [all(rows.get(word, limit) < limit for word in words) for rows in (own, other)]
    if len(words) > 2 and first == [False, True]:
        listed = ", ".join(f"{word!r} unit {other[word]} there, {own[word]} here" for word in words)
        theirs = f"but they are the first labels of {question.networks[1]}"
        return Answer(DIFFERS, f"all occur in {_where(question)}, {theirs}: {listed}")
    return Answer(HOLDS, detail)


def among_top(question: Question) -> Answer:
    """Test whether each word is among the k most frequent labels; of equal counts, any may be."""
    claim, ranking = question.claim, question.ranking()
    counts, last = dict(ranking), ranking[min(claim.k, len(ranking)) - 1][1]
    short = [last - counts.get(word, 0) for word in claim.concepts]
    listed = ", ".join(f"{word!r} {counts.get(word, 0)} times" for word in claim.concepts)
    detail = f"in {_where(question)}: {listed}; rank {claim.k} has {last}"
    margin = slack(question.changed(concepts=claim.concepts[:1]), "count")
    status = HOLDS if max(short) <= 0 else UNKNOWN if max(short) <= margin else DIFFERS
    return Answer(status, detail, {word: counts.get(word, 0) for word in claim.concepts})


def at_least_units(question: Question) -> Answer:
    """Test whether each word labels at least so many units."""
    least, counts = question.number(), {w: _count(question, w) for w in question.claim.concepts}
    margin = slack(question.changed(concepts=question.claim.concepts[:1]), "count")
    short = max(least.low - count for count in counts.values())
    listed = ", ".join(f"{word!r} {count} times" for word, count in counts.items())
    status = HOLDS if short <= 0 else UNKNOWN if short <= margin else DIFFERS
    return Answer(status, f"at least {least.text} in {_where(question)}: {listed}", counts)


def _first_rows(question: Question) -> dict[str, int]:
    return {word: row for row, word in reversed(list(enumerate(question.labels())))}


def top(question: Question) -> Answer:
    """Compare the most frequent labels in order; labels of equal count may change places."""
    concepts, ranking = question.claim.concepts, question.ranking()
    leading, units = ranking[: len(concepts)], dict(ranking)
    margin = slack(question.changed(concepts=concepts[:1]), "count")
    counts = [units.get(word, 0) for word in concepts]
    stated = question.claim.counts or counts
    right = len(set(concepts)) == len(concepts) == len(leading) and all(
        abs(count - best) <= margin and abs(count - claimed) <= margin
        for count, claimed, (_, best) in zip(counts, stated, leading, strict=True)
    )
    truth = ", ".join(f"{word} {count}" for word, count in leading)
    detail = f"top {len(concepts)} of {_where(question)}: {truth}"
    return Answer(HOLDS if right else DIFFERS, detail, leading)
