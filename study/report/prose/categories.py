"""Write which categories labels fall into, and whether class units are labelled as their class."""

from markupsafe import Markup

from study.report import decisions
from study.report.lookup import all_pairs, having, is_control, last_difference, sides
from study.report.node import Node
from study.report.pen import Pen, say


def categories(pen: Pen) -> list[Markup]:
    """Say which categories networks name more of, in the last layer, by the differences."""
    pairs = [pair for pair in all_pairs(pen) if not is_control(sides(pen, pair)[0])]
    return [sentence for pair in pairs if (sentence := _shares(pen, pair))]


def _shares(pen: Pen, pair: Node) -> Markup:
    layer, decided = _decided(pair)
    a, b = sides(pen, pair)
    parts = []
    for verdict, network in ((decisions.ABOVE, a), (decisions.BELOW, b)):
        if more := decided[verdict]:
            shown = [
                say("{} ({})", pen.given(name), pen.estimate(one, of="share"))
                for name, one in more.items()
            ]
            parts.append(say("larger in {} for {}", pen.name(network), pen.list(shown)))
    if unclear := decided[decisions.WITHIN]:
        parts.append(say("no significant difference for {}", pen.words(unclear)))
    if not parts:
        return Markup("")
    return say(
        "Shares of labels in {}, {} − {}{}: {}.",
        pen.layer(layer),
        pen.name(a),
        pen.name(b),
        " (control)" if is_control(b) else "",
        Markup("; ").join(parts),
    )


def categories_apart(pen: Pen, pair: Node) -> Markup:
    """Say in short to which categories each network gives more labels; empty if to none."""
    layer, decided = _decided(pair)
    parts: list[Markup] = []
    verdicts = (decisions.ABOVE, decisions.BELOW)
    for verdict, network in zip(verdicts, sides(pen, pair), strict=True):
        if more := decided[verdict]:
            text = "{} for {}" if parts else "the share of labels is larger in {} for {}"
            parts.append(say(text, pen.name(network), pen.words(more)))
    if not parts:
        return Markup("")
    return say("In {}, {}.", pen.layer(layer), Markup(", in ").join(parts))


def _decided(pair: Node) -> tuple[str, dict[str, dict[str, Node]]]:
    """Return the last layer and, by the sign of the difference in it, category to difference."""
    verdicts = (decisions.ABOVE, decisions.BELOW, decisions.WITHIN, decisions.UNDECIDED)
    decided: dict[str, dict[str, Node]] = {verdict: {} for verdict in verdicts}
    layer, differences = last_difference(pair, "categories") or ("", Node({}))
    for category, difference in differences.items():
        if difference:
            decided[decisions.sign(difference)][category] = difference
    return layer, decided


def classes(pen: Pen) -> list[Markup]:
    """Say how often class units get the right name, where there are such units."""
    return [_class_units(pen, network) for network in having(pen, "classes")]


def _class_units(pen: Pen, network: Node) -> Markup:
    """Say how often a class unit gets the name of its class, of those that could get it."""
    entry, who = network["classes"], pen.name(network)
    units, ranked = entry["units"], entry["ranked"]
    if not ranked:
        return say(
            "Of the {} class units of {}, none has a class whose name is in the list of concepts, "
            "so no label could be right.",
            pen.n(units),
            who,
        )
    if ranked.value == units.value:
        start = say("Of the {} class units of {}", pen.n(units), who)
    else:
        start = say(
            "{} of the {} class units of {} have a class whose name is in the list of concepts. "
            "Of these",
            pen.n(ranked),
            pen.n(units),
            who,
        )
    return start + say(
        ", {} are labelled with their own class, and {} have it among their {} best labels.",
        pen.estimate(entry["found"], "percent", of="share"),
        pen.estimate(entry["nearly"], "percent", of="share"),
        pen.n(entry["first"]),
    )
