"""Time and memory of a piece of work."""

import ctypes
import gc
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import torch

THREADS = 2
"""Cores that every figure is for, the published ones as well."""

_T = TypeVar("_T")


def best(work: Callable[[], object], *, repeats: int = 3) -> float:
    """Return the seconds of the fastest of some runs, the one least disturbed by other work."""
    return min(timed(work)[0] for _ in range(repeats))


def timed(work: Callable[[], _T]) -> tuple[float, _T]:
    """Return the seconds that some work took, and its result."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def isolated(function: Callable[..., _T], *arguments: Any) -> _T:
    """Call a function in a fresh process, whose memory nothing has used before."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        1, context, initializer=torch.set_num_threads, initargs=(THREADS,)
    ) as pool:
        return pool.submit(function, *arguments).result()


class Peak:
    """How much memory some work took above what was in use when it began."""

    above: int = 0


@contextmanager
def peak() -> Iterator[Peak]:
    """Measure the highest resident size of this process above the one at the start, in bytes.

    The kernel records the highest size, so no peak is missed between samples. Linux can reset it;
    elsewhere earlier work counts too, and the figure may be too high, never too low.
    """
    gc.collect()
    _return_free_memory()
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    memory, before = Peak(), _resident()
    yield memory
    memory.above = max(0, _highest() - before)


def _return_free_memory() -> None:
    """Return freed memory to the system, or the work would reuse it without being counted."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _resident() -> int:
    return _of_status("VmRSS") or _maximum()


def _highest() -> int:
    return _of_status("VmHWM") or _maximum()


def _maximum() -> int:
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


def _of_status(key: str) -> int | None:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1]) * 1024
    return None
