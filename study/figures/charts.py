"""The charts: each takes numbers, draws them on an axes and returns it; none computes any.

A number that is written on a chart carries its key into the SVG, as the id of its text:
``n:networks.0.layers.layer2.top.0.1``. Text that was given (a concept, a name) has an id that
begins with ``t:``. Other digits stand on axes only.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from study.figures.style import (
    COLOURS,
    DASHES,
    HATCHES,
    INK,
    MARKERS,
    PALE,
    axes,
    label_categories,
    label_value,
    mark_given,
    set_title,
    whole_steps,
)

Numbers = npt.NDArray[np.float64]
Keys = Sequence[Sequence[str | None]]
WHOLE = ",.0f"
"""How a count is written."""


def bars(
    values: Numbers,
    *,
    series: Sequence[str],
    categories: Sequence[str],
    keys: Keys | None = None,
    errors: Numbers | None = None,
    horizontal: bool = False,
    written: str | None = WHOLE,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw grouped bars, one group per category, told apart by colour and by hatch.

    Parameters
    ----------
    values
        Shape (series, categories); NaN draws nothing.
    series, categories
        Their names.
    keys
        The key of each value.
    errors
        Shape (2, series, categories): the lower and upper ends of intervals.
    horizontal
        Categories from top to bottom instead of left to right.
    written
        Format of the value written at a bar's end; None writes none.
    title
        What the bars are taken from.
    ax
        Where to draw; default: a new figure.
    """
    ax = axes(ax, 16, 1.5 + 0.7 * len(categories) if horizontal else 6)
    thick = 0.8 / max(len(series), 1)
    draw = ax.barh if horizontal else ax.bar
    for number, row in enumerate(values):
        at = np.arange(len(categories)) + (number - (len(series) - 1) / 2) * thick
        look: dict[str, Any] = {
            "color": COLOURS[number % 6],
            "hatch": HATCHES[number % 6],
            "edgecolor": "white",
        }
        here = ~np.isnan(row)
        draw(at[here], row[here], thick * 0.94, linewidth=0, **look)
        for place, value, column in zip(at, row, range(len(categories)), strict=True):
            if np.isnan(value):
                continue
            top = value
            if errors is not None:
                low, high = errors[:, number, column]
                if not np.isnan(low):
                    line = ([low, high], [place, place])
                    ax.plot(*(line if horizontal else line[::-1]), color=INK, linewidth=1)
                    top = max(high, value)
            if written:
                key = keys[number][column] if keys else None
                label_value(ax, place, top, format(value, written), key, horizontal=horizontal)
    label_categories(ax, "y" if horizontal else "x", np.arange(len(categories)), categories)
    ax.tick_params(axis="y" if horizontal else "x", length=0)
    if written == WHOLE:
        whole_steps(ax, "x" if horizontal else "y")
    if horizontal:
        ax.set_ylim(len(categories) - 0.45, -0.55)
        ax.margins(x=0.12)
        ax.grid(axis="x", color=PALE, linewidth=0.5)
    else:
        ax.margins(y=0.12)
        ax.grid(axis="y", color=PALE, linewidth=0.5)
    set_title(ax, title)
    return ax


def overlaps(
    values: Sequence[float],
    *,
    categories: Sequence[str],
    null: Sequence[tuple[float, float] | None],
    ceiling: Sequence[tuple[float, float] | None],
    interval: Sequence[tuple[float, float] | None],
    across: Sequence[float | None] = (),
    keys: Sequence[str | None] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one overlap per category on the band that chance gives, with the ceiling above it.

    Parameters
    ----------
    values
        One Jaccard index per category; NaN draws nothing.
    categories
        The layers.
    null, ceiling, interval
        Lower and upper end each, or None where there is none.
    across
        The overlap that the ceiling is to be compared with: at the same number of labels.
    keys
        The key of each value.
    title
        Whose overlap this is.
    ax
        Where to draw; default: a new figure.
    """
    ax = axes(ax, 12, 6.5)
    for place, band in enumerate(null):
        if band:
            low, high = band
            ax.bar(
                place, high - low, 0.62, bottom=low, color=PALE, edgecolor="#888888", hatch="///"
            )
    for place, band in enumerate(ceiling):
        if band:
            low, high = band
            ax.plot([place - 0.31, place + 0.31], [low, low], color=COLOURS[5], linewidth=1.6)
            ax.plot([place - 0.31, place + 0.31], [high, high], color=COLOURS[5], linewidth=1.6)
            ax.plot([place, place], [low, high], color=COLOURS[5], linestyle=":", linewidth=1)
    for place, overlap in enumerate(across):
        if overlap is not None:
            look: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": COLOURS[5]}
            ax.plot(place - 0.2, overlap, MARKERS[1], markersize=5.5, **look)
    for place, band in enumerate(interval):
        if band:
            ax.plot([place, place], band, color=INK, linewidth=1.4)
    for place, value in enumerate(values):
        if not np.isnan(value):
            ax.plot(place, value, MARKERS[0], color=COLOURS[0], markeredgecolor=INK, markersize=6)
            text = ax.annotate(
                f"{value:.3f}", (place, value), (8, 0), textcoords="offset points", va="center"
            )
            text.set_bbox({"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6})
            text.set_gid(f"n:{keys[place]}" if keys else None)
    label_categories(ax, "x", np.arange(len(categories)), categories)
    ax.set(xlim=(-0.6, len(categories) - 0.4), ylabel="Jaccard index")
    ax.use_sticky_edges = False  # a dot at the top of its band needs the margin too
    ax.margins(y=0.08)
    ax.set_ylim(bottom=0)
    ax.grid(axis="y", color=PALE, linewidth=0.5)
    set_title(ax, title)
    return ax


def distributions(
    edges: Numbers,
    counts: Numbers,
    *,
    series: Sequence[str],
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw histograms over one another as outlines, told apart by colour and by dashes.

    Parameters
    ----------
    edges
        Shape (bins + 1,).
    counts
        Shape (series, bins).
    series
        Their names.
    title
        What they are taken from.
    ax
        Where to draw; default: a new figure.
    """
    ax = axes(ax, 8, 5)
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
    """Name the series of `bars` (or of `distributions`) above everything else in the figure."""
    from matplotlib.lines import Line2D

    handles: list[Patch | Line2D] = [
        Line2D([], [], color=COLOURS[i % 6], linestyle=DASHES[i % 6], linewidth=1.4)
        if lines
        else Patch(facecolor=COLOURS[i % 6], hatch=HATCHES[i % 6], edgecolor="white", linewidth=0)
        for i in range(len(series))
    ]
    figure = ax.figure
    made = figure.legend(handles, list(series), loc="outside upper left", ncols=3)
    for number, text in enumerate(made.get_texts()):
        mark_given(text, f"series{number}")
