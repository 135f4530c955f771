"""Spread calls over processes, of which any may crash or hang without stopping the others."""

import contextlib
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import Any

from study.progress import Advance, void

PATIENCE = 5
"""How many times longer a call may take by the clock, since other programs run as well."""
MEMORY = 3 << 30
"""Bytes of address space of a process, where the system can limit it."""


@dataclass(frozen=True, slots=True)
class Lost:
    """What came of a call that gave no result: why."""

    reason: str


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    task: int = -1
    until: float = 0.0

    def end(self) -> None:
        """Kill the process and what it started."""
        if self.process.pid is not None and self.process.is_alive():
            with contextlib.suppress(OSError):
                if hasattr(os, "killpg") and os.getpgid(self.process.pid) == self.process.pid:
                    os.killpg(self.process.pid, signal.SIGKILL)
            self.process.kill()
        self.process.join()
        self.pipe.close()


def spread(
    call: Callable[[Any], Any],
    tasks: Sequence[Any],
    *,
    jobs: int,
    seconds: int,
    advance: Advance = void,
) -> list[Any]:
    """Return a call's result for each task, in order; a `Lost` where there is none.

    Parameters
    ----------
    call
        What is called; it travels to each process once, and must not hold what cannot.
    tasks
        Its arguments.
    jobs
        Processes.
    seconds
        Processor time of one call, where the system can limit it; by the clock it may take
        `PATIENCE` times as long.
    advance
        Counts finished tasks.
    """
    results: list[Any] = [None] * len(tasks)
    waiting = list(range(len(tasks)))[::-1]
    crew: list[_Worker] = []
    try:
        while waiting or crew:
            while waiting and len(crew) < max(1, jobs):
                crew.append(_started(call, seconds))
                _give(crew[-1], waiting.pop(), tasks, seconds)
            ready = wait(
                [worker.pipe for worker in crew],
                timeout=max(0.0, min(worker.until for worker in crew) - monotonic()),
            )
            for worker in list(crew):
                if worker.pipe in ready:
                    alive, results[worker.task] = _answer(worker, seconds)
                elif worker.until <= monotonic():
                    reason = f"not done within {seconds * PATIENCE} seconds"
                    alive, results[worker.task] = False, Lost(reason)
                else:
                    continue
                advance(1)
                if alive and waiting:
                    _give(worker, waiting.pop(), tasks, seconds)
                else:
                    crew.remove(worker)
                    worker.end()
    finally:
        for worker in crew:
            worker.end()
    return results


def _started(call: Callable[[Any], Any], seconds: int) -> _Worker:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, call, seconds), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _give(worker: _Worker, task: int, tasks: Sequence[Any], seconds: int) -> None:
    worker.task, worker.until = task, monotonic() + seconds * PATIENCE
    with contextlib.suppress(OSError):  # a process that died is found when its answer is read
        worker.pipe.send(tasks[task])


def _answer(worker: _Worker, seconds: int) -> tuple[bool, Any]:
    try:
        return True, worker.pipe.recv()
    except (EOFError, OSError):
        worker.process.join(PATIENCE)
    code = worker.process.exitcode
    if hasattr(signal, "SIGXCPU") and code == -signal.SIGXCPU:
        return False, Lost(f"not done within {seconds} seconds of processor time")
    return False, Lost(f"the process that read it ended ({_ending(code)})")


def _ending(code: int | None) -> str:
    with contextlib.suppress(ValueError):
        return signal.Signals(-(code or 0)).name
    return f"exit code {code}"


def _work(pipe: Connection, call: Callable[[Any], Any], seconds: int) -> None:
    """Answer tasks until the other end closes; runs in a process, and session, of its own."""
    if hasattr(os, "setsid"):
        with contextlib.suppress(OSError):
            os.setsid()
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        _limit(seconds)
        try:
            result = call(task)
        except MemoryError:
            result = Lost(f"more than {MEMORY >> 30} GB of memory")
        except Exception as error:
            result = Lost(f"{type(error).__name__} while it was read")
        try:
            pipe.send(result)
        except OSError:  # nobody waits any more
            return


def _limit(seconds: int) -> None:
    """Limit the memory of this process, and the processor time of what it does next."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    with contextlib.suppress(ValueError, OSError):
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))
