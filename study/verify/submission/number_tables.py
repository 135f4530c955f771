"""Extract claims from tables in texts: Markdown's, and rows that tabs or wide gaps divide."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

_RULE = re.compile(r"[\s|:+=-]+")
_KINDS = {
    "jaccard": re.compile(r"\bjaccard\b|\biou\b", re.I),
    "shared": re.compile(r"\b(?:shared|common|overlap(?:ping)?|intersection)\b", re.I),
    "unique": re.compile(r"\b(?:unique|distinct|different)\b", re.I),
}
_OTHER = re.compile(
    r"\b(?:only|unique to|exclusive|mean|average|share of|percent|ratio|per)\b|%", re.I
)
"""What such numbers are not: counts of one network alone, means and shares."""
_VALUE = re.compile(r"\**\s*(\d{1,6}|\d{1,3}(?:,\d{3})+|0?\.\d{2,6})\s*\**")
_GAPS = re.compile(r"\t+|\s{2,}")
_MAX_ROWS = 400


def claims_in_tables(text: str, vocabulary: Any) -> Iterator[dict[str, Any]]:
    """Yield the claims of a text's tables: what a column's or a row's head says that it counts.

    A row or column without a layer is about all layers; one with several is left out.
    """
    for rows in _tables(text):
        head = rows[0]
        for row in rows[1:]:
            if len(row) != len(head):
                continue
            for column, cell in zip(head[1:], row[1:], strict=True):
                value = _VALUE.fullmatch(cell)
                claim = _claim(f"{row[0]} · {column}", vocabulary) if value else None
                if value and claim and ("." in value[1]) == (claim["kind"] == "jaccard"):
                    shown = f"table: {row[0]}, {column}: {cell}"[:200]
                    yield claim | {"value": value[1], "text": shown}


def _claim(heads: str, vocabulary: Any) -> dict[str, Any] | None:
    """Return the kind, network and layer that a row's and a column's head name."""
    kinds = [kind for kind, pattern in _KINDS.items() if pattern.search(heads)]
    layers = {layer for _, layer in vocabulary.named_layers(heads)}
    networks = {network for _, network in vocabulary.named_networks(heads)}
    if len(kinds) != 1 or len(layers) > 1 or _OTHER.search(heads):
        return None
    claim: dict[str, Any] = {"kind": kinds[0]} | ({"layer": layers.pop()} if layers else {})
    if kinds[0] != "unique":
        return claim
    return claim | {"network": networks.pop()} if len(networks) == 1 else None


def _tables(text: str) -> Iterator[Sequence[list[str]]]:
    """Yield the tables of a text: two rows or more of as many cells."""
    rows: list[list[str]] = []
    for line in [*text.splitlines(), ""]:
        cells = _cells(line)
        if _RULE.fullmatch(line) and rows and line.strip():
            continue
        if cells and (not rows or len(cells) == len(rows[0])) and len(rows) < _MAX_ROWS:
            rows.append(cells)
            continue
        if len(rows) >= 2:
            yield rows
        rows = [cells] if cells else []


def _cells(line: str) -> list[str]:
    if len(line) > 1000:
        return []
    if line.count("|") >= 2:
        return [cell.strip() for cell in line.strip().strip("|").split("|")]
    cells = [cell.strip() for cell in _GAPS.split(line.strip())]
    return cells if len(cells) >= 2 else []
