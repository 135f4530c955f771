"""How two networks differ in how right their labels are, and in what kind of thing they name."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from study.intervals import LEVEL, difference_of_means, difference_of_shares
from study.runs import Run

MEASURES = ("precision", "pearson", "auprc")
Numbers = Mapping[str, Any]


def differences(
    a: Run, b: Run, numbers_a: Numbers, numbers_b: Numbers, layers: Mapping[str, tuple[str, str]]
) -> dict[str, Any] | None:
    """Return A's figures less B's, layer by layer, each with an interval.

    The intervals of a layer's measures hold together at 95 %, and so do those of its categories:
    whoever picks the clearest of them is not fooled more often than one time in twenty.

    Parameters
    ----------
    a, b
        The runs.
    numbers_a, numbers_b
        Their entries in the results.
    layers
        A pair's layer key to the layer of A and that of B.

    Returns
    -------
    dict or None
        ``layers``: key to ``truth`` (measure to ``mean``, ``low``, ``high``, or `None`) and
        ``categories`` (category to ``share``, ``low``, ``high``, or `None`); `None` where neither
        is known of both.
    """
    found = {
        key: {
            "truth": _truth(a, b, names),
            "categories": _categories(numbers_a, numbers_b, names),
        }
        for key, names in layers.items()
    }
    known = any(part is not None for entry in found.values() for part in entry.values())
    return {"layers": found} if known else None


def _truth(a: Run, b: Run, names: tuple[str, str]) -> dict[str, Any] | None:
    sides = [
        {measure: _column(run, layer, measure) for measure in MEASURES}
        for run, layer in zip((a, b), names, strict=True)
    ]
    known = [one for one in MEASURES if all((~np.isnan(side[one])).any() for side in sides)]
    if not known:
        return None
    level = 1 - (1 - LEVEL) / len(known)
    return {
        measure: difference_of_means(*(side[measure] for side in sides), level=level)
        for measure in known
    }


def _column(run: Run, layer: str, column: str) -> npt.NDArray[np.float64]:
    if run.labels is None or column not in run.labels:
        return np.full(0, np.nan)
    rows = run.labels[run.labels["layer"] == layer]
    return rows[column].to_numpy(dtype=np.float64, na_value=np.nan)


def _categories(a: Numbers, b: Numbers, names: tuple[str, str]) -> dict[str, Any] | None:
    if a["categories"] is None or b["categories"] is None:
        return None
    sides = [
        {kind: one["count"] for kind, one in numbers["categories"]["layers"][layer].items()}
        for numbers, layer in zip((a, b), names, strict=True)
    ]
    kinds = list(dict.fromkeys([*sides[0], *sides[1]]))
    units = [sum(side.values()) for side in sides]
    level = 1 - (1 - LEVEL) / max(len(kinds), 1)
    return {
        kind: difference_of_shares(
            *((side.get(kind, 0), n) for side, n in zip(sides, units, strict=True)), level=level
        )
        for kind in kinds
    }
