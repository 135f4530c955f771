"""Settings of the similarity functions: defaults, limits to the last number, devices and blocks."""

import importlib.util
import math

import numpy as np
import pytest
import reference
import torch

from study import similarity
from study.errors import StudyError
from study.similarity import cosine
from study.similarity.checks import check_arrays
from study.similarity.cosine import cos_similarity_cubed
from study.similarity.evidence import soft_evidence, sure_evidence
from study.similarity.information import information, log_products, most_informed, softmax_parts
from study.similarity.scores import CosineScores, KeptScores, Workspace, column_blocks, kept

NAMES = tuple(similarity.SIMILARITY_FUNCTIONS)
TOP_NAMES = tuple(similarity.TOP_FUNCTIONS)


class Dense:
    """Scores that are simply there, and tell which concepts were asked for."""

    def __init__(self, P):
        self.P, self.device = P, P.device
        self.images, self.concepts = P.shape
        self.asked = []

    def block(self, columns, *, out):
        self.asked.append(columns.stop - columns.start)
        return out.copy_(self.P[:, columns])


def inputs(images=120, width=5, concepts=7, units=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    sizes = ((images, width), (concepts, width), (images, units))
    features, words, activations = (torch.randn(size, generator=generator) for size in sizes)
    return features + 0.5, words + 0.5, activations


def complaint(function, *given, **settings):
    with pytest.raises(StudyError) as caught:
        function(*given, **settings)
    return str(caught.value)


# --- what is left out


@pytest.mark.parametrize("name", NAMES)
def test_what_is_left_out_has_the_published_value(name):
    given = inputs()
    expected = reference.FUNCTIONS[name](*(array.tolist() for array in given))
    found = similarity.SIMILARITY_FUNCTIONS[name](*given)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", TOP_NAMES)
def test_both_ways_to_score_have_the_same_defaults(name):
    features, words, activations = inputs()
    top_k = similarity.DEFAULTS[name]["top_k"]
    top = similarity.top_images(activations, top_k)
    found = similarity.TOP_FUNCTIONS[name](features, words, top)
    whole = similarity.SIMILARITY_FUNCTIONS[name](features, words, activations)
    torch.testing.assert_close(found, whole, atol=1e-5, rtol=1e-5)
    best = similarity.best_concepts(name, features, words, top[None])
    assert best.tolist() == [whole.argmax(dim=1).tolist()]


def test_the_registry_finds_the_settings_in_the_signatures():
    spec = importlib.util.find_spec("study.similarity.registry")
    anew = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(anew)
    assert anew.DEFAULTS == similarity.DEFAULTS
    assert set(anew.DEFAULTS["soft_wpmi"]) == {
        "top_k", "a", "lam", "min_prob", "p_start", "p_end",
    }  # fmt: skip
    for functions in (anew.SIMILARITY_FUNCTIONS, anew.TOP_FUNCTIONS):
        for name, function in functions.items():
            wrapped = name if functions is anew.SIMILARITY_FUNCTIONS else f"{name}_top"
            assert function.__name__ == wrapped
            said = complaint(function, torch.ones(1), torch.ones(1), torch.ones(1), topk=3)
            assert said.startswith(f"{wrapped}: expected settings among ")
            assert said.endswith("block, found 'topk'")


def test_evidence_is_what_the_paper_states():
    soft, sure = soft_evidence(4), sure_evidence(3)
    assert soft.membership.tolist() == pytest.approx([0.998, 0.991, 0.984, 0.977], abs=1e-12)
    assert sure.membership.tolist() == [1, 1, 1]
    assert (soft.a, soft.lam, soft.min_prob) == (10, 1, 1e-7)
    assert (sure.a, sure.lam, sure.min_prob) == (2, 0.6, 1e-7)
    assert soft.membership.dtype == sure.membership.dtype == torch.float64


@pytest.mark.parametrize("setting", ["p_start", "p_end", "a", "lam", "min_prob"])
def test_every_setting_arrives(setting):
    given = inputs(images=12, concepts=3)
    options = {"top_k": 4, setting: {"lam": 0.5, "a": 3, "min_prob": 0.2}.get(setting, 0.98)}
    expected = reference.soft_wpmi(*(array.tolist() for array in given), **options)
    found = similarity.SIMILARITY_FUNCTIONS["soft_wpmi"](*given, **options)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-5, rtol=1e-5)
    plain = similarity.SIMILARITY_FUNCTIONS["soft_wpmi"](*given, top_k=4)
    assert (found - plain).abs().max() > 1e-3


@pytest.mark.parametrize("name", TOP_NAMES)
@pytest.mark.parametrize("options", [{"lam": 0}, {"lam": 2}, {"a": 60}, {"min_prob": 0.1}], ids=str)
def test_labels_of_samples_are_made_with_the_settings_given(name, options):
    features, words, activations = inputs(concepts=40, units=30)
    top = similarity.top_images(activations, 6)
    expected = similarity.TOP_FUNCTIONS[name](features, words, top, **options).argmax(dim=1)
    best = similarity.best_concepts(name, features, words, top[None], **options)
    assert best.tolist() == [expected.tolist()]
    assert best.tolist() != similarity.best_concepts(name, features, words, top[None]).tolist()


# --- the last number that is admitted

SMALL = inputs(images=4, concepts=2)


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("soft_wpmi", {"a": math.inf}, "wpmi: expected a above 0, found inf"),
        ("soft_wpmi", {"lam": math.inf}, "wpmi: expected lam of at least 0, found inf"),
        ("soft_wpmi", {"lam": -0.1}, "wpmi: expected lam of at least 0, found -0.1"),
        ("soft_wpmi", {"min_prob": 1}, "wpmi: expected min_prob to leave 1 - p + min_prob at 1e-30 "
         "or more, found 1"),
        ("soft_wpmi", {"min_prob": -1e-9}, "wpmi: expected min_prob to leave 1 - p + min_prob at "
         "1e-30 or more, found -1e-09"),
        ("wpmi", {"min_prob": 9e-31}, "wpmi: expected min_prob to leave 1 - p + min_prob at 1e-30 "
         "or more, found 9e-31"),
        ("soft_wpmi", {"p_start": 1.01}, "soft_wpmi: expected p_end from 0 to p_start = 1.01 <= 1, "
         "found 0.97"),
        ("soft_wpmi", {"p_end": -0.01}, "soft_wpmi: expected p_end from 0 to p_start = 0.998 <= 1, "
         "found -0.01"),
        ("rank_reorder", {"p": 0}, "rank_reorder: expected p above 0, found 0"),
        ("rank_reorder", {"scale_p": -0.1}, "rank_reorder: expected scale_p of at least 0, found "
         "-0.1"),
        ("rank_reorder", {"top_fraction": 1.01}, "rank_reorder: expected top_fraction above 0 to 1,"
         " found 1.01"),
        ("rank_reorder", {"top_fraction": 0.24}, "rank_reorder: expected top_fraction to leave at "
         "least one of 4 images, found 0.24: set it to at least 0.25"),
        ("cos_similarity_cubed", {"min_norm": 0}, "cos_similarity_cubed: expected min_norm above 0,"
         " found 0"),
    ],
)  # fmt: skip
def test_a_setting_just_outside_is_refused_in_one_line(name, settings, said):
    small = {"top_k": 2} if name in TOP_NAMES else {}
    function = similarity.SIMILARITY_FUNCTIONS[name]
    assert complaint(function, *SMALL, **{**small, **settings}) == said


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
        ("wpmi", {"min_prob": 1e-30}),
        ("rank_reorder", {"top_fraction": 0.25}),
        ("rank_reorder", {"top_fraction": 1}),
        ("rank_reorder", {"scale_p": 0, "top_fraction": 1}),
        ("rank_reorder", {"p": 0.5, "top_fraction": 1}),
        ("cos_similarity_cubed", {"min_norm": 1e-9}),
    ],
)
def test_a_setting_at_its_limit_is_what_plain_loops_say(name, settings):
    small = {"top_k": 2} if name in TOP_NAMES else {}
    found = similarity.SIMILARITY_FUNCTIONS[name](*SMALL, **{**small, **settings})
    expected = reference.FUNCTIONS[name](
        *(array.tolist() for array in SMALL), **{**small, **settings}
    )
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-4, rtol=1e-4)


def test_arrays_are_refused_in_one_line():
    nan = torch.ones(4, 3)
    nan[2, 1] = math.nan
    cases = {
        "image features: expected finite numbers, found nan at image 2, column 1": (nan, 1, 2),
        "concept features: expected finite numbers, found nan at concept 2, column 1": (0, nan, 2),
        "activations: expected finite numbers, found nan at image 2, unit 1": (0, 1, nan),
        "expected image and concept features of one width, found 3 and 5: "
        "they must come from the same encoder": (0, torch.ones(2, 5), 2),
        "expected features and activations of the same images, found 4 and 6": (
            0, 1, torch.ones(6, 2),
        ),
        "activations: expected (images, units), found (4, 0)": (0, 1, torch.ones(4, 0)),
        "image features: expected (images, columns), found (4,)": (torch.ones(4), 1, 2),
        "concept features: expected (concepts, columns), found (1, 2, 3)": (
            0, torch.ones(1, 2, 3), 2,
        ),
    }  # fmt: skip
    sound = (torch.ones(4, 3), torch.ones(2, 3), torch.ones(4, 2))
    for said, given in cases.items():
        arrays = [sound[x] if isinstance(x, int) else x for x in given]
        assert complaint(check_arrays, *arrays) == said


def test_of_several_broken_numbers_the_first_is_named_and_large_ones_are_none():
    broken = torch.full((3, 2), 3e38)
    check_arrays(broken, torch.ones(1, 2), torch.ones(3, 1))  # a row's sum overflows, no entry does
    broken[1, 1], broken[2, 0] = math.inf, math.nan
    said = complaint(check_arrays, broken, torch.ones(1, 2), torch.ones(3, 1))
    assert said == "image features: expected finite numbers, found inf at image 1, column 1"


def test_tops_are_refused_in_one_line():
    words = torch.ones(2, 3)
    for top, settings, said in (
        ([[0], [4]], {}, "top images: expected rows 0 to 3, found 0 to 4"),
        ([[-1], [3]], {}, "top images: expected rows 0 to 3, found -1 to 3"),
        ([[0], [1]], {"top_k": 2}, "top images: expected 2 of each unit, found 1"),
        ([[], []], {}, "top images: expected (units, top_k), found (2, 0)"),
        ([0, 1], {}, "top images: expected (units, top_k), found (2,)"),
    ):
        given = torch.tensor(top, dtype=torch.int64)
        for name in TOP_NAMES:
            function = similarity.TOP_FUNCTIONS[name]
            assert complaint(function, torch.ones(4, 3), words, given, **settings) == said
    said = complaint(similarity.best_concepts, "wpmi", words, words, torch.ones(1, 2, 1), top_k=3)
    assert said == "top images: expected 3 of each unit, found 1"


def test_a_count_of_images_is_refused_in_one_line():
    said = "expected top_k from 1 to the number of images (4), found {}: set top_k to at most 4 or "
    for k in (0, 5):
        found = complaint(similarity.top_images, torch.ones(4, 1), k)
        assert found == said.format(k) + "use more images"
    assert similarity.top_images(torch.tensor([[1.0], [2.0]]), 2).tolist() == [[1, 0]]
    assert similarity.top_images(torch.tensor([[1.0], [2.0]]), 1).tolist() == [[1]]


def test_a_lone_unit_is_refused_in_one_line():
    said = complaint(similarity.SIMILARITY_FUNCTIONS["soft_wpmi"], *inputs(units=1), lam=1)
    assert said == (
        "expected at least two units for lam = 1 (one unit shares everything with itself), found "
        "one: score the whole layer or set lam below 1"
    )


def test_factors_and_images_are_as_many():
    softmax, ranks = torch.full((2, 3), 0.5), torch.zeros(3, 2, dtype=torch.int64)
    for gains in ([1.0, 1.0], [1.0] * 4):
        with pytest.raises(ValueError, match="zip"):
            log_products(softmax, ranks, gains)


@pytest.mark.parametrize(("rms", "blind"), [(0.9e-6, True), (1.1e-6, False)])
@pytest.mark.parametrize("images", [1, 100])
def test_a_concept_is_blind_below_a_millionth_of_root_mean_square(images, rms, blind):
    features = torch.tensor([[1.0, 0.0]]).repeat(images, 1)
    words = torch.tensor([[rms, 1.0]], dtype=torch.float64)
    found = similarity.SIMILARITY_FUNCTIONS["cos_similarity"](
        features, words, torch.ones(images, 1)
    )
    assert found.item() == (0 if blind else pytest.approx(1))


# --- blocks, devices, memory


@pytest.mark.parametrize("name", [name for name in NAMES if name != "cos_similarity"])
@pytest.mark.parametrize("block", [1, 3])
def test_no_more_concepts_are_worked_on_than_asked_for(monkeypatch, name, block):
    widths = []
    mm = torch.mm

    def noting(left, right, **options):
        widths.append(right.shape[1])
        return mm(left, right, **options)

    # P is kept where it fits; here it must be made a block at a time.
    monkeypatch.setattr("study.similarity.scores._KEPT_ELEMENTS", 0)
    monkeypatch.setattr(torch, "mm", noting)
    similarity.SIMILARITY_FUNCTIONS[name](*inputs(), block=block)
    assert max(widths) == block
    if name in TOP_NAMES:
        widths.clear()
        top = similarity.top_images(inputs()[2], 5)
        similarity.TOP_FUNCTIONS[name](*inputs()[:2], top, block=block)
        similarity.best_concepts(name, *inputs()[:2], top[None], block=block)
        assert max(widths) == block


def test_scores_are_kept_up_to_100_megabytes():
    small, large = Dense(torch.rand(3, 4)), Dense(torch.empty(1, 1).expand(5001, 5000))
    assert kept(large) is large
    assert large.asked == []
    copy = kept(small)
    assert isinstance(copy, KeptScores)
    assert (copy.images, copy.concepts, copy.device) == (3, 4, small.device)
    space = torch.empty(3, 2)
    for columns in (slice(0, 2), slice(2, 4)):
        assert torch.equal(copy.block(columns, out=space), small.P[:, columns])
    assert small.asked == [4], "they were asked for once"


def test_blocks_have_the_size_that_fits_50_megabytes():
    for images, size in ((1, 512), (23_437, 512), (23_438, 511), (187_500, 64), (200_000, 64)):
        first = next(column_blocks(Dense(torch.empty(1, 1).expand(images, 600))))
        assert (first.start, first.stop) == (0, size)
    assert list(column_blocks(Dense(torch.empty(2, 5)), 3)) == [slice(0, 3), slice(3, 5)]


def test_a_workspace_is_one_piece_of_memory():
    memory = Workspace(torch.device("cpu"))
    large = memory.array(3, 4)
    assert large.shape == (3, 4)
    assert large.dtype == torch.float32
    small = memory.array(2, 5)
    assert small.shape == (2, 5)
    assert small.data_ptr() == large.data_ptr()
    assert memory.array(4, 4).numel() == 16


@pytest.mark.parametrize("images", [1, 3, 7])
def test_images_at_a_time_change_nothing(monkeypatch, images):
    given = inputs(images=40)
    whole = cos_similarity_cubed(*given)
    monkeypatch.setattr(cosine, "_IMAGES_AT_A_TIME", images)
    torch.testing.assert_close(cos_similarity_cubed(*given), whole, atol=1e-6, rtol=1e-5)


def test_units_at_a_time_change_nothing(monkeypatch):
    given = inputs(units=7)
    whole = similarity.SIMILARITY_FUNCTIONS["rank_reorder"](*given)
    for elements in (1, 100):
        monkeypatch.setattr("study.similarity.rank_reorder._STEP_ELEMENTS", elements)
        found = similarity.SIMILARITY_FUNCTIONS["rank_reorder"](*given)
        torch.testing.assert_close(found, whole, atol=1e-6, rtol=1e-5)


def test_arrays_are_made_where_the_features_lie():
    """Whatever device torch makes arrays on when none is named: here one that holds no numbers."""
    features, words, activations = inputs()
    scores = CosineScores(features, words)
    top = similarity.top_images(activations, 5)
    for evidence in (soft_evidence(5), sure_evidence(5)):
        plain = information(scores, top, evidence)
        with torch.device("meta"):
            assert Workspace(scores.device).array(2, 3).device == scores.device
            peak, total = softmax_parts(scores, 10, block=3)
            found = information(scores, top, evidence, block=3)
            best = most_informed(scores, top[None], evidence, block=3)
            cubed = cos_similarity_cubed(features, words, activations)
        assert {array.device for array in (peak, total, found, best, cubed)} == {scores.device}
        torch.testing.assert_close(found, plain, atol=1e-5, rtol=1e-5)
        assert best.tolist() == [plain.argmax(dim=1).tolist()]
        assert best.dtype == torch.int64


@pytest.mark.parametrize("block", [1, 3, 4, 8])
def test_of_equal_concepts_the_first_is_the_label_in_any_block(block):
    nothing = soft_evidence(2, p_start=0, p_end=0, lam=0)  # every concept has information 0
    top = torch.tensor([[0, 1], [2, 0]])
    best = most_informed(Dense(torch.zeros(3, 8)), top[None], nothing, block=block)
    assert best.tolist() == [[0, 0]]
