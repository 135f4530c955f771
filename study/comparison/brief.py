"""A comparison in about ten lines of text, for a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from study.comparison.results import members

MATRIX = 4
"""From this many networks on, pairs are shown as a matrix."""
_WIDTH = 24


def brief(document: Mapping[str, Any]) -> str:
    """Return the main numbers of a results document as text."""
    return "".join(f"{line}\n" for line in _lines(document))


def shortened(text: str, width: int = _WIDTH) -> str:
    """Return a text of at most `width` characters, cut in the middle: both ends tell names apart.

    >>> shortened("encoder.layers.encoder_layer_11", 20)
    'encoder.la…_layer_11'
    """
    if len(text) <= width:
        return text
    end = (width - 1) // 2
    return f"{text[: width - 1 - end]}…{text[len(text) - end :]}"


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    networks, pairs = members(document), document["pairs"]
    rows = [["network", "units", "distinct labels", "most frequent"]]
    for network in networks:
        top = ", ".join(f"{word} {count}" for word, count in network["top"][:3])
        rows.append([network["name"], f"{network['units']:,}", f"{network['unique']:,}", top])
    yield from _table(rows)
    if len(networks) >= MATRIX:
        yield ""
        yield "Jaccard index, all layers together"
        yield from _table(_matrix([network["name"] for network in networks], pairs))
        return
    for pair in pairs:
        yield ""
        yield f"{pair['a']} and {pair['b']}"
        yield from _pair(pair)


def _pair(pair: Mapping[str, Any]) -> Iterator[str]:
    for one in pair["inputs"]["differ"]:
        yield f"  other {one['input']}: {one['a']}; {one['b']}"
    if pair["states"]:
        entry = pair["states"]["overall"]
        share = "" if entry["share"] is None else f", {entry['share']:.1%}"
        yield f"  unit by unit: {entry['same']} of {entry['units']} have the same label{share}"
        return
    rows = [["layer", "shared", "union", "Jaccard", "null", "adjusted p"]]
    for name, part in {**pair["layers"], "all layers": pair["overall"]}.items():
        null = part["null"]
        tested = ["-", "-"]
        if null:
            tested = [f"{null['low']:.3f} to {null['high']:.3f}", f"{null['p_adjusted']:.3g}"]
        index = "-" if part["jaccard"] is None else f"{part['jaccard']:.3f}"
        rows.append([name, str(part["shared"]), str(part["union"]), index, *tested])
    yield from _table(rows)


def _matrix(names: Sequence[str], pairs: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    found = {
        frozenset((pair["a"], pair["b"])): pair["overall"]["jaccard"]
        for pair in pairs
        if not pair["inputs"]["differ"]
    }
    rows = [["", *names]]
    for name in names:
        values = [found.get(frozenset((name, other))) for other in names]
        rows.append([name, *("-" if value is None else f"{value:.3f}" for value in values)])
    return rows


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    short = [
        [shortened(" ".join(cell.split()), _WIDTH * (1 + (at > 0))) for at, cell in enumerate(row)]
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*short, strict=True)]
    for row in short:
        first, *others = (
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(["", first, *others]).rstrip()
