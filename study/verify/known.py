"""`Known`: what a grader knows of one assignment, read from a TOML file (the form: known.toml)."""

import base64
import binascii
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from study.errors import StudyError
from study.verify.concept_lists import WordList, read_list

DEFAULT = Path(__file__).with_name("known.toml")
_MAX_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class KnownNetwork:
    """One of the compared networks: how names and texts refer to it, what its labels are about."""

    subject: str
    names: tuple[str, ...]
    mentions: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    kind: str = ""
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class KnownWeights:
    """How images are normalised for weights whose name contains one of `names`."""

    names: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class KnownProbe:
    """A set of probe images; `with_masks` is its size when annotation masks are read as images."""

    name: str
    settings: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    images: int | None = None
    with_masks: int | None = None

    def named_in(self, sentence: str) -> bool:
        """Whether a sentence in lower case contains one of the probe's phrases."""
        patterns = (re.escape(phrase).replace(r"\ ", "[- ]") for phrase in self.phrases)
        return any(re.search(rf"\b{pattern}\b", sentence) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class Known:
    """Facts about one assignment; what is empty is not checked."""

    networks: tuple[KnownNetwork, ...] = ()
    architectures: Mapping[str, Mapping[str, int]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    weights: tuple[KnownWeights, ...] = ()
    probes: tuple[KnownProbe, ...] = ()
    lists: tuple[WordList, ...] = ()

    def subject(self, texts: Sequence[str], architecture: str = "") -> KnownNetwork | None:
        """Return the one network that names refer to; `None` for none or several.

        ``architecture`` decides where the names refer to none and nothing else is stated.
        """
        plain = " ".join(texts).casefold()
        named = [one for one in self.networks if any(name in plain for name in one.names)]
        if not named and architecture:
            start = architecture.casefold()
            named = [one for one in self.networks if start.startswith(one.architectures)]
        return named[0] if len(named) == 1 else None

    def architecture(self, stated: str) -> str:
        """Return the longest known architecture that a stated name starts with, "" for none."""
        fitting = [name for name in self.architectures if stated.casefold().startswith(name)]
        return max(fitting, key=len, default="")


@cache
def assignment() -> Known:
    """Return what is known of the assignment that this program was written for."""
    return read_known(DEFAULT)


def read_known(path: Path) -> Known:
    """Read the facts of an assignment.

    Raises
    ------
    StudyError
        If the file cannot be read, or a key is missing, unknown or of the wrong kind.
    """
    try:
        with path.open("rb") as file:
            document = tomllib.loads(file.read(_MAX_BYTES).decode("utf-8-sig"))
    except OSError as error:
        raise StudyError(f"cannot read {path.name}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise StudyError(f"{path.name}: not a TOML file: {str(error)[:200]}") from None
    unknown = sorted(set(document) - {*_SECTIONS, "architectures"})
    if unknown:
        sections = ", ".join((*_SECTIONS, "architectures"))
        raise StudyError(f"{path.name}: unknown section {unknown[0]!r}; known are {sections}")
    items = {name: _items(document, name, path) for name in _SECTIONS}
    return Known(
        networks=tuple(KnownNetwork(**item) for item in items["networks"]),
        architectures=_architectures(document.get("architectures", {}), path.name),
        weights=tuple(KnownWeights(**item) for item in items["weights"]),
        probes=tuple(KnownProbe(**item) for item in items["probes"]),
        lists=tuple(_word_list(item, path) for item in items["lists"]),
    )


def _text(value: Any) -> str | None:
    return value.casefold() if isinstance(value, str) and value.strip() else None


def _texts(value: Any) -> tuple[str, ...] | None:
    texts = [_text(one) for one in value] if isinstance(value, list) else [None]
    return tuple(text for text in texts if text) if all(texts) and texts else None


def _words(value: Any) -> frozenset[str] | None:
    words = value.casefold().split() if isinstance(value, str) else _texts(value)
    return frozenset(words) if words else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _numbers(value: Any) -> tuple[float, ...] | None:
    right = isinstance(value, list) and value and all(type(one) in (int, float) for one in value)
    return tuple(map(float, value)) if right else None


def _as_it_is(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


_KINDS: Mapping[Any, str] = {
    _text: "a text",
    _as_it_is: "a text",
    _texts: "a list of texts",
    _words: "words, as one text or as a list",
    _count: "a whole number above 0",
    _numbers: "a list of numbers",
}
_SECTIONS: Mapping[str, Mapping[str, Any]] = {
    "networks": {
        "subject": _as_it_is,
        "names": _texts,
        "mentions": _texts,
        "architectures": _texts,
        "kind": _as_it_is,
        "words": _words,
    },
    "weights": {"names": _texts, "mean": _numbers, "std": _numbers},
    "probes": {
        "name": _text,
        "settings": _texts,
        "phrases": _texts,
        "images": _count,
        "with_masks": _count,
    },
    "lists": {
        "name": _as_it_is,
        "called": _texts,
        "file": _as_it_is,
        "count": _count,
        "sha256": _as_it_is,
        "marks": _as_it_is,
    },
}
"""Keys of each section, and what reads their values: it returns `None` for a wrong one."""
_REQUIRED = frozenset({"subject", "names", "mean", "std", "name"})


def _items(document: Mapping[str, Any], section: str, path: Path) -> list[dict[str, Any]]:
    readers, items = _SECTIONS[section], document.get(section, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise StudyError(f"{path.name}: write each of {section} as [[{section}]]")
    read = []
    for number, item in enumerate(items, start=1):
        where = f"{path.name}: [[{section}]] {number}"
        for key in sorted(set(item) | (_REQUIRED & set(readers))):
            if key not in readers:
                raise StudyError(f"{where}: unknown key {key!r}; known are {', '.join(readers)}")
            if key not in item:
                raise StudyError(f"{where}: the key {key!r} is missing")
        values = {key: readers[key](value) for key, value in item.items()}
        for key, value in values.items():
            if value is None:
                expected = _KINDS[readers[key]]
                raise StudyError(f"{where}: {key}: expected {expected}, found {item[key]!r}")
        read.append(values)
    return read


def _architectures(section: Any, name: str) -> Mapping[str, Mapping[str, int]]:
    architectures = {}
    for architecture, layers in section.items() if isinstance(section, dict) else [("", None)]:
        if not isinstance(layers, dict) or not all(map(_count, layers.values())):
            text = "expected the number of units of each layer"
            raise StudyError(f"{name}: [architectures] {architecture}: {text}, found {layers!r}")
        architectures[architecture.casefold()] = MappingProxyType(layers)
    return MappingProxyType(architectures)


def _word_list(item: Mapping[str, Any], path: Path) -> WordList:
    """Return a list, its words from a file beside `path` or unpublished behind their marks."""
    name, called = item["name"], item.get("called", ())
    if "file" in item:
        words = read_list(path.parent / item["file"])
        return WordList(name, words.count, words.sha256, words.words, called=called)
    try:
        marks = base64.b64decode("".join(item["marks"].split()), validate=True)
        return WordList(name, item["count"], item["sha256"], None, marks, called)
    except (KeyError, binascii.Error):
        text = "expected a file, or count, sha256 and marks in base64"
        raise StudyError(f"{path.name}: list {name!r}: {text}") from None
