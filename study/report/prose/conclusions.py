"""Write what follows from a study, in words, and what does not."""

from collections.abc import Mapping

from markupsafe import Markup

from study.report import decisions
from study.report.decisions import ABOVE, BELOW, UNCLEAR, UNDECIDED, UNSAFE, UNSCORED, WITHIN
from study.report.lookup import DETAILED, compared_pairs, having, is_control, sides
from study.report.node import Node
from study.report.pen import OVERALL, Pen
from study.report.prose.kinds_apart import favoured, level_of

_OVERLAP: Mapping[str, str] = {
    BELOW: "share fewer concepts than if labels did not depend on the network",
    ABOVE: "share more concepts than if labels did not depend on the network",
    WITHIN: "do not share significantly fewer or more concepts than if labels did not depend on "
    "the network",
    UNCLEAR: "do not share significantly fewer or more concepts than if labels did not depend on "
    "the network",
    UNSAFE: "share more concepts than a null that is too low, from which nothing follows",
    UNSCORED: "share more concepts than a null that may be too low, from which nothing follows",
    UNDECIDED: "could not be tested for how many concepts they share",
}
_RULES: Mapping[str, str] = {
    "merged": "with word forms merged",
    "significant": "with significant units only",
}


def conclusions(pen: Pen) -> list[Markup]:
    """Write the conclusions on each pair of compared networks; none where none are compared."""
    said: list[Markup] = []
    for pair in compared_pairs(pen)[:DETAILED]:
        said += [favoured(pen, pair), _overlap(pen, pair), _concepts(pen, pair)]
    if said:
        said += [_sure(pen), _beyond(pen)]
    return [sentence for sentence in said if sentence]


def _overlap(pen: Pen, pair: Node) -> Markup:
    """Say how the overlap compares with its null, and under which rules of counting it does."""
    level = level_of(pen)
    decided = decisions.overlaps_against_null(pair, level)
    its = decided[OVERALL]
    start = pen.say("{} and {} " + _OVERLAP[its], *sides(pen, pair))
    layers = [name for name, own in decided.items() if name and own == its]
    if its in (BELOW, ABOVE) and layers and len(decided) > 2:
        start += pen.say(", significantly so in {}", pen.layers(layers))
    rules: dict[str, bool] = {}
    for name, text in _RULES.items():
        entry = pair.get("variants", name, "overall")
        if entry and entry.get("null"):
            rules[text] = decisions.against_null(entry, level) == its
    for entry in pair["sensitivity"]:
        text = str(pen.say("with {entry[setting]} = {entry[value]}", entry=entry))
        rules[text] = decisions.against_null(entry["overall"], level) == its
    same = [Markup(text) for text, holds in rules.items() if holds]  # noqa: S704 - said above
    other = [Markup(text) for text, holds in rules.items() if not holds]  # noqa: S704
    if same:
        start += pen.say("; the same holds {}", pen.list(same))
    if other:
        start += pen.say("; it does not hold {}", pen.list(other, "or"))
    return start + Markup(".")


def _concepts(pen: Pen, pair: Node) -> Markup:
    """Say whether single concepts tell the networks apart."""
    if not pair["separating"]["concepts"]:
        return Markup("")
    found = decisions.separates(pair, level_of(pen))
    if not found:
        text = "No concept by itself tells {} and {} apart: a larger count is no evidence of a "
        return pen.say(text + "preference.", *sides(pen, pair))
    shown = pen.list(pen.t(concept["concept"]) for concept in found[:DETAILED])
    text = "Concepts that tell {} and {} apart by themselves are led by {}."
    return pen.say(text, *sides(pen, pair), shown)


def _sure(pen: Pen) -> Markup:
    measured = [one for one in having(pen, "stability") if not is_control(one)]
    if measured:
        return pen.say(
            "Labels of individual units are less certain than counts over layers: a statement on a "
            "unit should rest on a confident label with a significant concept."
        )
    return pen.say(
        "The stability of labels was not measured, so nothing is concluded about individual units."
    )


def _beyond(pen: Pen) -> Markup:
    start = "These are findings about these networks, this probe and this list of concepts"
    if pen.document["controls"].value:
        return pen.say(start + "; the controls show what other weights yield by the same method.")
    return pen.say(start + "; without a control, what random weights yield is not known.")
