"""Speed: a network folded, laid out and fed so that it runs faster, with the same outputs."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

import torch
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from study.errors import StudyError
from study.inputs.settings import PRECISIONS

_T = TypeVar("_T")

DTYPES: Mapping[str, torch.dtype] = MappingProxyType(
    {precision: getattr(torch, precision) for precision in PRECISIONS}
)
"""Precision to torch's type of that name."""
_PIXELS = 12 * 224 * 224
"""Pixels of a piece: measured to be faster than larger ones for a ResNet18 and a ViT-B/16."""
_MOST = 64
"""The most images of a piece, and all that another device than the CPU gets at once."""


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


def run_pieces(
    batch: torch.Tensor,
    module: nn.Module,
    run: Callable[[torch.Tensor], _T],
    *,
    most: int | None = None,
) -> Iterator[tuple[_T, int]]:
    """Run a network on the pieces of a batch, on half of one where the memory is too small.

    Parameters
    ----------
    batch, module, most
        As for `pieces`.
    run
        Takes a piece and runs the network on it.

    Yields
    ------
    tuple of (result, images)
        What `run` returned for a piece, and how many of its images are no repetition.

    Raises
    ------
    StudyError
        If the device's memory is too small for one image.
    """
    for piece, count in pieces(batch, module, most=most):
        yield from _halving(piece, count, run)


def _halving(
    piece: torch.Tensor, count: int, run: Callable[[torch.Tensor], _T]
) -> Iterator[tuple[_T, int]]:
    try:
        result = run(piece)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        if len(piece) == 1:
            raise StudyError(
                "the device's memory is too small for one image: choose another with --device, or "
                "a smaller crop in the preprocessing"
            ) from None
    else:
        yield result, count
        return
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    half = len(piece) // 2
    yield from _halving(piece[:half], min(count, half), run)
    if count > half:
        yield from _halving(piece[half:], count - half, run)


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error says that a device's memory is too small; torch has no type for all."""
    texts = ("out of memory", "can't allocate memory", "not enough memory")
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and any(text in str(error).lower() for text in texts)
    )


def pieces(
    batch: torch.Tensor, module: nn.Module, *, most: int | None = None
) -> Iterator[tuple[torch.Tensor, int]]:
    """Split a batch into pieces of one size, which depends on the images' size and the device.

    The last bits of a forward pass depend on how many images it holds, not on which they are
    (measured for the ResNets and ViTs here: see ``tests/models/test_speed.py``). With pieces of one
    size an image has the same activations whatever else is computed with it, today or later.

    Parameters
    ----------
    batch
        (images, 3, height, width).
    module
        The network that will run on them.
    most
        The most images of a piece on another device than the CPU; 64 if left out.

    Yields
    ------
    tuple of (piece, images)
        Images in order, the last one repeated to fill the piece, and how many are no repetition.
        On the CPU the arrays of one piece fit the processor's cache.
    """
    weight = next(module.parameters(), batch)
    pixels = batch.shape[2] * batch.shape[3] if batch.ndim == 4 else 1
    size = piece_size(pixels, weight.device, most=most)
    for part in torch.split(batch, size):
        lacking = size - len(part)
        if lacking:
            yield torch.cat([part, part[-1:].expand(lacking, *part.shape[1:])]), len(part)
        else:
            yield part, size


def piece_size(pixels: int, device: torch.device, *, most: int | None = None) -> int:
    """Return how many images of so many pixels a device computes at once."""
    fits = min(max(1, _PIXELS // pixels), _MOST)
    return fits if device.type == "cpu" else most or _MOST
