"""The similarity functions equal the reference and the published code, and obey these laws."""

import math

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from study import similarity
from study.errors import StudyError
from study.similarity.arguments import check_arrays
from study.similarity.cosine import cos_similarity_cubed
from study.similarity.information import (
    information,
    log_products,
    most_informed,
    scores_of_top,
    softmax_parts,
)
from study.similarity.rank_reorder import chance_error
from study.similarity.scores import (
    CachedScores,
    CosineScores,
    Workspace,
    cached,
    column_blocks,
    top_images,
    unit_rows,
)
from tests import reference
from tests.strategies import fewer, generic_inputs, planted_inputs, scoring_inputs

FUNCTIONS = similarity.SIMILARITY_FUNCTIONS
NAMES = ("soft_wpmi", "wpmi", "rank_reorder", "cos_similarity", "cos_similarity_cubed")
TOP_NAMES = ("soft_wpmi", "wpmi")
SMALL = {name: {} for name in NAMES} | {name: {"top_k": 3} for name in TOP_NAMES}
SMALL["rank_reorder"] = {"top_fraction": 0.5}
WEIGHTS = {
    "soft_wpmi": {"a": 10, "lam": 1, "min_prob": 1e-7, "p_start": 0.998, "p_end": 0.97},
    "wpmi": {"a": 2, "lam": 0.6, "min_prob": 1e-7},
}
"""The published settings of the sum over top images."""


def score(name, inputs, **settings):
    return FUNCTIONS[name](*inputs, **{**SMALL[name], **settings})


def slow(name, inputs, **settings):
    return reference.FUNCTIONS[name](*(array.tolist() for array in inputs), **settings)


def close(actual, expected, *, atol=1e-4, rtol=1e-5):
    expected = torch.as_tensor(expected, dtype=torch.float32)
    torch.testing.assert_close(actual, expected, atol=atol, rtol=rtol)


def within_spread(actual, expected, *, tolerance):
    """Every number within a share of the expected numbers' spread, every label equal."""
    assert actual.shape == expected.shape
    assert np.abs(actual - expected).max() <= tolerance * (expected.max() - expected.min())
    assert (actual.argmax(axis=1) == expected.argmax(axis=1)).all()


def random_inputs(images=120, width=5, concepts=7, units=3):
    generator = torch.Generator().manual_seed(0)
    sizes = ((images, width), (concepts, width), (images, units))
    features, words, activations = (torch.randn(size, generator=generator) for size in sizes)
    return features + 0.5, words + 0.5, activations


class DenseScores:
    """Scores given as an array, for laws about P itself; notes how many concepts were asked for."""

    def __init__(self, P):
        self.P, self.device = P, P.device
        self.images, self.concepts = P.shape
        self.widths = []

    def block(self, columns, *, out):
        self.widths.append(columns.stop - columns.start)
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
        actual = FUNCTIONS[name](*inputs).numpy()
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
    def test_information_equals_the_reference(self, name, inputs, data):
        options = {
            "top_k": data.draw(st.integers(1, len(inputs[2]))),
            "a": data.draw(st.sampled_from([0.5, 2, 10, 100])),
            "lam": data.draw(st.sampled_from([0, 0.6, 1, 2])),
            "min_prob": data.draw(st.sampled_from([1e-7, 1e-3])),
        }
        actual = FUNCTIONS[name](*inputs, **options)
        close(actual, slow(name, inputs, **options), atol=1e-4 * max(1, options["a"] / 10))

    @given(inputs=scoring_inputs())
    @fewer(15)
    def test_many_factors_overflow_nothing(self, inputs):
        images = torch.arange(len(inputs[0])).repeat(12)
        inputs = (inputs[0][images], inputs[1], inputs[2][images])
        options = {"top_k": len(images), "a": 40, "p_start": 1, "p_end": 1, "min_prob": 1e-9}
        actual = FUNCTIONS["soft_wpmi"](*inputs, **options)
        close(actual, slow("soft_wpmi", inputs, **options), atol=2e-2, rtol=1e-4)

    @pytest.mark.parametrize("name", ["cos_similarity", "cos_similarity_cubed"])
    @given(inputs=scoring_inputs(least_units=1))
    def test_cosines_equal_the_reference(self, name, inputs):
        close(score(name, inputs), slow(name, inputs))

    @given(inputs=generic_inputs(), fraction=st.sampled_from([0.3, 0.7, 1]),
           p=st.sampled_from([1, 2, 3]), scale_p=st.sampled_from([0, 0.5, 1]))  # fmt: skip
    def test_rank_reorder_equals_the_reference(self, inputs, fraction, p, scale_p):
        P = np.sort(reference.cosines(inputs[0].tolist(), inputs[1].tolist()), axis=0)
        assume(np.diff(P, axis=0).min() > 1e-6)
        options = {"top_fraction": fraction, "p": p, "scale_p": scale_p}
        actual = score("rank_reorder", inputs, **options)
        # A mean score near zero makes any error of it large.
        close(actual, slow("rank_reorder", inputs, **options), rtol=1e-2 if scale_p else 1e-5)

    @given(inputs=scoring_inputs(), data=st.data())
    def test_top_images_are_the_strongest_first_and_ties_go_by_index(self, inputs, data):
        k = data.draw(st.integers(1, len(inputs[2])))
        top = top_images(inputs[2], k)
        assert top.dtype == torch.int64
        assert top.tolist() == [
            reference.top_images(inputs[2], unit, k) for unit in range(inputs[2].shape[1])
        ]


def score_without_chance(name, inputs):
    """Scores; those of rank_reorder times the errors of its shuffles, which differ by unit."""
    if name != "rank_reorder":
        return score(name, inputs)
    top = top_images(inputs[2], int(len(inputs[2]) * 0.5))
    chance = chance_error(inputs[2].T.gather(1, top), 3)
    assume(bool((chance > 1e-3).all()))
    return score(name, inputs) * chance[:, None]


class TestSymmetry:
    @pytest.mark.parametrize("name", NAMES)
    @given(inputs=generic_inputs(), data=st.data())
    def test_permuting_units_permutes_rows(self, name, inputs, data):
        order = data.draw(st.permutations(range(inputs[2].shape[1])))
        permuted = (inputs[0], inputs[1], inputs[2][:, order])
        actual, expected = (score_without_chance(name, given) for given in (permuted, inputs))
        close(actual, expected[order], rtol=1e-4 if name == "rank_reorder" else 1e-5)

    @pytest.mark.parametrize("name", NAMES)
    @given(inputs=generic_inputs(), data=st.data())
    def test_permuting_concepts_permutes_columns_and_permuting_images_changes_nothing(
        self, name, inputs, data
    ):
        images, concepts = (data.draw(st.permutations(range(len(array)))) for array in inputs[:2])
        permuted = (inputs[0][images], inputs[1][concepts], inputs[2][images])
        close(score(name, permuted), score(name, inputs)[:, concepts])


class TestInvariance:
    @pytest.mark.parametrize("name", TOP_NAMES)
    @pytest.mark.parametrize("increasing", [torch.exp, lambda x: x**3, lambda x: 5 * x - 9])
    @given(inputs=generic_inputs())
    def test_only_the_order_of_activations_counts(self, name, increasing, inputs):
        mapped = increasing(inputs[2].double())
        assert torch.equal(score(name, (*inputs[:2], mapped)), score(name, inputs))

    @pytest.mark.parametrize("name", TOP_NAMES)
    @given(inputs=generic_inputs(), data=st.data())
    def test_a_constant_added_to_all_scores_of_an_image_changes_nothing(self, name, inputs, data):
        P = unit_rows(inputs[0]) @ unit_rows(inputs[1]).T
        shifts = [data.draw(st.floats(-5, 5)) for _ in P]
        top = top_images(inputs[2], 3)
        plain = information(DenseScores(P), top, **WEIGHTS[name])
        shifted = P + torch.tensor(shifts)[:, None]
        close(information(DenseScores(shifted), top, **WEIGHTS[name]), plain)

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
        top = top_images(inputs[2], 3)
        others = torch.full_like(inputs[0], math.nan)
        others[top.flatten()] = inputs[0][top.flatten()]
        subset = information(*scores_of_top(others, inputs[1], top), **WEIGHTS[name])
        assert torch.equal(subset, score(name, inputs))

    @pytest.mark.parametrize("name", TOP_NAMES)
    @given(inputs=generic_inputs(), samples=st.integers(1, 3), block=st.integers(1, 10))
    def test_labels_of_samples_are_those_of_each_sample(self, name, inputs, samples, block):
        generator = torch.Generator().manual_seed(samples)
        shape = (samples, inputs[2].shape[1], 2)
        tops = torch.randint(len(inputs[0]), shape, generator=generator)
        scores, renumbered = scores_of_top(*inputs[:2], tops)
        best = most_informed(scores, renumbered, **WEIGHTS[name], block=block)
        assert best.dtype == torch.int64
        for sample, top in zip(best, tops, strict=True):
            alone = information(*scores_of_top(*inputs[:2], top), **WEIGHTS[name])
            close(alone.gather(1, sample[:, None])[:, 0], alone.max(dim=1).values)


class TestPlanted:
    @pytest.mark.parametrize("name", NAMES)
    @given(planted=planted_inputs())
    def test_the_concept_of_a_units_top_images_is_its_label(self, name, planted):
        *inputs, truth = planted
        settings = {key: {"top_k": 12, "top_fraction": 0.05}[key] for key in SMALL[name]}
        assert score(name, inputs, **settings).argmax(dim=1).tolist() == truth


class TestNonLaws:
    def test_leaving_a_sibling_out_may_change_a_label(self):
        # Units 0 and 1 share their top image, which shows concept 0 most. Unit 2, which also
        # likes concept 0, makes that concept common: without it, unit 0 keeps concept 0.
        P = torch.tensor([[0.9, 0.8, 0.1], [0.2, 0.1, 0.9], [0.95, 0.1, 0.1]])
        top = torch.tensor([[0], [1], [2]])
        weights = WEIGHTS["soft_wpmi"]
        labels = information(DenseScores(P), top, **weights).argmax(dim=1)
        without = information(DenseScores(P), top[:2], **weights).argmax(dim=1)
        assert labels.tolist() == [1, 2, 0]
        assert without.tolist() == [0, 2]

    def test_an_increasing_map_may_change_labels_of_the_cosine(self):
        images, words, activations = torch.eye(2), torch.tensor([[1.0, 0], [1, 1]]), [[1.0], [0.9]]
        for power, label in ((1, 1), (30, 0)):
            scores = score("cos_similarity", (images, words, torch.tensor(activations) ** power))
            assert scores.argmax(dim=1).tolist() == [label]


class TestDegenerate:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("concepts", [1, 7])
    def test_a_dead_unit_and_a_single_concept_have_finite_scores(self, name, concepts):
        inputs = random_inputs(images=8, concepts=concepts)
        for value in (0.0, -1.5):
            inputs[2][:, 0] = value
            scores = score(name, inputs)
            assert scores.shape == (3, concepts)
            assert torch.isfinite(scores).all()

    def test_a_dead_unit_gets_the_first_images_and_minus_zero_ties_with_zero(self):
        assert top_images(torch.zeros(5, 1), 3).tolist() == [[0, 1, 2]]
        assert top_images(torch.tensor([[-0.0], [0.0], [-0.0]]), 2).tolist() == [[0, 1]]

    def test_a_silent_unit_has_cosine_zero_and_a_flat_top_is_as_good_as_chance(self):
        inputs = (torch.eye(3), torch.eye(3), torch.zeros(3, 1))
        assert score("cos_similarity", inputs).tolist() == [[0, 0, 0]]
        inputs = (torch.ones(4, 2), torch.ones(1, 2), torch.ones(4, 1))
        assert score("rank_reorder", inputs).tolist() == [[-1]]

    def test_equal_scores_are_ranked_by_activation_weakest_first(self):
        # All three images score alike: ranks 0, 1, 2 go to the strongest, second and weakest, so
        # w is v reversed: (27 + 0 + 27)/3 for v = 5, 3.5, 2 of steps 1.5.
        inputs = (torch.ones(3, 2), torch.ones(1, 2), torch.tensor([[2.0], [5.0], [3.5]]))
        chance = chance_error(torch.tensor([[5.0, 3.5, 2.0]]), 3)
        close(score("rank_reorder", inputs, top_fraction=1)[0], -18 / chance)

    def test_shuffles_come_from_the_generator(self):
        inputs = random_inputs(images=40)
        own = score("rank_reorder", inputs, generator=torch.Generator().manual_seed(0))
        other = score("rank_reorder", inputs, generator=torch.Generator().manual_seed(7))
        assert torch.equal(own, score("rank_reorder", inputs))
        assert not torch.equal(own, other)

    @pytest.mark.parametrize("name", NAMES)
    def test_nothing_given_is_changed_and_no_seed_is_touched(self, name):
        inputs = random_inputs(images=8)
        copies, state = [array.clone() for array in inputs], torch.get_rng_state()
        assert score(name, inputs).dtype == torch.float32
        assert all(map(torch.equal, inputs, copies))
        assert torch.equal(torch.get_rng_state(), state)

    def test_one_unit_is_scored_where_lam_is_below_one(self):
        inputs = (torch.eye(3), torch.eye(3), torch.tensor([[3.0], [1.0], [2.0]]))
        assert score("soft_wpmi", inputs, top_k=1, lam=0.9).argmax(dim=1).tolist() == [0]

    def test_sharp_softmaxes_neither_overflow_nor_vanish(self):
        inputs = (torch.eye(3), -torch.eye(3), torch.rand(3, 2))
        assert torch.isfinite(score("soft_wpmi", inputs, top_k=2, a=1e6)).all()

    def test_the_softmax_sums_to_one_over_blocks(self):
        P = torch.linspace(-1, 1, 35).view(5, 7)
        peak, total = softmax_parts(DenseScores(P), 10, block=3)
        close(peak + total.log(), torch.logsumexp(10 * P, dim=1))


class TestSettings:
    @pytest.mark.parametrize("name", NAMES)
    def test_what_is_left_out_has_the_published_value(self, name):
        inputs = random_inputs()
        close(FUNCTIONS[name](*inputs), slow(name, inputs))

    @pytest.mark.parametrize(
        "setting", [{"p_start": 0.98}, {"p_end": 0.98}, {"a": 3}, {"lam": 0.5}, {"min_prob": 0.2}]
    )
    def test_every_setting_arrives(self, setting):
        inputs = random_inputs(images=12, concepts=3)
        actual = score("soft_wpmi", inputs, **setting)
        close(actual, slow("soft_wpmi", inputs, top_k=3, **setting))
        assert (actual - score("soft_wpmi", inputs)).abs().max() > 1e-3

    @pytest.mark.parametrize("name", TOP_NAMES)
    @pytest.mark.parametrize("setting", [{"lam": 0}, {"lam": 2}, {"a": 60}, {"min_prob": 0.1}])
    def test_labels_of_samples_are_made_with_the_settings_given(self, name, setting):
        inputs = random_inputs(concepts=40, units=30)
        scores, top = scores_of_top(*inputs[:2], top_images(inputs[2], 6))
        expected = information(scores, top, **{**WEIGHTS[name], **setting}).argmax(dim=1)
        best = most_informed(scores, top[None], **{**WEIGHTS[name], **setting})
        assert best.tolist() == [expected.tolist()]
        assert best.tolist() != most_informed(scores, top[None], **WEIGHTS[name]).tolist()

    @pytest.mark.parametrize(
        ("name", "settings"),
        [
            ("soft_wpmi", {"lam": 0}),
            ("soft_wpmi", {"min_prob": 0}),
            ("soft_wpmi", {"min_prob": 0.99}),
            ("soft_wpmi", {"p_end": 0}),
            ("soft_wpmi", {"p_start": 1, "p_end": 1, "min_prob": 1e-3}),
            ("soft_wpmi", {"p_start": 0, "p_end": 0}),
            ("soft_wpmi", {"a": 0.01}),
            # Here the membership needs double precision.
            ("soft_wpmi", {"p_start": 1 - 1e-6, "p_end": 0.9, "min_prob": 0, "lam": 0, "a": 200}),
            ("wpmi", {"min_prob": 1e-30}),
            ("rank_reorder", {"top_fraction": 0.25}),
            ("rank_reorder", {"scale_p": 0, "top_fraction": 1}),
            ("rank_reorder", {"p": 0.5, "top_fraction": 1}),
            ("cos_similarity_cubed", {"min_norm": 1e-9}),
        ],
    )
    def test_a_setting_at_its_limit_is_that_of_the_reference(self, name, settings):
        inputs, settings = random_inputs(images=4, concepts=2), {**SMALL[name], **settings}
        actual = FUNCTIONS[name](*inputs, **settings)
        np.testing.assert_allclose(actual, slow(name, inputs, **settings), atol=1e-4, rtol=1e-4)

    @pytest.mark.parametrize(("rms", "blind"), [(0.9e-6, True), (1.1e-6, False)])
    @pytest.mark.parametrize("images", [1, 100])
    def test_a_concept_is_blind_below_a_millionth_of_root_mean_square(self, images, rms, blind):
        features = torch.tensor([[1.0, 0.0]]).repeat(images, 1)
        words = torch.tensor([[rms, 1.0]], dtype=torch.float64)
        actual = score("cos_similarity", (features, words, torch.ones(images, 1)))
        assert actual.item() == (0 if blind else pytest.approx(1))

    def test_names_and_published_settings(self):
        assert tuple(FUNCTIONS) == NAMES
        assert len(FUNCTIONS) == len(NAMES)
        assert {name: dict(settings) for name, settings in similarity.DEFAULTS.items()} == {
            "soft_wpmi": {"top_k": 100, **WEIGHTS["soft_wpmi"]},
            "wpmi": {"top_k": 28, **WEIGHTS["wpmi"]},
            "rank_reorder": {"p": 3, "top_fraction": 0.05, "scale_p": 0.5},
            "cos_similarity": {},
            "cos_similarity_cubed": {"min_norm": 1e-3},
        }
        assert set(TOP_NAMES) == similarity.NEEDS_TOP_IMAGES_ONLY
        for name, function in FUNCTIONS.items():
            assert function.__name__ == name
        with pytest.raises(KeyError):
            FUNCTIONS["os"]


class TestBlocks:
    @pytest.mark.parametrize("name", [name for name in NAMES if name != "cos_similarity"])
    @pytest.mark.parametrize("block", [1, 3])
    def test_no_more_concepts_are_worked_on_than_asked_for(self, monkeypatch, name, block):
        widths = []
        mm = torch.mm

        def noting(left, right, **options):
            widths.append(right.shape[1])
            return mm(left, right, **options)

        # P is kept where it fits; here it must be made a block at a time.
        monkeypatch.setattr("study.similarity.scores._IN_MEMORY", 0)
        monkeypatch.setattr(torch, "mm", noting)
        inputs = random_inputs()
        FUNCTIONS[name](*inputs, block=block)
        assert max(widths) == block
        if name in TOP_NAMES:
            widths.clear()
            scores, top = scores_of_top(*inputs[:2], top_images(inputs[2], 5))
            most_informed(scores, top[None], **WEIGHTS[name], block=block)
            assert max(widths) == block

    def test_scores_are_kept_up_to_100_megabytes(self):
        small, large = map(DenseScores, (torch.rand(3, 4), torch.empty(1, 1).expand(5001, 5000)))
        assert cached(large) is large
        assert large.widths == []
        copy = cached(small)
        assert isinstance(copy, CachedScores)
        assert (copy.images, copy.concepts, copy.device) == (3, 4, small.device)
        space = torch.empty(3, 2)
        for columns in (slice(0, 2), slice(2, 4)):
            assert torch.equal(copy.block(columns, out=space), small.P[:, columns])
        assert small.widths == [4], "they were asked for once"

    def test_blocks_cover_each_concept_once_and_fit_50_megabytes(self):
        for images, concepts in ((1, 1), (1000, 20_000), (63_305, 1000), (5_000_000, 130)):
            blocks = list(column_blocks(DenseScores(torch.empty(1, 1).expand(images, concepts))))
            assert [c for b in blocks for c in range(b.start, b.stop)] == list(range(concepts))
            largest = max(b.stop - b.start for b in blocks)
            assert largest == min(concepts, max(64, min(512, 12_000_000 // images)))
        assert list(column_blocks(DenseScores(torch.empty(2, 5)), 3)) == [slice(0, 3), slice(3, 5)]

    def test_a_workspace_is_one_piece_of_memory(self):
        memory = Workspace(torch.device("cpu"))
        large, small = memory.array(3, 4), memory.array(2, 5)
        assert (large.shape, small.shape, large.dtype) == ((3, 4), (2, 5), torch.float32)
        assert small.data_ptr() == large.data_ptr()
        assert memory.array(4, 4).numel() == 16

    @pytest.mark.parametrize(
        ("name", "limit", "size"),
        [
            ("cos_similarity_cubed", "cosine._IMAGES_AT_A_TIME", 7),
            ("rank_reorder", "rank_reorder._STEP_ELEMENTS", 1),
            ("rank_reorder", "rank_reorder._STEP_ELEMENTS", 100),
        ],
    )
    def test_images_and_units_at_a_time_change_nothing(self, monkeypatch, name, limit, size):
        inputs = random_inputs(units=7)
        function = FUNCTIONS[name]
        whole = function(*inputs)
        monkeypatch.setattr(f"study.similarity.{limit}", size)
        close(function(*inputs), whole, atol=1e-6)

    def test_arrays_are_made_where_the_features_lie(self):
        """Whatever device torch makes arrays on if none is named: here one without numbers."""
        inputs = random_inputs()
        scores, top = CosineScores(*inputs[:2]), top_images(inputs[2], 5)
        for weights in WEIGHTS.values():
            plain = information(scores, top, **weights)
            with torch.device("meta"):
                assert Workspace(scores.device).array(2, 3).device == scores.device
                peak, total = softmax_parts(scores, 10, block=3)
                actual = information(scores, top, **weights, block=3)
                best = most_informed(scores, top[None], **weights, block=3)
                cubed = cos_similarity_cubed(*inputs)
            assert {a.device for a in (peak, total, actual, best, cubed)} == {scores.device}
            close(actual, plain, atol=1e-5)
            assert best.tolist() == [plain.argmax(dim=1).tolist()]

    @pytest.mark.parametrize("block", [1, 3, 4, 8])
    def test_of_equal_concepts_the_first_is_the_label_in_any_block(self, block):
        nothing = {"a": 10, "lam": 0, "min_prob": 1e-7, "p_start": 0, "p_end": 0}
        top = torch.tensor([[0, 1], [2, 0]])
        best = most_informed(DenseScores(torch.zeros(3, 8)), top[None], **nothing, block=block)
        assert best.tolist() == [[0, 0]]


INPUTS = (torch.ones(4, 3), torch.ones(2, 3), torch.rand(4, 2))


def _with(index, array):
    return tuple(array if axis == index else other for axis, other in enumerate(INPUTS))


def _spoilt(index, value):
    array = INPUTS[index].clone()
    array[1, 1] = value
    return _with(index, array)


def refused(words, function, *arrays, **settings):
    with pytest.raises(StudyError, match=f"^{words}$") as caught:
        function(*arrays, **settings)
    assert "\n" not in str(caught.value)


class TestRefused:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize(
        ("inputs", "words"),
        [
            (_spoilt(0, math.nan), "image features: .*finite.* nan at image 1, column 1"),
            (_spoilt(1, math.inf), "concept features: .*finite.* inf at concept 1, column 1"),
            (_spoilt(2, -math.inf), "activations: .*finite.* -inf at image 1, unit 1"),
            (_with(0, torch.ones(5, 3)), ".*same images, found 5 and 4"),
            (_with(1, torch.ones(2, 4)), ".*one width, found 3 and 4: .*the same encoder"),
            (_with(1, torch.ones(0, 3)), r"concept features: .*\(concepts, col.*found \(0, 3\)"),
            (_with(0, torch.ones(4)), r"image features: .*\(images, columns\), found \(4,\)"),
            (_with(2, torch.ones(4)), r"activations: .*\(images, units\), found \(4,\)"),
        ],
        ids=["nan", "inf", "-inf", "images", "width", "empty", "features 1-d", "1-d"],
    )
    def test_arrays(self, name, inputs, words):
        refused(words, FUNCTIONS[name], *inputs, **SMALL[name])

    def test_the_first_of_several_broken_numbers_is_named_and_large_ones_are_sound(self):
        broken = torch.full((3, 2), 3e38)
        check_arrays(broken, torch.ones(1, 2), torch.ones(3, 1))  # a row's sum overflows alone
        broken[1, 1], broken[2, 0] = math.inf, math.nan
        words = "image features: .* inf at image 1, column 1"
        refused(words, check_arrays, broken, torch.ones(1, 2), torch.ones(3, 1))

    @pytest.mark.parametrize(
        ("name", "settings", "words"),
        [
            ("soft_wpmi", {"topk": 3}, "soft_wpmi: .*settings among top_k, .*block, found 'topk'"),
            ("cos_similarity", {"top_k": 3}, "cos_similarity: .*found 'top_k'"),
            ("soft_wpmi", {"top_k": 5}, r".*from 1 .*\(4\), found 5: set top_k to at most 4 .*"),
            ("wpmi", {"top_k": 0}, r".*from 1 .*\(4\), found 0: set top_k to at most 4 .*"),
            ("soft_wpmi", {"a": 0}, "soft_wpmi: expected a .or scale. above 0, found 0"),
            ("soft_wpmi", {"a": math.inf}, "soft_wpmi: expected a .or scale. above 0, found inf"),
            ("soft_wpmi", {"lam": -0.1}, "soft_wpmi: expected lam of at least 0, found -0.1"),
            ("soft_wpmi", {"lam": math.inf}, "soft_wpmi: expected lam of at least 0, found inf"),
            ("soft_wpmi", {"p_start": 0.5}, "soft_wpmi: .*p_end from 0 to p_start = 0.5 .*0.97"),
            ("soft_wpmi", {"p_start": 1.01}, "soft_wpmi: .*p_start = 1.01 <= 1, found 0.97"),
            ("soft_wpmi", {"p_end": -0.01}, "soft_wpmi: .*p_start = 0.998 <= 1, found -0.01"),
            (
                "soft_wpmi",
                {"p_start": 1, "min_prob": 0},
                "soft_wpmi: .* min_prob .*, found 0",
            ),
            (
                "soft_wpmi",
                {"min_prob": 1},
                r"soft_wpmi: .*1 - p \+ min_prob at 1e-30 .*, found 1",
            ),
            ("soft_wpmi", {"min_prob": -1e-9}, "soft_wpmi: expected min_prob .*, found -1e-09"),
            ("wpmi", {"min_prob": 9e-31}, "wpmi: expected min_prob .*, found 9e-31"),
            ("rank_reorder", {"top_fraction": 0.24}, "rank_reorder: .*0.24: .* at least 0.25"),
            ("rank_reorder", {"top_fraction": 0}, "rank_reorder: .*top_fraction above 0 .* 0"),
            ("rank_reorder", {"top_fraction": 1.01}, "rank_.*: .*top_fraction .* to 1, .*1.01"),
            ("rank_reorder", {"p": 0}, "rank_reorder: expected p above 0, found 0"),
            ("rank_reorder", {"scale_p": -0.1}, "rank_reorder: .*scale_p of at least 0, .*-0.1"),
            ("cos_similarity_cubed", {"min_norm": 0}, "cos.*_cubed: .*min_norm above 0, found 0"),
        ],
    )
    def test_settings(self, name, settings, words):
        function = FUNCTIONS[name]
        refused(words, function, *INPUTS, **{**SMALL[name], **settings})

    @pytest.mark.parametrize("lam", [1, 1.5])
    def test_one_unit_that_shares_everything_with_itself(self, lam):
        function = FUNCTIONS["soft_wpmi"]
        words = f"expected at least two units for lam = {lam} .*found one: .*set lam below 1"
        refused(words, function, *_with(2, torch.rand(4, 1)), top_k=2, lam=lam)

    @pytest.mark.parametrize(
        ("top", "words"),
        [
            ([[0], [2], [4]], "top images: expected rows 0 to 3, found 0 to 4"),
            ([[-1], [3]], "top images: expected rows 0 to 3, found -1 to 3"),
            ([[], []], r"top images: expected \(units, top_k\), found \(2, 0\)"),
            ([0, 1], r"top images: expected \(units, top_k\), found \(2,\)"),
        ],
    )
    def test_tops(self, top, words):
        refused(words, scores_of_top, *INPUTS[:2], torch.tensor(top, dtype=torch.int64))

    @pytest.mark.parametrize("count", [2, 4])
    def test_factors_and_images_that_are_not_as_many(self, count):
        softmax, ranks = torch.full((2, 3), 0.5), torch.zeros(3, 2, dtype=torch.int64)
        with pytest.raises(ValueError, match="zip"):
            log_products(softmax, ranks, [1.0] * count)
