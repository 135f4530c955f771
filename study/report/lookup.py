"""Where a network, a pair or a concept stands in the results."""

from collections.abc import Sequence

from study.dissection.families import FAMILIES, UNKNOWN
from study.report.node import Node
from study.report.pen import OVERALL, Pen

DETAILED = 3
"""How many pairs are described in detail; a table lists all of them."""


def level_of(pen: Pen) -> float:
    """Return the level of confidence of the report's statements."""
    return float(pen.document["null"]["level"].value)


def networks(pen: Pen, *, controls: bool = False) -> list[Node]:
    """Return the compared networks, and the controls where they are wanted."""
    compared = list(pen.document["networks"])
    return [*compared, *pen.document["controls"]] if controls else compared


def is_control(network: Node) -> bool:
    """Whether a network is a control."""
    return network.key.startswith("controls")


def is_twin(network: Node) -> bool:
    """Whether a network is a twin of a compared one."""
    return network.key.startswith("twins")


def network_of(pen: Pen, name: str) -> Node:
    """Return the network with a name."""
    every = [*networks(pen, controls=True), *pen.document["twins"]]
    named: dict[str, Node] = {network["name"].value: network for network in every}
    return named[name]


def all_pairs(pen: Pen) -> list[Node]:
    """Return the pairs that are compared as networks, those with a control included."""
    return [
        pair
        for pair in pen.document["pairs"]
        if not pair.get("inputs", "differ") and not pair.get("states")
    ]


def unlike_pairs(pen: Pen) -> list[Node]:
    """Return the pairs whose networks were dissected with different inputs."""
    return [pair for pair in pen.document["pairs"] if pair.get("inputs", "differ")]


def state_pairs(pen: Pen) -> list[Node]:
    """Return the pairs that are states of one network."""
    return [pair for pair in pen.document["pairs"] if pair.get("states")]


def compared_pairs(pen: Pen) -> list[Node]:
    """Return the pairs of networks that are compared: without a control or a twin."""
    return [
        pair
        for pair in all_pairs(pen)
        if not any(map(is_control, sides(pen, pair))) and not any(map(is_twin, sides(pen, pair)))
    ]


def pairs_of_compared(pen: Pen) -> list[Node]:
    """Return the pairs of a compared network with another or with a control."""
    return [
        pair
        for pair in all_pairs(pen)
        if not is_control(sides(pen, pair)[0]) and not any(map(is_twin, sides(pen, pair)))
    ]


def pairs_with_twins(pen: Pen) -> list[Node]:
    """Return the pairs of a network with its twin."""
    return [pair for pair in all_pairs(pen) if any(map(is_twin, sides(pen, pair)))]


def detailed_pairs(pen: Pen) -> list[Node]:
    """Return the pairs that are described in detail."""
    return compared_pairs(pen)[:DETAILED]


def sides(pen: Pen, pair: Node) -> tuple[Node, Node]:
    """Return the two networks of a pair; a control is always the later one."""
    return network_of(pen, pair["a"].value), network_of(pen, pair["b"].value)


def parts(pair: Node) -> dict[str, Node]:
    """Return the overlap of each layer of a pair and, under `OVERALL`, of all together."""
    return {**dict(pair["layers"].items()), OVERALL: pair["overall"]}


def different_parts(pair: Node) -> dict[str, Node]:
    """Return the overlaps of a pair without the total where a lone layer says the same."""
    return dict(pair["layers"].items()) if len(pair["layers"]) == 1 else parts(pair)


def ceilings(pair: Node) -> dict[str, Node]:
    """Return the noise ceilings that are known, by layer; the total stands under `OVERALL`."""
    ceilings = {name: overlap["ceiling"] for name, overlap in different_parts(pair).items()}
    return {name: known for name, known in ceilings.items() if known.get("low").value is not None}


def layers_of(pen: Pen, pair: Node, layer: str) -> list[Node]:
    """Return each network's own layer behind the layer of a pair (``A~B`` where they differ)."""
    names = pair.get("pairing", "layers", layer).value or (layer, layer)
    return [one["layers"][name] for one, name in zip(sides(pen, pair), names, strict=True)]


def parts_of(pen: Pen, pair: Node, layer: str) -> list[Node]:
    """Return each network's own part behind a layer of a pair, or behind the total.

    Nothing stands at the keys of a total that leaves layers of the networks out.
    """
    if layer != OVERALL:
        return layers_of(pen, pair, layer)
    if left_out(pair):
        return [Node({"unique": None}), Node({"unique": None})]
    return list(sides(pen, pair))


def left_out(pair: Node) -> list[tuple[str, str, Node]]:
    """Return the layers that a pair leaves out: the network's name, the layer's, and its units."""
    entries = pair.get("pairing", "left_out")
    return [
        (str(pair[side].value), name, units)
        for side in ("a", "b")
        if entries
        for name, units in entries[side].items()
    ]


def concepts(part: Node) -> list[str]:
    """Return the concepts of a network or one of its layers, the most frequent first."""
    return [word for word, _ in part["top"].value]


def count_of(part: Node, word: str) -> Node | None:
    """Return how many units of a network or layer carry a concept, or `None` if none does."""
    return next((entry[1] for entry in part["top"] if entry.value[0] == word), None)


def leaders(part: Node) -> list[Node]:
    """Return the entries of ``top``, concept and count, that share the largest count."""
    largest = max((count for _, count in part["top"].value), default=0)
    return [entry for entry in part["top"] if entry.value[1] == largest]


def having(pen: Pen, part: str) -> list[Node]:
    """Return the networks, controls included, for which a part was measured."""
    return [one for one in networks(pen, controls=True) if one.get(part).value is not None]


def shares_of_kind(pen: Pen, pair: Node, layer: str, kind: str) -> list[Node]:
    """Return the share of a kind of concept in each network's own layer behind one of a pair."""
    names = pair.get("pairing", "layers", layer).value or (layer, layer)
    return [
        one["categories"].get("layers", own, kind, "share")
        for one, own in zip(sides(pen, pair), names, strict=True)
    ]


def common_layers(networks: Sequence[Node]) -> list[str]:
    """Return every layer of any of the networks, in the order of the first that has it."""
    return list(dict.fromkeys(name for network in networks for name in network["layers"].value))


def category_names(pen: Pen) -> list[str]:
    """Return the categories of all networks, each once: in the table's order, unknown last."""
    names = {n for one in having(pen, "categories") for n in one["categories"]["names"].value}
    others = sorted(names - {*FAMILIES, UNKNOWN})
    if others:  # not those of the project's own table
        return sorted(names - {UNKNOWN}) + [UNKNOWN] * (UNKNOWN in names)
    return [name for name in (*FAMILIES, UNKNOWN) if name in names]


def last_difference(pair: Node, part: str) -> tuple[str, Node] | None:
    """Return the last layer of a pair's differences, and the differences in it, or `None`."""
    layers = pair.get("differences", "layers")
    if not layers:
        return None
    layer, differences = layers.items()[-1]
    return (layer, differences[part]) if differences[part] else None
