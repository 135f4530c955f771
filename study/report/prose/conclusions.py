"""Write what follows from a study, in words, and what does not."""

from collections.abc import Mapping

from markupsafe import Markup

from study.report import decisions
from study.report.decisions import ABOVE, BELOW, UNCLEAR, UNDECIDED, UNSAFE, UNSCORED, WITHIN
from study.report.lookup import detailed_pairs, having, is_control, level_of, sides
from study.report.node import Node
from study.report.pen import OVERALL, Pen
from study.report.prose.kinds_apart import favoured
from study.report.prose.recounts import Recount, recounts, resettings

_OVERLAP: Mapping[str, str] = {
    BELOW: "{} and {} share fewer concepts than if labels did not depend on the network",
    ABOVE: "{} and {} share more concepts than if labels did not depend on the network",
    WITHIN: "The overlap of {} and {} does not differ significantly from what it would be if "
    "labels did not depend on the network",
    UNCLEAR: "The overlap of {} and {} does not differ significantly from what it would be if "
    "labels did not depend on the network",
    UNSAFE: "The overlap of {} and {} lies above a null that is too low, from which nothing "
    "follows",
    UNSCORED: "The overlap of {} and {} lies above a null that may be too low, from which nothing "
    "follows",
    UNDECIDED: "The overlap of {} and {} could not be tested",
}
_BESIDE: Mapping[str, str] = {
    "same": "; the same holds {}",
    "lost": "; not significantly so {}",
    "opposite": "; the opposite holds {}",
    "found": "; it does {}",
    "unknown": "; nothing can be concluded {}",
}
"""What another rule of counting makes of a verdict, in words."""
_MOST = 3
"""The most concepts that a conclusion names."""


def conclusions(pen: Pen) -> list[Markup]:
    """Write the conclusions on each pair of compared networks; none where none are compared."""
    said: list[Markup] = []
    for pair in detailed_pairs(pen):
        said += [favoured(pen, pair), _overlap(pen, pair), _concepts(pen, pair)]
    if said:
        said += [_sure(pen), _beyond(pen)]
    return [sentence for sentence in said if sentence]


def _overlap(pen: Pen, pair: Node) -> Markup:
    """Say how the overlap compares with its null, and under which rules of counting it does."""
    level = level_of(pen)
    decided = decisions.overlaps_against_null(pair, level)
    its = decided[OVERALL]
    start = pen.say(_OVERLAP[its], *sides(pen, pair))
    if its in (UNSAFE, UNSCORED, UNDECIDED):
        return start + Markup(".")
    layers = [name for name, own in decided.items() if name and own == its]
    if its in (BELOW, ABOVE) and layers and len(decided) > 2:
        start += pen.say(", significantly so in {}", pen.layers(layers))
    others = (*recounts(pen, pair), *resettings(pen, pair))
    beside = {one.text: _beside(its, one) for one in others}
    for text, rules in decisions.grouped(beside, _BESIDE):
        start += pen.say(text, pen.list(rules, "or" if text == _BESIDE["lost"] else "and"))
    return start + Markup(".")


def _beside(its: str, other: Recount) -> str:
    """Say what another rule of counting makes of a verdict: a key of `_BESIDE`."""
    if other.verdict in (UNSAFE, UNSCORED, UNDECIDED):
        return "unknown"
    main, own = (WITHIN if one == UNCLEAR else one for one in (its, other.verdict))
    if main == own:
        return "same"
    if main == WITHIN:
        return "found"
    return "lost" if own == WITHIN else "opposite"


def _concepts(pen: Pen, pair: Node) -> Markup:
    """Say whether single concepts tell the networks apart."""
    if not pair["separating"]["concepts"]:
        return Markup("")
    found = decisions.separates(pair, level_of(pen))
    if not found:
        text = "No concept's share of units differs significantly between {} and {}, so a larger "
        return pen.say(text + "count is no evidence of a preference.", *sides(pen, pair))
    shown = pen.list(pen.t(concept["concept"]) for concept in found[:_MOST])
    others = ", among others" if len(found) > _MOST else ""
    text = "{} and {} differ significantly in the shares of units that are labelled {}{}."
    return pen.say(text, *sides(pen, pair), shown, others)


def _sure(pen: Pen) -> Markup:
    measured = [one for one in having(pen, "stability") if not is_control(one)]
    if measured:
        return pen.say(
            "A statement about an individual unit should rest on a confident label with a "
            "significant concept."
        )
    return pen.say(
        "The stability of labels was not measured, so nothing is concluded about individual units."
    )


def _beyond(pen: Pen) -> Markup:
    start = "These are findings about these networks, this probe and this list of concepts"
    if pen.document["controls"].value:
        return pen.say(start + "; the controls show what other weights yield by the same method.")
    return pen.say(start + "; without a control, what random weights yield is not known.")
