"""Numbers by key: where a number in the report comes from, and how it is printed."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MISSING = object()


def resolve(document: Any, key: str) -> Any:
    """Return what stands at a dotted key, e.g. ``pairs.0.layers.layer2.jaccard``.

    A last part ``#`` stands for the number of entries: ``networks.#``. Names may hold dots
    themselves (``networks.0.layers.layer4.1.conv2.units``).

    Raises
    ------
    KeyError
        If there is nothing at the key.
    """
    found = _walk(document, key.split("."))
    if found is _MISSING:
        raise KeyError(key)
    return found


def _walk(value: Any, parts: Sequence[str]) -> Any:
    if not parts:
        return value
    if list(parts) == ["#"] and isinstance(value, Mapping | list | tuple):
        return len(value)
    if isinstance(value, Mapping):
        # The longest name first: a name may hold dots, and a shorter one is then no key.
        for end in range(len(parts), 0, -1):
            name = ".".join(parts[:end])
            if name in value:
                found = _walk(value[name], parts[end:])
                if found is not _MISSING:
                    return found
    elif isinstance(value, list | tuple) and parts[0].isdecimal():
        index = int(parts[0])
        if index < len(value):
            return _walk(value[index], parts[1:])
    return _MISSING


def _auto(value: float) -> str:
    return f"{value:,d}" if isinstance(value, int) else _share(value)


def _share(value: float) -> str:
    return f"{value:,.3f}".replace("-", "\u2212")


def _percent(value: float) -> str:
    return f"{100 * value:.3g}\u202f%"


def _tenths(value: float) -> str:
    return f"{100 * value:.1f}\u202f%"


def _p(value: float) -> str:
    if value >= 0.00095:
        return f"{value:.3f}"
    if value >= 0.000095:
        return f"{value:.4f}"
    mantissa, _, exponent = f"{value:.0e}".partition("e")
    return f"{mantissa}\u202f×\u202f10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def _plain(value: float) -> str:
    return f"{value:g}"


FORMATS: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "auto": _auto,
        "share": _share,
        "percent": _percent,
        "tenths": _tenths,
        "p": _p,
        "plain": _plain,
    }
)
"""How a number can be printed: whole or to the third decimal; always so; as per cent, round ones
short or all alike; as a p."""


def printed(value: float | None, form: str = "auto") -> str:
    """Return a number as it stands on the page; an undefined one is a dash."""
    return "–" if value is None else FORMATS[form](value)
