"""Shards: parts of a study's forward passes, done here or handed to an executor.

Any `concurrent.futures.Executor` will do. A shard travels as the study's settings and the positions
of its images; each process opens the study once, from the same files, and sends arrays back. The
caller alone writes the store, so what is finished stays if a worker or a scheduler is lost.
"""

import os
import platform
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path

import numpy as np

from study import machine
from study.errors import StudyError
from study.inputs.settings import Study
from study.models.encoder import TruthEncoder
from study.pipeline import passes
from study.pipeline.entries import PACKAGES, Place
from study.pipeline.opening import Inputs, open_inputs
from study.progress import Advance, void

SHARD = 512
"""Images in one shard: the most that a killed run loses."""
_AHEAD = 64
"""Shards handed out at a time; this bounds the memory of the caller."""
_LOCK = threading.RLock()
"""Threads of one process share its networks, whose hooks serve one pass at a time."""
Arrays = Mapping[Place, np.ndarray]


@dataclass(frozen=True, slots=True)
class Opening:
    """How any process opens the same study: `study.pipeline.opening.open_inputs`."""

    study: Study
    folders: tuple[Path, ...] = ()
    limit: int | None = None
    skip_unreadable: bool = False
    allow_duplicates: bool = False
    batch: int = 64
    trust_code: bool = False


@dataclass(frozen=True, slots=True)
class Shard:
    """Images to run: through some layers of networks, or through the encoder if `places` is empty.

    ``positions`` are places in the probe.
    """

    positions: tuple[int, ...]
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A shard with what another process needs to do it."""

    opening: Opening
    identity: tuple[tuple[str, str], ...]
    shard: Shard
    batch: int


@dataclass(frozen=True, slots=True)
class Workers:
    """Where shards are done: in this process, or by an executor.

    Parameters
    ----------
    executor
        None for this process.
    opening
        How workers open the study; None for networks in memory, whose executor must be of threads.
    lost
        Exceptions that mean that the executor is lost.
    """

    executor: Executor | None = None
    opening: Opening | None = None
    lost: tuple[type[BaseException], ...] = field(default=(BrokenProcessPool,))

    def run(
        self, inputs: Inputs, shards: Sequence[Shard], *, batch: int, advance: Advance
    ) -> Iterator[tuple[Shard, Arrays]]:
        """Do shards and yield each with its arrays, float32 (images, units), in any order.

        Raises
        ------
        StudyError
            As the passes; if a worker's study differs, or the executor is lost: what has been
            yielded is kept by the caller.
        """
        if self.executor is None:
            for shard in shards:
                yield shard, done(inputs, shard, batch=batch, advance=advance)
            return
        waiting = iter(shards)
        pending: deque[tuple[Shard, Future[Arrays]]] = deque()
        try:
            while True:
                for shard in islice(waiting, _AHEAD - len(pending)):
                    pending.append((shard, self._submit(self.executor, inputs, shard, batch)))
                if not pending:
                    return
                shard, future = pending.popleft()
                arrays = future.result()
                advance(len(shard.positions))
                yield shard, arrays
        except self._lost() as error:
            raise StudyError(
                f"the workers are lost ({type(error).__name__}): finished shards are kept; run the "
                "same command again to go on"
            ) from None
        except (AttributeError, TypeError) as error:
            if "pickle" not in str(error):
                raise
            raise StudyError(
                "these networks are in memory and cannot be sent to another process: pass an "
                "executor of threads, or describe the study in a TOML file"
            ) from None
        finally:
            for _, future in pending:
                future.cancel()

    def _lost(self) -> tuple[type[BaseException], ...]:
        return (*self.lost, CancelledError)

    def _submit(
        self, executor: Executor, inputs: Inputs, shard: Shard, batch: int
    ) -> "Future[Arrays]":
        if self.opening is None:
            run: Callable[..., Arrays] = _here
            return executor.submit(run, inputs, shard, batch)
        return executor.submit(work, Task(self.opening, identity(inputs), shard, batch))


def chunks(positions: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """Yield positions in groups of at most `size`."""
    for start in range(0, len(positions), size):
        yield positions[start : start + size]


LOCAL = Workers()
"""This process."""


def done(inputs: Inputs, shard: Shard, *, batch: int, advance: Advance = void) -> Arrays:
    """Do one shard in this process; return its arrays by place, the encoder's under ("", "")."""
    if not shard.places:
        features = passes.encoded(inputs, shard.positions, batch=batch, advance=advance)
        return {("", ""): features}
    watched = {
        network: [layer for layer in network.layers if (network.slug, layer) in shard.places]
        for network in inputs.networks
    }
    chosen = {network: layers for network, layers in watched.items() if layers}
    found = passes.forward(inputs, chosen, shard.positions, batch=batch, advance=advance)
    looks = {(passes.LOOKED, passes.LOOKED): found[passes.LOOKED][passes.LOOKED]}
    return looks | {(slug, layer): found[slug][layer] for slug, layer in shard.places}


def work(task: Task) -> Arrays:
    """Do a shard in whatever process this is; its study is opened once and checked.

    Raises
    ------
    StudyError
        Naming the process and what it lacks, or in what its study differs.
    """
    machine.share()
    with _LOCK:
        try:
            inputs = _opened(task.opening)
        except StudyError as error:
            raise StudyError(f"worker {name()}: {error}") from None
        check(identity(inputs), task.identity, name())
        return done(inputs, task.shard, batch=task.batch)


def _here(inputs: Inputs, shard: Shard, batch: int) -> Arrays:
    with _LOCK:
        return done(inputs, shard, batch=batch)


@lru_cache(maxsize=1)
def _opened_as(text: str, opening: "_Held") -> Inputs:
    del text
    given = opening.opening
    return open_inputs(
        given.study,
        folders=given.folders,
        limit=given.limit,
        skip_unreadable=given.skip_unreadable,
        allow_duplicates=given.allow_duplicates,
        batch=given.batch,
        trust_code=given.trust_code,
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """An opening in a cache whose key is its text: settings hold dictionaries."""

    opening: Opening = field(compare=False, hash=False)


def _opened(opening: Opening) -> Inputs:
    return _opened_as(repr(opening), _Held(opening))


def identity(inputs: Inputs) -> tuple[tuple[str, str], ...]:
    """Return what must be equal in two processes for their arrays to be: names and values."""
    truth = isinstance(inputs.encoder, TruthEncoder)
    networks = ((f"network {network.name}", network.sha256) for network in inputs.networks)
    return (
        *versions(),
        ("device", inputs.device.type),
        ("precision", inputs.dissection.precision),
        ("probe", inputs.probe.digest),
        ("encoder", "truth" if truth else str(inputs.encoder.sha256)),
        *networks,
    )


def versions() -> tuple[tuple[str, str], ...]:
    """Return the versions of everything that can change a number here."""
    return tuple((package, _version(package)) for package in ("study", *PACKAGES))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def check(
    found: Sequence[tuple[str, str]], expected: Sequence[tuple[str, str]], worker: str
) -> None:
    """Raise `StudyError` if a worker would compute something else, naming the first difference."""
    own = dict(found)
    for what, value in expected:
        if own.get(what) != value:
            raise StudyError(
                f"worker {worker}: {what}: expected {value[:40]}, as here, found "
                f"{own.get(what, 'none')[:40]}: give all workers the same packages and files"
            )


def name() -> str:
    """Return what messages call this process."""
    return f"{platform.node()}, process {os.getpid()}"
