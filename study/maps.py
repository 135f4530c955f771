"""Where on an image a unit responds: activation maps, put where their cells really look."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from study.errors import StudyError

_LARGER, _LEAST = 3, 640
"""Pixels of the noise: so many times the image's, and no fewer; deep fields span over 400."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the cells of a layer's map look, in pixels of the network's input.

    Cell (i, j) looks at row ``top + i * down`` and column ``left + j * right``. Networks with
    strided convolutions do not spread their cells evenly over the image: stretching a map to the
    image's size puts it up to half a cell off.
    """

    top: float
    down: float
    left: float
    right: float

    def scaled(self, size: tuple[int, int], tile: int) -> "Grid":
        """Return the grid in pixels of the image made `tile` pixels wide and high."""
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
    """Return what the layers give for a batch, before pooling.

    Parameters
    ----------
    module
        The network, in eval mode.
    layers
        Dotted names.
    batch
        float32 (images, 3, height, width).

    Returns
    -------
    dict
        Layer to a copy of its output, e.g. (images, units, rows, columns).
    """
    outputs: dict[str, torch.Tensor] = {}
    handles = []
    try:
        for layer in layers:

            def keep(_: nn.Module, __: object, output: torch.Tensor, layer: str = layer) -> None:
                outputs[layer] = output.clone()

            handles.append(module.get_submodule(layer).register_forward_hook(keep))
        parameter = next(module.parameters())
        module(batch.to(device=parameter.device, dtype=parameter.dtype))
    finally:
        for handle in handles:
            handle.remove()
    return outputs


def find_grid(module: nn.Module, layer: str, size: tuple[int, int]) -> Grid:
    """Return where the cells of one layer look, see `find_grids`."""
    return find_grids(module, [layer], size)[layer]


def find_grids(module: nn.Module, layers: Sequence[str], size: tuple[int, int]) -> dict[str, Grid]:
    """Measure where the cells of layers look: the centre of gravity of their input gradient.

    It is measured on a copy with even weights, so that only the wiring counts, and on noise
    several times larger than the images, in the middle of it, where no edge pulls the centre
    inwards: a deep cell's field is larger than the image itself. Networks of one architecture
    therefore have the same grids. Of a network that takes images of one size alone, cells are
    spread evenly over the image.

    Parameters
    ----------
    module
        The network, in eval mode.
    layers
        Dotted names of layers with a map.
    size
        Height and width of the input.

    Raises
    ------
    StudyError
        If a layer has no map over space.
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
    return {layer: _grid(outputs[layer], noise, layer, size) for layer in layers}


def _evenly(output: torch.Tensor, size: tuple[int, int]) -> Grid:
    down, right = size[0] / output.shape[2], size[1] / output.shape[3]
    return Grid((down - 1) / 2, down, (right - 1) / 2, right)


def _grid(output: torch.Tensor, noise: torch.Tensor, layer: str, size: tuple[int, int]) -> Grid:
    if output.ndim != 4:
        raise StudyError(
            f"layer {layer!r}: expected an output over space to show where its units respond, "
            f"found shape {tuple(output.shape)}"
        )
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
    """Return a copy whose every weight is alike, so that a gradient shows the wiring alone."""
    plain = copy.deepcopy(module).to("cpu", torch.float32).eval()
    for owner in list(plain.modules()):
        for name, child in owner.named_children():
            if isinstance(child, nn.MaxPool2d):  # It looks at one pixel only; which, is chance.
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
    (gradient,) = torch.autograd.grad(
        output[:, :, cell[0], cell[1]].sum(), noise, retain_graph=True
    )
    weight = gradient.abs().sum(dim=(0, 1)).double()
    weight /= weight.sum().clamp(min=1e-30)
    rows = torch.arange(weight.shape[0], device=weight.device, dtype=weight.dtype)
    columns = torch.arange(weight.shape[1], device=weight.device, dtype=weight.dtype)
    return float((weight.sum(1) * rows).sum()), float((weight.sum(0) * columns).sum())


def spread(
    values: npt.NDArray[np.float32], grid: Grid, size: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """Return a map at the image's size: linear between the places where its cells look.

    Parameters
    ----------
    values
        float32 (rows, columns).
    grid
        Where the cells look.
    size
        Height and width of the image.

    Returns
    -------
    numpy.ndarray
        float32 (height, width); beyond the outermost cells their values go on.
    """
    down = _weights(size[0], values.shape[0], grid.top, grid.down)
    across = _weights(size[1], values.shape[1], grid.left, grid.right)
    return np.asarray(down @ values @ across.T, dtype=np.float32)


def _weights(pixels: int, cells: int, start: float, step: float) -> npt.NDArray[np.float32]:
    """Return the weight of each cell for each pixel, float32 (pixels, cells); rows sum to 1."""
    place = np.clip((np.arange(pixels) - start) / max(step, 1e-6), 0, cells - 1)
    before = np.minimum(place.astype(int), max(cells - 2, 0))
    share = place - before
    weights = np.zeros((pixels, cells), dtype=np.float32)
    weights[np.arange(pixels), before] = 1 - share
    weights[np.arange(pixels), np.minimum(before + 1, cells - 1)] += share
    return weights
