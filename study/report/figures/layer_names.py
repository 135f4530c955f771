"""Names of layers as they stand in figures: without the beginning that all of them share."""

from collections.abc import Sequence

from markupsafe import Markup

from study.report import charts
from study.report.charts import bounded
from study.report.pen import TOTAL, Pen

ENDS = "._/-:"
"""What ends a part of a name: names are cut after it."""
_LONGEST = 22


def layer_titles(names: Sequence[str]) -> list[str]:
    """Return the names of layers, "" being all together, as they stand in a figure.

    Where one is long, all lose the beginning that they share; of ``A~B`` each side does.
    """
    return [
        _title(shown) if name else TOTAL for name, shown in zip(names, _cut(names), strict=True)
    ]


def shared_beginnings(names: Sequence[str]) -> list[str]:
    """Return the beginnings that `layer_titles` leaves out; of A and of B where names are pairs."""
    own = [name.split("~") for name in names if name]
    if max(map(len, map("~".join, own)), default=0) <= charts.UPRIGHT or len(own) < 2:
        return []
    sides = zip(*own, strict=True) if len({len(parts) for parts in own}) == 1 else ()
    beginnings = [_beginning(side) for side in sides]
    return beginnings if all(beginnings) else []


def beginnings_noted(pen: Pen, names: Sequence[str]) -> Markup:
    """Say which beginning the names of layers have lost in a figure; "" where there is none."""
    cut = list(dict.fromkeys(shared_beginnings(names)))
    if not cut:
        return Markup("")
    text = " Names of layers lack their common beginning, {}."
    return pen.say(text, pen.list((pen.given(beginning) for beginning in cut), "or"))


def _cut(names: Sequence[str]) -> list[list[str]]:
    """Return the names as their parts, A and B where they are pairs, without the beginnings."""
    cut = shared_beginnings(names)
    parts = [name.split("~") for name in names]
    if not cut:
        return parts
    return [
        [f"…{part[len(own) :]}" for part, own in zip(both, cut, strict=True)] if any(both) else both
        for both in parts
    ]


def _title(parts: Sequence[str]) -> str:
    kept = list(dict.fromkeys(parts))  # layers of one depth are often called alike
    return "–".join(bounded(part, width=_LONGEST // len(kept)) for part in kept)


def _beginning(names: Sequence[str]) -> str:
    shared = names[0]
    while not all(name.startswith(shared) for name in names):
        shared = shared[:-1]
    end = max(shared.rfind(mark) for mark in ENDS) + 1
    return shared[:end] if end > 1 else ""
