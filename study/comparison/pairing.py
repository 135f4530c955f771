"""Which networks are compared with each other, and which of their layers."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Protocol, TypeVar

from study.dissection.table import Dissection
from study.errors import StudyError

Mapped = Mapping[str, tuple[str, str]]
"""Layer key to the layer of A and that of B."""


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


def mapped(
    a: Dissection,
    b: Dissection,
    *,
    layers: Mapping[str, str] | None = None,
    common_layers: bool = False,
) -> Mapped:
    """Return which layers of two networks are compared, as `compare` chooses them."""
    if layers is not None:
        if not layers or len(set(layers.values())) != len(layers):
            raise StudyError(f"expected pairs of layers, each layer once, found {dict(layers)}")
        for x, y in layers.items():
            a.layer(x), b.layer(y)
        return {x if x == y else f"{x}~{y}": (x, y) for x, y in layers.items()}
    common = {name: (name, name) for name in a.layer_names if name in b.layer_names}
    if not common or not (common_layers or set(a.layer_names) == set(b.layer_names)):
        raise StudyError(
            f"expected the same layers in both networks, found {', '.join(a.layer_names)} in "
            f"{a.name!r} and {', '.join(b.layer_names)} in {b.name!r}"
            + ("; add --common-layers to compare those that both have" if common else "")
        )
    return common
