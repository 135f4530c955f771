"""Which labels the words of a claim mean: "China cabinet" is a claim about ``china_cabinet``."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from study.comparison.respelling import folded
from study.verify.claims.questions import Claim
from study.verify.reading.descriptions import Table

_OTHER_WORDS = ("more_of_family", "family_units", "family_share")
"""Kinds and quantities whose words are families, not labels."""


@dataclass(frozen=True, slots=True)
class Spellings:
    """The labels of all runs, and for each folded form the most frequent of its labels."""

    labels: frozenset[str]
    meant: Mapping[str, str]

    @classmethod
    def of(cls, tables: Iterable[Table]) -> "Spellings":
        """Return the spellings of the labels of tables."""
        counts = Counter(label for table in tables for label in table.labels(None))
        meant: dict[str, str] = {}
        for label, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            meant.setdefault(folded(label), label)
        return cls(frozenset(counts), meant)


def labels_meant(claim: Claim, known: Spellings) -> tuple[Claim, str]:
    """Return a claim with its words spelt as the runs spell them, and a note on what was changed.

    A word that is no label of any run means the label that equals it but for case, spaces,
    underscores, hyphens and the composition of letters; of several, the most frequent one.

    Parameters
    ----------
    claim
        The claim, as written.
    known
        How the runs spell their labels.
    """
    if claim.kind in _OTHER_WORDS or claim.quantity in _OTHER_WORDS or claim.of in _OTHER_WORDS:
        return claim, ""
    changed: dict[str, str] = {}

    def spelt(words: Iterable[str]) -> tuple[str, ...]:
        found = []
        for word in words:
            label = word if word in known.labels else known.meant.get(folded(word), word)
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
