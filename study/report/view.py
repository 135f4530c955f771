"""What the template needs besides numbers: the rows of tables and the words for them."""

from collections.abc import Iterable, Mapping
from itertools import zip_longest

from study.report import decisions
from study.report.lookup import (
    all_pairs,
    category_names,
    compared_pairs,
    concepts,
    detailed_pairs,
    is_control,
    last_difference,
    level_of,
    networks,
    pairs_of_compared,
    pairs_with_twins,
    parts,
    shares_of_kind,
    sides,
)
from study.report.methodology import Entries, stated_of_networks
from study.report.methodology import methodology as methodology  # noqa: PLC0414 - for the template
from study.report.node import Node
from study.report.pen import Pen

TOP = 6
"""Rows of the table of concepts that only one network has."""
_ROOM = 6
"""The most rows of a table on the first page."""
SIDE_BY_SIDE = 4
"""The most pairs, or layers, side by side in a table; the attached table has all pairs."""
_SMALLEST, _LARGEST = 4, 8
"""Networks in a matrix of indices."""
_VARIANTS: Mapping[str, str] = {
    "merged": "word forms merged",
    "as_published": "all units, dead ones included",
    "significant": "units with a significant concept only",
    "confident": "confident labels only",
}
MEASURES: Mapping[str, str] = {
    "pearson": "correlation",
    "auprc": "AUPRC",
    "precision": "precision",
    "excess": "excess precision",
}
_PASSES: Mapping[bool | None, str] = {True: "passes", False: "fails", None: "–"}
_FINDINGS: Mapping[str, str] = {
    decisions.BELOW: "below the null",
    decisions.ABOVE: "above the null",
    decisions.WITHIN: "not significant",
    decisions.UNCLEAR: "outside, not significant",
    decisions.UNDECIDED: "not tested",
    decisions.UNSAFE: "null too low",
    decisions.UNSCORED: "null may be too low",
}


def findings(pen: Pen, pair: Node) -> dict[str, str]:
    """Return how each layer's overlap compares with the null, in words; "" is the total."""
    decided = decisions.overlaps_against_null(pair, level_of(pen))
    return {name: _FINDINGS[verdict] for name, verdict in decided.items()}


def matrix(pen: Pen) -> list[tuple[Node, list[Node | None]]]:
    """Return each network with its Jaccard index against each, all layers together.

    Twins, compared with their originals alone, are left out, and so are matrices of fewer than
    four networks, whose pairs a list shows as well, or of more than a page is wide.
    """
    every = networks(pen, controls=True)
    if not _SMALLEST <= len(every) <= _LARGEST:
        return []
    indices = {
        frozenset((pair["a"].value, pair["b"].value)): pair["overall"]["jaccard"]
        for pair in all_pairs(pen)
    }
    names = [network["name"].value for network in every]
    rows = [[indices.get(frozenset((a, b))) if a != b else None for b in names] for a in names]
    return list(zip(every, rows, strict=True))


def passes(sanity: Node) -> str:
    """Return whether a measure passes the tests of missing and extra labels, in a word."""
    return _PASSES[sanity.get("passes").value]


def stem(pen: Pen, pair: Node) -> str:
    """Return the part of a figure's name that tells the pairs apart; none for a lone pair."""
    if len(compared_pairs(pen)) == 1:
        return ""
    return "-" + "-".join(network["slug"].value for network in sides(pen, pair))


def multiverse(pen: Pen, pair: Node) -> list[tuple[Node, list[tuple[str, Node, str]]]]:
    """Return each other setting with its overlaps: layer, overlap and finding."""
    overlaps, level = parts(pair), level_of(pen)
    return [
        (
            entry,
            [
                (name, own, _FINDINGS[decisions.counted_otherwise(own, overlaps[name], level)])
                for name, own in parts(entry).items()
            ],
        )
        for entry in pair["sensitivity"]
    ]


def yardsticks(pen: Pen) -> list[tuple[Node, list[tuple[str, Node, Node, Node, str]]]]:
    """Return the compared pair and the pairs of twins: by layer the overlap, matches, alignment."""
    twins = pairs_with_twins(pen)
    pairs = [*compared_pairs(pen)[:SIDE_BY_SIDE], *twins] if twins else []
    return [
        (
            pair,
            [
                (
                    name,
                    overlap,
                    pair.get("matched", "layers", name),
                    pair.get("alignment", "layers", name),
                    finding,
                )
                for (name, overlap), finding in zip(
                    parts(pair).items(), findings(pen, pair).values(), strict=True
                )
                if name
            ],
        )
        for pair in pairs
    ]


def variants(pair: Node) -> list[tuple[str, Node]]:
    """Return the variants that a pair's results hold, under their headings."""
    known = [(text, pair["variants"].get(name)) for name, text in _VARIANTS.items()]
    return [(text, variant) for text, variant in known if variant]


def own_concepts(pen: Pen, pair: Node) -> list[tuple[Node | None, ...]]:
    """Return each network's most frequent concepts that the other lacks, row by row."""
    a, b = sides(pen, pair)
    columns = []
    for network, other, part in ((a, b, "only_a"), (b, a, "only_b")):
        labels, own = set(concepts(other)), set(pair["overall"]["sets"][part].value)
        words = [entry for entry in network["top"] if entry[0].value in own - labels]
        columns.append(words[:TOP])
    return list(zip_longest(*columns))


def stated(pen: Pen, network: Node) -> Node:
    """Return what the manifest states about a network."""
    entries = pen.document.get("manifest", "networks") or ()
    same = (one for one in entries if one.get("name").value == network["name"].value)
    return next(same, Node({}))


def network_facts(pen: Pen, every: list[Node]) -> tuple[list[str], list[str]]:
    """Return which facts the manifest states of any of these networks, and which of none."""
    return stated_of_networks(stated(pen, network) for network in every)


def cards_of(pen: Pen, network: Node) -> list[Node]:
    """Return the cards of a network that were chosen by rule or asked for.

    Of a control, only those of its last layer.
    """
    every = list(pen.document["cards"][network["slug"].value])
    last = network["layers"].items()[-1][0]
    return [
        card
        for card in every
        if card["chosen"] and (not is_control(network) or card["layer"].value == last)
    ]


def examples(pen: Pen) -> list[tuple[Node, Node, Node]]:
    """Return the units shown for the kinds of concepts that the networks differ in.

    Each with its network, its card, and the kind.
    """
    found = []
    for one in pen.document["exhibits"]["kinds"]:
        if shown := _exhibited(pen, one):
            found.append((*shown, one["kind"]))
    return found


def side_by_side(pen: Pen) -> list[tuple[Node, list[tuple[Node, Node]]]]:
    """Return the shared concepts that are shown, each with network and card of either side."""
    rows = []
    for one in pen.document["exhibits"]["same"]:
        both = [shown for side in ("a", "b") if (shown := _exhibited(pen, one[side]))]
        if len(both) > 1:
            rows.append((one["concept"], both))
    return rows


def _exhibited(pen: Pen, one: Node) -> tuple[Node, Node] | None:
    for network in networks(pen):
        if network["slug"].value == one["slug"].value:
            for card in pen.document["cards"][one["slug"].value]:
                if (card["layer"].value, card["unit"].value) == (
                    one["layer"].value,
                    one["unit"].value,
                ):
                    return network, card
    return None


def first_table(pen: Pen) -> Node | None:
    """Return the pair whose overlaps by layer stand on the first page, where there is room."""
    pairs = compared_pairs(pen)
    if len(pairs) == 1 and len(parts(pairs[0])) <= _ROOM and not examples(pen):
        return pairs[0]
    return None


Kinds = list[tuple[str, list[Node], Node]]
"""Rows of a table of kinds: the kind, its share in either network, and their difference."""


def kinds_tables(pen: Pen) -> list[tuple[str, Node, str, Kinds]]:
    """Return a table for each pair described in detail: its name, pair, last layer and rows."""
    tables = []
    for pair in detailed_pairs(pen):
        last = last_difference(pair, "categories")
        if last is None:
            continue
        layer, differences = last
        rows: Kinds = [
            (kind, shares_of_kind(pen, pair, layer, kind), difference)
            for kind in category_names(pen)
            if (difference := differences.get(kind))
        ]
        if rows:
            tables.append((f"table-kinds{stem(pen, pair)}", pair, layer, rows))
    return tables


def separating(pen: Pen, pair: Node) -> list[Node]:
    """Return the concepts whose frequencies differ significantly, as many as a table holds."""
    return decisions.separates(pair, level_of(pen))[:10]


def card_facts(pen: Pen, card: Node) -> list[Entries]:
    """Write what was measured about the unit of a card: of its label, and how sure and right."""
    label: Entries = []
    if card.get("runner_up"):
        label.append(("runner-up", pen.t(card["runner_up"], 24)))
    label += _numbers(pen, card, ("similarity", "margin"))
    right = _numbers(pen, card, ("precision",))
    if card.get("shows").value is not None:
        verb = "shows" if card["shows"].value == 1 else "show"
        text = f"{{card[shows]}} of the {{card[images]}} images above {verb} the label"
        right.append(("", pen.say(text, card=card)))
    return [facts for facts in (label, _sure(pen, card), right) if facts]


def _numbers(pen: Pen, card: Node, names: Iterable[str]) -> Entries:
    return [
        (name, pen.n(card[name], "share")) for name in names if card.get(name).value is not None
    ]


def _sure(pen: Pen, card: Node) -> Entries:
    """Write whether a label is significant, how stable, and what another probe may give."""
    facts = _numbers(pen, card, ("stability",))
    if card.get("significant").value == 0:
        facts.insert(0, ("", pen.say("no significant concept")))
    cover = pen.document.get("stability", "cover")
    if cover.value is None or card.get("confident").value is None:
        return facts
    if not card["confident"]:
        text = "no confident label ({} labels hold that of another probe, {:percent})"
        facts.append(("", pen.say(text, card["set_size"], cover)))
    elif labels := card.get("set"):
        words = pen.list((pen.t(label, 24) for label in labels), "or")
        facts.append(("", pen.say("another probe gives {} ({:percent})", words, cover)))
    return facts


def differing(pen: Pen) -> list[tuple[Node, Node]]:
    """Return the pairs whose differences in quality are known, with those of the last layer.

    The pairs of compared networks and those with a control, as many as fit side by side.
    """
    last = [(pair, last_difference(pair, "truth")) for pair in pairs_of_compared(pen)]
    return [(pair, known[1]) for pair, known in last if known][:SIDE_BY_SIDE]
