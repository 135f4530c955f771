"""`Known`: what a grader knows of one assignment, read from a TOML file (format: known.toml)."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

from study.comparison.word_lists import ListFile, WordList, known_lists
from study.errors import StudyError
from study.files.documents import loads_toml
from study.files.output import read_bytes

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
    images: int = 0  # unknown
    with_masks: int = 0


@dataclass(frozen=True, slots=True)
class Expected:
    """What an assignment asks for; what is empty is not checked.

    ``networks`` are subjects of the known ones, ``layers`` the units of each layer asked for,
    ``concepts`` what the list is called, ``probe`` the name of a known one, and
    ``mean_similarity`` the lowest and the highest mean that the right list gives.
    """

    networks: tuple[str, ...] = ()
    architecture: str = ""
    layers: Mapping[str, int] = field(default_factory=dict)
    concepts: str = ""
    probe: str = ""
    mean_similarity: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """Facts about one assignment; what is empty is not checked."""

    networks: tuple[KnownNetwork, ...] = ()
    architectures: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    weights: tuple[KnownWeights, ...] = ()
    probes: tuple[KnownProbe, ...] = ()
    lists: tuple[WordList, ...] = ()
    expected: Expected = Expected()

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

    @property
    def asks_only(self) -> bool:
        """Whether nothing is known but what is asked for."""
        return self.expected != Expected() and self == Known(expected=self.expected)

    def architecture(self, stated: str) -> str:
        """Return the longest known architecture that a stated name starts with, "" for none."""
        fitting = [name for name in self.architectures if stated.casefold().startswith(name)]
        return max(fitting, key=len, default="")


@cache
def assignment() -> Known:
    """Return what is known of the assignment that this program was written for."""
    known = read_known(_FILE)
    return replace(known, lists=(*known_lists(), *known.lists))


def unasked() -> Known:
    """Return the same without what it asks for: a folder may answer another question."""
    return replace(assignment(), expected=Expected())


def read_expected(name: Path) -> Known:
    """Read the facts of an assignment and what it asks for; ``assignment`` is the bundled one.

    A file that only says what is asked for takes all else from the bundled one.
    """
    if str(name) == "assignment" and not name.exists():
        return assignment()
    known = read_known(name)
    if known.asks_only:
        known = replace(assignment(), expected=known.expected)
    for key, asked, there in (
        ("networks", known.expected.networks, [network.subject for network in known.networks]),
        ("probe", [known.expected.probe], [probe.name for probe in known.probes]),
        ("concepts", [known.expected.concepts], [w for x in known.lists for w in x.called]),
    ):
        for value in asked:
            if value and value.casefold() not in map(str.casefold, there):
                text = f"expected one of {', '.join(there) or 'none'}, found {value!r}"
                raise StudyError(f"{name.name}: expected: {key}: {text}")
    if len(known.expected.mean_similarity) not in (0, 2):
        raise StudyError(f"{name.name}: expected: mean_similarity: expected two numbers")
    return known


def read_known(path: Path) -> Known:
    """Read the facts of an assignment.

    Raises
    ------
    StudyError
        If the file cannot be read, or a key is missing, unknown or of the wrong kind.
    """
    data = read_bytes(path, most=_MAX_BYTES)
    try:
        document = loads_toml(data)
    except ValueError as error:
        raise StudyError(f"{path.name}: not a TOML file: {str(error)[:200]}") from None
    where = f"{path.name}: "
    lists = document.pop("lists", None)
    known: Known = _fact(Known, document, where)
    if lists is None:
        return known
    listed = _value(tuple[ListFile, ...], lists, f"{where}lists")
    return replace(known, lists=tuple(words.read(path) for words in listed))


def _fact(kind: type[Any], table: Mapping[str, Any], where: str) -> Any:
    """Return a TOML table as an object of a dataclass, whose fields say what its keys hold."""
    keys = {key.name: key for key in fields(kind)}
    if unknown := sorted(set(table) - set(keys)):
        raise StudyError(f"{where}unknown key {unknown[0]!r}; known are {', '.join(keys)}")
    for name, key in keys.items():
        if name not in table and key.default is key.default_factory is MISSING:
            raise StudyError(f"{where}the key {name!r} is missing")
    return kind(**{name: _value(keys[name].type, table[name], where + name) for name in table})


def _value(kind: Any, value: Any, where: str) -> Any:
    """Return a TOML value as a field of a type holds it; lists of texts in lower case."""
    inner = get_args(kind)
    if kind is str and isinstance(value, str) and value.strip():
        return value.strip()
    if kind is int and type(value) is int and value > 0:
        return value
    if kind is float and type(value) in (int, float):
        return float(value)
    if isinstance(kind, type) and is_dataclass(kind) and isinstance(value, dict):
        return _fact(kind, value, f"{where}: ")
    if get_origin(kind) is Mapping and isinstance(value, dict):
        return {key.casefold(): _value(inner[1], value[key], f"{where}: {key}") for key in value}
    if kind == frozenset[str] and isinstance(value, str):
        return frozenset(value.casefold().split())
    if get_origin(kind) in (tuple, frozenset) and isinstance(value, list) and value:
        items = (_value(inner[0], item, f"{where} {n}") for n, item in enumerate(value, start=1))
        fold = inner[0] is str
        return get_origin(kind)(item.casefold() if fold else item for item in items)
    expected = _EXPECTED.get(kind, "tables, each under its name in [[ ]]")
    raise StudyError(f"{where}: expected {expected}, found {value!r}")


_EXPECTED: Mapping[Any, str] = {
    str: "a text",
    int: "a whole number above 0",
    float: "a number",
    tuple[str, ...]: "a list of texts",
    tuple[float, ...]: "a list of numbers",
    frozenset[str]: "words in one text or in a list",
    Mapping[str, int]: "the number of units of each layer",
    Mapping[str, Mapping[str, int]]: "a table of layers for each architecture",
}
