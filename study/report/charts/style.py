"""The look of all figures: colours, text marks and reproducible SVG."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from study.report.charts.glyphs import FURTHER

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
"""Okabe and Ito's colour-blind safe colours, ordered so that they also differ in brightness."""
HATCHES = ("", "////", "\\\\\\\\", "xxxx", "----", "++++")
"""Lines only: a pattern of dots is hundreds of curves, drawn anew for every bar of the PDF."""
DASHES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (1, 1)), "-.", (0, (6, 1, 1, 1)), (0, (2, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P")
INK = "#222222"
PALE = "#d9d9d9"
_LETTER = 0.15
"""The mean width of a letter of a label, in centimetres."""

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
    """Apply the look of figures within a block; matplotlib's settings are restored after it."""
    with matplotlib.rc_context(_settings()):
        yield


def _settings() -> Any:
    return {**_SETTINGS, "font.family": ["DejaVu Sans", *FURTHER]}


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of that size in centimetres, not registered with pyplot."""
    return Figure(figsize=(width / 2.54, height / 2.54), layout="constrained", dpi=72)


def label_value(
    ax: Axes, position: float, count: float, key: str | None, *, horizontal: bool
) -> None:
    """Write a count, with its key, at the end of its bar."""
    at, offset = ((count, position), (2, 0)) if horizontal else ((position, count), (0, 1.5))
    side, base = ("left", "center") if horizontal else ("center", "bottom")
    look: dict[str, Any] = {"ha": side, "va": base}
    note = ax.annotate(f"{count:,.0f}", at, offset, textcoords="offset points", fontsize=7, **look)
    note.set_gid(f"n:{key}")
    note.set_in_layout(False)


def label_categories(ax: Axes, axis: str, positions: npt.ArrayLike, names: Sequence[str]) -> None:
    """Label positions on the "x" or "y" axis with given names."""
    ticks = (ax.set_xticks if axis == "x" else ax.set_yticks)(positions, list(names))
    for number, tick in enumerate(ticks):
        for label in (tick.label1, tick.label2):
            mark_given(label, f"{axis}{number}")
    if axis == "x" and _crowded(ax, names):
        ax.tick_params(axis="x", labelrotation=25)
        for label in ax.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")


def _crowded(ax: Axes, names: Sequence[str]) -> bool:
    """Whether names side by side under an axes would run into each other."""
    place = ax.get_subplotspec()
    columns = place.get_gridspec().ncols if place else 1
    figure = ax.get_figure(root=True)
    width = figure.get_size_inches()[0] * 2.54 / columns if figure else 0
    return len(names) * max(map(len, names), default=0) * _LETTER > 0.85 * width


def whole_steps(ax: Axes, axis: str) -> None:
    """Put the ticks of an axis of counts at whole numbers only."""
    side = ax.xaxis if axis == "x" else ax.yaxis
    side.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))


def set_title(ax: Axes, title: str | None) -> None:
    """Set a given title, if there is one."""
    if title is not None:
        mark_given(ax.set_title(title, loc="left"), "title")


def mark_given(text: Text, position: str) -> None:
    """Mark a text as given: it comes from the data, not from the program."""
    text.set_gid(f"t:{position}")
    text.set_parse_math(False)


def to_svg(figure: Figure, name: str) -> bytes:
    """Return a figure as SVG with text kept as text, without a date and with reproducible ids.

    Parameters
    ----------
    figure
        The finished figure.
    name
        Salt of the ids, so that the ids of two figures in one page differ.
    """
    out = io.BytesIO()
    metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    settings: Any = {**_settings(), "svg.hashsalt": name}
    with matplotlib.rc_context(settings):
        if engine := figure.get_layout_engine():
            engine.execute(figure)
            figure.set_layout_engine("none")
        # Not `savefig`, which draws everything twice: a dry run to arrange what is arranged.
        FigureCanvasSVG(figure).print_svg(out, metadata=metadata)  # type: ignore[no-untyped-call]
    return out.getvalue()


def to_png(figure: Figure) -> bytes:
    """Return a finished figure, one that `to_svg` has arranged, as PNG with 300 pixels an inch."""
    out = io.BytesIO()
    with matplotlib.rc_context(_settings()):
        canvas = FigureCanvasAgg(figure)
        figure.set_dpi(300)
        canvas.print_png(out, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return out.getvalue()


def flattened(svg: bytes) -> bytes:
    """Return an SVG without groups that only bear an id, and without rotations by zero.

    It looks the same and is set into a PDF in less time, but has lost the keys of its numbers.
    """
    root = ET.fromstring(svg)  # noqa: S314 - drawn by `to_svg`
    _flatten(root)
    return ET.tostring(root)


def _flatten(element: ET.Element) -> None:
    children: list[ET.Element] = []
    for child in element:
        _flatten(child)
        if child.get("transform", "").startswith("rotate(-0 "):
            del child.attrib["transform"]
        bare = child.tag.endswith("}g") and set(child.keys()) <= {"id"}
        children += list(child) if bare else [child]
    element[:] = children
