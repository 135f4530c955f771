"""Write in which kinds of concept two networks differ, and what became of expectations."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from study.report import decisions
from study.report.decisions import ABOVE, BELOW, UNDECIDED, WITHIN
from study.report.lookup import is_control, last_difference, networks, sides
from study.report.node import Node
from study.report.pen import Pen

MOST = 3
"""The most kinds of concept of a layer that the summary gives numbers of."""
_OUTCOMES: Mapping[str, str] = {
    "as expected": "as expected for {}",
    "opposite": "the other way round for {}",
    WITHIN: "not significant for {}",
    UNDECIDED: "not tested for {}",
}


def kinds_apart(pen: Pen, pair: Node) -> Markup:
    """Say in which kinds of concept two networks differ, by layer; empty where none are known."""
    found, without = {}, []
    layers = pair.get("differences", "layers")
    for layer, part in layers.items() if layers else ():
        decided = decisions.by_kind(part["categories"], level_of(pen))
        different = decided[ABOVE] | decided[BELOW]
        if different:
            found[layer] = different
        elif decided[WITHIN]:
            without.append(layer)
    a, b = sides(pen, pair)
    if not found:
        if not without:
            return Markup("")
        text = "In no kind of concept do the labels of {} and {} differ significantly in {}."
        return pen.say(text, a, b, pen.layers(without, "or"))
    last = list(found)[-1]
    parts = [_in_detail(pen, pair, last, found.pop(last))]
    if len(found) > MOST:
        parts.append(pen.say("in {} they differ as well", pen.layers(found)))
        found = {}
    parts += [
        pen.say("in {} they differ in {}", pen.layer(layer), pen.words(kinds))
        for layer, kinds in found.items()
    ]
    if without:
        parts.append(pen.say("in {} in none significantly", pen.layers(without)))
    return pen.say("{}.", Markup("; ").join(parts))


def _in_detail(pen: Pen, pair: Node, layer: str, different: Mapping[str, Node]) -> Markup:
    """Write each network's share, the difference, its interval and p, the largest first."""
    ordered = sorted(different, key=lambda kind: -abs(different[kind]["share"].value))
    shown = [kind_apart(pen, pair, layer, kind, different[kind]) for kind in ordered[:MOST]]
    rest = pen.words(ordered[MOST:])
    if rest:
        shown.append(pen.say("and smaller differences in {}", rest))
    text = "In {}, {} and {} differ in the kinds of their concepts: {}"
    return pen.say(text, pen.layer(layer), *sides(pen, pair), Markup(", ").join(shown))


def kind_apart(pen: Pen, pair: Node, layer: str, kind: str, difference: Node) -> Markup:
    """Write a kind of concept with both shares, their difference, its interval and p."""
    a, b = (shown_share(pen, share) for share in _shares(pen, pair, layer, kind))
    p = difference.get("p_adjusted")
    text = "{} ({} against {}: {one[share]:points}"
    if difference["low"].value is not None:
        text += " [{one[low]:points}, {one[high]:points}]"
    text += " points" if p.value is None else " points, adjusted p {one[p_adjusted]:p}"
    return pen.say(text + ")", pen.given(kind), a, b, one=difference)


def _shares(pen: Pen, pair: Node, layer: str, kind: str) -> list[Node]:
    names = pair.get("pairing", "layers", layer).value or (layer, layer)
    return [
        one["categories"].get("layers", own, kind, "share")
        for one, own in zip(sides(pen, pair), names, strict=True)
    ]


def shown_share(pen: Pen, share: Node) -> Markup:
    """Write a share, or that there is none."""
    return pen.say("none") if share.value is None else pen.say("{:tenths}", share)


def favoured(pen: Pen, pair: Node) -> Markup:
    """Say in words of which kinds of concept either network has more, and in which layers.

    Empty where nothing is tested.
    """
    layers = pair.get("differences", "layers")
    found: dict[str, dict[str, list[str]]] = {}
    tested = False
    for layer, part in layers.items() if layers else ():
        decided = decisions.by_kind(part["categories"], level_of(pen))
        tested = tested or any(decided[its] for its in (ABOVE, BELOW, WITHIN))
        if decided[ABOVE] or decided[BELOW]:
            found[layer] = {its: list(decided[its]) for its in (ABOVE, BELOW)}
    a, b = sides(pen, pair)
    if not found:
        text = "{} and {} do not differ significantly in the kinds of concept they respond to."
        return pen.say(text, a, b) if tested else Markup("")
    last, kinds = list(found.items())[-1]
    parts = [
        pen.say("more labels of {} are of the kind {}", network, pen.words(kinds[its], "or"))
        for network, its in ((a, ABOVE), (b, BELOW))
        if kinds[its]
    ]
    start = pen.say("In {}, {}", pen.layer(last), Markup(" and ").join(parts))
    earlier = [layer for layer in found if layer != last]
    if earlier:
        return start + pen.say("; they differ in {} as well.", pen.layers(earlier))
    others = [name for name in pair["layers"].value if name != last]
    if not others:
        return start + Markup(".")
    return start + pen.say("; in {} no such difference is seen.", pen.layers(others))


def differ_in_kind(pen: Pen, pair: Node) -> bool:
    """Whether two networks differ significantly in any kind of concept, in any layer."""
    layers = pair.get("differences", "layers")
    decided = [
        decisions.by_kind(part["categories"], level_of(pen))
        for _, part in (layers.items() if layers else ())
    ]
    return any(one[ABOVE] or one[BELOW] for one in decided)


def verdict(pen: Pen, pair: Node) -> Markup:
    """Say in one sentence what became of the kinds that networks were expected to have more of."""
    expected = pen.document.get("manifest", "report", "expected")
    last = last_difference(pair, "categories")
    both = sides(pen, pair)
    if not expected or last is None or is_control(both[1]):
        return Markup("")
    layer, differences = last
    decided = decisions.by_kind(differences, level_of(pen))
    outcome: dict[str, str] = {}
    claims = []
    own = [set(expected.get(str(one["name"].value)).value or ()) for one in both]
    contested = own[0] & own[1]  # against a third network; between these two it is no claim
    for network, more in zip(both, (ABOVE, BELOW), strict=True):
        stated = expected.get(str(network["name"].value))
        kinds = [kind for kind in stated or () if kind.value not in contested]
        if not kinds:
            continue
        claims.append(pen.say("more {} in {}", pen.words(k.value for k in kinds), network))
        for kind in (str(kind.value) for kind in kinds):
            its = next((its for its, known in decided.items() if kind in known), UNDECIDED)
            if its in (ABOVE, BELOW):
                its = "as expected" if its == more else "opposite"
            outcome[kind] = its
    if not claims:
        return Markup("")
    elsewhere = _as_expected_elsewhere(pen, pair, layer, outcome, own)
    groups = []
    for text, kinds_of in decisions.grouped(outcome, _OUTCOMES):
        shown = [
            kind_apart(pen, pair, layer, kind, differences[kind])
            if text == _OUTCOMES[WITHIN]
            else pen.given(kind)
            for kind in kinds_of
        ]
        groups.append(pen.say(text, pen.list(shown)))
    text = "Expected were {}: in {}, the difference is {}."
    said = pen.say(text, pen.list(claims), pen.layer(layer), Markup("; ").join(groups))
    return said + elsewhere


def _as_expected_elsewhere(
    pen: Pen, pair: Node, last: str, outcome: Mapping[str, str], own: Sequence[set[str]]
) -> Markup:
    """Say in which other layers a difference is as expected that is not so in the last one."""
    found: dict[str, list[str]] = {}
    for layer, part in pair["differences"]["layers"].items():
        decided = decisions.by_kind(part["categories"], level_of(pen))
        for kinds, more in zip(own, (ABOVE, BELOW), strict=True):
            for kind in sorted(kinds & set(decided[more])):
                if layer != last and outcome.get(kind, "as expected") != "as expected":
                    found.setdefault(kind, []).append(layer)
    if not found:
        return Markup("")
    shown = [pen.say("{} in {}", pen.given(kind), pen.layers(on)) for kind, on in found.items()]
    return pen.say(" It is as expected for {}.", pen.list(shown))


def unjudged(pen: Pen, judged: Sequence[Node]) -> Markup:
    """Say of which networks something was expected that no sentence judges."""
    expected = pen.document.get("manifest", "report", "expected")
    names = {
        str(one["name"].value) for pair in judged for one in sides(pen, pair) if verdict(pen, pair)
    }
    left = [one for one in networks(pen) if str(one["name"].value) not in names]
    claims = [
        pen.say("more {} in {}", pen.words(str(kind.value) for kind in kinds), one)
        for one in left
        if expected and (kinds := expected.get(str(one["name"].value)))
    ]
    if not claims:
        return Markup("")
    text = "Expected were {}: this is not judged, since no kinds were compared there by layer."
    return pen.say(text, pen.list(claims))


def level_of(pen: Pen) -> float:
    """Return the level of confidence of the report's statements."""
    return float(pen.document["null"]["level"].value)
