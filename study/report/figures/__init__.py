"""Draw the figures of a report, each with a caption and its numbers in words."""

from study.report import charts
from study.report.figures.drawing import Drawing
from study.report.figures.network import heatmap, similarities, unique
from study.report.figures.pair import of_pair, of_triple, top
from study.report.figures.quality import categories, stability
from study.report.lookup import DETAILED, compared_pairs, networks
from study.report.pen import Pen

__all__ = ["Drawing", "drawings"]


def drawings(pen: Pen) -> dict[str, Drawing]:
    """Draw every figure that the results have numbers for, by name."""
    detailed = compared_pairs(pen)[:DETAILED]
    with charts.style():
        drawn = [
            *(heatmap(pen, network) for network in networks(pen)),
            *(drawing for pair in detailed for drawing in of_pair(pen, pair)),
            *of_triple(pen),
            unique(pen),
            *(top(pen, pair) for pair in detailed),
            similarities(pen),
            *stability(pen),
            *categories(pen),
        ]
    return {drawing.name: drawing for drawing in drawn}
