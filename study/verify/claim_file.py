"""Claims of a report as a TOML file; the format is described in GRADING.md."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.resources import resource
from study.verify.quantities import KINDS
from study.verify.written import parse

SCHEMA = "study-claims/1"
MAX_BYTES = 1 << 20
MAX_CLAIMS = 5000
LISTS = ("top", "present", "absent", "examples", "shared_concepts", "only_concepts")
RELATIONS = ("more", "fewer", "as_many")
EXTREMES = ("highest", "lowest")
CLAIM_KINDS = (
    *KINDS,
    *("share", "label", "emphasis", "trend", "statement"),
    *LISTS,
    *RELATIONS,
    *EXTREMES,
)
"""Every kind of claim."""
_ALL_LAYERS = frozenset({"", "all", "overall", "total", "all layers"})


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim as written in the file; which fields a kind needs is said in GRADING.md."""

    id: str
    kind: str
    network: str | None = None
    than: str | None = None
    networks: tuple[str, ...] = ()
    layer: str | None = None
    than_layer: str | None = None
    concepts: tuple[str, ...] = ()
    than_concepts: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    value: str | float | int | None = None
    unit: int | None = None
    quantity: str = ""
    of: str = "count"
    denominator: str = ""
    tolerance: float | None = None
    text: str = ""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """A file of claims: the report's title, its names for the runs, the claims in order."""

    title: str
    aliases: Mapping[str, str]
    claims: tuple[Claim, ...]


def read_claims(path: Path) -> Claims:
    """Read a file of claims.

    A name without an ending that is no file means claims that come with the program: "seed", the
    seed report's own, and "miniature", the same mistakes planted in the miniature's.

    Raises
    ------
    StudyError
        Naming the claim, what was expected and what was found.
    """
    path = _bundled(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise StudyError(f"{path.name}: expected at most 1 MB of claims, found more")
        document = tomllib.loads(data.decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        found = str(error)[:200] or type(error).__name__
        raise StudyError(f"{path.name}: expected a TOML file of claims, found {found}") from None
    return claims_of(document, path.name)


def _bundled(path: Path) -> Path:
    if path.suffix or path.exists() or len(path.parts) != 1:
        return path
    try:
        return resource(f"fixtures/verify/{path.name}-claims.toml")
    except StudyError:
        return path


def claims_of(document: Mapping[str, Any], name: str) -> Claims:
    """Return the claims of a parsed document; raises `StudyError` as `read_claims`."""
    unknown = set(document) - {"schema", "title", "aliases", "claims"}
    if unknown or document.get("schema", SCHEMA) != SCHEMA:
        found = sorted(unknown) or document.get("schema")
        raise StudyError(f"{name}: expected schema {SCHEMA!r} and [[claims]], found {found}")
    items = document.get("claims")
    if not isinstance(items, list) or not items or len(items) > MAX_CLAIMS:
        raise StudyError(f"{name}: expected 1 to {MAX_CLAIMS} [[claims]], found {_size(items)}")
    aliases = document.get("aliases", {})
    if not isinstance(aliases, dict) or not all(isinstance(v, str) for v in aliases.values()):
        raise StudyError(f"{name}: expected [aliases] of texts, found {aliases!r}")
    claims = tuple(_claim(item, f"{name}: claim {n}", n) for n, item in enumerate(items, start=1))
    ids = [claim.id for claim in claims]
    if len(set(ids)) < len(ids):
        twice = next(one for one in ids if ids.count(one) > 1)
        raise StudyError(f"{name}: expected each id once, found {twice!r} again")
    return Claims(str(document.get("title", name)), aliases, claims)


def _claim(item: Any, where: str, number: int) -> Claim:
    if not isinstance(item, dict):
        raise StudyError(f"{where}: expected a table, found {type(item).__name__}")
    fields = dict(item)
    for plural in ("concepts", "than_concepts"):
        single = plural[:-1]
        if single in fields:
            fields[plural] = [fields.pop(single)]
    unknown = set(fields) - set(Claim.__slots__)
    if unknown:
        known = ", ".join(Claim.__slots__)
        raise StudyError(f"{where}: expected the keys {known}, found {sorted(unknown)[0]!r}")
    kind = fields.get("kind")
    if kind not in CLAIM_KINDS:
        known = ", ".join(CLAIM_KINDS)
        raise StudyError(f"{where}: expected kind to be one of {known}, found {kind!r}")
    fields.setdefault("id", f"claim {number}")
    for key, types in _TYPES.items():
        if key in fields and (not isinstance(fields[key], types) or fields[key] is True):
            raise StudyError(f"{where}: {key}: expected {_NAMED[types]}, found {fields[key]!r}")
    _split_counts(fields, where)
    for key in ("networks", "concepts", "than_concepts"):
        fields[key] = tuple(fields.get(key, ()))
        if not all(isinstance(one, str) and one.strip() for one in fields[key]):
            raise StudyError(f"{where}: {key}: expected texts, found {list(fields[key])!r}")
    for key in ("layer", "than_layer"):
        if str(fields.get(key, "")).casefold().strip() in _ALL_LAYERS:
            fields.pop(key, None)
    claim = Claim(**fields)
    _check_needs(claim, where)
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


def _check_needs(claim: Claim, where: str) -> None:
    needs = _NEEDS.get(claim.kind, ())
    for key in needs:
        if getattr(claim, key) in (None, (), ""):
            raise StudyError(f"{where}: kind {claim.kind!r}: expected {key!r}, found none")
    if claim.kind in {"share", *RELATIONS, *EXTREMES, "trend"}:
        for key in ("quantity", "of", "denominator"):
            name = getattr(claim, key)
            if name and name not in KINDS:
                known = ", ".join(KINDS)
                raise StudyError(f"{where}: {key}: expected one of {known}, found {name!r}")
    if claim.kind in {*KINDS, "share"} and claim.value is not None:
        parse(claim.value, tolerance=claim.tolerance)
    if claim.kind == "trend" and claim.value not in ("rises", "falls"):
        raise StudyError(f"{where}: value: expected 'rises' or 'falls', found {claim.value!r}")


def _size(items: Any) -> str:
    return str(len(items)) if isinstance(items, list) else "none"


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("id", "kind", "network", "than", "layer", "than_layer", "quantity"), str),
    **dict.fromkeys(("of", "denominator", "text"), str),
    **dict.fromkeys(("networks", "concepts", "than_concepts"), list),
    **dict.fromkeys(("unit", "page"), int),
    "tolerance": (int, float),
    "value": (str, int, float),
}
_NAMED: Mapping[Any, str] = {str: "a text", list: "a list", int: "a whole number"} | {
    (int, float): "a number",
    (str, int, float): "a number or a text",
}
_NEEDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((*KINDS, "share", "label", *EXTREMES, "trend"), ("value",)),
    **dict.fromkeys(LISTS, ("concepts",)),
    "count": ("value", "concepts"),
    "emphasis": ("network", "concepts"),
    **dict.fromkeys(RELATIONS, ("quantity",)),
    "label": ("value", "unit", "layer"),
    "similarity": ("value", "unit", "layer"),
}
