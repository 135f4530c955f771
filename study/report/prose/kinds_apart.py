"""Write in which kinds of concept two networks differ, and what became of expectations."""

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from study.report import decisions
from study.report.decisions import ABOVE, BELOW, UNDECIDED, WITHIN
from study.report.lookup import (
    is_control,
    last_difference,
    level_of,
    networks,
    shares_of_kind,
    sides,
)
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
Decided = dict[str, dict[str, Node]]
"""What `study.report.decisions.by_kind` returns."""


def by_layer(pen: Pen, pair: Node) -> dict[str, Decided]:
    """Return how kinds of concept compare in each layer of a pair; empty where none are known."""
    layers = pair.get("differences", "layers")
    return {
        layer: decisions.by_kind(part["categories"], level_of(pen))
        for layer, part in (layers.items() if layers else ())
    }


def last_by_kind(pen: Pen, pair: Node) -> tuple[str, Decided]:
    """Return the last layer of a pair and how kinds compare in it; "" and none if not known."""
    layer, differences = last_difference(pair, "categories") or ("", Node({}))
    return layer, decisions.by_kind(differences, level_of(pen))


def kinds_apart(pen: Pen, pair: Node) -> Markup:
    """Say in which kinds of concept two networks differ, by layer; empty where none are known."""
    found, without = {}, []
    for layer, decided in by_layer(pen, pair).items():
        different = decided[ABOVE] | decided[BELOW]
        if different:
            found[layer] = different
        elif decided[WITHIN]:
            without.append(layer)
    a, b = sides(pen, pair)
    if not found:
        if not without:
            return Markup("")
        text = "The labels of {} and {} show no significant difference in kinds of concept in {}."
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
    a, b = (shown_share(pen, share) for share in shares_of_kind(pen, pair, layer, kind))
    p = difference.get("p_adjusted")
    text = "{} ({} against {}: {one[share]:points}"
    if difference["low"].value is not None:
        text += " [{one[low]:points}, {one[high]:points}]"
    text += " points" if p.value is None else " points, adjusted p {one[p_adjusted]:p}"
    return pen.say(text + ")", pen.given(kind), a, b, one=difference)


def shown_share(pen: Pen, share: Node) -> Markup:
    """Write a share, or that there is none."""
    return pen.say("none") if share.value is None else pen.say("{:tenths}", share)


def favoured(pen: Pen, pair: Node) -> Markup:
    """Say in words of which kinds of concept either network has more, and in which layers.

    Empty where nothing is tested.
    """
    decided = by_layer(pen, pair)
    found = {layer: its for layer, its in decided.items() if its[ABOVE] or its[BELOW]}
    a, b = sides(pen, pair)
    if not found:
        tested = any(its[WITHIN] for its in decided.values())
        text = "{} and {} do not differ significantly in the kinds of concept they respond to."
        return pen.say(text, a, b) if tested else Markup("")
    last, kinds = list(found.items())[-1]
    more = [
        (network, other, pen.words(kinds[its], "or"))
        for network, other, its in ((a, b, ABOVE), (b, a, BELOW))
        if kinds[its]
    ]
    text = "more labels of {0} are of the kind {2}"
    if len(more) == 1:
        text = "more labels of {0} than of {1} are of the kind {2}"
    parts = [pen.say(text, *one) for one in more]
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
    return any(its[ABOVE] or its[BELOW] for its in by_layer(pen, pair).values())


def verdict(pen: Pen, pair: Node) -> Markup:
    """Say in one sentence what became of the kinds that networks were expected to have more of."""
    claims = list(_claims(pen, pair))
    if not claims:
        return Markup("")
    layer, decided = last_by_kind(pen, pair)
    outcome: dict[str, str] = {}
    for _, kinds, more in claims:
        for kind in kinds:
            its = next((its for its, known in decided.items() if kind in known), UNDECIDED)
            if its in (ABOVE, BELOW):
                its = "as expected" if its == more else "opposite"
            outcome[kind] = its
    groups = []
    for text, kinds in decisions.grouped(outcome, _OUTCOMES):
        shown = [
            kind_apart(pen, pair, layer, kind, decided[WITHIN][kind])
            if text == _OUTCOMES[WITHIN]
            else pen.given(kind)
            for kind in kinds
        ]
        groups.append(pen.say(text, pen.list(shown)))
    text = "Expected were {}: in {}, the difference is {}."
    expected = pen.list(_claimed(pen, network, kinds) for network, kinds, _ in claims)
    said = pen.say(text, expected, pen.layer(layer), Markup("; ").join(groups))
    missed = [
        (kind, more)
        for _, kinds, more in claims
        for kind in kinds
        if outcome[kind] != "as expected"
    ]
    return said + _as_expected_elsewhere(pen, pair, layer, missed)


def _claims(pen: Pen, pair: Node) -> Iterator[tuple[Node, list[str], str]]:
    """Yield what was expected of each network of a pair that the pair can judge.

    A kind that is expected of both networks was meant against a third one: between these two it is
    no claim.

    Yields
    ------
    tuple
        The network, the kinds, and the sign that their differences should have, above or below.
    """
    expected = pen.document.get("manifest", "report", "expected")
    a, b = sides(pen, pair)
    if not expected or last_difference(pair, "categories") is None or is_control(b):
        return
    of_a, of_b = (list(expected.get(str(one["name"].value)).value or ()) for one in (a, b))
    for network, own, other, more in ((a, of_a, of_b, ABOVE), (b, of_b, of_a, BELOW)):
        if kinds := [kind for kind in own if kind not in other]:
            yield network, kinds, more


def _claimed(pen: Pen, network: Node, kinds: Sequence[str]) -> Markup:
    return pen.say("more {} in {}", pen.words(kinds), network)


def _as_expected_elsewhere(
    pen: Pen, pair: Node, last: str, missed: Sequence[tuple[str, str]]
) -> Markup:
    """Say in which other layers a difference is as expected that is not so in the last one."""
    shown = []
    for kind, more in missed:
        decided = by_layer(pen, pair).items()
        layers = [layer for layer, its in decided if layer != last and kind in its[more]]
        if layers:
            shown.append(pen.say("{} in {}", pen.given(kind), pen.layers(layers)))
    return pen.say(" It is as expected for {}.", pen.list(shown)) if shown else Markup("")


def unjudged(pen: Pen, pairs: Sequence[Node]) -> Markup:
    """Say what was expected of networks and is judged in none of some pairs."""
    expected = pen.document.get("manifest", "report", "expected")
    judged = {
        (network, kind)
        for pair in pairs
        for network, kinds, _ in _claims(pen, pair)
        for kind in kinds
    }
    left = []
    for network in networks(pen) if expected else ():
        kinds = expected.get(str(network["name"].value)).value or ()
        if unknown := [kind for kind in kinds if (network, kind) not in judged]:
            left.append(_claimed(pen, network, unknown))
    if not left:
        return Markup("")
    text = "Expected were {}: this is not judged, since no kinds were compared there by layer."
    if any(last_difference(pair, "categories") for pair in pairs):
        text = "Expected were {}: this is not judged by the pairs that are described in detail."
    return pen.say(text, pen.list(left))
