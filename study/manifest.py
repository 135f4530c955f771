"""What made the results: digests of weights, images and concepts; versions; settings."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.output import write_atomic

SCHEMA = "study-manifest/1"
_CHUNK = 1 << 20


def sha256_bytes(data: bytes) -> str:
    """Return the SHA-256 of some bytes as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 hex digits, read in blocks of 1 MiB."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()


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


def load(path: Path, schema: str) -> dict[str, Any]:
    """Read a JSON document and check its ``schema``.

    Raises
    ------
    StudyError
        If the file cannot be read, is not a JSON object, or is of another schema.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise StudyError(f"{path.name}: expected a JSON document, found {error}") from None
    if not isinstance(document, dict) or document.get("schema") != schema:
        found = document.get("schema") if isinstance(document, dict) else type(document).__name__
        raise StudyError(f"{path.name}: expected schema {schema!r}, found {found!r}")
    return document


def read(path: Path) -> dict[str, Any]:
    """Read ``manifest.json``; raises `StudyError` when it is not one."""
    return load(path, SCHEMA)


def write(document: Mapping[str, Any], path: Path) -> None:
    """Write ``manifest.json``: whole or not at all."""
    write_atomic(path, dumps(document).encode())
