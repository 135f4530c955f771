"""Quantities of labels that a report can state: how each is computed and how far a rerun moves it.

To add a kind of number: write a function and give it a record in `MEASURES`.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from study.errors import StudyError
from study.inflections import merged
from study.verify.tables import Table, fold


class Unknown(StudyError):
    """The tables at hand do not contain what is asked for."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number about the labels of one network or of two.

    Parameters
    ----------
    kind
        A name of `MEASURES`.
    networks
        The network, then the other one of the pair.
    layer
        `None` for all layers together.
    concepts
        "count" counts the units labelled with one of these.
    unit
        The unit of "similarity".
    of, denominator
        What "share" divides by what, names of `MEASURES`.
    reading
        How labels are counted: as the study does it ("own"), or as known mistakes do:
        "layers_summed", "layers_averaged", "word_forms", "part_of_word", "folded".
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
        words += [] if MEASURES[self.kind].symmetric else [f"in {self.networks[0]}"]
        words += [f"unit {self.unit}"] if self.unit is not None else []
        return " ".join([*words, self.layer or "all layers"])


class Labels:
    """The labels of several tables by network; layer names match without case and spaces."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self.tables = {table.name: table for table in tables}

    def layers(self, network: str) -> tuple[str, ...]:
        """Return a network's layers, in order."""
        return tuple(self.tables[network].parts)

    def layer(self, network: str, layer: str) -> str | None:
        """Return a layer's name as the table spells it; `None` if the table lacks it."""
        spelt = {plain_layer(name): name for name in self.tables[network].parts}
        return spelt.get(plain_layer(layer))

    def of(self, network: str, layer: str | None) -> tuple[str, ...]:
        """Return the labels of a layer or of all; raises `Unknown` if the layer is missing."""
        name = None if layer is None else self._known_layer(network, layer)
        return self.tables[network].labels() if name is None else self.tables[network].labels(name)

    def _known_layer(self, network: str, layer: str) -> str:
        name = self.layer(network, layer)
        if name is None:
            known = ", ".join(self.layers(network))
            raise Unknown(f"the table of {network} has the layers {known}, but not {layer}")
        return name

    def value(self, quantity: Quantity) -> float:
        """Return a quantity's true value; raises `Unknown` if the tables do not determine it."""
        if quantity.reading in {"layers_summed", "layers_averaged"}:
            own = replace(quantity, reading="own")
            layers = self.layers(quantity.networks[0])
            values = [self.value(replace(own, layer=layer)) for layer in layers]
            return sum(values) / (len(values) if quantity.reading == "layers_averaged" else 1)
        return MEASURES[quantity.kind].value(self, quantity)

    def tolerance(self, quantity: Quantity) -> float:
        """Return how far an honest rerun moves a quantity."""
        if quantity.kind != "share":
            return MEASURES[quantity.kind].tolerance
        try:
            total = self.value(replace(quantity, kind=quantity.denominator))
        except Unknown:
            total = 0.0
        return MEASURES[quantity.of].tolerance / total if total else 0.0

    def distinct(self, quantity: Quantity, which: int) -> set[str]:
        """Return the different labels of the first or second network, as the reading has them."""
        labels = self.of(quantity.networks[which], quantity.layer)
        return set(_as_read(labels, quantity.reading))

    def similarities(self, quantity: Quantity) -> npt.NDArray[np.float64]:
        """Return the finite similarities of the network's layer, or of all layers."""
        table = self.tables[quantity.networks[0]]
        parts = list(table.parts.values())
        if quantity.layer:
            parts = [table.parts[self._known_layer(table.name, quantity.layer)]]
        values = np.concatenate([part.similarities for part in parts])
        finite: npt.NDArray[np.float64] = values[np.isfinite(values)]
        return finite

    def unit(self, quantity: Quantity) -> tuple[str, float]:
        """Return the label and similarity of a unit; raises `Unknown` if the table lacks it."""
        network, layer = quantity.networks[0], quantity.layer
        part = self.tables[network].parts.get(self.layer(network, layer or "") or "")
        rows = [] if part is None else np.flatnonzero(part.units == quantity.unit).tolist()
        if part is None or not rows:
            raise Unknown(f"the table of {network} has no unit {quantity.unit} in {layer}")
        return part.labels[rows[0]], float(part.similarities[rows[0]])

    def top(self, network: str, layer: str | None) -> list[tuple[str, int]]:
        """Return the labels with their numbers of units, by count, then word."""
        counts = Counter(self.of(network, layer))
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def plain_layer(layer: str) -> str:
    """Return a layer's name without case and spaces."""
    return "".join(layer.casefold().split())


def _as_read(labels: Sequence[str], reading: str) -> Sequence[str]:
    if reading == "word_forms":
        return merged(labels)
    return tuple(map(fold, labels)) if reading == "folded" else labels


def _count(labels: Labels, quantity: Quantity) -> float:
    words = labels.of(quantity.networks[0], quantity.layer)
    if quantity.reading == "part_of_word":
        return sum(any(concept in word for concept in quantity.concepts) for word in words)
    concepts = set(_as_read(quantity.concepts, quantity.reading))
    return sum(word in concepts for word in _as_read(words, quantity.reading))


def _mean_similarity(labels: Labels, quantity: Quantity) -> float:
    values = labels.similarities(quantity)
    if not len(values):
        raise Unknown("the tables hold no readable similarity")
    return float(values.mean())


def _similarity(labels: Labels, quantity: Quantity) -> float:
    value = labels.unit(quantity)[1]
    if not np.isfinite(value):
        raise Unknown("this unit's similarity is not readable")
    return value


def _jaccard(labels: Labels, quantity: Quantity) -> float:
    a, b = labels.distinct(quantity, 0), labels.distinct(quantity, 1)
    return len(a & b) / len(a | b)


def _share(labels: Labels, quantity: Quantity) -> float:
    whole = labels.value(replace(quantity, kind=quantity.denominator))
    if not whole:
        raise Unknown(f"{quantity.denominator} is 0")
    return labels.value(replace(quantity, kind=quantity.of)) / whole


@dataclass(frozen=True, slots=True)
class Measure:
    """How one kind of number is computed and judged.

    Parameters
    ----------
    value
        Computes it from the labels; raises `Unknown` if they do not determine it.
    description
        One line for the graders' page.
    tolerance
        How far an honest rerun moves it.
    needs
        Fields that a claim must give besides the value.
    mistakes
        Mistakes that can explain a wrong value, besides those that any number can show.
    symmetric
        Whether it belongs to two networks together.
    """

    value: Callable[[Labels, Quantity], float]
    description: str
    tolerance: float = 0.0
    needs: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()
    symmetric: bool = False


_OF_SETS = ("sum_instead_of_union", "other_quantity")
_OF_SHARES = ("impossible_count", "other_denominator")

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "units": Measure(
            lambda labels, q: len(labels.of(q.networks[0], q.layer)),
            "units of `network`",
            mistakes=("other_quantity",),
        ),
        "unique": Measure(
            lambda labels, q: len(labels.distinct(q, 0)),
            "different labels of `network`",
            tolerance=2,
            mistakes=(*_OF_SETS, "impossible_count"),
        ),
        "only": Measure(
            lambda labels, q: len(labels.distinct(q, 0) - labels.distinct(q, 1)),
            "different labels of `network` that the other network lacks",
            tolerance=4,
            mistakes=(*_OF_SETS, "impossible_count"),
        ),
        "shared": Measure(
            lambda labels, q: len(labels.distinct(q, 0) & labels.distinct(q, 1)),
            "different labels that both networks have",
            tolerance=2,
            mistakes=(*_OF_SETS, "impossible_count"),
            symmetric=True,
        ),
        "union": Measure(
            lambda labels, q: len(labels.distinct(q, 0) | labels.distinct(q, 1)),
            "different labels of both networks together",
            tolerance=6,
            mistakes=_OF_SETS,
            symmetric=True,
        ),
        "jaccard": Measure(
            _jaccard,
            "`shared` divided by `union`",
            tolerance=0.0055,
            mistakes=("mean_of_layers", *_OF_SHARES),
            symmetric=True,
        ),
        "count": Measure(
            _count,
            "units of `network` whose label is one of `concepts`",
            tolerance=2,
            needs=("concepts",),
            mistakes=("impossible_count",),
        ),
        "mean_similarity": Measure(
            _mean_similarity,
            "mean similarity of the labels of `network`",
            tolerance=1e-3,
            mistakes=("mean_of_layers",),
        ),
        "similarity": Measure(
            _similarity,
            "similarity of one unit of `network` to its label",
            tolerance=1e-3,
            needs=("unit", "layer"),
        ),
        "share": Measure(
            _share,
            "`of` (default `count`) divided by `denominator`; without its denominator a share can "
            "be refuted, not confirmed",
            mistakes=_OF_SHARES,
        ),
    }
)
"""Every kind of number. Tolerances were measured on published runs of one setup: unique and shared
counts move by up to 2, Jaccard indices by up to .005 as printed, similarities by up to 7e-4; what
is made of counts moves by their sum."""
COUNTABLE = tuple(name for name in MEASURES if name != "share")
"""What `quantity`, `of` and `denominator` can name."""
