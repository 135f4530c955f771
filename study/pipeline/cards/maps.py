"""Activation maps, upsampled so that each cell lies at the centre of its receptive field."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from study.models.activations import watched
from study.models.speed import pieces

_LARGER, _LEAST = 3, 640
"""Size of the noise: as a multiple of the image's, and at least in pixels; deep receptive fields
span over 400 pixels."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Centres of the receptive fields of a map's cells, in pixels of the network's input.

    The field of cell (i, j) is centred on row ``top + i * down`` and column ``left + j * right``.
    Networks with strided convolutions do not space their cells evenly over the image: stretching a
    map to the image's size displaces it by up to half a cell.
    """

    top: float
    down: float
    left: float
    right: float

    def scaled(self, size: tuple[int, int], tile: int) -> "Grid":
        """Return the grid in pixels of the image resized to `tile` by `tile` pixels."""
        high, wide = tile / size[0], tile / size[1]
        return Grid(
            (self.top + 0.5) * high - 0.5,
            self.down * high,
            (self.left + 0.5) * wide - 0.5,
            self.right * wide,
        )


def raw_outputs(
    module: nn.Module, layers: Sequence[str], batch: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Return a copy of the layers' outputs for a batch, before pooling, by dotted name.

    The batch is float32 (images, 3, height, width); the output of a layer with a map is (images,
    units, rows, columns).
    """
    parts: dict[str, list[torch.Tensor]] = {layer: [] for layer in layers}
    parameter = next(module.parameters())
    for piece, count in pieces(batch, module):

        def keep(layer: str, output: torch.Tensor, count: int = count) -> None:
            parts[layer].append(output[:count].clone())

        with watched(module, layers, keep):
            module(piece.to(device=parameter.device, dtype=parameter.dtype))
    return {layer: torch.cat(outputs) for layer, outputs in parts.items()}


def find_grids(module: nn.Module, layers: Sequence[str], size: tuple[int, int]) -> dict[str, Grid]:
    """Measure the receptive fields of layers' cells by the centroid of their input gradient.

    The gradient is that of a copy with uniform weights, so that only the wiring counts, in the
    middle of a noise image several times larger than the photos, where no border shifts the
    centroid: a deep cell's field is larger than a photo. Networks of one architecture therefore
    have the same grids. If a network takes images of one size only, its cells are spaced evenly.

    Parameters
    ----------
    module
        The network, in eval mode.
    layers
        Dotted names of layers with a map.
    size
        Height and width of the input.
    """
    plain = _even(module)
    large = [max(_LARGER * pixels, _LEAST) for pixels in size]
    generator = torch.Generator().manual_seed(0)
    noise = torch.rand((1, 3, *large), generator=generator).requires_grad_()
    try:
        outputs = raw_outputs(plain, layers, noise)
    except (AssertionError, RuntimeError, ValueError):  # What torch's modules raise.
        outputs = raw_outputs(plain, layers, torch.zeros((1, 3, *size)))
        return {layer: _evenly(outputs[layer], size) for layer in layers}
    return {layer: _grid(outputs[layer], noise, size) for layer in layers}


def _evenly(output: torch.Tensor, size: tuple[int, int]) -> Grid:
    down, right = size[0] / output.shape[2], size[1] / output.shape[3]
    return Grid((down - 1) / 2, down, (right - 1) / 2, right)


def _grid(output: torch.Tensor, noise: torch.Tensor, size: tuple[int, int]) -> Grid:
    rows, columns = output.shape[2:]
    if min(rows, columns) < _LARGER:
        return Grid((size[0] - 1) / 2, float(size[0]), (size[1] - 1) / 2, float(size[1]))
    near = (rows * 2 // 5, columns * 2 // 5)
    far = (max(rows * 3 // 5, near[0] + 1), max(columns * 3 // 5, near[1] + 1))
    first, last = (_centre(output, noise, cell) for cell in (near, far))
    down = (last[0] - first[0]) / (far[0] - near[0])
    right = (last[1] - first[1]) / (far[1] - near[1])
    return Grid(first[0] - near[0] * down, down, first[1] - near[1] * right, right)


def _even(module: nn.Module) -> nn.Module:
    """Return a copy with uniform weights, so that a gradient shows the wiring only."""
    plain = copy.deepcopy(module).to("cpu", torch.float32).eval()
    for owner in list(plain.modules()):
        for name, child in owner.named_children():
            if isinstance(child, nn.MaxPool2d):  # Its gradient goes to one pixel, by chance.
                even = nn.AvgPool2d(child.kernel_size, child.stride, child.padding)
                setattr(owner, name, even)
    with torch.no_grad():
        for name, values in plain.named_parameters():
            values.fill_(0.0 if name.endswith("bias") else 1 / max(values[0].numel(), 1))
            values.requires_grad_(False)
        for name, buffer in plain.named_buffers():
            if buffer.is_floating_point():
                buffer.fill_(0.0 if name.endswith("mean") else 1.0)
    return plain


def _centre(
    output: torch.Tensor, noise: torch.Tensor, cell: tuple[int, int]
) -> tuple[float, float]:
    response = output[:, :, cell[0], cell[1]].sum()
    (gradient,) = torch.autograd.grad(response, noise, retain_graph=True)
    weight = gradient.abs().sum(dim=(0, 1)).double()
    weight /= weight.sum().clamp(min=1e-30)
    rows, columns = (torch.arange(pixels, dtype=weight.dtype) for pixels in weight.shape)
    return float((weight.sum(1) * rows).sum()), float((weight.sum(0) * columns).sum())


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


def _weights(pixels: int, cells: int, start: float, step: float) -> npt.NDArray[np.float32]:
    """Return the weight of each cell for each pixel, float32 (pixels, cells); rows sum to 1."""
    position = np.clip((np.arange(pixels) - start) / max(step, 1e-6), 0, cells - 1)
    before = np.minimum(position.astype(int), max(cells - 2, 0))
    share = position - before
    weights = np.zeros((pixels, cells), dtype=np.float32)
    weights[np.arange(pixels), before] = 1 - share
    weights[np.arange(pixels), np.minimum(before + 1, cells - 1)] += share
    return weights
