"""Find rows that moved: missing layers or units, shifted unit numbers, layers under other names."""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Moves:
    """How layers and units of two tables differ: sentences, and the layers that they explain."""

    texts: tuple[str, ...]
    explained: Set[str]


def moves(a: Table, b: Table) -> Moves:
    """Find missing and renamed layers, missing units, shifted and shuffled unit numbers."""
    texts = [f"{name} is missing from the second table" for name in a.parts if name not in b.parts]
    texts += [f"{name} is not in the first table" for name in b.parts if name not in a.parts]
    explained: set[str] = set()
    for name, part in a.parts.items():
        if (other := b.parts.get(name)) is None:
            continue
        texts += _units(name, part, other)
        agreement = _agreement(part, other)
        moved = _order(name, part, other, agreement) if agreement < _AGREES else []
        moved = moved or _values(name, part, other)
        explained |= {name} if moved else set()
        texts += moved
    renamed = _renamed(a, b)
    return Moves(
        (*texts, *(text for _, text in renamed)), explained | {name for name, _ in renamed}
    )


def missing_units(a: Table, b: Table) -> int:
    """Return how many units one of two tables lacks, of the layers that both have."""
    pairs = [(part, b.parts[name]) for name, part in a.parts.items() if name in b.parts]
    return sum(len(set(part.units.tolist()) ^ set(other.units.tolist())) for part, other in pairs)


def _units(name: str, part: Part, other: Part) -> list[str]:
    here, there = set(part.units.tolist()), set(other.units.tolist())
    if here == there:
        return []
    gone, new = sorted(here - there), sorted(there - here)
    text = f"{name} has {len(here)} units in the first table and {len(there)} in the second"
    text += f"; missing in the second: {_listed(gone)}" if gone else ""
    text += f"; only in the second: {_listed(new)}" if new else ""
    return [text]


def _order(name: str, part: Part, other: Part, agreement: float) -> list[str]:
    for shift in _SHIFTS:
        share = _agreement(part, other, shift=shift)
        if share >= _AGREES and share > agreement + 0.3:
            return [
                f"{name}: unit u of the first table is unit u{shift:+d} of the second "
                f"({share:.1%} of the labels then agree, {agreement:.1%} as numbered)"
            ]
    if len(part) < _FEW:
        return []
    rows = _in_common(_rows(part), _rows(other))
    labels = _in_common(part.labels, other.labels)
    if rows >= _AGREES and rows > agreement + 0.3:
        return [f"{name}: {rows:.1%} of the rows stand in the second table under other numbers"]
    if labels >= _POOLED and labels > agreement + 0.3:
        return [f"{name}: the second table has the same labels, on other units"]
    return []


def _values(name: str, part: Part, other: Part) -> list[str]:
    """Report similarities that are the same numbers on other units, although the labels agree."""
    a, b = (np.sort(table.similarities).round(6) for table in (part, other))
    if len(part) < _FEW or len(a) != len(b) or np.ptp(a) == 0 or not np.array_equal(a, b):
        return []
    if (part.similarities.round(6) == other.similarities.round(6)).mean() >= _AGREES:
        return []
    return [f"{name}: the second table has the same similarities, on other units"]


def _in_common(rows: Sequence[Any], others: Sequence[Any]) -> float:
    """Return the share of rows that two tables have in common, in any order."""
    common: int = (Counter(rows) & Counter(others)).total()
    return common / max(len(rows), len(others))


def _renamed(a: Table, b: Table) -> list[tuple[str, str]]:
    """Find layers of B that carry the labels of another layer of A."""
    renamed = []
    for name, other in b.parts.items():
        own = _agreement(a.parts[name], other) if name in a.parts else 0.0
        for candidate, part in a.parts.items():
            if candidate == name or min(len(part), len(other)) < _FEW:
                continue
            share = _agreement(part, other)
            if share >= _AGREES and share > own + 0.3:
                text = f"{name} of the second table is {candidate} of the first"
                renamed.append((name, f"{text} ({share:.1%} of the labels agree)"))
    return renamed


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
