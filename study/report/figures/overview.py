"""The first figure: how far the networks overlap, and the kinds of their concepts."""

from collections.abc import Iterator

import numpy as np

from study.report import charts
from study.report.figures.drawing import Drawing, Figures, finish, legend, sheet, short
from study.report.figures.kinds import draw_kinds
from study.report.figures.layer_names import layer_titles
from study.report.figures.overlaps import draw_overlaps, explained, overlap_in_words
from study.report.lookup import (
    category_names,
    common_layers,
    compared_pairs,
    different_parts,
    networks,
    sides,
)
from study.report.pen import Pen

_MOST = 6
"""The most pairs side by side."""


def _overview(pen: Pen) -> Iterator[Drawing]:
    """Draw the overlap by layer, or by pair, beside the kinds of concepts of the last layer."""
    pairs = compared_pairs(pen)
    if not pairs:
        return
    if len(pairs) == 1:
        overlaps = different_parts(pairs[0])
        titles = layer_titles(list(overlaps))
        names = [pen.layer(name) for name in overlaps]
    else:
        overlaps = {str(number): pair["overall"] for number, pair in enumerate(pairs[:_MOST])}
        shown = [[one["name"].value for one in sides(pen, pair)] for pair in pairs[:_MOST]]
        titles = [short(" and ".join(both)) for both in shown]
        names = [pen.list(map(pen.given, both)) for both in shown]
    grouped = [one for one in networks(pen) if one.get("categories").value is not None]
    columns = 2 if grouped else 1
    figure = sheet(16.6 if grouped else 11, 5.6)
    widths = [1.25, 1] if grouped else [1]
    grid = np.atleast_1d(figure.subplots(1, columns, width_ratios=widths))
    draw_overlaps(overlaps, titles, grid[0])
    which = "by layer" if len(pairs) == 1 else "all layers"
    caption = pen.say("Overlap of labels ({}). ", which)
    caption += explained(pen, pairs[0])
    words = [
        overlap_in_words(pen, name, own) for name, own in zip(names, overlaps.values(), strict=True)
    ]
    if grouped:
        last = common_layers(grouped)[-1]
        draw_kinds(pen, grouped, last, category_names(pen), grid[1])
        charts.set_title(grid[1], layer_titles([last])[0])
        legend(grid[1], grouped, place="outside upper right")
        text = " Right: kinds of concepts in {}, as shares of its labels, with intervals."
        caption += pen.say(text, pen.layer(last))
    layers = list(overlaps) if len(pairs) == 1 else []
    yield finish(pen, figure, "overview", caption, words, "jaccard", layers=layers)


FIGURES: Figures = (_overview,)
