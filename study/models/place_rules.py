"""Place rules: where the cells of an operation's output look, by where those of its inputs do.

Each rule takes the look-up of a tensor's axes, the operation's arguments by name, and the output.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import torch

from study.models.geometry import (
    Axis,
    Shape,
    Steps,
    averaged,
    merged,
    size_of_axis,
    split,
    steps_of,
    untracked,
)

Lookup: TypeAlias = Callable[[torch.Tensor], Shape]
Arguments: TypeAlias = Mapping[str, Any]
Rule: TypeAlias = Callable[[Lookup, Arguments, torch.Tensor], Shape]


def tensors_in(value: Any) -> list[torch.Tensor]:
    """Return the tensors in a value, also those in lists and dictionaries."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [t for v in value for t in tensors_in(v)] if isinstance(value, list | tuple) else []


def _first(named: Arguments) -> Any:
    """Return the first tensor among an operation's arguments."""
    return next(iter(tensors_in(list(named.values()))), None)


def elementwise(of: Lookup, named: Arguments, output: torch.Tensor) -> Shape:
    """Take each axis from the inputs that have it at its size; differing places are averaged."""
    known = [of(tensor) for tensor in tensors_in(list(named.values()))]
    axes: list[Axis] = []
    for back in range(-output.ndim, 0):  # From the last axis, as broadcasting does.
        found = [
            shape[back]
            for shape in known
            if len(shape) >= -back
            and size_of_axis(shape[back]) == output.shape[back]
            and steps_of((shape[back],))
        ]
        axes.append(averaged(found) if found else (output.shape[back],))
    return tuple(axes)


def _windows(of: Lookup, named: Arguments, output: torch.Tensor) -> Shape:
    """Follow a convolution or a pooling: each output cell looks at the middle of its window."""
    source = of(_first(named))
    weight = named.get("weight")
    kernel = list(weight.shape[2:]) if weight is not None else list(named["kernel_size"])
    spatial = len(kernel)

    def each(name: str, default: int) -> list[int]:
        value = named.get(name)
        value = [default] if value is None else [value] if isinstance(value, int) else list(value)
        return value * spatial if len(value) == 1 else value or list(kernel)

    kernel = kernel * spatial if len(kernel) == 1 else kernel
    stride, padding, dilation = each("stride", 1), each("padding", 0), each("dilation", 1)
    axes = list(untracked(output))
    for k in range(spatial):
        axis = source[len(source) - spatial + k]
        if len(axis) != 1 or not isinstance(axis[0], Steps):
            continue
        old, place = axis[0], output.ndim - spatial + k
        middle = (kernel[k] - 1) / 2 * dilation[k] - padding[k]
        if named.get("transposed"):
            start, step = old.start - middle / stride[k] * old.step, old.step / stride[k]
        else:
            start, step = old.start + middle * old.step, old.step * stride[k]
        axes[place] = (Steps(old.direction, output.shape[place], start, step),)
    return tuple(axes)


def _resized(of: Lookup, named: Arguments, output: torch.Tensor) -> Shape:
    """Follow a resampling of the map: the new cells share the old ones' stretch evenly."""
    axes = list(untracked(output))
    for place, axis in enumerate(of(_first(named))):
        if len(axis) == 1 and isinstance(axis[0], Steps) and output.shape[place] > 1:
            axes[place] = (axis[0].resized(output.shape[place]),)
    return tuple(axes)


def _permuted(of: Lookup, named: Arguments, output: torch.Tensor) -> Shape:
    source = of(_first(named))
    if "dims" in named:
        return tuple(source[dim] for dim in named["dims"])
    order = list(range(len(source)))
    first, second = named.get("dim0", 0), named.get("dim1", 1)
    if order:
        order[first], order[second] = order[second], order[first]
    return tuple(source[place] for place in order)


def _viewed(of: Lookup, named: Arguments, output: torch.Tensor) -> Shape:
    """Regroup the factors of all axes to the new sizes; an axis that cuts through one is lost."""
    pending = [factor for axis in of(_first(named)) for factor in axis]
    pending = [factor for factor in pending if size_of_axis((factor,)) != 1]
    axes: list[Axis] = []
    for size in output.shape:
        taken: list[int | Steps] = []
        lacking = size
        while lacking > 1:
            if not pending:
                return untracked(output)
            factor = pending.pop(0)
            count = size_of_axis((factor,))
            if lacking % count == 0:
                taken.append(factor)
                lacking //= count
            elif count % lacking == 0:
                outer, inner = split(factor, lacking)
                taken.append(outer)
                pending.insert(0, inner)
                lacking = 1
            else:
                return untracked(output)
        axes.append(merged(taken) or (1,))
    return tuple(axes)


def _sliced(of: Lookup, named: Arguments, output: torch.Tensor) -> Shape:
    axes = list(of(_first(named)))
    dim = named["dim"] % len(axes)
    axis, size = axes[dim], output.shape[dim]
    first = named.get("start") or 0
    first = max(first + size_of_axis(axis), 0) if first < 0 else first
    stride = named.get("step", 1)
    if size == size_of_axis(axis):
        return tuple(axes)
    if len(axis) == 1 and isinstance(axis[0], Steps):
        old = axis[0]
        start = old.start + first * old.step
        axes[dim] = (Steps(old.direction, size, start, old.step * stride),)
    else:
        axes[dim] = (size,)
    return tuple(axes)


def _parted(of: Lookup, named: Arguments, output: torch.Tensor) -> Shape:
    """Follow a split along one axis: only that axis loses its places."""
    source = of(_first(named))
    return tuple(
        axis if size_of_axis(axis) == size else (size,)
        for axis, size in zip(source, output.shape, strict=True)
    )


def _selected(of: Lookup, named: Arguments, output: torch.Tensor) -> Shape:
    source = of(_first(named))
    dim = named["dim"] % len(source)
    return source[:dim] + source[dim + 1 :]


def _unsqueezed(of: Lookup, named: Arguments, output: torch.Tensor) -> Shape:
    source = of(_first(named))
    dim = named["dim"] % output.ndim
    return (*source[:dim], (1,), *source[dim:])


def _reduced(of: Lookup, named: Arguments, output: torch.Tensor) -> Shape:
    source = of(_first(named))
    dims = named.get("dim")
    gone = [dims] if isinstance(dims, int) else list(dims or range(len(source)))
    gone = [dim % len(source) for dim in gone]
    if named.get("keepdim"):
        return tuple((1,) if k in gone else axis for k, axis in enumerate(source))
    return tuple(axis for k, axis in enumerate(source) if k not in gone)


def _padded(of: Lookup, named: Arguments, output: torch.Tensor) -> Shape:
    axes = list(of(_first(named)))
    pad: Sequence[int] = named.get("pad") or named.get("padding") or ()
    for k in range(len(pad) // 2):
        place = len(axes) - 1 - k
        axis = axes[place]
        if len(axis) == 1 and isinstance(axis[0], Steps):
            start = axis[0].start - pad[2 * k] * axis[0].step
            axes[place] = (replace(axis[0], size=output.shape[place], start=start),)
        elif pad[2 * k] or pad[2 * k + 1]:
            axes[place] = (output.shape[place],)
    return tuple(axes)


def _joined(of: Lookup, named: Arguments, output: torch.Tensor) -> Shape:
    """Follow a concatenation: the joined axis loses its places, the others are averaged."""
    shapes = [of(tensor) for tensor in tensors_in(named["tensors"])]
    shapes = [shape for shape in shapes if len(shape) == output.ndim]
    axes: list[Axis] = []
    for place in range(output.ndim):
        found = [
            shape[place]
            for shape in shapes
            if size_of_axis(shape[place]) == output.shape[place] and steps_of((shape[place],))
        ]
        axes.append(averaged(found) if found else (output.shape[place],))
    return tuple(axes)


def _multiplied(of: Lookup, named: Arguments, output: torch.Tensor) -> Shape:
    """Follow a product of matrices: rows are the first one's, columns the second one's."""
    first, second = (of(tensor) for tensor in tensors_in(list(named.values()))[-2:])
    if len(first) != output.ndim or len(second) != output.ndim:
        return untracked(output)
    return (*first[:-1], second[-1])


def _attended(of: Lookup, named: Arguments, output: torch.Tensor) -> Shape:
    """Follow attention: what it gives has the places of its queries."""
    query = of(named["query"])
    if len(query) != output.ndim:
        return untracked(output)
    return (*query[:-1], (output.shape[-1],))


RULES: Mapping[str, Rule] = {
    **dict.fromkeys(
        (
            "convolution", "convolution_overrideable", "conv2d", "mkldnn_convolution",
            "_convolution", "cudnn_convolution",
            "max_pool2d_with_indices", "max_pool2d", "avg_pool2d",
        ),
        _windows,
    ),
    **dict.fromkeys(
        (
            "_adaptive_avg_pool2d", "adaptive_avg_pool2d", "mkldnn_adaptive_avg_pool2d",
            "adaptive_max_pool2d",
            "upsample_nearest2d", "upsample_bilinear2d", "upsample_bicubic2d",
            "_upsample_bilinear2d_aa", "_upsample_bicubic2d_aa",
        ),
        _resized,
    ),
    **dict.fromkeys(("permute", "transpose", "t", "swapaxes"), _permuted),
    **dict.fromkeys(
        ("view", "_unsafe_view", "reshape", "_reshape_alias", "flatten", "unflatten", "squeeze"),
        _viewed,
    ),
    **dict.fromkeys(("split", "split_with_sizes", "chunk", "unbind_copy"), _parted),
    **dict.fromkeys(("select", "unbind"), _selected),
    **dict.fromkeys(("mean", "sum", "amax", "amin", "var", "std", "norm"), _reduced),
    **dict.fromkeys(("constant_pad_nd", "reflection_pad2d", "replication_pad2d", "pad"), _padded),
    **dict.fromkeys(("cat", "concat"), _joined),
    **dict.fromkeys(("mm", "bmm", "matmul", "addmm", "baddbmm"), _multiplied),
    **dict.fromkeys(
        (
            "scaled_dot_product_attention", "_scaled_dot_product_flash_attention_for_cpu",
            "_scaled_dot_product_flash_attention", "_scaled_dot_product_efficient_attention",
            "_scaled_dot_product_attention_math",
        ),
        _attended,
    ),
    "slice": _sliced,
    "unsqueeze": _unsqueezed,
    "linear": _parted,
}  # fmt: skip
"""Operation of torch to the rule of its places; every other one is elementwise."""
