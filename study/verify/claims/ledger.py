"""The numbers and words of a report's claims by network and layer, and what contradicts them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from study.verify.claims.answers import KINDS
from study.verify.claims.questions import Question, plain_layer
from study.verify.claims.written_numbers import WrittenNumber

_PRESENT = ("present", "top", "examples", "among_top", "at_least_units", "only_concepts")
"""Kinds whose words label at least one unit."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Claims that cannot all be true, why, and the mistake that this is."""

    ids: tuple[str, ...]
    text: str
    cause: str
    sure: bool = True
    """Whether it cannot be, or is only most unlikely."""


@dataclass(slots=True)
class Place:
    """What the claims say of one network in one layer, or in all of them."""

    name: str
    counts: dict[str, list[tuple[str, WrittenNumber]]] = field(default_factory=dict)
    """Each word's numbers of units, with the claims that state them."""
    seen: dict[str, str] = field(default_factory=dict)
    """Words that label at least one unit, each with a claim that says so."""
    sizes: dict[str, tuple[str, WrittenNumber]] = field(default_factory=dict)

    def count(self, word: str) -> WrittenNumber | None:
        """Return a word's number of units, if it is stated."""
        return self.counts[word][0][1] if self.counts.get(word) else None


@dataclass(frozen=True, slots=True)
class Ledger:
    """The numbers of a report's claims by network and layer; layer "" stands for all."""

    places: Mapping[tuple[str, str], Place]
    pairs: Mapping[str, Mapping[str, tuple[str, WrittenNumber]]]
    """The numbers that belong to both networks, by layer and kind."""

    @classmethod
    def of(cls, questions: Sequence[Question]) -> "Ledger":
        """Enter every claim that states a number or names a word."""
        places: dict[tuple[str, str], Place] = {}
        pairs: dict[str, dict[str, tuple[str, WrittenNumber]]] = {}
        for question in questions:
            claim, network = question.claim, question.networks[0]
            layer = plain_layer(claim.layer or "")
            name = f"{network}, {claim.layer or 'all layers'}"
            place = places.setdefault((network, layer), Place(name))
            kind = KINDS[claim.kind]
            if claim.kind == "count" and len(claim.concepts) == 1:
                entry = (claim.id, question.number())
                place.counts.setdefault(claim.concepts[0], []).append(entry)
            elif claim.kind == "top" and claim.counts:
                for word, count in zip(claim.concepts, claim.counts, strict=True):
                    number = replace(question.changed(kind="count", value=count)).number()
                    place.counts.setdefault(word, []).append((claim.id, number))
            elif kind.value is not None and kind.needs == ("value",) and claim.kind != "share":
                where = pairs.setdefault(layer, {}) if kind.symmetric else place.sizes
                where.setdefault(claim.kind, (claim.id, question.number()))
            if claim.kind in _PRESENT:
                place.seen |= dict.fromkeys(claim.concepts, claim.id)
        for place in places.values():
            counted = {w: each for w, each in place.counts.items() if each[0][1].low > 0}
            place.seen |= {word: each[0][0] for word, each in counted.items()}
        return cls(places, pairs)

    def number(self, question: Question, kind: str, words: Sequence[str] = ()) -> float | None:
        """Return an exact number of a claim's network and layer, if the claims state it."""
        layer = plain_layer(question.claim.layer or "")
        if kind == "jaccard" and kind not in self.pairs.get(layer, {}):
            parts = [self.number(question, part) for part in ("shared", "union")]
            return parts[0] / parts[1] if parts[0] is not None and parts[1] else None
        place = self.places.get((question.networks[0], layer))
        if kind == "count":
            found = place.count(words[0]) if place and len(words) == 1 else None
        else:
            own = place.sizes if place else {}
            found = (own.get(kind) or self.pairs.get(layer, {}).get(kind) or ("", None))[1]
        return found.number if found and found.low <= found.number <= found.high else None
