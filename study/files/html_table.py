"""HTML tables: how runs and comparisons show themselves in a notebook."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any


def html_table(title: str, head: Sequence[str], rows: Sequence[Iterable[Any]]) -> str:
    """Return a titled table; every text is escaped.

    >>> html_table("<A>", ["layer"], [["layer4"]])
    '<table><caption>&lt;A&gt;</caption><tr><th>layer</th></tr><tr><td>layer4</td></tr></table>'
    """

    def line(cells: Iterable[Any], kind: str) -> str:
        inside = "".join(f"<{kind}>{escape(_shown(cell))}</{kind}>" for cell in cells)
        return f"<tr>{inside}</tr>"

    body = "".join(line(row, "td") for row in rows)
    return f"<table><caption>{escape(title)}</caption>{line(head, 'th')}{body}</table>"


def _shown(cell: Any) -> str:
    """Return a cell as text: three digits of a number, a dash for nothing."""
    if cell is None:
        return "–"
    return f"{cell:.3g}" if isinstance(cell, float) else str(cell)
