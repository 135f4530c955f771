"""What two independent draws share, and the fewest units that would differ from none."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.comparison.conditions import conditions
from study.comparison.differences import detectable, separating
from study.comparison.overlap import Overlap, independent
from study.dissection.loaded import load_runs


@given(st.integers(1, 6).flatmap(lambda n: st.tuples(*[st.integers(0, n)] * 2, st.just(n))))
def test_independent_draws_are_averaged_over_all_of_them(sizes):
    a, b, words = sizes
    first = range(a)
    indices = [Overlap.of(first, drawn).jaccard for drawn in combinations(range(words), b)]
    if None in indices:
        assert independent(a, b, words) is None
    else:
        assert independent(a, b, words) == pytest.approx(np.mean(indices))


def test_more_concepts_than_words_have_no_anchor():
    assert independent(5, 2, 4) is None


def test_the_fewest_units_that_differ_do_and_one_less_does_not():
    units, rng = (60, 40), np.random.default_rng(3)
    least = dict(Counter((float(p),) for p in rng.uniform(0, 0.02, size=400).round(4)))
    found = detectable(units, least)

    def adjusted(count, side):
        split = [["x"] * count, []] if side == "a" else [[], ["x"] * count]
        both = [
            own + [f"{name}{i}" for i in range(total - len(own))]
            for own, total, name in zip(split, units, "ab", strict=True)
        ]
        return next(one for one in separating(*both, least) if one.concept == "x").p_adjusted

    for side in "ab":
        assert adjusted(found[side], side) <= 0.05 < adjusted(found[side] - 1, side)


@pytest.mark.parametrize("least", [{}, {(0.0,): 10}])
def test_where_nothing_could_differ_there_is_no_number(least):
    assert detectable((60, 40), least) == {"a": None, "b": None}


def test_the_words_of_a_known_list_are_counted_where_it_is_named(shared):
    run = shared / "reference-runs" / "published-1"
    a, b = load_runs([run / "imagenet", run / "places"], names=["ImageNet", "Places365"])
    assert conditions(a, b).words == 20_000
