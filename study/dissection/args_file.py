"""Read ``args.txt``, in which CLIP-Dissect states the settings of a run."""

import ast
import json
import re
from typing import Any

from study.errors import StudyError
from study.files import documents

_MOST = 1 << 16
_KEY = re.compile(r"[^\W\d][\w .-]{0,63}")
"""The name of a setting in lines ``key: value``."""
_DO = "mend the file, or remove it"


def parse_args(data: bytes, *, name: str = "args.txt") -> dict[str, Any]:
    """Read JSON, a Python dictionary or ``Namespace(...)``, or ``key: value`` lines.

    Runs nothing. Lines without a key are ignored where others have one.

    Raises
    ------
    StudyError
        If the file is larger than 64 KiB, no UTF-8, or none of these; also if a key stands twice.
        `name` is what the message calls it.
    """
    if len(data) > _MOST:
        raise _refused(name, f"{len(data):,} bytes, more than {_MOST:,}")
    try:
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise _refused(name, f"a byte that is no UTF-8 (at {error.start})") from None
    if not text:
        raise _refused(name, "an empty file")
    if text.startswith("{"):
        return _of_braces(text, name)
    args = _of_python(text) if text.startswith("Namespace(") else _of_lines(text)
    if not args:
        raise _refused(name, repr(text[:60]))
    return args


def _of_braces(text: str, name: str) -> dict[str, Any]:
    try:
        return dict(documents.loads(text.encode(), name=name))
    except StudyError as error:
        if args := _of_python(text):
            return args
        raise StudyError(f"{error}; {_DO}") from None


def _of_python(text: str) -> dict[str, Any]:
    """Read ``{...}`` or ``Namespace(key=value, ...)``; empty where it is neither, or damaged."""
    try:
        node = ast.parse(text, mode="eval").body
        if isinstance(node, ast.Call) and not node.args:
            pairs = [(word.arg, word.value) for word in node.keywords]
        elif isinstance(node, ast.Dict):
            keys = [str(ast.literal_eval(key)) if key else None for key in node.keys]
            pairs = list(zip(keys, node.values, strict=True))
        else:
            return {}
        found = {key: ast.literal_eval(value) for key, value in pairs if key}
        json.dumps(found, ensure_ascii=False).encode()  # reports hold it: no bytes, no sets
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return {}
    return found if len(found) == len(pairs) else {}


def _of_lines(text: str) -> dict[str, Any]:
    lines = [line.replace("=", ":", 1).partition(":") for line in text.splitlines()]
    found = {key.strip(): value.strip() for key, colon, value in lines if colon}
    return {key: value for key, value in found.items() if _KEY.fullmatch(key)}


def _refused(name: str, found: str) -> StudyError:
    return StudyError(
        f"{name}: expected the settings of a run as JSON, as a Python dictionary or as lines "
        f"'key: value', found {found}; {_DO}"
    )
