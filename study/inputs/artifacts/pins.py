"""`Artifact`: a file that a study fetches, pinned by size and digest in ``pins.toml``."""

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.files.documents import loads_toml

_BUILT_IN = Path(__file__).with_name("pins.toml")
_DIGESTS = frozenset({"sha256", "md5"})
_FIELDS: Mapping[str, tuple[str, str]] = {
    "url": (".+", "an address"),
    "filename": (r"[^/\\:]+", "a file name without folders"),
    "bytes": (r"\d+", "a whole number of at least 0"),
    "licence": (".*", "text"),
    "terms": (".*", "text"),
    "sha256": ("[0-9a-f]{64}", "64 lower-case hex digits"),
    "md5": ("[0-9a-f]{32}", "32 lower-case hex digits"),
    "torchvision": (".*", "ARCHITECTURE:WEIGHTS"),
}
"""What a pin states: field to pattern, and the pattern in words; ``bytes`` is an integer."""
_OPTIONAL = _DIGESTS | {"torchvision"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file somewhere on the web, and how to recognise it.

    At least one digest is known; ``licence`` and ``terms`` are shown before the first byte is
    fetched. ``torchvision`` is ``ARCHITECTURE:WEIGHTS`` where torchvision names these weights;
    ``origin`` is ``"built in"``, or the name of the file that replaced a field.
    """

    name: str
    url: str
    filename: str
    bytes: int
    sha256: str | None = None
    md5: str | None = None
    licence: str
    terms: str
    torchvision: str | None = None
    origin: str = "built in"

    @property
    def digest(self) -> str:
        """The strongest digest that is known, with its kind: ``sha256 4b86…``."""
        return f"sha256 {self.sha256}" if self.sha256 else f"md5 {self.md5}"

    def describe(self) -> str:
        """Return the line that a person needs to supply the file manually."""
        return f"{self.filename} ({self.bytes:,} bytes, {self.digest}) from {self.url}"


def load_pins() -> dict[str, Artifact]:
    """Return the artifacts by name.

    Tables of the TOML file that ``STUDY_ARTIFACT_PINS`` names, laid out as ``pins.toml``, replace
    fields of the built-in pins, or add artifacts; their ``origin`` says so. A table that gives a
    digest drops the pin's own digests.

    Raises
    ------
    StudyError
        If the file cannot be read, or a table has an unknown, missing or malformed field.
    """
    tables = _read(_BUILT_IN)
    origins = dict.fromkeys(tables, "built in")
    if named := os.environ.get("STUDY_ARTIFACT_PINS"):
        for name, fields in _read(Path(named)).items():
            replaced = _DIGESTS if fields.keys() & _DIGESTS else frozenset()
            pin = tables.get(name, {})
            tables[name] = {key: pin[key] for key in pin.keys() - replaced} | fields
            origins[name] = Path(named).name
    for name, fields in tables.items():
        if fault := _fault(fields):
            raise StudyError(f"pin of {name} ({origins[name]}): {fault}")
    return {name: Artifact(name=name, origin=origins[name], **pin) for name, pin in tables.items()}


def choose(names: Collection[str]) -> list[Artifact]:
    """Return the artifacts of these names, each once; raises `StudyError` for an unknown one."""
    known = load_pins()
    if unknown := [name for name in names if name not in known]:
        raise StudyError(
            f"no artifact is called {unknown[0]!r}; the known ones are {', '.join(known)}"
        )
    return [known[name] for name in dict.fromkeys(names)]


def pinned(source: str) -> str | None:
    """Return NAME of a source ``artifact:NAME``, None for any other source."""
    return source.removeprefix("artifact:") if source.startswith("artifact:") else None


def torchvision_name(architecture: str, weights: str) -> str:
    """Return the artifact that holds these weights of torchvision; `StudyError` if none does."""
    wanted = f"{architecture}:{weights}"
    names = {pin.torchvision: name for name, pin in load_pins().items() if pin.torchvision}
    if wanted not in names:
        raise StudyError(
            f"the torchvision weights {wanted!r} are not pinned (pinned: {', '.join(names)}): "
            f'{_by_hand(architecture, weights)}, and write weights = "file:PATH"'
        )
    return names[wanted]


def _by_hand(architecture: str, weights: str) -> str:
    """Say where torchvision has weights, and how it prepares images for them."""
    from torchvision.models import get_model_weights  # noqa: PLC0415 - slow, for this message alone

    try:
        entry = get_model_weights(architecture)[weights]
    except (ValueError, KeyError):
        return "torchvision has none of that name; download the file yourself"
    own = entry.transforms()
    return (
        f"download {entry.url}, state preprocessing = {{ resize = {own.resize_size[0]}, crop = "
        f'{own.crop_size[0]}, interpolation = "{own.interpolation.value}" }}'
    )


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        tables = loads_toml(path.read_bytes())
    except (OSError, ValueError) as error:
        raise StudyError(f"{path.name}: expected a TOML file of pins, found {error}") from None
    if others := [name for name, fields in tables.items() if not isinstance(fields, dict)]:
        raise StudyError(f"{path.name}: expected a table [{others[0]}]")
    return tables


def _fault(fields: Mapping[str, Any]) -> str | None:
    if unknown := sorted(fields.keys() - _FIELDS.keys()):
        return f"unknown field {unknown[0]!r}; the known ones are {', '.join(_FIELDS)}"
    if missing := sorted(_FIELDS.keys() - _OPTIONAL - fields.keys()):
        return f"the field {missing[0]!r} is missing"
    if not fields.keys() & _DIGESTS:
        return "a field 'sha256' or 'md5' is missing"
    for key, value in fields.items():
        pattern, expected = _FIELDS[key]
        fits = type(value) is (int if key == "bytes" else str)
        if not fits or not re.fullmatch(pattern, str(value), re.DOTALL):
            return f"{key} must be {expected}, not {value!r}"
    return None
