"""Figures of single networks, and of all networks side by side."""

from collections.abc import Iterator

import numpy as np
from markupsafe import Markup

from study.report import charts
from study.report.figures.drawing import (
    Drawing,
    Figures,
    Numbers,
    cells,
    finish,
    histograms,
    largest,
    legend,
    sheet,
    short,
    shorts,
    slant,
)
from study.report.figures.layer_names import layer_titles
from study.report.lookup import common_layers, concepts, networks, unlike_pairs
from study.report.node import Node
from study.report.pen import Pen
from study.report.prose.heatmaps import ROWS


def _heatmaps(pen: Pen) -> Iterator[Drawing]:
    for network in networks(pen):
        yield _heatmap(pen, network)


def _heatmap(pen: Pen, network: Node) -> Drawing:
    """Draw a network's most frequent concepts by layer."""
    layers = dict(network["layers"].items())
    titles = layer_titles(list(layers))
    words = concepts(network)[:ROWS]
    counts, keys = cells(list(layers.values()), words)
    figure = sheet(3.6 + 1.9 * len(layers), 1.1 + slant(titles) + 0.4 * len(words))
    charts.heatmap(
        counts,
        rows=shorts(words),
        columns=titles,
        largest=largest(pen),
        keys=keys,
        title=short(network["name"].value),
        ax=figure.add_subplot(),
    )
    caption = pen.say(
        "Units of {} by concept and layer: the most frequent concepts from top to bottom, darker "
        "for more units; an empty cell means no unit. All heatmaps share the same scale of shades.",
        network,
    )
    entries = [pen.say("{one[0]} {one[1]}", one=entry) for entry in network["top"][:ROWS]]
    text = "Units of {} in all layers, by concept: {}"
    shown = [pen.say(text, network, Markup("; ").join(entries))]
    name = f"heatmap-{network['slug'].value}"
    return finish(pen, figure, name, caption, shown, "top", layers=list(layers))


def _unique(pen: Pen) -> Iterator[Drawing]:
    """Draw how many distinct labels each layer has."""
    every = networks(pen, controls=True)
    layers = common_layers(every)
    counts = [[network["layers"].get(name, "unique") for name in layers] for network in every]
    figure = sheet(4 + 3.2 * len(layers), 6)
    ax = charts.bars(
        np.array([[count.value for count in row] for row in counts], dtype=float),
        categories=layer_titles(layers),
        keys=[[count.key for count in row] for row in counts],
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
    caption = "Distinct labels by layer and network. Layers differ in their number of units."
    yield finish(pen, figure, "unique", pen.say(caption), words, "unique", layers=layers)


def _similarities(pen: Pen) -> Iterator[Drawing]:
    """Draw how well labels fit, by layer."""
    every = networks(pen, controls=True)
    histograms_of = {
        name: [network["layers"].get(name, "similarity", "histogram") for network in every]
        for name in common_layers(every)
    }
    known = {name: drawn for name, drawn in histograms_of.items() if any(drawn)}
    if unlike_pairs(pen) or not known:
        return  # of other lists, probes or functions: no common axis; or no similarities

    def of_layer(name: str) -> tuple[Numbers, list[list[float] | None]]:
        edges = next(histogram["edges"].value for histogram in known[name] if histogram)
        return np.array(edges, float), [one.get("counts").value for one in known[name]]

    figure = histograms(list(known), of_layer, every, "similarity")
    text = (
        "{one}: median {one[similarity][median]:share}, quartiles from "
        "{one[similarity][q1]:share} to {one[similarity][q3]:share}"
    )
    caption = pen.say(
        "Distribution of similarity, by layer. The further right, the better a label fits its "
        "unit's images, within the same list of concepts."
    )
    scored = [one for one in every if one["similarity"]["median"].value is not None]
    words = [pen.say(text, one=network) for network in scored]
    yield finish(pen, figure, "similarity", caption, words, "similarity", layers=list(known))


FIGURES: Figures = (_heatmaps, _unique, _similarities)
