"""Ranking the units of a layer in blocks: the same images, and never all units at once."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from study.labelling import scoring, top_images
from study.labelling.scoring import Scorer, resolved_settings
from study.labelling.stability import draw_counts, half_masks
from study.labelling.top_images import (
    Wanted,
    first_images,
    needed_images,
    ranked_images,
    top_of_resample,
    tops_of_resamples,
)

IMAGES, UNITS, TOP_K = 60, 7, 5
VALUES = np.random.default_rng(0).integers(0, 20, (IMAGES, UNITS)).astype(np.float32)
COUNTS = draw_counts(IMAGES, resamples=4, seed=0)
HALVES = half_masks(IMAGES, splits=2, seed=0)


@pytest.fixture(params=[1, 16 * IMAGES * 3])
def widths(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Let rankings take so many bytes; collects how many units are ranked at once."""
    seen: list[int] = []

    def watched(activations: top_images.Activations) -> top_images.Images:
        seen.append(activations.shape[1])
        return ranked_images(activations)

    monkeypatch.setattr(top_images, "_RANKED", request.param)
    for module in (top_images, scoring):
        monkeypatch.setattr(module, "ranked_images", watched)
    yield seen
    assert 0 < max(seen) <= 3, "all units were ranked at once"


def test_the_first_images_are_those_of_the_whole_ranking(widths: list[int]) -> None:
    assert np.array_equal(first_images(VALUES, TOP_K), ranked_images(VALUES)[:, :TOP_K])
    assert sum(widths) == UNITS


@pytest.mark.parametrize("drawn", [COUNTS, HALVES])
def test_tops_of_resamples_are_those_of_each(drawn: np.ndarray, widths: list[int]) -> None:
    ranked = ranked_images(VALUES)
    expected = [top_of_resample(ranked, count.astype(np.int64), TOP_K) for count in drawn]
    assert np.array_equal(tops_of_resamples(VALUES, drawn, TOP_K), np.stack(expected))
    assert sum(widths) == UNITS


def test_needed_images_are_those_of_the_whole_ranking(widths: list[int]) -> None:
    wanted = Wanted(TOP_K, (8,), "index", COUNTS, HALVES, None)
    ranked = ranked_images(VALUES)
    expected = set(ranked[:, :8].ravel().tolist())
    for count in (*COUNTS, *HALVES.astype(np.int64)):
        expected |= set(top_of_resample(ranked, count, TOP_K).ravel().tolist())
    assert needed_images([(VALUES, True)], wanted).tolist() == sorted(expected)
    assert sum(widths) == UNITS


def test_scores_of_a_half_are_those_of_its_images_alone(widths: list[int]) -> None:
    generator = torch.Generator().manual_seed(0)
    images, words = (torch.randn(size, 4, generator=generator) for size in (IMAGES, 9))
    settings = resolved_settings("soft_wpmi", {"top_k": TOP_K})
    scorer = Scorer("soft_wpmi", settings, images, np.arange(IMAGES), words)
    chosen = np.flatnonzero(HALVES[0])
    found = scorer.of_images(VALUES, chosen)
    tops = chosen[ranked_images(VALUES[chosen])[:, :TOP_K]]
    assert np.array_equal(found, scorer.of_top_images(tops))
    assert sum(widths) == UNITS
