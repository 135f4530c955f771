"""`Artifact`: one file that a study fetches, pinned by size and digest; data in ``pins.toml``."""

import dataclasses
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from study.errors import StudyError

_BUILT_IN = Path(__file__).with_name("pins.toml")
_HEX = {"sha256": re.compile(r"[0-9a-f]{64}"), "md5": re.compile(r"[0-9a-f]{32}")}
_TYPES: Mapping[str, type] = {"bytes": int, "images": int, "include": list}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file somewhere on the web, and how to know it.

    Attributes
    ----------
    name, url, filename
        What studies call it; where it lies; what it is called on disk.
    bytes
        Its size.
    sha256, md5
        Lower-case hex; at least one of them is known.
    licence, terms
        Shown before the first byte is fetched.
    images, include
        For a zip of pictures: how many there are, and the patterns that tell them from the rest.
    torchvision
        ``ARCHITECTURE:WEIGHTS`` where these are weights that torchvision names.
    origin
        ``"built in"``, or the name of the file that replaced something.
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
        """Return the line that a person needs to bring the file by hand."""
        return f"{self.filename} ({self.bytes:,} bytes, {self.digest}) from {self.url}"


_REQUIRED = frozenset({"url", "filename", "bytes", "licence", "terms"})
_OPTIONAL = frozenset({"sha256", "md5", "images", "include", "torchvision"})


def load_pins(path: Path | None = None) -> dict[str, Artifact]:
    """Return the artifacts by name.

    Parameters
    ----------
    path
        A TOML file of the same layout as ``pins.toml`` whose tables replace fields of the built-in
        pins, or add artifacts. A table that gives a digest drops the pin's own digests. Default:
        the file that ``STUDY_ARTIFACT_PINS`` names, if any. Such artifacts say so in ``origin``.

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
            known = dict(tables.get(name, {}))
            if fields.keys() & _HEX.keys():
                known = {key: value for key, value in known.items() if key not in _HEX}
            tables[name] = known | fields
            origins[name] = path.name
    return {name: _artifact(name, fields, origins[name]) for name, fields in tables.items()}


def choose(names: Iterable[str], pins: Mapping[str, Artifact] | None = None) -> list[Artifact]:
    """Return the artifacts of these names, each once; raises `StudyError` for an unknown one."""
    known = load_pins() if pins is None else pins
    chosen = []
    for name in dict.fromkeys(names):
        if name not in known:
            raise StudyError(f"expected one of the artifacts {', '.join(known)}, found {name!r}")
        chosen.append(known[name])
    return chosen


def torchvision_name(architecture: str, weights: str) -> str:
    """Return the artifact that holds some of torchvision's weights.

    Raises
    ------
    StudyError
        If these weights are not pinned.
    """
    wanted = f"{architecture}:{weights}"
    pinned = {pin.torchvision: name for name, pin in load_pins().items() if pin.torchvision}
    if wanted not in pinned:
        raise StudyError(
            f"expected torchvision weights that are pinned ({', '.join(pinned)}), found "
            f'{wanted!r}: fetch the file yourself, write weights = "file:PATH", and state in '
            "preprocessing what torchvision says of these weights (resize, crop, interpolation)"
        )
    return pinned[wanted]


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
    where = f"pin of {name} ({origin})"
    if unknown := sorted(fields.keys() - _REQUIRED - _OPTIONAL):
        known = ", ".join(sorted(_REQUIRED | _OPTIONAL))
        raise StudyError(f"{where}: expected the fields {known}, found {unknown[0]!r}")
    if missing := sorted(_REQUIRED - fields.keys()):
        raise StudyError(f"{where}: expected a field {missing[0]!r}, found none")
    for key, value in fields.items():
        kind = _TYPES.get(key, str)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise StudyError(f"{where}: expected {key} to be {kind.__name__}, found {value!r}")
        if isinstance(value, int) and value < 0:
            raise StudyError(f"{where}: expected {key} to be 0 or more, found {value!r}")
        if key in _HEX and not _HEX[key].fullmatch(str(value)):
            raise StudyError(f"{where}: expected {key} in lower-case hex digits, found {value!r}")
    if not fields.keys() & _HEX.keys():
        raise StudyError(f"{where}: expected a field 'sha256' or 'md5', found neither")
    filename = fields["filename"]
    names = {PurePosixPath(filename).name, PureWindowsPath(filename).name}
    if not filename or names != {filename}:
        raise StudyError(f"{where}: expected a file name without folders, found {filename!r}")
    include = tuple(str(pattern) for pattern in fields.get("include", ()))
    return Artifact(name=name, origin=origin, **{**fields, "include": include})
