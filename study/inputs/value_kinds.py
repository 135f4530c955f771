"""Kinds of values in a study file: what fits each, in words and as a test, and what it becomes."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from study.inputs.settings import WEIGHTS, Key, is_device

LARGEST = 1e30
"""The largest setting: a larger one would overflow float32 in some product."""


def _placed(text: str, base: Path) -> Path:
    """Return a path of a study: relative to its file, with ``~`` for the home folder."""
    try:
        return base / Path(text).expanduser()
    except RuntimeError:  # there is no home folder
        return base / text


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: in words, which values of its type fit, what a fitting one becomes."""

    text: str
    fits: Callable[[Any, Key], bool] = lambda value, key: True
    become: Callable[[Any, Path], Any] = lambda value, base: value
    type: type = str

    def describe(self, key: Key) -> str:
        """Return in words what fits a key of this kind."""
        return self.text.format(choices=", ".join(key.choices), least=key.least, most=key.most)


def _is_integer(value: Any, key: Key) -> bool:
    return type(value) is int and key.least <= value <= key.most


def _are_integers(value: list[Any], key: Key) -> bool:
    return all(_is_integer(number, key) for number in value)


def _is_number(value: Any, _: Key) -> bool:
    return isinstance(value, int | float) and abs(value) <= LARGEST


def _is_line(value: str, _: Key) -> bool:
    """Tell whether a text may name a file, which no control character does."""
    return not any(unicodedata.category(letter) == "Cc" for letter in value)


def _are_names(value: list[Any], _: Key) -> bool:
    names = all(isinstance(name, str) and name for name in value)
    return names and len(set(value)) == len(value)


def _are_pairs(value: list[Any], _: Key) -> bool:
    return all(
        isinstance(pair, list)
        and len(pair) == 2
        and all(isinstance(name, str) and name for name in pair)
        for pair in value
    )


def _is_source(value: str, key: Key) -> bool:
    kind, _, rest = value.partition(":")
    return kind in WEIGHTS and rest != "" and _is_line(value, key)


def _is_tag_or_source(value: str, key: Key) -> bool:
    return _is_source(value, key) or (_is_line(value, key) and not value.partition(":")[2])


def _weights(value: str, base: Path) -> str:
    kind, _, rest = value.partition(":")
    return f"file:{_placed(rest, base)}" if kind == "file" and rest else value


def _class_names(value: str, base: Path) -> str:
    named = value.startswith(("torchvision:", "artifact:"))
    return value if named else f"file:{_placed(value, base)}"


def _architecture(value: str, base: Path) -> str:
    kind, _, rest = value.partition(":")
    return f"{kind}:{_placed(rest, base)}" if kind in ("hf", "code") and rest else value


def _model(value: str, base: Path) -> str:
    path = _placed(value, base)
    return str(path) if path.is_dir() else value


_LINE = "without control characters"
_SOURCES = " or ".join(f"{kind}:…" for kind in WEIGHTS)
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "text": Kind("text"),
        "choice": Kind("one of {choices}", lambda value, key: value in key.choices),
        "device": Kind("one of {choices}, or cuda:N", lambda value, key: is_device(value)),
        "integer": Kind("an integer from {least} to {most:,}", _is_integer, type=int),
        "integers": Kind("a list of integers from {least} to {most:,}", _are_integers, type=list),
        "number": Kind(f"a number up to {LARGEST:g}", _is_number, type=object),
        "names": Kind("a list of names, each name once", _are_names, type=list),
        "pairs of names": Kind(
            "a list of pairs of names",
            _are_pairs,
            lambda value, base: tuple(map(tuple, value)),
            type=list,
        ),
        "truth value": Kind("true or false", type=bool),
        "table": Kind("a table of names and values", type=dict),
        "path": Kind(
            f"a path {_LINE}", _is_line, lambda text, base: _placed(text, base) if text else None
        ),
        "architecture": Kind(f"a name {_LINE}", _is_line, _architecture),
        "model": Kind(f"a name or folder {_LINE}", _is_line, _model),
        "class names": Kind(f"torchvision:…, artifact:… or path {_LINE}", _is_line, _class_names),
        "weights": Kind(_SOURCES, _is_source, _weights),
        "encoder weights": Kind(f"an open_clip tag, {_SOURCES}", _is_tag_or_source, _weights),
    }
)
"""Each kind of `study.inputs.settings.Key`."""
