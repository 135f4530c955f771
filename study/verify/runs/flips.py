"""Sort labels that changed between two runs: spelling, inflection, similar letters, meaning."""

from collections.abc import Iterable, Mapping

from study.dissection.word_forms import merged
from study.verify.reading.descriptions import letters

KINDS: Mapping[str, str] = {
    "spelling": "the same letters, but other case, spacing or punctuation",
    "inflection": "forms of one word (stripe, stripes), with one English dictionary form",
    "near": "similar letters: one edit in five, or a common stem of five letters or more; "
    "synonyms spelt differently (sofa, couch) count as meaning",
    "meaning": "another word",
}
"""The kinds of change, from least to most, and how each is recognised."""


def count_flips(pairs: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Count the pairs of different labels by kind, with a count for each of `KINDS`."""
    counts = dict.fromkeys(KINDS, 0)
    for a, b in pairs:
        if a != b:
            counts[kind(a, b)] += 1
    return counts


def kind(a: str, b: str) -> str:
    """Return the least of `KINDS` that two different labels fall under."""
    plain_a, plain_b = letters(a), letters(b)
    if plain_a == plain_b:
        return "spelling"
    form_a, form_b = merged((a, b))
    if form_a == form_b:
        return "inflection"
    return "near" if _alike(plain_a, plain_b) else "meaning"


def _alike(a: str, b: str) -> bool:
    shorter, longer = sorted((a[:64], b[:64]), key=len)
    stem = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(shorter))
    stemmed = stem >= 5 and stem * 3 >= len(longer) * 2
    return len(shorter) >= 4 and (stemmed or _edits(shorter, longer) * 5 <= len(longer))


def _edits(a: str, b: str) -> int:
    """Return the Levenshtein distance of two short texts."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]
