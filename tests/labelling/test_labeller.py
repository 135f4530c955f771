"""The labeller's tables: what is judged on which images, and what dead units are left."""

import json

import numpy as np
import pytest
import torch

from study.inputs.settings import MeasureSettings
from study.inputs.truth_table import TruthTable
from study.labelling.labeller import Labeller
from study.labelling.scoring import Scorer
from study.labelling.significance import random_sets
from study.labelling.stability import draw_counts, half_masks
from study.models.networks import Network
from study.progress import Progress
from study.similarity import DEFAULTS

IMAGES, UNITS, WORDS = 80, 5, tuple("abcdefgh")


@pytest.fixture(scope="module")
def labelled():
    """The tables of one layer of five units, the last of which is dead; top_k 5, and 20 beside."""
    draw = np.random.default_rng(0)
    features = [draw.standard_normal((n, 6)).astype(np.float32) for n in (IMAGES, len(WORDS))]
    scorer = Scorer(
        "soft_wpmi",
        {**DEFAULTS["soft_wpmi"], "top_k": 5},
        torch.from_numpy(features[0]),
        np.arange(IMAGES),
        torch.from_numpy(features[1]),
    )
    shown = features[0] @ features[1].T > 0.5
    truth = TruthTable(WORDS, shown, dict(zip(WORDS, WORDS, strict=True)), {})
    measures = MeasureSettings(resamples=4, splits=6, set_limit=2, sensitivity=(20,))
    labeller = Labeller(
        scorer=scorer,
        words=WORDS,
        measures=measures,
        truth=truth,
        halves=half_masks(IMAGES, splits=6, seed=0),
        counts=draw_counts(IMAGES, resamples=4, seed=0),
        random=scorer.of_sets(random_sets(IMAGES, 5, seed=0)),
    )
    activations = draw.standard_normal((IMAGES, UNITS)).astype(np.float32)
    activations[:, -1] = 0.0
    network = Network.of(torch.nn.Sequential(torch.nn.Conv2d(3, UNITS, 1)), name="N", layers=["0"])
    return activations, shown, labeller.tables(network, {"0": activations}, Progress())


def test_other_settings_are_judged_on_the_images_that_gave_their_labels(labelled):
    activations, shown, tables = labelled
    rows = tables.sensitivity.set_index("unit")
    described = tables.dissection.layer("0").descriptions
    for unit in range(UNITS - 1):
        top = np.argsort(-activations[:, unit], kind="stable")[:20]
        labels = {"precision": rows.loc[unit, "label"], "own_precision": described[unit]}
        for column, label in labels.items():
            expected = shown[top, WORDS.index(label)].mean()
            assert rows.loc[unit, column] == pytest.approx(expected)


def test_a_dead_unit_is_measured_in_nothing(labelled):
    _, _, tables = labelled
    dead = tables.labels.iloc[-1]
    assert dead["dead"] == 1
    columns = ["p_random", "significant", "stability", "reproduced", "set_size", "pearson"]
    assert dead[columns].isna().all()
    assert (dead["label"], dead["set"]) == ("", "")
    assert {half[-1] for half in tables.halves["0"]} == {""}


def test_a_confident_unit_names_the_labels_that_another_probe_may_give(labelled):
    _, _, tables = labelled
    for _, row in tables.labels[tables.labels["dead"] == 0].iterrows():
        if row["confident"]:
            words = json.loads(row["set"])
            assert len(words) == row["set_size"] <= 2
            assert words[0] == row["label"]
            assert len(words) == 1 or words[1] == row["runner_up"]
        else:
            assert row["set"] == ""
            assert row["set_size"] > 2


def test_halves_come_by_split_and_stability_is_their_agreement(labelled):
    _, _, tables = labelled
    halves = tables.halves["0"]
    assert len(halves) == 12
    for unit in range(UNITS - 1):
        same = np.mean([a[unit] == b[unit] for a, b in zip(halves[::2], halves[1::2], strict=True)])
        assert tables.labels["stability"][unit] == pytest.approx(same)


def test_a_layer_without_a_live_unit_has_its_rows_and_says_nothing(labelled):
    """Such layers occur in networks that were trained badly."""
    _, shown, _ = labelled
    draw = np.random.default_rng(1)
    features = [draw.standard_normal((n, 6)).astype(np.float32) for n in (IMAGES, len(WORDS))]
    settings = {**DEFAULTS["soft_wpmi"], "top_k": 5}
    tensors = [torch.from_numpy(values) for values in features]
    scorer = Scorer("soft_wpmi", settings, tensors[0], np.arange(IMAGES), tensors[1])
    labeller = Labeller(
        scorer=scorer,
        words=WORDS,
        measures=MeasureSettings(resamples=2, splits=6, sensitivity=(20,)),
        truth=TruthTable(WORDS, shown, dict(zip(WORDS, WORDS, strict=True)), {}),
        halves=half_masks(IMAGES, splits=6, seed=0),
        counts=draw_counts(IMAGES, resamples=2, seed=0),
        random=scorer.of_sets(random_sets(IMAGES, 5, seed=0)),
    )
    network = Network.of(torch.nn.Sequential(torch.nn.Conv2d(3, 3, 1)), name="N", layers=["0"])
    dead = {"0": np.zeros((IMAGES, 3), np.float32)}
    tables = labeller.tables(network, dead, Progress())
    assert tables.labels["dead"].tolist() == [1, 1, 1]
    assert tables.labels[["significant", "stability", "precision"]].isna().all(axis=None)
