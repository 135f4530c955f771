"""What the heatmaps show, said from the counts that they are drawn from."""

from collections.abc import Sequence

from markupsafe import Markup

from study.report.pen import Pen, say
from study.report.prose.places import (
    DETAILED,
    compared_pairs,
    count_key,
    layer,
    leaders,
    name,
    networks,
    sides,
)

ROWS = 14
"""Concepts in a heatmap."""


def insights(pen: Pen) -> list[list[Markup]]:
    """Write a paragraph on each network's heatmap, then on the shared one of each pair."""
    paragraphs = [_own(pen, key) for key in networks(pen)]
    for pair in compared_pairs(pen)[:DETAILED]:
        paragraphs.append(_between(pen, pair))
    return [[one for one in sentences if one] for sentences in paragraphs]


def _own(pen: Pen, key: str) -> list[Markup]:
    layers = list(pen.value(f"{key}.layers"))
    first = leaders(pen, key)[0]
    word = pen.value(f"{key}.top.{first}.0")
    counts = _counts(pen, key, layers, word)
    sentences = [
        say(
            "{}: the concept with most units is {}, with {} in all ({}).",
            name(pen, key),
            pen.given(word),
            pen.n(f"{key}.top.{first}.1"),
            counts,
        )
    ]
    if len(layers) > 1:
        sentences.append(_shift(pen, key, layers))
    return sentences


def _counts(pen: Pen, key: str, layers: Sequence[str], word: str) -> Markup:
    parts = []
    for one in layers:
        found = count_key(pen, f"{key}.layers.{one}", word)
        number = pen.n(found) if found else Markup("none")
        parts.append(say("{} in {}", number, layer(pen, one)))
    return pen.list(parts)


def _shift(pen: Pen, key: str, layers: Sequence[str]) -> Markup:
    """Say whether the commonest label is the same in the first and in the last layer."""
    ends = [f"{key}.layers.{one}" for one in (layers[0], layers[-1])]
    leading = [{pen.value(f"{end}.top.{i}.0") for i in leaders(pen, end)} for end in ends]
    words = [pen.list((pen.t(f"{end}.top.{i}.0") for i in leaders(pen, end)), "or") for end in ends]
    if any(len(one) > 3 for one in leading):
        return Markup("")
    if leading[0] & leading[1]:
        return say(
            "It leads with {} in {} as in {}.",
            pen.list(pen.given(word) for word in sorted(leading[0] & leading[1])),
            layer(pen, layers[0]),
            layer(pen, layers[-1]),
        )
    return say(
        "From {} to {} the commonest label changes from {} to {}.",
        layer(pen, layers[0]),
        layer(pen, layers[-1]),
        words[0],
        words[1],
    )


def _between(pen: Pen, pair: str) -> list[Markup]:
    a, b = sides(pen, pair)
    sentences = []
    if pen.value(f"{pair}.shared_top"):
        top = f"{pair}.shared_top.0"
        sentences.append(
            say(
                "Of the concepts that {} and {} share, {} leads by the smaller count "
                "({} and {} units).",
                name(pen, a),
                name(pen, b),
                pen.t(f"{top}.0"),
                pen.n(f"{top}.1"),
                pen.n(f"{top}.2"),
            )
        )
    missing = [_absent(pen, one, other) for one, other in ((a, b), (b, a))]
    sentences += [sentence for sentence in missing if sentence]
    if any(missing):
        sentences.append(
            say(
                "That a concept is absent is a fact about these tables; whether it is more than "
                "chance is said where the concepts that tell the networks apart are listed."
            )
        )
    return sentences


def _absent(pen: Pen, one: str, other: str) -> Markup:
    """Name the concepts of a network's heatmap that no unit of the other network has."""
    held = {word for word, _ in pen.value(f"{other}.top")}
    top = pen.value(f"{one}.top")[:ROWS]
    words = [pen.given(word) for word, _ in top if word not in held]
    if not words:
        return say(
            "Every concept in the heatmap of {} is also a label of {}.",
            name(pen, one),
            name(pen, other),
        )
    return say(
        "In the heatmap of {} but no label of {}: {}.",
        name(pen, one),
        name(pen, other),
        pen.list(words),
    )
