"""Study files: reads and checks a TOML file into `study.inputs.settings.Study`."""

import difflib
import tomllib
import unicodedata
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.files import folders
from study.inputs.settings import (
    DEVICES,
    POOLS,
    PRECISIONS,
    PROBES,
    ROLES,
    SIMILARITIES,
    TIES,
    WEIGHTS,
    ConceptSettings,
    DissectionSettings,
    EncoderSettings,
    MeasureSettings,
    NetworkSettings,
    ProbeSettings,
    Study,
    slugify,
)

_LARGEST = 1e30
"""The largest setting: a larger one would overflow float32 in some product."""


def read_study(source: str) -> Study:
    """Read a preset by name, or a study from a TOML file.

    Parameters
    ----------
    source
        A preset's name, or the path of a TOML file. Paths inside a file are relative to it;
        inside a preset, to the folder that holds the program's fixtures.

    Raises
    ------
    StudyError
        If the file cannot be read, or a key is missing, unknown or of the wrong kind.
    """
    preset = folders.preset_named(source)
    if preset is not None:
        path, base, name = folders.preset(preset), folders.resource_root(), preset
    else:
        path = Path(source)
        if not path.is_file():
            known = ", ".join(folders.preset_names())
            raise StudyError(
                f"expected a study's TOML file or one of the presets {known}, found {source!r}"
            )
        base, name = path.resolve().parent, path.name
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StudyError(f"{path.name}: expected a TOML file, found {error}") from None
    except RecursionError:
        raise StudyError(f"{path.name}: expected a TOML file, found too deep nesting") from None
    return _study(_Table(path.name, "", document), base, name)


class _Table:
    """One table of the TOML file, with its name and the keys that have been read."""

    def __init__(self, file: str, name: str, values: Mapping[str, Any]) -> None:
        self.file, self.name, self.values = file, name, values
        self.read: set[str] = set()

    def fail(self, key: str, expected: str, found: Any) -> StudyError:
        where = f"[{self.name}] {key}" if self.name else key
        return StudyError(f"{self.file}: {where}: expected {expected}, found {found!r}")

    def take(self, key: str, kind: type, default: Any = ...) -> Any:
        self.read.add(key)
        if key not in self.values:
            if default is ...:
                raise self.fail(key, f"a {kind.__name__}", None)
            return default
        value = self.values[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.fail(key, f"a {kind.__name__}", value)
        return value

    def choice(self, key: str, known: Collection[str], default: Any = ...) -> str:
        value: str = self.take(key, str, default)
        if value not in known:
            raise self.fail(key, f"one of {', '.join(known)}", value)
        return value

    def strings(self, key: str, default: Any = ...) -> tuple[str, ...]:
        values = self.take(key, list, default)
        if not all(isinstance(value, str) and value for value in values):
            raise self.fail(key, "a list of names", values)
        if len(set(values)) != len(values):
            raise self.fail(key, "each name once", values)
        return tuple(values)

    def count(self, key: str, default: Any = ..., *, least: int = 0, most: int = 1_000_000) -> int:
        value: int = self.take(key, int, default)
        if not least <= value <= most:
            raise self.fail(key, f"a number from {least} to {most:,}", value)
        return value

    def text(self, key: str, default: Any = ...) -> Any:
        """Take a text that may name a file, which no control character does."""
        value = self.take(key, str, default)
        if value is not None and any(unicodedata.category(letter) == "Cc" for letter in value):
            raise self.fail(key, "a text without control characters", value)
        return value

    def path(self, key: str, base: Path) -> Path | None:
        value = self.text(key, "")
        return (base / value) if value else None

    def table(self, key: str, *, required: bool = True) -> "_Table":
        values = self.take(key, dict, ... if required else {})
        return _Table(self.file, f"{self.name}.{key}" if self.name else key, values)

    def done(self) -> None:
        for key in self.values:
            if key not in self.read:
                near = difflib.get_close_matches(key, sorted(self.read), n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {sorted(self.read)}"
                raise self.fail(key, "a known key", f"{key} ({hint})")


def _study(table: _Table, base: Path, name: str) -> Study:
    title = table.take("title", str)
    demonstration = table.take("demonstration", str, None)
    probe = _probe(table.table("probe"), base)
    concepts = _concepts(table.table("concepts"), base)
    encoder = _encoder(table.table("encoder"), base)
    dissection = _dissection(table.table("dissection"))
    measures = _measures(table.table("measures", required=False))
    entries = table.take("networks", list)
    if not all(isinstance(entry, dict) for entry in entries):
        raise table.fail("networks", "a table [[networks]] for each network", entries)
    networks = tuple(
        _network(_Table(table.file, f"networks.{index}", entry), base, dissection.layers)
        for index, entry in enumerate(entries)
    )
    table.done()
    for attribute in ("name", "slug"):
        seen = [getattr(network, attribute) for network in networks]
        for value in seen:
            if seen.count(value) > 1:
                raise table.fail("networks", f"each {attribute} once", value)
    if not networks:
        raise table.fail("networks", "at least one network", entries)
    return Study(
        title=title,
        source=name,
        demonstration=demonstration,
        probe=probe,
        concepts=concepts,
        encoder=encoder,
        dissection=dissection,
        measures=measures,
        networks=networks,
    )


def _probe(table: _Table, base: Path) -> ProbeSettings:
    kind = table.choice("kind", PROBES)
    probe = ProbeSettings(
        kind=kind,
        path=table.path("path", base),
        artifact=table.take("artifact", str, None) or table.take("name", str, None),
        include=table.strings("include", []),
        truth=table.path("truth", base),
        categories=table.path("categories", base),
    )
    table.done()
    if kind == "artifact" and probe.artifact is None:
        raise table.fail("artifact", "the artifact's name", None)
    if kind != "artifact" and probe.path is None:
        raise table.fail("path", f"the path of the {kind}", None)
    return probe


def _concepts(table: _Table, base: Path) -> ConceptSettings:
    concepts = ConceptSettings(
        file=table.path("file", base), artifact=table.take("artifact", str, None)
    )
    table.done()
    if (concepts.file is None) == (concepts.artifact is None):
        raise table.fail("file", "either a file or an artifact", table.values)
    return concepts


def _encoder(table: _Table, base: Path) -> EncoderSettings:
    model = table.text("model", None)
    if model is not None and (base / model).is_dir():
        model = str(base / model)
    encoder = EncoderSettings(model=model, weights=_weights(table, base))
    table.done()
    return encoder


def _dissection(table: _Table) -> DissectionSettings:
    settings = table.table("settings", required=False)
    for key, value in settings.values.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise settings.fail(key, "a number", value)
        if not abs(value) <= _LARGEST:
            raise settings.fail(key, f"a number up to {_LARGEST:g}", value)
    dissection = DissectionSettings(
        layers=table.strings("layers"),
        pool=table.choice("pool", POOLS, "avg"),
        similarity=table.choice("similarity", SIMILARITIES, "soft_wpmi"),
        precision=table.choice("precision", PRECISIONS, "float32"),
        device=table.choice("device", DEVICES, "auto"),
        ties=table.choice("ties", TIES, "index"),
        settings=dict(settings.values),
    )
    if not dissection.layers:
        raise table.fail("layers", "at least one layer", [])
    table.done()
    return dissection


def _measures(table: _Table) -> MeasureSettings:
    sensitivity = table.take("sensitivity", list, [])
    if not all(type(value) is int and 0 < value < 2**31 for value in sensitivity):
        raise table.fail("sensitivity", "a list of further values of top_k", sensitivity)
    default = MeasureSettings()
    measures = MeasureSettings(
        resamples=table.count("resamples", default.resamples),
        set_limit=table.count("set_limit", default.set_limit, least=1),
        cards=table.count("cards", default.cards),
        sensitivity=tuple(sensitivity),
        seed=table.count("seed", default.seed, most=2**63 - 1),
    )
    table.done()
    return measures


def _network(table: _Table, base: Path, layers: tuple[str, ...]) -> NetworkSettings:
    name = table.take("name", str)
    preprocessing = table.table("preprocessing", required=False)
    class_names = table.text("class_names", None)
    if class_names is not None and not class_names.startswith(("torchvision:", "artifact:")):
        class_names = f"file:{base / class_names}"
    network = NetworkSettings(
        name=name,
        slug=slugify(name),
        role=table.choice("role", ROLES, "compared"),
        architecture=table.take("architecture", str),
        classes=table.count("classes", least=1),
        weights=_weights(table, base),
        layers=table.strings("layers", list(layers)),
        preprocessing=dict(preprocessing.values) or None,
        class_names=class_names,
        class_layer=table.take("class_layer", str, "fc"),
    )
    table.done()
    return network


def _weights(table: _Table, base: Path) -> str:
    value: str = table.text("weights")
    kind, _, rest = value.partition(":")
    if not rest and table.name == "encoder":
        return value
    if kind not in WEIGHTS or not rest:
        raise table.fail("weights", f"{' or '.join(f'{kind}:…' for kind in WEIGHTS)}", value)
    return f"file:{base / rest}" if kind == "file" else value
