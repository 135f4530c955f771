"""Find rows that moved: missing layers or units, shifted unit numbers, layers under other names."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from study.verify.reading.descriptions import Part, Table

_SHIFTS = (-2, -1, 1, 2)
_AGREES = 0.6
"""Share of rows that must agree for a move to be reported."""
_POOLED = 0.95
"""Share of labels that must recur for units to count as shuffled, if similarities don't recur."""
_FEW = 10
"""Smaller layers are too small to tell a move from chance."""


def moves(a: Table, b: Table) -> tuple[list[str], set[str]]:
    """Find missing and renamed layers, missing units, shifted and shuffled unit numbers.

    Returns
    -------
    tuple
        How layers and units of the tables differ, in sentences; the layers that they explain.
    """
    texts = [f"{name} is missing from the second table" for name in a.parts if name not in b.parts]
    texts += [f"{name} is not in the first table" for name in b.parts if name not in a.parts]
    explained: set[str] = set()
    for name, part, other in _common(a, b):
        if part.units.tolist() != other.units.tolist():
            texts.append(f"{name} {_units(part, other)}")
        if moved := _order(part, other) or _values(part, other):
            texts.append(f"{name}: {moved}")
            explained.add(name)
    for name, text in _renamed(a, b):
        texts.append(f"{name} of the second table {text}")
        explained.add(name)
    return texts, explained


def _common(a: Table, b: Table) -> list[tuple[str, Part, Part]]:
    return [(name, part, b.parts[name]) for name, part in a.parts.items() if name in b.parts]


def missing_units(a: Table, b: Table) -> int:
    """Return how many units one of two tables lacks, of the layers that both have."""
    return sum(len(np.setxor1d(part.units, other.units)) for _, part, other in _common(a, b))


def _units(part: Part, other: Part) -> str:
    gone, new = np.setdiff1d(part.units, other.units), np.setdiff1d(other.units, part.units)
    text = f"has {len(part)} units in the first table and {len(other)} in the second"
    text += f"; missing in the second: {_listed(gone.tolist())}" if len(gone) else ""
    return text + (f"; only in the second: {_listed(new.tolist())}" if len(new) else "")


def _order(part: Part, other: Part) -> str:
    """Tell how the units are renumbered; "" if they are not."""
    agreement = _agreement(part, other)
    if agreement >= _AGREES:
        return ""
    for shift in _SHIFTS:
        share = _agreement(part, other, shift=shift)
        if share >= _AGREES and share > agreement + 0.3:
            return (
                f"unit u of the first table is unit u{shift:+d} of the second "
                f"({share:.1%} of the labels then agree, {agreement:.1%} as numbered)"
            )
    if len(part) < _FEW:
        return ""
    rows = _in_common(_rows(part), _rows(other))
    labels = _in_common(part.labels, other.labels)
    if rows >= _AGREES and rows > agreement + 0.3:
        return f"{rows:.1%} of the rows stand in the second table under other numbers"
    if labels >= _POOLED and labels > agreement + 0.3:
        return "the second table has the same labels, on other units"
    return ""


def _values(part: Part, other: Part) -> str:
    """Report similarities that are the same numbers on other units, although the labels agree."""
    x, y = part.similarities.round(6), other.similarities.round(6)
    if len(x) < _FEW or np.ptp(x) == 0 or not np.array_equal(np.sort(x), np.sort(y)):
        return ""
    same = (x == y).mean() >= _AGREES
    return "" if same else "the second table has the same similarities, on other units"


def _in_common(rows: Sequence[Any], others: Sequence[Any]) -> float:
    common: int = (Counter(rows) & Counter(others)).total()
    return common / max(len(rows), len(others))


def _renamed(a: Table, b: Table) -> Iterator[tuple[str, str]]:
    """Find layers of B that carry the labels of another layer of A."""
    for name, other in b.parts.items():
        own = _agreement(a.parts[name], other) if name in a.parts else 0.0
        for candidate, part in a.parts.items():
            if candidate == name or min(len(part), len(other)) < _FEW:
                continue
            share = _agreement(part, other)
            if share >= _AGREES and share > own + 0.3:
                yield name, f"is {candidate} of the first ({share:.1%} of the labels agree)"


def _agreement(part: Part, other: Part, *, shift: int = 0) -> float:
    _, i, j = np.intersect1d(part.units + shift, other.units, return_indices=True)
    if not len(i):
        return 0.0
    pairs = zip(i.tolist(), j.tolist(), strict=True)
    equal: int = sum(part.labels[x] == other.labels[y] for x, y in pairs)
    return equal / len(i)


def _rows(part: Part) -> list[tuple[str, float]]:
    values = np.nan_to_num(part.similarities, nan=-1e9).round(3).tolist()
    return list(zip(part.labels, values, strict=True))


def _listed(units: list[int]) -> str:
    shown = ", ".join(map(str, units[:5]))
    return f"{shown} and {len(units) - 5} more" if len(units) > 5 else shown
