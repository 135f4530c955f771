"""Write the summary, and how to read the report."""

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
    level_of,
    networks,
    pairs_with_twins,
    sides,
)
from study.report.node import Node
from study.report.pen import OVERALL, Pen
from study.report.prose.answer import certainty, controls
from study.report.prose.kinds_apart import kinds_apart, unjudged, verdict
from study.report.prose.network import significant
from study.report.prose.relation import changed, equals, pairing, used_up

_PERMUTED: Mapping[str, str] = {
    UNITS: "random permutations of the units, each scored anew",
    LABELS: "random permutations of the labels",
}
_FINDINGS: Mapping[str, str] = {
    BELOW: "The observed index is lower",
    ABOVE: "The observed index is higher",
    WITHIN: "The observed index does not differ significantly from this",
    UNCLEAR: "The observed index lies outside this range, but not significantly so",
    UNSAFE: "The observed index lies above this, from which nothing follows where similarities are "
    "sharp",
    UNSCORED: "The observed index lies above this, from which nothing follows without similarities",
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
    """Write how networks differ in kinds of concept, how their labels overlap, how sure that is.

    Without a pair to compare: what labels there are, and how states of a network changed.
    """
    pairs = compared_pairs(pen)
    related = [*equals(pen), *changed(pen), unjudged(pen, pairs[:DETAILED])]
    if not pairs and len(networks(pen)) > 1:
        return [*filter(None, [*related, _counts(pen), _tested(pen)])]
    if not pairs:
        return [*_alone(pen), *filter(None, related)]
    related += [sentence for pair in pairs if (sentence := used_up(pen, pair))]
    related += [sentence for pair in pairs[:DETAILED] for sentence in pairing(pen, pair)]
    if len(pairs) == 1:
        said = _of_a_pair(pen, pairs[0])
    else:
        said = [
            Markup(" ").join(filter(None, (kinds_apart(pen, pair), verdict(pen, pair))))
            for pair in pairs[:DETAILED]
        ]
        said += [_overlaps(pen, pairs), _many_against_null(pen, pairs), _many_apart(pen, pairs)]
        said += [_tested(pen)]
    return [sentence for sentence in (*said, *related) if sentence]


def _of_a_pair(pen: Pen, pair: Node) -> list[Markup]:
    """Write how two networks differ, how their labels overlap, and how sure that is."""
    paragraphs = [
        [kinds_apart(pen, pair), verdict(pen, pair)],
        [_overlap(pen, pair), _against_null(pen, pair), _independent(pen, pair), _apart(pen, pair)],
        certainty(pen, pair),
        [_tested(pen), controls(pen, pair)],
    ]
    return [Markup(" ").join(filter(None, sentences)) for sentences in paragraphs]


def _independent(pen: Pen, pair: Node) -> Markup:
    """Say what independent draws would share: what readers may take for chance."""
    anchor, words = pair["overall"].get("independent"), pair.get("inputs", "words")
    if anchor.value is None or words.value is None:
        return Markup("")
    text = "Drawn independently from the list of {} concepts, as many concepts would give {:share}."
    return pen.say(text, words, anchor)


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
    text = "The labels of {} beat what random images in the unit's place reach."
    return pen.say(text, pen.list(shown))


def beside_twins(pen: Pen) -> Markup:
    """Set the overlap of the compared networks beside that of each with its twin."""
    pairs, twins = compared_pairs(pen), pairs_with_twins(pen)
    if not twins or len(pairs) != 1:
        return Markup("")
    level = level_of(pen)

    def shown(pair: Node) -> Markup:
        text = "{overall[jaccard]:share} for {} ({})"
        verdict = pen.say(_TWINS[decisions.against_null(pair["overall"], level)])
        return pen.say(text, _names(pen, pair), verdict, overall=pair["overall"])

    text = (
        "Twins learned the same task from another seed: the index of all layers is {}, beside {}."
    )
    return pen.say(text, pen.list(map(shown, twins)), shown(pairs[0]))


def introduction(pen: Pen) -> list[Markup]:
    """Write how to read the report, in a few lines."""
    start = pen.say(
        "Every number printed here is taken from the results attached to this report, and every "
        "sentence is chosen by rule from these numbers."
    )
    if not compared_pairs(pen):
        return [start]
    compared = pen.say(
        "An overlap is judged against a null: what it would be if labels did not depend on the "
        "network. Networks that see the same images share many labels whatever they learned, "
        "so it is this null, and not independent draws from the list, that shows a difference. "
        "That no difference is found does not show that there is none."
    )
    return [start, compared]


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
    if left_out(pair):
        text = (
            "The {overlap[units_a]} compared units of {a} and the {overlap[units_b]} compared "
            "units of {b} carry {overlap[union]} distinct labels together, of which "
            "{overlap[shared]} are shared (Jaccard index {overlap[jaccard]:share})."
        )
    else:
        text = (
            "{a} has {a[unique]} distinct labels on {overlap[units_a]} units, {b} {b[unique]} on "
            "{overlap[units_b]}; {overlap[shared]} of them are shared, a Jaccard index of "
            "{overlap[jaccard]:share}."
        )
    return pen.say(text, a=a, b=b, overlap=pair["overall"])


def _against_null(pen: Pen, pair: Node) -> Markup:
    decided = decisions.overlaps_against_null(pair, level_of(pen))
    overall = decided.pop(OVERALL)
    if overall == UNDECIDED:
        return pen.say(
            "Whether the overlap differs from the null could not be tested: too few permutations "
            "or labels."
        )
    kind = _PERMUTED.get(str(pair["overall"]["null"]["kind"].value), "permutations")
    start = pen.say(
        "If labels did not depend on the network, a Jaccard index of {null[mean]:share} would be "
        "expected ({level:percent} of {}: {null[low]:share} to {null[high]:share}). "
        + _FINDINGS[overall],
        pen.say(kind),
        null=pair["overall"]["null"],
        level=pen.document["null"]["level"],
    )
    groups = decisions.grouped(decided, _BY_LAYER)
    if len(decided) < 2 or not groups:
        return start + Markup(".")
    parts = [pen.say(text, pen.layers(names)) for text, names in groups]
    return start + pen.say("; by layer, it is {}.", Markup(", ").join(parts))


def _apart(pen: Pen, pair: Node) -> Markup:
    """Name the concepts that differ most clearly, or say what difference would have shown."""
    if clearest := decisions.separates(pair, level_of(pen))[:3]:
        shown = pen.list(_contrast(pen, pair, concept) for concept in clearest)
        return pen.say("The clearest differences in frequency: {}.", shown)
    if not pair["separating"]["concepts"]:
        return Markup("")
    tested, seen = pair["separating"]["tested"], pair["separating"].get("detectable")
    start = pen.say("No concept's share of units differs significantly ({} tested", tested)
    counts = [seen.get(side) for side in ("a", "b")]
    if all(count.value is None for count in counts):
        return start + pen.say("; no difference could have been significant).")
    text = "; one that a network lacks would have been called different with at least {})."
    least = [
        pen.say("{} units of {}", count, network)
        for count, network in zip(counts, sides(pen, pair), strict=True)
        if count.value is not None
    ]
    if counts[0].value == counts[1].value:
        return start + pen.say(text, pen.say("{} units", counts[0]))
    return start + pen.say(text, pen.list(least, "or"))


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
    level = level_of(pen)
    overall = {pair: decisions.overlaps_against_null(pair, level)[OVERALL] for pair in pairs}
    groups = decisions.grouped(overall, _BY_PAIR)
    parts = [pen.say(text, pen.list(_names(pen, pair) for pair in of)) for text, of in groups]
    return pen.say("The overlap of {}.", Markup("; that of ").join(parts))


def _many_apart(pen: Pen, pairs: list[Node]) -> Markup:
    clearest = [(pair, decisions.separates(pair, level_of(pen))[:1]) for pair in pairs]
    parts = [_contrast(pen, pair, concept) for pair, first in clearest for concept in first]
    if not parts:
        return pen.say("No concept differs significantly in frequency between any of them.")
    return pen.say("The clearest differences in frequency: {}.", pen.list(parts))


def _names(pen: Pen, pair: Node) -> Markup:
    return pen.list(map(pen.name, sides(pen, pair)))
