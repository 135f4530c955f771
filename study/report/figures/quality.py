"""Figures of the stability and the categories of labels."""

from collections.abc import Iterator

import numpy as np

from study.report import charts
from study.report.figures.drawing import (
    ACROSS,
    TALLEST,
    Drawing,
    Figures,
    Numbers,
    finish,
    histograms,
    legend,
    sheet,
    shorts,
)
from study.report.figures.layer_names import layer_titles
from study.report.lookup import category_names, common_layers, having
from study.report.node import Node
from study.report.pen import Pen


def _stability(pen: Pen) -> Iterator[Drawing]:
    """Draw how stable labels are, where that was measured."""
    if not (measured := having(pen, "stability")):
        return

    def of_layer(name: str) -> tuple[Numbers, list[list[float] | None]]:
        deciles = [one.get("stability", "layers", name, "deciles").value for one in measured]
        bins = len(next(filter(None, deciles)))
        return np.linspace(0, 1, bins + 1), deciles

    figure = histograms(common_layers(measured), of_layer, measured, "share of splits")
    text = "{one}: on average {one[stability][overall][mean]:share} of splits agree on a label"
    caption = pen.say(
        "Label stability, by layer: units by the share of splits of this probe in which disjoint "
        "parts give the same label. At the right end: labels on which the parts always agree."
    )
    words = [pen.say(text, one=network) for network in measured]
    layers = common_layers(measured)
    yield finish(pen, figure, "stability", caption, words, "stability", layers=layers)


def _categories(pen: Pen) -> Iterator[Drawing]:
    """Draw which categories labels name, where that is known."""
    if not (measured := having(pen, "categories")):
        return
    layers = common_layers(measured)
    names = category_names(pen)
    lines = -(-len(layers) // ACROSS)
    height = 2.4 + (0.3 + 0.27 * len(measured)) * len(names) * lines
    figure = sheet(16.6, min(height, TALLEST))
    across = -(-len(layers) // lines)
    axes = figure.subplots(lines, across, sharey=True, sharex=True, squeeze=False).ravel()
    grid = list(axes[: len(layers)])
    for spare in axes[len(layers) :]:
        spare.remove()
    for layer, title, ax in zip(layers, layer_titles(layers), grid, strict=True):
        shares = [network["categories"].get("layers", layer) for network in measured]
        charts.bars(
            _taken(shares, names, "share"),
            categories=shorts(names),
            errors=np.stack([_taken(shares, names, end) for end in ("low", "high")]),
            horizontal=True,
            title=title,
            ax=ax,
        )
        ax.set_xlabel("share of labels")
        ax.label_outer()
    legend(grid[0], measured)
    last, words = layers[-1], []
    for network in measured:
        known = [(name, network.get("categories", "layers", last, name, "share")) for name in names]
        shown = [
            pen.say("{} {:percent}", pen.given(name), share)
            for name, share in known
            if share.value is not None
        ]
        words.append(pen.say("{} in {}: {}", network, pen.layer(last), pen.list(shown)))
    caption = "Kinds of concepts, as shares of a layer's labels, with intervals (black lines)."
    said = pen.say(caption)
    yield finish(pen, figure, "categories", said, words, "categories", layers=layers)


def _taken(shares: list[Node], names: list[str], part: str) -> Numbers:
    values = [[entry.get(name, part).value for name in names] for entry in shares]
    return np.array(values, dtype=float)


FIGURES: Figures = (_stability, _categories)
