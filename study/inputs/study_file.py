"""Study files: reads and checks a TOML file into `study.inputs.settings.Study`."""

import difflib
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints

from study.errors import StudyError
from study.files import folders
from study.files.output import read_bytes
from study.inputs.settings import (
    WEIGHTS,
    ConceptSettings,
    DissectionSettings,
    EncoderSettings,
    Key,
    MeasureSettings,
    NetworkSettings,
    ProbeSettings,
    Study,
)

_T = TypeVar("_T")
_LARGEST = 1e30
"""The largest setting: a larger one would overflow float32 in some product."""

_MAX_BYTES = 4 << 20


def read_study(source: str) -> Study:
    """Read a preset by name, or a study from a TOML file.

    Paths inside a file are relative to it; inside a preset, to the folder that holds fixtures.

    Raises
    ------
    StudyError
        If the file cannot be read, or a key is missing, unknown or of the wrong kind.
    """
    preset = folders.preset_named(source)
    if preset is not None:
        path, base = folders.preset(preset), folders.resource_root()
    else:
        path, base = Path(source), Path(source).resolve().parent
        if not path.is_file():
            known = ", ".join(folders.preset_names())
            raise StudyError(
                f"expected a study's TOML file or one of the presets {known}, found {source!r}"
            )
    try:
        document = tomllib.loads(read_bytes(path, most=_MAX_BYTES).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise StudyError(f"{path.name}: expected a TOML file, found {error}") from None
    study = _study(_Table(path.name, base, "", document))
    return replace(study, source=preset or path.name)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of value: in words, which values of its type fit, what a fitting one becomes."""

    text: str
    fits: Callable[[Any, Key], bool] = lambda value, key: True
    become: Callable[[Any, Path], Any] = lambda value, base: value
    type: type = str

    def describe(self, key: Key) -> str:
        return self.text.format(choices=", ".join(key.choices), least=key.least, most=key.most)


def _is_integer(value: Any, key: Key) -> bool:
    return type(value) is int and key.least <= value <= key.most


def _are_integers(value: list[Any], key: Key) -> bool:
    return all(_is_integer(number, key) for number in value)


def _is_number(value: Any, _: Key) -> bool:
    return isinstance(value, int | float) and abs(value) <= _LARGEST


def _is_line(value: str, _: Key) -> bool:
    """Tell whether a text may name a file, which no control character does."""
    return not any(unicodedata.category(letter) == "Cc" for letter in value)


def _are_names(value: list[Any], _: Key) -> bool:
    names = all(isinstance(name, str) and name for name in value)
    return names and len(set(value)) == len(value)


def _is_source(value: str, key: Key) -> bool:
    kind, _, rest = value.partition(":")
    return kind in WEIGHTS and rest != "" and _is_line(value, key)


def _is_tag_or_source(value: str, key: Key) -> bool:
    return _is_source(value, key) or (_is_line(value, key) and not value.partition(":")[2])


def _weights(value: str, base: Path) -> str:
    kind, _, rest = value.partition(":")
    return f"file:{base / rest}" if kind == "file" and rest else value


def _class_names(value: str, base: Path) -> str:
    named = value.startswith(("torchvision:", "artifact:"))
    return value if named else f"file:{base / value}"


def _model(value: str, base: Path) -> str:
    return str(base / value) if (base / value).is_dir() else value


_LINE = "without control characters"
_SOURCES = " or ".join(f"{kind}:…" for kind in WEIGHTS)
_KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        "text": _Kind("text"),
        "choice": _Kind("one of {choices}", lambda value, key: value in key.choices),
        "integer": _Kind("an integer from {least} to {most:,}", _is_integer, type=int),
        "integers": _Kind("a list of integers from {least} to {most:,}", _are_integers, type=list),
        "number": _Kind(f"a number up to {_LARGEST:g}", _is_number, type=object),
        "names": _Kind("a list of names, each name once", _are_names, type=list),
        "table": _Kind("a table of names and values", type=dict),
        "path": _Kind(
            f"a path {_LINE}", _is_line, lambda text, base: base / text if text else None
        ),
        "model": _Kind(f"a name or folder {_LINE}", _is_line, _model),
        "class names": _Kind(f"torchvision:…, artifact:… or path {_LINE}", _is_line, _class_names),
        "weights": _Kind(_SOURCES, _is_source, _weights),
        "encoder weights": _Kind(f"an open_clip tag, {_SOURCES}", _is_tag_or_source, _weights),
    }
)


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of the TOML file."""

    file: str
    base: Path
    name: str
    values: dict[str, Any]

    def fail(self, key: str, expected: str, found: Any) -> StudyError:
        where = f"[{self.name}] {key}" if self.name else key
        shown = "nothing" if found is None else repr(found)
        return StudyError(f"{self.file}: {where}: expected {expected}, found {shown}")

    def settings(self, kind: type[_T], **others: Any) -> _T:
        """Return the settings that the table states; ``others`` are fields read elsewhere."""
        keys = _keys(kind)
        known = sorted({*keys, *others})
        for name in self.values:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {known}"
                raise self.fail(name, "a known key", f"{name} ({hint})")
        stated = {
            name: self.value(name, key)
            for name, (key, default) in keys.items()
            if name in self.values or default is MISSING
        }
        return kind(**stated, **others)

    def value(self, name: str, key: Key) -> Any:
        kind, value = _KINDS[key.kind], self.values.get(name)
        # In Python True is an int as well; no kind is a truth value.
        fits = isinstance(value, kind.type) and not isinstance(value, bool)
        if not fits or not kind.fits(value, key):
            raise self.fail(name, kind.describe(key), value)
        return kind.become(tuple(value) if isinstance(value, list) else value, self.base)

    def table(self, name: str) -> "_Table":
        values = self.values.get(name, {})
        if not isinstance(values, dict):
            raise self.fail(name, f"a table [{name}]", values)
        return _Table(self.file, self.base, f"{self.name}.{name}" if self.name else name, values)


def _keys(kind: type[Any]) -> dict[str, tuple[Key, Any]]:
    """Return the keys that a class of settings is read from, each with its default."""
    hints = get_type_hints(kind, include_extras=True)
    return {
        item.name: (
            hints[item.name].__metadata__[0],
            item.default if item.default_factory is MISSING else item.default_factory(),
        )
        for item in fields(kind)
        if hasattr(hints[item.name], "__metadata__")
    }


def _study(table: _Table) -> Study:
    dissection = _dissection(table.table("dissection"))
    return table.settings(
        Study,
        probe=_probe(table.table("probe")),
        concepts=_concepts(table.table("concepts")),
        encoder=table.table("encoder").settings(EncoderSettings),
        dissection=dissection,
        measures=table.table("measures").settings(MeasureSettings),
        networks=_networks(table, dissection.layers),
    )


def _probe(table: _Table) -> ProbeSettings:
    if "name" in table.values:  # another word for the artifact
        table.values.setdefault("artifact", table.values.pop("name"))
    probe = table.settings(ProbeSettings)
    if probe.kind == "artifact" and not probe.artifact:
        raise table.fail("artifact", "the artifact's name", None)
    if probe.kind != "artifact" and probe.path is None:
        raise table.fail("path", f"the path of the {probe.kind}", None)
    return probe


def _concepts(table: _Table) -> ConceptSettings:
    concepts = table.settings(ConceptSettings)
    if (concepts.file is None) == (concepts.artifact is None):
        raise table.fail("file", "either a file or an artifact", table.values)
    return concepts


def _dissection(table: _Table) -> DissectionSettings:
    dissection = table.settings(DissectionSettings)
    settings = table.table("settings")
    for name in settings.values:
        settings.value(name, Key("number", "a setting of the similarity function"))
    if not dissection.layers:
        raise table.fail("layers", "at least one layer", [])
    return dissection


def _networks(table: _Table, layers: tuple[str, ...]) -> tuple[NetworkSettings, ...]:
    entries = table.values.get("networks")
    tables = isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)
    if not tables or not entries:
        raise table.fail("networks", "a table [[networks]] for each network", entries)
    stated = [
        _Table(table.file, table.base, f"networks.{index}", entry).settings(NetworkSettings)
        for index, entry in enumerate(entries)
    ]
    for attribute in ("name", "slug"):
        values = [getattr(network, attribute) for network in stated]
        if repeated := [value for value in values if values.count(value) > 1]:
            raise table.fail("networks", f"each {attribute} once", repeated[0])
    compared = [network.name for network in stated if network.role == "compared"]
    for index, network in enumerate(stated):
        if (network.role == "twin") != (network.of is not None):
            expected = "the network whose twin it is" if network.of is None else "no network"
            raise table.fail(f"networks.{index}.of", f"{expected}, for its role", network.of)
        if network.of is not None and network.of not in compared:
            names = f"one of the compared networks {', '.join(compared)}"
            raise table.fail(f"networks.{index}.of", names, network.of)
    return tuple(replace(network, layers=network.layers or layers) for network in stated)


@dataclass(frozen=True, slots=True)
class StudyKey:
    """A key of the study file, in words: its table, type, default and meaning."""

    table: str
    key: str
    type: str
    default: str
    meaning: str


def _in_words(default: Any) -> str:
    """Return a default as the file would state it."""
    if default is MISSING or default is None:
        return "none" if default is None else "required"
    return f'"{default}"' if isinstance(default, str) else str(default).replace("()", "[]")


KEYS: tuple[StudyKey, ...] = tuple(
    StudyKey(table, name, _KINDS[key.kind].describe(key), _in_words(default), key.meaning)
    for table, kind in (
        ("", Study),
        ("[probe]", ProbeSettings),
        ("[concepts]", ConceptSettings),
        ("[encoder]", EncoderSettings),
        ("[dissection]", DissectionSettings),
        ("[measures]", MeasureSettings),
        ("[[networks]]", NetworkSettings),
    )
    for name, (key, default) in _keys(kind).items()
)
"""Every key of a study file, as it is read."""
