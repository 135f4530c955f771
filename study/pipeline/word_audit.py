"""Word audit: words of a list that make doubtful labels, and how many labels they took."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from study.files import csv_text

FILE = "words.csv"
"""The table's name in the folder of a run."""
ALIKE = 0.97
"""Cosine from which two words are nearly one to the encoder; "dog" and "dogs" are."""
ONE_LETTER, STOP_WORD, NEAR = "one letter", "stop word", "near duplicate"
_STOP_WORDS = {
    "a", "about", "above", "after", "again", "against", "all", "am", "an", "and", "any", "are",
    "as", "at", "be", "because", "been", "before", "being", "below", "between", "both", "but",
    "by", "can", "could", "did", "do", "does", "doing", "down", "during", "each", "few", "for",
    "from", "further", "had", "has", "have", "having", "he", "her", "here", "hers", "him", "his",
    "how", "i", "if", "in", "into", "is", "it", "its", "just", "me", "more", "most", "my", "no",
    "nor", "not", "now", "of", "off", "on", "once", "only", "or", "other", "our", "ours", "out",
    "over", "own", "same", "she", "should", "so", "some", "such", "than", "that", "the", "their",
    "theirs", "them", "then", "there", "these", "they", "this", "those", "through", "to", "too",
    "under", "until", "up", "very", "was", "we", "were", "what", "when", "where", "which",
    "while", "who", "whom", "why", "will", "with", "would", "you", "your", "yours",
}  # fmt: skip
_ROWS = 1024
"""Words whose cosines with all others are computed at once."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A word of a list, why a label of it says little, and how many units have it."""

    word: str
    kind: str  # `ONE_LETTER`, `STOP_WORD` or `NEAR`
    other: str  # of a near duplicate: the word of the list that it is nearest to
    cosine: float | None
    units: int  # of all networks


def audit(
    words: Sequence[str], features: npt.NDArray[np.float32], labels: Mapping[str, int]
) -> list[Doubt]:
    """Return the doubtful words of a list, in its order.

    Parameters
    ----------
    words
        The concepts.
    features
        The encoder's, float32 (concepts, width).
    labels
        Word to the number of units that it labels.
    """
    nearest, cosines = _nearest(features)
    doubts = []
    for place, word in enumerate(words):
        units = labels.get(word, 0)
        if len(word) == 1 and word.isascii():
            doubts.append(Doubt(word, ONE_LETTER, "", None, units))
        elif word.casefold() in _STOP_WORDS:
            doubts.append(Doubt(word, STOP_WORD, "", None, units))
        elif cosines[place] >= ALIKE:
            cosine = round(float(cosines[place]), 4)
            doubts.append(Doubt(word, NEAR, words[nearest[place]], cosine, units))
    return doubts


def _nearest(
    features: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Return for each word the nearest other one, and its cosine."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    rows = features / np.maximum(length, 1e-30)
    nearest = np.zeros(len(rows), np.int64)
    cosines = np.full(len(rows), -1.0, np.float32)
    for start in range(0, len(rows), _ROWS):
        block = rows[start : start + _ROWS] @ rows.T
        own = np.arange(len(block))
        block[own, start + own] = -np.inf
        nearest[start : start + _ROWS] = block.argmax(axis=1)
        cosines[start : start + _ROWS] = block.max(axis=1)
    return nearest, cosines


def note(doubts: Sequence[Doubt], *, units: int) -> str | None:
    """Return what an audit found in one sentence; None if it found nothing.

    Parameters
    ----------
    doubts
        From `audit`.
    units
        The number of units that have a label.
    """
    if not doubts:
        return None
    parts = []
    for kind, many in ((ONE_LETTER, "of one letter"), (STOP_WORD, "stop words"), (NEAR, "near")):
        found = [doubt for doubt in doubts if doubt.kind == kind]
        if not found:
            continue
        example = max(found, key=lambda doubt: (doubt.units, doubt.cosine or 0))
        text = f"{len(found)} {many} ({example.word!r})"
        if kind == NEAR:
            text = (
                f"{len(found)} nearly equal to another to the encoder (cosine {ALIKE} or more, "
                f"such as {example.word!r} and {example.other!r})"
            )
        parts.append(text)
    taken = sum(doubt.units for doubt in doubts)
    return f"doubtful words: {', '.join(parts)}; they label {taken} of {units} units"


def dumps(doubts: Sequence[Doubt]) -> str:
    """Return an audit as CSV: word, kind, the other word, cosine, units."""
    rows = [
        (doubt.word, doubt.kind, doubt.other, "" if doubt.cosine is None else doubt.cosine,
         doubt.units)
        for doubt in doubts
    ]  # fmt: skip
    return csv_text.dumps([("word", "kind", "other", "cosine", "units"), *rows])
