"""Bars, overlaps and cumulative shares, drawn on an axes from finished numbers.

A number written on a chart carries its key into the SVG as the id of its text element, e.g.
``n:networks.0.layers.layer2.top.0.1``. Text from the data (a concept, a name) has an id that
begins with ``t:``. Other digits occur on axes only. Every function takes the keys of its numbers,
a title where there may be one, and the axes to draw on, by default those of a new figure.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from study.report.charts.style import (
    COLOURS,
    DASHES,
    HATCHES,
    INK,
    MARKERS,
    PALE,
    label_categories,
    label_value,
    mark_given,
    new_figure,
    set_title,
    whole_steps,
)

_ROOMY = 7
"""The most overlaps side by side that leave room for a number beside each."""
Numbers = npt.NDArray[np.float64]
Keys = Sequence[Sequence[str | None]]
Bands = Sequence[tuple[float, float] | None]
"""Lower and upper bound per category, None where there is none."""


def bars(
    values: Numbers,
    *,
    categories: Sequence[str],
    keys: Keys | None = None,
    errors: Numbers | None = None,
    horizontal: bool = False,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw grouped bars, one group per category; series differ in colour and hatch.

    Parameters
    ----------
    values
        Shape (series, categories); NaN draws nothing.
    categories
        Their names.
    keys
        Keys of `values`, which are then written at the ends of their bars: whole numbers only.
    errors
        Shape (2, series, categories): lower and upper bounds of intervals.
    horizontal
        Categories from top to bottom instead of left to right.
    """
    height = 1.5 + 0.7 * len(categories) if horizontal else 6
    ax = ax or new_figure(16, height).add_subplot()
    names: Literal["x", "y"] = "y" if horizontal else "x"
    numbers: Literal["x", "y"] = "x" if horizontal else "y"
    thick = 0.8 / len(values)
    draw = ax.barh if horizontal else ax.bar
    for number, row in enumerate(values):
        positions = np.arange(len(categories)) + (number - (len(values) - 1) / 2) * thick
        look: dict[str, Any] = {"color": COLOURS[number % 6], "hatch": HATCHES[number % 6]}
        known = ~np.isnan(row)
        draw(positions[known], row[known], thick * 0.94, edgecolor="white", linewidth=0, **look)
        for column in np.flatnonzero(known).tolist():
            position, end = positions[column], row[column]
            if errors is not None and not np.isnan(errors[0, number, column]):
                line = (errors[:, number, column], [position, position])
                ax.plot(*(line if horizontal else line[::-1]), color=INK, linewidth=1)
            if keys:
                label_value(ax, position, end, keys[number][column], horizontal=horizontal)
    label_categories(ax, names, np.arange(len(categories)), categories)
    ax.tick_params(axis=names, length=0)
    if keys:
        whole_steps(ax, numbers)
    if horizontal:
        ax.set_ylim(len(categories) - 0.45, -0.55)
    (ax.set_xmargin if horizontal else ax.set_ymargin)(0.12)
    ax.grid(axis=numbers, color=PALE, linewidth=0.5)
    set_title(ax, title)
    return ax


def overlaps(
    values: Sequence[float],
    *,
    categories: Sequence[str],
    null: Bands,
    ceiling: Bands,
    interval: Bands,
    independent: Sequence[float | None] = (),
    keys: Sequence[str],
    ax: Axes | None = None,
) -> Axes:
    """Draw one overlap per category over its null range, with its interval and repeatability.

    Parameters
    ----------
    values
        One Jaccard index per category; NaN draws nothing.
    categories
        The layers.
    null, ceiling, interval
        The null range, each network's overlap with itself and the interval of each category.
    independent
        What independent draws from the list would share, per category; None where unknown.
    """
    ax = ax or new_figure(12, 6.5).add_subplot()
    marks: dict[str, Any] = {}
    for x, value in enumerate(values):
        if not np.isnan(value):
            look: dict[str, Any] = {"color": INK, "markeredgecolor": INK, "markersize": 5}
            (marks["observed"],) = ax.plot(x, value, MARKERS[0], linestyle="none", zorder=3, **look)
            look = {"va": "center", "xytext": (8, 0)}
            if len(values) > _ROOMY:
                look = {"va": "bottom", "ha": "center", "xytext": (0, 5), "fontsize": 6.5}
            text = ax.annotate(f"{value:.3f}", (x, value), textcoords="offset points", **look)
            text.set_bbox({"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6})
            text.set_gid(f"n:{keys[x]}")
    for x, band in enumerate(null):
        if band:
            low, high = band
            marks["null"] = ax.bar(
                x, high - low, 0.62, bottom=low, color=PALE, edgecolor="#767676", hatch="///"
            )
    for x, band in enumerate(ceiling):
        if band:
            for end in band:
                look = {"color": COLOURS[5], "linewidth": 1.6}
                (marks["with itself"],) = ax.plot([x - 0.31, x + 0.31], [end, end], **look)
            ax.plot([x, x], band, color=COLOURS[5], linestyle=":", linewidth=1)
    for x, anchor in enumerate(independent):
        if anchor is not None:
            look = {"color": INK, "linewidth": 1.2, "linestyle": (0, (2, 1.5))}
            (marks["independent draws"],) = ax.plot([x - 0.31, x + 0.31], [anchor, anchor], **look)
    for x, band in enumerate(interval):
        if band:
            ax.plot([x, x], band, color=INK, linewidth=1.4)
    label_categories(ax, "x", np.arange(len(categories)), categories)
    ax.set(xlim=(-0.6, len(categories) - 0.4), ylabel="Jaccard index")
    ax.use_sticky_edges = False  # a dot at the top of its band needs the margin too
    ax.margins(y=0.08)
    ax.set_ylim(bottom=0, top=1.28 * ax.get_ylim()[1])  # room for the legend
    ax.legend(list(marks.values()), list(marks), loc="upper left", ncols=2, fontsize=6.5)
    ax.grid(axis="y", color=PALE, linewidth=0.5)
    return ax


def cumulative(
    edges: Numbers, counts: Numbers, *, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the share of units at or above each edge of a histogram, a line for each series.

    Parameters
    ----------
    edges
        Shape (bins + 1,).
    counts
        Shape (series, bins).
    """
    ax = ax or new_figure(8, 5).add_subplot()
    for number, row in enumerate(counts):
        total = row.sum()
        above = np.append(np.cumsum(row[::-1])[::-1], 0) / max(total, 1)
        if total:
            look: dict[str, Any] = {"color": COLOURS[number % 6], "linestyle": DASHES[number % 6]}
            ax.plot(edges, above, linewidth=1.5, **look)
    ax.set(xlim=(edges[0], edges[-1]), ylim=(0, 1.02))
    ax.grid(color=PALE, linewidth=0.5)
    set_title(ax, title)
    return ax


Place = Literal["outside upper left", "outside upper right"]


def legend(
    ax: Axes, series: Sequence[str], *, lines: bool = False, place: Place = "outside upper left"
) -> None:
    """Add a legend of the series of `bars`, or with `lines` of `cumulative`, atop the figure."""
    from matplotlib.lines import Line2D

    handles: list[Patch | Line2D] = [
        Line2D([], [], color=COLOURS[i % 6], linestyle=DASHES[i % 6], linewidth=1.4)
        if lines
        else Patch(facecolor=COLOURS[i % 6], hatch=HATCHES[i % 6], edgecolor="white", linewidth=0)
        for i in range(len(series))
    ]
    box = ax.figure.legend(handles, list(series), loc=place, ncols=3)
    for number, text in enumerate(box.get_texts()):
        mark_given(text, f"series{number}")
