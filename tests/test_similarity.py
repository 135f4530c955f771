"""The similarity functions: equal to plain loops and to the published code, and what they obey."""

import math

import numpy as np
import pytest
import reference
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import fewer, generic_inputs, planted_inputs, scoring_inputs

from study import similarity
from study.errors import StudyError
from study.similarity.evidence import soft_evidence, sure_evidence
from study.similarity.information import information, softmax_parts
from study.similarity.rank_reorder import chance_error
from study.similarity.scores import column_blocks, unit_rows

NAMES = ("soft_wpmi", "wpmi", "rank_reorder", "cos_similarity", "cos_similarity_cubed")
TOP_NAMES = ("soft_wpmi", "wpmi")
SMALL = {
    "soft_wpmi": {"top_k": 3},
    "wpmi": {"top_k": 3},
    "rank_reorder": {"top_fraction": 0.5},
    "cos_similarity": {},
    "cos_similarity_cubed": {},
}
ABSOLUTE, RELATIVE = 1e-4, 1e-5


def score(name, inputs, **settings):
    return similarity.SIMILARITY_FUNCTIONS[name](*inputs, **{**SMALL[name], **settings})


def slow(name, inputs, **settings):
    return reference.FUNCTIONS[name](*(array.tolist() for array in inputs), **settings)


def close(actual, expected):
    torch.testing.assert_close(
        actual, torch.as_tensor(expected, dtype=torch.float32), atol=ABSOLUTE, rtol=RELATIVE
    )


def within_spread(actual, expected, *, tolerance):
    """Every number within a share of the expected numbers' spread, every label equal."""
    assert actual.shape == expected.shape
    assert np.abs(actual - expected).max() <= tolerance * (expected.max() - expected.min())
    assert (actual.argmax(axis=1) == expected.argmax(axis=1)).all()


class DenseScores:
    """Scores that are simply there, to say things about P itself."""

    def __init__(self, P):
        self.P, self.device = P, P.device
        self.images, self.concepts = P.shape

    def block(self, columns, *, out):
        return out.copy_(self.P[:, columns])


@pytest.fixture(scope="module")
def oracle(shared):
    with np.load(shared / "oracle" / "similarity.npz") as arrays:
        return dict(arrays)


class TestOracle:
    @pytest.mark.parametrize("name", NAMES)
    def test_scores_and_labels_are_those_of_the_published_code(self, oracle, name):
        inputs = [torch.from_numpy(oracle[key])
                  for key in ("image_features", "text_features", "activations")]  # fmt: skip
        actual = similarity.SIMILARITY_FUNCTIONS[name](*inputs).numpy()
        within_spread(actual, oracle[f"expected_{name}"], tolerance=2e-4)

    def test_a_perturbed_number_or_label_is_noticed(self, oracle):
        expected = oracle["expected_soft_wpmi"]
        spread = expected.max() - expected.min()
        off, swapped = expected.copy(), expected.copy()
        off[3, 5] += 5e-4 * spread
        best, second = np.argsort(-expected[7])[:2]
        swapped[7, [best, second]] = expected[7, [second, best]]
        for wrong in (off, swapped):
            with pytest.raises(AssertionError):
                within_spread(wrong, expected, tolerance=2e-4)


class TestReference:
    @pytest.mark.parametrize("name", TOP_NAMES)
    @given(inputs=scoring_inputs(), data=st.data())
    def test_information_equals_plain_loops(self, name, inputs, data):
        options = {
            "top_k": data.draw(st.integers(1, len(inputs[2]))),
            "a": data.draw(st.sampled_from([0.5, 2, 10, 100])),
            "lam": data.draw(st.sampled_from([0, 0.6, 1, 2])),
            "min_prob": data.draw(st.sampled_from([1e-7, 1e-3])),
        }
        expected = slow(name, inputs, **options)
        torch.testing.assert_close(
            similarity.SIMILARITY_FUNCTIONS[name](*inputs, **options),
            torch.as_tensor(expected, dtype=torch.float32),
            atol=ABSOLUTE * max(1, options["a"] / 10),
            rtol=RELATIVE,
        )

    @given(inputs=scoring_inputs())
    @fewer(15)
    def test_many_factors_overflow_nothing(self, inputs):
        images = torch.arange(len(inputs[0])).repeat(12)
        inputs = (inputs[0][images], inputs[1], inputs[2][images])
        options = {"top_k": len(images), "a": 40, "p_start": 1, "p_end": 1, "min_prob": 1e-9}
        actual = similarity.SIMILARITY_FUNCTIONS["soft_wpmi"](*inputs, **options)
        expected = slow("soft_wpmi", inputs, **options)
        torch.testing.assert_close(
            actual, torch.as_tensor(expected, dtype=torch.float32), atol=2e-2, rtol=1e-4
        )

    @pytest.mark.parametrize("name", ["cos_similarity", "cos_similarity_cubed"])
    @given(inputs=scoring_inputs(least_units=1))
    def test_cosines_equal_plain_loops(self, name, inputs):
        close(score(name, inputs), slow(name, inputs))

    @given(inputs=generic_inputs(), fraction=st.sampled_from([0.3, 0.7, 1]),
           p=st.sampled_from([1, 2, 3]), scale_p=st.sampled_from([0, 0.5, 1]))  # fmt: skip
    def test_rank_reorder_equals_plain_loops(self, inputs, fraction, p, scale_p):
        P = np.sort(reference.cosines(inputs[0].tolist(), inputs[1].tolist()), axis=0)
        assume(np.diff(P, axis=0).min() > 1e-6)
        options = {"top_fraction": fraction, "p": p, "scale_p": scale_p}
        expected = slow("rank_reorder", inputs, **options)
        actual = score("rank_reorder", inputs, **options)
        # A mean score near zero makes any error of it large.
        loose = 1e-2 if scale_p else RELATIVE
        torch.testing.assert_close(
            actual, torch.as_tensor(expected, dtype=torch.float32), atol=ABSOLUTE, rtol=loose
        )

    @given(inputs=scoring_inputs(), data=st.data())
    def test_top_images_are_the_strongest_first_and_ties_go_by_index(self, inputs, data):
        k = data.draw(st.integers(1, len(inputs[2])))
        top = similarity.top_images(inputs[2], k)
        assert top.dtype == torch.int64
        assert top.tolist() == [
            reference.top_images(inputs[2], unit, k) for unit in range(inputs[2].shape[1])
        ]


class TestSymmetry:
    @pytest.mark.parametrize("name", [name for name in NAMES if name != "rank_reorder"])
    @given(inputs=generic_inputs(), data=st.data())
    def test_permuting_units_permutes_rows(self, name, inputs, data):
        order = data.draw(st.permutations(range(inputs[2].shape[1])))
        permuted = (inputs[0], inputs[1], inputs[2][:, order])
        close(score(name, permuted), score(name, inputs)[order])

    @given(inputs=generic_inputs(), data=st.data())
    def test_permuting_units_permutes_rows_of_rank_reorder_up_to_the_shuffles(self, inputs, data):
        order = data.draw(st.permutations(range(inputs[2].shape[1])))

        def errors(given):
            count = int(len(given[2]) * 0.5)
            top = similarity.top_images(given[2], count)
            chance = chance_error(given[2].T.gather(1, top), 3)
            assume(bool((chance > 1e-3).all()))
            return score("rank_reorder", given) * chance[:, None]

        permuted = (inputs[0], inputs[1], inputs[2][:, order])
        torch.testing.assert_close(errors(permuted), errors(inputs)[order], rtol=1e-4, atol=1e-4)

    @pytest.mark.parametrize("name", NAMES)
    @given(inputs=generic_inputs(), data=st.data())
    def test_permuting_concepts_permutes_columns(self, name, inputs, data):
        order = data.draw(st.permutations(range(len(inputs[1]))))
        permuted = (inputs[0], inputs[1][order], inputs[2])
        close(score(name, permuted), score(name, inputs)[:, order])

    @pytest.mark.parametrize("name", NAMES)
    @given(inputs=generic_inputs(), data=st.data())
    def test_permuting_images_changes_nothing(self, name, inputs, data):
        order = data.draw(st.permutations(range(len(inputs[0]))))
        permuted = (inputs[0][order], inputs[1], inputs[2][order])
        close(score(name, permuted), score(name, inputs))


class TestInvariance:
    @pytest.mark.parametrize("name", TOP_NAMES)
    @pytest.mark.parametrize("increasing", [torch.exp, lambda x: x**3, lambda x: 5 * x - 9])
    @given(inputs=generic_inputs())
    def test_only_the_order_of_activations_counts(self, name, increasing, inputs):
        mapped = increasing(inputs[2].double())
        assert torch.equal(score(name, (*inputs[:2], mapped)), score(name, inputs))

    @pytest.mark.parametrize("evidence", [soft_evidence, sure_evidence])
    @given(inputs=generic_inputs(), data=st.data())
    def test_a_constant_added_to_all_scores_of_an_image_changes_nothing(
        self, evidence, inputs, data
    ):
        P = unit_rows(inputs[0]) @ unit_rows(inputs[1]).T
        shifts = [data.draw(st.floats(-5, 5)) for _ in P]
        top = similarity.top_images(inputs[2], 3)
        plain = information(DenseScores(P), top, evidence(3))
        shifted = P + torch.tensor(shifts)[:, None]
        close(information(DenseScores(shifted), top, evidence(3)), plain)

    @pytest.mark.parametrize("name", NAMES)
    @given(inputs=generic_inputs(), block=st.integers(1, 10))
    def test_block_size_changes_nothing(self, name, inputs, block):
        close(score(name, inputs, block=block), score(name, inputs))

    @pytest.mark.parametrize("name", NAMES)
    @given(inputs=generic_inputs(), factor=st.sampled_from([0.25, 3, 100]))
    def test_lengths_of_features_change_nothing(self, name, inputs, factor):
        images, concepts = inputs[0].double(), inputs[1].double()
        scaled = (images * factor, concepts / factor, inputs[2])
        close(score(name, scaled), score(name, (images, concepts, inputs[2])))

    @pytest.mark.parametrize("name", TOP_NAMES)
    @given(inputs=generic_inputs(), data=st.data())
    def test_images_outside_every_top_need_no_features(self, name, inputs, data):
        top = similarity.top_images(inputs[2], 3)
        needed, rows = torch.unique(top, return_inverse=True)
        function = similarity.TOP_FUNCTIONS[name]
        subset = function(inputs[0][needed], inputs[1], rows, top_k=3)
        close(subset, score(name, inputs))
        others = torch.full_like(inputs[0], math.nan)
        others[needed] = inputs[0][needed]
        assert torch.equal(function(others, inputs[1], top), subset)

    @pytest.mark.parametrize("name", TOP_NAMES)
    @given(inputs=generic_inputs(), samples=st.integers(1, 3), block=st.integers(1, 10))
    def test_labels_of_samples_are_those_of_each_sample(self, name, inputs, samples, block):
        generator = torch.Generator().manual_seed(samples)
        shape = (samples, inputs[2].shape[1], 2)
        tops = torch.randint(len(inputs[0]), shape, generator=generator)
        best = similarity.best_concepts(name, *inputs[:2], tops, top_k=2, block=block)
        for sample, top in zip(best, tops, strict=True):
            scores = similarity.TOP_FUNCTIONS[name](*inputs[:2], top)
            chosen = scores.gather(1, sample[:, None])[:, 0]
            close(chosen, scores.max(dim=1).values)


class TestPlanted:
    @pytest.mark.parametrize("name", NAMES)
    @given(planted=planted_inputs())
    def test_the_concept_of_a_units_top_images_is_its_label(self, name, planted):
        *inputs, truth = planted
        settings = {"top_k": 12} if name in TOP_NAMES else {}
        if name == "rank_reorder":
            settings = {"top_fraction": 0.05}
        assert score(name, inputs, **settings).argmax(dim=1).tolist() == truth


class TestNonLaws:
    def test_leaving_a_sibling_out_may_change_a_label(self):
        # Units 0 and 1 share their top image, which shows concept 0 most. Unit 2, which also
        # likes concept 0, makes that concept common: without it, unit 0 keeps concept 0.
        P = torch.tensor([[0.9, 0.8, 0.1], [0.2, 0.1, 0.9], [0.95, 0.1, 0.1]])
        top = torch.tensor([[0], [1], [2]])
        evidence = soft_evidence(1, a=10)
        labels = information(DenseScores(P), top, evidence).argmax(dim=1)
        without = information(DenseScores(P), top[:2], evidence).argmax(dim=1)
        assert labels.tolist() == [1, 2, 0]
        assert without.tolist() == [0, 2]

    def test_an_increasing_map_may_change_labels_of_the_cosine(self):
        P_like = torch.eye(2)
        activations = torch.tensor([[1.0], [0.9]])
        flat = similarity.SIMILARITY_FUNCTIONS["cos_similarity"](
            P_like, torch.tensor([[1.0, 0.0], [1.0, 1.0]]), activations
        )
        steep = similarity.SIMILARITY_FUNCTIONS["cos_similarity"](
            P_like, torch.tensor([[1.0, 0.0], [1.0, 1.0]]), activations**30
        )
        assert flat.argmax(dim=1).tolist() == [1]
        assert steep.argmax(dim=1).tolist() == [0]


class TestDegenerate:
    @pytest.mark.parametrize("name", NAMES)
    def test_a_single_concept_is_everyones_label(self, name):
        generator = torch.Generator().manual_seed(0)
        inputs = [torch.randn(shape, generator=generator) for shape in ((8, 3), (1, 3), (8, 2))]
        scores = score(name, inputs)
        assert scores.shape == (2, 1)
        assert torch.isfinite(scores).all()

    @pytest.mark.parametrize("name", NAMES)
    def test_a_dead_unit_has_finite_scores(self, name):
        generator = torch.Generator().manual_seed(0)
        inputs = [torch.randn(shape, generator=generator) for shape in ((8, 3), (4, 3), (8, 2))]
        for value in (0.0, -1.5):
            inputs[2][:, 0] = value
            assert torch.isfinite(score(name, inputs)).all()

    def test_a_dead_unit_gets_the_first_images(self):
        assert similarity.top_images(torch.zeros(5, 1), 3).tolist() == [[0, 1, 2]]

    def test_minus_zero_ties_with_zero(self):
        assert similarity.top_images(torch.tensor([[-0.0], [0.0], [-0.0]]), 2).tolist() == [[0, 1]]

    def test_a_silent_unit_has_cosine_zero(self):
        inputs = (torch.eye(3), torch.eye(3), torch.zeros(3, 1))
        assert score("cos_similarity", inputs).tolist() == [[0, 0, 0]]

    def test_a_concept_that_no_image_shows_but_for_rounding_has_cosine_zero(self):
        inputs = (torch.tensor([[1.0, 0], [2, 0]]), torch.tensor([[3e-7, 1]]), torch.ones(2, 1))
        assert score("cos_similarity", inputs).tolist() == [[0]]

    def test_a_flat_top_is_as_good_as_chance(self):
        inputs = (torch.ones(4, 2), torch.ones(1, 2), torch.ones(4, 1))
        assert score("rank_reorder", inputs).tolist() == [[-1]]

    def test_equal_scores_are_ranked_by_activation_weakest_first(self):
        # All three images score alike: ranks 0, 1, 2 go to the strongest, second and weakest, so
        # w is v reversed: (27 + 0 + 27)/3 for v = 5, 3.5, 2 of steps 1.5.
        inputs = (torch.ones(3, 2), torch.ones(1, 2), torch.tensor([[2.0], [5.0], [3.5]]))
        chance = chance_error(torch.tensor([[5.0, 3.5, 2.0]]), 3)
        expected = -18 / chance
        torch.testing.assert_close(score("rank_reorder", inputs, top_fraction=1)[0], expected)

    def test_shuffles_come_from_the_generator(self):
        generator = torch.Generator().manual_seed(1)
        inputs = [torch.randn(shape, generator=generator) for shape in ((40, 3), (4, 3), (40, 2))]
        own = score("rank_reorder", inputs, generator=torch.Generator().manual_seed(0))
        other = score("rank_reorder", inputs, generator=torch.Generator().manual_seed(7))
        assert torch.equal(own, score("rank_reorder", inputs))
        assert not torch.equal(own, other)

    @pytest.mark.parametrize("name", NAMES)
    def test_nothing_given_is_changed_and_no_seed_is_touched(self, name):
        generator = torch.Generator().manual_seed(0)
        inputs = [torch.randn(shape, generator=generator) for shape in ((8, 3), (4, 3), (8, 2))]
        copies, state = [array.clone() for array in inputs], torch.get_rng_state()
        assert score(name, inputs).dtype == torch.float32
        assert all(map(torch.equal, inputs, copies))
        assert torch.equal(torch.get_rng_state(), state)

    def test_one_unit_is_scored_where_lam_is_below_one(self):
        inputs = (torch.eye(3), torch.eye(3), torch.tensor([[3.0], [1.0], [2.0]]))
        assert score("soft_wpmi", inputs, top_k=1, lam=0.9).argmax(dim=1).tolist() == [0]

    def test_sharp_softmaxes_neither_overflow_nor_vanish(self):
        inputs = (torch.eye(3), -torch.eye(3), torch.rand(3, 2))
        scores = score("soft_wpmi", inputs, top_k=2, a=1e6)
        assert torch.isfinite(scores).all()

    def test_blocks_cover_each_concept_once_and_stay_small(self):
        for images, concepts in ((1, 1), (1000, 20_000), (63_305, 1000), (5_000_000, 130)):
            scores = DenseScores(torch.empty(1, 1).expand(images, concepts))
            blocks = list(column_blocks(scores))
            assert [c for block in blocks for c in range(block.start, block.stop)] == list(
                range(concepts)
            )
            assert all(b.stop - b.start <= max(64, 12_000_000 // images) for b in blocks)

    def test_the_softmax_sums_to_one_over_blocks(self):
        P = torch.linspace(-1, 1, 35).view(5, 7)
        peak, total = softmax_parts(DenseScores(P), 10, block=3)
        expected = torch.logsumexp(10 * P, dim=1)
        torch.testing.assert_close(peak + total.log(), expected)


INPUTS = (torch.ones(4, 3), torch.ones(2, 3), torch.rand(4, 2))


def _with(index, array):
    return tuple(array if place == index else other for place, other in enumerate(INPUTS))


def _spoilt(index, value):
    array = INPUTS[index].clone()
    array[1, 1] = value
    return _with(index, array)


class TestRefused:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize(
        ("inputs", "words"),
        [
            (_spoilt(0, math.nan), "image features.*nan at image 1, column 1"),
            (_spoilt(1, math.inf), "concept features.*inf at concept 1, column 1"),
            (_spoilt(2, -math.inf), "activations.*-inf at image 1, unit 1"),
            (_with(0, torch.ones(5, 3)), "same images, found 5 and 4"),
            (_with(1, torch.ones(2, 4)), "one width, found 3 and 4"),
            (_with(1, torch.ones(0, 3)), r"expected \(concepts, columns\), found \(0, 3\)"),
            (_with(2, torch.ones(4)), r"expected \(images, units\), found \(4,\)"),
        ],
        ids=["nan", "inf", "-inf", "images", "width", "empty", "1-d"],
    )
    def test_arrays(self, name, inputs, words):
        with pytest.raises(StudyError, match=words):
            score(name, inputs)

    @pytest.mark.parametrize(
        ("name", "settings", "words"),
        [
            ("soft_wpmi", {"topk": 3}, "expected settings among top_k.*found 'topk'"),
            ("cos_similarity", {"top_k": 3}, "found 'top_k'"),
            ("soft_wpmi", {"top_k": 5}, "set top_k to at most 4"),
            ("wpmi", {"top_k": 0}, "from 1 to the number of images"),
            ("soft_wpmi", {"a": 0}, "a above 0, found 0"),
            ("soft_wpmi", {"lam": -1}, "lam of at least 0"),
            ("soft_wpmi", {"p_start": 0.5, "p_end": 0.9}, "p_end from 0 to p_start"),
            ("soft_wpmi", {"p_start": 1.5}, "p_end from 0 to p_start"),
            ("soft_wpmi", {"p_start": 1, "min_prob": 0}, "min_prob"),
            ("wpmi", {"min_prob": 0}, "min_prob"),
            ("rank_reorder", {"top_fraction": 0.1}, "set it to at least 0.25"),
            ("rank_reorder", {"top_fraction": 0}, "top_fraction above 0 to 1"),
            ("rank_reorder", {"p": 0}, "p above 0"),
            ("rank_reorder", {"scale_p": -1}, "scale_p of at least 0"),
            ("cos_similarity_cubed", {"min_norm": 0}, "min_norm above 0"),
        ],
    )
    def test_settings(self, name, settings, words):
        with pytest.raises(StudyError, match=words):
            score(name, INPUTS, **settings)

    @pytest.mark.parametrize("lam", [1, 1.5])
    def test_one_unit_that_shares_everything_with_itself(self, lam):
        with pytest.raises(StudyError, match="at least two units"):
            score("soft_wpmi", _with(2, torch.rand(4, 1)), lam=lam)

    @pytest.mark.parametrize("name", TOP_NAMES)
    @pytest.mark.parametrize(
        ("top", "settings", "words"),
        [
            (torch.tensor([[0], [4]]), {}, "expected rows 0 to 3, found 0 to 4"),
            (torch.tensor([[0], [2], [4]]), {}, "expected rows 0 to 3, found 0 to 4"),
            (torch.tensor([[0], [-1]]), {}, "found -1 to 0"),
            (torch.tensor([[0], [1]]), {"top_k": 2}, "expected 2 of each unit, found 1"),
            (torch.tensor([0, 1]), {}, r"expected \(units, top_k\)"),
        ],
    )
    def test_tops(self, name, top, settings, words):
        with pytest.raises(StudyError, match=words):
            similarity.TOP_FUNCTIONS[name](*INPUTS[:2], top, **settings)


def test_names_and_published_settings():
    assert tuple(similarity.SIMILARITY_FUNCTIONS) == NAMES
    assert {name: dict(settings) for name, settings in similarity.DEFAULTS.items()} == {
        "soft_wpmi": {
            "top_k": 100, "a": 10, "lam": 1, "min_prob": 1e-7, "p_start": 0.998, "p_end": 0.97,
        },
        "wpmi": {"top_k": 28, "a": 2, "lam": 0.6, "min_prob": 1e-7},
        "rank_reorder": {"p": 3, "top_fraction": 0.05, "scale_p": 0.5},
        "cos_similarity": {},
        "cos_similarity_cubed": {"min_norm": 1e-3},
    }  # fmt: skip
    assert set(similarity.TOP_FUNCTIONS) == similarity.NEEDS_TOP_IMAGES_ONLY == set(TOP_NAMES)
