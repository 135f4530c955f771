"""Write which categories labels fall into, and whether class units are labelled as their class."""

from markupsafe import Markup

from study.report import decisions
from study.report.lookup import having, is_control, last_difference, pairs_of_compared, sides
from study.report.node import Node
from study.report.pen import Pen


def categories(pen: Pen) -> list[Markup]:
    """Say which categories networks name more of, in the last layer, by the differences."""
    return [sentence for pair in pairs_of_compared(pen) if (sentence := _shares(pen, pair))]


def _shares(pen: Pen, pair: Node) -> Markup:
    layer, decided = _decided(pen, pair)
    a, b = sides(pen, pair)
    parts = []
    for verdict, network in ((decisions.ABOVE, a), (decisions.BELOW, b)):
        larger = decided[verdict].items()
        shown = [_larger(pen, name, difference) for name, difference in larger]
        if shown:
            parts.append(pen.say("larger in {} for {}", network, pen.list(shown)))
    if unclear := decided[decisions.WITHIN]:
        parts.append(pen.say("no significant difference for {}", pen.words(unclear)))
    if not parts:
        return Markup("")
    control = " (control)" if is_control(b) else ""
    text = f"Shares of labels in {{}}, {{}} − {{}}{control}: {{}}."
    return pen.say(text, pen.layer(layer), a, b, Markup("; ").join(parts))


def _larger(pen: Pen, name: str, difference: Node) -> Markup:
    if difference.get("p_adjusted").value is None:
        return pen.say("{} ({:share})", pen.given(name), difference)
    text = "{} ({one[share]:share}, adjusted p {one[p_adjusted]:p})"
    return pen.say(text, pen.given(name), one=difference)


def categories_apart(pen: Pen, pair: Node) -> Markup:
    """Say in short to which categories each network gives more labels; empty if to none."""
    layer, decided = _decided(pen, pair)
    parts: list[Markup] = []
    verdicts = (decisions.ABOVE, decisions.BELOW)
    for verdict, network in zip(verdicts, sides(pen, pair), strict=True):
        if larger := decided[verdict]:
            text = "{} for {}" if parts else "the share of labels is larger in {} for {}"
            parts.append(pen.say(text, network, pen.words(larger)))
    if not parts:
        return Markup("")
    return pen.say("In {}, {}.", pen.layer(layer), Markup(", in ").join(parts))


def _verdict(difference: Node, level: float) -> str:
    """Decide by the adjusted p value, or by the interval where there is no null."""
    p = difference.get("p_adjusted").value
    if p is None:
        return decisions.sign(difference)
    if p > 1 - level:
        return decisions.WITHIN
    return decisions.ABOVE if difference["share"].value > 0 else decisions.BELOW


def _decided(pen: Pen, pair: Node) -> tuple[str, dict[str, dict[str, Node]]]:
    """Return the last layer and, by the sign of the difference in it, category to difference."""
    verdicts = (decisions.ABOVE, decisions.BELOW, decisions.WITHIN, decisions.UNDECIDED)
    decided: dict[str, dict[str, Node]] = {verdict: {} for verdict in verdicts}
    level = pen.document["null"]["level"].value
    layer, differences = last_difference(pair, "categories") or ("", Node({}))
    for category, difference in differences.items():
        if difference:
            decided[_verdict(difference, level)][category] = difference
    return layer, decided


def classes(pen: Pen) -> list[Markup]:
    """Say how often class units get the right name, where there are such units."""
    return [_class_units(pen, network) for network in having(pen, "classes")]


def _class_units(pen: Pen, network: Node) -> Markup:
    """Say how often a class unit gets the name of its class, of those that could get it."""
    entry = network["classes"]
    text = "Of the {entry[units]} class units of {network}"
    if not entry["ranked"]:
        text += ", none has a class whose name is in the list of concepts, so no label could be "
        return pen.say(text + "right.", entry=entry, network=network)
    if entry["ranked"].value != entry["units"].value:
        text = "{entry[ranked]} of the {entry[units]} class units of {network} have a class whose "
        text += "name is in the list of concepts. Of these"
    text += ", {entry[found]:percent} are labelled with their own class, and "
    text += "{entry[nearly]:percent} have it among their {entry[first]} best labels."
    return pen.say(text, entry=entry, network=network)
