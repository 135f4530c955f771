"""Write the summary, in three sentences, and the introduction."""

from collections.abc import Mapping

from markupsafe import Markup

from study.comparison.null import LABELS, UNITS
from study.report import decisions
from study.report.decisions import ABOVE, BELOW, UNCLEAR, UNDECIDED, UNSAFE, UNSCORED, WITHIN
from study.report.lookup import (
    DETAILED,
    compared_pairs,
    leaders,
    left_out,
    networks,
    pairs_with_twins,
    sides,
)
from study.report.node import Node
from study.report.pen import OVERALL, Pen
from study.report.prose.categories import categories_apart
from study.report.prose.network import significant
from study.report.prose.relation import changed, equals, pairing, used_up

_DEALT: Mapping[str, str] = {
    UNITS: "random deals of the units, each scored anew",
    LABELS: "random deals of the labels",
}
_FINDINGS: Mapping[str, str] = {
    BELOW: "The observed index is lower",
    ABOVE: "The observed index is higher",
    WITHIN: "The observed index does not differ significantly from this",
    UNCLEAR: "The observed index lies outside this range, but not significantly so",
    UNSAFE: "The observed index is higher, from which nothing follows where similarities are sharp",
    UNSCORED: "The observed index is higher, from which nothing follows without similarities",
}
_TWINS: Mapping[str, str] = {
    BELOW: "lower than the null",
    ABOVE: "higher than the null",
    WITHIN: "not significantly different from the null",
    UNCLEAR: "not significantly different from the null",
    UNSAFE: "above a null that is too low",
    UNSCORED: "above a null that may be too low",
    UNDECIDED: "not tested",
}
_BY_LAYER: Mapping[str, str] = {
    BELOW: "lower in {}",
    ABOVE: "higher in {}",
    WITHIN: "not significantly different in {}",
    UNCLEAR: "outside the range, but not significantly so, in {}",
    UNSAFE: "above a null that is too low in {}",
    UNSCORED: "above a null that may be too low in {}",
}
_BY_PAIR: Mapping[str, str] = {
    BELOW: "{} is lower than the null",
    ABOVE: "{} is higher than the null",
    WITHIN: "{} is not significantly different from the null",
    UNCLEAR: "{} is outside the range of the null, but not significantly so",
    UNSAFE: "{} is above a null that is too low",
    UNSCORED: "{} is above a null that may be too low",
    UNDECIDED: "{} is not tested",
}


def subtitle(pen: Pen) -> Markup:
    """Write the names of the compared networks."""
    return pen.list(map(pen.name, networks(pen)))


def summary(pen: Pen) -> list[Markup]:
    """Write how the labels overlap, how that compares with the null, and which concepts differ."""
    pairs = compared_pairs(pen)
    related = [*equals(pen), *changed(pen)]
    if not pairs and len(networks(pen)) > 1:
        return [*related, *filter(None, [_counts(pen), _tested(pen)])]
    if not pairs:
        return [*_alone(pen), *related]
    related += [sentence for pair in pairs if (sentence := used_up(pen, pair))]
    related += [sentence for pair in pairs[:DETAILED] for sentence in pairing(pen, pair)]
    if len(pairs) == 1:
        last = categories_apart(pen, pairs[0]) or _apart(pen, pairs[0])
        said = [_overlap(pen, pairs[0]), _against_null(pen, pairs[0]), last]
    else:
        said = [_overlaps(pen, pairs), _many_against_null(pen, pairs), _many_apart(pen, pairs)]
    return [sentence for sentence in (*said, *related, _tested(pen), _twins(pen)) if sentence]


def _counts(pen: Pen) -> Markup:
    """Say how many distinct labels each network carries, each by itself."""
    text = "{one} has {one[units]} units with {one[unique]} distinct labels"
    shown = [pen.say(text, one=network) for network in networks(pen)]
    return pen.say("{}.", Markup("; ").join(shown))


def _tested(pen: Pen) -> Markup:
    """Say how many units have a label that means something, controls included."""
    shown = [part for one in networks(pen, controls=True) if (part := significant(pen, one))]
    if not shown:
        return Markup("")
    text = "The labels of {} beat what random images in the unit's place reach; the other units "
    return pen.say(text + "have no significant concept.", pen.list(shown))


def _twins(pen: Pen) -> Markup:
    """Set the overlap of the compared networks beside that of each with its twin."""
    pairs, twins = compared_pairs(pen), pairs_with_twins(pen)
    if not twins or len(pairs) != 1:
        return Markup("")
    level = _level(pen).value

    def shown(pair: Node) -> Markup:
        text = "{overall[jaccard]:share} for {} ({})"
        verdict = pen.say(_TWINS[decisions.against_null(pair["overall"], level)])
        return pen.say(text, _names(pen, pair), verdict, overall=pair["overall"])

    text = (
        "Twins learned the same task from another seed: the index of all layers is {}, beside {}."
    )
    return pen.say(text, pen.list(map(shown, twins)), shown(pairs[0]))


def introduction(pen: Pen) -> list[Markup]:
    """Write what the question is, whatever the answer."""
    start = pen.say(
        "This report describes what the units of {} respond to. A unit is a channel of a layer. "
        "Each unit is labelled with the concept, from a fixed list, that best matches the images "
        "to which it responds most strongly, as judged by an image-text encoder.",
        subtitle(pen),
    )
    comparison = pen.say(
        "The networks are then compared by these labels: which concepts they share, and whether "
        "they share more or fewer than would be expected if labels did not depend on the network."
    )
    end = pen.say(
        "Every number printed here is taken from the results attached to this report, and the "
        "sentences are chosen by rule from these numbers."
    )
    return [start, comparison, end] if compared_pairs(pen) else [start, end]


def _alone(pen: Pen) -> list[Markup]:
    network = networks(pen)[0]
    first, *others = leaders(network)
    start = "Among the most frequent is" if others else "The most frequent is"
    return [
        pen.say(
            "The {network[units]} units of {network} carry {network[unique]} distinct labels.",
            network=network,
        ),
        pen.say(start + " {first[0]}, the label of {first[1]} units.", first=first),
        pen.say("Nothing is compared: a comparison needs a further network."),
    ]


def _overlap(pen: Pen, pair: Node) -> Markup:
    a, b = sides(pen, pair)
    text = (
        "The {overlap[units_a]} units of {a} and the {overlap[units_b]} units of {b} carry "
        "{overlap[union]} distinct labels together, of which {overlap[shared]} are shared (Jaccard "
        "index {overlap[jaccard]:share})."
    )
    return pen.say(
        text.replace(" units", " compared units") if left_out(pair) else text,
        a=a,
        b=b,
        overlap=pair["overall"],
    )


def _level(pen: Pen) -> Node:
    return pen.document["null"]["level"]


def _against_null(pen: Pen, pair: Node) -> Markup:
    decided = decisions.overlaps_against_null(pair, _level(pen).value)
    overall = decided.pop(OVERALL)
    if overall == UNDECIDED:
        return pen.say(
            "Whether the overlap differs from the null could not be tested: too few redealings "
            "or labels."
        )
    kind = _DEALT.get(str(pair["overall"]["null"]["kind"].value), "redealings")
    start = pen.say(
        "If labels did not depend on the network, a Jaccard index of {null[mean]:share} would be "
        "expected ({level:percent} of {}: {null[low]:share} to {null[high]:share}). "
        + _FINDINGS[overall],
        pen.say(kind),
        null=pair["overall"]["null"],
        level=_level(pen),
    )
    groups = decisions.grouped(decided, _BY_LAYER)
    if len(decided) < 2 or not groups:
        return start + Markup(".")
    parts = [pen.say(text, pen.layers(names)) for text, names in groups]
    return start + pen.say("; by layer, it is {}.", Markup(", ").join(parts))


def _apart(pen: Pen, pair: Node) -> Markup:
    if clearest := decisions.separates(pair, _level(pen).value)[:3]:
        shown = pen.list(_contrast(pen, pair, concept) for concept in clearest)
        return pen.say("The clearest differences in frequency: {}.", shown)
    return pen.say(
        "Of the {} concepts tested, none differs significantly in frequency between {} and {} "
        "after correction for all of them.",
        pair["separating"]["tested"],
        *sides(pen, pair),
    )


def _contrast(pen: Pen, pair: Node, concept: Node) -> Markup:
    a, b = sides(pen, pair)
    text = "{concept[concept]} ({concept[a]} units in {a}, {concept[b]} in {b})"
    return pen.say(text, concept=concept, a=a, b=b)


def _overlaps(pen: Pen, pairs: list[Node]) -> Markup:
    first, *others = networks(pen)
    start = pen.say("{network} carries {network[unique]} distinct labels", network=first)
    counts = [start, *(pen.say("{one} {one[unique]}", one=network) for network in others)]
    shown = [
        pen.say("{overall[jaccard]:share} for {}", _names(pen, pair), overall=pair["overall"])
        for pair in pairs
        if pair["overall"]["jaccard"].value is not None
    ]
    if not shown:
        return pen.say("{}.", pen.list(counts))
    return pen.say("{}; the Jaccard index is {}.", pen.list(counts), pen.list(shown))


def _many_against_null(pen: Pen, pairs: list[Node]) -> Markup:
    level = _level(pen).value
    overall = {pair: decisions.overlaps_against_null(pair, level)[OVERALL] for pair in pairs}
    groups = decisions.grouped(overall, _BY_PAIR)
    parts = [pen.say(text, pen.list(_names(pen, pair) for pair in of)) for text, of in groups]
    return pen.say("The overlap of {}.", Markup("; that of ").join(parts))


def _many_apart(pen: Pen, pairs: list[Node]) -> Markup:
    clearest = [(pair, decisions.separates(pair, _level(pen).value)[:1]) for pair in pairs]
    parts = [_contrast(pen, pair, concept) for pair, first in clearest for concept in first]
    if not parts:
        return pen.say("No concept differs significantly in frequency between any of them.")
    return pen.say("The clearest differences in frequency: {}.", pen.list(parts))


def _names(pen: Pen, pair: Node) -> Markup:
    return pen.list(map(pen.name, sides(pen, pair)))
