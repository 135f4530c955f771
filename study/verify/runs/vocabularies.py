"""What the vocabularies of two tables tell about the concept lists behind them."""

from collections.abc import Sequence

from study.comparison.word_lists import WordList, source_of
from study.verify.reading.descriptions import Table, fold
from study.verify.verdict import NOTE, Cause, Check

_REPLACED = frozenset({"edited_table", "other_concepts", "unrelated"})
"""Causes of which tables with hardly a word in common are told otherwise."""
_FEWEST_WORDS, _SHARED_WORDS = 20, 0.1
"""Different labels that a vocabulary needs, and the share of it that hardly is one in common."""


def with_lists(
    causes: list[Cause], a: Table, b: Table, lists: Sequence[WordList]
) -> tuple[list[Cause], list[Check]]:
    """Add what the labels' vocabulary tells about the concept lists behind them."""
    from_a, from_b = (source_of(table.labels(), lists) for table in (a, b))
    checks = [
        Check("concept list", NOTE, f"the labels fit {source.name}", place=table.name)
        for table, source in ((a, from_a), (b, from_b))
        if source is not None
    ]
    if apart := _apart_words(a, b, from_a, from_b):
        strongest = max((cause.confidence for cause in causes), default=0.0)
        others = [cause for cause in causes if cause.cause not in _REPLACED]
        others += [
            Cause("unrelated", min(cause.confidence, 0.9 * strongest), cause.evidence)
            for cause in causes
            if cause.cause == "unrelated"
        ]
        return [Cause("other_concepts", max(0.9, strongest), apart), *others], checks
    if from_a is None or from_b is None or from_a.count == from_b.count:
        return causes, checks
    wider, source = (a, from_b) if from_b.count < from_a.count else (b, from_a)
    outside = source.outside(wider.labels())
    evidence = (
        f"the labels of {a.name} fit {from_a.name}, those of {b.name} fit {from_b.name}",
        f"{len(outside)} words of {wider.name} are certainly not in {source.name}",
        *(text for c in causes if c.cause == "other_concepts" for text in c.evidence),
    )
    others = [cause for cause in causes if cause.cause not in {"edited_table", "other_concepts"}]
    strength = 1.0 if len(outside) >= 5 else 0.6
    return [Cause("other_concepts", strength, evidence), *others], checks


def _apart_words(
    a: Table, b: Table, from_a: WordList | None, from_b: WordList | None
) -> tuple[str, ...]:
    """Return the evidence that two vocabularies are nearly disjoint; empty if they are not.

    Two networks labelled from one list share many words (the published ones 41 to 47 %), so tables
    that share next to none were labelled from different lists, whatever else they differ in.
    """
    words_a, words_b = ({fold(word) for word in table.labels()} for table in (a, b))
    fewer, both = min(len(words_a), len(words_b)), len(words_a & words_b)
    one_list = from_a is not None and from_b is not None and from_a.count == from_b.count
    if fewer < _FEWEST_WORDS or both > _SHARED_WORDS * fewer or one_list:
        return ()
    fits = [
        f"the labels of {table.name} fit {source.name if source else 'no known list'}"
        for table, source in ((a, from_a), (b, from_b))
    ]
    return (f"of {len(words_a)} and {len(words_b)} different labels {both} are the same", *fits)
