"""Write the summary, in three sentences, and the introduction."""

from collections.abc import Mapping

from markupsafe import Markup

from study.report import decisions
from study.report.decisions import ABOVE, BELOW, UNCLEAR, UNDECIDED, WITHIN
from study.report.lookup import compared_pairs, leaders, networks, sides
from study.report.node import Node
from study.report.pen import OVERALL, Pen, say
from study.report.prose.categories import categories_apart

_FINDINGS: Mapping[str, str] = {
    BELOW: "The observed index is lower",
    ABOVE: "The observed index is higher",
    WITHIN: "The observed index does not differ significantly from this",
    UNCLEAR: "The observed index lies outside this range, but not significantly so",
}
_FINDINGS_OF_MANY: Mapping[str, str] = {
    BELOW: "lower than the null",
    ABOVE: "higher than the null",
    WITHIN: "not significantly different from the null",
    UNCLEAR: "outside the range of the null, but not significantly so",
    UNDECIDED: "not tested",
}


def subtitle(pen: Pen) -> Markup:
    """Write the names of the compared networks."""
    return pen.list(map(pen.name, networks(pen)))


def summary(pen: Pen) -> list[Markup]:
    """Write how the labels overlap, how that compares with the null, and which concepts differ."""
    pairs = compared_pairs(pen)
    if not pairs:
        return _alone(pen)
    if len(pairs) == 1:
        last = categories_apart(pen, pairs[0]) or _apart(pen, pairs[0])
        return [_overlap(pen, pairs[0]), _against_chance(pen, pairs[0]), last]
    return [_overlaps(pen, pairs), _many_against_chance(pen, pairs), _many_apart(pen, pairs)]


def introduction(pen: Pen) -> list[Markup]:
    """Write what the question is, whatever the answer."""
    start = say(
        "This report describes what the units of {} respond to. A unit is a channel of a layer. "
        "Each unit is labelled with the concept, from a fixed list, that best matches the images "
        "to which it responds most strongly, as judged by an image-text encoder.",
        subtitle(pen),
    )
    comparison = say(
        "The networks are then compared by these labels: which concepts they share, and whether "
        "they share more or fewer than would be expected if labels did not depend on the network."
    )
    end = say(
        "Every number printed here is taken from the results attached to this report, and the "
        "sentences are chosen by rule from these numbers."
    )
    return [start, comparison, end] if compared_pairs(pen) else [start, end]


def _alone(pen: Pen) -> list[Markup]:
    network = networks(pen)[0]
    (concept, count), *others = leaders(network)
    return [
        say(
            "The {} units of {} carry {} distinct labels.",
            pen.n(network["units"]),
            pen.name(network),
            pen.n(network["unique"]),
        ),
        say(
            "Among the most frequent is {}, the label of {} units."
            if others
            else "The most frequent is {}, the label of {} units.",
            pen.t(concept),
            pen.n(count),
        ),
        say("Nothing is compared: a comparison needs a further network."),
    ]


def _overlap(pen: Pen, pair: Node) -> Markup:
    a, b = sides(pen, pair)
    return say(
        "The {} units of {} carry {} distinct labels, the {} units of {} carry {}; {} labels are "
        "shared (Jaccard index {}).",
        pen.n(a["units"]),
        pen.name(a),
        pen.n(a["unique"]),
        pen.n(b["units"]),
        pen.name(b),
        pen.n(b["unique"]),
        pen.n(pair["overall"]["shared"]),
        pen.n(pair["overall"]["jaccard"], "share"),
    )


def _level(pen: Pen) -> Node:
    return pen.document["null"]["level"]


def _against_chance(pen: Pen, pair: Node) -> Markup:
    decided = decisions.overlaps_against_chance(pair, _level(pen).value)
    overall = decided.pop(OVERALL)
    if overall == UNDECIDED:
        return say(
            "Whether the overlap differs from the null could not be tested: too few permutations "
            "or labels."
        )
    null = pair["overall"]["null"]
    start = say(
        "If labels did not depend on the network, a Jaccard index of {} would be expected ({} of "
        f"random relabellings: {{}} to {{}}). {_FINDINGS[overall]}",
        pen.n(null["mean"], "share"),
        pen.n(_level(pen), "percent"),
        pen.n(null["low"], "share"),
        pen.n(null["high"], "share"),
    )
    layers = _layers_against_chance(pen, decided)
    if len(decided) < 2 or not layers:
        return start + Markup(".")
    return start + say("; by layer, it is {}.", Markup(", ").join(layers))


def _layers_against_chance(pen: Pen, decided: Mapping[str, str]) -> list[Markup]:
    parts = []
    for verdict, text in (
        (BELOW, "lower in {}"),
        (ABOVE, "higher in {}"),
        (WITHIN, "not significantly different in {}"),
        (UNCLEAR, "outside the range, but not significantly so, in {}"),
    ):
        names = [name for name, found in decided.items() if found == verdict]
        if names:
            parts.append(say(text, pen.layers(names)))
    return parts


def _apart(pen: Pen, pair: Node) -> Markup:
    clearest = decisions.separates(pair, _level(pen).value)[:3]
    a, b = sides(pen, pair)
    if not clearest:
        return say(
            "Of the {} concepts tested, none differs significantly in frequency between {} and {} "
            "after Holm correction.",
            pen.n(pair["separating"]["tested"]),
            pen.name(a),
            pen.name(b),
        )
    return say(
        "The clearest differences in frequency: {}.",
        pen.list(_contrast(pen, concept, a, b) for concept in clearest),
    )


def _contrast(pen: Pen, concept: Node, a: Node, b: Node) -> Markup:
    return say(
        "{} ({} units in {}, {} in {})",
        pen.t(concept["concept"]),
        pen.n(concept["a"]),
        pen.name(a),
        pen.n(concept["b"]),
        pen.name(b),
    )


def _overlaps(pen: Pen, pairs: list[Node]) -> Markup:
    counts = [
        say(
            "{} {}" if number else "{} carries {} distinct labels",
            pen.name(network),
            pen.n(network["unique"]),
        )
        for number, network in enumerate(networks(pen))
    ]
    values = {pair: pair["overall"]["jaccard"].value for pair in pairs}
    high, low = (decisions.extremes(values, largest=largest)[:1] for largest in (True, False))
    if not high or high == low:
        return say("{}.", pen.list(counts))
    return say(
        "{}; the overlap is largest between {} (Jaccard index {}) and smallest between {} ({}).",
        pen.list(counts),
        _names(pen, high[0]),
        pen.n(high[0]["overall"]["jaccard"], "share"),
        _names(pen, low[0]),
        pen.n(low[0]["overall"]["jaccard"], "share"),
    )


def _many_against_chance(pen: Pen, pairs: list[Node]) -> Markup:
    level = _level(pen).value
    overall = {pair: decisions.overlaps_against_chance(pair, level)[OVERALL] for pair in pairs}
    parts = []
    for verdict, text in _FINDINGS_OF_MANY.items():
        shown = [_names(pen, pair) for pair, decided in overall.items() if decided == verdict]
        if shown:
            parts.append(say("{} is {}", pen.list(shown), text))
    return say("The overlap of {}.", Markup("; that of ").join(parts))


def _many_apart(pen: Pen, pairs: list[Node]) -> Markup:
    parts = []
    for pair in pairs:
        if separating := decisions.separates(pair, _level(pen).value):
            parts.append(_contrast(pen, separating[0], *sides(pen, pair)))
    if not parts:
        return say("No concept differs significantly in frequency between any of them.")
    return say("The clearest differences in frequency: {}.", pen.list(parts))


def _names(pen: Pen, pair: Node) -> Markup:
    return pen.list(map(pen.name, sides(pen, pair)))
