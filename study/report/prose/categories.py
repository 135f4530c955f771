"""Write which categories labels fall into, and whether class units are labelled as their class."""

from markupsafe import Markup

from study.dissection.families import OWN
from study.report import decisions
from study.report.lookup import having, is_control, pairs_of_compared, sides
from study.report.node import Node
from study.report.pen import Pen
from study.report.prose.kinds_apart import last_by_kind


def categories(pen: Pen) -> list[Markup]:
    """Say where kinds of concepts are from, and which a network names more of than a control."""
    if not having(pen, "categories"):
        return []
    beside = [pair for pair in pairs_of_compared(pen) if is_control(sides(pen, pair)[1])]
    said = [sentence for pair in beside if (sentence := _shares(pen, pair))]
    return [_source(pen), *said]


def _source(pen: Pen) -> Markup:
    """Say what states the kinds of concepts."""
    table = having(pen, "categories")[0]["categories"]
    if table.get("sha256").value is None:
        return pen.say("The kinds of concepts are those of the probe's truth table.")
    if str(table["source"].value) != OWN:
        return pen.say("The kinds of concepts are those of the table {}.", pen.t(table["source"]))
    text = (
        "The kinds are from a table that was derived, before any label was seen, from {}: colours "
        "and textures by name, scenes by the names of scene categories, all else by the commonest "
        "noun sense of the word, or of its lemma. A word of several senses can stand in the wrong "
        "kind. A network trained on these scene categories has them as its classes."
    )
    return pen.say(text, pen.t(table["source"]))


def _shares(pen: Pen, pair: Node) -> Markup:
    layer, decided = last_by_kind(pen, pair)
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
