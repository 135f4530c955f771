"""Figures that compare networks: Venn diagrams, overlaps, counts side by side."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from markupsafe import Markup

from study.report import charts
from study.report.figures.drawing import (
    ACROSS,
    FEW,
    Drawing,
    Figures,
    cells,
    finish,
    largest,
    legend,
    panels,
    sheet,
    short,
    shorts,
    slant,
)
from study.report.figures.layer_names import layer_titles
from study.report.lookup import detailed_pairs, different_parts, layers_of, network_of, sides
from study.report.node import Node
from study.report.pen import OVERALL, Pen
from study.report.prose.heatmaps import ROWS
from study.report.view import stem


def _pairs(pen: Pen) -> Iterator[Drawing]:
    for pair in detailed_pairs(pen):
        yield _venn(pen, pair)
        yield _jaccard(pen, pair)
        if pair["shared_top"] and pair["layers"]:
            yield _shared(pen, pair)
        if pair["layers"]:
            yield _top(pen, pair)


def _venn(pen: Pen, pair: Node) -> Drawing:
    """Draw the concepts of two networks as sets, overall and by layer."""
    a, b = sides(pen, pair)
    names = shorts(network["name"].value for network in (a, b))
    overlaps = dict(sorted(different_parts(pair).items(), key=lambda item: item[0] != OVERALL))
    large = len(overlaps) <= FEW
    figure, grid = panels(len(overlaps), 8.2, 4.3) if large else panels(len(overlaps), 4.1, 3.2)
    text = "{}: {overlap[only_a]} only in {a}, {overlap[shared]} shared, {overlap[only_b]} only in "
    words = []
    titles = layer_titles(list(overlaps))
    for (name, overlap), title, ax in zip(overlaps.items(), titles, grid, strict=True):
        counts = {"10": overlap["only_a"], "01": overlap["only_b"], "11": overlap["shared"]}
        named = names if large else ["", ""]  # the caption says which is left
        _draw_sets(counts, named, title=title, ax=ax)
        words.append(pen.say(text + "{b}", pen.layer(name), overlap=overlap, a=a, b=b))
    caption = pen.say(
        "Concepts only in {} (left), only in {} (right) and shared (middle), for all layers and "
        "for each. Areas are proportional to counts within a diagram.",
        a,
        b,
    )
    layers = list(overlaps)
    return finish(pen, figure, f"venn{stem(pen, pair)}", caption, words, "jaccard", layers=layers)


def _draw_sets(counts: dict[str, Node], names: list[str], **options: Any) -> None:
    regions = {region: int(count.value) for region, count in counts.items()}
    keys = {region: count.key for region, count in counts.items()}
    charts.venn(regions, names=names, keys=keys, **options)


def _jaccard(pen: Pen, pair: Node) -> Drawing:
    """Draw a pair's Jaccard indices over their nulls, with noise ceilings and intervals."""
    overlaps = different_parts(pair)
    indices = [overlap["jaccard"] for overlap in overlaps.values()]
    bands = {
        band: [_ends(overlap[band].value) for overlap in overlaps.values()]
        for band in ("null", "ceiling", "interval")
    }
    figure = sheet(4 + 3.0 * len(overlaps), 6.6)
    charts.overlaps(
        [np.nan if index.value is None else index.value for index in indices],
        categories=layer_titles(list(overlaps)),
        across=[None for _ in overlaps],
        keys=[index.key for index in indices],
        ax=figure.add_subplot(),
        **bands,
    )
    words = []
    for name, overlap in overlaps.items():
        text = "{}: {overlap[jaccard]:share}"
        if overlap["null"]:
            text += ", null {overlap[null][low]:share} to {overlap[null][high]:share}"
        words.append(pen.say(text, pen.layer(name), overlap=overlap))
    text = (
        "Jaccard index of {} and {}. Dots: observed; hatched: central {:percent} of the null. The "
        "table states which differ significantly; layers of other widths are not compared."
    )
    if any(bands["ceiling"]):
        text += (
            " Thick lines: repeatability, each network's overlap with itself ({}), which is larger "
            "because the units are the same."
        )
    if any(bands["interval"]):
        text += " Vertical lines: interval of the index."
    level, kind = pen.document["null"]["level"], pair["overall"].get("ceiling", "kind")
    caption = pen.say(text, *sides(pen, pair), level, kind)
    layers = list(overlaps)
    return finish(
        pen, figure, f"jaccard{stem(pen, pair)}", caption, words, "jaccard", layers=layers
    )


def _ends(entry: dict[str, Any] | None) -> tuple[float, float] | None:
    if not entry or entry["low"] is None or entry["high"] is None:
        return None
    return entry["low"], entry["high"]


def _shared(pen: Pen, pair: Node) -> Drawing:
    """Draw the most shared concepts of a pair as a heatmap of each network."""
    both = sides(pen, pair)
    shared = pair["shared_top"][:ROWS]
    words = [entry[0].value for entry in shared]
    own = list(zip(*(layers_of(pen, pair, name) for name in pair["layers"].value), strict=True))
    columns = [[layer.key.rpartition(".layers.")[2] for layer in layers] for layers in own]
    titles = [layer_titles(names) for names in columns]
    height = 1.6 + slant(title for shown in titles for title in shown) + 0.5 * len(words)
    beside = len(pair["layers"]) <= ACROSS
    figure = sheet(4 + 3.8 * len(pair["layers"]), height if beside else 2 * height)
    grid = figure.subplots(*((1, 2) if beside else (2, 1)), sharey=True)
    for network, layers, names, ax in zip(both, own, titles, grid, strict=True):
        counts, keys = cells(layers, words)
        charts.heatmap(
            counts,
            rows=shorts(words),
            columns=names,
            largest=largest(pen),
            keys=keys,
            title=short(network["name"].value),
            ax=ax,
        )
    entries = [pen.say("{one[0]} {one[1]} and {one[2]}", one=entry) for entry in shared]
    text = "Units in {} and {}, by concept: {}"
    shown = [pen.say(text, *both, Markup("; ").join(entries))]
    caption = pen.say(
        "The most shared concepts (by the smaller of their counts), in the same rows for {} ({}) "
        "and {} ({}); shades as in the other heatmaps.",
        both[0],
        "left" if beside else "above",
        both[1],
        "right" if beside else "below",
    )
    name, named = f"heatmap-shared{stem(pen, pair)}", [name for names in columns for name in names]
    return finish(pen, figure, name, caption, shown, "shared", layers=named)


def _top(pen: Pen, pair: Node) -> Drawing:
    """Draw the most frequent concepts of a pair side by side, layer by layer."""
    both = sides(pen, pair)
    layers = {name: layers_of(pen, pair, name) for name in pair["layers"].value}
    if len(layers) > ACROSS:
        layers = {OVERALL: list(both)}
    sums: Counter[str] = Counter()
    for layer in (layer for own in layers.values() for layer in own):
        sums.update(dict(layer["top"].value))
    words = sorted(sums, key=lambda word: (-sums[word], word))[:ROWS]
    figure = sheet(16.6, 2.2 + 0.62 * len(words))
    grid = np.atleast_1d(figure.subplots(1, len(layers), sharey=True, sharex=True))
    titles = layer_titles(list(layers))
    for own, title, ax in zip(layers.values(), titles, grid, strict=True):
        counts, keys = cells(own, words)
        charts.bars(
            np.where(counts == 0, np.nan, counts).T,
            categories=shorts(words),
            keys=list(zip(*keys, strict=True)),
            horizontal=True,
            title=title,
            ax=ax,
        )
        ax.set_xlabel("units")
        ax.label_outer()
    legend(grid[0], both)
    text = (
        "Units of {} and {} by concept, layer by layer, for the most frequent concepts of the "
        "networks taken together; rows are in the same order in every panel. No bar means no unit."
    )
    if OVERALL in layers:
        text = (
            "Units of {} and {} by concept, in all layers of each, for the most frequent concepts "
            "of the networks taken together. No bar means no unit."
        )
    caption = pen.say(text, *both)
    shown = [pen.say("The concepts from top to bottom: {}", pen.words(words))]
    return finish(pen, figure, f"top{stem(pen, pair)}", caption, shown, "top", layers=list(layers))


def _triple(pen: Pen) -> Iterator[Drawing]:
    """Draw the sets of three networks, where there are three."""
    if not (triple := pen.document.get("triples")):
        return
    names, regions = triple["names"].value, dict(triple["regions"].items())
    figure = sheet(10, 8)
    _draw_sets(regions, shorts(names), ax=figure.add_subplot())
    words = []
    for region, count in regions.items():
        inside = [name for name, digit in zip(names, region, strict=True) if digit == "1"]
        shown = pen.list(pen.name(network_of(pen, name)) for name in inside)
        words.append(pen.say("only in {}: {}", shown, count))
    caption = pen.say("Concepts by the networks in which they occur, all layers.")
    yield finish(pen, figure, "venn-all", caption, words, "regions")


FIGURES: Figures = (_pairs, _triple)
