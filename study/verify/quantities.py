"""Quantities that reports state about labels: how each is counted, and how far a rerun moves it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from study.errors import StudyError
from study.inflections import merged
from study.verify.tables import Table, fold

RERUN: Mapping[str, float] = MappingProxyType(
    {
        "units": 0,
        "unique": 2,
        "shared": 2,
        "only": 4,
        "union": 6,
        "count": 2,
        "jaccard": 0.0055,
        "mean_similarity": 1e-3,
        "similarity": 1e-3,
    }
)
"""How far an honest rerun moves each quantity (measured on published runs of one setup: unique and
shared counts by up to 2, Jaccard indices by up to .005 as printed, similarities by up to 7e-4;
what is made of counts moves by their sum)."""

READINGS = ("own", "layers_summed", "layers_averaged", "word_forms", "part_of_word", "folded")
"""How labels are counted: as the study does it ("own"), or as known mistakes do."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number about the labels of one network or of two.

    Parameters
    ----------
    kind
        A name of `KINDS`, or "share".
    networks
        The network first; the other one of the pair second.
    layer
        `None` for all layers together.
    concepts
        What "count" counts: units that carry one of these.
    unit
        What "similarity" is asked of.
    of, denominator
        What "share" divides by what, names of `KINDS`.
    reading
        A name of `READINGS`.
    """

    kind: str
    networks: tuple[str, str]
    layer: str | None = None
    concepts: tuple[str, ...] = ()
    unit: int | None = None
    of: str = "count"
    denominator: str = ""
    reading: str = "own"

    def swapped(self) -> "Quantity":
        """Return the quantity with the names of its two networks exchanged."""
        return replace(self, networks=self.networks[::-1])

    def text(self) -> str:
        """Return the quantity in words."""
        words = [self.kind if self.kind != "share" else f"{self.of} per {self.denominator}"]
        words += ["of " + ", ".join(map(repr, self.concepts))] if self.concepts else []
        words += [f"in {self.networks[0]}"] if self.kind not in _SYMMETRIC else []
        words += [f"unit {self.unit}"] if self.unit is not None else []
        return " ".join([*words, self.layer or "all layers"])


class Labels:
    """Counts labels of tables by name; a layer is matched without case and spaces."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self.tables = {table.name: table for table in tables}

    def layers(self, network: str) -> tuple[str, ...]:
        """Return a network's layers, in order."""
        return tuple(self.tables[network].parts)

    def layer(self, network: str, layer: str) -> str | None:
        """Return the name of a layer as the table has it; `None` if it is not there."""
        plain = {_plain(name): name for name in self.tables[network].parts}
        return plain.get(_plain(layer))

    def of(self, network: str, layer: str | None) -> tuple[str, ...]:
        """Return the labels of a layer or of all; raises `Unknown` if the layer is not there."""
        if layer is None:
            return self.tables[network].labels()
        name = self.layer(network, layer)
        if name is None:
            known = ", ".join(self.layers(network))
            raise Unknown(f"{network} has the layers {known} here, not {layer}")
        return self.tables[network].labels(name)

    def value(self, quantity: Quantity) -> float:
        """Return a quantity's true value.

        Raises
        ------
        Unknown
            If the tables do not tell it.
        """
        layers = self.layers(quantity.networks[0])
        if quantity.reading in {"layers_summed", "layers_averaged"}:
            own = replace(quantity, reading="own")
            values = [self.value(replace(own, layer=layer)) for layer in layers]
            return sum(values) / (len(values) if quantity.reading == "layers_averaged" else 1)
        if quantity.kind == "share":
            return self._share(quantity)
        return KINDS[quantity.kind](self, quantity)

    def tolerance(self, quantity: Quantity) -> float:
        """Return how far an honest rerun moves a quantity."""
        if quantity.kind != "share":
            return RERUN[quantity.kind]
        try:
            total = self.value(replace(quantity, kind=quantity.denominator))
        except Unknown:
            total = 0.0
        return RERUN[quantity.of] / total if total else 0.0

    def _share(self, quantity: Quantity) -> float:
        whole = self.value(replace(quantity, kind=quantity.denominator))
        if not whole:
            raise Unknown(f"{quantity.denominator} is 0")
        return self.value(replace(quantity, kind=quantity.of)) / whole

    def kinds(self, quantity: Quantity, which: int) -> set[str]:
        """Return the different labels of the first or second network, as the reading has them."""
        return set(self._read(self.of(quantity.networks[which], quantity.layer), quantity.reading))

    def _read(self, labels: Sequence[str], reading: str) -> Sequence[str]:
        if reading == "word_forms":
            return merged(labels)
        return tuple(map(fold, labels)) if reading == "folded" else labels

    def count(self, quantity: Quantity) -> float:
        """Return how many units carry one of the concepts."""
        labels = self.of(quantity.networks[0], quantity.layer)
        if quantity.reading == "part_of_word":
            return sum(any(word in label for word in quantity.concepts) for label in labels)
        wanted = set(self._read(quantity.concepts, quantity.reading))
        return sum(label in wanted for label in self._read(labels, quantity.reading))

    def similarities(self, quantity: Quantity) -> npt.NDArray[np.float64]:
        """Return the similarities of the network's layer, or of all layers."""
        self.of(quantity.networks[0], quantity.layer)
        table = self.tables[quantity.networks[0]]
        name = quantity.layer and self.layer(table.name, quantity.layer)
        parts = [table.parts[name]] if name else list(table.parts.values())
        return np.concatenate([part.similarities for part in parts])

    def unit(self, quantity: Quantity) -> tuple[str, float]:
        """Return the label and similarity of a unit; raises `Unknown` if it is not there."""
        network, layer = quantity.networks[0], quantity.layer
        name = self.layer(network, layer) if layer else None
        part = self.tables[network].parts.get(name or "")
        found = [] if part is None else np.flatnonzero(part.units == quantity.unit).tolist()
        if part is None or not found:
            raise Unknown(f"{network} has no unit {quantity.unit} in {layer} here")
        return part.labels[found[0]], float(part.similarities[found[0]])

    def top(self, network: str, layer: str | None) -> list[tuple[str, int]]:
        """Return the labels with their units, by count, then word."""
        return sorted(
            Counter(self.of(network, layer)).items(), key=lambda item: (-item[1], item[0])
        )


class Unknown(StudyError):
    """The tables at hand do not tell."""


def _mean(labels: Labels, quantity: Quantity) -> float:
    value = float(np.nanmean(values)) if len(values := _finite(labels, quantity)) else None
    if value is None:
        raise Unknown("no similarity can be read")
    return value


def _finite(labels: Labels, quantity: Quantity) -> npt.NDArray[np.float64]:
    values = labels.similarities(quantity)
    finite: npt.NDArray[np.float64] = values[np.isfinite(values)]
    return finite


def _similarity(labels: Labels, quantity: Quantity) -> float:
    value = labels.unit(quantity)[1]
    if not np.isfinite(value):
        raise Unknown("the similarity cannot be read")
    return value


def _jaccard(labels: Labels, quantity: Quantity) -> float:
    a, b = labels.kinds(quantity, 0), labels.kinds(quantity, 1)
    return len(a & b) / len(a | b)


KINDS: Mapping[str, Callable[[Labels, Quantity], float]] = MappingProxyType(
    {
        "units": lambda labels, q: len(labels.of(q.networks[0], q.layer)),
        "unique": lambda labels, q: len(labels.kinds(q, 0)),
        "only": lambda labels, q: len(labels.kinds(q, 0) - labels.kinds(q, 1)),
        "shared": lambda labels, q: len(labels.kinds(q, 0) & labels.kinds(q, 1)),
        "union": lambda labels, q: len(labels.kinds(q, 0) | labels.kinds(q, 1)),
        "jaccard": _jaccard,
        "count": Labels.count,
        "mean_similarity": _mean,
        "similarity": _similarity,
    }
)
"""How each kind of quantity is counted. "jaccard" is shared over union."""
_SYMMETRIC = frozenset({"shared", "union", "jaccard"})


def _plain(layer: str) -> str:
    return "".join(layer.casefold().split())
