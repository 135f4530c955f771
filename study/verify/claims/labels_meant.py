"""Which labels the words of a claim mean: "China cabinet" is a claim about ``china_cabinet``."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from study.comparison.respelling import folded
from study.verify.claims.questions import Claim
from study.verify.reading.descriptions import Table

_OTHER_WORDS = ("more_of_family", "family_units", "family_share")
"""Kinds and quantities whose words are families, not labels."""


def labels_meant(claim: Claim, tables: Mapping[str, Table]) -> tuple[Claim, str]:
    """Return a claim with its words spelt as the runs spell them, and a note on what was changed.

    A word that is no label of any run means the label that equals it but for case, spaces,
    underscores, hyphens and the composition of letters; of several, the most frequent one.

    Parameters
    ----------
    claim
        The claim, as written.
    tables
        The runs by name.
    """
    if claim.kind in _OTHER_WORDS or claim.quantity in _OTHER_WORDS or claim.of in _OTHER_WORDS:
        return claim, ""
    counts = Counter(label for table in tables.values() for label in table.labels(None))
    meant: dict[str, str] = {}
    for label, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        meant.setdefault(folded(label), label)
    changed: dict[str, str] = {}

    def spelt(words: Iterable[str]) -> tuple[str, ...]:
        found = []
        for word in words:
            label = word if word in counts else meant.get(folded(word), word)
            if label != word:
                changed[word] = label
            found.append(label)
        return tuple(found)

    concepts, than = spelt(claim.concepts), spelt(claim.than_concepts)
    value = claim.value
    if claim.kind == "label" and isinstance(value, str):
        (value,) = spelt([value])
    note = ", ".join(f"{word!r} is read as {label!r}" for word, label in changed.items())
    return replace(claim, value=value, concepts=concepts, than_concepts=than), note
