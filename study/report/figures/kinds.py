"""The figure of the kinds of concepts, layer by layer."""

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes

from study.report import charts
from study.report.figures.drawing import (
    ACROSS,
    TALLEST,
    Drawing,
    Figures,
    Numbers,
    finish,
    legend,
    sheet,
    shorts,
)
from study.report.figures.layer_names import layer_titles
from study.report.lookup import category_names, common_layers, having
from study.report.node import Node
from study.report.pen import Pen


def _categories(pen: Pen) -> Iterator[Drawing]:
    """Draw which categories labels name, where that is known."""
    if not (measured := having(pen, "categories")):
        return
    layers = common_layers(measured)
    names = category_names(pen)
    lines = -(-len(layers) // ACROSS)
    height = 2.2 + (0.24 + 0.19 * len(measured)) * len(names) * lines
    figure = sheet(16.6, min(height, TALLEST))
    across = -(-len(layers) // lines)
    axes = figure.subplots(lines, across, sharey=True, sharex=True, squeeze=False).ravel()
    grid = list(axes[: len(layers)])
    for spare in axes[len(layers) :]:
        spare.remove()
    for layer, title, ax in zip(layers, layer_titles(layers), grid, strict=True):
        draw_kinds(pen, measured, layer, names, ax)
        charts.set_title(ax, title)
        ax.label_outer()
    legend(grid[0], measured)
    last, words = layers[-1], []
    for network in measured:
        known = [(name, network.get("categories", "layers", last, name, "share")) for name in names]
        shown = [
            pen.say("{} {:tenths}", pen.given(name), share)
            for name, share in known
            if share.value is not None
        ]
        words.append(pen.say("{} in {}: {}", network, pen.layer(last), pen.list(shown)))
    caption = "Kinds of concepts, as shares of a layer's labels, with intervals (black lines)."
    said = pen.say(caption)
    yield finish(pen, figure, "categories", said, words, "categories", layers=layers)


def draw_kinds(
    pen: Pen, measured: Sequence[Node], layer: str, names: Sequence[str], ax: Axes
) -> None:
    """Draw the shares of kinds of concepts in a layer, with intervals, bars for each network."""
    shares = [network["categories"].get("layers", layer) for network in measured]
    charts.bars(
        _taken(shares, names, "share"),
        categories=shorts(names),
        errors=np.stack([_taken(shares, names, end) for end in ("low", "high")]),
        horizontal=True,
        ax=ax,
    )
    ax.set_xlabel("share of labels")


def _taken(shares: Sequence[Node], names: Sequence[str], part: str) -> Numbers:
    values = [[entry.get(name, part).value for name in names] for entry in shares]
    return np.array(values, dtype=float)


FIGURES: Figures = (_categories,)
