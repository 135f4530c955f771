"""Comma-separated text as this project writes it: minimal quoting, LF, floats by ``repr``."""

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r'[,"\r\n]')


def dumps(rows: Iterable[Sequence[str | int | float]]) -> str:
    r"""Return rows as text, one line each.

    A field is quoted only where it must be. (The standard library's writer leaves a lone carriage
    return bare when lines end in LF, and no reader then gets the field back.)
    """
    return "".join(",".join(map(_field, row)) + "\n" for row in rows)


def _field(value: str | int | float) -> str:
    text = value if isinstance(value, str) else repr(value)
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text
