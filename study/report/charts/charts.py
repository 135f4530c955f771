"""Bars, overlaps and histograms, drawn on an axes from finished numbers.

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
    across: Sequence[float | None] = (),
    keys: Sequence[str],
    ax: Axes | None = None,
) -> Axes:
    """Draw one overlap per category over its null range, with its interval and noise ceiling.

    Parameters
    ----------
    values
        One Jaccard index per category; NaN draws nothing.
    categories
        The layers.
    null, ceiling, interval
        The null range, the noise ceiling and the interval of each category.
    across
        The overlap to compare with the ceiling, from lists of the same size.
    """
    ax = ax or new_figure(12, 6.5).add_subplot()
    for x, band in enumerate(null):
        if band:
            low, high = band
            ax.bar(x, high - low, 0.62, bottom=low, color=PALE, edgecolor="#888888", hatch="///")
    for x, band in enumerate(ceiling):
        if band:
            for end in band:
                ax.plot([x - 0.31, x + 0.31], [end, end], color=COLOURS[5], linewidth=1.6)
            ax.plot([x, x], band, color=COLOURS[5], linestyle=":", linewidth=1)
    for x, overlap in enumerate(across):
        if overlap is not None:
            look: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": COLOURS[5]}
            ax.plot(x - 0.2, overlap, MARKERS[1], markersize=5.5, **look)
    for x, band in enumerate(interval):
        if band:
            ax.plot([x, x], band, color=INK, linewidth=1.4)
    for x, value in enumerate(values):
        if not np.isnan(value):
            ax.plot(x, value, MARKERS[0], color=COLOURS[0], markeredgecolor=INK, markersize=6)
            look = {"va": "center", "xytext": (8, 0)}
            if len(values) > _ROOMY:
                look = {"va": "bottom", "ha": "center", "xytext": (0, 5), "fontsize": 6.5}
            text = ax.annotate(f"{value:.3f}", (x, value), textcoords="offset points", **look)
            text.set_bbox({"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6})
            text.set_gid(f"n:{keys[x]}")
    label_categories(ax, "x", np.arange(len(categories)), categories)
    ax.set(xlim=(-0.6, len(categories) - 0.4), ylabel="Jaccard index")
    ax.use_sticky_edges = False  # a dot at the top of its band needs the margin too
    ax.margins(y=0.08)
    ax.set_ylim(bottom=0)
    ax.grid(axis="y", color=PALE, linewidth=0.5)
    return ax


def distributions(
    edges: Numbers, counts: Numbers, *, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw overlaid histograms as outlines; series differ in colour and dashes.

    Parameters
    ----------
    edges
        Shape (bins + 1,).
    counts
        Shape (series, bins).
    """
    ax = ax or new_figure(8, 5).add_subplot()
    for number, row in enumerate(counts):
        colour = COLOURS[number % 6]
        if number == 0:
            ax.stairs(row, edges, color=colour, fill=True, alpha=0.18)
        ax.stairs(row, edges, color=colour, linestyle=DASHES[number % 6], linewidth=1.4)
    whole_steps(ax, "y")
    ax.set(xlim=(edges[0], edges[-1]))
    ax.set_ylim(bottom=0)
    ax.grid(axis="y", color=PALE, linewidth=0.5)
    set_title(ax, title)
    return ax


def legend(ax: Axes, series: Sequence[str], *, lines: bool = False) -> None:
    """Add a legend of the series of `bars`, or with `lines` of `distributions`, atop the figure."""
    from matplotlib.lines import Line2D

    handles: list[Patch | Line2D] = [
        Line2D([], [], color=COLOURS[i % 6], linestyle=DASHES[i % 6], linewidth=1.4)
        if lines
        else Patch(facecolor=COLOURS[i % 6], hatch=HATCHES[i % 6], edgecolor="white", linewidth=0)
        for i in range(len(series))
    ]
    box = ax.figure.legend(handles, list(series), loc="outside upper left", ncols=3)
    for number, text in enumerate(box.get_texts()):
        mark_given(text, f"series{number}")
