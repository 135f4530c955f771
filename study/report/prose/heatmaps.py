"""What the heatmaps show, said from the counts that they are drawn from."""

from collections.abc import Sequence

from markupsafe import Markup

from study.report.pen import Pen, say
from study.report.prose.network import MANY
from study.report.prose.places import (
    DETAILED,
    compared_pairs,
    count_key,
    layer,
    layer_of,
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
    pairs = compared_pairs(pen)[:DETAILED]
    paragraphs += [_between(pen, pair) for pair in pairs]
    if pairs:
        paragraphs[-1].append(
            say(
                "That a cell is empty or a concept absent is a fact about these tables; whether it "
                "is more than chance is said where the concepts that tell the networks apart are "
                "listed."
            )
        )
    return [[one for one in sentences if one] for sentences in paragraphs]


def _own(pen: Pen, key: str) -> list[Markup]:
    layers = list(pen.value(f"{key}.layers"))
    sentences = [_largest(pen, key, layers)]
    if len(layers) > 1:
        sentences += [_shift(pen, key, layers), _empty_cells(pen, key, layers)]
    return sentences


def _largest(pen: Pen, key: str, layers: Sequence[str]) -> Markup:
    """Name the concept, or concepts, that most units carry."""
    first = leaders(pen, key)
    most = pen.n(f"{key}.top.{first[0]}.1")
    if len(first) > MANY:
        return say("In the heatmap of {} no concept leads: {} is the most.", name(pen, key), most)
    words = pen.list(pen.t(f"{key}.top.{place}.0") for place in first)
    if len(first) > 1:
        return say(
            "In the heatmap of {}, {} have the most units, {} each.", name(pen, key), words, most
        )
    return say(
        "In the heatmap of {}, {} has the most units, {} in all ({}).",
        name(pen, key),
        words,
        most,
        _counts(pen, key, layers, pen.value(f"{key}.top.{first[0]}.0")),
    )


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
    leading = [[pen.value(f"{end}.top.{i}.0") for i in leaders(pen, end)] for end in ends]
    where = [layer(pen, one) for one in (layers[0], layers[-1])]
    if any(len(one) > MANY for one in leading):
        return Markup("")
    if kept := [word for word in leading[0] if word in leading[1]]:
        verb = "leads" if len(kept) == 1 else "lead"
        return say("In {} as in {}, {} " + verb + ".", *where, _given(pen, kept))
    first, last = (pen.list((pen.given(word) for word in one), "or") for one in leading)
    return say(
        "The commonest label changes from {} in {} to {} in {}.", first, where[0], last, where[1]
    )


def _empty_cells(pen: Pen, key: str, layers: Sequence[str]) -> Markup:
    """Name the concepts of the heatmap that the first or the last layer lacks."""
    words = [word for word, _ in pen.value(f"{key}.top")[:ROWS]]
    held = [
        {word for word, _ in pen.value(f"{key}.layers.{one}.top")}
        for one in (layers[0], layers[-1])
    ]
    first, last = ([word for word in words if word not in one] for one in held)
    ends = [layer(pen, one) for one in (layers[0], layers[-1])]
    if not first and not last:
        return say("Every concept shown has units in {} and in {}.", *ends)
    parts = []
    for missing, where in ((first, ends[0]), (last, ends[1])):
        if missing:
            verb = "has" if len(missing) == 1 else "have"
            parts.append(say("{} " + verb + " no unit in {}", _given(pen, missing), where))
    return say("Of the concepts shown, {}.", Markup("; ").join(parts))


def _between(pen: Pen, pair: str) -> list[Markup]:
    a, b = sides(pen, pair)
    return [_last_layer(pen, pair), _absent(pen, a, b), _absent(pen, b, a)]


def _last_layer(pen: Pen, pair: str) -> Markup:
    """Say which of the concepts shared most only one network still has in the last layer."""
    both = sides(pen, pair)
    words = [entry[0] for entry in pen.value(f"{pair}.shared_top")[:ROWS]]
    last = list(pen.value(f"{pair}.layers"))[-1]
    if not words:
        return Markup("")
    held = []
    for side, key in enumerate(both):
        top = pen.value(f"{key}.layers.{layer_of(pen, key, last, side)}.top")
        held.append({word for word, _ in top})
    parts = []
    for side, key in enumerate(both):
        alone = [word for word in words if word in held[side] and word not in held[1 - side]]
        if alone:
            parts.append(say("{} in {} only", _given(pen, alone), name(pen, key)))
    if not parts:
        return say(
            "In {}, no concept that the networks share most has units in {} or {} only.",
            layer(pen, last),
            *(name(pen, key) for key in both),
        )
    return say(
        "Of the concepts that the networks share most, {} has units of {}.",
        layer(pen, last),
        pen.list(parts),
    )


def _absent(pen: Pen, one: str, other: str) -> Markup:
    """Name the concepts of a network's heatmap that no unit of the other network has."""
    held = {word for word, _ in pen.value(f"{other}.top")}
    words = [word for word, _ in pen.value(f"{one}.top")[:ROWS] if word not in held]
    who = name(pen, one), name(pen, other)
    if not words:
        return say("Every concept in the heatmap of {} is also a label of {}.", *who)
    return say(
        "The heatmap of {} shows {}, which no unit of {} carries.",
        who[0],
        _given(pen, words),
        who[1],
    )


def _given(pen: Pen, words: Sequence[str]) -> Markup:
    return pen.list(pen.given(word) for word in words)
