"""Tensors of weights: plain numbers, in single precision."""

import torch

from study.errors import StudyError

_DTYPES = {
    torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.bool,
    torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
}  # fmt: skip


def unusable(tensor: torch.Tensor) -> str:
    """Return why a tensor holds no plain numbers; empty if it does."""
    if tensor.is_meta:
        return "a tensor without data"
    if tensor.is_quantized:
        return "a quantised tensor"
    if tensor.is_nested:
        return "a nested tensor"
    if tensor.layout != torch.strided:
        return "a sparse tensor"
    return "" if tensor.dtype in _DTYPES else f"numbers of type {tensor.dtype}"


def single(key: str, tensor: torch.Tensor) -> torch.Tensor:
    """Return weights in single precision, in which networks compute."""
    single = tensor.float()
    if tensor.dtype == torch.float64 and (lost := single.isinf() & tensor.isfinite()).any():
        raise StudyError(
            f"{key}: expected weights that single precision holds, found {tensor[lost][0]:.3g}"
        )
    return single


def is_whole(found: torch.Tensor, expected: torch.Tensor) -> bool:
    """Whether a tensor holds whole numbers where weights are expected."""
    return expected.is_floating_point() and not found.is_floating_point()
