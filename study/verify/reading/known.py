"""`Known`: what a grader knows of one assignment, read from a TOML file (format: known.toml)."""

import base64
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from study.errors import StudyError
from study.verify.reading.concept_lists import WordList, read_list

_FILE = Path(__file__).with_name("known.toml")
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
class _KnownList:
    """A concept list: its words in a file, or unpublished behind count, digest and marks."""

    name: str
    called: tuple[str, ...] = ()
    file: str = ""
    count: int = 0
    sha256: str = ""
    marks: str = ""

    def read(self, path: Path) -> WordList:
        """Return the list; its file is relative to the one at `path`, which names it."""
        if self.file:
            given = read_list(path.parent / self.file)
            return WordList(self.name, given.count, given.sha256, given.words, called=self.called)
        try:
            bits = base64.b64decode("".join(self.marks.split()), validate=True)
        except ValueError:
            bits = b""
        if not (self.count and self.sha256 and bits):
            expected = "give a file, or count, sha256 and marks in base64"
            raise StudyError(f"{path.name}: [[lists]] {self.name!r}: {expected}")
        return WordList(self.name, self.count, self.sha256, None, bits, self.called)


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
        named = [net for net in self.networks if any(name in plain for name in net.names)]
        if not named and architecture:
            start = architecture.casefold()
            named = [net for net in self.networks if start.startswith(net.architectures)]
        return named[0] if len(named) == 1 else None

    def architecture(self, stated: str) -> str:
        """Return the longest known architecture that a stated name starts with, "" for none."""
        fitting = [name for name in self.architectures if stated.casefold().startswith(name)]
        return max(fitting, key=len, default="")


@cache
def assignment() -> Known:
    """Return what is known of the assignment that this program was written for."""
    return read_known(_FILE)


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
    sections = {
        "networks": KnownNetwork,
        "weights": KnownWeights,
        "probes": KnownProbe,
        "lists": _KnownList,
    }
    facts: dict[str, Any] = {"architectures": _architectures(document, path.name)}
    for section, items in document.items():
        if section not in sections:
            known = ", ".join(("architectures", *sections))
            raise StudyError(f"{path.name}: unknown section {section!r}; known are {known}")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise StudyError(f"{path.name}: write each of the {section} as [[{section}]]")
        facts[section] = tuple(
            _fact(sections[section], item, f"{path.name}: [[{section}]] {number}")
            for number, item in enumerate(items, start=1)
        )
    facts["lists"] = tuple(words.read(path) for words in facts.get("lists", ()))
    return Known(**facts)


def _fact(kind: type[Any], item: Mapping[str, Any], where: str) -> Any:
    """Return one item of a section as an object of its kind."""
    keys = {key.name: key.default is MISSING for key in fields(kind)}
    for key in sorted(set(item) | {key for key, needed in keys.items() if needed}):
        if key not in keys:
            raise StudyError(f"{where}: unknown key {key!r}; known are {', '.join(keys)}")
        if key not in item:
            raise StudyError(f"{where}: the key {key!r} is missing")
    values = {}
    for key, value in item.items():
        expected, read = _VALUES.get(key, _TEXT)
        values[key] = read(value)
        if not values[key]:
            raise StudyError(f"{where}: {key}: expected {expected}, found {value!r}")
    return kind(**values)


def _texts(value: Any) -> tuple[str, ...]:
    whole = isinstance(value, list) and all(
        isinstance(text, str) and text.strip() for text in value
    )
    return tuple(text.casefold() for text in value) if whole else ()


def _words(value: Any) -> frozenset[str]:
    return frozenset(value.casefold().split() if isinstance(value, str) else _texts(value))


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _numbers(value: Any) -> tuple[float, ...]:
    whole = isinstance(value, list) and all(type(number) in (int, float) for number in value)
    return tuple(map(float, value)) if whole else ()


_TEXT = ("a text", lambda value: value.strip() if isinstance(value, str) else "")
_VALUES: Mapping[str, tuple[str, Any]] = {
    **dict.fromkeys(
        ("names", "mentions", "architectures", "settings", "phrases", "called"),
        ("a list of texts", _texts),
    ),
    **dict.fromkeys(("images", "with_masks", "count"), ("a whole number above 0", _count)),
    **dict.fromkeys(("mean", "std"), ("a list of numbers", _numbers)),
    "words": ("words in one text or in a list", _words),
}
"""What a key's value must be, and what reads it: it returns something empty for a wrong one."""


def _architectures(document: dict[str, Any], name: str) -> Mapping[str, Mapping[str, int]]:
    """Take the table of architectures out of a document."""
    section = document.pop("architectures", {})
    architectures = {}
    for key, layers in section.items() if isinstance(section, dict) else [("", section)]:
        if not isinstance(layers, dict) or not all(map(_count, layers.values())):
            text = f"expected the number of units of each layer, found {layers!r}"
            raise StudyError(f"{name}: [architectures] {key}: {text}")
        architectures[key.casefold()] = MappingProxyType(layers)
    return MappingProxyType(architectures)
