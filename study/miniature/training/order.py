"""One training run: draw pictures, train the parts, write their weights."""

import hashlib
import itertools
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import torch
from torch import nn

from study.errors import StudyError
from study.files.output import write_atomic
from study.miniature import world
from study.miniature.training import classifier, clip_folder
from study.miniature.training.captions import language
from study.miniature.training.classifier import ClassifierTask
from study.miniature.training.clip import ClipTask
from study.miniature.training.drawn_pictures import Pictures, drawn, world_digest
from study.miniature.training.loop import run
from study.miniature.training.recipes import PARTS, TASKS, Part, Recipe

_UNTRAINED_SEED = 1_000
_CALIBRATION = 2_000
_TWIN_SEED = 3_000


@dataclass(frozen=True, slots=True)
class Order:
    """What to train, from which seed, and where to put it.

    Parameters
    ----------
    out
        Folder of the finished weights.
    workdir
        Folder of pictures and checkpoints, from which a later run with the same order resumes.
    """

    recipe: Recipe
    seed: int
    out: Path
    workdir: Path

    def identity(self, part: Part) -> str:
        """Return a digest of what made a checkpoint: the part's recipe, its data and its seed."""
        pictures = self.recipe.pictures
        counts = {kind: n for kind, n in pictures.items() if TASKS.get(part, kind) == kind}
        data, seed = json.dumps(counts, sort_keys=True), str(self.seed_of(part))
        text = "/".join((self.recipe.digest(part), data, seed, world_digest()))
        return hashlib.sha256(text.encode()).hexdigest()

    def seed_of(self, part: Part) -> int:
        """Return the seed of a part's initial weights and batches: a twin has its own."""
        return self.seed + (_TWIN_SEED if part.endswith("-twin") else 0)

    def pictures(self, *, processes: int = 1) -> Pictures:
        """Return the training pictures, drawn on the first call."""
        return drawn(self.workdir, self.recipe.pictures, seed=self.seed, processes=processes)


def train(order: Order, parts: tuple[Part, ...] = PARTS, *, threads: int = 1) -> None:
    """Draw the pictures, then train `parts` and write their weights.

    Each part computes on one thread, so that the weights do not depend on how many there are. With
    two threads the image-text model and the classifiers are trained at the same time.

    Raises
    ------
    StudyError
        If a part fails; the others have then ended or stopped.
    """
    order.pictures(processes=threads)
    sides: tuple[tuple[Part, ...], ...] = (("clip",), tuple(TASKS))
    lines = [line for side in sides if (line := [part for part in parts if part in side])]
    context, workers = get_context("spawn"), min(threads, len(lines))
    try:
        with ProcessPoolExecutor(workers, context, torch.set_num_threads, (1,)) as pool:
            list(pool.map(_train_line, itertools.repeat(order), lines))
    except BrokenProcessPool:
        raise StudyError("a training was killed; run the same command again to resume") from None


def _train_line(order: Order, parts: Sequence[Part]) -> None:
    for part in parts:
        train_part(order, part)


def train_part(order: Order, part: Part) -> nn.Module:
    """Train one part and write its weights into the order's folder."""
    checkpoint = order.workdir / f"{order.seed}-{part}.pt"
    if part == "clip":
        return _train_clip(order, checkpoint)
    names, recipe = {
        "object": (world.OBJECTS, order.recipe.object),
        "scene": (world.SCENES, order.recipe.scene),
    }[TASKS[part]]
    task = ClassifierTask(
        part,
        recipe,
        order.pictures().of(TASKS[part]),
        classes=len(names),
        seed=order.seed_of(part),
        identity=order.identity(part),
    )
    run(task, checkpoint)
    _write_network(order, part, task.module)
    return task.module


def _train_clip(order: Order, checkpoint: Path) -> nn.Module:
    folder, recipe, seed = order.out / "clip", order.recipe.clip, order.seed
    tokenizer = clip_folder.write_tokenizer(folder)
    clip = clip_folder.build(recipe, vocabulary=tokenizer.vocab_size, seed=seed)
    words, identity = language(tokenizer), order.identity("clip")
    task = ClipTask(clip, recipe, order.pictures(), words, seed=seed, identity=identity)
    run(task, checkpoint)
    clip_folder.write(clip, recipe, folder)
    return task.module


def write_untrained(order: Order) -> None:
    """Write the control: initial weights, batch-norm statistics of the first drawn objects."""
    torch.set_num_threads(1)
    network = classifier.build(len(world.OBJECTS), seed=order.seed + _UNTRAINED_SEED)
    shown = order.pictures()
    shuffled = torch.randperm(len(shown), generator=torch.Generator().manual_seed(order.seed))
    classifier.calibrate(network, shown[shuffled.numpy()[:_CALIBRATION]])
    _write_network(order, "untrained", network)


def _write_network(order: Order, name: str, network: nn.Module) -> None:
    write_atomic(order.out / f"{name}.safetensors", clip_folder.half(network.state_dict()))
