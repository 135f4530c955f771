"""Words that differ in their ending only (stripe, stripes, striped) as one concept."""

from collections.abc import Iterable
from functools import cache
from importlib.metadata import version

import simplemma

METHOD = (
    "word forms merged: each word of a concept in lower case replaced by its English dictionary "
    f"form (simplemma {version('simplemma')}), until nothing changes"
)


def merged(labels: Iterable[str]) -> tuple[str, ...]:
    """Return each label with its words in dictionary form.

    Case and runs of space play no part. The list of a language is never complete: a rare form may
    stay apart ("lattices" would not, "polkadots" may), and a form of two words goes to one of
    them ("skies" to "ski").
    """
    return tuple(_merged(label) for label in labels)


@cache
def _merged(label: str) -> str:
    return " ".join(_dictionary_form(word) for word in label.casefold().split()) or label


def _dictionary_form(word: str) -> str:
    """Follow the dictionary to its end: paintings, painting, paint. A circle ends at its least."""
    seen: list[str] = []
    while word not in seen:
        seen.append(word)
        word = simplemma.lemmatize(word, lang="en").casefold()
    return min(seen[seen.index(word) :])
