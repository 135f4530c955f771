"""The training loop, which a killed run resumes from its last checkpoint."""

import contextlib
import io
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from study.errors import StudyError
from study.files.output import write_atomic

_WARM_UP = 0.04
_CHECKPOINT_SECONDS = 60.0


class Task(ABC):
    """A module to train; a step depends on the weights, the optimiser's state and its number.

    Parameters
    ----------
    name
        Shown by the progress bar.
    module
        What is trained. Matrices and kernels decay; scales, shifts and single numbers do not.
    stretches
        Number of steps and highest learning rate of each stretch of the training.
    identity
        Digest of the task; a checkpoint of another one is refused.
    seeds
        Whole numbers that the random numbers of a step depend on, with the step's number.
    """

    def __init__(
        self,
        name: str,
        module: nn.Module,
        stretches: Sequence[tuple[int, float]],
        *,
        identity: str,
        seeds: tuple[int, ...],
        decay: float,
        betas: tuple[float, float],
        largest_norm: float = math.inf,
    ) -> None:
        self.name, self.module, self.identity = name, module, identity
        self.steps = sum(steps for steps, _ in stretches)
        self._stretches, self._seeds, self._largest_norm = stretches, seeds, largest_norm
        parameters = list(module.parameters())
        self.optimiser = torch.optim.AdamW(
            [
                {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay},
                {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
            ],
            betas=betas,
        )

    @abstractmethod
    def loss(self, stretch: int, rng: np.random.Generator) -> torch.Tensor:
        """Return the loss of a batch drawn from `rng`, in a stretch counted from 0."""

    def step(self, number: int) -> float:
        """Take step `number` (from 0) and return its loss."""
        stretch, within = stretch_of(number, [steps for steps, _ in self._stretches])
        steps, highest = self._stretches[stretch]
        for group in self.optimiser.param_groups:
            group["lr"] = rate_at(within, steps, highest=highest)
        loss = self.loss(stretch, np.random.default_rng((*self._seeds, number)))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.module.parameters(), self._largest_norm)
        self.optimiser.step()
        return float(loss.detach())


def run(task: Task, checkpoint: Path) -> None:
    """Train `task` to its last step, resuming from `checkpoint` if there is one.

    The checkpoint is replaced every minute and at the end. An interrupted run ends with the same
    weights as an uninterrupted one.

    Raises
    ------
    StudyError
        If the checkpoint belongs to another recipe, seed or world, or a loss is not finite.
    """
    done = _load(task, checkpoint) if checkpoint.exists() else 0
    written = time.monotonic()
    task.module.train()
    with tqdm(total=task.steps, initial=done, desc=task.name, disable=None) as bar:
        for number in range(done, task.steps):
            loss = task.step(number)
            if not math.isfinite(loss):
                raise StudyError(
                    f"{task.name}: the loss is {loss} at step {number}; use a smaller learning rate"
                )
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            bar.update()
            if time.monotonic() - written > _CHECKPOINT_SECONDS or number + 1 == task.steps:
                _save(task, number + 1, checkpoint)
                written = time.monotonic()


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


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Make torch's global generator start from `seed` inside the block, and restore it after."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


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
