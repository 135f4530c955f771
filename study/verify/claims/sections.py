"""Short forms of claims: a section has defaults, and a line for many claims of one kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from study.errors import StudyError
from study.verify.claims.answers import KINDS
from study.verify.claims.quantities import NUMBERS

_DEFAULTS = ("network", "networks", "layer", "than", "page", "text", "tolerance", "k", "quantile")
"""Fields that a section gives to all of its claims."""
_PAIRS: Mapping[str, str] = {"counts": "count", "at_least_units": "at_least_units"}
"""Lines of [word, number] pairs, and the kind of claim that each pair is."""
_TEXTS = tuple(
    name for name, kind in KINDS.items() if kind.needs == ("value",) and name not in NUMBERS
)
_WORDS = tuple(name for name, kind in KINDS.items() if "concepts" in kind.needs)
_VALUES = tuple(name for name, kind in NUMBERS.items() if kind.needs == ("value",))


def expanded(section: Any, number: int, name: str) -> Iterator[dict[str, Any]]:
    """Yield the claims of a section, each as it would be written on its own.

    Parameters
    ----------
    section
        A table of ``[[sections]]``. ``counts = [["dotted", 57], ...]`` is a claim for each bar of a
        figure; words stand in lists (``top``, ``among_top``, ``present``, ...); numbers by their
        kind (``unique = 374``). Where ``layer`` or ``network`` is a list, numbers are lists of one
        for each. ``claims`` holds further ones, written out.
    number
        Its place in the file, for names.
    name
        The file, for messages.

    Raises
    ------
    StudyError
        If it holds an unknown key, or a list that is not as long as the layers or networks.
    """
    where = f"{name}: section {number}"
    if not isinstance(section, dict):
        raise StudyError(f"{where}: expected a table, found {type(section).__name__}")
    own = str(section.get("id", f"section {number}"))
    where = f"{name}: section {own!r}"
    known = ("id", *_DEFAULTS, *_PAIRS, *_WORDS, *_VALUES, *_TEXTS, "claims")
    if unknown := [key for key in section if key not in known]:
        raise StudyError(
            f"{where}: expected defaults ({', '.join(_DEFAULTS)}), claims, or lines of a kind "
            f"({', '.join(known[1 + len(_DEFAULTS) : -1])}), found {str(unknown[0])[:80]!r}"
        )
    defaults = {key: section[key] for key in _DEFAULTS if key in section}
    ids: dict[str, int] = {}
    for claim in _claims(section, defaults, where):
        base = f"{own}: {_named(claim)}"
        ids[base] = ids.get(base, 0) + 1
        again = f" ({ids[base]})" if ids[base] > 1 else ""
        yield {**claim, "id": f"{base}{again}"}


def _claims(
    section: Mapping[str, Any], defaults: Mapping[str, Any], where: str
) -> Iterator[dict[str, Any]]:
    for key, value in section.items():
        if key in _PAIRS:
            for word, count in _pairs(key, value, where):
                yield {**_single(defaults, key, where), "kind": _PAIRS[key]} | {
                    "concepts": [word],
                    "value": count,
                }
        elif key in _WORDS:
            words = value if isinstance(value, list) else [value]
            yield {**_single(defaults, key, where), "kind": key, "concepts": words}
        elif key in _VALUES:
            yield from _each(key, value, defaults, where)
        elif key in _TEXTS:
            text = ", ".join(map(str, value)) if isinstance(value, list) else value
            yield {**_without(defaults, key), "kind": key, "value": text}
        elif key == "claims":
            if not isinstance(value, list) or not all(isinstance(c, dict) for c in value):
                raise StudyError(f"{where}: claims: expected tables, found {value!r:.80}")
            yield from ({**defaults, **claim} for claim in value)


def _pairs(key: str, value: Any, where: str) -> list[Any]:
    pairs = value if isinstance(value, list) else [value]
    for pair in pairs:
        numbers = isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], int | str)
        if not numbers or not isinstance(pair[0], str) or pair[1] is True:
            raise StudyError(f"{where}: {key}: expected [word, number] pairs, found {pair!r:.80}")
    return pairs


def _single(defaults: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    """Return the defaults; words are of one layer and one network."""
    for name in ("layer", "network"):
        if isinstance(defaults.get(name), list):
            raise StudyError(f"{where}: {key}: expected one {name}, found {defaults[name]!r:.80}")
    return defaults


def _without(defaults: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the defaults of a claim about a whole network, or about the order of its layers."""
    kept = {name: value for name, value in defaults.items() if name != "layer"}
    return {name: value for name, value in kept.items() if not isinstance(value, list)}


def _each(
    key: str, value: Any, defaults: Mapping[str, Any], where: str
) -> Iterator[dict[str, Any]]:
    """Yield a number for each network, and for each layer of it, in the order of the lists."""
    symmetric = NUMBERS[key].symmetric
    axes = [
        (name, defaults[name])
        for name in ("network", "layer")
        if isinstance(defaults.get(name), list) and not (symmetric and name == "network")
    ]
    fields = {name: v for name, v in defaults.items() if not isinstance(v, list)}
    rows: list[tuple[dict[str, Any], Any]] = [(fields, value)]
    for name, choices in axes:
        further = []
        for given, values in rows:
            if not isinstance(values, list) or len(values) != len(choices):
                raise StudyError(
                    f"{where}: {key}: expected a list of {len(choices)}, one for each of "
                    f"{name} = {choices!r:.80}, found {values!r:.80}"
                )
            further += [
                ({**given, name: choice}, each)
                for choice, each in zip(choices, values, strict=True)
            ]
        rows = further
    for given, each in rows:
        yield {**given, "kind": key, "value": each}


def _named(claim: Mapping[str, Any]) -> str:
    """Return a short name of a claim: what it is about."""
    if isinstance(claim.get("id"), str):
        return str(claim["id"])
    kind = str(claim.get("kind"))
    words = claim.get("concepts") if kind in _PAIRS.values() else None
    about = [claim.get("network"), claim.get("layer")]
    parts = [kind, *(words or []), *(text for text in about if isinstance(text, str))]
    return " ".join(map(str, parts))
