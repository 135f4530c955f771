"""Drawn pictures with their truth, stored in pieces so that an interrupted run resumes."""

import functools
import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
import torch.nn.functional as F
from tqdm import tqdm

from study.files.output import write_atomic
from study.miniature import world

KINDS = ("object", "scene", "swatch")
_PIECE = 1_000
_BATCH = 250

Normalisation = tuple[Sequence[float], Sequence[float]]
"""Mean and standard deviation of each channel of the pixels, which lie in 0 to 1."""


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

    def __getitem__(self, rows: np.ndarray) -> Self:
        """Return the pictures of some rows."""
        return type(self)(*(array[rows] for array in self._arrays().values()))

    def of(self, kind: str) -> Self:
        """Return the pictures of one kind."""
        return self[np.flatnonzero(self.kind == KINDS.index(kind))]

    def batches(
        self, normalisation: Normalisation, *, size: int | None = None
    ) -> Iterator[torch.Tensor]:
        """Yield all pictures, some 250 at a time, as `batch_of` returns them."""
        for rows in np.array_split(np.arange(len(self)), max(1, len(self) // _BATCH)):
            yield batch_of(self.pixels, rows, normalisation, size=size)

    def write(self, path: Path) -> None:
        """Write all four arrays into one file, whole or not at all."""
        buffer = io.BytesIO()
        np.savez(buffer, **self._arrays())
        write_atomic(path, buffer.getvalue())

    @classmethod
    def read(cls, paths: Sequence[Path]) -> Self:
        """Read what `write` wrote into several files, in their order."""
        pieces: list[dict[str, np.ndarray]] = []
        for path in paths:
            with np.load(path, allow_pickle=False) as file:
                pieces.append(dict(file))
        return cls(*(np.concatenate([p[f.name] for p in pieces]) for f in fields(cls)))

    def _arrays(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


@functools.cache
def world_digest() -> str:
    """Return the world's digest, computed once in a process (drawing it takes seconds)."""
    return world.digest()


def draw(seed: int, indices: range, *, kind: str | None = None) -> Pictures:
    """Draw pictures `indices` of a seed; `kind` None lets the world choose, as in a probe."""
    columns = {truth: column for column, truth in enumerate(world.TRUTHS)}
    pictures = [world.draw(seed, index, kind=kind) for index in indices]
    truth = np.zeros((len(pictures), len(columns)), bool)
    for row, picture in enumerate(pictures):
        truth[row, [columns[key] for key in picture.truth]] = True
    labels = [p.scene if p.object is None else p.object for p in pictures]
    return Pictures(
        np.stack([picture.pixels for picture in pictures]),
        truth,
        np.array([KINDS.index(picture.kind) for picture in pictures]),
        np.array([-1 if label is None else label for label in labels]),
    )


def drawn(folder: Path, counts: Mapping[str, int], *, seed: int, processes: int = 1) -> Pictures:
    """Draw `counts` pictures of each kind, or read those that `folder` holds already.

    Returns
    -------
    Pictures
        By kind in the order of `counts`, then by index; the same for any number of processes.
    """
    place = folder / f"pictures-{world_digest()[:16]}-{seed}"
    jobs = [
        (place / f"{kind}-{rows.start:06d}-{len(rows)}.npz", seed, rows, kind)
        for kind, count in counts.items()
        for start in range(0, count, _PIECE)
        for rows in [range(start, min(start + _PIECE, count))]
    ]
    missing = [job for job in jobs if not job[0].exists()]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        pieces = pool.map(_draw_piece, missing) if processes > 1 else map(_draw_piece, missing)
        for _ in tqdm(pieces, "drawing", total=len(missing), unit="k", disable=None):
            pass
    return Pictures.read([path for path, *_ in jobs])


def _draw_piece(job: tuple[Path, int, range, str]) -> None:
    path, seed, indices, kind = job
    draw(seed, indices, kind=kind).write(path)


def batch_of(
    pixels: np.ndarray,
    rows: np.ndarray,
    normalisation: Normalisation,
    *,
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
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in normalisation)
    scaled -= mean
    scaled /= std
    return scaled.contiguous(memory_format=torch.channels_last)
