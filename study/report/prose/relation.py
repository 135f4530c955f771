"""Write about pairs that are not compared as two networks: other inputs, or the same network."""

from collections.abc import Mapping

from markupsafe import Markup

from study.comparison.pairing import BY_DEPTH, GIVEN, OVERALL
from study.report.lookup import left_out, sides, state_pairs, unlike_pairs
from study.report.node import Node
from study.report.pen import Pen

USED_UP = 0.8
"""Share of a list's concepts from which on, if two networks use that many, indices hardly vary."""

_RULES: Mapping[str, str] = {
    GIVEN: "Which layer of {} is compared with which of {} was stated by who made the report.",
    BY_DEPTH: "The layers of {} and {} are compared by depth, the first with the first and so on, "
    "whatever they are called.",
    OVERALL: "All units of {} are compared with all units of {}, their layers not told apart: what "
    "differs may come from which layers were dissected, and not from the networks.",
}


def banner(pen: Pen) -> list[Markup]:
    """Say which networks were dissected with different inputs, and that nothing follows."""
    return [_unlike(pen, pair) for pair in unlike_pairs(pen)]


def _unlike(pen: Pen, pair: Node) -> Markup:
    a, b = sides(pen, pair)
    shown = [
        pen.say("{one[input]} ({one[a]} for {a}, {one[b]} for {b})", one=one, a=a, b=b)
        for one in pair["inputs"]["differ"]
    ]
    text = "{} and {} were dissected with different inputs: {}. Nothing is stated between them"
    end = "." if not pair["states"] else " as networks; they are compared unit by unit."
    return pen.say(text + end, a, b, pen.list(shown))


def pairing(pen: Pen, pair: Node) -> list[Markup]:
    """Say how layers of different names are paired, and which are left out; nothing if equal."""
    rule = pair.get("pairing", "rule").value
    sentences = [pen.say(_RULES[rule], *sides(pen, pair))] if rule in _RULES else []
    if outside := left_out(pair):
        shown = [
            pen.say("{} of {} ({} units)", pen.given(layer), pen.given(name), units)
            for name, layer, units in outside
        ]
        text = "Left out, being paired with no layer of the other network: {}."
        sentences.append(pen.say(text, pen.list(shown)))
    return sentences


def used_up(pen: Pen, pair: Node) -> Markup:
    """Say if two networks use nearly the whole list of concepts; empty otherwise."""
    words, union = pair.get("inputs", "words"), pair["overall"]["union"]
    if not words or union.value < USED_UP * words.value:
        return Markup("")
    text = (
        "{} and {} use {} of the {} concepts of the list: with so few left over, a Jaccard index "
        "can hardly vary. A longer list would tell more."
    )
    return pen.say(text, *sides(pen, pair), union, words)


def equals(pen: Pen) -> list[Markup]:
    """Say which networks have the same weights, or the same table, and so are no comparison."""
    pairs = [pair for pair in state_pairs(pen) if pair["states"]["overall"]["changed"].value == 0]
    groups: list[list[Node]] = []
    for pair in pairs:
        both = list(sides(pen, pair))
        joined = [group for group in groups if any(one in group for one in both)]
        merged = [one for group in joined for one in group]
        merged += [one for one in both if one not in merged]
        groups = [group for group in groups if group not in joined] + [merged]
    texts = []
    for group in groups:
        own = [pair for pair in pairs if sides(pen, pair)[0] in group]
        same = all(pair["inputs"]["same_weights"].value for pair in own)
        what = "the same weights and the same labels" if same else "the same labels"
        texts.append(pen.say(f"{{}} have {what}, unit by unit.", pen.list(map(pen.name, group))))
    return texts


def unit_by_unit(pen: Pen) -> list[tuple[Node, Markup]]:
    """Return each pair of states of one network with the sentence on what changed."""
    return [(pair, _changed(pen, pair)) for pair in state_pairs(pen)]


def changed(pen: Pen) -> list[Markup]:
    """Say how many labels changed between states of a network, where any did."""
    return [
        sentence
        for pair, sentence in unit_by_unit(pen)
        if pair["states"]["overall"]["changed"].value
    ]


def _changed(pen: Pen, pair: Node) -> Markup:
    a, b = sides(pen, pair)
    start = pen.say("{} and {} are compared as states of one network", a, b)
    if pair["inputs"]["same_weights"].value:
        start = pen.say("{} and {} have the same weights", a, b)
    text = (
        "{}: {one[same]} of {one[units]} units have the same label in each ({one[share]:percent}; "
        "{one[chance]:percent} if the labels were permuted among the units)."
    )
    return pen.say(text, start, one=pair["states"]["overall"])
