"""How all figures look, and how one becomes SVG that is equal for equal data."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
"""Okabe and Ito's colours, told apart by the colour-blind; in this order also by brightness."""
HATCHES = ("", "////", "\\\\\\\\", "xxxx", "----", "++++")
"""Lines only: a pattern of dots is hundreds of curves, drawn anew for every bar of the PDF."""
DASHES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (1, 1)), "-.", (0, (6, 1, 1, 1)), (0, (2, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P")
INK = "#222222"
PALE = "#d9d9d9"

_SETTINGS: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8.0,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#777777",
    "axes.linewidth": 0.6,
    "axes.axisbelow": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "text.parse_math": False,
    "svg.fonttype": "none",
}


@contextmanager
def style() -> Iterator[None]:
    """Set the look of figures for a block, and leave matplotlib as it was."""
    with matplotlib.rc_context(_SETTINGS):
        yield


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, its sides in centimetres, which pyplot does not know of."""
    return Figure(figsize=(width / 2.54, height / 2.54), layout="constrained", dpi=72)


def axes(ax: Axes | None, width: float, height: float) -> Axes:
    """Return the given axes, or those of a new figure of that size in centimetres."""
    return new_figure(width, height).add_subplot() if ax is None else ax


def to_svg(figure: Figure, name: str) -> bytes:
    """Return a figure as SVG with text kept as text: no date, and the same ids every time.

    Parameters
    ----------
    figure
        The finished figure.
    name
        Salt of the ids inside, so that two figures in one page have different ones.
    """
    out = io.BytesIO()
    metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    settings: Any = {**_SETTINGS, "svg.hashsalt": name}
    with matplotlib.rc_context(settings):
        if engine := figure.get_layout_engine():
            engine.execute(figure)  # once: drawing would do it twice over
            figure.set_layout_engine("none")
        figure.savefig(out, format="svg", metadata=metadata)
    return out.getvalue()
