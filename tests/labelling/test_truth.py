"""Measures of correct labels: worked examples, slow loops and laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from study.inputs.truth_table import TruthTable
from study.labelling.truth import (
    auprc,
    commonest,
    held_out,
    in_sample,
    pearson,
    precision,
    shown,
    shuffled,
)

COLUMNS = np.array([[1, 0], [1, 1], [0, 1], [0, 0]], dtype=bool)
WORDS = {"stripe": "striped", "stripes": "striped", "dog": "dog", "ghost": None}
TABLE = TruthTable(columns=("striped", "dog"), values=COLUMNS, words=WORDS, categories={})

CASES = st.integers(2, 30).flatmap(
    lambda images: st.tuples(
        arrays(np.float32, (images, 2), elements=st.integers(-2, 2).map(float)),
        arrays(np.bool_, (images, 2)),
    )
)


def test_word_forms_share_a_truth_and_unknown_and_never_are_distinguished():
    seen, known = shown(TABLE, ["stripe", "stripes", "dog", "ghost", "elsewhere"])
    assert (seen == COLUMNS[:, [0, 0, 1, 0, 0]] * np.array([1, 1, 1, 0, 0], bool)).all()
    assert known.tolist() == [True, True, True, True, False]


def test_precision_can_be_checked_on_paper():
    seen, _ = shown(TABLE, ["stripe", "dog"])
    top = np.array([[0, 1], [0, 1]])
    assert precision(seen, top).tolist() == [1.0, 0.5]


def numpy_correlation(values, seen):
    if values.std() == 0 or seen.std() == 0:
        return 0.0
    return np.corrcoef(values.astype(float), seen.astype(float))[0, 1]


def slow_average_precision(values, seen):
    total, before = 0.0, 0.0
    for threshold in sorted(set(values[seen].tolist()), reverse=True):
        passed = values >= threshold
        recall = (seen & passed).sum() / seen.sum()
        total += (recall - before) * (seen & passed).sum() / passed.sum()
        before = recall
    return total


@pytest.mark.parametrize(
    ("measure", "slow"), [(pearson, numpy_correlation), (auprc, slow_average_precision)]
)
@given(CASES, st.randoms(use_true_random=False))
def test_a_measure_equals_its_slow_reference_in_any_order_of_images(measure, slow, case, random):
    values, seen = case
    expected = [slow(values[:, unit], seen[:, unit]) for unit in range(2)]
    assert measure(values, seen) == pytest.approx(expected, abs=1e-12)
    order = list(range(len(values)))
    random.shuffle(order)
    assert measure(values[order], seen[order]) == pytest.approx(expected, abs=1e-12)


def test_perfect_and_hopeless_units():
    values = np.array([[1.0, -1], [1, -1], [0, 0], [0, 0]], np.float32)
    seen, _ = shown(TABLE, ["stripe", "stripe"])
    assert pearson(values, seen) == pytest.approx([1, -1])
    assert auprc(values, seen) == pytest.approx([1, 0.5])


def test_baselines_are_the_first_of_the_commonest_labels_and_seeded_shuffles():
    assert commonest(["b", "a", "b", "a", "c"]) == "a"
    given_labels = [str(n) for n in range(50)]
    assert sorted(shuffled(given_labels, seed=1)) == sorted(given_labels)
    assert shuffled(given_labels, seed=1) == shuffled(given_labels, seed=1)
    assert shuffled(given_labels, seed=1) != shuffled(given_labels, seed=2)


def test_an_unknown_label_is_not_called_wrong():
    measured = in_sample(np.array([[0, 1], [2, 3]]), ["stripe", "elsewhere"], TABLE, seed=0)
    assert measured["precision"][0] == 1.0
    assert np.isnan(measured["precision"][1])
    assert np.isnan(measured["base_rate"][1])


def test_held_out_judges_each_half_by_the_other_s_label():
    """Half A calls the unit "stripe", half B "dog"; each is judged on the images of the other."""
    values = np.array([[1.0], [0], [1], [0]], np.float32)
    halves = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], dtype=bool)
    measured = held_out(values, halves, [["stripe"], ["dog"]], TABLE, seed=0)
    on_b = pearson(values[2:], COLUMNS[2:, [0]])[0]
    on_a = pearson(values[:2], COLUMNS[:2, [1]])[0]
    assert measured["pearson"][0] == pytest.approx((on_a + on_b) / 2)
    assert measured["pearson"][0] == pytest.approx(-0.5)
    assert set(measured) == {
        f"{name}{suffix}"
        for name in ("pearson", "auprc")
        for suffix in ("", "_shuffled", "_constant")
    }


def test_shuffled_labels_of_planted_units_score_lower():
    """Units that each follow their own truth: the baseline must not look as good."""
    generator = np.random.default_rng(0)
    columns = generator.random((200, 8)) < 0.2
    names = tuple(map(str, range(8)))
    words = dict(zip(names, names, strict=True))
    table = TruthTable(columns=names, values=columns, words=words, categories={})
    values = columns.astype(np.float32) + generator.normal(0, 0.3, columns.shape).astype(np.float32)
    halves = np.stack([np.arange(200) < 100, np.arange(200) >= 100])
    measured = held_out(values, halves, [names, names], table, seed=0)
    assert measured["pearson"].mean() > measured["pearson_shuffled"].mean() + 0.4
    assert measured["auprc"].mean() > measured["auprc_constant"].mean() + 0.4
