"""Extract claims from running text: numbers whose sentence says clearly what they count."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from study.verify.reading.descriptions import Table
from study.verify.reading.known import Known

MAX_TEXT = 400_000
MAX_CLAIMS = 200
_NUMBER = r"(?<![\d.,])(\d{1,3}(?:,\d{3})+|\d{1,6})(?![\d.,]*\d)"
_FRACTION = r"(?<![\d.])(0\.\d{2,6})(?!\d)"
_LAYER = r"layer\s?\d"
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[A-Z\W])|\n\s*\n|\s[-*•□]\s|\n(?=[#|*•□-])")
_PATTERNS: Sequence[tuple[str, re.Pattern[str]]] = (
    (
        "unique",
        re.compile(_NUMBER + r"\s+(?:unique|distinct|different)\s+(?:concepts|labels)", re.I),
    ),
    ("shared", re.compile(r"overlap of\s+" + _NUMBER + r"\s+(?:shared\s+)?concepts", re.I)),
    (
        "shared",
        re.compile(_NUMBER + r"\s+(?:shared|common|overlapping)\s+(?:concepts|labels)", re.I),
    ),
    ("shared", re.compile(r"shared concepts\s*[:=]\s*" + _NUMBER, re.I)),
)
_QUALIFIERS = frozenset(
    {"about", "around", "approximately", "roughly", "nearly", "almost", "over", "above", "under"}
    | {"below", "circa", "more than", "less than", "fewer than", "at least", "at most", "up to"}
    | {"approx.", "ca.", "some", "close to", "just under", "~", "≈"}
)
_MARKS = "*_`“”\"'("
_SELECTIONS = frozenset(
    {"top", "first", "last", "these", "those", "other", "main", "following", "best", "next", "all"}
)
_FEW = 15
"""Smaller numbers of concepts in all layers are mostly a selection: "5 shared concepts"."""
_COUNTS = re.compile(r"[“\"']([^”\"'\n]{2,40})[”\"']\s*\(([^)\n]{4,80})\)")


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """What a text calls the two networks and their layers, as patterns.

    ``names`` maps layers as written, in lower case without space, to the tables' names.
    ``in_layer`` matches "30 units in layer3", ``jaccard`` an index and a layer before it.
    """

    networks: Mapping[str, re.Pattern[str]]
    names: Mapping[str, str]
    layer: re.Pattern[str]
    in_layer: re.Pattern[str]
    jaccard: re.Pattern[str]

    def layers(self, text: str) -> list[str]:
        """Return the layers that a text names, in its order."""
        written = ["".join(name.casefold().split()) for name in self.layer.findall(text)]
        return [self.names.get(name, name) for name in written]


def claims_in(text: str, tables: Sequence[Table], known: Known) -> list[dict[str, Any]]:
    """Return the claims that a text makes about two networks, in the form of a claims file.

    A number of one network is taken only where its sentence names the network; in a sentence that
    names both, it belongs to the one named last before the number. Doubtful numbers are left out.

    Parameters
    ----------
    text
        Of a page or a file.
    tables
        The two networks.
    known
        Which words in the text mean which network.
    """
    claims: list[dict[str, Any]] = []
    vocabulary = _vocabulary(tables, known)
    for sentence in _SENTENCE.split(text[:MAX_TEXT]):
        flat = " ".join(sentence.split())
        if 8 <= len(flat) <= 1500:
            claims += _in_sentence(flat, vocabulary)
        if len(claims) >= MAX_CLAIMS:
            break
    distinct = {
        tuple(sorted((k, str(v)) for k, v in claim.items() if k != "text")): claim
        for claim in claims
    }
    return list(distinct.values())[:MAX_CLAIMS]


def _vocabulary(tables: Sequence[Table], known: Known) -> _Vocabulary:
    names = {"".join(layer.casefold().split()): layer for table in tables for layer in table.parts}
    spaced = [
        re.sub(r"(?<=[a-z])(?=\d)", r"\\s?", re.escape(name))
        for name in sorted(names, key=len, reverse=True)
        if re.search(r"\d", name)
    ]
    layer = rf"\b(?:{'|'.join([*spaced, _LAYER])})\b"
    return _Vocabulary(
        _mentions(tables, known),
        names,
        re.compile(layer, re.I),
        re.compile(rf"^\s*(\d{{1,4}})\s+(?:units\s+|neurons\s+)?in\s+({layer})\s*$", re.I),
        # atomic: without it, names of layers that contain each other make the search exponential
        re.compile(rf"jaccard(?:(?>{layer}|{_LAYER})|[^.\n\d]){{0,60}}?{_FRACTION}", re.I),
    )


def _mentions(tables: Sequence[Table], known: Known) -> Mapping[str, re.Pattern[str]]:
    patterns = {}
    for table in tables:
        target = str(table.args.get("target_model") or "")
        network = known.subject([table.name, target], target)
        words = set(network.mentions or network.names) if network else set()
        words |= {table.name} if len(table.name) > 3 else set()
        if words:
            escaped = "|".join(map(re.escape, sorted(words)))
            patterns[table.name] = re.compile(escaped, re.IGNORECASE)
    return patterns


def _in_sentence(text: str, vocabulary: _Vocabulary) -> Iterator[dict[str, Any]]:
    named = vocabulary.layers(text)
    for kind, pattern in (*_PATTERNS, ("jaccard", vocabulary.jaccard)):
        for match in pattern.finditer(text):
            layer = _layer_at(text, match.start(), vocabulary)
            value = _qualified(text, match, kind, layer)
            if value is None or (named and layer is None):
                continue
            claim: dict[str, Any] = {"kind": kind, "value": value, "text": text[:200]}
            claim |= {"layer": layer} if layer else {}
            if kind == "unique":
                network = _network_at(text, match.start(), vocabulary)
                if network is None:
                    continue
                claim["network"] = network
            elif kind == "jaccard" and not layer and len(re.findall(_FRACTION, text)) > 1:
                continue
            yield claim
    yield from _counts(text, vocabulary)


def _counts(text: str, vocabulary: _Vocabulary) -> Iterator[dict[str, Any]]:
    """Find “word” (30 in layer3, 2 in layer4)."""
    for match in _COUNTS.finditer(text):
        network = _network_at(text, match.start(), vocabulary)
        for part in match[2].split(","):
            count = vocabulary.in_layer.match(part)
            if count and network:
                yield {
                    "kind": "count",
                    "network": network,
                    "layer": vocabulary.layers(count[2])[0],
                    "concept": match[1].strip(),
                    "value": count[1],
                    "text": match[0][:200],
                }


def _qualified(text: str, match: re.Match[str], kind: str, layer: str | None) -> str | None:
    """Return a number with the word that qualifies it; `None` for a selection ("the top 10")."""
    plain = re.sub(r"([~≈])\s*$", r" \1", text[: match.start(1)].casefold())
    words = [word.strip(_MARKS) for word in plain.split()]
    words = [word for word in words if word]
    if words and words[-1] in _SELECTIONS:
        return None
    if kind != "jaccard" and layer is None and int(match[1].replace(",", "")) < _FEW:
        return None
    for count in (2, 1):
        qualifier = " ".join(words[-count:])
        if qualifier in _QUALIFIERS:
            return f"{qualifier} {match[1]}"
    return match[1]


def _layer_at(text: str, position: int, vocabulary: _Vocabulary) -> str | None:
    """Return the layer named last before a position, else the only one that is named later."""
    before = vocabulary.layers(text[:position])
    after = set(vocabulary.layers(text[position:]))
    return before[-1] if before else after.pop() if len(after) == 1 else None


def _network_at(text: str, position: int, vocabulary: _Vocabulary) -> str | None:
    """Return the network named last before a position, else the only one that is named later."""
    mentions = [
        (match.start(), network)
        for network, pattern in vocabulary.networks.items()
        for match in pattern.finditer(text)
    ]
    before = [mention for mention in mentions if mention[0] < position]
    after = {network for _, network in mentions}
    return max(before)[1] if before else after.pop() if len(after) == 1 else None
