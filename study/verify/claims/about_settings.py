"""Answer claims about how a study was made: its probe, word list, layers, architecture, encoder.

Each is compared with the records beside the tables (`manifest.json`, else `args.txt`); the layers
with the table itself, and the word list with the words that occur, where no record states it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from study.comparison.word_lists import WordList, known_lists, source_of
from study.verify.claims.questions import (
    DIFFERS,
    HOLDS,
    Answer,
    Claim,
    Question,
    Unknown,
    plain_layer,
)
from study.verify.reading.descriptions import Table, letters

_SYNONYMS: Mapping[str, str] = {"average": "avg", "mean": "avg", "averagepooling": "avg"}


def _contains(claimed: str, found: str) -> bool:
    """Return whether one name is in the other, but for case and signs, and not inside a number."""
    a, b = sorted((letters(claimed), letters(found)), key=len)
    return bool(a) and re.search(rf"{re.escape(a)}(?!\d)", b) is not None


def _equals(claimed: str, found: str) -> bool:
    a, b = (letters(text) for text in (claimed, found))
    return _SYNONYMS.get(a, a) == _SYNONYMS.get(b, b)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: what a claim about it says, where it is stated, when two values are the same."""

    description: str
    keys: tuple[str | tuple[str, ...], ...] = ()
    """Keys of ``args.txt``, as text, and of the manifest, from the outside in."""
    same: Callable[[str, str], bool] = _contains

    def stated(self, table: Table) -> list[str]:
        """Return the values that the records beside a table state; empty for none."""
        values: list[Any] = [
            table.args.get(key) if isinstance(key, str) else table.stated(*key) for key in self.keys
        ]
        return [str(v) for v in values if isinstance(v, str | int) and str(v).strip()]


def setting(question: Question) -> Answer:
    """Compare a stated setting with what the records and tables of its network show.

    A claim that names no network is about all of them.
    """
    if question.claim.network is not None:
        return _setting(question.claim, question.table)
    answers = [_setting(question.claim, table) for table in question.tables.values()]
    status = DIFFERS if any(each.status == DIFFERS for each in answers) else HOLDS
    return Answer(status, "; ".join(each.detail for each in answers), answers[0].value)


def _setting(claim: Claim, table: Table) -> Answer:
    claimed, known, words = str(claim.value), SETTINGS[claim.kind], claim.kind.replace("_", " ")
    found = list(table.parts) if claim.kind == "layers" else known.stated(table)
    if claim.kind == "layers":
        names = {plain_layer(name) for name in re.split(r"[,;]", claimed) if name.strip()}
        right = names == set(map(plain_layer, found))
    elif claim.kind == "word_list" and (seen := source_of(table.labels(), known_lists())):
        found.append(f"labels that fit {seen.name}")
        called = [each for each in known_lists() if _called(claimed, each)]
        right = any(each.count == seen.count for each in called)
    else:
        right = any(known.same(claimed, value) for value in found)
    if not found:
        raise Unknown(f"no record beside the table of {table.name} states its {words}")
    detail = f"{words} of {table.name}: claimed {claimed}, found {', '.join(found)}"
    return Answer(HOLDS if right else DIFFERS, detail, found)


def _called(claimed: str, known: WordList) -> bool:
    """Return whether a text names a known list: by file, by number of words, by its own name."""
    text = claimed.replace(",", "").casefold()
    return any(name in text or name in letters(claimed) for name in known.called)


SETTINGS: Mapping[str, Setting] = {
    "probe": Setting("`value` is the probe of `network`", (("probe", "name"), "d_probe")),
    "word_list": Setting(
        "`value`, a name or number of words, is the list that `network` was labelled from",
        (("concepts", "name"), ("concepts", "count"), "concept_set"),
    ),
    "layers": Setting("`value`, separated by commas, are the layers of `network`"),
    "architecture": Setting(
        "`value` is the architecture of `network`", (("network", "architecture"), "target_model")
    ),
    "encoder": Setting(
        "`value` is the encoder that labelled `network`", (("encoder", "model"), "clip_model")
    ),
    "similarity_function": Setting(
        "`value` is the similarity function of `network`",
        (("dissection", "similarity"), "similarity_fn"),
        _equals,
    ),
    "pooling": Setting(
        "`value` is how the activations of `network` were pooled",
        (("dissection", "pool"), "pool_mode"),
        _equals,
    ),
}
"""Settings that a report can claim."""
