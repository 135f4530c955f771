"""The charts: each takes numbers, draws them on an axes and returns it; none computes any.

A number that is written on a chart carries its key into the SVG, as the id of its text:
``n:networks.0.layers.layer2.top.0.1``. Text that was given (a concept, a name) has an id that
begins with ``t:``. Other digits stand on axes only.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Patch
from matplotlib.text import Text

from study.figures.style import COLOURS, DASHES, HATCHES, INK, MARKERS, PALE, axes

Numbers = npt.NDArray[np.float64]
Keys = Sequence[Sequence[str | None]]
_SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", "#9ecae1", "#2171b5", "#08306b"])


def heatmap(
    counts: Numbers,
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    largest: float,
    keys: Keys | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw counts as shades with the counts written in the cells; a zero stays empty.

    Parameters
    ----------
    counts
        Shape (rows, columns).
    rows, columns
        What the rows (top to bottom) and columns stand for.
    largest
        The count that gets the darkest shade: one for all heatmaps that are compared.
    keys
        The key of each count.
    title
        Whose counts these are.
    ax
        Where to draw; default: a new figure.
    """
    ax = axes(ax, 8, 1.5 + 0.45 * len(rows))
    ax.pcolormesh(
        counts, cmap=_SHADES, vmin=0, vmax=max(largest, 1), edgecolors="white", linewidth=0.8
    )
    for (row, column), count in np.ndenumerate(counts):
        if count:
            text = ax.text(
                column + 0.5,
                row + 0.5,
                f"{count:,.0f}",
                ha="center",
                va="center_baseline",
                color="white" if count > 0.5 * max(largest, 1) else INK,
            )
            text.set_gid(f"n:{keys[row][column]}" if keys else None)
            text.set_in_layout(False)  # inside the axes anyway; measuring it takes long
    ax.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
    ax.xaxis.tick_top()
    _categories(ax, "x", np.arange(len(columns)) + 0.5, columns)
    _categories(ax, "y", np.arange(len(rows)) + 0.5, rows)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    _title(ax, title)
    return ax


def venn(
    regions: Mapping[str, int],
    *,
    names: Sequence[str],
    keys: Mapping[str, str] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw two or three sets as circles whose areas follow the counts as well as circles can.

    Parameters
    ----------
    regions
        Counts by region: "10", "01", "11" for two sets, "100" ... "111" for three.
    names
        The two or three names.
    keys
        The key of each region's count.
    title
        What the sets are taken from.
    ax
        Where to draw; default: a new figure.
    """
    from matplotlib_venn import venn2, venn3

    ax = axes(ax, 8, 6)
    _title(ax, title)
    drawn = {region: count for region, count in regions.items() if count > 0}
    if not drawn:
        ax.set_axis_off()
        ax.text(0.5, 0.5, "no concepts", ha="center", va="center", transform=ax.transAxes)
        return ax
    draw = {2: venn2, 3: venn3}[len(names)]
    diagram = draw(
        drawn, set_labels=tuple(names), set_colors=COLOURS[: len(names)], alpha=0.45, ax=ax
    )
    for number, label in enumerate(diagram.set_labels):
        _given(label, f"set{number}")
    for region, count in regions.items():
        patch, label = diagram.get_patch_by_id(region), diagram.get_label_by_id(region)
        if patch is not None:
            patch.set(edgecolor=INK, linewidth=0.8)
        if label is not None:
            label.set_text(f"{count:,.0f}" if count > 0 else "")
            label.set_gid(f"n:{keys[region]}" if keys else None)
    return ax


def bars(
    values: Numbers,
    *,
    series: Sequence[str],
    categories: Sequence[str],
    keys: Keys | None = None,
    errors: Numbers | None = None,
    horizontal: bool = False,
    written: str | None = ",.0f",
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
                _value(ax, place, top, format(value, written), key, horizontal=horizontal)
    _categories(ax, "y" if horizontal else "x", np.arange(len(categories)), categories)
    ax.tick_params(axis="y" if horizontal else "x", length=0)
    if horizontal:
        ax.set_ylim(len(categories) - 0.45, -0.55)
        ax.margins(x=0.12)
        ax.grid(axis="x", color=PALE, linewidth=0.5)
    else:
        ax.margins(y=0.12)
        ax.grid(axis="y", color=PALE, linewidth=0.5)
    _title(ax, title)
    return ax


def overlaps(
    values: Sequence[float],
    *,
    categories: Sequence[str],
    null: Sequence[tuple[float, float] | None],
    ceiling: Sequence[tuple[float, float] | None],
    interval: Sequence[tuple[float, float] | None],
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
    _categories(ax, "x", np.arange(len(categories)), categories)
    ax.set(xlim=(-0.6, len(categories) - 0.4), ylabel="Jaccard index")
    ax.margins(y=0.08)
    ax.set_ylim(bottom=0)
    ax.grid(axis="y", color=PALE, linewidth=0.5)
    _title(ax, title)
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
    ax.set(xlim=(edges[0], edges[-1]))
    ax.set_ylim(bottom=0)
    ax.grid(axis="y", color=PALE, linewidth=0.5)
    _title(ax, title)
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
        _given(text, f"series{number}")


def _value(
    ax: Axes, place: float, top: float, text: str, key: str | None, *, horizontal: bool
) -> None:
    at, move = ((top, place), (2, 0)) if horizontal else ((place, top), (0, 1.5))
    side, base = ("left", "center") if horizontal else ("center", "bottom")
    look: dict[str, Any] = {"ha": side, "va": base}
    note = ax.annotate(text, at, move, textcoords="offset points", fontsize=7, **look)
    note.set_gid(f"n:{key}" if key else None)
    note.set_in_layout(False)


def _categories(ax: Axes, axis: str, at: npt.ArrayLike, names: Sequence[str]) -> None:
    labels = (ax.set_xticks if axis == "x" else ax.set_yticks)(at, list(names))
    for number, tick in enumerate(labels):
        for label in (tick.label1, tick.label2):
            _given(label, f"{axis}{number}")


def _title(ax: Axes, title: str | None) -> None:
    if title is not None:
        _given(ax.set_title(title, loc="left"), "title")


def _given(text: Text, where: str) -> None:
    text.set_gid(f"t:{where}")
