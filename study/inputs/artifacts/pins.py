"""`Artifact`: a file that a study fetches, pinned by size and digest in ``pins.toml``."""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.errors import StudyError

_BUILT_IN = Path(__file__).with_name("pins.toml")
_DIGESTS = frozenset({"sha256", "md5"})
_REQUIRED = frozenset({"url", "filename", "bytes", "licence", "terms"})
_FIELDS: Mapping[str, tuple[type, str, str]] = {
    "url": (str, ".+", "an address"),
    "filename": (str, r"[^/\\:]+", "a file name without folders"),
    "bytes": (int, r"\d+", "a whole number of at least 0"),
    "sha256": (str, "[0-9a-f]{64}", "64 lower-case hex digits"),
    "md5": (str, "[0-9a-f]{32}", "32 lower-case hex digits"),
    "licence": (str, ".*", "a text"),
    "terms": (str, ".*", "a text"),
    "images": (int, r"\d+", "a whole number of at least 0"),
    "include": (list, ".*", "a list of patterns"),
    "torchvision": (str, ".*", "ARCHITECTURE:WEIGHTS"),
}
"""What a pin states: field to type, pattern, and the pattern in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file somewhere on the web, and how to recognise it.

    Attributes
    ----------
    name, url, filename
        Its name in studies; its address; its name on disk.
    bytes
        Its size.
    sha256, md5
        Lower-case hex; at least one of them is known.
    licence, terms
        Shown before the first byte is fetched.
    images, include
        For a zip of pictures: how many there are, and the patterns that select them.
    torchvision
        ``ARCHITECTURE:WEIGHTS`` where these are weights that torchvision names.
    origin
        ``"built in"``, or the name of the file that replaced a field.
    """

    name: str
    url: str
    filename: str
    bytes: int
    sha256: str | None = None
    md5: str | None = None
    licence: str
    terms: str
    images: int | None = None
    include: tuple[str, ...] = ()
    torchvision: str | None = None
    origin: str = "built in"

    @property
    def digest(self) -> str:
        """The strongest digest that is known, with its kind: ``sha256 4b86…``."""
        return f"sha256 {self.sha256}" if self.sha256 else f"md5 {self.md5}"

    def describe(self) -> str:
        """Return the line that a person needs to supply the file manually."""
        return f"{self.filename} ({self.bytes:,} bytes, {self.digest}) from {self.url}"


def load_pins(path: Path | None = None) -> dict[str, Artifact]:
    """Return the artifacts by name.

    Parameters
    ----------
    path
        A TOML file laid out as ``pins.toml`` whose tables replace fields of the built-in pins, or
        add artifacts. A table that gives a digest drops the pin's own digests. Default: the file
        that ``STUDY_ARTIFACT_PINS`` names, if any. Such artifacts say so in ``origin``.

    Raises
    ------
    StudyError
        If the file cannot be read, or a table has an unknown, missing or malformed field.
    """
    tables = _read(_BUILT_IN)
    origins = dict.fromkeys(tables, "built in")
    named = os.environ.get("STUDY_ARTIFACT_PINS")
    if path is None and named:
        path = Path(named)
    if path is not None:
        for name, fields in _read(path).items():
            replaced = _DIGESTS if fields.keys() & _DIGESTS else frozenset()
            kept = {
                key: value for key, value in tables.get(name, {}).items() if key not in replaced
            }
            tables[name] = kept | fields
            origins[name] = path.name
    return {name: _artifact(name, fields, origins[name]) for name, fields in tables.items()}


def choose(names: Iterable[str], pins: Mapping[str, Artifact] | None = None) -> list[Artifact]:
    """Return the artifacts of these names, each once; raises `StudyError` for an unknown one."""
    known = load_pins() if pins is None else pins
    chosen = []
    for name in dict.fromkeys(names):
        if name not in known:
            raise StudyError(f"no artifact is called {name!r}; the known ones are {_list(known)}")
        chosen.append(known[name])
    return chosen


def pinned(source: str) -> str | None:
    """Return NAME of a source ``artifact:NAME``, None for any other source."""
    return source.removeprefix("artifact:") if source.startswith("artifact:") else None


def torchvision_name(architecture: str, weights: str) -> str:
    """Return the artifact that holds these weights of torchvision; `StudyError` if none does."""
    wanted = f"{architecture}:{weights}"
    names = {pin.torchvision: name for name, pin in load_pins().items() if pin.torchvision}
    if wanted not in names:
        raise StudyError(
            f"the torchvision weights {wanted!r} are not pinned (pinned: {_list(names)}); download "
            'the file yourself, write weights = "file:PATH", and state in preprocessing what '
            "torchvision says of these weights (resize, crop, interpolation)"
        )
    return names[wanted]


def _list(names: Iterable[object]) -> str:
    return ", ".join(map(str, names))


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StudyError(f"{path.name}: expected a TOML file of pins, found {error}") from None
    for name, fields in tables.items():
        if not isinstance(fields, dict):
            raise StudyError(f"{path.name}: expected a table [{name}], found {fields!r}")
    return tables


def _artifact(name: str, fields: Mapping[str, Any], origin: str) -> Artifact:
    if fault := _fault(fields):
        raise StudyError(f"pin of {name} ({origin}): {fault}")
    include = tuple(str(pattern) for pattern in fields.get("include", ()))
    return Artifact(name=name, origin=origin, **{**fields, "include": include})


def _fault(fields: Mapping[str, Any]) -> str | None:
    if unknown := sorted(fields.keys() - _FIELDS.keys()):
        return f"unknown field {unknown[0]!r}; the known ones are {_list(_FIELDS)}"
    if missing := sorted(_REQUIRED - fields.keys()):
        return f"the field {missing[0]!r} is missing"
    if not fields.keys() & _DIGESTS:
        return "a field 'sha256' or 'md5' is missing"
    for key, value in fields.items():
        kind, pattern, expected = _FIELDS[key]
        # In Python True is an int as well.
        fits = isinstance(value, kind) and not isinstance(value, bool)
        if not fits or not re.fullmatch(pattern, str(value), re.DOTALL):
            return f"{key} must be {expected}, not {value!r}"
    return None
