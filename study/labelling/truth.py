"""Correctness of labels, for probes whose images are known to show or not to show things.

Pearson correlation and AUPRC pass the sanity tests of "Evaluating Neuron Explanations" (ICML 2025);
the precision of the top images is given too, because people look at top images. Baselines: another
unit's label, and the layer's most common label for every unit.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from study.comparison.forecast import average_precision, ranking
from study.inputs.truth_table import TruthTable

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def shown(table: TruthTable, labels: Sequence[str]) -> tuple[Bools, Bools]:
    """Look up which images show which labels.

    Returns
    -------
    shown : numpy.ndarray
        bool (images, labels); False for labels that no image shows or that the table does not know.
    known : numpy.ndarray
        bool (labels,): whether the table knows the label.
    """
    columns = [table.words.get(label) for label in labels]
    nothing = np.zeros(len(table.values), dtype=bool)
    values = dict(zip(table.columns, table.values.T, strict=True))
    images = [nothing if column is None else values[column] for column in columns]
    return np.stack(images, axis=1), np.array([label in table.words for label in labels])


def precision(seen: Bools, top: npt.NDArray[np.int64]) -> Floats:
    """Return the share of each unit's top images, int64 (units, top_k), that show its label.

    `seen` is bool (images, units): whether an image shows the unit's label.
    """
    return np.asarray(np.take_along_axis(seen.T, top, axis=1).mean(axis=1))


def pearson(activations: npt.NDArray[np.float32], seen: Bools) -> Floats:
    """Return each unit's correlation between activation and truth, both (images, units).

    Returns
    -------
    numpy.ndarray
        float64 (units,), -1 to 1; 0 for a constant unit and for a label that all or none of the
        images show.
    """
    a = activations.astype(np.float64)
    a -= a.mean(axis=0)
    t = seen.astype(np.float64)
    t -= t.mean(axis=0)
    scale = np.sqrt((a**2).sum(axis=0) * (t**2).sum(axis=0))
    products = (a * t).sum(axis=0)
    return np.asarray(np.divide(products, scale, out=np.zeros_like(products), where=scale > 0))


def auprc(activations: npt.NDArray[np.float32], seen: Bools) -> Floats:
    """Return each unit's area under the precision-recall curve, as average precision.

    Images of equal activation pass a threshold together, so that their order does not matter.

    Returns
    -------
    numpy.ndarray
        float64 (units,), 0 to 1; chance is the share of images that show the label. 0 where none
        does.
    """
    result = np.zeros(activations.shape[1])
    for unit in np.flatnonzero(seen.any(axis=0)):
        order, thresholds = ranking(activations[:, unit])
        result[unit] = average_precision(seen[order, unit][None], thresholds)[0]
    return result


def commonest(labels: Sequence[str]) -> str:
    """Return the most common label; of equally common ones, the first in alphabetical order."""
    counts = Counter(labels)
    return min(counts, key=lambda label: (-counts[label], label))


def shuffled(labels: Sequence[str], *, seed: int) -> list[str]:
    """Return the labels permuted among the units of the layer."""
    order = np.random.default_rng([seed, 3]).permutation(len(labels))
    return [labels[index] for index in order]


def in_sample(
    top: npt.NDArray[np.int64], labels: Sequence[str], table: TruthTable, *, seed: int
) -> dict[str, Floats]:
    """Return precision of the top images, (units, top_k), its baselines and labels' base rates.

    Returns
    -------
    dict
        ``base_rate``, ``precision``, ``precision_shuffled``, ``precision_constant``: float64
        (units,), NaN for labels that the truth table does not know.
    """
    result = {}
    for suffix, variant in _variants(labels, seed):
        seen, known = shown(table, variant)
        result[f"precision{suffix}"] = np.where(known, precision(seen, top), np.nan)
        if not suffix:
            result["base_rate"] = np.where(known, seen.mean(axis=0), np.nan)
    return result


def held_out(
    activations: npt.NDArray[np.float32],
    halves: Bools,
    labels: Sequence[Sequence[str]],
    table: TruthTable,
    *,
    seed: int,
) -> dict[str, Floats]:
    """Return how well labels from one half of the probe explain activations on the other.

    Parameters
    ----------
    activations
        float32 (images, units).
    halves
        bool (2, images).
    labels
        Two lists of labels, one from each half.

    Returns
    -------
    dict
        ``pearson`` and ``auprc``, each also ``_shuffled`` and ``_constant``: float64 (units,), the
        mean of both directions; NaN for units with a label that the truth table does not know.
    """
    sums: dict[str, Floats] = {}
    for source, target in ((0, 1), (1, 0)):
        rows = halves[target]
        for suffix, variant in _variants(labels[source], seed):
            seen, known = shown(table, variant)
            for name, measure in (("pearson", pearson), ("auprc", auprc)):
                values = np.where(known, measure(activations[rows], seen[rows]), np.nan)
                sums[f"{name}{suffix}"] = sums.get(f"{name}{suffix}", 0.0) + values / 2
    return sums


def _variants(labels: Sequence[str], seed: int) -> list[tuple[str, Sequence[str]]]:
    return [
        ("", labels),
        ("_shuffled", shuffled(labels, seed=seed)),
        ("_constant", [commonest(labels)] * len(labels)),
    ]
