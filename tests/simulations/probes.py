"""Fresh probes of the miniature, with activations of its networks and its encoder's features."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from study.inputs.study_file import read_study
from study.inputs.truth_table import TruthTable
from study.labelling.scoring import Scorer
from study.miniature import world
from study.pipeline import features
from study.pipeline.opening import open_inputs
from study.pipeline.store import Store
from study.progress import Progress


@dataclass(frozen=True, slots=True)
class Arrays:
    """What labels are made from: the scorer, the words, the truth and each network's layers."""

    scorer: Scorer
    words: tuple[str, ...]
    truth: TruthTable
    activations: Mapping[str, Mapping[str, np.ndarray]]


def fresh(seed: int, folder: Path, *, images: int = 3000, networks: tuple = ()) -> Arrays:
    """Draw a probe of a seed and run the miniature's networks, or others, and its encoder on it.

    What was drawn and computed is kept in `folder`, from where another call takes it.
    """
    drawn = folder / f"probe-{seed}-{images}"
    names = ("probe.zip", "truth.csv", "categories.csv", "concepts.txt")
    paths = [drawn / name for name in names]
    if not paths[-1].is_file():
        drawn.mkdir(parents=True, exist_ok=True)
        world.write_probe(*paths, seed=seed, count=images)
    study = read_study("miniature")
    probe = replace(
        study.probe,
        path=paths[0],
        truth=paths[1],
        categories=paths[2],
    )
    study = replace(study, probe=probe, networks=tuple(networks) or study.networks)
    inputs, store, progress = open_inputs(study), Store(folder / "store"), Progress()
    activations = features.activations(inputs, store, progress, batch=64)
    concepts = features.concept_features(inputs, store, progress)
    every = np.arange(images)
    shown = features.image_features(inputs, store, progress, needed=every, batch=64)
    scorer = Scorer(
        inputs.dissection.similarity,
        inputs.dissection.settings,
        torch.from_numpy(shown),
        every,
        torch.from_numpy(concepts),
    )
    truth = inputs.probe.truth
    assert truth is not None
    named = {network.slug: network.name for network in inputs.networks}
    return Arrays(
        scorer,
        inputs.concepts.words,
        truth,
        {named[slug]: layers for slug, layers in activations.items()},
    )
