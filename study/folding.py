"""Folding: a network made faster to run, its hooked layers computing what they computed."""

import copy
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

DTYPES: Mapping[str, torch.dtype] = MappingProxyType(
    {"float32": torch.float32, "bfloat16": torch.bfloat16}
)
"""Names of precisions to the types that networks run in."""


def optimise(
    module: nn.Module,
    layers: Sequence[str],
    *,
    device: torch.device | str = "cpu",
    precision: str = "float32",
    fold: bool = True,
) -> nn.Module:
    """Return a copy of a network that runs faster: the original stays as it is.

    Batch norms are folded into the convolutions before them, memory is laid out channels last,
    and the copy is moved to its device and precision.

    Parameters
    ----------
    module
        A network in eval mode.
    layers
        Names of the layers that will be hooked: a pair is folded only where no hooked layer holds
        one half of it without the other.
    device
        Where to run it.
    precision
        ``"float32"``, or ``"bfloat16"``: weights and activations with 8 bits of mantissa instead
        of 24, pooled in float32. Faster only where the processor computes in the type (on one that
        does not, seven times slower than float32); labels change where activations nearly tie.
    fold
        Leave batch norms as they are with False.

    Notes
    -----
    Folding computes the weights in float64 and changes activations by the rounding of float32,
    some 1e-6 of their spread. A network that `torch.fx` cannot trace runs unfolded.
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
    """Return the names of convolutions, each with the batch norm that is all that reads it."""
    try:
        graph = fx.Tracer().trace(module)
    except Exception:  # whatever a forward that depends on data raises when it is traced
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
