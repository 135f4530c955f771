"""Figures that compare two networks, or three: Venn diagrams and overlaps."""

from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from study.report import charts
from study.report.figures.drawing import (
    Drawing,
    Figures,
    finish,
    panels,
    sheet,
    shorts,
)
from study.report.figures.layer_names import layer_titles
from study.report.figures.overlaps import draw_overlaps, explained, overlap_in_words
from study.report.lookup import (
    compared_pairs,
    detailed_pairs,
    different_parts,
    network_of,
    networks,
    sides,
)
from study.report.node import Node
from study.report.pen import Pen
from study.report.view import stem


def _pairs(pen: Pen) -> Iterator[Drawing]:
    for pair in detailed_pairs(pen):
        yield _venn(pen, pair)
        if len(different_parts(pair)) > 1:
            yield _venns(pen, pair)
        if len(compared_pairs(pen)) > 1:  # of a lone pair, the first figure of the report is this
            yield _jaccard(pen, pair)


def _venn(pen: Pen, pair: Node) -> Drawing:
    """Draw the concepts of two networks as sets, all layers together."""
    a, b = sides(pen, pair)
    name, overlap = list(different_parts(pair).items())[-1]
    figure = sheet(8.2, 4.3)
    names = shorts(network["name"].value for network in (a, b))
    _draw_sets(_regions(overlap), names, colours=_places(pen, pair), ax=figure.add_subplot())
    caption = pen.say(
        "Concepts only in {} (left), only in {} (right) and shared (middle), {}. Areas are "
        "proportional to counts.",
        a,
        b,
        pen.layer(name),
    )
    words = [_said(pen, pair, name, overlap)]
    return finish(pen, figure, f"venn{stem(pen, pair)}", caption, words, "jaccard")


def _venns(pen: Pen, pair: Node) -> Drawing:
    """Draw the concepts of two networks as sets, a diagram for each layer."""
    a, b = sides(pen, pair)
    overlaps = dict(pair["layers"].items())
    figure, grid = panels(len(overlaps), 4.1, 3.2)
    titles = layer_titles(list(overlaps))
    for overlap, title, ax in zip(overlaps.values(), titles, grid, strict=True):
        _draw_sets(_regions(overlap), ["", ""], colours=_places(pen, pair), title=title, ax=ax)
    caption = pen.say(
        "Concepts only in {} (left), only in {} (right) and shared (middle), by layer. Areas are "
        "proportional to counts within a diagram.",
        a,
        b,
    )
    words = [_said(pen, pair, name, overlap) for name, overlap in overlaps.items()]
    name, layers = f"venn-layers{stem(pen, pair)}", list(overlaps)
    return finish(pen, figure, name, caption, words, "jaccard", layers=layers, paper=False)


def _said(pen: Pen, pair: Node, name: str, overlap: Node) -> Markup:
    a, b = sides(pen, pair)
    text = "{}: {overlap[only_a]} only in {a}, {overlap[shared]} shared, {overlap[only_b]} only in "
    return pen.say(text + "{b}", pen.layer(name), overlap=overlap, a=a, b=b)


def _regions(overlap: Node) -> dict[str, Node]:
    return {"10": overlap["only_a"], "01": overlap["only_b"], "11": overlap["shared"]}


def _places(pen: Pen, pair: Node) -> list[int]:
    """Return where the networks of a pair stand among all, which decides their colours."""
    names = [one["name"].value for one in networks(pen, controls=True)]
    return [names.index(one["name"].value) for one in sides(pen, pair)]


def _draw_sets(counts: dict[str, Node], names: list[str], **options: Any) -> None:
    regions = {region: int(count.value) for region, count in counts.items()}
    keys = {region: count.key for region, count in counts.items()}
    charts.venn(regions, names=names, keys=keys, **options)


def _jaccard(pen: Pen, pair: Node) -> Drawing:
    """Draw a pair's Jaccard indices over their nulls, with noise ceilings and intervals."""
    overlaps = different_parts(pair)
    figure = sheet(4 + 3.0 * len(overlaps), 6.0)
    draw_overlaps(overlaps, layer_titles(list(overlaps)), figure.add_subplot())
    caption = pen.say("Jaccard index of {} and {}. ", *sides(pen, pair))
    caption += explained(pen, pair)
    words = [overlap_in_words(pen, pen.layer(name), own) for name, own in overlaps.items()]
    name, layers = f"jaccard{stem(pen, pair)}", list(overlaps)
    return finish(pen, figure, name, caption, words, "jaccard", layers=layers)


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
