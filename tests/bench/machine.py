"""The machine: its name, and how fast it multiplies matrices, the yardstick of the rows."""

import os
import platform
import re
from functools import cache
from pathlib import Path

import torch

from tests.bench.measure import THREADS, best, timed

_SIDE = 2048


def description() -> str:
    """Return processor, cores in use, and the versions that decide speed."""
    information = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    names = re.findall(r"^model name\s*: (.*)", information, re.MULTILINE)
    return (
        f"{names[0] if names else platform.machine()}, {THREADS} of {os.cpu_count()} cores, "
        f"torch {torch.__version__} ({torch.backends.cpu.get_cpu_capability()}), "
        f"Python {platform.python_version()}, matrix product "
        f"{matrix_rate('float32') / 1e9:.0f} GFLOP/s float32, "
        f"{matrix_rate('bfloat16') / 1e9:.3g} bfloat16"
    )


@cache
def matrix_rate(precision: str) -> float:
    """Return the operations in a second of a square matrix product, two for each multiply-add."""
    dtype = getattr(torch, precision)
    side = 128
    # Where the processor does not know the type, a large product takes minutes.
    while side < _SIDE and timed(_product(2 * side, dtype))[0] < 0.1:
        side *= 2
    return 2 * side**3 / best(_product(side, dtype), repeats=5)


def knows(precision: str) -> bool:
    """Return whether the processor gains anything from a precision below float32."""
    return matrix_rate(precision) > 1.2 * matrix_rate("float32")


def _product(side: int, dtype: torch.dtype):
    left, right = torch.ones(2, side, side, dtype=dtype)
    return lambda: left @ right
