"""Resampling is counted correctly: against plain loops and against known probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from study.errors import StudyError
from study.labelling.stability import (
    COVER,
    Halves,
    agreement,
    draw_counts,
    half_masks,
    margin,
    reproduced,
    set_sizes,
)
from study.labelling.top_images import ranked_images, top_of_resample

ACTIVATIONS = arrays(
    np.float32,
    st.tuples(st.integers(2, 40), st.integers(1, 5)),
    elements=st.integers(-3, 3).map(float),
)


@given(ACTIVATIONS, st.integers(0, 2**31), st.data())
def test_top_of_a_resample_is_the_top_of_its_list(values, seed, data):
    """Equivalence with the slow way: write the drawn images out and sort them."""
    counts = draw_counts(len(values), resamples=1, seed=seed)[0]
    top_k = data.draw(st.integers(1, len(values)))
    fast = top_of_resample(ranked_images(values), counts, top_k)
    drawn = [image for image, times in enumerate(counts) for _ in range(times)]
    for unit in range(values.shape[1]):
        slow = sorted(drawn, key=lambda image: (-values[image, unit], image))[:top_k]
        assert fast[unit].tolist() == slow


def test_a_deep_resample_looks_past_its_first_guess():
    """Only the weakest images are drawn: every earlier rank is empty."""
    values = np.arange(500, dtype=np.float32)[:, None]
    counts = np.zeros(500, dtype=np.int64)
    counts[:5] = 100
    top = top_of_resample(ranked_images(values), counts, 250)
    assert top[0].tolist() == [4] * 100 + [3] * 100 + [2] * 50


@given(st.integers(1, 300), st.integers(0, 10), st.integers(0, 99))
def test_resamples_draw_as_many_images_as_the_probe_has(images, resamples, seed):
    counts = draw_counts(images, resamples=resamples, seed=seed)
    assert counts.shape == (resamples, images)
    assert (counts.sum(axis=1) == images).all()


@given(st.integers(2, 300), st.integers(0, 4), st.integers(0, 99))
def test_the_halves_of_every_split_partition_the_probe(images, splits, seed):
    masks = half_masks(images, splits=splits, seed=seed)
    assert masks.shape == (2 * splits, images)
    for first, second in zip(masks[::2], masks[1::2], strict=True):
        assert (first ^ second).all()
        assert first.sum() - second.sum() in (0, 1)
    fewer = half_masks(images, splits=max(0, splits - 1), seed=seed)
    assert (masks[: len(fewer)] == fewer).all()


def test_splits_differ():
    masks = half_masks(40, splits=9, seed=0)
    assert len({tuple(mask) for mask in masks}) == 18


def test_too_few_images_are_refused():
    with pytest.raises(StudyError, match="at least 2 images to halve the probe, found 1"):
        half_masks(1, splits=1, seed=0)
    with pytest.raises(StudyError, match="at most the 2 images drawn, found 3"):
        top_of_resample(ranked_images(np.ones((2, 1), np.float32)), np.array([1, 1]), 3)


def drawn_labels(generator, units, splits, chances):
    """Labels of halves that are independent draws, a distribution for each unit."""
    return np.stack(
        [[generator.choice(len(p), p=p) for p in chances[:units]] for _ in range(2 * splits)]
    )


def test_agreement_of_independent_halves_is_the_sum_of_squared_chances():
    """Also that of a further probe, which a bootstrap of the probe itself overstates."""
    generator = np.random.default_rng(5)
    chances = generator.dirichlet(np.full(6, 0.4), size=60)
    labels = drawn_labels(generator, 60, 400, chances)
    expected = (chances**2).sum(axis=1)
    error = np.sqrt(expected * (1 - expected) / 400) + 1e-9
    assert (np.abs(agreement(labels) - expected) < 4.5 * error).all()


def test_halves_know_their_margins_their_deficits_and_whether_they_agree():
    scores = [np.array([[3.0, 1.0, 2.5]]), np.array([[0.0, 4.0, 1.0]])]
    halves = Halves.of(scores, np.array([[0], [1], [2], [2]]))
    assert halves.margins.tolist() == [[0.5], [3.0]]
    assert halves.deficits.tolist() == [[2.0], [4.0]]
    assert halves.agree.tolist() == [[False], [False]]
    same = Halves.of(scores[:1] * 2, np.array([[0], [0]]))
    assert same.deficits.tolist() == [[0.0], [0.0]]
    assert same.agree.tolist() == [[True], [True]]
    assert margin(np.ones((2, 1))).tolist() == [0, 0]


def test_a_lucky_unit_is_drawn_towards_units_of_a_like_margin():
    halves = Halves(
        margins=np.array([[0.1, 0.1, 2.0, 2.0]]),
        deficits=np.zeros((1, 4)),
        agree=np.array([[False, False, True, True]]),
    )
    estimates = reproduced(np.array([1.0, 1.0]), np.array([0.1, 2.0]), halves)
    # 0.6 of the unit's own agreement and 0.4 of the others', and 0.12 p (1 - p) for the size.
    assert estimates.tolist() == pytest.approx([0.6 + 0.12 * 0.24, 1.0])
    alone = reproduced(np.zeros(1), np.array([2.0]), halves)
    assert alone.tolist() == pytest.approx([0.4 + 0.12 * 0.24])


def noisy_world(seed, *, units=80, concepts=25, halves=10):
    """Similarities with independent noise in each half of the probe and in a further probe."""
    generator = np.random.default_rng(seed)
    truth = generator.normal(0, 1.5, (units, concepts))
    scores = [
        (truth + generator.normal(0, 1, truth.shape)).astype(np.float32) for _ in range(halves + 2)
    ]
    labels = np.stack([values.argmax(axis=1) for values in scores])
    return scores[-2], labels[-1], Halves.of(scores[:halves], labels[:halves])


def test_the_sets_hold_the_label_of_a_further_probe_as_often_as_they_say():
    inside, sizes = [], []
    for seed in range(40):
        whole, further, halves = noisy_world(seed)
        size = set_sizes(whole, halves)
        rank = (whole > whole[np.arange(len(whole)), further][:, None]).sum(axis=1)
        inside.append((rank < size).mean())
        sizes.append(size.mean())
    error = np.std(inside) / np.sqrt(len(inside))
    assert abs(np.mean(inside) - COVER) < 3 * error + 0.01
    assert 1 < np.mean(sizes) < 15
