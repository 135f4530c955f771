"""The figures of a report: which numbers go where, what each is called, what it says in words."""

from study import figures
from study.report.drawings.drawing import NARROW, Drawing
from study.report.drawings.networks import heatmap, similarities, unique
from study.report.drawings.pairs import of_pair, of_triple, top
from study.report.drawings.quality import categories, stability
from study.report.pen import Pen
from study.report.prose.places import DETAILED, compared_pairs, networks

__all__ = ["NARROW", "Drawing", "drawings"]


def drawings(pen: Pen) -> dict[str, Drawing]:
    """Draw every figure that the results have numbers for, by name."""
    with figures.style():
        made = [
            *(heatmap(pen, key) for key in networks(pen)),
            *(one for pair in compared_pairs(pen)[:DETAILED] for one in of_pair(pen, pair)),
            *of_triple(pen),
            unique(pen),
            *(top(pen, pair) for pair in compared_pairs(pen)[:DETAILED]),
            similarities(pen),
            *stability(pen),
            *categories(pen),
        ]
    return {drawing.name: drawing for drawing in made}
