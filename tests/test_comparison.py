"""The comparison: algebra of overlaps, its null and exact test against loops, published runs."""

import random
import statistics
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact, hypergeom
from strategies_tables import descriptions, dissection, dissections, few_words, label_lists

from study import inflections
from study.comparison import Part, compare
from study.differences import METHOD, separating
from study.dissection import Dissection
from study.errors import StudyError
from study.overlap import Overlap, chance, redealt
from study.statistics import fisher, holm

any_labels = st.lists(few_words, max_size=20)


def distance(x, y):
    return 1 - Overlap.of(x, y).jaccard


# -- overlap: the algebra of sets -----------------------------------------------------------------


@given(any_labels, any_labels)
def test_the_parts_partition_the_union(a, b):
    found = Overlap.of(a, b)
    assert set(found.shared) | set(found.only_a) == set(a)
    assert set(found.shared) | set(found.only_b) == set(b)
    parts = [*found.shared, *found.only_a, *found.only_b]
    assert len(parts) == len(set(parts)) == found.union
    assert all(list(part) == sorted(part) for part in (found.shared, found.only_a, found.only_b))
    counts = found.counts()
    assert counts["shared"] + counts["only_a"] == len(set(a))
    assert counts["shared"] + counts["only_a"] + counts["only_b"] == counts["union"]


@given(label_lists, label_lists)
def test_jaccard_is_symmetric_within_bounds_and_counts_kinds(a, b):
    found = Overlap.of(a, b)
    assert found.jaccard == Overlap.of(b, a).jaccard == Overlap.of(set(a), set(b)).jaccard
    assert 0 <= found.jaccard <= 1
    assert (found.jaccard == 1) == (set(a) == set(b))
    assert (found.jaccard == 0) == set(a).isdisjoint(b)


@given(label_lists, label_lists, label_lists)
def test_one_minus_jaccard_obeys_the_triangle_inequality(a, b, c):
    assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-12


def test_two_empty_lists_have_no_jaccard():
    assert Overlap.of([], []).jaccard is None
    assert chance([], []) is None
    assert Overlap.of(["a"], []).jaccard == 0
    assert chance(["a"], [], permutations=3).mean == 0


# -- the null -------------------------------------------------------------------------------------


def slow_null(a, b, permutations, seed):
    """The same quantity by plain loops and another generator."""
    pool, draw, found = [*a, *b], random.Random(seed), []
    for _ in range(permutations):
        draw.shuffle(pool)
        x, y = set(pool[: len(a)]), set(pool[len(a) :])
        found.append(len(x & y) / len(x | y))
    return found


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
    seen = Overlap.of(a, b).jaccard
    assert abs(fast.p_low - np.mean([j <= seen + 1e-12 for j in slow])) < 0.04
    assert abs(fast.p_high - np.mean([j >= seen - 1e-12 for j in slow])) < 0.04


def test_every_permutation_deals_the_whole_pool():
    """Two labels, three cards: the shared number is known for each of the deals."""
    found = redealt(np.array([1, 2]), 1, permutations=3000, seed=0)
    assert set(found.tolist()) == {0, 1}
    # Only dealing one of the pair to the hand of one leaves the other in the hand of two.
    assert abs(found.mean() - 2 / 3) < 0.04


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
    counts = np.array([1, 2, 3, 4])
    whole = redealt(counts, 5, permutations=64, seed=3)
    monkeypatch.setattr("study.overlap._CELLS", 70)
    assert redealt(counts, 5, permutations=64, seed=3).tolist() == whole.tolist()


def test_the_range_is_the_middle_95_percent_where_counts_are_fine_enough_to_tell():
    words = [f"w{number}" for number in range(400)]
    null = chance(words, words)
    deals = redealt(np.full(400, 2), 400, permutations=2000, seed=0)
    assert null.low == pytest.approx(np.quantile(deals, 0.025) / 400)
    assert null.high == pytest.approx(np.quantile(deals, 0.975) / 400)
    for other in (0.0167, 0.035):
        assert abs(np.quantile(deals, other) - np.quantile(deals, 0.025)) >= 1


def test_the_bounds_are_quantiles_of_the_deals_and_the_rest_is_as_asked():
    a, b = ["dot"] * 9 + ["grid"] * 5 + list("uvwxyz"), ["dot"] * 4 + ["grid"] * 9 + list("xyzklm")
    null, union = chance(a, b), Overlap.of(a, b).union
    counts = np.array(sorted({word: [*a, *b].count(word) for word in [*a, *b]}.values()))
    deals = redealt(counts, min(len(a), len(b)), permutations=2000, seed=0)
    assert deals.dtype == np.int64
    assert null.low == np.quantile(deals, 0.025) / union
    assert null.high == np.quantile(deals, 0.975) / union
    assert null.mean == deals.mean() / union
    assert null.p_low == ((deals <= 5).sum() + 1) / 2001
    assert null.p_high == ((deals >= 5).sum() + 1) / 2001
    assert null.permutations == 2000
    other = chance(a, b, permutations=300, seed=1)
    assert other.permutations == 300
    assert other != chance(a, b, permutations=300)
    assert other == chance(a, b, permutations=300, seed=1)
    assert other.to_json() == {
        "mean": other.mean, "low": other.low, "high": other.high,
        "p_low": other.p_low, "p_high": other.p_high, "permutations": 300,
    }  # fmt: skip


def test_a_label_that_ends_in_a_null_byte_is_another_label():
    assert Overlap.of(["a"], ["a\0"]).union == 2
    assert chance(["a"], ["a\0"], permutations=9).mean == 0


def test_equal_networks_lie_above_chance_and_disjoint_ones_below():
    words = [f"w{n}" for n in range(40)]
    same = chance(words, words, permutations=200)
    assert same.p_high == 1 / 201
    assert same.p_low == 1
    apart = chance(words[:20] * 3, words[20:] * 3, permutations=200)
    assert apart.p_low == 1 / 201


# -- separating concepts --------------------------------------------------------------------------


def slow_fisher(a, b, units_a, units_b):
    """Two-sided p by enumerating every split with exact fractions."""
    total = a + b
    chances = {
        k: Fraction(comb(units_a, k) * comb(units_b, total - k), comb(units_a + units_b, total))
        for k in range(total + 1)
        if k <= units_a and total - k <= units_b
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
    assert hypergeom(8, 4, 4).pmf(3) == pytest.approx(16 / 70)
    assert fisher(0, 0, 5, 5) == 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_the_step_down_rule(p):
    adjusted = holm(np.array(p))
    order = sorted(range(len(p)), key=lambda i: p[i])
    least = 0.0
    for rank, i in enumerate(order):
        least = max(least, (len(p) - rank) * p[i])
        assert adjusted[i] == pytest.approx(min(1.0, least))
    assert (adjusted >= np.array(p)).all()


@given(label_lists, label_lists)
def test_every_concept_is_tested_once_and_the_sharpest_comes_first(a, b):
    found = separating(a, b)
    assert sorted(one.concept for one in found) == sorted({*a, *b})
    assert [one.p for one in found] == sorted(one.p for one in found)
    assert all((one.a, one.b) == (a.count(one.concept), b.count(one.concept)) for one in found)
    assert {one.concept: (one.b, one.a, one.p) for one in separating(b, a)} == {
        one.concept: (one.a, one.b, one.p) for one in found
    }


def test_nothing_separates_from_an_empty_list():
    assert separating([], ["a"]) == ()


# -- merged word forms ----------------------------------------------------------------------------


def test_forms_of_a_word_are_one_concept():
    assert len(set(inflections.merged(["stripe", "stripes", "striped", "Stripes "]))) == 1
    assert len(set(inflections.merged(["red stripe", "red  stripes"]))) == 1
    assert len(set(inflections.merged(["painting", "paintings", "painted", "paint"]))) == 1
    apart = ["kitchen", "bathroom", "wood", "wool", "null", "nan", "=1+1", "🦓", "שלום"]
    assert len(set(inflections.merged(apart))) == len(apart)


@given(descriptions)
def test_merging_twice_merges_nothing_more(label):
    once = inflections.merged([label])
    assert inflections.merged(once) == once
    assert once[0]


# -- two dissections ------------------------------------------------------------------------------


def test_a_comparison_that_can_be_checked_on_paper():
    a = dissection("A", l1="dot dot stripe", l2="grid stripes")
    b = dissection("B", l1="dot red", l2="grid grid red")
    found = compare(a, b, permutations=20).to_json()
    assert (found["a"], found["b"]) == ("A", "B")
    one = found["layers"]["l1"]
    assert [one[k] for k in ("shared", "only_a", "only_b", "union")] == [1, 1, 1, 3]
    assert one["jaccard"] == 1 / 3
    assert one["sets"] == {"shared": ["dot"], "only_a": ["stripe"], "only_b": ["red"]}
    assert one["ceiling"] is None
    assert one["interval"] is None
    assert set(one["null"]) == {"mean", "low", "high", "p_low", "p_high", "permutations"}
    overall = found["overall"]
    assert [overall[k] for k in ("shared", "only_a", "only_b", "union")] == [2, 2, 1, 5]
    merged = found["variants"]["merged"]
    assert merged["layers"]["l1"]["jaccard"] == 1 / 3
    assert [merged["overall"][k] for k in ("shared", "only_a", "only_b", "union")] == [2, 1, 1, 4]
    assert found["shared_top"] == [["dot", 2, 1], ["grid", 1, 2]]
    assert found["separating"]["tested"] == 5
    assert found["separating"]["concepts"][0]["concept"] == "red"


def test_the_document_of_a_comparison_has_these_keys_and_settings():
    a, b = dissection("A", l1="dot dot stripe", l2="grid"), dissection("B", l1="dot red", l2="red")
    found = compare(a, b, permutations=20, seed=3).to_json()
    assert set(found) == {
        "a", "b", "layers", "overall", "variants", "separating", "shared_top",
    }  # fmt: skip
    parts = [*found["layers"].values(), found["overall"]]
    for part in parts:
        assert set(part) == {
            "shared", "only_a", "only_b", "union", "jaccard", "null", "ceiling", "interval", "sets",
        }  # fmt: skip
        assert part["null"]["permutations"] == 20
    assert set(found["variants"]) == {"merged", "without_dead", "confident"}
    assert found["variants"]["without_dead"] is found["variants"]["confident"] is None
    assert set(found["variants"]["merged"]) == {"method", "layers", "overall"}
    assert found["variants"]["merged"]["method"] == inflections.METHOD
    assert set(found["separating"]) == {"tested", "method", "concepts"}
    assert found["separating"]["method"] == METHOD
    assert len(found["separating"]["concepts"]) == 4
    own = chance(a.labels, b.labels, permutations=20, seed=3)
    assert found["overall"]["null"] == own.to_json()
    assert compare(a, b).overall.null == chance(a.labels, b.labels)
    assert Part(Overlap.of([], []), None).to_json()["null"] is None


def test_shared_concepts_come_by_the_smaller_count_then_the_sum_then_the_word():
    a = dissection("A", l1="p p p q q r r s t t t u")
    b = dissection("B", l1="p q q q r r s s s s s t u")
    assert compare(a, b, permutations=1).shared_top() == [
        ("q", 2, 3), ("r", 2, 2), ("s", 1, 5), ("p", 3, 1), ("t", 3, 1), ("u", 1, 1),
    ]  # fmt: skip


@given(dissections(layer_names=["x", "y"]), dissections(layer_names=["y", "x"]))
def test_swapping_the_networks_swaps_every_side(a, b):
    there, back = (compare(*pair, permutations=5).to_json() for pair in ((a, b), (b, a)))
    for key in ("x", "y"):
        one, other = there["layers"][key], back["layers"][key]
        assert one["sets"]["only_a"] == other["sets"]["only_b"]
        assert [one[k] for k in ("shared", "union", "jaccard", "null")] == [
            other[k] for k in ("shared", "union", "jaccard", "null")
        ]
    swapped = [[word, n_b, n_a] for word, n_a, n_b in there["shared_top"]]
    assert swapped == back["shared_top"]


@given(dissections(layer_names=["x"]))
def test_a_network_agrees_with_itself(a):
    overall = compare(a, a, permutations=5).overall.overlap
    assert overall.jaccard == 1
    assert set(overall.shared) == set(a.labels)


def test_a_layers_null_does_not_depend_on_its_neighbours():
    a, b = dissection(l1="a b c", l2="a a d"), dissection(l1="a c e", l2="b b d")
    lone_a, lone_b = dissection(l2="a a d"), dissection(l2="b b d")
    both, lone = compare(a, b, permutations=30), compare(lone_a, lone_b, permutations=30)
    assert both.layers["l2"] == lone.layers["l2"] == lone.overall


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param({}, "the same layers .*--common-layers", id="differ"),
        pytest.param({"layers": {"l1": "l9"}}, "one of the layers", id="unknown layer of B"),
        pytest.param({"layers": {"l9": "l1"}}, "one of the layers", id="unknown layer of A"),
        pytest.param({"layers": {}}, "each layer once", id="empty mapping"),
        pytest.param({"layers": {"l1": "l1", "l2": "l1"}}, "each layer once", id="layer twice"),
    ],
)
def test_layers_that_differ_need_a_word(options, told):
    with pytest.raises(StudyError, match=told):
        compare(dissection(l1="a", l2="b"), dissection(l1="a", l3="b"), **options)


def test_what_is_said_of_layers_that_differ():
    a, b = dissection("A", l1="a", l2="b"), dissection("B", l1="a", l3="b")
    for one, other, options, said in (
        (a, b, {}, "expected the same layers in both networks, found l1, l2 in 'A' and l1, l3 in "
         "'B'; add --common-layers to compare the common ones"),
        (dissection("A", l1="a"), dissection("B", l2="a"), {}, "expected the same layers in both "
         "networks, found l1 in 'A' and l2 in 'B'"),
        (a, b, {"layers": {"l1": "l1", "l2": "l1"}}, "expected pairs of layers, each layer once, "
         "found {'l1': 'l1', 'l2': 'l1'}"),
    ):  # fmt: skip
        with pytest.raises(StudyError) as caught:
            compare(one, other, **options)
        assert str(caught.value) == said


def test_layers_that_differ_are_compared_as_asked():
    a, b = dissection(l1="a", l2="b"), dissection(l1="a", l3="b c")
    common = compare(a, b, common_layers=True, permutations=5)
    assert list(common.layers) == ["l1"]
    assert common.overall.overlap.union == 1
    mapped = compare(a, b, layers={"l1": "l1", "l2": "l3"}, permutations=5)
    assert list(mapped.layers) == ["l1", "l2~l3"]
    assert mapped.mapping["l2~l3"] == ("l2", "l3")
    assert mapped.layers["l2~l3"].overlap.only_b == ("c",)
    for fewer, more in ((b, dissection(l1="a", l2="b", l3="c")), (a, dissection(l1="a"))):
        for pair in ((fewer, more), (more, fewer)):
            with pytest.raises(StudyError, match="--common-layers"):
                compare(*pair)
    with pytest.raises(StudyError, match="the same layers"):
        compare(dissection(l1="a"), dissection(l2="a"), common_layers=True)


# -- the published runs ---------------------------------------------------------------------------

PUBLISHED = {
    "published-1": {
        "unique": [(68, 66), (124, 135), (278, 314), (374, 428)],
        "shared": [31, 55, 110, 178],
        "jaccard": [0.3010, 0.2696, 0.2282, None],
    },
    "published-2": {
        "unique": [None, None, None, (368, 426)],
        "shared": [31, 51, 110, 175],
        "jaccard": [0.3100, 0.2417, 0.2306, None],
    },
}
NULL = [(0.278, 0.233, 0.320), (0.257, 0.221, 0.289), (0.276, 0.253, 0.299), (0.319, 0.298, 0.338)]


def published(shared, run, **options):
    return compare(
        *(
            Dissection.read_csv(
                shared / "reference-runs" / run / network / "descriptions.csv", name=network
            )
            for network in ("imagenet", "places")
        ),
        **options,
    )


@pytest.mark.parametrize("run", PUBLISHED)
def test_the_published_figures_come_out(shared, run):
    found = published(shared, run, permutations=1)
    for part, unique, together, jaccard in zip(
        [*found.layers.values(), found.overall], *PUBLISHED[run].values(), strict=True
    ):
        assert len(part.overlap.shared) == together
        sides = [
            len(part.overlap.shared) + len(x) for x in (part.overlap.only_a, part.overlap.only_b)
        ]
        assert unique is None or tuple(sides) == unique
        assert jaccard is None or round(part.overlap.jaccard, 4) == jaccard


def test_the_published_null_comes_out_and_only_layer4_and_the_total_lie_below_it(shared):
    found = published(shared, "published-1")
    parts = [*found.layers.values(), found.overall]
    for part, (mean, low, high) in zip(parts, NULL, strict=True):
        step = 1 / part.overlap.union
        assert abs(part.null.mean - mean) < 0.0015
        assert abs(part.null.low - low) < step + 0.0005
        assert abs(part.null.high - high) < step + 0.0005
    assert [part.null.p_low < 0.025 for part in parts] == [False, False, True, True]
    assert not any(part.null.p_high < 0.025 for part in parts)


def test_kitchen_and_bathroom_do_not_separate_the_published_networks(shared):
    found = published(shared, "published-1", permutations=1)
    first = [one.concept for one in found.separating[:20]]
    assert not {"kitchen", "bathroom", "kitchens", "bathrooms"} & set(first)
    assert all(one.p_adjusted == 1 for one in found.separating)
    assert [word for word, _, _ in found.shared_top()[:3]] == ["dotted", "textile", "checker"]


def test_published_forms_of_stripe_are_merged(shared):
    found = published(shared, "published-1", permutations=1)
    labels = {
        label
        for side in (found.labels_a, found.labels_b)
        for part in side.values()
        for label in part
    }
    assert {"stripe", "stripes", "striped"} <= labels
    merged = found.merged_overall
    assert "stripe" in merged.shared
    assert not {"stripes", "striped"} & {*merged.shared, *merged.only_a, *merged.only_b}
    assert merged.union < found.overall.overlap.union
