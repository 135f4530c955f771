"""Scores of a layer: resamples together as one by one, and the best concepts of its units."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from study import similarity
from study.errors import StudyError
from study.labelling import stability
from study.labelling.scoring import Scorer, best_labels, resolved_settings
from study.similarity.information import log_products

IMAGES, UNITS, CONCEPTS, WIDTH = 60, 9, 40, 8


def scorer(function: str, rows: np.ndarray | None = None, **settings: float) -> Scorer:
    generator = torch.Generator().manual_seed(1)
    return Scorer(
        function,
        resolved_settings(function, settings),
        torch.randn(IMAGES, WIDTH, generator=generator),
        np.arange(IMAGES) if rows is None else rows,
        torch.randn(CONCEPTS, WIDTH, generator=generator),
    )


@pytest.fixture
def activations() -> np.ndarray:
    return np.random.default_rng(2).normal(size=(IMAGES, UNITS)).astype(np.float32)


@pytest.mark.parametrize("function", similarity.SIMILARITY_FUNCTIONS)
def test_resamples_together_are_labelled_as_one_by_one(function, activations):
    settings = {"top_k": 12} if function in similarity.NEEDS_TOP_IMAGES_ONLY else {}
    tried = scorer(function, **settings)
    counts = stability.draw_counts(IMAGES, resamples=13, seed=3)
    advances = []
    together = tried.labels_of_resamples(activations, counts, advances.append)
    for labels, count in zip(together, counts, strict=True):
        drawn = np.repeat(np.arange(IMAGES), count)
        alone = similarity.SIMILARITY_FUNCTIONS[function](
            tried.image_features[drawn],
            tried.concept_features,
            torch.from_numpy(activations[drawn]),
            **tried.settings,
        )
        assert labels.tolist() == alone.argmax(dim=1).tolist()
    assert sum(advances) == len(counts)
    assert tried.labels_of_resamples(activations, counts[:0], advances.append).shape == (0, UNITS)


def test_a_resample_reaching_an_image_without_features_is_refused(activations):
    rows = np.arange(IMAGES)
    rows[activations[:, 0].argmax()] = -1
    counts = np.ones((1, IMAGES), dtype=np.int64)
    with pytest.raises(StudyError, match="expected features of every top image"):
        scorer("wpmi", rows).labels_of_resamples(activations, counts, lambda count: None)


def test_all_images_are_scored_on_the_device_of_the_features(activations, monkeypatch):
    """A stand-in for CUDA: the device that holds no numbers."""
    tried = scorer("cos_similarity")
    images, concepts = tried.image_features.to("meta"), tried.concept_features.to("meta")
    tried = replace(tried, image_features=images, concept_features=concepts)
    devices = []

    def function(*arrays):
        devices.append({array.device.type for array in arrays})
        return torch.zeros(UNITS, CONCEPTS)

    monkeypatch.setattr(similarity, "SIMILARITY_FUNCTIONS", {"cos_similarity": function})
    tried.of_activations(activations)
    assert devices == [{"meta"}]


@pytest.mark.parametrize("gain", [2.0, 499.0, 1e7])
@pytest.mark.parametrize("share", [1e-9, 6.96e-5, 1e-3, 0.3, 0.5, 1.0])
def test_no_product_of_factors_overflows(gain, share):
    ranks = torch.zeros(100, 2, dtype=torch.int64)
    products = log_products(torch.full((1, 3), share), ranks, [gain] * 100)
    assert torch.allclose(products, torch.full((2, 3), 100 * math.log1p(gain * share)), atol=1e-5)


@given(st.data())
def test_best_and_runner_up_are_what_a_loop_over_concepts_finds(data):
    units, concepts = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 6))
    row = st.lists(st.integers(-3, 3), min_size=concepts, max_size=concepts)
    scores = np.array(data.draw(st.lists(row, min_size=units, max_size=units)), dtype=np.float32)
    words = [f"w{n}" for n in range(concepts)]
    best = best_labels(scores, words)
    for u, values in enumerate(scores.tolist()):
        ranked = sorted(range(concepts), key=lambda c: (-values[c], c))
        assert (best.indices[u], best.descriptions[u]) == (ranked[0], words[ranked[0]])
        assert best.similarities[u] == values[ranked[0]]
        if concepts == 1:
            assert (best.runner_up[u], str(best.margins[u])) == ("", "nan")
        else:
            assert best.runner_up[u] == words[ranked[1]]
            assert best.margins[u] == values[ranked[0]] - values[ranked[1]] >= 0


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        pytest.param(np.zeros((2, 3)), r"\(units, 2\), found \(2, 3\)", id="concepts"),
        pytest.param(np.zeros(2), "found", id="one axis"),
        pytest.param(np.zeros((0, 2)), "found", id="no unit"),
        pytest.param(np.array([[0, 1], [np.nan, 1]]), "unit 1", id="NaN"),
        pytest.param(np.array([[0, np.inf], [0, 1]]), "unit 0", id="infinite"),
    ],
)
def test_labels_need_finite_scores_of_the_right_shape(scores, words):
    with pytest.raises(StudyError, match=words):
        best_labels(scores, ["a", "b"])
