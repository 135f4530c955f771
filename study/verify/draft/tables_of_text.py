"""Read the tables of a report: each number by its column, its row and what stands above."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from study.verify.draft.context import Names, layers, only_layer
from study.verify.draft.passages import Grid
from study.verify.draft.sentences import Drafted

_KINDS = (
    ("only", r"\bonly\b|exclusive|specific|unique to"),
    ("jaccard", r"jaccard|\biou\b"),
    ("shared", r"shared|common|overlap|intersection"),
    ("union", r"\bunion\b"),
    ("mean_similarity", r"(?:mean|average|avg\.?)\s(?:\w+\s)?sim"),
    ("unique", r"unique|distinct|different"),
    ("count", r"\bcounts?\b|frequency|\bneurons\b|\bunits\b|#"),
)
_PAIR = ("jaccard", "shared", "union")
_WORDS = re.compile(r"\b(?:concept|label|word|description)s?\b", re.I)
_NUMBER = re.compile(r"(?:[~≈]\s?)?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?\s?%?|(?<!\d)\.\d+")


def of_grid(grid: Grid, names: Names) -> Iterator[Drafted]:
    """Yield the claims of a table; cells whose noun is not stated are left out."""
    header, *rows = grid.rows
    for row in rows:
        for column, cell in enumerate(row):
            number = column < len(header) and _NUMBER.fullmatch(cell.strip())
            if number and (drafted := _cell(grid, header, row, column, names)):
                yield drafted


def _cell(
    grid: Grid, header: Sequence[str], row: Sequence[str], column: int, names: Names
) -> Drafted | None:
    labels = [text for n, text in enumerate(row) if n != column and not _NUMBER.fullmatch(text)]
    near, above = [header[column], *labels], list(grid.heading)
    kind = _kind(near) or _kind(above[::-1])
    value = row[column].strip()
    whole = re.fullmatch(r"[\d,~≈ ]+", value) is not None
    if kind is None or whole != (kind not in ("jaccard", "mean_similarity")):
        return None
    fields: dict[str, Any] = {"kind": kind, "value": value}
    doubts = []
    if kind == "count":
        places = [n for n, text in enumerate(header) if _WORDS.search(text) and n != column]
        if not places:
            return (
                None
                if _kind(near) == "count" and not layers(" ".join(near))
                else _units(grid, near, value, names)
            )
        fields |= {"concept": row[places[0]].strip("“”\"' "), "value": int(value.replace(",", ""))}
    if kind not in _PAIR:
        network = names.only([*above, *labels, header[column]]) or _lettered(near, names)
        doubts += [] if network else ["which network?"]
        fields |= {"network": network} if network else {}
    layer = only_layer([*above, *labels, header[column]])
    fields |= {"layer": layer} if layer else {}
    if layer is None and layers(" ".join(near)):
        doubts.append("which layer?")
    text = f"{' | '.join(row)} (column {header[column]})"
    return Drafted(fields, text[:300], grid.page, "; ".join(doubts))


def _units(grid: Grid, near: Sequence[str], value: str, names: Names) -> Drafted | None:
    """Return the number of units of a layer: a table of layers and their units."""
    network, layer = names.only([*grid.heading, *near]), only_layer(near)
    if not layer or not re.search(r"neurons|units|channels", near[0], re.I):
        return None
    fields = {"kind": "units", "value": value, "layer": layer}
    fields |= {"network": network} if network else {}
    return Drafted(fields, " | ".join(near)[:300], grid.page)


def _lettered(texts: Sequence[str], names: Names) -> str | None:
    """Return the network that a cell names by its letter alone: "unique A" is of Network A."""
    words = {word for text in texts for word in text.split()}
    named = [name for name in names.patterns if name.split()[-1] in words]
    return named[0] if len(named) == 1 else None


def _kind(texts: Sequence[str]) -> str | None:
    for text in texts:
        for kind, pattern in _KINDS:
            if re.search(pattern, text, re.I):
                return kind
    return None
