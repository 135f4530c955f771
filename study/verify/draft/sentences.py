"""Find numbers with their nouns in the sentences of a report."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from study.verify.draft.context import Mention, Names, layers, nearest, only_layer
from study.verify.draft.passages import Passage


@dataclass(frozen=True, slots=True)
class Drafted:
    """A claim as drafted: its fields, where it stands, and what the grader must decide, if so."""

    fields: Mapping[str, Any]
    text: str
    page: int | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Noun:
    """What a number counts: the kind of claim, and the words around the number."""

    kind: str
    pattern: re.Pattern[str]
    shared: bool = False
    """Whether the number belongs to both networks together."""


_ABOUT = r"(?:(?:about|around|approximately|roughly|nearly|almost|over|more than|at least|~)\s?)?"
_NUMBER = rf"(?<![\w.,])({_ABOUT}\d{{1,3}}(?:,\d{{3}})+|{_ABOUT}\d+)(?![\w]|[.,]\d|\s?%)"
_FRACTION = rf"(?<![\w.,])({_ABOUT}(?:0?\.\d+|1\.0+|\d{{1,2}}(?:\.\d+)?\s?%))(?!\w)"
_THINGS = r"(?:concepts?|labels?|words?)"
_DISTINCT = r"(?:unique|distinct|different)"
_SHARED = r"(?:shared|common|overlapping)"


def _noun(kind: str, pattern: str, *, shared: bool = False) -> Noun:
    return Noun(kind, re.compile(pattern, re.I), shared)


NOUNS: Sequence[Noun] = (
    _noun(
        "only",
        rf"{_NUMBER}\s(?:{_THINGS}\s)?(?:\w+\s){{0,2}}?(?:only|exclusive(?:ly)?|specific|unique)\s(?:in|to|by|for)\b",
    ),
    _noun("only", rf"\bonly[\s-](?:{_THINGS}\s)?(?:in\s[\w-]+)?\s?[:=]\s?{_NUMBER}"),
    _noun("unique", rf"{_NUMBER}\s(?:total\s)?{_DISTINCT}\s{_THINGS}"),
    _noun(
        "unique",
        rf"{_DISTINCT}\s{_THINGS}(?:\s(?:learned|in total|overall))?\s?(?:[:=]|is|was|are)\s?"
        rf"{_NUMBER}",
    ),
    _noun("unique", rf"{_NUMBER}\stotal\sunique\b"),
    _noun("shared", rf"overlap\sof\s{_NUMBER}\s(?:{_SHARED}\s)?{_THINGS}", shared=True),
    _noun("shared", rf"{_NUMBER}\s(?:\w+\s)?{_SHARED}\s{_THINGS}", shared=True),
    _noun("shared", rf"{_NUMBER}\s{_THINGS}\s(?:are|were|in)\s{_SHARED}", shared=True),
    _noun("shared", rf"\bshar(?:e|es|ed|ing)\s(?:only\s)?{_NUMBER}\s{_THINGS}", shared=True),
    _noun("shared", rf"{_SHARED}\s{_THINGS}\s?(?:[:=]|is|are|was)\s?{_NUMBER}", shared=True),
    _noun("union", rf"union\s(?:of|has|holds|contains)\s{_NUMBER}(?:\s{_THINGS})?", shared=True),
    _noun(
        "jaccard",
        rf"jaccard(?:(?!\d*\.\d|\d+\s?%)[^;]){{0,200}}?{_FRACTION}",
        shared=True,
    ),
    _noun("jaccard", rf"(?<=from\s){_FRACTION}(?=\s\(layer)", shared=True),
    _noun("jaccard", rf"(?<=to\s){_FRACTION}(?=\s\(layer)", shared=True),
    _noun(
        "mean_similarity",
        rf"(?:mean|average)\s(?:\w+\s)?similarity(?:\sscore)?(?:\s\w+){{0,5}}?\s?[:=]?\s?{_FRACTION}",
    ),
    _noun("units", rf"{_NUMBER}\s(?:units|neurons|channels)\b(?=\s(?:in|of)\slayer)"),
)
"""Nouns of numbers; the first that fits a number decides."""

_WORD = r"[“\"'‘]([^“”\"'‘’\n]{2,40})[”\"'’]"
_UNITS = r"(?:neurons?|units?|channels?|times)"
_LISTED = re.compile(rf"{_WORD}\s?\(([^()\n]{{1,90}})\)")
_BARE_LISTED = re.compile(
    rf"(?<![\w-])([a-z][a-z'-]+(?:\s[a-z'-]+)?)\s\((\d{{1,4}})(\s{_UNITS})?\)"
)
_PART = re.compile(
    rf"\s*(?:count\s?[:=]\s?)?(\d{{1,4}})\s?(?:{_UNITS}|x|×)?(?:\s(?:in|of|for)\s(.+?))?\s*"
)
_PLAIN_COUNTS = (
    re.compile(
        rf"{_WORD}\s?(?:(?:labels|appears|occurs|is|was|has|with|covers|found|on|in|for|by|the "
        rf"label of|[:=→–-]|->)\s?){{0,4}}(\d{{1,4}})\s{_UNITS}"
    ),
    re.compile(rf"(\d{{1,4}})\s{_UNITS}\s(?:\w+\s){{0,4}}?{_WORD}"),
)
_TOP = re.compile(r"\b(?:top|most (?:frequent|common)|leading)\b", re.I)
_SELECTIONS = re.compile(r"\b(?:top|first|last|these|those|following|other|main|next)\s$", re.I)
ENDS = re.compile(
    r"(?<!\bvs\.)(?<!\b[eg]\.)(?<!\bca\.)(?<!\bNo\.)(?<!\bFig\.)(?<!approx\.)(?<=[.!?;])\s+"
    r"(?=[A-Z“\"(\d])|\s[•□▪]\s"
)
"""Where a sentence ends."""
_LONGEST = 3000
_FEW = 12
"""Smaller numbers of concepts in all layers are mostly a selection: "5 shared concepts"."""
_SEQUENCE = re.compile(
    r"(?<![\w.])(\d[\d,]*(?:\.\d+)?\s?%?(?:\s?,\s?\d[\d,]*(?:\.\d+)?\s?%?)*,?\s(?:and|versus|vs\.?)\s(\d[\d,]*(?:\.\d+)?\s?%?))"
)


@dataclass(slots=True)
class Reader:
    """Reads the passages of a report about some networks."""

    names: Names
    drafted: list[Drafted] = field(default_factory=list)

    def read(self, passage: Passage) -> Iterator[Drafted]:
        """Yield the claims of a passage."""
        for sentence in ENDS.split(passage.text):
            if 0 < len(sentence) <= _LONGEST and any(c.isdigit() or c in "“\"'" for c in sentence):
                yield from _Sentence(sentence.strip(), passage, self.names).claims()


@dataclass(slots=True)
class _Sentence:
    text: str
    passage: Passage
    names: Names
    used: list[tuple[int, int]] = field(default_factory=list)

    def claims(self) -> Iterator[Drafted]:
        yield from self._respectively()
        yield from self._counts()
        for noun in NOUNS:
            for match in noun.pattern.finditer(self.text):
                named = noun.kind != "jaccard" or "accard" in self.text
                if (
                    named
                    and self._free(match.span(1))
                    and not _SELECTIONS.search(self.text[: match.start(1)])
                ):
                    yield self._number(noun, match)

    def _free(self, span: tuple[int, int]) -> bool:
        if any(start < span[1] and span[0] < end for start, end in self.used):
            return False
        self.used.append(span)
        return True

    def _number(self, noun: Noun, match: re.Match[str]) -> Drafted:
        value = " ".join(match[1].split())
        fields: dict[str, Any] = {"kind": noun.kind, "value": value}
        doubts = [self._layer(match.span(1), fields)]
        doubts += [] if noun.shared else [self._network(match.span(1), fields)]
        small = noun.kind in ("unique", "shared", "only") and "layer" not in fields
        if small and re.fullmatch(r"\d+", value) and int(value) < _FEW:
            doubts.append("a small number for all layers: is it a selection?")
        return self._drafted(fields, doubts)

    def _drafted(self, fields: Mapping[str, Any], doubts: Sequence[str]) -> Drafted:
        doubt = "; ".join(filter(None, doubts))
        return Drafted(fields, self.text[:300], self.passage.page, doubt)

    def _network(self, span: tuple[int, int], fields: dict[str, Any]) -> str:
        """Enter the network of a number; return what is doubtful about it."""
        mentions = self.names.mentions(self.text)
        name, clear = nearest(mentions, *span)
        if name is None and not mentions:
            name, clear = self.names.only(self.passage.heading), True
        if name is None or not clear:
            return "which network?"
        fields["network"] = name
        return ""

    def _layer(self, span: tuple[int, int], fields: dict[str, Any]) -> str:
        """Enter the layer of a number; return what is doubtful about it."""
        mentions = layers(self.text)
        name, clear = nearest(mentions, *span)
        if not mentions:
            name, clear = only_layer(self.passage.heading), True
        if name:
            fields["layer"] = name
        return "" if clear else "which layer?"

    def _respectively(self) -> Iterator[Drafted]:
        """Yield numbers in a row that belong to networks, or layers, in a row."""
        for match in _SEQUENCE.finditer(self.text):
            values = [v.strip() for v in re.split(r",\s|,?\s(?:and|versus|vs\.?)\s", match[1]) if v]
            noun = self._noun_of(match)
            if noun is None or any(s < match.end() and match.start() < e for s, e in self.used):
                continue
            owners = [] if noun.shared else _row(self.names.mentions(self.text), len(values))
            places = _row(layers(self.text), len(values))
            if not owners and not places:
                continue
            self.used.append(match.span())
            for n, value in enumerate(values):
                fields: dict[str, Any] = {"kind": noun.kind, "value": value}
                doubts = []
                if owners:
                    fields["network"] = owners[n]
                    doubts = [] if places else [self._layer(match.span(), fields)]
                elif not noun.shared:
                    doubts = [self._network(match.span(), fields)]
                if places and not owners and places[n]:
                    fields["layer"] = places[n]
                yield self._drafted(fields, doubts)

    def _noun_of(self, match: re.Match[str]) -> Noun | None:
        """Return what the last number of a row counts, as if it stood alone."""
        last = match.span(2)
        row = self.text[: match.start()] + self.text[last[0] :]
        moved = match.start()
        for noun in NOUNS:
            if any(found.start(1) == moved for found in noun.pattern.finditer(row)):
                return noun
        return None

    def _counts(self) -> Iterator[Drafted]:
        """Yield the units of words: “dotted” (30 in layer3), "dotted" labels 30 neurons."""
        for match in _LISTED.finditer(self.text):
            for part in re.split(r"[,;]|\band\b", match[2]):
                if found := _PART.fullmatch(part):
                    yield self._count(match[1], found[1], match, found[2])
        listed = list(_BARE_LISTED.finditer(self.text))
        if len(listed) > 1 or any(m[3] for m in listed):
            for match in listed:
                yield self._count(
                    match[1], match[2], match, None, sure=bool(match[3] or _TOP.search(self.text))
                )
        for pattern in _PLAIN_COUNTS:
            for match in pattern.finditer(self.text):
                word, count = (match[1], match[2]) if match[2].isdigit() else (match[2], match[1])
                if self._free(match.span()):
                    yield self._count(word, count, match, None)

    def _count(
        self, word: str, count: str, match: re.Match[str], where: str | None, *, sure: bool = True
    ) -> Drafted:
        self.used.append(match.span())
        fields: dict[str, Any] = {
            "kind": "count",
            "concept": word.strip(" ,."),
            "value": int(count),
        }
        own = layers(where) if where else []
        if len({name for *_, name in own}) == 1:
            doubts = []
            fields |= {"layer": own[0][2]} if own[0][2] else {}
        else:
            doubts = [self._layer((match.start(), match.end()), fields)]
        doubts.append(self._network((match.start(), match.end()), fields))
        doubts += [] if sure else ["does the number count units?"]
        return self._drafted(fields, doubts)


def _row(mentions: Sequence[Mention], size: int) -> list[str]:
    """Return what is named in a row, each once, if there are as many names as numbers."""
    names = list(dict.fromkeys(name for *_, name in mentions))
    return names if len(names) == size and "" not in names else []
