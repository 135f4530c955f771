"""Write what the heatmaps show, from the counts that they are drawn from."""

from collections.abc import Collection

from markupsafe import Markup

from study.report.lookup import (
    concepts,
    count_of,
    detailed_pairs,
    layer_of,
    leaders,
    networks,
    sides,
)
from study.report.node import Node
from study.report.pen import Pen
from study.report.prose.network import MANY

ROWS = 14
"""Concepts in a heatmap."""


def insights(pen: Pen) -> list[list[Markup]]:
    """Write a paragraph on each network's heatmap, then on the shared one of each pair."""
    paragraphs = [_own(pen, network) for network in networks(pen)]
    pairs = detailed_pairs(pen)
    paragraphs += [_between(pen, pair) for pair in pairs]
    if pairs:
        text = (
            "Empty cells and absent concepts describe these tables only; whether a difference is "
            "significant is stated where the concepts that distinguish the networks are listed."
        )
        paragraphs[-1].append(pen.say(text))
    return [[sentence for sentence in sentences if sentence] for sentences in paragraphs]


def _own(pen: Pen, network: Node) -> list[Markup]:
    layers = network["layers"].items()
    sentences = [_largest(pen, network)]
    if len(layers) > 1:
        ends = dict([layers[0], layers[-1]])
        sentences += [_shift(pen, ends), _empty_cells(pen, network, ends)]
    return sentences


def _largest(pen: Pen, network: Node) -> Markup:
    """Name the concept, or concepts, that most units carry."""
    leading = leaders(network)
    most = leading[0][1]
    start = pen.say("In the heatmap of {}, ", network)
    if len(leading) > MANY:
        return start + pen.say("no concept stands out: the largest count is {}.", most)
    words = pen.list(pen.t(concept) for concept, _ in leading)
    if len(leading) > 1:
        return start + pen.say("the most frequent labels are {}, with {} units each.", words, most)
    word = leading[0][0].value
    counts = pen.list(
        pen.say("{} in {}", count_of(layer, word) or "none", pen.layer(name))
        for name, layer in network["layers"].items()
    )
    text = "the most frequent label is {}, with {} units in all ({})."
    return start + pen.say(text, words, most, counts)


def _shift(pen: Pen, ends: dict[str, Node]) -> Markup:
    """Say whether the most frequent label is the same in the first and in the last layer."""
    leading = [[concept.value for concept, _ in leaders(layer)] for layer in ends.values()]
    if any(len(words) > MANY for words in leading):
        return Markup("")
    first, last = map(pen.layer, ends)
    if common := [word for word in leading[0] if word in leading[1]]:
        subject = "label is" if len(common) == 1 else "labels are"
        return pen.say(
            f"In {{}} as in {{}}, the most frequent {subject} {{}}.", first, last, pen.words(common)
        )
    before, after = (pen.words(words, "or") for words in leading)
    return pen.say(
        "The most frequent label changes from {} in {} to {} in {}.", before, first, after, last
    )


def _empty_cells(pen: Pen, network: Node, ends: dict[str, Node]) -> Markup:
    """Name the concepts of the heatmap that the first or the last layer lacks."""
    words = concepts(network)[:ROWS]
    lacking = {name: _without(words, concepts(layer)) for name, layer in ends.items()}
    parts = [
        pen.say("no unit in {} is labelled {}", pen.layer(name), pen.words(missing, "or"))
        for name, missing in lacking.items()
        if missing
    ]
    if not parts:
        return pen.say("Every concept shown labels units in {} and in {}.", *map(pen.layer, ends))
    return pen.say("Of the concepts shown, {}.", Markup("; ").join(parts))


def _between(pen: Pen, pair: Node) -> list[Markup]:
    a, b = sides(pen, pair)
    return [_last_layer(pen, pair), _absent(pen, a, b), _absent(pen, b, a)]


def _last_layer(pen: Pen, pair: Node) -> Markup:
    """Say which of the concepts shared most only one network still has in the last layer."""
    both = sides(pen, pair)
    words = [entry[0].value for entry in pair["shared_top"][:ROWS]]
    if not words:
        return Markup("")
    last = list(pair["layers"].value)[-1]
    labels = [concepts(layer_of(network, last, side)) for side, network in enumerate(both)]
    parts = []
    for network, own, others in zip(both, labels, reversed(labels), strict=True):
        if alone := _without([word for word in words if word in own], others):
            parts.append(pen.say("{} in {} only", pen.words(alone), network))
    if not parts:
        text = "In {}, none of the most shared concepts occurs in {} or {} only."
        return pen.say(text, pen.layer(last), *both)
    text = "Of the most shared concepts, units of {} carry {}."
    return pen.say(text, pen.layer(last), pen.list(parts))


def _absent(pen: Pen, network: Node, other: Node) -> Markup:
    """Name the concepts of a network's heatmap that no unit of the other network has."""
    words = _without(concepts(network)[:ROWS], concepts(other))
    if not words:
        text = "Every concept in the heatmap of {} is also a label in {}."
        return pen.say(text, network, other)
    text = "The heatmap of {} shows {}, which no unit of {} carries."
    return pen.say(text, network, pen.words(words), other)


def _without(words: list[str], labels: Collection[str]) -> list[str]:
    known = set(labels)
    return [word for word in words if word not in known]
