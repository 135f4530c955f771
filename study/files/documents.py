"""JSON documents and digests: ``manifest.json`` says what made the results of a study."""

import contextlib
import hashlib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.files.output import read_bytes, write_atomic

SCHEMA = "study-manifest/1"
MAX_BYTES, MAX_PARTS = 64 << 20, 6_000_000
"""Bounds on JSON that is read: the results of ten networks of 3,000 units are a tenth of it."""
_LONG_KEY = re.compile(r"""(?:(?:(?<![\w-])[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){64}""")
"""A key of so many parts with dots between that reading it would take hours."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
"""Marks a text that may hold half of a character."""


def sha256_bytes(data: bytes) -> str:
    """Return the SHA-256 of some bytes as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def decoded(argument: str) -> str:
    """Return an argument or a file's name as the UTF-8 that it is, whatever the locale.

    Bytes that the locale cannot read stand in Python's texts as lone surrogates; where they are no
    UTF-8 either, they stay.
    """
    if is_text(argument):
        return argument
    with contextlib.suppress(UnicodeError):
        return os.fsencode(argument).decode()
    return argument


def is_text(text: str) -> bool:
    """Whether a text can be written as UTF-8: it holds no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def dumps(document: Mapping[str, Any]) -> str:
    """Return a document as JSON text that is equal for equal documents.

    Keys keep their order, floats are written by ``repr``, the text ends with one line feed.

    Raises
    ------
    StudyError
        If a number is NaN or infinite: an undefined number is ``None``.
    """
    try:
        return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    except ValueError as error:
        raise StudyError(f"expected finite numbers or null in a JSON document: {error}") from None


def loads(data: bytes, *, name: str) -> Any:
    """Read JSON of bounded size; `name` is what messages call it.

    Raises
    ------
    StudyError
        If it is not JSON, or is larger than any document of this program.
    """
    parts = data.count(b"[") + data.count(b"{") + data.count(b",")
    if len(data) > MAX_BYTES or parts > MAX_PARTS:
        raise StudyError(
            f"{name}: expected JSON of at most {MAX_BYTES >> 20} MB and {MAX_PARTS:,} values, "
            f"found {len(data) >> 20} MB and about {parts:,}"
        )
    try:
        document = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
        if _SURROGATE.search(data):
            json.dumps(document, ensure_ascii=False).encode()
        return document
    except (ValueError, RecursionError) as error:
        found = " ".join(str(error).split())[:120]
        raise StudyError(f"{name}: expected a JSON document, found {found}") from None


def loads_toml(data: bytes) -> dict[str, Any]:
    """Read TOML in UTF-8.

    Raises
    ------
    ValueError
        Saying what was found, if it is none, is nested too deep, or has a key of 64 parts.
    """
    text = data.decode("utf-8-sig")
    if found := _LONG_KEY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise ValueError(f"a name of 64 parts or more with dots between (at line {line})")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("tables or lists nested too deep") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its entries; of a key stated twice, readers would see either value."""
    entries = dict(pairs)
    if len(entries) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:60]!r} twice")
    return entries


def parse(data: bytes, schema: str = SCHEMA, *, name: str = "manifest.json") -> dict[str, Any]:
    """Read a JSON document and check its ``schema``; `name` is what messages call it.

    Raises
    ------
    StudyError
        If it is not a JSON object, or is of another schema.
    """
    document = loads(data, name=name)
    stated = document.get("schema") if isinstance(document, dict) else type(document).__name__
    if not isinstance(document, dict) or stated != schema:
        raise StudyError(f"{name}: expected schema {schema!r}, found {stated!r}")
    return document


def read(path: Path, schema: str = SCHEMA) -> dict[str, Any]:
    """Read a JSON document from a file, as `parse` does; raises `StudyError` if it cannot be."""
    return parse(read_bytes(path), schema, name=path.name)


def write(document: Mapping[str, Any], path: Path) -> None:
    """Write ``manifest.json``: whole or not at all."""
    write_atomic(path, dumps(document).encode())
