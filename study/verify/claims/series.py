"""Find counts of one network drawn under the words of the other, rank by rank."""

from collections.abc import Sequence

from study.verify.claims.questions import Question

_RANKS = 60
"""Bars of a figure that are looked at: charts show the first words of a ranking."""
Ranking = list[tuple[str, int]]


def under_other_labels(question: Question) -> str | None:
    """Return why a count is that of its word's rank in the other network, `None` if it is not.

    Two bar charts that share an axis show the labels of one of them. Each bar then has the right
    rank, and the word that stands at this rank in the other network's ranking. Words with equal
    counts may stand at any of their ranks.
    """
    own, other = question.ranking()[:_RANKS], question.swapped().ranking()[:_RANKS]
    (a, b), claim = question.networks, question.claim
    if claim.kind == "count":
        if len(claim.concepts) != 1 or question.number().total is not None:
            return None
        bars = [(claim.concepts[0], question.number().number)]
    elif claim.counts and not _leading(other, claim.concepts, claim.counts):
        bars = [
            (word, float(count)) for word, count in zip(claim.concepts, claim.counts, strict=True)
        ]
    else:
        return None
    for words, counts, names in ((own, other, (a, b)), (other, own, (b, a))):
        if all(_fits(word, count, words, counts) for word, count in bars):
            word, count = bars[0]
            return (
                f"{word!r} stands at rank {_ranks(word, words)[0] + 1} in {names[0]}, "
                f"{question.place}; the count of this rank in {names[1]} is {count:g}"
            )
    return None


def _leading(ranking: Ranking, words: Sequence[str], counts: Sequence[int]) -> bool:
    """Return whether words and counts both are the other network's: then its name is wrong."""
    return all(dict(ranking).get(w) == c for w, c in zip(words, counts, strict=True))


def _fits(word: str, count: float, words: Ranking, counts: Ranking) -> bool:
    """Return whether a count is that of a rank which the word has in another ranking."""
    return any(rank < len(counts) and counts[rank][1] == count for rank in _ranks(word, words))


def _ranks(word: str, ranking: Ranking) -> list[int]:
    """Return the ranks, from 0, at which a word can stand: those of all words of its count."""
    own = dict(ranking).get(word)
    return [rank for rank, (_, count) in enumerate(ranking) if count == own]
