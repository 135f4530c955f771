"""Memory: how many bytes a run will take at most."""

import contextlib
import importlib
import sys
from collections.abc import Callable

import torch
from torch import nn

from study.inputs.batches import Transform
from study.models.activations import watched
from study.models.speed import pieces
from study.pipeline.opening import Inputs

_BASE = 500_000_000
"""Bytes that the program and torch take, where the system does not report them."""


def peak_bytes(inputs: Inputs, *, batch: int) -> int:
    """Return the bytes that a run takes: models, a batch in work, and all arrays.

    Parameters
    ----------
    inputs
        The open study.
    batch
        Images in one forward pass.
    """
    images, words = len(inputs.probe), len(inputs.concepts)
    units = [sum(network.units.values()) for network in inputs.networks]
    floats = 3 * images * sum(units) + 2 * (images + words) * inputs.encoder.width
    floats += 3 * max(units) * words
    return _used(inputs) + batch_bytes(inputs, batch) + 4 * floats


def batch_bytes(inputs: Inputs, batch: int) -> int:
    """Return the bytes of a batch: images being prepared, and a model's largest arrays.

    A layer's input and output exist at once; three batches are prepared ahead.
    """
    encoder, first = inputs.encoder, inputs.probe.image(0)

    def floats(
        module: nn.Module, forward: Callable[[torch.Tensor], object], prepare: Transform
    ) -> int:
        image = prepare(first)[None].to(next(module.parameters()))
        with torch.inference_mode():
            output = largest_output(module, lambda: forward(image))
        together = len(pieces(image.expand(batch, -1, -1, -1), module)[0])
        return together * 2 * output + batch * 4 * image.numel()

    models = [floats(net.module, net.module, net.preprocessing.apply) for net in inputs.networks]
    models.append(floats(encoder.module, encoder.encode_images, encoder.preprocessing.apply))
    return 4 * max(models)


def largest_output(module: nn.Module, forward: Callable[[], object]) -> int:
    """Return how many numbers the largest output of a module or of its submodules has."""
    largest = 0

    def look(_: str, output: object) -> None:
        nonlocal largest
        if isinstance(output, torch.Tensor):
            largest = max(largest, output.numel())

    with watched(module, [name for name, _ in module.named_modules()], look):
        forward()
    return largest


def _used(inputs: Inputs) -> int:
    """Return the bytes in use: by the program, torch and all models."""
    with contextlib.suppress(ImportError):  # Windows has no such module.
        resource = importlib.import_module("resource")
        highest: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return highest if sys.platform == "darwin" else 1024 * highest
    modules = [inputs.encoder.module, *(network.module for network in inputs.networks)]
    return _BASE + 4 * sum(p.numel() for module in modules for p in module.parameters())
