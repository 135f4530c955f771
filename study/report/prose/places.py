"""Where a network, a pair or a concept stands in the results."""

from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from study.report.pen import Pen, say

DETAILED = 3
"""The most pairs that get a part of their own; all pairs stand in one table."""


def networks(pen: Pen, *, controls: bool = False) -> list[str]:
    """Return the keys of the compared networks, and of the controls where they are wanted."""
    keys = [f"networks.{i}" for i in range(len(pen.value("networks")))]
    if controls:
        keys += [f"controls.{i}" for i in range(len(pen.value("controls")))]
    return keys


def network_of(pen: Pen, name: str) -> str:
    """Return the key of the network with a name."""
    for key in networks(pen, controls=True):
        if pen.value(f"{key}.name") == name:
            return key
    raise KeyError(name)


def compared_pairs(pen: Pen) -> list[str]:
    """Return the keys of the pairs without a control."""
    controls = {one["name"] for one in pen.value("controls")}
    return [key for key, pair in _pairs(pen) if not controls & {pair["a"], pair["b"]}]


def all_pairs(pen: Pen) -> list[str]:
    """Return the keys of all pairs."""
    return [key for key, _ in _pairs(pen)]


def _pairs(pen: Pen) -> Iterator[tuple[str, Any]]:
    for i, pair in enumerate(pen.value("pairs")):
        yield f"pairs.{i}", pair


def sides(pen: Pen, pair: str) -> tuple[str, str]:
    """Return the keys of the two networks of a pair."""
    return network_of(pen, pen.value(f"{pair}.a")), network_of(pen, pen.value(f"{pair}.b"))


def layer_of(pen: Pen, network: str, key: str, side: int) -> str:
    """Return a network's own layer behind a pair's layer key (``A~B`` where the names differ)."""
    layers = pen.value(f"{network}.layers")
    if key in layers:
        return key
    options = [name for name in layers if key.startswith(f"{name}~") or key.endswith(f"~{name}")]
    return options[0] if len(options) == 1 else key.split("~")[side]


def name(pen: Pen, network: str) -> Markup:
    """Write a network's name."""
    return pen.t(f"{network}.name")


def layer(pen: Pen, text: str) -> Markup:
    """Write a layer's name, both of them where a pair's layers differ."""
    return Markup("–").join(pen.given(part) for part in text.split("~"))


def count_key(pen: Pen, part: str, word: str) -> str | None:
    """Return the key of a concept's count within a network or one of its layers, if it is there."""
    for place, (concept, _) in enumerate(pen.value(f"{part}.top")):
        if concept == word:
            return f"{part}.top.{place}.1"
    return None


def leaders(pen: Pen, part: str) -> list[int]:
    """Return the places in ``top`` that share the largest count."""
    top = pen.value(f"{part}.top")
    largest = max((count for _, count in top), default=0)
    return [place for place, (_, count) in enumerate(top) if count == largest]


def having(pen: Pen, part: str) -> list[str]:
    """Return the keys of the networks, controls included, of which a part was measured."""
    return [key for key in networks(pen, controls=True) if pen.get(f"{key}.{part}") is not None]


def ranged(pen: Pen, key: str, form: str = "share") -> Markup:
    """Write an estimate with its interval."""
    value = pen.value(key)
    if value["low"] is None:
        return pen.n(f"{key}.mean", form)
    ends = (pen.n(f"{key}.{end}", form) for end in ("mean", "low", "high"))
    return say("{} [{}, {}]", *ends)


def last_difference(pen: Pen, pair: str, part: str) -> str | None:
    """Return the key of a pair's differences in the last layer that it has, or `None`."""
    layers = (pen.get(f"{pair}.differences") or {}).get("layers") or {}
    last = list(layers)[-1:]
    return f"{pair}.differences.layers.{last[0]}" if last and layers[last[0]][part] else None
