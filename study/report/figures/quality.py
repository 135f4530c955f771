"""The figure of how stable labels are."""

from collections.abc import Iterator

import numpy as np

from study.report.figures.drawing import (
    Drawing,
    Figures,
    Numbers,
    distributions,
    finish,
)
from study.report.lookup import common_layers, having
from study.report.pen import Pen


def _stability(pen: Pen) -> Iterator[Drawing]:
    """Draw how stable labels are, where that was measured."""
    if not (measured := having(pen, "stability")):
        return

    def of_layer(name: str) -> tuple[Numbers, list[list[float] | None]]:
        deciles = [one.get("stability", "layers", name, "deciles").value for one in measured]
        bins = len(next(filter(None, deciles)))
        return np.linspace(0, 1, bins + 1), deciles

    figure = distributions(common_layers(measured), of_layer, measured, "share of splits")
    text = "{one}: on average {one[stability][overall][mean]:share} of splits agree on a label"
    caption = pen.say(
        "Label stability, by layer: the share of units whose label is the same in at least so many "
        "of the splits of this probe into disjoint parts. The higher a line, the more stable."
    )
    words = [pen.say(text, one=network) for network in measured]
    layers = common_layers(measured)
    yield finish(pen, figure, "stability", caption, words, "stability", layers=layers)


FIGURES: Figures = (_stability,)
