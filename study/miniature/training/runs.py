"""One training run: draw pictures, train the parts, write their weights."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import torch
from torch import nn

from study.errors import StudyError
from study.miniature import world
from study.miniature.training import classifier, model
from study.miniature.training.captions import language
from study.miniature.training.classifier import ClassifierTask
from study.miniature.training.clip import ClipTask
from study.miniature.training.loop import Task, run
from study.miniature.training.pictures import Pictures, drawn, world_digest
from study.miniature.training.recipes import PARTS, ClassifierRecipe, Part, Recipe
from study.output import write_atomic

_UNTRAINED_SEED = 1_000
_CALIBRATION = 2_000


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
    progress: bool = True

    def identity(self, part: Part) -> str:
        """Return a digest of what made a checkpoint: the part's recipe, its data and its seed."""
        counts = {kind: n for kind, n in self.recipe.pictures.items() if part in ("clip", kind)}
        data = json.dumps(counts, sort_keys=True)
        text = "/".join((self.recipe.digest(part), data, str(self.seed), world_digest()))
        return hashlib.sha256(text.encode()).hexdigest()

    def pictures(self, *, processes: int = 1) -> Pictures:
        """Return the training pictures, drawn on the first call."""
        return drawn(
            self.workdir,
            self.recipe.pictures,
            seed=self.seed,
            processes=processes,
            progress=self.progress,
        )

    def checkpoint(self, part: Part) -> Path:
        """Return the path of a part's checkpoint."""
        return self.workdir / f"{self.seed}-{part}.pt"


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
    sides: tuple[tuple[Part, ...], ...] = (("clip",), ("object", "scene"))
    lines = [line for side in sides if (line := [part for part in parts if part in side])]
    if threads < 2 or len(lines) < 2:
        for line in lines:
            _train_line(order, line)
        return
    context = get_context("spawn")
    workers = [context.Process(target=_train_line, args=(order, line)) for line in lines]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    failed = [
        " and ".join(line) for line, worker in zip(lines, workers, strict=True) if worker.exitcode
    ]
    if failed:
        raise StudyError(
            f"training of {', '.join(failed)} failed; run the same command again to resume"
        )


def train_part(order: Order, part: Part, *, until: int | None = None) -> nn.Module:
    """Train one part, up to step `until`, and write its weights into the order's folder."""
    pictures = order.pictures()
    task, write = _TASKS[part](order, pictures)
    run(task, order.checkpoint(part), until=until, progress=order.progress)
    write(task.module.eval())
    return task.module


def write_untrained(order: Order) -> None:
    """Write the control: initial weights, batch-norm statistics of the first drawn objects."""
    torch.set_num_threads(1)
    network = classifier.build(len(world.OBJECTS), seed=order.seed + _UNTRAINED_SEED)
    shown = order.pictures()
    rows = torch.randperm(len(shown), generator=torch.Generator().manual_seed(order.seed)).numpy()[
        :_CALIBRATION
    ]
    some = Pictures(shown.pixels[rows], shown.truth[rows], shown.kind[rows], shown.label[rows])
    classifier.calibrate(network, some)
    write_atomic(order.out / "untrained.safetensors", model.half(network.state_dict()))


def _train_line(order: Order, parts: Sequence[Part]) -> None:
    torch.set_num_threads(1)
    for part in parts:
        train_part(order, part)


def _clip(order: Order, pictures: Pictures) -> tuple[Task, Callable[[nn.Module], None]]:
    folder, recipe = order.out / "clip", order.recipe.clip
    tokenizer = model.write_tokenizer(folder)
    clip = model.build(recipe, vocabulary=tokenizer.vocab_size, seed=order.seed)
    task = ClipTask(
        clip,
        recipe,
        pictures,
        language(tokenizer),
        seed=order.seed,
        identity=order.identity("clip"),
    )
    return task, lambda _: model.write(clip, recipe, folder)


def _classifier(
    kind: Part, recipe: ClassifierRecipe, classes: int, order: Order, pictures: Pictures
) -> tuple[Task, Callable[[nn.Module], None]]:
    task = ClassifierTask(
        kind,
        recipe,
        pictures.of(kind),
        classes=classes,
        seed=order.seed,
        identity=order.identity(kind),
    )
    path = order.out / f"{kind}.safetensors"
    return task, lambda network: write_atomic(path, model.half(network.state_dict()))


_TASKS: Mapping[Part, Callable[[Order, Pictures], tuple[Task, Callable[[nn.Module], None]]]] = {
    "clip": _clip,
    "object": lambda order, pictures: _classifier(
        "object", order.recipe.object, len(world.OBJECTS), order, pictures
    ),
    "scene": lambda order, pictures: _classifier(
        "scene", order.recipe.scene, len(world.SCENES), order, pictures
    ),
}
