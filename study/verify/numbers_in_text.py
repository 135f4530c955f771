"""Numbers in running text that say what they are of: found by a few cautious patterns."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from study.verify.subjects import claimed_subject
from study.verify.tables import Table

MAX_TEXT = 400_000
MAX_CLAIMS = 200
_NUMBER = r"(?<![\d.,])(\d{1,3}(?:,\d{3})+|\d{1,6})(?![\d.,]*\d)"
_FRACTION = r"(?<![\d.])(0\.\d{2,6})(?!\d)"
_LAYER = re.compile(r"\blayer\s?(\d)\b", re.IGNORECASE)
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
    ("jaccard", re.compile(r"jaccard(?:layer\s?\d|[^.\n\d]){0,60}?" + _FRACTION, re.I)),
)
_WEAK = frozenset(
    {"about", "around", "approximately", "roughly", "nearly", "almost", "over", "above", "under"}
    | {"below", "circa", "more than", "less than", "fewer than", "at least", "at most", "up to"}
    | {"approx.", "ca.", "some", "close to", "just under", "~", "≈"}
)
_MARKS = "*_`“”\"'("
_PARTS = frozenset(
    {"top", "first", "last", "these", "those", "other", "main", "following", "best", "next", "all"}
)
_FEW = 15
"""Smaller numbers of concepts in all layers are mostly parts: "5 shared concepts stand out"."""
_COUNTS = re.compile(r"[“\"']([^”\"'\n]{2,40})[”\"']\s*\(([^)\n]{4,80})\)")
_IN_LAYER = re.compile(
    r"^\s*(\d{1,4})\s+(?:units\s+|neurons\s+)?in\s+layer\s?(\d)\s*$", re.IGNORECASE
)


def claims_in(text: str, tables: Sequence[Table]) -> list[dict[str, Any]]:
    """Return the claims that a text makes about two networks, as a file of claims holds them.

    A number of one network is taken only where its sentence names the network; a sentence that
    names both gives it to the one named last before the number. What is not certain is left out.

    Parameters
    ----------
    text
        Of a page or a file.
    tables
        The two networks.
    """
    found: list[dict[str, Any]] = []
    names = _mentions(tables)
    for sentence in _SENTENCE.split(text[:MAX_TEXT]):
        flat = " ".join(sentence.split())
        if 8 <= len(flat) <= 1500:
            found += _in_sentence(flat, names)
        if len(found) >= MAX_CLAIMS:
            break
    unique = {
        tuple(sorted((k, str(v)) for k, v in one.items() if k != "text")): one for one in found
    }
    return list(unique.values())[:MAX_CLAIMS]


def _mentions(tables: Sequence[Table]) -> Mapping[str, re.Pattern[str]]:
    patterns = {}
    for table in tables:
        words = {re.escape(table.name)} if len(table.name) > 3 else set()
        subject = claimed_subject([table.name, str(table.args.get("target_model") or "")])
        subject = subject or ("objects" if table.args.get("target_model") else "")
        words |= {"places": {"places(?:365)?"}, "objects": {"imagenet"}}.get(subject, set())
        if words:
            patterns[table.name] = re.compile("|".join(sorted(words)), re.IGNORECASE)
    return patterns


def _in_sentence(text: str, names: Mapping[str, re.Pattern[str]]) -> Iterator[dict[str, Any]]:
    layers = {f"layer{match}" for match in _LAYER.findall(text)}
    for kind, pattern in _PATTERNS:
        matches = list(pattern.finditer(text))
        for match in matches:
            layer = _layer_before(text, match.start()) if layers else None
            if layers and layer is None:
                continue
            value = _qualified(text, match, kind, layer)
            if value is None:
                continue
            claim: dict[str, Any] = {"kind": kind, "value": value, "text": text[:200]}
            claim |= {"layer": layer} if layer else {}
            if kind == "unique":
                network = _named(text, match.start(), names)
                if network is None:
                    continue
                claim["network"] = network
            elif kind == "jaccard" and not layer and len(re.findall(_FRACTION, text)) > 1:
                continue
            yield claim
    yield from _counts(text, names)


def _counts(text: str, names: Mapping[str, re.Pattern[str]]) -> Iterator[dict[str, Any]]:
    """Find “word” (30 in layer3, 2 in layer4)."""
    for match in _COUNTS.finditer(text):
        network = _named(text, match.start(), names)
        for part in match[2].split(","):
            told = _IN_LAYER.match(part)
            if told and network:
                yield {
                    "kind": "count",
                    "network": network,
                    "layer": f"layer{told[2]}",
                    "concept": match[1].strip(),
                    "value": told[1],
                    "text": match[0][:200],
                }


def _qualified(text: str, match: re.Match[str], kind: str, layer: str | None) -> str | None:
    """Return a number with the word that weakens it; `None` for a part such as "the top 10"."""
    plain = re.sub(r"([~≈])\s*$", r" \1", text[: match.start(1)].casefold())
    words = [word.strip(_MARKS) for word in plain.split()]
    words = [word for word in words if word]
    if words and words[-1] in _PARTS:
        return None
    if kind != "jaccard" and layer is None and int(match[1].replace(",", "")) < _FEW:
        return None
    for count in (2, 1):
        weak = " ".join(words[-count:])
        if weak in _WEAK:
            return f"{weak} {match[1]}"
    return match[1]


def _layer_before(text: str, place: int) -> str | None:
    """Return the layer named last before a place, else the only one that is named later."""
    before = _LAYER.findall(text[:place])
    if before:
        return f"layer{before[-1]}"
    after = set(_LAYER.findall(text[place:]))
    return f"layer{after.pop()}" if len(after) == 1 else None


def _named(text: str, place: int, names: Mapping[str, re.Pattern[str]]) -> str | None:
    """Return the network named last before a place, else the only one that is named later."""
    spots = [
        (match.start(), network)
        for network, pattern in names.items()
        for match in pattern.finditer(text)
    ]
    before = [spot for spot in spots if spot[0] < place]
    if before:
        return max(before)[1]
    after = {network for _, network in spots}
    return after.pop() if len(after) == 1 else None
