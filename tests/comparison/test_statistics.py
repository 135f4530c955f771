"""Intervals, tests and forecasts: checked on paper, by coverage and against other programs."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact, ttest_ind

from study.comparison.forecast import average_precision, forecast, ranking
from study.comparison.statistics import (
    _fisher_in_floats,
    difference_of_means,
    difference_of_shares,
    fisher,
    holm,
    mean_interval,
    share_interval,
)


def coverage(intervals, truth):
    return np.mean([interval["low"] <= truth <= interval["high"] for interval in intervals])


def shares(draw, *chances):
    return [(int(draw.binomial(128, chance)), 128) for chance in chances]


@pytest.mark.parametrize(
    ("truth", "interval", "most"),
    [
        (2 / 7, lambda draw: mean_interval(draw.beta(2, 5, 64), least=0, most=1), 0.98),
        (0.03, lambda draw: share_interval(*shares(draw, 0.03)[0]), 0.985),
        (0.3, lambda draw: share_interval(*shares(draw, 0.3)[0]), 0.985),
        (-0.2, lambda draw: difference_of_shares(*shares(draw, 0.1, 0.3)), 1),
        (0, lambda draw: difference_of_shares(*shares(draw, 0.02, 0.02)), 1),
        (0.1, lambda draw: difference_of_shares(*shares(draw, 0.5, 0.4)), 1),
        (
            0.5,
            lambda draw: difference_of_means(draw.exponential(1.0, 60), draw.normal(0.5, 2.0, 25)),
            0.98,
        ),
    ],
)
def test_intervals_cover_the_truth(truth, interval, most):
    draw = np.random.default_rng(11)
    assert 0.93 <= coverage([interval(draw) for _ in range(1000)], truth) <= most


def test_jointly_valid_intervals_of_equal_networks_rarely_exclude_zero():
    """Of eight categories hardly ever any is called different."""
    generator, called = np.random.default_rng(5), 0
    for _ in range(300):
        a, b = generator.multinomial(128, [1 / 8] * 8, size=2).tolist()
        intervals = [
            difference_of_shares((x, 128), (y, 128), level=1 - 0.05 / 8)
            for x, y in zip(a, b, strict=True)
        ]
        called += coverage(intervals, 0) < 1
    assert called / 300 <= 0.08


def test_intervals_of_nothing_and_of_one_are_decided():
    assert mean_interval([]) == {"units": 0, "mean": None, "low": None, "high": None}
    assert mean_interval([np.nan]) == mean_interval([])
    assert mean_interval([0.5]) == {"units": 1, "mean": 0.5, "low": None, "high": None}
    assert mean_interval([1.0, 1.0]) == {"units": 2, "mean": 1.0, "low": None, "high": None}
    assert share_interval(0, 0) == {"count": 0, "share": None, "low": None, "high": None}
    assert share_interval(0, 5)["low"] == 0
    assert share_interval(5, 5)["high"] == 1
    assert difference_of_means([1], [2, 3]) is None
    assert difference_of_means([1, 1], [3, 3]) == {"mean": -2, "low": None, "high": None}
    assert difference_of_shares((0, 0), (1, 2)) is None


def test_intervals_that_can_be_looked_up():
    """Student: t(4, 97.5 %) = 2.776; Wilson: 8 of 10 gives .490 to .943; Newcombe: table II (a)."""
    student = mean_interval([1, 2, 3, 4, 5])
    assert student["high"] - student["mean"] == pytest.approx(2.776445 * (2.5 / 5) ** 0.5, rel=1e-6)
    wilson = share_interval(8, 10)
    assert (round(wilson["low"], 3), round(wilson["high"], 3)) == (0.490, 0.943)
    newcombe = difference_of_shares((56, 70), (48, 80))
    assert newcombe["share"] == pytest.approx(0.2)
    assert (round(newcombe["low"], 4), round(newcombe["high"], 4)) == (0.0524, 0.3339)
    welch = difference_of_means([1, 2, 3, 4], [2, 4, 6, 8, np.nan])
    scipys = ttest_ind([1, 2, 3, 4], [2, 4, 6, 8], equal_var=False).confidence_interval()
    assert (welch["low"], welch["high"]) == pytest.approx((scipys.low, scipys.high))


def slow_fisher(a, b, units_a, units_b):
    """Two-sided p by enumerating every split with exact fractions."""
    total = a + b
    chances = {
        k: Fraction(comb(units_a, k) * comb(units_b, total - k), comb(units_a + units_b, total))
        for k in range(total + 1)
    }
    assert sum(chances.values()) == 1
    return float(sum(p for p in chances.values() if p <= chances[a]))


@given(st.data())
def test_the_exact_test_is_fishers(data):
    units_a, units_b = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 40))
    a, b = data.draw(st.integers(0, units_a)), data.draw(st.integers(0, units_b))
    p = fisher(a, b, units_a, units_b)
    assert p == pytest.approx(slow_fisher(a, b, units_a, units_b), rel=1e-12)
    scipys = fisher_exact([[a, units_a - a], [b, units_b - b]]).pvalue
    assert p == pytest.approx(scipys, rel=1e-7)
    assert p == fisher(b, a, units_b, units_a)


def test_the_exact_test_of_a_table_that_can_be_checked_on_paper():
    """3 of 4 against 1 of 4: (16 + 16 + 1 + 1) of 70 splits are no likelier."""
    assert fisher(3, 1, 4, 4) == 34 / 70
    assert fisher(0, 0, 5, 5) == 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_the_step_down_rule(p):
    adjusted = holm(np.array(p))
    least = 0.0
    for rank, i in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        least = max(least, (len(p) - rank) * p[i])
        assert adjusted[i] == pytest.approx(min(1.0, least))
    assert (adjusted >= np.array(p)).all()


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_average_precision_sums_precision_over_gains_in_recall(items):
    scores, correct = (np.array(column) for column in zip(*items, strict=True))
    summary = forecast(scores / 5, np.where(correct, 0.5, 0.49), {}, permutations=20)
    assert (summary["units"], summary["right"]) == (len(items), int(correct.sum()))
    if correct.all() or not correct.any():
        assert summary["auprc"] is summary["chance"] is None
        return
    expected = recall = 0.0
    for threshold in sorted(set(scores.tolist()), reverse=True):
        passed = correct[scores >= threshold]
        expected += (passed.sum() / correct.sum() - recall) * passed.mean()
        recall = passed.sum() / correct.sum()
    order, thresholds = ranking(scores)
    assert average_precision(correct[order][None], thresholds) == pytest.approx(expected)
    assert summary["auprc"] == pytest.approx(expected)
    assert 0 < summary["chance"]["p"] <= 1


def test_a_forecast_with_skill_is_distinguished_from_one_without():
    generator = np.random.default_rng(8)
    stability = generator.random(128)
    skilled = forecast(stability, np.where(generator.random(128) < stability, 0.8, 0.2), {})
    assert skilled["auprc"] > skilled["chance"]["high"]
    assert skilled["chance"]["p"] < 0.01
    p = [
        forecast(stability, generator.random(128), {}, permutations=99)["chance"]["p"]
        for _ in range(200)
    ]
    assert 0.01 <= np.mean(np.array(p) <= 0.05) <= 0.1
    assert 0.4 < np.mean(p) < 0.6


def test_units_without_stability_or_precision_are_ignored():
    assert forecast(np.array([np.nan, 0.5]), np.array([1.0, np.nan]), {}) is None
    some = forecast(np.array([np.nan, 0.5, 0.1]), np.array([1.0, 1.0, 0.0]), {})
    assert (some["units"], some["base_rate"], some["auprc"]) == (2, 0.5, 1.0)


@given(st.integers(60, 400), st.integers(60, 400), st.data())
def test_fishers_test_of_many_units_is_that_in_integers(units_a, units_b, data):
    total = data.draw(st.integers(1, units_a + units_b))
    a = data.draw(st.integers(max(0, total - units_b), min(total, units_a)))
    ways = [comb(units_a, split) * comb(units_b, total - split) for split in range(total + 1)]
    exact = sum(way for way in ways if way <= ways[a]) / sum(ways)
    found = _fisher_in_floats(a, total, units_a, units_b)
    assert found == pytest.approx(exact, rel=1e-9, abs=1e-300)
    assert fisher(a, total - a, units_a, units_b) == pytest.approx(exact, rel=1e-9, abs=1e-300)
