"""Which networks are compared with each other, and which of their layers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Protocol, TypeVar

import numpy as np

from study.dissection.provenance import dotted
from study.dissection.table import Dissection, Layer
from study.errors import StudyError
from study.inputs.settings import Study

Mapped = Mapping[str, tuple[str, str]]
"""Layer key to the layer of A and that of B."""
BY_NAME, GIVEN, BY_DEPTH, OVERALL = "name", "given", "depth", "overall"
"""How layers are paired: by equal names, as the user says, by depth, or not at all."""
WHOLE = "\0"
"""The key of a network's units where its layers are not told apart; no layer is called so."""
_LONGEST = 240


@dataclass(frozen=True, slots=True)
class Pairing:
    """Which layers of two networks a user wants to be compared.

    By default those of the same name, which both networks must then have.

    Parameters
    ----------
    given
        Pairs of layers of different names. Each holds for all networks that have them, either way
        round; layers of the same name are paired besides, unless the pairs are `exactly` these.
    by_depth
        The first layer with the first, the second with the second: there must be as many.
    overall_only
        No layers: all units of the one with all units of the other.
    common_layers
        Only the layers of the same name, whatever others there are.
    """

    given: tuple[tuple[str, str], ...] = ()
    by_depth: bool = False
    overall_only: bool = False
    common_layers: bool = False
    exactly: bool = False

    @classmethod
    def stated(
        cls,
        texts: Sequence[str] | None,
        *,
        by_depth: bool = False,
        overall_only: bool = False,
        common_layers: bool = False,
    ) -> "Pairing":
        """Read a command's options; `texts` are ``A-LAYER=B-LAYER``.

        Raises
        ------
        StudyError
            If a text is of another form, or options exclude each other.
        """
        given = []
        for text in texts or ():
            x, equals, y = (part.strip() for part in text.partition("="))
            if not (x and equals and y):
                raise StudyError(f"--pair: expected A-LAYER=B-LAYER, found {text!r:.80}")
            given.append((x, y))
        return cls(tuple(given), by_depth, overall_only, common_layers).checked()

    def checked(self) -> "Pairing":
        """Return this, if its rules go together (`StudyError`)."""
        rules = {
            "--pair": bool(self.given),
            "--common-layers": self.common_layers,
            "--by-depth": self.by_depth,
            "--overall-only": self.overall_only,
        }
        stated = [name for name, is_stated in rules.items() if is_stated]
        if len(stated) > 1 and (self.by_depth or self.overall_only):
            raise StudyError(f"expected one way to pair layers, found {' and '.join(stated)}")
        return self

    def to_json(self) -> dict[str, Any]:
        """Return the rules that were stated, under their keys in the results."""
        stated: dict[str, Any] = {"given": [list(pair) for pair in self.given]}
        stated |= {"by_depth": self.by_depth, "overall_only": self.overall_only}
        return {key: value for key, value in stated.items() if value}

    @classmethod
    def from_json(cls, stated: Any) -> "Pairing":
        """Read what `to_json` returned; raises `StudyError` for anything else."""
        try:
            given = tuple((str(x), str(y)) for x, y in stated.get("given", ()))
            return cls(
                given, stated.get("by_depth") is True, stated.get("overall_only") is True
            ).checked()
        except (AttributeError, TypeError, ValueError):
            raise StudyError(f"results: pairing: cannot read {stated!r:.80}") from None


@dataclass(frozen=True, slots=True)
class Paired:
    """Which layers of A and B are compared, by key, by which rule, and what is left out.

    Layers of different names are keyed ``A~B``. ``left_out`` are A's other layers, and B's, with
    their numbers of units.
    """

    layers: Mapped
    rule: str
    left_out: tuple[Mapping[str, int], Mapping[str, int]]

    @property
    def whole(self) -> bool:
        """Whether layers are not told apart."""
        return self.rule == OVERALL

    def to_json(self) -> dict[str, Any]:
        """Return this under its keys in the results; empty where all layers pair by name."""
        if self.rule == BY_NAME and not any(self.left_out):
            return {}
        return {
            "pairing": {
                "rule": self.rule,
                "layers": {key: list(names) for key, names in self.layers.items()},
                "left_out": dict(zip("ab", map(dict, self.left_out), strict=True)),
            }
        }


def pair_layers(a: Dissection, b: Dissection, pairing: Pairing) -> Paired:
    """Return which layers of two networks are compared.

    Raises
    ------
    StudyError
        In one line that says what to do: if the layers differ and no rule is stated, or a rule
        does not fit.
    """
    if pairing.overall_only:
        return Paired({}, OVERALL, ({}, {}))
    rule = BY_DEPTH if pairing.by_depth else GIVEN if pairing.given else BY_NAME
    if pairing.by_depth:
        if len(a.layers) != len(b.layers):
            raise StudyError(
                f"--by-depth: expected as many layers in both networks, found {len(a.layers)} in "
                f"{a.name!r} and {len(b.layers)} in {b.name!r}"
            )
        both = list(zip(a.layer_names, b.layer_names, strict=True))
    else:
        both = _given(a, b, pairing)
        used = {name for pair in both for name in pair}
        if not pairing.exactly:
            same = [x for x in a.layer_names if x in b.layer_names and x not in used]
            both += [(name, name) for name in same]
        both.sort(key=lambda pair: a.layer_names.index(pair[0]))
    layers = {x if x == y else f"{x}~{y}": (x, y) for x, y in both}
    once = all(len(set(side)) == len(both) for side in zip(*both, strict=True))
    if not once or len(layers) < len(both) or (pairing.exactly and not both):
        listed = ", ".join(f"{x}={y}" for x, y in both)
        raise StudyError(f"expected pairs of layers, each layer once, found {listed or 'none'}")
    differ = set(a.layer_names) != set(b.layer_names)
    if not both or (rule == BY_NAME and differ and not pairing.common_layers):
        raise StudyError(_unpaired(a, b, pairing, common=bool(both)))
    outside = (
        {layer.name: len(layer) for layer in side.layers if layer.name not in names}
        for side, names in zip((a, b), zip(*both, strict=True), strict=True)
    )
    left_a, left_b = outside
    by_name = rule == GIVEN and all(x == y for x, y in both)
    return Paired(layers, BY_NAME if by_name else rule, (left_a, left_b))


def check_given(networks: Sequence[Dissection], pairing: Pairing) -> None:
    """Refuse a pair of layers that no two of the networks have.

    Raises
    ------
    StudyError
        Naming it and the layers that there are.
    """
    for x, y in () if pairing.exactly else pairing.given:
        if not any(
            x in one.layer_names and y in other.layer_names
            for one in networks
            for other in networks
            if one is not other
        ):
            listed = "; ".join(f"{one.name!r} has {_listed(one)}" for one in networks)
            raise StudyError(f"--pair {x}={y}: no two of the networks have these layers: {listed}")


def check_layers(study: Study, pairing: Pairing) -> None:
    """Refuse a study whose networks' layers could not be compared, before they are dissected.

    Raises
    ------
    StudyError
        As `check_given` and `pair_layers`.
    """
    planned = {
        network.name: Dissection(
            network.name,
            tuple(Layer(dotted(name), ("planned",), np.zeros(1)) for name in network.layers),
        )
        for network in study.networks
    }
    check_given(list(planned.values()), pairing)
    for a, b in combinations(study.networks, 2):
        if "twin" not in (a.role, b.role) or b.name == a.of or a.name == b.of:
            pair_layers(planned[a.name], planned[b.name], pairing)


def unpaired_lines(document: Mapping[str, Any]) -> list[str]:
    """Say of each pair in a results document which layers are left out of its comparison."""
    lines = []
    for pair in document["pairs"]:
        left_out = pair.get("pairing", {}).get("left_out", {})
        shown = [
            f"{layer} of {pair[side]} ({units} units)"
            for side, layers in left_out.items()
            for layer, units in layers.items()
        ]
        if shown:
            lines.append(
                f"{pair['a']} and {pair['b']}: left out of their comparison, being paired with no "
                f"layer of the other: {', '.join(shown)}"
            )
    return lines


def _given(a: Dissection, b: Dissection, pairing: Pairing) -> list[tuple[str, str]]:
    """Return the given pairs that two networks have, each as layer of A and layer of B."""
    both: list[tuple[str, str]] = []
    for x, y in pairing.given:
        if x in a.layer_names and y in b.layer_names:
            both.append((x, y))
        elif y in a.layer_names and x in b.layer_names and not pairing.exactly:
            both.append((y, x))
        elif pairing.exactly:
            a.layer(x), b.layer(y)
    return both


def _listed(network: Dissection) -> str:
    text = ", ".join(network.layer_names)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _unpaired(a: Dissection, b: Dissection, pairing: Pairing, *, common: bool) -> str:
    found = f"{_listed(a)} in {a.name!r} and {_listed(b)} in {b.name!r}"
    if pairing.given:
        return f"--pair: expected a pair of layers for every two networks, found none for {found}"
    ways = ["--common-layers to compare those that both have"] if common else []
    ways += ["--pair A-LAYER=B-LAYER (repeatable) to pair layers"]
    ways += ["--by-depth to pair the first with the first and so on"]
    ways += ["--overall-only to compare all units together"]
    return (
        f"expected the same layers in both networks, found {found}; add {', or '.join(ways)} (in "
        "Python: common_layers=True, layers={…}, by_depth=True or overall_only=True)"
    )


class Member(Protocol):
    """A network of a study, or a run of one."""

    @property
    def name(self) -> str:
        """The network's name."""

    @property
    def role(self) -> str:
        """Its part in the comparison: compared, control or twin."""

    @property
    def twin_of(self) -> str | None:
        """For a twin: the name of the network whose task it shares."""


N = TypeVar("N", bound=Member)


def paired(networks: Sequence[N]) -> list[tuple[N, N]]:
    """Return the pairs of networks to compare, in order; a twin with its original alone."""
    return [
        (a, b)
        for a, b in combinations(networks, 2)
        if "twin" not in (a.role, b.role) or a.twin_of == b.name or b.twin_of == a.name
    ]
