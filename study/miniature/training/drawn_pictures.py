"""Drawn pictures with their truth, stored in pieces so that an interrupted run resumes."""

import functools
import io
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Self

import numpy as np
import torch
import torch.nn.functional as F
from tqdm import tqdm

from study.files.output import write_atomic
from study.miniature import world

KINDS = ("object", "scene", "swatch")
_PIECE = 1_000


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures in a fixed order.

    Parameters
    ----------
    pixels
        uint8 (images, 64, 64, 3).
    truth
        bool (images, truths): which of ``world.TRUTHS`` a picture shows.
    kind
        int64 (images,): index into `KINDS`.
    label
        int64 (images,): the object of a picture of kind "object", the scene of one of kind
        "scene", else -1.
    """

    pixels: np.ndarray
    truth: np.ndarray
    kind: np.ndarray
    label: np.ndarray

    def __len__(self) -> int:
        return len(self.pixels)

    def of(self, kind: str) -> Self:
        """Return the pictures of one kind."""
        rows = np.flatnonzero(self.kind == KINDS.index(kind))
        return type(self)(self.pixels[rows], self.truth[rows], self.kind[rows], self.label[rows])

    def write(self, path: Path) -> None:
        """Write all four arrays into one file, whole or not at all."""
        buffer = io.BytesIO()
        np.savez(buffer, pixels=self.pixels, truth=self.truth, kind=self.kind, label=self.label)
        write_atomic(path, buffer.getvalue())

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote."""
        with np.load(path, allow_pickle=False) as file:
            return cls(file["pixels"], file["truth"], file["kind"], file["label"])

    @classmethod
    def joined(cls, pieces: Sequence[Self]) -> Self:
        """Return several sets of pictures as one, in their order."""
        return cls(
            np.concatenate([piece.pixels for piece in pieces]),
            np.concatenate([piece.truth for piece in pieces]),
            np.concatenate([piece.kind for piece in pieces]),
            np.concatenate([piece.label for piece in pieces]),
        )


@functools.cache
def world_digest() -> str:
    """Return the world's digest, computed once in a process (drawing it takes seconds)."""
    return world.digest()


def draw(seed: int, indices: range, *, kind: str | None = None) -> Pictures:
    """Draw pictures `indices` of a seed; `kind` None lets the world choose, as in a probe."""
    columns = {truth: column for column, truth in enumerate(world.TRUTHS)}
    pixels = np.empty((len(indices), world.IMAGE_SIZE, world.IMAGE_SIZE, 3), np.uint8)
    truth = np.zeros((len(indices), len(columns)), bool)
    kinds = np.empty(len(indices), np.int64)
    label = np.full(len(indices), -1, np.int64)
    for row, index in enumerate(indices):
        picture = world.draw(seed, index, kind=kind)
        pixels[row] = picture.pixels
        truth[row, [columns[key] for key in picture.truth]] = True
        kinds[row] = KINDS.index(picture.kind)
        shown = {"object": picture.object, "scene": picture.scene}.get(picture.kind)
        label[row] = -1 if shown is None else shown
    return Pictures(pixels, truth, kinds, label)


def drawn(
    folder: Path,
    counts: Mapping[str, int],
    *,
    seed: int,
    processes: int = 1,
    progress: bool = True,
) -> Pictures:
    """Draw `counts` pictures of each kind, or read those that `folder` holds already.

    Returns
    -------
    Pictures
        By kind in the order of `counts`, then by index; the same for any number of processes.
    """
    place = folder / f"pictures-{world_digest()[:16]}-{seed}"
    jobs = [
        (place / f"{kind}-{start:06d}.npz", seed, range(start, min(start + _PIECE, count)), kind)
        for kind, count in counts.items()
        for start in range(0, count, _PIECE)
    ]
    jobs = [
        (path.with_stem(f"{path.stem}-{len(rows)}"), key, rows, kind)
        for path, key, rows, kind in jobs
    ]
    missing = [job for job in jobs if not job[0].exists()]
    bar = tqdm(
        total=len(jobs),
        initial=len(jobs) - len(missing),
        desc="drawing",
        unit="k",
        disable=None if progress else True,
    )
    with bar:
        if processes > 1 and len(missing) > 1:
            with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
                for _ in pool.map(_draw_piece, missing):
                    bar.update()
        else:
            for job in missing:
                _draw_piece(job)
                bar.update()
    return Pictures.joined([Pictures.read(path) for path, *_ in jobs])


def _draw_piece(job: tuple[Path, int, range, str]) -> None:
    path, seed, indices, kind = job
    draw(seed, indices, kind=kind).write(path)


def batch_of(
    pixels: np.ndarray,
    rows: np.ndarray,
    *,
    mean: Sequence[float],
    std: Sequence[float],
    rng: np.random.Generator | None = None,
    shift: int = 0,
    size: int | None = None,
) -> torch.Tensor:
    """Return pictures as a network takes them, mirrored and shifted at random if `rng` is given.

    Returns
    -------
    torch.Tensor
        float32 (rows, 3, height, width), channels last in memory. Shifts wrap around;
        `size` enlarges with bicubic interpolation, as Pillow does.
    """
    edge = pixels.shape[1]
    taken = pixels[rows]
    if rng is not None:
        moved = rng.integers(-shift, shift + 1, size=(2, len(rows), 1))
        steps = np.where(rng.random((len(rows), 1)) < 0.5, 1, -1)
        down = (np.arange(edge) + moved[0]) % edge
        across = (np.arange(edge) * steps + moved[1]) % edge
        taken = taken[np.arange(len(rows))[:, None, None], down[:, :, None], across[:, None, :]]
    scaled = torch.from_numpy(taken).permute(0, 3, 1, 2).float().div_(255.0)
    if size is not None and size != edge:
        scaled = F.interpolate(scaled, size=(size, size), mode="bicubic", antialias=True)
        scaled = scaled.clamp_(0.0, 1.0)
    scaled -= torch.tensor(mean).view(1, 3, 1, 1)
    scaled /= torch.tensor(std).view(1, 3, 1, 1)
    return scaled.contiguous(memory_format=torch.channels_last)
