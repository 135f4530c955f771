"""Hypothesis domains of the arrays that similarity functions take, and a limit of examples."""

import numpy as np
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

_NUMBERS = st.floats(-4, 4, width=16)


def fewer(examples):
    """Limit the examples of a costly law, except in the thorough profile."""
    default = settings.default.max_examples
    return settings(max_examples=default if default >= 1000 else min(examples, default))


def _array(rows, columns):
    return hnp.arrays(np.float32, (rows, columns), elements=_NUMBERS).map(torch.from_numpy)


@st.composite
def scoring_inputs(draw, *, least_units=2):
    """Any features and activations: rows of zeros, equal rows and ties included."""
    images, width = draw(st.integers(2, 8)), draw(st.integers(1, 4))
    concepts, units = draw(st.integers(1, 5)), draw(st.integers(least_units, 4))
    return (
        draw(_array(images, width)),
        draw(_array(concepts, width)),
        draw(_array(images, units)),
    )


@st.composite
def generic_inputs(draw, *, width=8):
    """Features and activations in general position: no ties, no rows of zeros."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count, concepts, units = (draw(st.integers(*span)) for span in ((4, 30), (2, 9), (2, 6)))
    shift = draw(st.floats(0, 2))
    arrays = (
        generator.normal(size=(count, width)) + shift,
        generator.normal(size=(concepts, width)) + shift,
        generator.normal(size=(count, units)),
    )
    return tuple(torch.from_numpy(array.astype(np.float32)) for array in arrays)


@st.composite
def planted_inputs(draw, *, images=240, width=24):
    """Inputs in which unit u is more active the more an image shows concept u.

    Each image shows one of the concepts, more or less strongly; most concepts have no unit.
    """
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    units = draw(st.integers(2, 6))
    concepts = units + draw(st.integers(0, 6))
    directions = np.linalg.qr(generator.normal(size=(width, width)))[0][:concepts]
    shown = generator.permutation(np.arange(images) % concepts)
    strength = generator.uniform(0.5, 3, size=images)
    noise = generator.normal(scale=0.05, size=(images, width))
    features = directions[shown] * strength[:, None] + 0.5 * directions.mean(axis=0) * width + noise
    cosine = features @ directions.T / np.linalg.norm(features, axis=1)[:, None]
    order = draw(st.permutations(range(concepts)))
    truth = [order.index(unit) for unit in range(units)]
    arrays = (features, directions[order], np.exp(2 * cosine[:, :units]))
    return (*(torch.from_numpy(array.astype(np.float32)) for array in arrays), truth)
