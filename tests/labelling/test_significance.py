"""Labels against random images: the fast way is the definition, and noise passes at its rate."""

import math

import numpy as np
import pytest
import torch

from study.labelling.scoring import Scorer
from study.labelling.significance import p_of_units, random_sets, significant
from study.similarity import DEFAULTS


def plain_p(information, random, lam):
    """Put every random set in every unit's place, and score the layer by the definition."""
    p = []
    for unit in range(len(information)):

        def highest(row, unit=unit):
            layer = information.astype(np.float64).copy()
            layer[unit] = row
            return max(
                layer[unit, c] - lam * math.log(sum(math.exp(s) for s in layer[:, c]))
                for c in range(layer.shape[1])
            )

        own = highest(information[unit])
        reached = sum(highest(row) >= own - 1e-9 for row in random)
        p.append((reached + 1) / (len(random) + 1))
    return p


@pytest.mark.parametrize("lam", [0.0, 0.6, 1.0, 1.4])
@pytest.mark.parametrize("block", [1, 1 << 20])
def test_p_values_are_those_of_the_definition(lam, block, monkeypatch):
    monkeypatch.setattr("study.labelling.significance._BLOCK", block)
    draw = np.random.default_rng(int(10 * lam))
    information = draw.standard_normal((5, 11)).astype(np.float32) * 2
    random = draw.standard_normal((40, 11)).astype(np.float32) * 2
    p = p_of_units(information, random, lam=lam)
    assert p.tolist() == pytest.approx(plain_p(information, random, lam))
    assert 0 < p.min() < p.max() <= 1


def test_the_rule_is_benjamini_and_hochbergs():
    draw = np.random.default_rng(0)
    for _ in range(50):
        p = draw.random(12) ** 3
        ranked = sorted(p)
        cut = max((x for i, x in enumerate(ranked, 1) if x <= 0.05 * i / 12), default=-1.0)
        assert significant(p).tolist() == [x <= cut for x in p]
    assert significant(np.zeros(0)).tolist() == []


def test_random_sets_hold_each_image_once_and_every_image_of_a_small_probe():
    sets = random_sets(60, 7, seed=3)
    assert sets.shape == (1000, 7)
    assert all(len(set(row)) == 7 for row in sets.tolist())
    assert set(sets.ravel().tolist()) == set(range(60))
    assert len(np.unique(random_sets(50_000, 7, seed=3))) <= 4096
    assert random_sets(60, 7, seed=3).tolist() == sets.tolist()


def test_units_of_noise_have_no_significant_concept_more_often_than_stated():
    """Any discovery among units that respond to nothing is false: at most 5 % of the layers."""
    draw = np.random.default_rng(5)
    images, units, top_k, layers = 300, 12, 5, 120
    features = [draw.standard_normal((n, 8)).astype(np.float32) for n in (images, 30)]
    scorer = Scorer(
        "soft_wpmi",
        {**DEFAULTS["soft_wpmi"], "top_k": top_k},
        torch.from_numpy(features[0]),
        np.arange(images),
        torch.from_numpy(features[1]),
    )
    random = scorer.of_sets(random_sets(images, top_k, seed=1))
    discovered = 0
    for _ in range(layers):
        scores, lam = scorer.uncorrected(draw.standard_normal((images, units)).astype(np.float32))
        discovered += significant(p_of_units(scores, random, lam=lam)).any()
    assert discovered / layers <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / layers)
    # Units that respond to one concept are found.
    likeness = features[0] @ features[1].T
    scores, lam = scorer.uncorrected(np.ascontiguousarray(likeness[:, :units]))
    assert significant(p_of_units(scores, random, lam=lam)).mean() > 0.5
