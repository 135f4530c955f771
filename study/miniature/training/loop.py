"""The training loop, which a killed run resumes from its last checkpoint."""

import contextlib
import io
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from study.errors import StudyError
from study.files.output import write_atomic

_WARM_UP = 0.04


class Task(Protocol):
    """A module to train, its optimiser, and a step that depends on its number alone."""

    @property
    def name(self) -> str:
        """What the progress bar calls it."""

    @property
    def identity(self) -> str:
        """Digest of the task; a checkpoint of another one is refused."""

    @property
    def module(self) -> nn.Module:
        """What is trained."""

    @property
    def optimiser(self) -> torch.optim.Optimizer:
        """What moves its weights."""

    @property
    def steps(self) -> int:
        """Number of steps of the whole training."""

    def step(self, number: int) -> float:
        """Take step `number` (from 0) and return its loss."""


def run(
    task: Task,
    checkpoint: Path,
    *,
    seconds: float = 60.0,
    until: int | None = None,
    progress: bool = True,
) -> None:
    """Train `task` to its last step, resuming from `checkpoint` if there is one.

    A step depends only on the weights, the optimiser's state and the step's number, so that an
    interrupted run ends with the same weights as an uninterrupted one.

    Parameters
    ----------
    task
        What is trained.
    checkpoint
        File that is replaced every `seconds` and at the end.
    until
        Stop before this step (default: the last one).
    progress
        Whether to draw a bar on stderr, if that is a terminal.

    Raises
    ------
    StudyError
        If the checkpoint belongs to another recipe, seed or world.
    """
    done = _load(task, checkpoint) if checkpoint.exists() else 0
    end = task.steps if until is None else min(until, task.steps)
    written = time.monotonic()
    task.module.train()
    with tqdm(
        total=task.steps, initial=done, desc=task.name, disable=None if progress else True
    ) as bar:
        for number in range(done, end):
            loss = task.step(number)
            if not math.isfinite(loss):
                raise StudyError(
                    f"{task.name}: the loss is {loss} at step {number}; use a smaller learning rate"
                )
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            bar.update()
            if time.monotonic() - written > seconds and number + 1 < end:
                _save(task, number + 1, checkpoint)
                written = time.monotonic()
    if done < end:
        _save(task, end, checkpoint)


def rate_at(step: int, steps: int, *, highest: float) -> float:
    """Return the learning rate of a step: a short linear rise, then half a cosine down to 0."""
    rise = max(1, round(_WARM_UP * steps))
    if step < rise:
        return highest * (step + 1) / rise
    return highest * 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))


def stretch_of(number: int, lengths: Sequence[int]) -> tuple[int, int]:
    """Return which stretch of a training a step falls into, and its number within it."""
    ends = np.cumsum(lengths)
    index = int(np.searchsorted(ends, number, side="right"))
    return index, number - int(ends[index] - lengths[index])


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Give all parameters of an optimiser one learning rate."""
    for group in optimiser.param_groups:
        group["lr"] = rate


def optimiser_for(
    module: nn.Module, *, decay: float, betas: tuple[float, float]
) -> torch.optim.AdamW:
    """Return AdamW that decays matrices and kernels, not scales, shifts and single numbers."""
    trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
    return torch.optim.AdamW(
        [
            {"params": [p for p in trained if p.ndim > 1], "weight_decay": decay},
            {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
        ],
        betas=betas,
    )


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Make torch's global generator start from `seed` inside the block, and restore it after."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def generator(*keys: int) -> np.random.Generator:
    """Return a generator that depends on whole numbers (seed, phase, step, ...) alone."""
    return np.random.default_rng(keys)


def _save(task: Task, done: int, checkpoint: Path) -> None:
    buffer = io.BytesIO()
    state = {
        "identity": task.identity,
        "done": done,
        "module": task.module.state_dict(),
        "optimiser": task.optimiser.state_dict(),
    }
    torch.save(state, buffer)
    write_atomic(checkpoint, buffer.getvalue())


def _load(task: Task, checkpoint: Path) -> int:
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    if state["identity"] != task.identity:
        raise StudyError(
            f"{checkpoint.name} is a checkpoint of another recipe, seed or world; choose an empty "
            "--workdir"
        )
    task.module.load_state_dict(state["module"])
    task.optimiser.load_state_dict(state["optimiser"])
    return int(state["done"])
