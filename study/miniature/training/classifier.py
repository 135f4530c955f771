"""The training of the two classifiers, and the untrained control."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from study.miniature.training.drawn_pictures import Pictures, batch_of
from study.miniature.training.loop import (
    generator,
    optimiser_for,
    rate_at,
    seeded,
    set_rate,
    stretch_of,
)
from study.miniature.training.recipes import ClassifierRecipe
from study.models.architectures import narrow_resnet18

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the pixels' channels, as torchvision's networks expect them."""

_STEP, _BETAS = 2, (0.9, 0.99)
_CALIBRATION_BATCH = 250


class ClassifierTask:
    """Trains a network to classify the objects, or the scenes, of its pictures."""

    def __init__(
        self,
        name: str,
        recipe: ClassifierRecipe,
        pictures: Pictures,
        *,
        classes: int,
        seed: int,
        identity: str,
    ) -> None:
        self.name, self.identity = name, identity
        self.module: nn.Module = build(classes, seed=seed)
        self.optimiser = optimiser_for(self.module, decay=recipe.decay, betas=_BETAS)
        self.steps = sum(recipe.lengths)
        self._recipe, self._pictures, self._seed = recipe, pictures, seed

    def step(self, number: int) -> float:
        """Take one step and return its loss."""
        recipe = self._recipe
        index, within = stretch_of(number, recipe.lengths)
        set_rate(self.optimiser, rate_at(within, recipe.lengths[index], highest=recipe.rate))
        rng = generator(self._seed, _STEP, number)
        among = min(recipe.cycles[index].pictures, len(self._pictures))
        rows = rng.choice(among, min(recipe.batch, among), replace=False)
        images = batch_of(
            self._pictures.pixels, rows, mean=MEAN, std=STD, rng=rng, shift=recipe.shift
        )
        labels = torch.from_numpy(self._pictures.label[rows])
        loss = F.cross_entropy(self.module(images), labels, label_smoothing=recipe.smoothing)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        return float(loss.detach())


def build(classes: int, *, seed: int) -> nn.Module:
    """Return an untrained network with He's initial weights drawn from `seed`."""
    with seeded(seed):
        network: nn.Module = narrow_resnet18(classes)
    network.to(memory_format=torch.channels_last)
    return network


@torch.no_grad()
def calibrate(network: nn.Module, pictures: Pictures) -> None:
    """Set the batch-norm statistics to the means over batches of `pictures`, and nothing else.

    An untrained network with statistics 0 and 1 lets its activations drift with depth; the
    control should differ from the trained networks in its weights alone.
    """
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    network.train()
    for rows in np.array_split(
        np.arange(len(pictures)), max(1, len(pictures) // _CALIBRATION_BATCH)
    ):
        network(batch_of(pictures.pixels, rows, mean=MEAN, std=STD))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    network.eval()


@torch.no_grad()
def predict(network: nn.Module, pictures: Pictures) -> np.ndarray:
    """Return the likeliest class of each picture, int64 (images,)."""
    network.eval()
    classes = [
        network(batch_of(pictures.pixels, rows, mean=MEAN, std=STD)).argmax(dim=1).numpy()
        for rows in np.array_split(
            np.arange(len(pictures)), max(1, len(pictures) // _CALIBRATION_BATCH)
        )
    ]
    return np.concatenate(classes)
