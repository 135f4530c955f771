"""HTML tables: how runs and comparisons show themselves in a notebook."""

from collections.abc import Sequence
from html import escape
from typing import Any


def html_table(title: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a titled table; every text is escaped.

    >>> html_table("<A>", ["layer"], [["layer4"]])
    '<table><caption>&lt;A&gt;</caption><tr><th>layer</th></tr><tr><td>layer4</td></tr></table>'
    """

    def line(cells: Sequence[Any], kind: str) -> str:
        inside = "".join(f"<{kind}>{escape(str(cell))}</{kind}>" for cell in cells)
        return f"<tr>{inside}</tr>"

    body = "".join(line(row, "td") for row in rows)
    return f"<table><caption>{escape(title)}</caption>{line(head, 'th')}{body}</table>"
