"""Pieces: batches split so that they fit a processor's cache and a device's memory.

The last bits of a forward pass depend on how many images it holds, not on which they are (measured
for the ResNets and ViTs here: see ``tests/models/test_speed.py``). With pieces of one size an image
has the same activations whatever else is computed with it, today or later. ``--batch`` changes that
size on a GPU only, and so does a memory that is too small: activations then differ in their last
bits, as between two devices of one kind. They are stored under the same key, since neither says
anything about the study.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from torch import nn

from study.errors import StudyError

_T = TypeVar("_T")

_PIXELS = 12 * 224 * 224
"""Pixels of a piece: measured to be faster than larger ones for a ResNet18 and a ViT-B/16."""
_MOST = 64
"""The most images of a piece, and all that another device than the CPU gets at once."""


@dataclass(slots=True, eq=False)
class Room:
    """What a run has learnt about the memory: how many images of a model fit, where not all do."""

    note: Callable[[str], object] = str
    """Told once of the first halving."""
    fits: dict[object, int] = field(default_factory=dict)
    """The most images of a model that fit; models that never ran out of memory are not in it."""

    def halve(self, owner: object, size: int, things: str) -> int:
        """Return half of a size that did not fit, for all that follows."""
        if not self.fits:
            self.note(
                f"out of memory with {size} {things} at a time: going on with {size // 2}, and "
                "halving again where these do not fit"
            )
        self.fits[owner] = size // 2
        return size // 2


def run_pieces(
    batch: torch.Tensor,
    module: nn.Module,
    run: Callable[[torch.Tensor], _T],
    *,
    most: int | None = None,
    room: Room | None = None,
) -> Iterator[tuple[_T, int]]:
    """Run a network on the pieces of a batch, on half of one where the memory is too small.

    Parameters
    ----------
    batch
        (images, 3, height, width).
    module
        The network that will run on them.
    run
        Takes a piece and runs the network on it.
    most
        The most images of a piece on another device than the CPU; 64 if left out.
    room
        What is known of the memory, and is learnt.

    Yields
    ------
    tuple of (result, images)
        What `run` returned for a piece, and how many of its images are no repetition: the last one
        is repeated to fill the piece. On the CPU the arrays of one fit the processor's cache.

    Raises
    ------
    StudyError
        If the device's memory is too small for one image.
    """
    weight = next(module.parameters(), batch)
    pixels = batch.shape[2] * batch.shape[3] if batch.ndim == 4 else 1
    size = piece_size(pixels, weight.device, most=most)
    owner = id(module) if weight is not batch else "own"
    yield from fitting(batch, size, run, room=room or Room(), owner=owner)


def pieces(
    batch: torch.Tensor, module: nn.Module, *, most: int | None = None
) -> Iterator[tuple[torch.Tensor, int]]:
    """Yield the pieces of a batch, see `run_pieces`, and how many of their images are real."""
    yield from run_pieces(batch, module, lambda piece: piece, most=most)


def fitting(
    rows: torch.Tensor,
    size: int,
    run: Callable[[torch.Tensor], _T],
    *,
    room: Room,
    owner: object,
    things: str = "images",
) -> Iterator[tuple[_T, int]]:
    """Run something on pieces of rows, smaller ones from where the memory does not hold them.

    Parameters
    ----------
    rows
        (rows, ...).
    size
        Rows of a piece; the last row is repeated to fill it.
    run
        Takes a piece.
    room, owner
        What is known of the memory, and for which model.
    things
        What the rows are, for people.

    Yields
    ------
    tuple of (result, rows)
        What `run` returned for a piece, and how many of its rows are no repetition.

    Raises
    ------
    StudyError
        If the memory is too small for one row.
    """
    done, size = 0, min(size, room.fits.get((owner, things), size))
    while done < len(rows):
        part = rows[done : done + size]
        lacking = size - len(part)
        piece = torch.cat([part, part[-1:].expand(lacking, *part.shape[1:])]) if lacking else part
        try:
            result = run(piece)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if size == 1:
                raise TooSmall(things=things) from None
        else:
            yield result, len(part)
            done += len(part)
            continue
        # The error and what its traceback held are gone; only now can memory be given back.
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        size = room.halve((owner, things), size, things)


class TooSmall(StudyError):
    """A memory that does not hold one image; no network is to blame."""

    def __init__(self, owner: str = "", things: str = "images") -> None:
        before, one = f"{owner}: " if owner else "", things.removesuffix("s")
        super().__init__(
            f"{before}the device ran out of memory with one {one} at a time; end other programs "
            "that use it, choose another with --device, or set a smaller crop in the preprocessing"
        )


@contextlib.contextmanager
def memory_named(owner: str) -> Iterator[None]:
    """Turn an error of memory, in what is done with one image or none, into one clear line."""
    try:
        yield
    except TooSmall:
        raise TooSmall(owner) from None
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise TooSmall(owner) from None


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error says that a device's memory is too small; torch has no type for all."""
    texts = ("out of memory", "can't allocate memory", "not enough memory")
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and any(text in str(error).lower() for text in texts)
    )


def piece_size(pixels: int, device: torch.device, *, most: int | None = None) -> int:
    """Return how many images of so many pixels a device computes at once."""
    fits = min(max(1, _PIXELS // pixels), _MOST)
    return fits if device.type == "cpu" else most or _MOST
