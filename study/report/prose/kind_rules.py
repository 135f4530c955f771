"""Write whether differences in kind outlast other rules for the kinds of words."""

from markupsafe import Markup

from study.report import decisions
from study.report.lookup import sides
from study.report.node import Node
from study.report.pen import Pen, printed
from study.report.prose.kinds_apart import last_by_kind

_RULES = {
    "any sense": "any sense of a word",
    "other order": "other order: the next sense before the commonest",
    "as spelt": "as spelt: no word by its lemma",
}
"""What the rules of the results are, in a sentence."""
_CLEAR = (decisions.ABOVE, decisions.BELOW)


def rule_sensitivity(pen: Pen, pair: Node) -> Markup:
    """Say whether the differences in kind of the last layer outlast other rules for the kinds.

    Only kinds that differ significantly by the main rule are named; empty if there is none, or if
    the kinds are not those of the project's own table.
    """
    rules = pair.get("differences", "rules")
    layer, decided = last_by_kind(pen, pair)
    different = decided[decisions.ABOVE] | decided[decisions.BELOW]
    if not rules or not different:
        return Markup("")
    meanings = (_RULES.get(str(rule["rule"].value)) or pen.t(rule["rule"]) for rule in rules)
    text = "In {}, under other rules for the kinds of words ({}), the difference {} − {} in {}."
    said = [
        pen.say("{} {}", pen.given(kind), _outlasts(pen, difference, rules, (layer, kind)))
        for kind, difference in different.items()
    ]
    listed, found = Markup("; ").join(meanings), Markup("; that in ").join(said)
    return pen.say(text, pen.layer(layer), listed, *sides(pen, pair), found)


def _outlasts(pen: Pen, difference: Node, rules: Node, place: tuple[str, str]) -> Markup:
    """Write the range of a difference over the rules, and under which of them it does not hold."""
    by_rule = [(rule["rule"], rule["layers"].get(*place)) for rule in rules]
    shares = sorted((one["share"] for _, one in by_rule), key=lambda share: float(share.value))
    low, high = shares[0], shares[-1]
    if printed(low.value, "points") == printed(high.value, "points"):
        size = pen.say("is {:points} points", low)
    else:
        size = pen.say("lies between {:points} and {:points} points", low, high)
    unclear = [rule for rule, one in by_rule if decisions.sign(one) not in _CLEAR]
    turned = [rule for rule, one in by_rule if one["share"].value * difference["share"].value < 0]
    if not unclear and not turned:
        return pen.say("{}, and its interval excludes equal shares under each", size)
    texts = (
        ("its interval includes equal shares under {}", unclear),
        ("its sign turns under {}", turned),
    )
    faults = [pen.say(text, pen.list(map(pen.t, under))) for text, under in texts if under]
    return pen.say("{}, but {}", size, pen.list(faults))
