"""Figures of single networks, and of all networks side by side."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes

from study.report import charts
from study.report.figures.drawing import (
    Drawing,
    Figures,
    Numbers,
    cells,
    distributions,
    finish,
    largest,
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

_ABREAST = 6
"""The most columns of heatmaps that stand side by side."""


def _heatmaps(pen: Pen) -> Iterator[Drawing]:
    """Draw the most frequent concepts by layer: all networks in the same rows, if they fit."""
    every = networks(pen)
    columns = sum(len(network["layers"]) for network in every)
    if len(every) > 1 and columns <= _ABREAST:
        yield _abreast(pen, every)
    else:
        yield from (_heatmap(pen, network) for network in every)


def _abreast(pen: Pen, every: list[Node]) -> Drawing:
    """Draw networks side by side, their most frequent concepts taken together in the rows."""
    sums: Counter[str] = Counter()
    for network in every:
        sums.update(dict(network["top"].value))
    words = sorted(sums, key=lambda word: (-sums[word], word))[:ROWS]
    columns = [list(network["layers"].value) for network in every]
    titles = [layer_titles(names) for names in columns]
    height = 1.1 + slant(title for shown in titles for title in shown) + 0.36 * len(words)
    figure = sheet(4 + 1.9 * sum(map(len, columns)), height)
    widths = [len(names) for names in columns]
    grid = figure.subplots(1, len(every), sharey=True, width_ratios=widths)
    for network, names, ax in zip(every, titles, grid, strict=True):
        _draw(pen, network, words, names, ax)
    caption = pen.say(
        "Units of {} by concept and layer: the most frequent concepts of these networks taken "
        "together, in the same rows. Darker for more units; an empty cell means no unit.",
        pen.list(map(pen.name, every)),
    )
    shown = [_counted(pen, network) for network in every]
    named = [name for names in columns for name in names]
    return finish(pen, figure, "heatmap", caption, shown, "top", layers=named)


def _draw(pen: Pen, network: Node, words: list[str], titles: list[str], ax: Axes) -> None:
    """Draw a network's heatmap: concepts in rows, layers under their titles in columns."""
    counts, keys = cells(list(network["layers"]), words)
    charts.heatmap(
        counts,
        rows=shorts(words),
        columns=titles,
        largest=largest(pen),
        keys=keys,
        title=short(network["name"].value),
        ax=ax,
    )


def _counted(pen: Pen, network: Node) -> Markup:
    entries = [pen.say("{one[0]} {one[1]}", one=entry) for entry in network["top"][:ROWS]]
    text = "Units of {} in all layers, by concept: {}"
    return pen.say(text, network, Markup("; ").join(entries))


def _heatmap(pen: Pen, network: Node) -> Drawing:
    """Draw a network's most frequent concepts by layer."""
    layers = list(network["layers"].value)
    titles = layer_titles(layers)
    words = concepts(network)[:ROWS]
    figure = sheet(3.6 + 1.9 * len(layers), 1.1 + slant(titles) + 0.36 * len(words))
    _draw(pen, network, words, titles, figure.add_subplot())
    caption = pen.say(
        "Units of {} by concept and layer: the most frequent concepts from top to bottom, darker "
        "for more units; an empty cell means no unit. All heatmaps share the same scale of shades.",
        network,
    )
    shown = [_counted(pen, network)]
    name = f"heatmap-{network['slug'].value}"
    return finish(pen, figure, name, caption, shown, "top", layers=layers)


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

    figure = distributions(list(known), of_layer, every, "similarity")
    text = (
        "{one}: median {one[similarity][median]:share}, quartiles from "
        "{one[similarity][q1]:share} to {one[similarity][q3]:share}"
    )
    caption = pen.say(
        "Distribution of similarity, by layer: the share of units whose label has at least this "
        "similarity. The further right a line, the better labels fit, within a layer."
    )
    scored = [one for one in every if one["similarity"]["median"].value is not None]
    words = [pen.say(text, one=network) for network in scored]
    yield finish(
        pen, figure, "similarity", caption, words, "similarity", layers=list(known), paper=False
    )


FIGURES: Figures = (_heatmaps, _similarities)
