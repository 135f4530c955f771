"""Units matched by their activations, and layers aligned: against slow definitions."""

import itertools

import numpy as np
import pytest

from study.pipeline.pairs.matching import SPLITS, alignment_rows, cka, match_rows, matched


def slow_cka(x, y):
    """Song et al. (2012), equation 4, with images x images matrices."""

    def hsic(k, w):
        n = len(k)
        k, w = k - np.diag(np.diag(k)), w - np.diag(np.diag(w))
        one = np.ones(n)
        middle = (one @ k @ one) * (one @ w @ one) / ((n - 1) * (n - 2))
        return (np.trace(k @ w) + middle - 2 / (n - 2) * one @ k @ w @ one) / (n * (n - 3))

    a, b = x @ x.T, y @ y.T
    return hsic(a, b) / np.sqrt(hsic(a, a) * hsic(b, b))


@pytest.mark.parametrize("seed", range(8))
def test_alignment_in_feature_space_is_that_of_the_definition(seed):
    draw = np.random.default_rng(seed)
    x = draw.normal(3, 1, (30, 4))
    y = x[:, :3] @ draw.normal(size=(3, 6)) + draw.normal(-2, 1, (30, 6))
    assert cka(x, y) == pytest.approx(slow_cka(x, y), abs=1e-8)
    assert cka(x, x) == pytest.approx(1)
    assert cka(x, y) == pytest.approx(cka(y + 7, x))


def test_unrelated_units_have_no_alignment_on_average_however_many_there_are():
    """The plain estimator would be near 1 for as many units as images."""
    draw = np.random.default_rng(1)
    values = [cka(draw.normal(size=(40, 60)), draw.normal(size=(40, 60))) for _ in range(60)]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(60)
    assert np.isnan(cka(np.ones((9, 2)), draw.normal(size=(9, 2))))


def test_units_are_matched_one_to_one_for_the_highest_sum_of_correlations():
    draw = np.random.default_rng(2)
    a, b = (draw.normal(size=(20, units)).astype(np.float32) for units in (4, 5))
    a[:, 2], b[:, 1] = 1.0, 0.0
    live = np.arange(4) != 2, np.arange(5) != 1
    pairs = matched(a, b, live)
    units = [np.flatnonzero(own) for own in live]
    assert [pair[0] for pair in pairs] == units[0].tolist()
    assert len({pair[1] for pair in pairs}) == len(pairs)

    def total(order):
        return sum(
            np.corrcoef(a[:, i], b[:, j])[0, 1] for i, j in zip(units[0], order, strict=True)
        )

    best = max(itertools.permutations(units[1].tolist(), 3), key=total)
    assert [pair[1] for pair in pairs] == list(best)
    assert sum(pair[2] for pair in pairs) == pytest.approx(total(best), abs=1e-6)


def test_a_network_is_matched_with_its_shuffled_self_and_aligned_with_it():
    draw = np.random.default_rng(3)
    a = {"l": draw.normal(size=(50, 6)).astype(np.float32)}
    order = draw.permutation(6)
    b = {"l": a["l"][:, order]}
    live = {"l": (np.ones(6, bool), np.ones(6, bool))}
    rows = match_rows("x", a, b, live)
    assert [order[row.match] for row in rows] == [row.unit for row in rows]
    aligned = alignment_rows("x", a, b, live, seed=0)
    assert aligned[0].cka == pytest.approx(1)
    assert [row.of for row in aligned].count("own halves") == SPLITS
    assert all(abs(row.cka) < 0.6 for row in aligned[1:])
    few = alignment_rows("x", {"l": a["l"][:3]}, {"l": b["l"][:3]}, live, seed=0)
    assert few == []
