"""Study files: reads and checks a TOML file into `study.inputs.settings.Study`."""

import difflib
import re
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from study.errors import StudyError
from study.files import folders
from study.files.documents import loads_toml
from study.files.output import read_bytes
from study.files.resolving import resolved
from study.files.spelling import spelt
from study.inputs.settings import (
    AboutSettings,
    ComparisonSettings,
    ConceptSettings,
    DissectionSettings,
    EncoderSettings,
    Key,
    MeasureSettings,
    NetworkSettings,
    ProbeSettings,
    Study,
)
from study.inputs.value_kinds import KINDS

_T = TypeVar("_T")
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
        path, base = Path(source), resolved(Path(source)).parent
        if not path.is_file():
            known = ", ".join(folders.preset_names())
            raise StudyError(
                f"expected a study's TOML file or one of the presets {known}, found {source!r}"
            )
    try:
        document = loads_toml(read_bytes(path, most=_MAX_BYTES))
    except ValueError as error:
        raise StudyError(f"{path.name}: expected a TOML file, found {error}{_hint(path)}") from None
    study = _study(_Table(path.name, base, "", document))
    return replace(study, source=preset or path.name)


def section(kind: type[_T], values: dict[str, Any], *, caller: str, name: str) -> _T:
    """Return settings that a caller states from Python, checked as those of a file.

    Parameters
    ----------
    kind
        The class of the settings.
    values
        By name; lists, not tuples, as TOML has them.
    caller, name
        What messages call the caller and the section.

    Raises
    ------
    StudyError
        Naming the first setting that is unknown or has an impossible value.
    """
    return _Table(caller, Path(), name, values).settings(kind)


def stated_about(values: dict[str, Any], *, caller: str) -> AboutSettings:
    """Return what a caller states of its report, checked like ``[report]`` of a study's file."""
    return _report(_Table(caller, Path(), "report", values))


def _hint(path: Path) -> str:
    """Return what to do about a Windows path in double quotes, if the file has one."""
    text = read_bytes(path, most=_MAX_BYTES).decode(errors="replace")
    if re.search(r'"[A-Za-z]?:?\\[^"\n]*"', text):
        return "; a backslash begins an escape in double quotes: write paths in single quotes"
    return ""


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
        keys = keys_of(kind)
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
        kind, value = KINDS[key.kind], self.values.get(name)
        # In Python True is an int as well.
        fits = isinstance(value, kind.type) and isinstance(value, bool) == (kind.type is bool)
        if not fits or not kind.fits(value, key):
            raise self.fail(name, kind.describe(key), value)
        return kind.become(tuple(value) if isinstance(value, list) else value, self.base)

    def table(self, name: str) -> "_Table":
        values = self.values.get(name, {})
        if not isinstance(values, dict):
            raise self.fail(name, f"a table [{name}]", values)
        return _Table(self.file, self.base, f"{self.name}.{name}" if self.name else name, values)


def keys_of(kind: type[Any]) -> dict[str, tuple[Key, Any]]:
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
    encoder, probe = _encoder(table.table("encoder")), _probe(table.table("probe"))
    if encoder.kind == "truth" and probe.truth is None:
        raise table.fail("encoder.kind", "a truth table in [probe] truth", None)
    return table.settings(
        Study,
        probe=probe,
        concepts=_concepts(table.table("concepts"), encoder.kind),
        encoder=encoder,
        dissection=dissection,
        measures=table.table("measures").settings(MeasureSettings),
        networks=_networks(table, dissection.layers),
        comparison=table.table("comparison").settings(ComparisonSettings),
        report=_report(table.table("report")),
    )


def _report(table: _Table) -> AboutSettings:
    about = table.settings(AboutSettings)
    texts = [about.title, *about.authors, about.team, about.course, about.date, about.repository]
    for text in filter(None, texts):
        spelt(text, f"{table.file}: [report]")
    for network, kinds in about.expected.items():
        lists = isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds)
        if not lists or not kinds:
            raise table.fail(f"expected.{network}", "a list of kinds of concepts", kinds)
    return about


def _probe(table: _Table) -> ProbeSettings:
    if "name" in table.values:  # another word for the artifact
        table.values.setdefault("artifact", table.values.pop("name"))
    probe = table.settings(ProbeSettings)
    if probe.kind == "artifact" and not probe.artifact:
        raise table.fail("artifact", "the artifact's name", None)
    if probe.kind != "artifact" and probe.path is None:
        raise table.fail("path", f"the path of the {probe.kind}", None)
    return probe


def _encoder(table: _Table) -> EncoderSettings:
    encoder = table.settings(EncoderSettings)
    if encoder.kind == "clip" and not encoder.weights:
        raise table.fail("weights", "its weights, such as file:PATH", None)
    if encoder.kind == "truth" and (encoder.weights or encoder.model or encoder.preprocessing):
        surplus = next(
            name for name in ("weights", "model", "preprocessing") if name in table.values
        )
        raise table.fail(surplus, 'nothing beside kind = "truth"', table.values[surplus])
    return encoder


def _concepts(table: _Table, encoder: str) -> ConceptSettings:
    concepts = table.settings(ConceptSettings)
    if encoder == "truth" and concepts.file is None and concepts.artifact is None:
        return concepts  # those that the truth table decides
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
        if fault := source_fault(network):
            raise table.fail(f"networks.{index}.{fault[0]}", *fault[1:])
        if (network.role == "twin") != (network.of is not None):
            expected = "the network whose twin it is" if network.of is None else "no network"
            raise table.fail(f"networks.{index}.of", f"{expected}, for its role", network.of)
        if network.of is not None and network.of not in compared:
            names = f"one of the compared networks {', '.join(compared)}"
            raise table.fail(f"networks.{index}.of", names, network.of)
    return tuple(replace(network, layers=network.layers or layers) for network in stated)


def source_fault(network: NetworkSettings) -> tuple[str, str, Any] | None:
    """Return what keeps a network from being computed, in exactly one way.

    Returns
    -------
    tuple of (key, expected, found) or None
        The setting at fault; None where nothing is.
    """
    if network.activations is not None:
        given = ("architecture", "weights", "prefix", "classes", "class_names", "preprocessing")
        surplus = [name for name in given if getattr(network, name)]
        if surplus:
            found = getattr(network, surplus[0])
            return surplus[0], "nothing beside recorded activations", found
        return None
    if not network.architecture:
        return "architecture", "an architecture, or activations = FILE", None
    kind = network.architecture.replace("timm/", "timm:", 1).partition(":")[0]
    if kind not in ("timm", "hf", "code") and not network.classes:
        return "classes", "the number of its classes", None
    if kind not in ("hf", "code") and not network.weights:
        return "weights", "its weights, such as file:PATH", None
    return None
