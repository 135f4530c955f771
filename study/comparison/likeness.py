"""What two networks share besides labels: matched units, and layers that are alike."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from study.comparison.pairing import Mapped
from study.comparison.statistics import LEVEL
from study.dissection.pair_tables import NETWORKS, OTHER_HALVES, OWN_HALVES, Alignment, Match
from study.dissection.run import Run


def matched(
    a: Run, b: Run, mapping: Mapped, *, permutations: int, seed: int
) -> dict[str, Any] | None:
    """Return how often matched units share a label, by layer, with the null of shuffled pairs.

    The null keeps every label with its unit and matches the units at random. `None` if the runs
    do not hold which units are matched.
    """
    entries = {}
    for key, (x, y) in mapping.items():
        rows = _matches(a, b, x, y)
        if rows:
            labels = _by_unit(a, x), _by_unit(b, y)
            entries[key] = _layer(rows, labels, permutations=permutations, seed=seed)
    return {"layers": entries} if entries else None


def _by_unit(run: Run, layer: str) -> dict[int, str]:
    return {unit: label for unit, label, _ in run.dissection.layer(layer).rows()}


def _matches(a: Run, b: Run, x: str, y: str) -> list[Match]:
    own = [row for row in a.matches if (row.other, row.layer) == (b.digest, x) and x == y]
    back = [row for row in b.matches if (row.other, row.layer) == (a.digest, y) and x == y]
    turned = [Match(row.other, x, row.match, row.unit, row.correlation) for row in back]
    return own or turned


def _layer(
    rows: Sequence[Match],
    labels: tuple[Mapping[int, str], Mapping[int, str]],
    *,
    permutations: int,
    seed: int,
) -> dict[str, Any]:
    first = np.array([labels[0][row.unit] for row in rows], dtype=object)
    second = np.array([labels[1][row.match] for row in rows], dtype=object)
    same = float((first == second).mean())
    _, codes = np.unique(np.concatenate([first, second]), return_inverse=True)
    own, other = np.split(codes, 2)
    generator = np.random.default_rng([seed, 7])
    shuffled = generator.permuted(np.tile(other, (permutations, 1)), axis=1)
    null = (shuffled == own).mean(axis=1)
    low, high = np.quantile(null, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    p = (int((null >= same - 1e-12).sum()) + 1) / (permutations + 1)
    return {
        "pairs": len(rows),
        "correlation": float(np.mean([row.correlation for row in rows])),
        "same": same,
        "null": {"mean": float(null.mean()), "low": low, "high": high, "p": p, "p_adjusted": p},
    }


def alignment(a: Run, b: Run, mapping: Mapped) -> dict[str, Any] | None:
    """Return the CKA of two networks by layer, beside that of halves of each one's units.

    `None` if the runs do not hold it.
    """
    entries = {}
    for key, (x, y) in mapping.items():
        rows = [row for row in a.alignment if (row.other, row.layer) == (b.digest, x) and x == y]
        kinds: Mapping[str, str] = {"a": OWN_HALVES, "b": OTHER_HALVES}
        if not rows:
            rows = [
                row for row in b.alignment if (row.other, row.layer) == (a.digest, y) and x == y
            ]
            kinds = {"a": OTHER_HALVES, "b": OWN_HALVES}
        if rows:
            halves = {side: _spread(rows, kind) for side, kind in kinds.items()}
            entries[key] = {"cka": _spread(rows, NETWORKS)["mean"], **halves}
    return {"layers": entries} if entries else None


def _spread(rows: Sequence[Alignment], of: str) -> dict[str, float | None]:
    values = np.array([row.cka for row in rows if row.of == of], dtype=np.float64)
    known = values[~np.isnan(values)]
    if not len(known):
        return {"mean": None, "low": None, "high": None}
    return {"mean": float(known.mean()), "low": float(known.min()), "high": float(known.max())}
