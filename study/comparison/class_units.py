"""Units of a last layer that stand for a class: how often their label is the class's name."""

import math
from collections.abc import Sequence
from typing import Any

from study.comparison.statistics import share_interval

FIRST = 5
"""A class unit counts as nearly found if its class name is among this many best labels."""


def classes(ranks: Sequence[float]) -> dict[str, Any] | None:
    """Count how often the class that a unit stands for ranks first, or among the first five.

    A class whose name is no concept has the rank NaN; it counts among ``units``, not ``ranked``:
    no label could have been right. `None` if there are no class units.
    """
    units = len(ranks)
    if not units:
        return None
    ranked = [rank for rank in ranks if not math.isnan(rank)]
    top1, top5 = sum(rank <= 1 for rank in ranked), sum(rank <= FIRST for rank in ranked)
    return {
        "units": units,
        "ranked": len(ranked),
        "top1": top1,
        "top5": top5,
        "top1_share": top1 / units,
        "top5_share": top5 / units,
        "first": FIRST,
        "found": share_interval(top1, len(ranked)),
        "nearly": share_interval(top5, len(ranked)),
    }
