"""Architectures that a study can name: the project's own, and torchvision's."""

import difflib
import hashlib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch
import torchvision
from torch import nn
from torchvision.models.resnet import BasicBlock, ResNet

from study.errors import StudyError


def narrow_resnet18(num_classes: int) -> ResNet:
    """Build a ResNet18 of a quarter of the width, for images of 64 x 64 pixels.

    The modules keep torchvision's names (``conv1``, ``bn1``, ``layer1`` to ``layer4``,
    ``avgpool``, ``fc``) and block type. The stem is a 5 x 5 convolution of stride 2 without max
    pooling, so that a small image still has 4 x 4 positions in ``layer4``.

    Parameters
    ----------
    num_classes
        Number of outputs of ``fc``, at least 1.

    Returns
    -------
    ResNet
        Layers 1 to 4 have 16, 32, 64 and 128 units at 32 x 32, 16 x 16, 8 x 8 and 4 x 4 positions;
        0.71 million parameters; weights as torchvision initialises them (He, from torch's global
        generator).
    """
    network = ResNet(BasicBlock, [2, 2, 2, 2], num_classes=num_classes)
    network.conv1 = nn.Conv2d(3, 16, kernel_size=5, stride=2, padding=2, bias=False)
    network.bn1 = nn.BatchNorm2d(16)
    network.maxpool = nn.Identity()
    network.inplanes = 16
    network.layer1 = network._make_layer(BasicBlock, 16, blocks=2)
    network.layer2 = network._make_layer(BasicBlock, 32, blocks=2, stride=2)
    network.layer3 = network._make_layer(BasicBlock, 64, blocks=2, stride=2)
    network.layer4 = network._make_layer(BasicBlock, 128, blocks=2, stride=2)
    network.fc = nn.Linear(128, num_classes)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return network


def cifar_resnet18(num_classes: int) -> ResNet:
    """Build torchvision's ResNet18 with the stem that is usual for pictures of 32 x 32 pixels.

    ``conv1`` is a 3 x 3 convolution of stride 1, and there is no max pooling.

    Parameters
    ----------
    num_classes
        Number of outputs of ``fc``, at least 1.
    """
    network = ResNet(BasicBlock, [2, 2, 2, 2], num_classes=num_classes)
    network.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False)
    network.maxpool = nn.Identity()
    return network


ARCHITECTURES: Mapping[str, Callable[[int], nn.Module]] = MappingProxyType(
    {"narrow_resnet18": narrow_resnet18, "cifar_resnet18": cifar_resnet18}
)
"""Name in a study file to the function that builds the network for a number of classes.

Adding an architecture takes a function and an entry here.
"""


def architecture_names() -> tuple[str, ...]:
    """Return every architecture that a study may name: the project's own, then torchvision's."""
    return (*ARCHITECTURES, *torchvision.models.list_models(module=torchvision.models))


def build(
    name: str, classes: int, *, seed: int = 0, pretrained: bool = False, size: int | None = None
) -> nn.Module:
    """Build a network with the weights that torch draws after ``torch.manual_seed(seed)``.

    Parameters
    ----------
    name
        One of `architecture_names`.
    classes
        Number of outputs of the classifier.
    seed
        Start of the generator; the caller's generator is left as it was.
    pretrained
        Set the options that torchvision sets along with the weights it publishes.
    size
        Pixels of an image's side, for those that take images of one size alone; by default 224.

    Raises
    ------
    StudyError
        If there is no such architecture, with the nearest names.
    """
    check_known(name)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        if name in ARCHITECTURES:
            return ARCHITECTURES[name](classes)
        options: dict[str, Any] = {}
        if name in ("googlenet", "inception_v3"):
            # Without init_weights torchvision warns that its default, True, will change.
            options = {"init_weights": True, "transform_input": pretrained}
        if size and name.startswith("vit_"):
            options["image_size"] = size
        module: nn.Module = torchvision.models.get_model(name, num_classes=classes, **options)
    return module


def check_known(name: str) -> None:
    """Raise `StudyError` if there is no architecture of this name, with the nearest names."""
    known = architecture_names()
    if name not in known:
        raise StudyError(
            f"architecture {name!r} is unknown; the nearest are {nearest(name, known)}"
        )


def parse_seed(text: str) -> int:
    """Return the seed in the weights ``random:SEED``; `StudyError` for anything else."""
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise StudyError(f"weights: expected random:SEED, found random:{text}")
    return int(text)


def nearest(name: str, known: Sequence[str]) -> str:
    """Return the three names that are most like a misspelt one, for errors."""
    return ", ".join(difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known[:3])


def structure_digest(module: nn.Module) -> str:
    """Return a digest of what a module computes, apart from its weights.

    It covers the tree of submodules, the source of every class that is not torch's own, and their
    plain attributes and buffers. What a forward pass reads from elsewhere (a global, a closure) is
    not covered.
    """
    total = hashlib.sha256(repr(module).encode())
    for name, part in module.named_modules():
        plain = {k: v for k, v in vars(part).items() if isinstance(v, bool | int | float | str)}
        plain.pop("training", None)
        total.update(repr((name, _source(type(part)), sorted(plain.items()))).encode())
    for name, buffer in module.named_buffers():
        if not name.endswith("num_batches_tracked"):
            total.update(name.encode() + buffer.detach().cpu().contiguous().numpy().tobytes())
    return total.hexdigest()


def _source(kind: type) -> str:
    """Return the code of a class; of torch's own, and where there is no source, its name."""
    name = f"{kind.__module__}.{kind.__qualname__}"
    if kind.__module__.partition(".")[0] in ("torch", "torchvision"):
        return name
    try:
        return inspect.getsource(kind)
    except (OSError, TypeError):  # Typed into an interpreter.
        return name
