"""Neighbours: the units whose activations are most correlated with those of each unit."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from study.dissection.neighbour_table import DIGITS, RANKS, Neighbour
from study.pipeline.units.standard import Activations, Floats, Ints, standard, standard32

_MARGIN = 2e-4
"""How far below the third-highest correlation others may lie and still be ranked: what rounding to
four decimals makes equal, and as much again for the single precision in which they are found."""
_NUMBERS = 1 << 21
"""Numbers of a block in which correlations are computed once more, in double precision."""
_ITSELF = -2.0


@dataclass(frozen=True, slots=True)
class Side:
    """A network's activations by dissected layer, and which units of each are live."""

    digest: str  # of its descriptions.csv
    activations: Mapping[str, Activations]
    live: Mapping[str, npt.NDArray[np.bool_]]

    def layers(self) -> list[tuple[str, Activations, Ints]]:
        """Return each layer's name, activations and live units, in the order of `live`."""
        return [
            (name, self.activations[name], np.flatnonzero(own)) for name, own in self.live.items()
        ]


def neighbours(own: Side, other: Side) -> list[Neighbour]:
    """Return the most correlated live units of a network for each live unit of another.

    Layers are compared two at a time in single precision; what may be ranked is then computed once
    more in double precision, in a fixed order, so that no digit depends on the threads. Of equal
    correlations, those of the first layer and unit come first.

    Parameters
    ----------
    own
        The network whose units are described.
    other
        The network of the neighbours, over the same images; if it is `own` itself, no unit is its
        own neighbour.
    """
    rows = []
    for layer, values, units in own.layers():
        found = _candidates(own, other, layer, values, units)
        for row, unit in enumerate(units):
            ranked = sorted(found[row], key=lambda one: (-one[2], one[0], one[1]))[:RANKS]
            rows += [
                Neighbour(
                    layer, int(unit), other.digest, rank, list(other.live)[place], their, value
                )
                for rank, (place, their, value) in enumerate(ranked, start=1)
            ]
    return rows


def _candidates(
    own: Side, other: Side, layer: str, values: Activations, units: Ints
) -> list[list[tuple[int, int, float]]]:
    """Return for each unit what may be ranked: place of the layer, unit, rounded correlation."""
    first = standard32(values, units)
    tops = np.full((len(units), RANKS), -np.inf, np.float32)
    near: list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Activations]] = []
    for name, their_values, their in other.layers():
        products = first.T @ standard32(their_values, their)
        if own is other and name == layer:
            np.fill_diagonal(products, _ITSELF)
        highest = np.concatenate([tops, products], axis=1)
        tops = np.partition(highest, -RANKS, axis=1)[:, -RANKS:]
        least = np.maximum(tops.min(axis=1) - _MARGIN, _ITSELF / 2 - _MARGIN)
        rows, columns = np.nonzero(products >= least[:, None])
        near.append((rows, columns, products[rows, columns]))
    least = tops.min(axis=1) - _MARGIN
    found: list[list[tuple[int, int, float]]] = [[] for _ in units]
    for place, (_, their_values, their) in enumerate(other.layers()):
        rows, columns, products = near[place]
        kept = products >= least[rows]
        rows, columns = rows[kept], columns[kept]
        exact = correlations(values, units[rows], their_values, their[columns])
        for row, unit, value in zip(rows, their[columns], exact.round(DIGITS) + 0.0, strict=True):
            found[row].append((place, int(unit), float(value)))
    return found


def correlations(a: Activations, units_a: Ints, b: Activations, units_b: Ints) -> Floats:
    """Return the correlation of each unit of one layer with that of another beside it.

    Parameters
    ----------
    a, b
        float32 (images, units) of either layer.
    units_a, units_b
        int64 (pairs,): the units of each pair.

    Returns
    -------
    numpy.ndarray
        float64 (pairs,), from -1 to 1; sums are taken image by image, not by a library whose order
        depends on the threads.
    """
    parts = [np.empty(0)]
    step = max(1, _NUMBERS // len(a))
    for start in range(0, len(units_a), step):
        some = slice(start, start + step)
        products = standard(a, units_a[some]) * standard(b, units_b[some])
        parts.append(products.sum(axis=0).clip(-1, 1))
    return np.concatenate(parts)
