"""The training of the two classifiers, and the untrained control."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from study.miniature.training.drawn_pictures import Pictures, batch_of
from study.miniature.training.loop import Task, seeded
from study.miniature.training.recipes import ClassifierRecipe
from study.models.architectures import narrow_resnet18

IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Mean and standard deviation of pixels by channel, as torchvision's networks expect them."""

_STREAM = 2


class ClassifierTask(Task):
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
        super().__init__(
            name,
            build(classes, seed=seed),
            [(steps, recipe.rate) for steps in recipe.lengths],
            identity=identity,
            seeds=(seed, _STREAM),
            decay=recipe.decay,
            betas=(0.9, 0.99),
        )
        self._recipe, self._pictures = recipe, pictures

    def loss(self, stretch: int, rng: np.random.Generator) -> torch.Tensor:
        """Return the cross-entropy of a batch from the pictures of this cycle."""
        recipe, pictures = self._recipe, self._pictures
        among = min(recipe.cycles[stretch].pictures, len(pictures))
        rows = rng.choice(among, min(recipe.batch, among), replace=False)
        images = batch_of(pictures.pixels, rows, IMAGENET, rng=rng, shift=recipe.shift)
        labels = torch.from_numpy(pictures.label[rows])
        return F.cross_entropy(self.module(images), labels, label_smoothing=recipe.smoothing)


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
    for batch in pictures.batches(IMAGENET):
        network(batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    network.eval()


@torch.no_grad()
def predict(network: nn.Module, pictures: Pictures) -> np.ndarray:
    """Return the likeliest class of each picture, int64 (images,)."""
    network.eval()
    return np.concatenate(
        [network(batch).argmax(dim=1).numpy() for batch in pictures.batches(IMAGENET)]
    )
