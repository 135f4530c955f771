"""Speed: a network folded, laid out and fed so that it runs faster, with the same outputs."""

import copy
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from study.inputs.settings import PRECISIONS

DTYPES: Mapping[str, torch.dtype] = MappingProxyType(
    {precision: getattr(torch, precision) for precision in PRECISIONS}
)
"""Precision to torch's type of that name."""
_PIXELS = 12 * 224 * 224
"""Pixels of a piece: measured to be faster than larger ones for a ResNet18 and a ViT-B/16."""


def optimise(
    module: nn.Module,
    layers: Sequence[str],
    *,
    device: torch.device | str = "cpu",
    precision: str = "float32",
    fold: bool = True,
) -> nn.Module:
    """Return a copy of a network that runs faster; the outputs of its layers stay the same.

    Batch norms are folded into the convolutions before them, memory is laid out channels last,
    and the copy is moved to its device and precision.

    Parameters
    ----------
    module
        A network in eval mode.
    layers
        Layers that will be hooked: a convolution and its batch norm are folded only if no hooked
        layer contains one of them without the other.
    device
        Where to run it.
    precision
        One of `study.inputs.settings.PRECISIONS`; in bfloat16 activations are still pooled in
        float32.
        It is faster only where the processor computes in it (elsewhere seven times slower), and
        labels change where activations nearly tie.
    fold
        False leaves batch norms as they are.

    Notes
    -----
    Folding computes the weights in float64 and changes activations by the rounding of float32,
    some 1e-6 of their range. A network that `torch.fx` cannot trace runs unfolded.
    """
    clone = copy.deepcopy(module)
    if fold and not clone.training:
        for conv, norm in foldable(clone, layers):
            fused = _folded(clone.get_submodule(conv), clone.get_submodule(norm))
            clone.set_submodule(conv, fused)
            clone.set_submodule(norm, nn.Identity())
    clone = clone.eval().to(device=device, dtype=DTYPES[precision])
    return clone.to(memory_format=torch.channels_last)


def foldable(module: nn.Module, layers: Sequence[str]) -> list[tuple[str, str]]:
    """Return convolutions that nothing but one batch norm reads, each with that batch norm."""
    try:
        graph = fx.Tracer().trace(module)
    except Exception:  # A forward pass that depends on data raises anything when traced.
        return []
    pairs = []
    modules = dict(module.named_modules())
    calls = [node.target for node in graph.nodes if node.op == "call_module"]
    for node in graph.nodes:
        if node.op != "call_module" or not isinstance(modules[node.target], nn.BatchNorm2d):
            continue
        before = node.args[0] if node.args else None
        if not isinstance(before, fx.Node) or before.op != "call_module":
            continue
        conv, norm = str(before.target), str(node.target)
        if (
            isinstance(modules[conv], nn.Conv2d)
            and len(before.users) == 1
            and calls.count(conv) == calls.count(norm) == 1
            and all(_within(conv, layer) == _within(norm, layer) for layer in layers)
        ):
            pairs.append((conv, norm))
    return pairs


def _folded(conv: Any, norm: Any) -> nn.Module:
    return fuse_conv_bn_eval(conv.double(), norm.double()).float()  # type: ignore[no-any-return]


def _within(name: str, layer: str) -> bool:
    return name == layer or name.startswith(f"{layer}.")


def pieces(batch: torch.Tensor, module: nn.Module) -> tuple[torch.Tensor, ...]:
    """Split a batch so that, on the CPU, the arrays of one piece fit the processor's cache.

    On other devices the batch stays whole. Images of at most 96 pixels a side stay together up to
    64 at once.

    Parameters
    ----------
    batch
        (images, 3, height, width).
    module
        The network that will run on them; it computes where its weights are.

    Returns
    -------
    tuple of torch.Tensor
        Views of the batch, in order, at least one image each.
    """
    weight = next(module.parameters(), batch)
    if weight.device.type != "cpu" or batch.ndim != 4:
        return (batch,)
    return torch.split(batch, max(1, _PIXELS // (batch.shape[2] * batch.shape[3])))
