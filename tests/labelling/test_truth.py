"""Measures of correct labels: worked examples, slow loops and laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from study.inputs.truth_table import TruthTable
from study.labelling.truth import (
    auprc,
    best_constant,
    columns_of,
    excess,
    held_out,
    in_sample,
    judged,
    pearson,
    perturbed,
    precision,
)

COLUMNS = np.array([[1, 0], [1, 1], [0, 1], [0, 0]], dtype=bool)
WORDS = {"stripe": "striped", "stripes": "striped", "dog": "dog", "ghost": None}
TABLE = TruthTable(columns=("striped", "dog"), values=COLUMNS, words=WORDS, categories={})
LIVE = np.ones(2, bool)

CASES = st.integers(2, 30).flatmap(
    lambda images: st.tuples(
        arrays(np.float32, (images, 2), elements=st.integers(-2, 2).map(float)),
        arrays(np.bool_, (images, 3)),
    )
)


def test_word_forms_share_a_truth_and_unknown_and_never_are_distinguished():
    labels = ["stripe", "stripes", "dog", "ghost", "elsewhere"]
    assert columns_of(TABLE, labels).tolist() == [0, 0, 1, 2, -1]


def test_precision_and_its_excess_can_be_checked_on_paper():
    top = np.array([[0, 1], [1, 3]])
    assert precision(top, COLUMNS).tolist() == [[1.0, 0.5], [0.5, 0.5]]
    assert excess(top, COLUMNS).tolist() == [[1.0, 0.0], [0.0, 0.0]]
    assert excess(top, np.ones((4, 1))).tolist() == [[0.0], [0.0]]


def numpy_correlation(values, seen):
    if values.std() == 0 or seen.std() == 0:
        return 0.0
    return np.corrcoef(values.astype(float), seen.astype(float))[0, 1]


def average_precision_score(relevant, scores):
    """The sum over thresholds of the gain in recall times the precision."""
    total, before = 0.0, 0.0
    for threshold in sorted(set(scores.tolist()), reverse=True):
        passed = scores >= threshold
        recall = (relevant * passed).sum() / relevant.sum()
        total += (recall - before) * (relevant * passed).sum() / passed.sum()
        before = recall
    return total


def slow_average_precision(values, seen):
    """The concept finds the strongest 2 %, one image at least."""
    count = max(1, round(0.02 * len(values)))
    active = np.zeros(len(values), int)
    active[sorted(range(len(values)), key=lambda i: (-values[i], i))[:count]] = 1
    return average_precision_score(active, seen.astype(float))


@pytest.mark.parametrize(
    ("measure", "slow"), [(pearson, numpy_correlation), (auprc, slow_average_precision)]
)
@given(CASES)
def test_a_measure_equals_its_slow_reference_for_every_unit_and_concept(measure, slow, case):
    values, seen = case
    expected = [[slow(values[:, u], seen[:, c]) for c in range(3)] for u in range(2)]
    assert measure(values, seen) == pytest.approx(np.array(expected), abs=1e-8)


def test_the_area_rewards_the_concept_that_fits_and_not_the_vaguer_one():
    """In the other direction, activation as score, a concept of most images scores best."""
    values = np.linspace(1, 0, 100, dtype=np.float32)[:, None]
    fits, vague = (np.arange(100) < count for count in (2, 80))
    scores = auprc(values, np.stack([fits, vague], axis=1))[0]
    assert scores[0] == 1
    assert scores[1] < 0.03
    backwards = [average_precision_score(seen, values[:, 0]) for seen in (fits, vague)]
    assert backwards == [1, 1]


def test_others_are_the_exact_mean_over_the_layers_other_live_labels():
    values = np.arange(15.0).reshape(5, 3)
    columns, live = np.array([0, 1, 2, 1, -1]), np.array([True, True, False, True, True])
    parts = judged(values, columns, live)
    for unit in range(5):
        dealt = [columns[v] for v in range(5) if v != unit and live[v] and columns[v] >= 0]
        expected = np.mean([values[unit, c] for c in dealt]) if columns[unit] >= 0 else np.nan
        assert parts["_others"][unit] == pytest.approx(expected, nan_ok=True)
    assert parts[""].tolist()[:4] == [0, 4, 8, 10]
    assert np.isnan(parts[""][4])


def test_the_constant_is_the_best_concept_and_not_the_first_of_the_alphabet():
    values = np.array([[0.1, 0.9, 0.4], [0.2, 0.3, 0.4], [9.0, 0.0, 0.0]])
    live = np.array([True, True, False])
    assert best_constant(values, live) == 1
    assert judged(values, np.array([0, 0, 0]), live)["_constant"].tolist() == [0.9, 0.3, 0.0]


def test_a_dead_units_label_is_dealt_to_nobody():
    values = np.array([[0.0, 1.0], [0.0, 1.0], [0.0, 1.0]])
    parts = judged(values, np.array([0, 0, 1]), np.array([True, True, False]))
    assert parts["_others"].tolist()[:2] == [0, 0]


def test_an_unknown_label_is_not_called_wrong():
    top = np.array([[0, 1], [2, 3]])
    measured = in_sample(top, ["stripe", "elsewhere"], TABLE, LIVE, seed=0)
    assert measured["precision"][0] == 1.0
    assert all(np.isnan(values[1]) for values in measured.values())


def test_held_out_judges_each_half_by_the_other_s_label():
    """Half A calls the unit "stripe", half B "dog"; each is judged on the images of the other."""
    values = np.array([[1.0], [0], [1], [0]], np.float32)
    halves = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], dtype=bool)
    measured = held_out(values, halves, [["stripe"], ["dog"]], TABLE, LIVE[:1], seed=0)
    on_b = pearson(values[2:], COLUMNS[2:, [0]])[0, 0]
    on_a = pearson(values[:2], COLUMNS[:2, [1]])[0, 0]
    assert measured["pearson"][0] == pytest.approx((on_a + on_b) / 2)
    assert measured["pearson"][0] == pytest.approx(-0.5)
    suffixes = ("", "_others", "_constant", "_missing", "_extra")
    assert set(measured) == {f"{name}{end}" for name in ("pearson", "auprc") for end in suffixes}


@given(arrays(np.bool_, (12, 3)), st.integers(0, 99))
def test_missing_labels_are_half_and_extra_ones_as_many_as_there_are(seen, seed):
    known = np.array([True, True, False])
    changed = perturbed(seen, known, seed=seed)
    for unit in range(3):
        count = int(seen[:, unit].sum())
        missing, extra = (changed[name][:, unit] for name in ("_missing", "_extra"))
        assert missing.sum() == (count - count // 2 if known[unit] else count)
        assert extra.sum() == (min(12, 2 * count) if known[unit] else count)
        assert (missing <= seen[:, unit]).all()
        assert (seen[:, unit] <= extra).all()


def test_correlation_passes_the_tests_of_wrong_truth_and_precision_does_not():
    """Units that each follow their own truth; a measure must fall when the truth is made wrong."""
    generator = np.random.default_rng(0)
    columns = generator.random((400, 8)) < 0.2
    names = tuple(map(str, range(8)))
    table = TruthTable(names, columns, dict(zip(names, names, strict=True)), {})
    values = columns.astype(np.float32) + generator.normal(0, 0.6, columns.shape).astype(np.float32)
    halves, live = np.stack([np.arange(400) < 200, np.arange(400) >= 200]), np.ones(8, bool)
    measured = held_out(values, halves, [names, names], table, live, seed=0)
    top = np.argsort(-values, axis=0)[:40].T
    measured |= in_sample(top, names, table, live, seed=0)
    for test in ("_missing", "_extra"):
        assert (measured[f"pearson{test}"] < measured["pearson"]).all()
    assert (measured["precision_missing"] < measured["precision"]).all()
    assert not (measured["precision_extra"] < measured["precision"]).any()
    assert measured["pearson"].mean() > measured["pearson_others"].mean() + 0.4
    assert measured["auprc"].mean() > measured["auprc_constant"].mean() + 0.04
