"""Figures of single networks, and of all networks side by side."""

import numpy as np
from markupsafe import Markup

from study.report import charts
from study.report.figures.drawing import (
    Drawing,
    cells,
    finish,
    largest,
    legend,
    panels,
    short,
    shorts,
    slant,
)
from study.report.lookup import common_layers, concepts, networks
from study.report.node import Node
from study.report.pen import Pen
from study.report.prose.heatmaps import ROWS


def heatmap(pen: Pen, network: Node) -> Drawing:
    """Draw a network's most frequent concepts by layer."""
    layers = dict(network["layers"].items())
    words = concepts(network)[:ROWS]
    counts, keys = cells(list(layers.values()), words)
    height = 1.1 + slant(list(layers)) + 0.4 * len(words)
    figure = charts.new_figure(min(16.6, 3.6 + 1.9 * len(layers)), height)
    charts.heatmap(
        counts,
        rows=shorts(words),
        columns=shorts(layers),
        largest=largest(pen),
        keys=keys,
        title=short(network["name"].value),
        ax=figure.add_subplot(),
    )
    shown = Markup("; ").join(
        pen.say("{one[0]} {one[1]}", one=entry) for entry in network["top"][:ROWS]
    )
    return finish(
        pen,
        figure,
        f"heatmap-{network['slug'].value}",
        pen.say(
            "Units of {} by concept and layer: the most frequent concepts from top to bottom, "
            "darker for more units; an empty cell means no unit. All heatmaps share the same "
            "scale of shades.",
            network,
        ),
        [pen.say("Units of {} in all layers, by concept: {}", network, shown)],
        "tables/top.csv",
    )


def unique(pen: Pen) -> Drawing:
    """Draw how many distinct labels each layer has."""
    every = networks(pen, controls=True)
    layers = common_layers(every)
    counts = [[network["layers"].get(name, "unique") for name in layers] for network in every]
    values = [[np.nan if one.value is None else one.value for one in row] for row in counts]
    figure = charts.new_figure(min(16.6, 4 + 3.2 * len(layers)), 6)
    ax = charts.bars(
        np.array(values, dtype=float),
        series=[network["name"].value for network in every],
        categories=shorts(layers),
        keys=[[None if one.value is None else one.key for one in row] for row in counts],
        ax=figure.add_subplot(),
    )
    ax.set_ylabel("distinct labels")
    legend(ax, every)
    words = []
    for network in every:
        shown = [
            pen.say("{} in {}", layer["unique"], pen.layer(name))
            for name in layers
            if (layer := network["layers"].get(name))
        ]
        words.append(pen.say("{}: {}", network, pen.list(shown)))
    return finish(
        pen,
        figure,
        "unique",
        pen.say("Distinct labels by layer and network. Layers differ in their number of units."),
        words,
        "tables/unique.csv",
    )


def similarities(pen: Pen) -> Drawing:
    """Draw how well labels fit, by layer."""
    every = networks(pen, controls=True)
    layers = common_layers(every)
    figure, grid = panels(len(layers), 5.5, 6.0)
    for name, ax in zip(layers, grid, strict=True):
        histograms = [network["layers"].get(name, "similarity", "histogram") for network in every]
        edges = next(histogram["edges"].value for histogram in histograms if histogram)
        empty = [0] * (len(edges) - 1)
        charts.distributions(
            np.array(edges, float),
            np.array([one["counts"].value if one else empty for one in histograms], float),
            series=[],
            title=short(name),
            ax=ax,
        )
        ax.set_xlabel("similarity")
    grid[0].set_ylabel("units")
    legend(grid[0], every, lines=True)
    words = [
        pen.say(
            "{one}: median {one[similarity][median]:share}, quartiles from "
            "{one[similarity][q1]:share} to {one[similarity][q3]:share}",
            one=network,
        )
        for network in every
    ]
    return finish(
        pen,
        figure,
        "similarity",
        pen.say(
            "Distribution of similarity, by layer. The further right, the better a label fits its "
            "unit's images, within the same list of concepts."
        ),
        words,
        "tables/similarity.csv",
    )
