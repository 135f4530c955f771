"""Speed: a network folded, laid out and fed so that it runs faster, with the same outputs."""

import copy
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from study.errors import StudyError
from study.inputs.settings import PRECISIONS

DTYPES: Mapping[str, torch.dtype] = MappingProxyType(
    {precision: getattr(torch, precision) for precision in PRECISIONS}
)
"""Precision to torch's type of that name."""


def choose_device(name: str) -> torch.device:
    """Return the device that a study asks for; ``auto`` is CUDA where there is one, else the CPU.

    ``cuda:1`` is the second of several.

    Raises
    ------
    StudyError
        If the device is not there.
    """
    present = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if name == "auto":
        return torch.device("cuda" if present["cuda"] else "cpu")
    kind, _, number = name.partition(":")
    if not present[kind] or int(number or 0) >= max(torch.cuda.device_count(), 1):
        usable = [device for device, there in present.items() if there and device != "cuda"]
        usable += [f"cuda:{number}" for number in range(torch.cuda.device_count())]
        choices = ", ".join(usable)
        raise StudyError(f"device: there is no {name} on this machine, only {choices}")
    return torch.device(name)


def optimise(
    module: nn.Module,
    layers: Sequence[str],
    *,
    device: torch.device | str = "cpu",
    precision: str = "float32",
) -> nn.Module:
    """Return a copy of a network that runs faster; the outputs of its layers stay the same.

    Batch norms are folded into the convolutions before them, memory is laid out channels last,
    and the copy is moved to its device and precision.

    Parameters
    ----------
    module
        The network.
    layers
        Layers that will be hooked: a convolution and its batch norm are folded only if no hooked
        layer contains one of them without the other.
    device
        Where to run it.
    precision
        One of `study.inputs.settings.PRECISIONS`. In bfloat16 activations are still pooled in
        float32; labels change where activations nearly tie, and a processor without bfloat16
        arithmetic is seven times slower.

    Notes
    -----
    Folding computes the weights in float64 and changes activations by the rounding of float32,
    about 1e-6 of their range. A network in train mode, or one that `torch.fx` cannot trace, runs
    unfolded.
    """
    clone = copy.deepcopy(module)
    for conv, norm in [] if clone.training else foldable(clone, layers):
        pair: list[Any] = [clone.get_submodule(name).double() for name in (conv, norm)]
        clone.set_submodule(conv, fuse_conv_bn_eval(*pair).float())
        clone.set_submodule(norm, nn.Identity())
    clone = clone.eval().to(device=device, dtype=DTYPES[precision])
    return clone.to(memory_format=torch.channels_last)


def foldable(module: nn.Module, layers: Sequence[str]) -> list[tuple[str, str]]:
    """Return convolutions that nothing but one batch norm reads, each with that batch norm."""
    try:
        graph = fx.Tracer().trace(module)
    except Exception:  # A forward pass that depends on data raises anything when traced.
        return []
    modules = dict(module.named_modules())
    calls = [node for node in graph.nodes if node.op == "call_module"]
    names = [str(node.target) for node in calls]
    pairs = []
    for node, norm in zip(calls, names, strict=True):
        before = node.args[0] if node.args else None
        if not isinstance(before, fx.Node) or before.op != "call_module":
            continue
        conv = str(before.target)
        if (
            isinstance(modules[conv], nn.Conv2d)
            and isinstance(modules[norm], nn.BatchNorm2d)
            and len(before.users) == 1
            and names.count(conv) == names.count(norm) == 1
            and all(_within(conv, layer) == _within(norm, layer) for layer in layers)
        ):
            pairs.append((conv, norm))
    return pairs


def _within(name: str, layer: str) -> bool:
    layer = layer.partition("#")[0]
    return name == layer or name.startswith(f"{layer}.")
