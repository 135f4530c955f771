"""Read a report's claims from a TOML file; GRADING.md describes the format."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.files.folders import resource
from study.verify.claims.answers import KINDS
from study.verify.claims.quantities import COUNTABLE
from study.verify.claims.questions import Claim
from study.verify.claims.written_numbers import parse

SCHEMA = "study-claims/1"
MAX_BYTES = 1 << 20
MAX_CLAIMS = 5000
_BUNDLED: Mapping[str, str] = {"seed": "imagenet-places365"}
"""Further names of bundled claims."""
_ALL_LAYERS = frozenset({"", "all", "overall", "total", "all layers"})


@dataclass(frozen=True, slots=True)
class Claims:
    """A file of claims: the report's title, its names for the runs, the claims in order."""

    title: str
    aliases: Mapping[str, str]
    claims: tuple[Claim, ...]


def read_claims(path: Path) -> Claims:
    """Read a file of claims.

    Two files are bundled and read by name: "imagenet-places365" (or "seed"), the claims of an early
    report on two ResNet18, and "miniature", with the same mistakes planted in the miniature's.

    Raises
    ------
    StudyError
        Naming the claim, what was expected and what was found.
    """
    path = _bundled(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        document = tomllib.loads(data[:MAX_BYTES].decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        reason = str(error)[:200] or type(error).__name__
        raise StudyError(
            f"{path.name}: cannot be read as a TOML file of claims: {reason}"
        ) from None
    if len(data) > MAX_BYTES:
        raise StudyError(f"{path.name}: a file of claims must not exceed 1 MB")
    return claims_of(document, path.name)


def _bundled(path: Path) -> Path:
    if path.suffix or path.exists() or len(path.parts) != 1:
        return path
    try:
        name = _BUNDLED.get(path.name, path.name)
        return resource(f"fixtures/verify/{name}-claims.toml")
    except StudyError:
        return path


def claims_of(document: Mapping[str, Any], name: str) -> Claims:
    """Return the claims of a parsed document; raises `StudyError` as `read_claims`."""
    unknown = set(document) - {"schema", "title", "aliases", "claims"}
    if unknown or document.get("schema", SCHEMA) != SCHEMA:
        other = sorted(unknown) or document.get("schema")
        raise StudyError(f"{name}: expected schema {SCHEMA!r} and [[claims]], found {other}")
    items = document.get("claims")
    if not isinstance(items, list) or not items or len(items) > MAX_CLAIMS:
        size = len(items) if isinstance(items, list) else "none"
        raise StudyError(f"{name}: expected 1 to {MAX_CLAIMS} [[claims]], found {size}")
    aliases = document.get("aliases", {})
    if not isinstance(aliases, dict) or not all(isinstance(v, str) for v in aliases.values()):
        raise StudyError(f"{name}: [aliases] must map texts to texts, found {aliases!r}")
    claims = tuple(_claim(item, f"{name}: claim {n}", n) for n, item in enumerate(items, start=1))
    ids = [claim.id for claim in claims]
    if len(set(ids)) < len(ids):
        repeated = next(key for key in ids if ids.count(key) > 1)
        raise StudyError(f"{name}: each id must be unique, found {repeated!r} again")
    return Claims(str(document.get("title", name)), aliases, claims)


def _claim(item: Any, where: str, number: int) -> Claim:
    if not isinstance(item, dict):
        raise StudyError(f"{where}: expected a table, found {type(item).__name__}")
    fields = dict(item)
    for key in ("concept", "than_concept"):
        if key in fields:
            fields[f"{key}s"] = [fields.pop(key)]
    _choice("key", sorted(set(fields) - set(Claim.__slots__))[:1], Claim.__slots__, where)
    _choice("kind", [fields.get("kind")], tuple(KINDS), where)
    for key, value in fields.items():
        types, expected = _TYPES[key]
        if not isinstance(value, types) or value is True:
            raise StudyError(f"{where}: {key}: expected {expected}, found {value!r}")
    _split_counts(fields, where)
    for key in ("networks", "concepts", "than_concepts"):
        fields[key] = tuple(fields.get(key, ()))
        if not all(isinstance(text, str) and text.strip() for text in fields[key]):
            raise StudyError(f"{where}: {key}: expected texts, found {list(fields[key])!r}")
    for key in ("layer", "than_layer"):
        if str(fields.get(key, "")).casefold().strip() in _ALL_LAYERS:
            fields.pop(key, None)
    claim = Claim(**{"id": f"claim {number}", **fields})
    _check(claim, where)
    return claim


def _split_counts(fields: dict[str, Any], where: str) -> None:
    """Take the counts out of a top list written as [[word, count], ...]."""
    pairs = fields.get("concepts", [])
    if not any(isinstance(pair, list) for pair in pairs):
        return
    for pair in pairs:
        good = isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)
        if not good or not isinstance(pair[1], int) or isinstance(pair[1], bool):
            raise StudyError(f"{where}: concepts: expected [word, count] pairs, found {pair!r}")
    fields["counts"] = tuple(pair[1] for pair in pairs)
    fields["concepts"] = [pair[0] for pair in pairs]


def _check(claim: Claim, where: str) -> None:
    """Refuse a claim that lacks what its kind needs, or names no quantity."""
    kind = KINDS[claim.kind]
    for key in kind.needs:
        if getattr(claim, key) in (None, (), ""):
            raise StudyError(f"{where}: a claim of kind {claim.kind!r} needs {key!r}")
    for key in ("quantity", "of", "denominator"):
        if name := getattr(claim, key):
            _choice(key, [name], COUNTABLE, where)
    if claim.counts and [type(count) for count in claim.counts] != [int] * len(claim.concepts):
        raise StudyError(f"{where}: counts: expected one whole number for each of 'concepts'")
    if kind.choices:
        _choice("value", [claim.value], kind.choices, where)
    if kind.value is not None:
        parse(claim.value or 0, tolerance=claim.tolerance)


def _choice(key: str, names: list[Any], known: Any, where: str) -> None:
    for name in names:
        if name not in known:
            raise StudyError(f"{where}: {key}: expected one of {', '.join(known)}, found {name!r}")


_TEXT, _LIST, _WHOLE = (str, "a text"), (list, "a list"), (int, "a whole number")
_TYPES: Mapping[str, tuple[Any, str]] = {
    **dict.fromkeys(("id", "kind", "network", "than", "layer", "than_layer", "quantity"), _TEXT),
    **dict.fromkeys(("of", "denominator", "text"), _TEXT),
    **dict.fromkeys(("networks", "concepts", "than_concepts", "counts"), _LIST),
    **dict.fromkeys(("unit", "page"), _WHOLE),
    "tolerance": ((int, float), "a number"),
    "value": ((str, int, float), "a number or a text"),
}
