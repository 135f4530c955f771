"""Probes of the miniature's world, with the activations of networks and the encoder's features."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from study.inputs.settings import NetworkSettings
from study.inputs.study_file import read_study
from study.labelling.scoring import Scorer
from study.miniature import world
from study.pipeline import features
from study.pipeline.opening import Inputs, open_inputs
from study.pipeline.store import Store
from study.progress import Progress


@dataclass(frozen=True, slots=True)
class Arrays:
    """What labels are made from: the open study, its scorer, and each network's layers."""

    inputs: Inputs
    scorer: Scorer
    activations: Mapping[str, Mapping[str, np.ndarray]]  # network's name and layer

    @property
    def layers(self) -> tuple[str, ...]:
        return self.inputs.networks[0].dissected


def own(folder: Path, *, networks: Sequence[NetworkSettings] = ()) -> Arrays:
    """Run the miniature's networks, or others, and its encoder on its own probe."""
    return _arrays(folder, networks=networks)


def fresh(
    seed: int, folder: Path, *, images: int = 3000, networks: Sequence[NetworkSettings] = ()
) -> Arrays:
    """Draw a probe of a seed and run the miniature's networks, or others, and its encoder on it.

    What was drawn and computed is kept in `folder`, from where another call takes it.
    """
    drawn = folder / f"probe-{seed}-{images}"
    names = ("probe.zip", "truth.csv", "categories.csv", "concepts.txt")
    paths = [drawn / name for name in names]
    if not paths[-1].is_file():
        drawn.mkdir(parents=True, exist_ok=True)
        world.write_probe(*paths, seed=seed, count=images)
    probe = dict(zip(("path", "truth", "categories"), paths[:3], strict=True))
    return _arrays(folder, networks=networks, **probe)


def _arrays(folder: Path, *, networks: Sequence[NetworkSettings], **probe: Path) -> Arrays:
    study = read_study("miniature")
    shown = tuple(networks) or tuple(one for one in study.networks if one.role != "twin")
    study = replace(study, probe=replace(study.probe, **probe), networks=shown)
    inputs, store, progress = open_inputs(study), Store(folder / "store"), Progress()
    activations = features.activations(inputs, store, progress, batch=64)
    concepts = features.concept_features(inputs, store, progress)
    every = np.arange(len(inputs.probe))
    images = features.image_features(inputs, store, progress, needed=every, batch=64)
    scorer = Scorer(
        inputs.dissection.similarity,
        inputs.dissection.settings,
        torch.from_numpy(images),
        every,
        torch.from_numpy(concepts),
    )
    named = {network.slug: network.name for network in inputs.networks}
    return Arrays(inputs, scorer, {named[slug]: layers for slug, layers in activations.items()})


def parser(text: str | None, **counts: int) -> argparse.ArgumentParser:
    """Return a command's parser: the folder for drawn probes, and counts with their defaults."""
    result = argparse.ArgumentParser(description=(text or "").partition("\n")[0])
    result.add_argument("--folder", type=Path, default=Path("report/simulations"))
    for name, count in counts.items():
        result.add_argument(f"--{name}", type=int, default=count, help="default: %(default)s")
    return result


def standard_error(share: float, count: int) -> float:
    """Return the standard error of a share of so many draws."""
    return float(np.sqrt(share * (1 - share) / count))
