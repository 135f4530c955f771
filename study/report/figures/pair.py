"""Figures that compare networks: Venn diagrams, overlaps, counts side by side."""

from typing import Any

import numpy as np
from markupsafe import Markup

from study.report import charts
from study.report.figures.drawing import (
    Drawing,
    cells,
    finish,
    largest,
    layer_title,
    legend,
    panels,
    short,
    shorts,
    slant,
)
from study.report.lookup import different_parts, layer_of, network_of, sides
from study.report.node import Node
from study.report.pen import OVERALL, Pen
from study.report.prose.heatmaps import ROWS
from study.report.view import stem


def of_pair(pen: Pen, pair: Node) -> list[Drawing]:
    """Draw the sets, the overlap and the shared concepts of a pair."""
    drawn = [_venn(pen, pair), _jaccard(pen, pair)]
    return [*drawn, _shared(pen, pair)] if pair["shared_top"] else drawn


def _venn(pen: Pen, pair: Node) -> Drawing:
    a, b = sides(pen, pair)
    names = shorts(network["name"].value for network in (a, b))
    overlaps = dict(sorted(different_parts(pair).items(), key=lambda item: item[0] != OVERALL))
    figure, grid = panels(len(overlaps), 8.2, 4.3)
    words = []
    for (name, overlap), ax in zip(overlaps.items(), grid, strict=True):
        counts = {"10": overlap["only_a"], "01": overlap["only_b"], "11": overlap["shared"]}
        charts.venn(
            {region: int(count.value) for region, count in counts.items()},
            names=names,
            keys={region: count.key for region, count in counts.items()},
            title=layer_title(name),
            ax=ax,
        )
        text = "{}: {overlap[only_a]} only in {a}, {overlap[shared]} shared, {overlap[only_b]} "
        words.append(pen.say(text + "only in {b}", pen.layer(name), overlap=overlap, a=a, b=b))
    return finish(
        pen,
        figure,
        f"venn{stem(pen, pair)}",
        pen.say(
            "Concepts only in {} (left), only in {} (right) and shared (middle), for all layers "
            "and for each. Areas are proportional to counts within a diagram.",
            a,
            b,
        ),
        words,
        "tables/jaccard.csv",
    )


def _jaccard(pen: Pen, pair: Node) -> Drawing:
    overlaps = different_parts(pair)
    indices = [overlap["jaccard"] for overlap in overlaps.values()]
    bands = {
        band: [_ends(overlap[band].value) for overlap in overlaps.values()]
        for band in ("null", "ceiling", "interval")
    }
    figure = charts.new_figure(min(16.6, 4 + 3.0 * len(overlaps)), 6.6)
    charts.overlaps(
        [np.nan if index.value is None else index.value for index in indices],
        categories=[layer_title(name) for name in overlaps],
        null=bands["null"],
        ceiling=bands["ceiling"],
        interval=bands["interval"],
        across=[overlap.get("ceiling", "across").value for overlap in overlaps.values()],
        keys=[index.key for index in indices],
        ax=figure.add_subplot(),
    )
    words = [
        pen.say("{}: {:share}{}", pen.layer(name), overlap["jaccard"], _null(pen, overlap))
        for name, overlap in overlaps.items()
    ]
    extra = Markup("")
    if any(bands["ceiling"]):
        extra += pen.say(
            " Thick lines: noise ceiling, each network's overlap with itself ({}); hollow "
            "squares: overlap between the networks at the same number of labels.",
            pair["overall"].get("ceiling", "kind"),
        )
    if any(bands["interval"]):
        extra += pen.say(" Vertical lines: interval of the index.")
    return finish(
        pen,
        figure,
        f"jaccard{stem(pen, pair)}",
        pen.say(
            "Jaccard index of {} and {}. Dots: observed; hatched: central {:percent} of random "
            "relabellings (the null). The table states which differ significantly.{}",
            *sides(pen, pair),
            pen.document["null"]["level"],
            extra,
        ),
        words,
        "tables/jaccard.csv",
    )


def _null(pen: Pen, overlap: Node) -> Markup:
    if not overlap["null"]:
        return Markup("")
    return pen.say(", null {null[low]:share} to {null[high]:share}", null=overlap["null"])


def _ends(entry: dict[str, Any] | None) -> tuple[float, float] | None:
    if not entry or entry["low"] is None or entry["high"] is None:
        return None
    return entry["low"], entry["high"]


def _layers_of(both: tuple[Node, Node], name: str) -> list[Node]:
    """Return each network's own layer behind a layer of the pair."""
    return [layer_of(network, name, side) for side, network in enumerate(both)]


def _own_name(layer: Node, network: Node) -> str:
    return layer.key.removeprefix(f"{network['layers'].key}.")


def _shared(pen: Pen, pair: Node) -> Drawing:
    both = sides(pen, pair)
    shared = pair["shared_top"][:ROWS]
    words = [entry[0].value for entry in shared]
    own = list(zip(*(_layers_of(both, name) for name in pair["layers"].value), strict=True))
    columns = [
        [_own_name(layer, network) for layer in layers]
        for network, layers in zip(both, own, strict=True)
    ]
    height = 1.6 + slant([name for names in columns for name in names]) + 0.5 * len(words)
    figure = charts.new_figure(min(16.6, 4 + 3.8 * len(pair["layers"])), height)
    grid = figure.subplots(1, len(both), sharey=True)
    for network, layers, names, ax in zip(both, own, columns, grid, strict=True):
        counts, keys = cells(layers, words)
        charts.heatmap(
            counts,
            rows=shorts(words),
            columns=shorts(names),
            largest=largest(pen),
            keys=keys,
            title=short(network["name"].value),
            ax=ax,
        )
    shown = [pen.say("{one[0]} {one[1]} and {one[2]}", one=entry) for entry in shared]
    return finish(
        pen,
        figure,
        f"heatmap-shared{stem(pen, pair)}",
        pen.say(
            "The most shared concepts (by the smaller of their counts), in the same rows for {} "
            "(left) and {} (right); shades as in the other heatmaps.",
            *both,
        ),
        [pen.say("Units in {} and {}, by concept: {}", *both, Markup("; ").join(shown))],
        "tables/shared.csv",
    )


def top(pen: Pen, pair: Node) -> Drawing:
    """Draw the most frequent concepts of a pair side by side, layer by layer."""
    both = sides(pen, pair)
    layers = {name: _layers_of(both, name) for name in pair["layers"].value}
    sums: dict[str, int] = {}
    for own in layers.values():
        for word, count in (entry for layer in own for entry in layer["top"].value):
            sums[word] = sums.get(word, 0) + count
    words = sorted(sums, key=lambda word: (-sums[word], word))[:ROWS]
    figure = charts.new_figure(16.6, 2.2 + 0.62 * len(words))
    grid = np.atleast_1d(figure.subplots(1, len(layers), sharey=True, sharex=True))
    for (name, own), ax in zip(layers.items(), grid, strict=True):
        counts, keys = cells(own, words)
        charts.bars(
            np.where(counts == 0, np.nan, counts).T,
            series=["", ""],
            categories=shorts(words),
            keys=[list(column) for column in zip(*keys, strict=True)],
            horizontal=True,
            title=short(name),
            ax=ax,
        )
        ax.set_xlabel("units")
        ax.label_outer()
    legend(grid[0], both)
    return finish(
        pen,
        figure,
        f"top{stem(pen, pair)}",
        pen.say(
            "Units of {} and {} by concept, layer by layer, for the most frequent concepts of the "
            "networks taken together; rows are in the same order in every panel. No bar means no "
            "unit.",
            *both,
        ),
        [pen.say("The concepts from top to bottom: {}", pen.words(words))],
        "tables/top.csv",
    )


def of_triple(pen: Pen) -> list[Drawing]:
    """Draw the sets of three networks, where there are three."""
    triple = pen.document.get("triples")
    if not triple:
        return []
    names, regions = triple["names"].value, dict(triple["regions"].items())
    figure = charts.new_figure(10, 8)
    charts.venn(
        {region: int(count.value) for region, count in regions.items()},
        names=shorts(names),
        keys={region: count.key for region, count in regions.items()},
        ax=figure.add_subplot(),
    )
    words = []
    for region, count in regions.items():
        inside = [name for name, digit in zip(names, region, strict=True) if digit == "1"]
        shown = pen.list(pen.name(network_of(pen, name)) for name in inside)
        words.append(pen.say("only in {}: {}", shown, count))
    return [
        finish(
            pen,
            figure,
            "venn-all",
            pen.say("Concepts by the networks in which they occur, all layers."),
            words,
            "tables/regions.csv",
        )
    ]
