"""Find sentences that compare: more concepts than, highest in a layer, falls with depth."""

import re
from collections.abc import Iterator
from typing import Any

from study.verify.draft.context import Names, layers
from study.verify.draft.passages import Passage
from study.verify.draft.sentences import ENDS, Drafted

_MORE = re.compile(
    r"\b(more|fewer|less)\s(?:unique|distinct|different)\s(?:concepts|labels)\s(?:\w+\s){0,3}?than\b",
    re.I,
)
_EXTREME = re.compile(
    r"\b(highest|largest|greatest|lowest|smallest)\b(?=.{0,60}\b(?:jaccard|overlap)\b)|"
    r"\b(?:jaccard|overlap)\b.{0,60}?\b(highest|largest|greatest|lowest|smallest)\b",
    re.I,
)
_TREND = re.compile(
    r"\b(?:jaccard|overlap)\b[^.]{0,60}?\b(decreas|declin|drop|fall|increas|rise|ris|grow)(?:e?s|ing|e|es|ed)?\b"
    r"(?=[^.]{0,60}\b(?:depth|deep|layer))",
    re.I,
)
_FALLS = ("decreas", "declin", "drop", "fall")
_LIST = re.compile(
    r"\b(?:set|list|vocabulary|dictionary)\s(?:of\s)?(?:the\s)?(?:\w+\s){0,2}?"
    r"(\d{1,3},?\d{3}|\d{2}k)\s(?:most\s)?(?:\w+\s){0,2}?(?:concepts|words)\b",
    re.I,
)
_PROBE = re.compile(
    r"\b(Broden)\b(?=.{0,60}\b(?:probe|probing|dataset|images)\b)|\bprob(?:e|ing)\b.{0,40}?\b(Broden)\b",
    re.I,
)
_EMPHASIS = re.compile(r"\b(?:emphasi[sz]|focus|dominat|favou?r)\w*", re.I)
_WORD = re.compile(r"[“\"‘]([^“”\"‘’\n]{2,40})[”\"’]")


def statements(passage: Passage, names: Names) -> Iterator[Drafted]:
    """Yield the claims of a passage that state no number.

    An emphasis on words in quotes is drafted as uncertain: what is meant is the grader's to say.
    """
    for sentence in ENDS.split(passage.text):
        for fields, doubt in _in_sentence(sentence, names):
            yield Drafted(fields, sentence.strip()[:300], passage.page, doubt)


def _in_sentence(text: str, names: Names) -> Iterator[tuple[dict[str, Any], str]]:
    mentions, places = names.mentions(text), layers(text)
    own = {name for *_, name in places}
    layer = own.pop() if len(own) == 1 else ""
    several = "which layer?" if len(own) > 1 else ""
    where = {"layer": layer} if layer else {}
    if match := _MORE.search(text):
        kind = "more" if match[1].casefold() == "more" else "fewer"
        before = [name for _, end, name in mentions if end <= match.start()]
        after = [name for start, _, name in mentions if start >= match.end()]
        if before and after and before[-1] != after[0]:
            pair = {"network": before[-1], "than": after[0], "quantity": "unique"}
            yield {"kind": kind, **pair, **where}, several
    if match := _EXTREME.search(text):
        word = (match[1] or match[2]).casefold()
        kind = "lowest" if word in ("lowest", "smallest") else "highest"
        if layer and len(re.findall(r"highest|largest|lowest|smallest|greatest", text, re.I)) == 1:
            yield {"kind": kind, "quantity": "jaccard", "value": layer}, ""
    if match := _TREND.search(text):
        value = "falls" if match[1].casefold() in _FALLS else "rises"
        yield {"kind": "trend", "quantity": "jaccard", "value": value}, ""
    if match := _LIST.search(text):
        yield {"kind": "word_list", "value": f"{match[1]} words"}, ""
    if match := _PROBE.search(text):
        yield {"kind": "probe", "value": match[1] or match[2]}, ""
    words = _WORD.findall(text)
    if _EMPHASIS.search(text) and words and not re.search(r"\(\s*\d", text):
        network = {name for *_, name in mentions}
        fields: dict[str, Any] = {"kind": "emphasis", "concepts": words, **where}
        fields |= {"network": network.pop()} if len(network) == 1 else {}
        yield fields, "an emphasis: on more units than in the other network?"
