"""Resamples of the probe are scored together as they would be one by one."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from study import similarity, stability
from study.errors import StudyError
from study.pipeline.scoring import Scorer, resolved_settings
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
    given = scorer(function, **settings)
    counts = stability.draw_counts(IMAGES, resamples=13, seed=3)
    told = []
    together = given.labels_of_resamples(activations, counts, told.append)
    for labels, count in zip(together, counts, strict=True):
        drawn = np.repeat(np.arange(IMAGES), count)
        alone = similarity.SIMILARITY_FUNCTIONS[function](
            given.image_features[drawn],
            given.concept_features,
            torch.from_numpy(activations[drawn]),
            **given.settings,
        )
        assert labels.tolist() == alone.argmax(dim=1).tolist()
    assert sum(told) == len(counts)


def test_no_resample_gives_no_label(activations):
    counts = stability.draw_counts(IMAGES, resamples=0, seed=3)
    found = scorer("wpmi").labels_of_resamples(activations, counts, lambda count: None)
    assert found.shape == (0, UNITS)


def test_a_resample_reaching_an_image_without_features_is_refused(activations):
    rows = np.arange(IMAGES)
    rows[activations[:, 0].argmax()] = -1
    counts = np.ones((1, IMAGES), dtype=np.int64)
    with pytest.raises(StudyError, match="expected features of every top image"):
        scorer("wpmi", rows).labels_of_resamples(activations, counts, lambda count: None)


def test_all_images_are_scored_on_the_device_of_the_features(activations, monkeypatch):
    """A stand-in for CUDA: the device that holds no numbers."""
    given = scorer("cos_similarity")
    given = replace(
        given,
        image_features=given.image_features.to("meta"),
        concept_features=given.concept_features.to("meta"),
    )
    devices = []

    def function(*arrays):
        devices.append({array.device.type for array in arrays})
        return torch.zeros(UNITS, CONCEPTS)

    monkeypatch.setattr(similarity, "SIMILARITY_FUNCTIONS", {"cos_similarity": function})
    given.of_activations(activations)
    assert devices == [{"meta"}]


@pytest.mark.parametrize("gain", [2.0, 499.0, 1e7])
@pytest.mark.parametrize("share", [1e-9, 6.96e-5, 1e-3, 0.3, 0.5, 1.0])
def test_no_product_of_factors_overflows(gain, share):
    ranks = torch.zeros(100, 2, dtype=torch.int64)
    found = log_products(torch.full((1, 3), share), ranks, [gain] * 100)
    assert torch.allclose(found, torch.full((2, 3), 100 * math.log1p(gain * share)), atol=1e-5)
