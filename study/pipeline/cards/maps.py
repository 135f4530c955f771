"""Activation maps, upsampled so that each cell lies at the centre of what it looks at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from study.dissection.card_table import Unit
from study.dissection.map_table import LEVELS, MAX_VALUES, Maps
from study.models.layouts import Layout, Reading, watched
from study.models.pieces import Room, run_pieces


@dataclass(frozen=True, slots=True)
class Grid:
    """Where a map's cells look, in pixels of the network's input.

    The field of cell (i, j) is centred on row ``top + i * down`` and column ``left + j * right``.
    Networks with strided convolutions do not space their cells evenly over the image: stretching a
    map to the image's size displaces it by up to half a cell.
    """

    top: float
    down: float
    left: float
    right: float

    @classmethod
    def of(cls, layout: Layout) -> "Grid | None":
        """Return the grid of a layer's maps; None if it has none."""
        if layout.grid is None:
            return None
        rows, columns = layout.grid
        return cls(rows.start, rows.step, columns.start, columns.step)

    def scaled(self, size: tuple[int, int], tile: int) -> "Grid":
        """Return the grid in pixels of the image resized to `tile` by `tile` pixels."""
        high, wide = tile / size[0], tile / size[1]
        return Grid(
            (self.top + 0.5) * high - 0.5,
            self.down * high,
            (self.left + 0.5) * wide - 0.5,
            self.right * wide,
        )

    def shares(self, size: tuple[int, int]) -> "Grid":
        """Return the grid in shares of the image's height and width, from its upper left corner."""
        high, wide = size
        return Grid(
            (self.top + 0.5) / high, self.down / high, (self.left + 0.5) / wide, self.right / wide
        )


def raw_maps(
    module: nn.Module,
    layouts: Mapping[str, Layout],
    batch: torch.Tensor,
    *,
    most: int | None = None,
    room: Room | None = None,
) -> dict[str, torch.Tensor]:
    """Return the maps of layers for a batch, before pooling, by dotted name.

    Parameters
    ----------
    module
        The network.
    layouts
        The layers, with what their outputs are.
    batch
        float32 (images, channels, height, width).
    most, room
        See `study.models.pieces.run_pieces`.

    Returns
    -------
    dict
        Layer to (images, units, rows, columns); layers without space are left out.
    """
    if not layouts:
        return {}
    parts: dict[str, list[torch.Tensor]] = {}
    parameter = next(module.parameters(), batch)

    def run(piece: torch.Tensor) -> dict[str, torch.Tensor]:
        found: dict[str, torch.Tensor] = {}

        def keep(layer: str, output: Any) -> None:
            shown = layouts[layer].maps(Reading.of(layer).tensor(output, layer))
            if shown is not None:
                found[layer] = shown.clone()

        with watched(module, layouts, keep), torch.inference_mode():
            module(piece.to(device=parameter.device, dtype=parameter.dtype))
        return found

    for found, count in run_pieces(batch, module, run, most=most, room=room):
        for layer, shown in found.items():
            parts.setdefault(layer, []).append(shown[:count])
    return {layer: torch.cat(outputs) for layer, outputs in parts.items()}


def spread(
    values: npt.NDArray[np.float32], grid: Grid, size: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """Return a map at the image's size: linear between the centres of its cells.

    Parameters
    ----------
    values
        float32 (rows, columns).
    grid
        Centres of the cells' receptive fields.
    size
        Height and width of the image.

    Returns
    -------
    numpy.ndarray
        float32 (height, width); constant beyond the outermost cells.
    """
    down = _weights(size[0], values.shape[0], grid.top, grid.down)
    across = _weights(size[1], values.shape[1], grid.left, grid.right)
    return np.asarray(down @ values @ across.T, dtype=np.float32)


def in_bytes(
    unit: Unit, values: npt.NDArray[np.float32], grid: Grid, size: tuple[int, int]
) -> Maps | None:
    """Return the maps of a unit's card, a byte for each cell, from the smallest to the largest.

    Parameters
    ----------
    unit
        Layer and unit.
    values
        float32 (images, rows, columns).
    grid
        Centres of the cells' receptive fields, in pixels of the network's input.
    size
        Height and width of that input.

    Returns
    -------
    Maps or None
        All 0 where the maps are flat; None where a value is not finite, or there are more than
        ``maps.csv`` may hold of one unit.
    """
    low, high = float(values.min()), float(values.max())
    if values.size > MAX_VALUES or not np.isfinite(high - low):
        return None
    scaled = (values.astype(np.float64) - low) * (LEVELS / (high - low) if high > low else 0.0)
    images, rows, columns = values.shape
    shares = grid.shares(size)
    return Maps(
        layer=unit[0],
        unit=unit[1],
        images=images,
        rows=rows,
        columns=columns,
        low=low,
        high=high,
        top=shares.top,
        down=shares.down,
        left=shares.left,
        right=shares.right,
        values=np.rint(scaled).astype(np.uint8).tobytes(),
    )


def _weights(pixels: int, cells: int, start: float, step: float) -> npt.NDArray[np.float32]:
    """Return the weight of each cell for each pixel, float32 (pixels, cells); rows sum to 1."""
    position = np.clip((np.arange(pixels) - start) / max(step, 1e-6), 0, cells - 1)
    before = np.minimum(position.astype(int), max(cells - 2, 0))
    share = position - before
    weights = np.zeros((pixels, cells), dtype=np.float32)
    weights[np.arange(pixels), before] = 1 - share
    weights[np.arange(pixels), np.minimum(before + 1, cells - 1)] += share
    return weights
