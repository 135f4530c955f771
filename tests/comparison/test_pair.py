"""Overlaps: their algebra, null, interval and ceiling; comparisons and the published runs."""

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.comparison.differences import METHOD, separating
from study.comparison.overlap import (
    PROBE_HALVES,
    SECOND_RUN,
    Overlap,
    ceiling,
    interval,
)
from study.comparison.pair import Version, compare, pooled
from study.comparison.statistics import fisher, holm
from study.dissection import word_forms
from study.dissection.table import Dissection
from study.errors import StudyError
from tests.strategies_tables import descriptions, dissection, dissections, few_words, label_lists


@given(st.lists(few_words, max_size=20), st.lists(few_words, max_size=20))
def test_the_parts_partition_the_union(a, b):
    overlap = Overlap.of(a, b)
    assert set(overlap.shared) | set(overlap.only_a) == set(a)
    assert set(overlap.shared) | set(overlap.only_b) == set(b)
    parts = list(overlap.sets().values())
    words = [word for part in parts for word in part]
    assert len(words) == len(set(words)) == overlap.union
    assert all(part == sorted(part) for part in parts)
    counts = overlap.counts()
    assert counts["shared"] + counts["only_a"] == len(set(a))
    assert counts["shared"] + counts["only_a"] + counts["only_b"] == counts["union"]


@given(label_lists, label_lists)
def test_jaccard_is_symmetric_within_bounds_and_counts_kinds(a, b):
    jaccard = Overlap.of(a, b).jaccard
    assert jaccard == Overlap.of(b, a).jaccard == Overlap.of(set(a), set(b)).jaccard
    assert 0 <= jaccard <= 1
    assert (jaccard == 1) == (set(a) == set(b))
    assert (jaccard == 0) == set(a).isdisjoint(b)


@given(label_lists, label_lists, label_lists)
def test_one_minus_jaccard_obeys_the_triangle_inequality(a, b, c):
    ab, bc, ac = (1 - Overlap.of(x, y).jaccard for x, y in ((a, b), (b, c), (a, c)))
    assert ac <= ab + bc + 1e-12


def test_two_empty_lists_have_no_jaccard_and_a_null_byte_makes_another_label():
    assert Overlap.of(["a"], ["a\0"]).union == 2
    assert Overlap.of([], []).jaccard is None
    assert Overlap.of(["a"], []).jaccard == 0


class World:
    """Made-up networks: a unit's label is the concept of the highest mean score on the probe."""

    def __init__(self, images=60, units=40, concepts=30):
        self.images, self.shape = images, (2, units, concepts)
        self.scores = np.random.default_rng(1).normal(size=self.shape) * 0.15

    def labels(self, means):
        return [[str(word) for word in side] for side in means.argmax(-1).tolist()]

    def interval(self, draw, resamples=50):
        probe = self.scores + draw.normal(size=(self.images, *self.shape))
        counts = draw.multinomial(self.images, [1 / self.images] * self.images, size=resamples)
        means = (counts @ probe.reshape(self.images, -1) / self.images).reshape(-1, *self.shape)
        a, b = zip(*map(self.labels, means), strict=True)
        return interval(Overlap.of(*self.labels(probe.mean(0))).jaccard, a, b)

    def mean_overlap(self, probes=400):
        """The index that other probes of this size give on average, which is to be covered."""
        noise = np.random.default_rng(2).normal(size=(probes, *self.shape)) / self.images**0.5
        return np.mean([Overlap.of(*self.labels(self.scores + probe)).jaccard for probe in noise])


def test_the_interval_of_an_overlap_covers_what_other_probes_give_on_average():
    world = World()
    truth = world.mean_overlap()
    intervals = [world.interval(np.random.default_rng([3, n])) for n in range(120)]
    assert 0.9 <= np.mean([x["low"] <= truth <= x["high"] for x in intervals]) <= 1
    assert np.mean([x["high"] - x["low"] for x in intervals]) < 0.4


def test_the_interval_is_1_96_standard_deviations_clipped_to_0_and_1():
    shared, apart = ["a", "b"], ["a", "c"]
    a, b = [shared] * 30, [shared] * 10 + [apart] * 20
    reach = 1.959964 * statistics.stdev([1] * 10 + [1 / 3] * 20)
    assert interval(0.9, a, b) == {
        "low": pytest.approx(0.9 - reach),
        "high": 1,
        "level": 0.95,
        "source": "30 resamples of the probe",
    }
    assert interval(0.1, a, b)["low"] == 0
    assert interval(0.1, a, b)["high"] == pytest.approx(0.1 + reach)


def test_few_or_unpaired_resamples_give_no_interval():
    lists = [["a", "b"]] * 20
    assert interval(0.5, lists, lists)["low"] == 0.5
    assert interval(0.5, lists[:19], lists[:19]) is None
    assert interval(0.5, lists, [*lists, lists[0]]) is None
    assert interval(None, lists, lists) is None
    assert interval(0.5, [*lists, []], [*lists, []]) is None
    assert interval(0.5, [], []) is None


@given(label_lists, label_lists)
def test_a_ceiling_of_equal_lists_is_one_and_its_cross_is_the_overlap(a, b):
    across = Overlap.of(a, b).jaccard
    found = ceiling(PROBE_HALVES, [(a, a)], [(b, b)])
    assert found == {
        "kind": PROBE_HALVES, "a": 1, "b": 1, "across": across, "low": 1, "high": 1,
        "a_sd": None, "b_sd": None, "splits": 1,
    }  # fmt: skip


def test_a_ceiling_crosses_halves_ignores_dead_units_and_is_averaged_over_splits():
    a, b = (["p", "q", ""], ["p", "", "r"]), (["p", "q"], ["q", "s"])
    once = ceiling(SECOND_RUN, [a], [b])
    assert [once[key] for key in ("kind", "a", "b", "across")] == ["second run", *[1 / 3] * 3]
    same = (["p"], ["p"]), (["p"], ["q"])
    twice = ceiling(PROBE_HALVES, [a, same[0]], [b, same[1]])
    assert [twice[key] for key in ("a", "b", "low", "high", "splits")] == pytest.approx(
        [2 / 3, 1 / 6, 1 / 6, 2 / 3, 2]
    )
    assert twice["across"] == pytest.approx((1 / 3 + 1 / 3 + 0 + 1) / 4)
    assert twice["a_sd"] == pytest.approx(statistics.stdev([1 / 3, 1]))
    empty = ceiling(PROBE_HALVES, [([""], [])], [(["p"], ["p"])])
    assert [empty[key] for key in ("a", "b", "across", "low", "high")] == [None, 1, 0, 1, 1]
    nothing = ceiling(PROBE_HALVES, [([], [])], [([], [""])])
    assert [nothing[key] for key in ("across", "low")] == [None, None]


@given(label_lists, label_lists)
def test_every_concept_is_tested_once_and_the_sharpest_comes_first(a, b):
    tests = separating(a, b, {(1.0,): 9})
    assert sorted(test.concept for test in tests) == sorted({*a, *b})
    assert [test.p for test in tests] == sorted(test.p for test in tests)
    assert all((test.a, test.b) == (a.count(test.concept), b.count(test.concept)) for test in tests)
    swapped = separating(b, a, {(1.0,): 9})
    assert {test.concept: (test.b, test.a, test.p) for test in swapped} == {
        test.concept: (test.a, test.b, test.p) for test in tests
    }
    assert separating([], a, {(1.0,): 9}) == ()


def test_an_adjusted_p_counts_redealings_in_which_any_concept_is_as_unequal():
    a, b = ["dot"] * 6 + ["grid"], ["grid"] * 4 + ["red"] * 3
    [first, *_] = separating(a, b, {(fisher(6, 0, 7, 7),): 3, (0.001,): 1, (1.0,): 95})
    assert first.concept == "dot"
    assert first.p_adjusted == pytest.approx((4 + 1) / 100)
    # Never below the p of the concept itself, however few redealings reach it.
    [first, *_] = separating(a, b, {(1.0,): 10**6})
    assert first.p_adjusted == first.p


def test_forms_of_a_word_are_one_concept():
    assert len(set(word_forms.merged(["stripe", "stripes", "striped", "Stripes "]))) == 1
    assert len(set(word_forms.merged(["red stripe", "red  stripes"]))) == 1
    assert len(set(word_forms.merged(["painting", "paintings", "painted", "paint"]))) == 1
    apart = ["kitchen", "bathroom", "wood", "wool", "null", "nan", "=1+1", "🦓", "שלום"]
    assert len(set(word_forms.merged(apart))) == len(apart)


@given(descriptions)
def test_merging_twice_merges_nothing_more(label):
    once = word_forms.merged([label])
    assert word_forms.merged(once) == once
    assert once[0]


def test_a_comparison_that_can_be_checked_on_paper():
    a = dissection("A", l1="dot dot stripe", l2="grid stripes")
    b = dissection("B", l1="dot red", l2="grid grid red")
    document = compare(a, b, permutations=20, seed=3).to_json()
    numbers = document["layers"]["l1"]
    null = numbers.pop("null")
    assert numbers == {
        "units_a": 3, "units_b": 2, "shared": 1, "only_a": 1, "only_b": 1, "union": 3,
        "jaccard": 1 / 3, "ceiling": None, "interval": None,
        "sets": {"shared": ["dot"], "only_a": ["stripe"], "only_b": ["red"]},
    }  # fmt: skip
    assert null["kind"] == "labels redealt"
    assert null["permutations"] == 20
    numbers = document["overall"]
    nulls = [null, numbers.pop("null"), document["layers"]["l2"]["null"]]
    assert numbers == {
        "units_a": 5, "units_b": 5, "shared": 2, "only_a": 2, "only_b": 1, "union": 5,
        "jaccard": 2 / 5, "ceiling": None, "interval": None,
        "sets": {"shared": ["dot", "grid"], "only_a": ["stripe", "stripes"], "only_b": ["red"]},
    }  # fmt: skip
    raw = np.array([null["p"] for null in nulls])
    assert [null["p_adjusted"] for null in nulls] == pytest.approx(holm(raw))
    concepts = document["separating"]["concepts"]
    assert concepts[0]["concept"] == "red"
    merged = document["variants"].pop("merged")
    for key, words in {
        "l1": (("dot",), ("stripe",), ("red",)),
        "l2": (("grid",), ("stripe",), ("red",)),
        "overall": (("dot", "grid"), ("stripe",), ("red",)),
    }.items():
        entry = merged["overall"] if key == "overall" else merged["layers"][key]
        assert entry.items() >= Overlap(*words).counts().items()
        assert entry["null"]["kind"] == "labels redealt"
    assert merged["method"] == word_forms.METHOD
    assert {key: part for key, part in document.items() if key not in ("layers", "overall")} == {
        "a": "A",
        "b": "B",
        "variants": {"as_published": None, "significant": None, "confident": None},
        "separating": {
            "tested": 5,
            "method": METHOD,
            "detectable": {"a": 4, "b": 4},  # Fisher: .0476; one of 21 deals: .0476
            "concepts": concepts,
        },
        "shared_top": [["dot", 2, 1], ["grid", 1, 2]],
    }
    assert Version.of({"l": []}, {"l": []}).counts()["overall"]["null"] is None


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
        part, swapped = there["layers"][key], back["layers"][key]
        assert part["sets"]["only_a"] == swapped["sets"]["only_b"]
        assert all(part[k] == swapped[k] for k in ("shared", "union", "jaccard", "null"))
    assert [[word, n_b, n_a] for word, n_a, n_b in there["shared_top"]] == back["shared_top"]


def test_a_layers_null_does_not_depend_on_its_neighbours():
    a, b = dissection(l1="a b c", l2="a a d"), dissection(l1="a c e", l2="b b d")
    lone_a, lone_b = dissection(l2="a a d"), dissection(l2="b b d")
    both, lone = compare(a, b, permutations=30), compare(lone_a, lone_b, permutations=30)
    assert both.layers["l2"] == lone.layers["l2"]


@pytest.mark.parametrize(
    ("layers_of_b", "options", "message"),
    [
        ("l1 l3", {}, "^expected the same layers in both networks, found l1, l2 in 'A' and "
         "l1, l3 in 'B'; add --common-layers to"),
        ("l1", {}, "found l1, l2 in 'A' and l1 in 'B'; add --common-layers"),
        ("l1 l2 l3", {}, "found l1, l2 in 'A' and l1, l2, l3 in 'B'; add --common-layers"),
        ("l3", {}, "^expected the same layers .* found l1, l2 in 'A' and l3 in 'B'; add --pair"),
        ("l3", {"common_layers": True}, "found l1, l2 in 'A' and l3 in 'B'; add --pair"),
        ("l1 l3", {"layers": {"l1": "l9"}}, "one of the layers"),
        ("l1 l3", {"layers": {"l9": "l1"}}, "one of the layers"),
        ("l1 l3", {"layers": {}}, "^expected pairs of layers, each layer once, found none$"),
        ("l1 l3", {"layers": {"l1": "l1", "l2": "l1"}}, "found l1=l1, l2=l1$"),
    ],
)  # fmt: skip
def test_layers_that_differ_need_a_mapping_or_an_option(layers_of_b, options, message):
    b = dissection("B", **dict.fromkeys(layers_of_b.split(), "a"))
    with pytest.raises(StudyError, match=message):
        compare(dissection("A", l1="a", l2="b"), b, **options)


def test_layers_that_differ_are_compared_as_asked():
    a, b = dissection(l1="a", l2="b"), dissection(l1="a", l3="b c")
    common = compare(a, b, common_layers=True, permutations=5)
    assert list(common.layers) == ["l1"]
    assert common.overall.overlap.union == 1
    mapped = compare(a, b, layers={"l1": "l1", "l2": "l3"}, permutations=5)
    assert list(mapped.layers) == ["l1", "l2~l3"]
    assert mapped.mapping["l2~l3"] == ("l2", "l3")
    assert mapped.layers["l2~l3"].overlap.only_b == ("c",)


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
    a, b = (
        Dissection.read_csv(folder / "descriptions.csv", name=folder.name)
        for folder in (shared / "reference-runs" / run / name for name in ("imagenet", "places"))
    )
    return compare(a, b, **options)


@pytest.mark.parametrize("run", PUBLISHED)
def test_the_published_figures_come_out(shared, run):
    pair = published(shared, run, permutations=1)
    for part, unique, together, jaccard in zip(
        [*pair.layers.values(), pair.overall], *PUBLISHED[run].values(), strict=True
    ):
        counts = part.counts()
        assert counts["shared"] == together
        sides = tuple(together + counts[side] for side in ("only_a", "only_b"))
        assert unique in (None, sides)
        assert jaccard in (None, round(counts["jaccard"], 4))


@pytest.mark.parametrize("run", PUBLISHED)
def test_of_the_published_networks_only_layer4_and_the_total_lie_below_the_null(shared, run):
    pair = published(shared, run)
    assert {part.null.kind for part in pair.layers.values()} == {"labels redealt"}
    entries = pair.to_json()
    adjusted = [entry["null"] for entry in (*entries["layers"].values(), entries["overall"])]
    assert [null["p_adjusted"] <= 0.05 for null in adjusted] == [False, False, True, True]
    assert all(null["p_low"] < null["p_high"] for null in adjusted[2:])


def test_the_published_null_comes_out(shared):
    pair = published(shared, "published-1")
    parts = [*pair.layers.values(), pair.overall]
    for part, (mean, low, high) in zip(parts, NULL, strict=True):
        step = 1 / part.overlap.union
        assert abs(part.null.mean - mean) < 0.0015
        assert abs(part.null.low - low) < step + 0.0005
        assert abs(part.null.high - high) < step + 0.0005
    assert [part.null.p_low < 0.025 for part in parts] == [False, False, True, True]
    assert not any(part.null.p_high < 0.025 for part in parts)


def test_separating_shared_and_merged_concepts_of_the_published_networks(shared):
    pair = published(shared, "published-1", permutations=200)
    first = [test.concept for test in pair.separating[:20]]
    assert not {"kitchen", "bathroom", "kitchens", "bathrooms"} & set(first)
    assert all(test.p_adjusted > 0.05 for test in pair.separating)
    assert [word for word, _, _ in pair.shared_top()[:3]] == ["dotted", "textile", "checker"]
    assert {"stripe", "stripes", "striped"} <= {*pooled(pair.labels_a), *pooled(pair.labels_b)}
    merged = pair.merged.overall.overlap
    assert "stripe" in merged.shared
    assert not {"stripes", "striped"} & {*merged.shared, *merged.only_a, *merged.only_b}
    assert merged.union < pair.overall.overlap.union
