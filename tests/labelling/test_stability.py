"""Resampling is counted correctly: against plain loops and against known probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from study.errors import StudyError
from study.labelling.stability import COVER, draw_counts, half_masks, stability
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


@given(st.integers(2, 300), st.integers(0, 99))
def test_halves_partition_the_probe(images, seed):
    first, second = half_masks(images, seed=seed)
    assert (first ^ second).all()
    assert first.sum() - second.sum() in (0, 1)


def test_too_few_images_or_resamples_are_refused():
    with pytest.raises(StudyError, match="at least 2 images to halve the probe, found 1"):
        half_masks(1, seed=0)
    with pytest.raises(StudyError, match="at most the 2 images drawn, found 3"):
        top_of_resample(ranked_images(np.ones((2, 1), np.float32)), np.array([1, 1]), 3)
    with pytest.raises(StudyError, match="at least one resample"):
        stability(np.empty((0, 2), np.int64), np.zeros(2, np.int64), set_limit=3)


def test_counts_can_be_checked_on_paper():
    resampled = np.array(
        [[7, 1], [7, 2], [7, 3], [7, 4], [7, 5], [7, 6], [7, 7], [7, 8], [7, 9], [5, 1]]
    )
    result = stability(resampled, np.array([7, 1]), set_limit=1)
    assert result["stability"].tolist() == [0.9, 0.2]
    assert result["set_size"].tolist() == [1, 8]
    assert result["confident"].tolist() == [1, 0]


def test_the_reported_share_is_the_probability():
    """Made-up labels of known probability p: the mean share lies within 4 standard errors of p."""
    generator = np.random.default_rng(5)
    resamples, units = 200, 400
    for p in (0.1, 0.5, 0.9):
        labels = np.where(generator.random((resamples, units)) < p, 0, 1)
        result = stability(labels, np.zeros(units, np.int64), set_limit=1)
        error = np.sqrt(p * (1 - p) / (resamples * units))
        assert abs(result["stability"].mean() - p) < 4 * error


def test_the_prediction_set_covers_what_it_says():
    """New draws from the same probabilities fall into the set about as often as it promises.

    The set is chosen on the draws that it covers, so new draws fall in a little less often; with
    200 resamples of 5 labels the loss is below two points.
    """
    generator = np.random.default_rng(6)
    chances = np.array([0.55, 0.25, 0.12, 0.05, 0.03])
    inside = []
    for _ in range(300):
        seen = generator.choice(5, size=200, p=chances)
        result = stability(seen[:, None], np.zeros(1, np.int64), set_limit=5)
        order = np.argsort(-np.bincount(seen, minlength=5), kind="stable")
        inside.append(chances[order[: result["set_size"][0]]].sum())
    assert COVER - 0.02 < np.mean(inside) < COVER + 0.06
    assert min(inside) > COVER - 0.1
