"""Time and memory of a piece of work."""

import ctypes
import gc
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch

from tests import ROOT

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

    The kernel records the highest size, so no peak is missed between samples. Where it refuses to
    reset it, earlier work counts too, and the figure may be too high, never too low.
    """
    gc.collect()
    # Freed memory goes back to the system, or the work would reuse it without being counted.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    memory, before = Peak(), _resident("VmRSS")
    yield memory
    memory.above = max(0, _resident("VmHWM") - before)


def _resident(key: str) -> int:
    _, _, size = Path("/proc/self/status").read_text().partition(f"{key}:")
    return int(size.split()[0]) * 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took: seconds, seconds of processors, and bytes of the whole process."""

    seconds: float
    processor: float
    peak: int


def command(*words: str, folder: Path, threads: int | None = THREADS) -> Cost:
    """Run ``python -m WORDS`` in a folder, as a user does, and measure it.

    Without `threads` the program chooses how many it uses.

    Raises
    ------
    RuntimeError
        If it fails, with what it wrote to stderr.
    """
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    environment |= {
        **({} if threads is None else {"OMP_NUM_THREADS": str(threads)}),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        seconds, (_, status, usage) = timed(lambda: os.wait4(process.pid, 0))
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            log.seek(0)
            raise RuntimeError(f"{' '.join(words)}: {log.read().decode()}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
