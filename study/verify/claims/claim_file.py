"""Read a report's claims from a TOML file; GRADING.md describes the format."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.files.documents import loads_toml
from study.files.folders import resource
from study.files.output import read_bytes
from study.verify.claims.answers import KINDS
from study.verify.claims.quantities import COUNTABLE
from study.verify.claims.questions import Claim
from study.verify.claims.sections import expanded
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
    if not path.suffix and len(path.parts) == 1 and not path.exists():
        with suppress(StudyError):
            path = resource(f"fixtures/verify/{_BUNDLED.get(path.name, path.name)}-claims.toml")
    data = read_bytes(path, most=MAX_BYTES)
    try:
        document = loads_toml(data)
    except ValueError as error:
        raise StudyError(f"{path.name}: not a TOML file of claims: {str(error)[:200]}") from None
    return claims_of(document, path.name)


def claims_of(document: Mapping[str, Any], name: str) -> Claims:
    """Return the claims of a parsed document; raises `StudyError` as `read_claims`."""
    unknown = set(document) - {"schema", "title", "aliases", "claims", "sections"}
    if unknown or document.get("schema", SCHEMA) != SCHEMA:
        other = sorted(unknown) or document.get("schema")
        raise StudyError(
            f"{name}: expected schema {SCHEMA!r}, [[claims]] and [[sections]], found {other}"
        )
    items = document.get("claims", [])
    sections = document.get("sections", [])
    if isinstance(items, list) and isinstance(sections, list):
        numbered = enumerate(sections, start=1)
        items = [*items, *(c for n, each in numbered for c in expanded(each, n, name))]
    if not isinstance(items, list) or not items or len(items) > MAX_CLAIMS:
        size = len(items) if isinstance(items, list) else "none"
        raise StudyError(
            f"{name}: expected 1 to {MAX_CLAIMS} [[claims]], or [[sections]] of them, found {size}"
        )
    aliases = document.get("aliases", {})
    if not isinstance(aliases, dict) or not all(isinstance(v, str) for v in aliases.values()):
        raise StudyError(f"{name}: [aliases] must map texts to texts, found {aliases!r}")
    claims: dict[str, Claim] = {}
    for number, item in enumerate(items, start=1):
        place = item.get("id") if isinstance(item, dict) and sections else None
        where = f"claim {place!r}" if isinstance(place, str) else f"claim {number}"
        claim = _claim(item, f"{name}: {where}", f"claim {number}")
        if claim.id in claims:
            raise StudyError(f"{name}: each id must be unique, found {claim.id!r} again")
        claims[claim.id] = claim
    return Claims(str(document.get("title", name)), aliases, tuple(claims.values()))


def _claim(item: Any, where: str, default_id: str) -> Claim:
    if not isinstance(item, dict):
        raise StudyError(f"{where}: expected a table, found {type(item).__name__}")
    fields = {"id": default_id, **item}
    for key in {"concept", "than_concept"} & set(fields):
        fields[f"{key}s"] = [fields.pop(key)]
    for key in fields:
        _choice("key", key, Claim.__slots__, where)
    _choice("kind", fields.get("kind"), KINDS, where)
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
        if fields.get(key, "").casefold().strip() in _ALL_LAYERS:
            fields.pop(key, None)
    claim = Claim(**fields)
    _check(claim, where)
    return claim


def _split_counts(fields: dict[str, Any], where: str) -> None:
    """Take the counts out of a top list written as [[word, count], ...]."""
    pairs = fields.get("concepts", [])
    if not any(isinstance(pair, list) for pair in pairs):
        return
    for pair in pairs:
        if not isinstance(pair, list) or [type(part) for part in pair] != [str, int]:
            raise StudyError(f"{where}: concepts: expected [word, count] pairs, found {pair!r}")
    fields["concepts"], fields["counts"] = zip(*pairs, strict=True)


def _check(claim: Claim, where: str) -> None:
    """Refuse a claim that lacks what its kind needs, or names no quantity."""
    kind = KINDS[claim.kind]
    for key in kind.needs:
        if getattr(claim, key) in (None, (), ""):
            raise StudyError(f"{where}: a claim of kind {claim.kind!r} needs {key!r}")
    for key in ("quantity", "of", "denominator"):
        if name := getattr(claim, key):
            _choice(key, name, COUNTABLE, where)
    if claim.counts and [type(count) for count in claim.counts] != [int] * len(claim.concepts):
        raise StudyError(f"{where}: counts: expected one whole number for each of 'concepts'")
    if kind.choices:
        _choice("value", claim.value, kind.choices, where)
    if claim.k < 1 or not 0 <= claim.quantile <= 1:
        given = f"k: {claim.k}" if claim.k < 1 else f"quantile: {claim.quantile}"
        raise StudyError(f"{where}: expected k from 1 and quantile from 0 to 1, found {given}")
    if kind.value is not None or claim.kind == "at_least_units":
        try:
            number = parse(claim.value or 0, tolerance=claim.tolerance)
        except StudyError as error:
            raise StudyError(f"{where}: value: {error}") from None
        if claim.kind == "at_least_units" and (number.step < 1 or number.percent):
            raise StudyError(f"{where}: value: expected a whole number, found {claim.value!r}")


def _choice(key: str, name: Any, known: Iterable[str], where: str) -> None:
    if name not in tuple(known):
        raise StudyError(f"{where}: {key}: expected one of {', '.join(known)}, found {name!r}")


_TEXTS = ("id", "kind", "network", "than", "layer", "than_layer", "quantity", "of", "denominator")
_TYPES: Mapping[str, tuple[Any, str]] = {
    **dict.fromkeys((*_TEXTS, "text"), (str, "a text")),
    **dict.fromkeys(("networks", "concepts", "than_concepts", "counts"), (list, "a list")),
    **dict.fromkeys(("unit", "page", "k"), (int, "a whole number")),
    **dict.fromkeys(("tolerance", "quantile"), ((int, float), "a number")),
    "value": ((str, int, float), "a number or a text"),
}
