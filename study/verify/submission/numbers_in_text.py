"""Extract claims from running text: numbers whose sentence says clearly what they count."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from study.verify.reading.descriptions import Table
from study.verify.reading.known import Known
from study.verify.submission.number_tables import claims_in_tables

MAX_TEXT, MAX_CLAIMS = 400_000, 200
_NUMBER = r"(?<![\d.,])(\d{1,3}(?:,\d{3})+|\d{1,6})(?![\d.,]*\d)"
_FRACTION = r"(?<![\d.])(0\.\d{2,6})(?!\d)"
_SHORT = r"(?:[^.;\n\d]|(?<=[A-Za-z])\d{1,3}(?!\d)){0,40}?"
"""A few words, with digits inside names only."""
_LAYER = r"layer\s?\d"
_SENTENCE = re.compile(
    r"(?<=[.!?;])\s+(?=[A-Z\W])|\n\s*\n|\s[-*•□]\s|\n(?=[#|*•□-]|[^\n.]{3,60}[:=])"
)
_PATTERNS = {
    rf"{_NUMBER}\s+(?:unique|distinct|different)\s+(?:concepts|labels)": "unique",
    rf"overlap of\s+{_NUMBER}\s+(?:shared\s+)?concepts": "shared",
    rf"{_NUMBER}\s+(?:shared|common|overlapping)\s+(?:concepts|labels)": "shared",
    rf"\bshares?\s+{_NUMBER}\s+(?:concepts|labels)": "shared",
    rf"(?:unique|distinct)\s+(?:concepts|labels){_SHORT}(?:\bis|\bare|[:=])\s*{_NUMBER}": "unique",
    rf"shared concepts\s*[:=]\s*{_NUMBER}": "shared",
}
_QUALIFIERS = frozenset(
    {"about", "around", "approximately", "roughly", "nearly", "almost", "over", "above", "under"}
    | {"below", "circa", "more than", "less than", "fewer than", "at least", "at most", "up to"}
    | {"approx.", "ca.", "some", "close to", "just under", "~", "≈"}
)
_MARKS = "*_`“”\"'("
_EACH = re.compile(r"\b(?:each|every)(?:\s+\w+)?\s+layer\b", re.I)
_LISTED = re.compile(r"(?:,|and|&|to|through|-|–|/|\s)*", re.I)
_SELECTIONS = frozenset(
    {"top", "first", "last", "these", "those", "other", "main", "following", "best", "next", "all"}
)
_FEW = 15
"""Smaller numbers of concepts in all layers are mostly a selection: "5 shared concepts"."""
_IN_LAYER = re.compile(r"\s*(\d{1,4})\s+(?:units\s+|neurons\s+)?in\s+(\S.*?)\s*", re.I)
_COUNTS = re.compile(r"[“\"']([^”\"'\n]{2,40})[”\"']\s*\(([^)\n]{4,80})\)")
Mentions = list[tuple[re.Match[str], str]]
"""Where a text names something, and what."""


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """What a text calls the two networks and their layers, as patterns.

    ``layers`` maps layers as written, in lower case without space, to the tables' names.
    ``numbers`` holds patterns and the kinds of claim that they find.
    """

    networks: Mapping[str, re.Pattern[str]]
    layers: Mapping[str, str]
    layer: re.Pattern[str]
    numbers: Mapping[re.Pattern[str], str]

    def whole(self, mentions: Mentions) -> Mentions:
        """Return mentions of layers; a list of them all is one mention, of "" for all layers.

        A list of some is one mention of these, which no layer is called.
        """
        joined: Mentions = []
        names: list[list[str]] = []
        for match, name in mentions:
            before = joined[-1][0] if joined else None
            between = match.string[before.end() : match.start()] if before else "."
            if _LISTED.fullmatch(between):
                joined[-1] = (match, "")
                names[-1].append(name)
            else:
                joined.append((match, name))
                names.append([name])
        every = set(self.layers.values())
        return [
            (match, own[0] if len(own) == 1 else "" if set(own) == every else ", ".join(own))
            for (match, _), own in zip(joined, names, strict=True)
        ]

    def named_layers(self, text: str) -> Mentions:
        """Return where a text names layers, and which."""
        written = [(m, "".join(m[0].casefold().split())) for m in self.layer.finditer(text)]
        return [(match, self.layers.get(name, name)) for match, name in written]

    def named_networks(self, text: str) -> Mentions:
        """Return where a text names networks, and which."""
        patterns = self.networks.items()
        return [(match, name) for name, pattern in patterns for match in pattern.finditer(text)]


def claims_in(text: str, tables: Sequence[Table], known: Known) -> list[dict[str, Any]]:
    """Return the claims that a text makes about two networks, in the form of a claims file.

    A number of one network is taken only where its sentence names the network; in a sentence that
    names both, it belongs to the one named last before the number. Doubtful numbers are left out.
    """
    claims: list[dict[str, Any]] = []
    vocabulary = _vocabulary(tables, known)
    for sentence in _SENTENCE.split(text[:MAX_TEXT]):
        flat = " ".join(sentence.split())
        if 8 <= len(flat) <= 1500:
            claims += _in_sentence(flat, vocabulary)
        if len(claims) >= MAX_CLAIMS:
            break
    for claim in claims_in_tables(text[:MAX_TEXT], vocabulary):
        if not _own(claim, tables):
            claims.append(claim)
    distinct = {repr({**claim, "text": ""}): claim for claim in claims}
    return list(distinct.values())[:MAX_CLAIMS]


def _own(claim: Mapping[str, Any], tables: Sequence[Table]) -> bool:
    """Whether a number of "unique" concepts is that of concepts of one network alone."""
    layer = claim.get("layer")
    if claim["kind"] != "unique" or any(layer and layer not in table.parts for table in tables):
        return False
    sets = {table.name: set(table.labels(layer)) for table in tables}
    others = set().union(*(words for name, words in sets.items() if name != claim["network"]))
    return int(claim["value"].replace(",", "")) == len(sets[claim["network"]] - others)


def _vocabulary(tables: Sequence[Table], known: Known) -> _Vocabulary:
    names = {"".join(layer.casefold().split()): layer for table in tables for layer in table.parts}
    spaced = [
        re.sub(r"(?<=[a-z])(?=\d)", r"\\s?", re.escape(name))
        for name in sorted(names, key=len, reverse=True)
        if re.search(r"\d", name)
    ]
    layer = rf"\b(?:{'|'.join([*spaced, _LAYER])})\b"
    # atomic: without it, names of layers that contain each other make the search exponential
    jaccard = rf"jaccard(?:(?>{layer}|{_LAYER})|[^.\n\d]){{0,60}}?{_FRACTION}"
    return _Vocabulary(
        _mentions(tables, known),
        names,
        re.compile(layer, re.I),
        {re.compile(text, re.I): kind for text, kind in {**_PATTERNS, jaccard: "jaccard"}.items()},
    )


def _mentions(tables: Sequence[Table], known: Known) -> Mapping[str, re.Pattern[str]]:
    patterns = {}
    for table in tables:
        network = known.subject([table.name, table.target], table.target)
        words = set(network.mentions or network.names) if network else set()
        words |= {table.name} if len(table.name) > 3 else set()
        if words:
            patterns[table.name] = re.compile("|".join(map(re.escape, sorted(words))), re.I)
    return patterns


def _in_sentence(text: str, vocabulary: _Vocabulary) -> Iterator[dict[str, Any]]:
    layers = vocabulary.whole(vocabulary.named_layers(text))
    networks = vocabulary.named_networks(text)
    every = list(dict.fromkeys(vocabulary.layers.values()))
    for pattern, kind in vocabulary.numbers.items():
        for match in pattern.finditer(text):
            layer = _nearest(layers, match.start(1))
            network = _nearest(networks, match.start(1))
            value = _qualified(text, match, kind, layer)
            unclear = layer is None and (
                layers or (kind == "jaccard" and len(re.findall(_FRACTION, text)) > 1)
            )
            if value is None or unclear or (kind == "unique" and network is None):
                continue
            if layer and layer not in every:
                continue
            claim: dict[str, Any] = {"kind": kind, "value": value, "text": text[:200]}
            claim |= {"network": network} if kind == "unique" else {}
            each = not layers and _EACH.search(text[: match.end() + 60])
            for one in every if each else [layer]:
                yield claim | ({"layer": one} if one else {})
    for match in _COUNTS.finditer(text):  # “word” (30 in layer3, 2 in layer4)
        network = _nearest(networks, match.start())
        for part in match[2].split(","):
            count = _IN_LAYER.fullmatch(part)
            if network and count and vocabulary.layer.fullmatch(count[2]):
                yield {
                    "kind": "count",
                    "network": network,
                    "layer": vocabulary.named_layers(count[2])[0][1],
                    "concept": match[1].strip(),
                    "value": count[1],
                    "text": match[0][:200],
                }


def _nearest(mentions: Mentions, position: int) -> str | None:
    """Return what is named last before a position, else the only thing that is named later."""
    before = [(match.start(), name) for match, name in mentions if match.end() <= position]
    after = {name for match, name in mentions if match.start() >= position}
    return max(before)[1] if before else after.pop() if len(after) == 1 else None


def _qualified(text: str, match: re.Match[str], kind: str, layer: str | None) -> str | None:
    """Return a number with the word that qualifies it; `None` for a selection ("the top 10")."""
    plain = re.sub(r"([~≈])\s*$", r" \1", text[: match.start(1)].casefold())
    words = [stripped for word in plain.split() if (stripped := word.strip(_MARKS))]
    if words and words[-1] in _SELECTIONS:
        return None
    if kind != "jaccard" and not layer and int(match[1].replace(",", "")) < _FEW:
        return None
    endings = (" ".join(words[-count:]) for count in (2, 1))
    qualifier = next((ending for ending in endings if ending in _QUALIFIERS), "")
    return f"{qualifier} {match[1]}".lstrip()
