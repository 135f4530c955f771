"""Keys: digests of canonical JSON, by which arrays are stored and found again."""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

_KIND = re.compile(r"[a-z0-9][a-z0-9-]*")


def plain(value: Any) -> Any:
    """Return a value as JSON data: mappings as dicts, sequences as lists.

    Raises
    ------
    TypeError
        If something is not JSON (a path, an array) or a mapping's key is not text: an array is
        named by content, never by the place of that content.
    ValueError
        If a number is not finite.
    """
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError(f"expected text as keys, got {list(value)!r}")
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"expected a finite number, got {value!r}")
    if value is None or type(value) in {str, int, float, bool}:
        return value
    raise TypeError(f"expected JSON data, got {type(value).__name__}: {value!r}")


def canonical(value: Any) -> str:
    """Return JSON text that is equal if and only if the data is; 1, 1.0 and true differ."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(kind: str, made_of: Mapping[str, Any]) -> str:
    """Return the SHA-256, 64 hex digits, of a kind and of what its arrays were made from.

    Raises
    ------
    ValueError
        If `kind`, the name of a folder, has other characters than a-z, 0-9 and hyphens.
    """
    if not _KIND.fullmatch(kind):
        raise ValueError(f"expected a kind of a-z, 0-9 and hyphens, got {kind!r}")
    return hashlib.sha256(f"{kind}\n{canonical(made_of)}".encode()).hexdigest()


def differences(wanted: Mapping[str, Any], stored: Mapping[str, Any]) -> list[str]:
    """Return a phrase for each part that differs, such as ``probe ("a1" wanted, "b2" kept)``."""
    sides = [dict(_leaves(plain(value))) for value in (wanted, stored)]
    phrases = []
    for name in sorted(sides[0].keys() | sides[1].keys()):
        left, right = (side.get(name, "nothing") for side in sides)
        if left != right:
            phrases.append(f"{name} ({_short(left)} wanted, {_short(right)} kept)")
    return phrases


def _leaves(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the dotted name and the JSON text of everything in nested mappings."""
    for key, item in value.items():
        if isinstance(item, dict) and item:
            yield from _leaves(item, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", canonical(item)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
