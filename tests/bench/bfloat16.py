"""What bfloat16 does to numbers, computed in float32: for processors that do not know the type."""

import copy
from typing import Any

import torch
from torch import nn


def rounded(module: nn.Module) -> nn.Module:
    """Return a copy whose weights, and what each of its modules gives, are rounded to bfloat16."""
    clone = copy.deepcopy(module)
    for values in (*clone.parameters(), *clone.buffers()):
        if values.is_floating_point():
            values.copy_(_round(values))
    for part in clone.modules():
        part.register_forward_hook(lambda _, __, output: _round(output))
    clone.register_forward_pre_hook(lambda _, inputs: _round(inputs))
    return clone


def _round(values: Any) -> Any:
    if isinstance(values, torch.Tensor) and values.is_floating_point():
        return values.bfloat16().float()
    if isinstance(values, tuple):
        return tuple(_round(value) for value in values)
    return values
