"""Figures of the stability and the categories of labels."""

import numpy as np

from study.report import charts
from study.report.figures.drawing import Drawing, Numbers, finish, legend, panels, short, shorts
from study.report.lookup import common_layers, having
from study.report.node import Node
from study.report.pen import Pen


def stability(pen: Pen) -> list[Drawing]:
    """Draw how stable labels are, where that was measured."""
    measured = having(pen, "stability")
    if not measured:
        return []
    layers = common_layers(measured)
    figure, grid = panels(len(layers), 5.5, 6.0)
    for name, ax in zip(layers, grid, strict=True):
        deciles = [network.get("stability", "layers", name, "deciles") for network in measured]
        bins = len(next(counts for counts in deciles if counts))
        charts.distributions(
            np.linspace(0, 1, bins + 1),
            np.array([counts.value or [0] * bins for counts in deciles], float),
            series=[],
            title=short(name),
            ax=ax,
        )
        ax.set_xlabel("share of resamples")
    grid[0].set_ylabel("units")
    legend(grid[0], measured, lines=True)
    text = "{one}: on average {one[stability][overall][mean]:share} of resamples reproduce a label"
    words = [pen.say(text, one=network) for network in measured]
    return [
        finish(
            pen,
            figure,
            "stability",
            pen.say(
                "Label stability, by layer: units by the share of resamples of the probe that "
                "give the same label. At the right end: labels that every resample gives."
            ),
            words,
            "tables/stability.csv",
        )
    ]


def categories(pen: Pen) -> list[Drawing]:
    """Draw which categories labels name, where that is known."""
    measured = having(pen, "categories")
    if not measured:
        return []
    layers = common_layers(measured)
    names = list(dict.fromkeys(n for one in measured for n in one["categories"]["names"].value))
    figure = charts.new_figure(16.6, 2.4 + (0.3 + 0.27 * len(measured)) * len(names))
    grid = np.atleast_1d(figure.subplots(1, len(layers), sharey=True, sharex=True))
    for layer, ax in zip(layers, grid, strict=True):
        of_networks = [network["categories"].get("layers", layer) for network in measured]

        def taken(part: str, shares: list[Node] = of_networks) -> Numbers:
            values = [[entry.get(name, part).value for name in names] for entry in shares]
            return np.array(values, dtype=float)

        charts.bars(
            taken("share"),
            series=[""] * len(measured),
            categories=shorts(names),
            errors=np.stack([taken("low"), taken("high")]),
            horizontal=True,
            written=None,
            title=short(layer),
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
    return [
        finish(
            pen,
            figure,
            "categories",
            pen.say(
                "Categories of labels, as shares of a layer's labels, with intervals (black lines)."
            ),
            words,
            "tables/categories.csv",
        )
    ]
