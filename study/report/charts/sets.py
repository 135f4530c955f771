"""Heatmaps and Venn diagrams; numbers carry their keys as in `study.report.charts.charts`."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from study.report.charts.style import (
    COLOURS,
    INK,
    label_categories,
    mark_given,
    new_figure,
    set_title,
)

Numbers = npt.NDArray[np.float64]
Keys = Sequence[Sequence[str | None]]
UPRIGHT = 10
"""The longest name, in characters, that fits above a column; longer ones are slanted."""
_SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", "#9ecae1", "#2171b5", "#08306b"])


def heatmap(
    counts: Numbers,
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    largest: float,
    keys: Keys,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw counts as shades, each written in its cell; cells of zero stay empty.

    Parameters
    ----------
    counts
        Shape (rows, columns).
    rows, columns
        Names of the rows (top to bottom) and columns.
    largest
        The count that gets the darkest shade, the same for all heatmaps to be compared.
    """
    ax = ax or new_figure(8, 1.5 + 0.45 * len(rows)).add_subplot()
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
            text.set_gid(f"n:{keys[row][column]}")
            text.set_in_layout(False)  # always inside the axes, and slow to measure
    ax.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
    ax.xaxis.tick_top()
    label_categories(ax, "x", np.arange(len(columns)) + 0.5, columns)
    if max(map(len, columns), default=0) > UPRIGHT:
        ax.tick_params(axis="x", labelrotation=25)
        for label in ax.get_xticklabels():
            label.set(ha="left", va="bottom", rotation_mode="anchor")
    label_categories(ax, "y", np.arange(len(rows)) + 0.5, rows)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    set_title(ax, title)
    return ax


def venn(
    regions: Mapping[str, int],
    *,
    names: Sequence[str],
    keys: Mapping[str, str],
    colours: Sequence[int] = (0, 1, 2),
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw two or three sets as circles with areas as close to the counts as circles allow.

    Parameters
    ----------
    regions
        Counts by region: "10", "01", "11" for two sets, "100" ... "111" for three.
    names
        The two or three names.
    keys
        Key in ``results.json`` of each region's count.
    colours
        Where each set's colour stands among those of the figures.
    """
    from matplotlib_venn import venn2, venn3

    ax = ax or new_figure(8, 6).add_subplot()
    set_title(ax, title)
    nonempty = {region: count for region, count in regions.items() if count > 0}
    if not nonempty:
        ax.set_axis_off()
        ax.text(0.5, 0.5, "no concepts", ha="center", va="center", transform=ax.transAxes)
        return ax
    shades = [COLOURS[place % 6] for place in colours[: len(names)]]
    diagram = {2: venn2, 3: venn3}[len(names)](
        nonempty, set_labels=tuple(names), set_colors=shades, alpha=0.45, ax=ax
    )
    for number, label in enumerate(diagram.set_labels):
        label.set_fontsize(8)
        mark_given(label, f"set{number}")
        if len(names) == 2:  # side by side, since the circles of equal sets coincide
            label.set(transform=ax.transAxes, position=((0.46, 0.54)[number], 0), va="top")
            label.set_ha(("right", "left")[number])
    for region, count in regions.items():
        patch, label = diagram.get_patch_by_id(region), diagram.get_label_by_id(region)
        if patch is not None:
            patch.set(edgecolor=INK, linewidth=0.8)
        if label is not None:
            label.set_text(f"{count:,.0f}" if count > 0 else "")
            label.set_gid(f"n:{keys[region]}")
    return ax
