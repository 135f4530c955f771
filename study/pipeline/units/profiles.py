"""Profiles of a layer's units: histograms of their activations, and places on principal axes."""

import numpy as np
import numpy.typing as npt

from study.dissection.profile_table import BINS, DIGITS, LEAST, Profile
from study.pipeline.units.standard import BLOCK, Activations, Floats, Ints, standard

_EQUAL = 1e-9
"""Share of the largest eigenvalue by which eigenvalues differ at most that count as equal."""
_EXACT = 9
"""Decimals to which lengths are compared, so that of equal ones the first is taken."""


def profiles(layer: str, values: Activations, live: npt.NDArray[np.bool_]) -> list[Profile]:
    """Return the profile of each live unit of a layer.

    Parameters
    ----------
    layer
        Its name.
    values
        Activations, float32 (images, units).
    live
        bool (units,): those that vary over the images.
    """
    units = np.flatnonzero(live)
    if not len(units):
        return []
    counts, xy = histograms(values, units), places(gram(values, units))
    return [
        Profile(
            layer,
            int(unit),
            float(values[:, unit].min()),
            float(values[:, unit].max()),
            tuple(counts[row].tolist()),
            *(xy[row].tolist() if xy is not None else (None, None)),
        )
        for row, unit in enumerate(units)
    ]


def histograms(values: Activations, units: Ints) -> Ints:
    """Return how many images fall into each of `BINS` equal bins, int64 (units, BINS).

    A bin holds its lower end; the last one both of its ends.
    """
    parts = [np.empty((0, BINS), np.int64)]
    for start in range(0, len(units), BLOCK):
        own = values[:, units[start : start + BLOCK]].astype(np.float64)
        low, high = own.min(axis=0), own.max(axis=0)
        bins = np.minimum((own - low) / (high - low) * BINS, BINS - 1).astype(np.int64)
        bins += BINS * np.arange(own.shape[1])
        counts = np.bincount(bins.ravel(), minlength=BINS * own.shape[1])
        parts.append(counts.reshape(-1, BINS))
    return np.concatenate(parts)


def gram(values: Activations, units: Ints) -> Floats:
    """Return the products of units centred and of length 1, float64 (units, units)."""
    products = np.empty((len(units), len(units)))
    for start in range(0, len(units), BLOCK):
        some = slice(start, start + BLOCK)
        first = standard(values, units[some])
        for begin in range(start, len(units), BLOCK):
            others = slice(begin, begin + BLOCK)
            second = first if begin == start else standard(values, units[others])
            products[some, others] = first.T @ second
            products[others, some] = products[some, others].T
    return products


def places(products: Floats) -> Floats | None:
    """Return units' coordinates on their two principal axes, rounded; None for fewer than three.

    The coordinate with the largest absolute value of each axis is positive. Where axes are equally
    long any pair of them would do: the first is the one that the first unit is closest to.

    Parameters
    ----------
    products
        The units' inner products, float64 (units, units).

    Returns
    -------
    numpy.ndarray or None
        float64 (units, 2).
    """
    if len(products) < LEAST:
        return None
    means = products.mean(axis=0)
    values, vectors = np.linalg.eigh(products - means - means[:, None] + means.mean())
    values, vectors = values[::-1].clip(min=0), vectors[:, ::-1]
    axes: list[Floats] = []
    start = 0
    while len(axes) < 2:
        alike = values[start] - values[start:] <= _EQUAL * values[0]
        stop = start + int(alike.sum())
        for axis in _chosen(vectors[:, start:stop], 2 - len(axes)):
            coordinates = (axis * np.sqrt(values[start])).round(DIGITS)
            largest = coordinates[np.abs(coordinates).argmax()]
            axes.append((-coordinates if largest < 0 else coordinates) + 0.0)  # no -0.0
        start = stop
    return np.stack(axes, axis=1)


def _chosen(basis: Floats, count: int) -> list[Floats]:
    """Return up to `count` orthogonal directions of equally long axes, whatever their basis is."""
    if basis.shape[1] == 1:
        return [basis[:, 0]]
    projector, found = basis @ basis.T, []
    for _ in range(min(count, basis.shape[1])):
        closest = int(np.diag(projector).round(_EXACT).argmax())
        direction = projector[:, closest] / np.sqrt(projector[closest, closest])
        found.append(direction)
        projector = projector - np.outer(direction, direction)
    return found
