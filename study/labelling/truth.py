"""Correctness of labels, for probes whose images are known to show or not to show things.

Every measure compares a unit's activations with what images show, for every concept of the truth
table at once, so that a label's value stands beside two baselines: what the labels of the layer's
other units would reach in its place, exactly, and what the best single concept for all units does.
Precision is in-sample, because people look at top images; the other measures are held out.

References
----------
T. Oikarinen, G. Yan and T.-W. Weng, "Evaluating Neuron Explanations" (ICML 2025): the measures, and
the tests of missing and of extra labels that a measure must pass.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from study.inputs.truth_table import TruthTable

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Images = npt.NDArray[np.int64]
Activations = npt.NDArray[np.float32]

ACTIVE = 0.02
"""Share of the images on which a unit counts as active for `auprc`, as in the reference."""
DIGITS = 8
"""Decimals of correlations: the last digits of a product depend on the number of threads."""


def pearson(activations: Activations, seen: npt.NDArray[np.generic]) -> Floats:
    """Return the correlation of units' activations with concepts.

    Parameters
    ----------
    activations
        float32 (images, units).
    seen
        (images, concepts): whether an image shows a concept.

    Returns
    -------
    numpy.ndarray
        float64 (units, concepts), -1 to 1, to 8 decimals; 0 for a constant unit and for a concept
        that all or none of the images show.
    """
    a, t = (values.astype(np.float64) for values in (activations, seen))
    a -= a.mean(axis=0)
    t -= t.mean(axis=0)
    scale = np.sqrt((a**2).sum(axis=0))[:, None] * np.sqrt((t**2).sum(axis=0))
    products = a.T @ t
    shares = np.divide(products, scale, out=np.zeros_like(products), where=scale > 1e-12)
    return np.asarray(shares.round(DIGITS))


def auprc(activations: Activations, seen: npt.NDArray[np.generic]) -> Floats:
    """Return how well concepts find the images on which units are active: average precision.

    The concept is the score, 0 or 1, and the truth is whether the image is among the unit's
    strongest 2 % (ties by index). Chance is that share.

    Returns
    -------
    numpy.ndarray
        float64 (units, concepts), 0 to 1; parameters as for `pearson`.
    """
    images = len(activations)
    count = max(1, round(ACTIVE * images))
    active = np.zeros(activations.shape, np.float64)
    strongest = np.argsort(-activations, axis=0, kind="stable")[:count]
    np.put_along_axis(active, strongest, 1.0, axis=0)
    shown = seen.astype(np.float64)
    hits = active.T @ shown
    recall, total = hits / count, shown.sum(axis=0)
    precision = np.divide(hits, total, out=np.zeros_like(hits), where=total > 0)
    return np.asarray(recall * precision + (1 - recall) * count / images)


def precision(top: Images, seen: npt.NDArray[np.generic]) -> Floats:
    """Return the share of units' top images that show concepts, float64 (units, concepts).

    `top` is int64 (units, top_k), and `seen` (images, concepts).
    """
    members = np.zeros((len(top), len(seen)))
    np.put_along_axis(members, top, 1.0, axis=1)
    return np.asarray(members @ seen.astype(np.float64) / top.shape[1])


def excess(top: Images, seen: npt.NDArray[np.generic]) -> Floats:
    """Return precision corrected for the base rate: (precision - base)/(1 - base).

    It is 0 for random images and 1 if all top images show the concept; 0 where all images do.
    """
    base = seen.astype(np.float64).mean(axis=0)
    above = precision(top, seen) - base
    return np.asarray(np.divide(above, 1 - base, out=np.zeros_like(above), where=base < 1))


def columns_of(table: TruthTable, labels: Sequence[str]) -> Images:
    """Return the column of the truth table that each label names, -1 for one it does not know.

    A label that the table knows as a word that no image shows has the column past the last.
    """
    index = {name: number for number, name in enumerate(table.columns)}
    columns = [
        index.get(table.words[label] or "", len(index)) if label in table.words else -1
        for label in labels
    ]
    return np.array(columns, np.int64)


def judged(
    values: Floats, columns: Images, live: Bools, *, constant: int | None = None
) -> dict[str, Floats]:
    """Return each unit's value under its own label, under others' labels and under one concept.

    Parameters
    ----------
    values
        float64 (units, concepts).
    columns
        int64 (units,): the concept of each unit's label, -1 if it is unknown.
    live
        bool (units,): the units whose labels count; a dead unit's is dealt to nobody.
    constant
        The concept that all units get; by default the one with the highest mean over live units.

    Returns
    -------
    dict
        "" (the own label), "_others" (the mean over the labels of the layer's other live units)
        and "_constant": float64 (units,), NaN for units whose label is unknown.
    """
    dealt = live & (columns >= 0)
    units = np.arange(len(columns))
    own = values[units, columns]
    times = np.bincount(columns[dealt], minlength=values.shape[1]).astype(np.float64)
    total = values @ times - np.where(dealt, own, 0.0)
    others = dealt.sum() - dealt
    mean = np.divide(total, others, out=np.full(len(units), np.nan), where=others > 0)
    if constant is None:
        constant = best_constant(values, live)
    known = columns >= 0
    return {
        "": np.where(known, own, np.nan),
        "_others": np.where(known, mean, np.nan),
        "_constant": np.where(known, values[:, constant], np.nan),
    }


def best_constant(values: Floats, live: Bools) -> int:
    """Return the concept with the highest mean value over live units, the first of equal ones."""
    return int(values[live].mean(axis=0).argmax()) if live.any() else 0


def in_sample(
    top: Images, labels: Sequence[str], table: TruthTable, live: Bools, *, seed: int
) -> dict[str, Floats]:
    """Return ``base_rate``, ``precision`` and ``excess`` of labels on the units' top images.

    Parameters
    ----------
    top
        int64 (units, top_k): the images that gave the labels.
    labels
        One for each unit.
    live
        bool (units,).
    seed
        Starts the draws of missing and extra labels.

    Returns
    -------
    dict
        Names and controls of measures (see `judged` and `perturbed`) to float64 (units,).
    """
    seen, columns = _seen(table), columns_of(table, labels)
    result = {"base_rate": np.where(columns >= 0, seen.mean(axis=0)[columns], np.nan)}
    changed = perturbed(seen[:, columns], columns >= 0, seed=seed)
    for name, measure in (("precision", precision), ("excess", excess)):
        parts = judged(measure(top, seen), columns, live)
        parts |= {key: measure(top, other).diagonal() for key, other in changed.items()}
        result |= _named(name, parts, columns >= 0)
    return result


def held_out(
    activations: Activations,
    halves: Bools,
    labels: Sequence[Sequence[str]],
    table: TruthTable,
    live: Bools,
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
        Two lists of labels, one from each half; the best constant concept is chosen there too.
    live, seed
        As for `in_sample`.

    Returns
    -------
    dict
        ``pearson`` and ``auprc`` with their controls: float64 (units,), the mean of both
        directions; NaN for units with a label that the truth table does not know.
    """
    seen, sums = _seen(table), dict[str, Floats]()
    for source, target in ((0, 1), (1, 0)):
        columns = columns_of(table, labels[source])
        rows, given = halves[target], halves[source]
        changed = perturbed(seen[rows][:, columns], columns >= 0, seed=seed)
        for name, measure in (("pearson", pearson), ("auprc", auprc)):
            constant = best_constant(measure(activations[given], seen[given]), live)
            values = measure(activations[rows], seen[rows])
            parts = judged(values, columns, live, constant=constant)
            parts |= {
                key: measure(activations[rows], other).diagonal() for key, other in changed.items()
            }
            for key, part in _named(name, parts, columns >= 0).items():
                sums[key] = sums.get(key, 0.0) + part / 2
    return sums


def perturbed(seen: Bools, known: Bools, *, seed: int) -> Mapping[str, Bools]:
    """Return what images show, wrong on purpose: with labels missing, and with extra ones.

    A measure that does not fall when half of the images that show a concept lose it, or when as
    many others gain it, cannot tell a good label from a bad one.

    Parameters
    ----------
    seen
        bool (images, units): whether an image shows the unit's label.
    known
        bool (units,): units whose label is known; the others are left as they are.

    Returns
    -------
    dict
        "_missing" and "_extra": bool (images, units).
    """
    generator = np.random.default_rng([seed, 3])
    missing, extra = seen.copy(), seen.copy()
    for unit in np.flatnonzero(known):
        shown, others = (np.flatnonzero(seen[:, unit] == value) for value in (True, False))
        missing[generator.choice(shown, len(shown) // 2, replace=False), unit] = False
        more = min(len(shown), len(others))
        extra[generator.choice(others, more, replace=False), unit] = True
    return {"_missing": missing, "_extra": extra}


def _seen(table: TruthTable) -> Bools:
    """Return what the images show, (images, columns and one that nothing shows)."""
    nothing = np.zeros((len(table.values), 1), bool)
    return np.concatenate([np.asarray(table.values, bool), nothing], axis=1)


def _named(name: str, parts: Mapping[str, Floats], known: Bools) -> dict[str, Floats]:
    return {f"{name}{key}": np.where(known, part, np.nan) for key, part in parts.items()}
