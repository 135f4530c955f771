"""Write what the heatmaps show, from the counts that they are drawn from."""

from markupsafe import Markup

from study.report.lookup import count_of, detailed_pairs, leaders, networks
from study.report.node import Node
from study.report.pen import ELSEWHERE, Pen
from study.report.prose.network import MANY

ROWS = 16
"""Concepts in a heatmap."""


def insights(pen: Pen) -> list[list[Markup]]:
    """Write a paragraph on each network's heatmap, then say what the tables are no evidence of."""
    paragraphs = [[_largest(pen, network)] for network in networks(pen)]
    if detailed_pairs(pen):
        text = (
            "Empty cells and absent concepts describe these tables only: with so few units for a "
            "concept they occur by chance as well. Which concepts distinguish the networks is "
            "stated where they are tested."
        )
        paragraphs.append([pen.say(text)])
    return paragraphs


def _largest(pen: Pen, network: Node) -> Markup:
    """Name the concept, or concepts, that most units carry."""
    leading = leaders(network)
    most = leading[0][1]
    start = pen.say("In {}, ", network)
    if len(leading) > MANY:
        return start + pen.say("no concept stands out: the largest count is {}.", most)
    words = pen.list(pen.t(concept) for concept, _ in leading)
    if len(leading) > 1:
        return start + pen.say("the most frequent labels are {}, with {} units each.", words, most)
    word = leading[0][0].value
    counts = pen.some(
        (
            pen.say("{} in {}", count_of(layer, word) or "none", pen.layer(name))
            for name, layer in network["layers"].items()
        ),
        rest=ELSEWHERE,
    )
    text = "the most frequent label is {}, with {} units in all ({})."
    return start + pen.say(text, words, most, counts)
