"""Layouts: which axis of a layer's output holds units, which the image's rows and columns."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import Any, Self, TypeAlias

import torch
from torch import nn

from study.dissection.provenance import dotted
from study.errors import StudyError
from study.models.geometry import COLUMN, ROW, Steps, steps_of
from study.models.places import Places

Pool: TypeAlias = Callable[[torch.Tensor], torch.Tensor]
POOLING: Mapping[str, Pool] = MappingProxyType(
    {
        "avg": lambda output: output.mean(dim=(2, 3), dtype=torch.float32),
        "max": lambda output: output.amax(dim=(2, 3)),
    }
)
"""How each of `study.inputs.settings.POOLS` turns (images, units, height, width) into
(images, units)."""
_PATCHES: Mapping[str, Pool] = MappingProxyType(
    {
        "mean": lambda patches: patches.mean(dim=1, dtype=torch.float32),
        "max": lambda patches: patches.amax(dim=1),
    }
)
"""How `study.inputs.settings.TOKENS` turn (images, patches, units) into (images, units)."""
_MOST_PREFIX = 32
"""The most tokens that stand before those of the patches: one for the class, and registers."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a layer's name says: a module, which of its runs, and which part of its output.

    ``layer4`` is the module, ``layer4#1`` its second run in one forward pass, and ``layer4#out``
    the entry ``out`` of the dictionary that it returns.
    """

    module: str
    run: int | None = None
    key: str | None = None

    @classmethod
    def of(cls, layer: str) -> Self:
        """Read a layer's name, in either spelling."""
        module, *parts = dotted(layer).split("#")
        runs = [int(part) for part in parts if part.isdecimal()]
        keys = [part for part in parts if part and not part.isdecimal()]
        if len(runs) > 1 or len(keys) > 1 or len(runs) + len(keys) < len(parts):
            raise StudyError(
                f"expected a layer such as block, block#1 (its second run) or block#out (an entry "
                f"of its output), found {layer!r}"
            )
        return cls(module, runs[0] if runs else None, keys[0] if keys else None)

    def tensor(self, output: Any, layer: str) -> torch.Tensor:
        """Return the tensor of a module's output: the named entry, else the first that there is.

        Raises
        ------
        StudyError
            If there is no such entry, or no tensor in the output.
        """
        if self.key is not None:
            entries = output if isinstance(output, Mapping) else getattr(output, "__dict__", {})
            if self.key not in entries:
                names = ", ".join(map(str, entries)) or f"none in a {type(output).__name__}"
                raise StudyError(
                    f"{layer}: expected an output with the entry {self.key!r}, found {names}"
                )
            output = entries[self.key]
        found = _first_tensor(output)
        if found is None:
            raise StudyError(f"{layer}: expected a tensor as output, found {type(output).__name__}")
        return found


def _first_tensor(output: Any) -> torch.Tensor | None:
    if isinstance(output, torch.Tensor):
        return output
    parts: Iterable[Any] = output.values() if isinstance(output, Mapping) else ()
    parts = output if isinstance(output, list | tuple) else parts
    return next((part for part in parts if isinstance(part, torch.Tensor)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The axes of a layer's output, and where its cells look on the image.

    Outputs are vectors (images, units), maps with a row and a column axis, or tokens, some of which
    may stand before those of the patches.
    """

    axes: int = 2
    units: int = 1
    rows: int | None = None  # the axis of a map's rows, and of its columns
    columns: int | None = None
    prefix: int | None = None  # of tokens: how many stand before the patches; None: not known
    grid: tuple[Steps, Steps] | None = None
    """Rows and columns of the map, or of the patches; None where there is no place to show."""
    derived: bool = True
    """Whether `grid` follows from the network's operations; else it is stretched evenly."""

    def maps(self, output: torch.Tensor) -> torch.Tensor | None:
        """Return an output as (images, units, rows, columns); None where it has no grid."""
        if self.grid is None:
            return None
        if self.rows is not None and self.columns is not None:
            return output.permute(0, self.units, self.rows, self.columns)
        rows, columns = self.grid
        patches = self._tokens(output)[:, self.prefix or 0 :]
        return patches.transpose(1, 2).reshape(len(patches), -1, rows.size, columns.size)

    def pooled(self, output: torch.Tensor, pool: Pool, tokens: str) -> torch.Tensor:
        """Return one number per image and unit, (images, units), a copy.

        Parameters
        ----------
        output
            The layer's output.
        pool
            One of `POOLING`, for maps.
        tokens
            One of `study.inputs.settings.TOKENS`.
        """
        if self.axes == 2:
            return output.clone()
        if self.axes == 4:
            maps = self.maps(output)
            return pool(output if maps is None else maps)
        if tokens == "class":
            return self._tokens(output)[:, 0].clone()
        return _PATCHES[tokens](self._tokens(output)[:, self.prefix or 0 :])

    def _tokens(self, output: torch.Tensor) -> torch.Tensor:
        return output if self.units == 2 else output.transpose(1, 2)


def find_layouts(
    module: nn.Module, layers: Iterable[str], image: torch.Tensor
) -> dict[str, Layout]:
    """Run a network once and find out how the outputs of some layers are laid out.

    Parameters
    ----------
    module
        The network.
    layers
        Names of layers, see `Reading`.
    image
        Tensor (1, channels, height, width), on the network's device and of its type.

    Raises
    ------
    StudyError
        If an output has another number of axes than 2, 3 or 4, or of a map's axes nothing tells
        which one holds the units.
    """
    layouts: dict[str, Layout] = {}
    image = image.clone()  # places are known by the tensor that the network is given
    with torch.no_grad(), Places(image) as places:

        def watch(layer: str, output: Any) -> None:
            tensor = Reading.of(layer).tensor(output, layer)
            layouts.setdefault(layer, _layout(tensor, places, image, layer))

        with watched(module, layers, watch):
            module(image)
    return layouts


def _layout(output: torch.Tensor, places: Places, image: torch.Tensor, layer: str) -> Layout:
    shape = tuple(output.shape)
    if output.ndim not in (2, 3, 4) or len(output) != len(image):
        raise StudyError(
            f"{layer}: expected an output ({len(image)} images, units), (images, tokens, units) or "
            f"(images, units, height, width), found shape {shape}"
        )
    axes = places.of(output)
    found = {place: steps_of((axes[place],)) for place in range(1, output.ndim)}
    if output.ndim == 2:
        return Layout()
    if output.ndim == 3:
        return _token_layout(found, shape, places)
    # Of one cell a place is no use: the steps of single rows and columns may be missing.
    derived = {steps[0].direction: (place, steps[0]) for place, steps in found.items() if steps}
    if set(derived) == {ROW, COLUMN}:
        (rows, row_steps), (columns, column_steps) = derived[ROW], derived[COLUMN]
        units = ({1, 2, 3} - {rows, columns}).pop()
        grid = (row_steps, column_steps)
        return Layout(axes=4, units=units, rows=rows, columns=columns, grid=grid)
    rows, columns = _guessed(shape, places, layer)
    units = ({1, 2, 3} - {rows, columns}).pop()
    known = places.grids.get((shape[rows], shape[columns]))
    even = even_steps(tuple(image.shape[2:]), (shape[rows], shape[columns]))
    return Layout(
        axes=4,
        units=units,
        rows=rows,
        columns=columns,
        grid=known or even,
        derived=known is not None or prod((shape[rows], shape[columns])) == 1,
    )


def _guessed(shape: tuple[int, ...], places: Places, layer: str) -> tuple[int, int]:
    """Return the axes of rows and columns of a map whose places were lost on the way."""
    first, last = (shape[2], shape[3]), (shape[1], shape[2])
    fits = [(pair in places.grids or pair == (1, 1)) for pair in (first, last)]
    if fits[0] == fits[1]:  # Neither or both: pictures are square, and units differ from cells.
        fits = [pair[0] == pair[1] for pair in (first, last)]
    if fits[0] == fits[1]:
        raise StudyError(
            f"{layer}: cannot tell which axis of its output {shape} holds the units: dissect "
            "another layer"
        )
    return (2, 3) if fits[0] else (1, 2)


def _token_layout(
    found: Mapping[int, list[Steps]], shape: tuple[int, ...], places: Places
) -> Layout:
    for place, steps in found.items():
        if [one.direction for one in steps] == [ROW, COLUMN]:
            return Layout(axes=3, units=3 - place, prefix=0, grid=(steps[0], steps[1]))
    if places.tokens is not None:
        patches = places.tokens[0].size * places.tokens[1].size
        prefix = shape[1] - patches
        if 0 <= prefix <= _MOST_PREFIX:
            return Layout(axes=3, units=2, prefix=prefix, grid=places.tokens)
    return Layout(axes=3, units=2)


def even_steps(size: tuple[int, ...], cells: tuple[int, int]) -> tuple[Steps, Steps]:
    """Return steps that share an image's rows and columns evenly among cells."""
    rows, columns = (
        Steps(direction, pixels, 0.0, 1.0).resized(count)
        for direction, pixels, count in zip((ROW, COLUMN), size, cells, strict=True)
    )
    return rows, columns


Watcher: TypeAlias = Callable[[str, Any], None]
"""Takes a layer's name and its module's output."""


@contextmanager
def watched(module: nn.Module, layers: Iterable[str], watch: Watcher) -> Iterator[None]:
    """Pass the output of each layer that runs to a function, in eval mode; restore the network."""
    modes = {part: part.training for part in module.modules()}
    runs: dict[str, int] = {}
    handles = [module.register_forward_pre_hook(lambda *_: runs.clear())]
    try:
        module.eval()
        for layer in layers:
            reading = Reading.of(layer)
            part = module.get_submodule(reading.module)
            handles.append(part.register_forward_hook(_hook(watch, layer, reading, runs)))
        yield
    finally:
        for handle in handles:
            handle.remove()
        for part, training in modes.items():
            part.training = training


def _hook(
    watch: Watcher, layer: str, reading: Reading, runs: dict[str, int]
) -> Callable[[nn.Module, Any, Any], None]:
    def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
        run = runs.get(layer, 0)
        runs[layer] = run + 1
        if reading.run in (None, run):
            watch(layer, output)

    return hook
