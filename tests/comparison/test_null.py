"""Nulls: labels redealt within layers, units scored anew, and the p values that they give."""

import random
import statistics
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.comparison.null import (
    CATEGORY,
    JACCARD,
    LABELS,
    LEAST_P,
    MERGED,
    TOTAL,
    Null,
    Words,
    adjust,
    hands_for,
    labels_redealt,
    share_p,
    tally,
)
from study.comparison.overlap import Overlap
from study.comparison.pair import redealt
from study.comparison.rescoring import Scores, units_redealt
from study.comparison.statistics import fisher
from study.errors import StudyError
from tests.strategies_tables import label_lists


def chance(a, b, *, permutations=2000, seed=0):
    """The null of one layer, from tables alone."""
    tallies = redealt({"l": a}, {"l": b}, permutations=permutations, seed=seed)
    return Null.of(Overlap.of(a, b).jaccard, tallies["l"][JACCARD], kind=LABELS)


def deals_of(counts, size, *, permutations, seed):
    """The shared concepts of each deal of a pool of labels."""
    pool = [f"w{n}" for n, count in enumerate(counts) for _ in range(count)]
    _, deals = labels_redealt({"l": pool[:size]}, {"l": pool[size:]}, hands=permutations, seed=seed)
    return np.array(
        [len({*x} & {*y}) for x, y in zip(*(d.tolist() for d in deals["l"]), strict=True)]
    )


def test_two_empty_lists_have_no_null_and_an_empty_one_shares_nothing():
    assert chance([], []) is None
    assert chance(["a"], [], permutations=3).mean == 0
    assert chance(["a"], ["a\0"], permutations=9).mean == 0


def slow_null(a, b, permutations, seed):
    """The same quantity by plain loops and another generator."""
    pool, draw, indices = [*a, *b], random.Random(seed), []
    for _ in range(permutations):
        draw.shuffle(pool)
        x, y = set(pool[: len(a)]), set(pool[len(a) :])
        indices.append(len(x & y) / len(x | y))
    return indices


def test_the_null_is_what_plain_loops_find():
    a = ["dot", "dot", "dot", "dot", "stripe", "stripe", "grid", "red", "blue", "green"] * 3
    b = ["dot", "stripe", "stripe", "grid", "grid", "grid", "lamp", "door"] * 2
    fast, slow = chance(a, b, permutations=4000), slow_null(a, b, 4000, 1)
    error = statistics.stdev(slow) / 4000**0.5
    assert abs(fast.mean - statistics.fmean(slow)) < 5 * error
    low, high = np.quantile(slow, [0.025, 0.975])
    step = 1 / Overlap.of(a, b).union
    assert abs(fast.low - low) <= step + 1e-12
    assert abs(fast.high - high) <= step + 1e-12
    observed = Overlap.of(a, b).jaccard
    assert abs(fast.p_low - np.mean([j <= observed + 1e-12 for j in slow])) < 0.04
    assert abs(fast.p_high - np.mean([j >= observed - 1e-12 for j in slow])) < 0.04


def test_every_permutation_deals_the_whole_pool():
    """Two labels, three cards: the shared number is known for each of the deals."""
    shared = deals_of([1, 2], 1, permutations=3000, seed=0)
    assert set(shared.tolist()) == {0, 1}
    # Only dealing one of the pair to the hand of one leaves the other in the hand of two.
    assert abs(shared.mean() - 2 / 3) < 0.04


@given(label_lists, label_lists, st.randoms(use_true_random=False))
def test_the_null_knows_neither_order_nor_sides_nor_words(a, b, draw):
    base = chance(a, b, permutations=50)
    assert chance(b, a, permutations=50) == base
    x, y = list(a), list(b)
    draw.shuffle(x)
    draw.shuffle(y)
    assert chance(x, y, permutations=50) == base
    other = {word: f"z{n}" for n, word in enumerate(sorted({*a, *b}, key=lambda word: word[::-1]))}
    assert chance([other[w] for w in a], [other[w] for w in b], permutations=50) == base


@given(label_lists, label_lists)
def test_the_p_values_count_permutations_and_never_reach_zero(a, b):
    null = chance(a, b, permutations=40)
    for p in (null.p_low, null.p_high):
        assert 1 / 41 <= p <= 1
        assert (p * 41) == pytest.approx(round(p * 41))
    assert null.p_low + null.p_high >= 1 + 1 / 41 - 1e-12
    assert null.low <= null.mean + 1e-12 <= null.high + 2e-12 or null.low == null.high


def test_a_deal_that_cannot_differ_is_no_evidence_either_way():
    null = chance(["a", "b"], ["a", "b", "c"] * 9, permutations=40)
    certain = chance(["a"], ["a"], permutations=40)
    assert certain.p_low == certain.p_high == 1
    assert (certain.mean, certain.low, certain.high) == (1, 1, 1)
    assert null.p_low == 1


def test_blocks_change_no_number(monkeypatch):
    labels = {"x": ["a", "b", "b", "c"], "y": ["d", "a"]}, {"x": ["c", "a"], "y": ["d", "e", "e"]}
    whole = redealt(*labels, permutations=64, seed=3)
    monkeypatch.setattr("study.comparison.null._CELLS", 70)
    assert redealt(*labels, permutations=64, seed=3) == whole


def test_the_range_is_the_middle_95_percent_of_the_deals_and_the_rest_is_as_asked():
    words = [f"w{number}" for number in range(400)]  # counts fine enough to tell
    null = chance(words, words)
    deals = deals_of([2] * 400, 400, permutations=2000, seed=0)
    low, high, *others = np.quantile(deals, [0.025, 0.975, 0.0167, 0.035])
    assert (null.low, null.high) == pytest.approx((low / 400, high / 400))
    assert all(abs(other - low) >= 1 for other in others)
    a, b = ["dot"] * 9 + ["grid"] * 5 + list("uvwxyz"), ["dot"] * 4 + ["grid"] * 9 + list("xyzklm")
    null, union = chance(a, b), Overlap.of(a, b).union
    counts = sorted({word: [*a, *b].count(word) for word in [*a, *b]}.values())
    deals = deals_of(counts, min(len(a), len(b)), permutations=2000, seed=0)
    assert null.low == np.quantile(deals, 0.025) / union
    assert null.high == np.quantile(deals, 0.975) / union
    assert null.mean == pytest.approx(deals.mean() / union)
    assert null.p_low == ((deals <= 5).sum() + 1) / 2001
    assert null.p_high == ((deals >= 5).sum() + 1) / 2001
    assert null.permutations == 2000
    other = chance(a, b, permutations=300, seed=1)
    assert other.permutations == 300
    assert other != chance(a, b, permutations=300)
    assert other == chance(a, b, permutations=300, seed=1)


def test_equal_networks_lie_above_chance_and_disjoint_ones_below():
    words = [f"w{n}" for n in range(40)]
    same = chance(words, words, permutations=200)
    assert same.p_high == 1 / 201
    assert same.p_low == 1
    apart = chance(words[:20] * 3, words[20:] * 3, permutations=200)
    assert apart.p_low == 1 / 201


def test_a_total_is_redealt_within_layers():
    """Two layers of unlike labels and swapped widths: no hand mixes what the layers keep apart."""
    a = {"x": ["dot"] * 6, "y": ["lamp"] * 2}
    b = {"x": ["dot"] * 2, "y": ["lamp"] * 6}
    tallies = redealt(a, b, permutations=50, seed=0)
    assert tallies[TOTAL][JACCARD] == {(2, 2): 50}
    units = {"x": (6, 2), "y": (2, 6)}
    words, deals = labels_redealt(a, b, hands=50, seed=0)
    for layer, deal in deals.items():
        assert tuple(side.shape[1] for side in deal) == units[layer]
        assert {words[code] for side in deal for code in side.ravel()} == {*a[layer]}


def test_the_layers_of_a_hand_are_dealt_independently():
    labels = [f"w{n}" for n in range(12)]
    _, deals = labels_redealt(
        {"x": labels, "y": labels}, {"x": labels, "y": labels}, hands=9, seed=0
    )
    assert (deals["x"][0] != deals["y"][0]).any()


@given(label_lists, label_lists)
def test_every_statistic_of_a_hand_is_what_plain_counting_finds(a, b):
    words, deals = labels_redealt({"l": a}, {"l": b}, hands=7, seed=1)
    categories = {word: "short" for word in words if len(word) < 4}
    tallies = tally(deals, Words(words, categories))
    expected = {}
    for first, second in zip(*(side.tolist() for side in deals["l"]), strict=True):
        x, y = ([words[code] for code in side] for side in (first, second))
        overlap = len({*x} & {*y}), len({*x} | {*y})
        expected[overlap] = expected.get(overlap, 0) + 1
    assert tallies["l"][JACCARD] == tallies[TOTAL][JACCARD] == expected
    for tallied in tallies.values():
        assert {sum(counts.values()) for counts in tallied.values()} == {7}
        for (x, y), _ in tallied.get(CATEGORY + "short", {}).items():
            assert x + y == sum(categories.get(word) == "short" for word in [*a, *b])
        for shared, union in tallied[MERGED]:
            assert shared <= union <= len(words)
    assert LEAST_P not in tallies["l"]


def test_the_least_p_of_a_hand_is_that_of_its_most_unequal_word():
    deals = {
        "l": (np.array([[0, 0, 1], [0, 1, 2]], np.int32), np.array([[1, 1], [0, 1]], np.int32))
    }
    least = tally(deals, Words(("a", "b", "c")))[TOTAL][LEAST_P]
    plain = [
        min(fisher(x, y, 3, 2) for x, y in rows) for rows in ([(2, 0), (1, 2)], [(1, 1), (1, 0)])
    ]
    assert sorted(value for (value,), _ in least.items()) == pytest.approx(sorted(set(plain)))


def plain_hands(a, b, layer, hands, seed):
    """Every hand by the definition: pooled, dealt and scored, (units, concepts)."""
    pool = np.concatenate([a.information, b.information]).astype(np.float64)
    taken, dealt = int(a.dealt.sum()), np.flatnonzero(np.concatenate([a.dealt, b.dealt]))
    draw = np.random.default_rng([seed, zlib.crc32(layer.encode())])
    stays = np.flatnonzero(~a.dealt), np.flatnonzero(~b.dealt) + len(a.dealt)
    for order in draw.permuted(np.tile(dealt, (hands, 1)), axis=1):
        for units, kept in zip((order[:taken], order[taken:]), stays, strict=True):
            side = np.array([*units, *kept], np.int64)
            shared = [
                np.log(sum(np.exp(value - column.max()) for value in column)) + column.max()
                for column in (pool[side].T if len(side) else [])
            ]
            yield [pool[unit] - a.lam * np.array(shared) for unit in units]


@pytest.mark.parametrize("lam", [0.0, 0.6, 1.0, 1.7])
@pytest.mark.parametrize("spread", [1.0, 400.0])
@pytest.mark.parametrize("cached", [1, 60, 1 << 17])
def test_hands_scored_anew_are_what_plain_loops_find(lam, spread, cached, monkeypatch):
    """Also where a hand's units lie so far below the others that their exponentials vanish."""
    monkeypatch.setattr("study.comparison.rescoring._CACHED", cached)
    draw = np.random.default_rng(int(spread))
    a, b = (
        Scores(
            (draw.standard_normal((units, 30)) * spread).astype(np.float32),
            lam,
            draw.random(units) < 0.8,
        )
        for units in (7, 5)
    )
    first, second = units_redealt(a, b, layer="l", hands=70, seed=2)
    plain = list(plain_hands(a, b, "l", 70, 2))
    assert first.shape == (70, a.dealt.sum())
    assert second.shape == (70, b.dealt.sum())
    for labels, scored in ((first, plain[::2]), (second, plain[1::2])):
        for label, similarity in zip(labels.ravel(), np.concatenate(scored), strict=True):
            # Concepts that a unit owns alone are equal but for rounding.
            assert similarity[label] >= similarity.max() - 1e-4 * spread
    if spread == 1:
        assert first.tolist() == [[row.argmax() for row in scored] for scored in plain[::2]]


def test_units_of_networks_that_were_scored_differently_are_not_redealt():
    a, b = (Scores(np.zeros((2, 3), np.float32), lam, np.ones(2, bool)) for lam in (1.0, 0.5))
    with pytest.raises(StudyError, match="scored alike"):
        units_redealt(a, b, layer="l", hands=2, seed=0)


def test_p_values_are_adjusted_over_the_whole_family_and_say_what_could_be_seen():
    indices = {(n, 100): 1 for n in range(1, 100)}
    nulls = [Null.of(j, indices, kind=LABELS) for j in (0.01, 0.5, 0.9)]
    entries = [null.to_json() for null in nulls]
    adjust(list(zip(nulls, entries, strict=True)))
    assert [entry["p"] for entry in entries] == pytest.approx([0.04, 1, 0.22])
    assert [entry["p_adjusted"] for entry in entries] == pytest.approx([0.12, 1, 0.44])
    # Three statements need p <= .05/3, which 99 hands cannot give; one statement can.
    assert entries[0]["detectable"] == {"low": None, "high": None}
    alone = nulls[0].detectable(1)
    assert alone == {"low": 0.02, "high": 0.98}
    for bound, beyond in ((0.02, 0.0199), (0.98, 0.9801)):
        assert Null.of(bound, indices, kind=LABELS).p > 0.05 - 1e-9 or bound in alone.values()
        assert Null.of(beyond, indices, kind=LABELS).p <= 0.05


@pytest.mark.parametrize("statements", [1, 4, 40, 400])
def test_there_are_hands_enough_for_every_statement_to_be_able_to_differ(statements):
    hands = hands_for(statements)
    assert 2 / (hands + 1) * statements <= 0.05
    spread = Null.of(0.5, {(n, hands + 1): 1 for n in range(1, hands + 1)}, kind=LABELS)
    assert None not in spread.detectable(statements).values()


def test_the_p_of_a_share_counts_hands_as_far_from_their_mean_on_either_side():
    hands = {(1, 1): 6, (2, 0): 2, (0, 2): 1}
    assert share_p(2, 0, hands, (4, 4)) == pytest.approx((3 + 1) / 10)
    assert share_p(0, 2, hands, (4, 4)) == pytest.approx((1 + 1) / 10)
    assert share_p(1, 1, hands, (4, 4)) == 1
