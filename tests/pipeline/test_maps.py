"""A map shows where a unit responds: planted patches, odd sizes and strides, real wiring."""

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import resnet18

from study.models.activations import layouts_of
from study.models.architectures import narrow_resnet18
from study.pipeline.cards.maps import Grid, raw_maps, spread
from study.pipeline.cards.tiles import TILE

PATCH, RED = 12, torch.tensor([1.0, 0, 0]).view(3, 1, 1)


def find_grid(module: nn.Module, layer: str, size: tuple[int, int]) -> Grid:
    grid = Grid.of(layouts_of(module, [layer], torch.zeros(1, 3, *size))[layer])
    assert grid is not None
    return grid


def reddish(stride: int, kernel: int, padding: int, depth: int) -> nn.Sequential:
    """A network whose unit 0 responds to red: averages of red minus the other colours."""
    layers: list[nn.Module] = []
    for index in range(depth):
        conv = nn.Conv2d(3 if index == 0 else 1, 1, kernel, stride, padding, bias=False)
        nn.init.constant_(conv.weight, 1 / kernel**2)
        if index == 0:
            with torch.no_grad():
                conv.weight[0, 1:] *= -1
        layers += [conv, nn.ReLU(inplace=True)]
    return nn.Sequential(*layers).eval()


CASES = {
    "stride 1": ((1, 3, 1, 2), (40, 40)),
    "stride 2, padded": ((2, 3, 1, 2), (64, 64)),
    "stride 2, odd size": ((2, 3, 1, 2), (61, 53)),
    "stride 3, odd kernel": ((3, 5, 2, 1), (67, 71)),
    "no padding": ((2, 3, 0, 2), (63, 60)),
    "even kernel": ((2, 4, 1, 2), (64, 57)),
    "deep": ((2, 3, 1, 3), (96, 96)),
    "deep, odd size": ((2, 3, 1, 3), (101, 87)),
    "deep, stride 3": ((3, 3, 1, 2), (100, 95)),
}


def hits(wiring, size, grid, picture) -> float:
    """Return the share of images whose map has its maximum inside the planted patch.

    `grid` is laid over a picture of the size `picture`, of which the image was made.
    """
    network = reddish(*wiring)
    layer = str(len(network) - 1)
    generator = np.random.default_rng(0)
    images = torch.from_numpy(generator.uniform(0, 0.3, (200, 3, *size)).astype(np.float32))
    corners = [[int(generator.integers(0, side - PATCH)) for side in size] for _ in images]
    for image, (row, column) in zip(images, corners, strict=True):
        image[:, row : row + PATCH, column : column + PATCH] = RED
    layouts = layouts_of(network, [layer], images[:1])
    values = raw_maps(network, layouts, images)[layer][:, 0].numpy()
    inside = 0
    for corner, cells in zip(corners, values, strict=True):
        shown = spread(cells, grid, picture)
        best = (np.array(np.unravel_index(shown.argmax(), picture)) + 0.5) / picture * size
        inside += all(start <= at < start + PATCH for start, at in zip(corner, best, strict=True))
    return inside / len(images)


@pytest.mark.parametrize("case", CASES)
def test_the_maximum_lies_in_the_planted_patch(case):
    """On the image as the network sees it, and on the tile of a card that is made of it."""
    wiring, size = CASES[case]
    grid = find_grid(reddish(*wiring), str(2 * wiring[-1] - 1), size)
    assert hits(wiring, size, grid, size) >= 0.99
    assert hits(wiring, size, grid.scaled(size, TILE), (TILE, TILE)) >= 0.99


def test_stretching_the_map_would_not_do():
    """The fault that the grid is there for: cells spread evenly over the image miss the patch."""
    wiring, size = CASES["deep"]
    even = Grid(3.5, 8, 3.5, 8)
    assert hits(wiring, size, even, size) < 0.9
    grid = find_grid(narrow_resnet18(2), "layer4", (64, 64))
    assert abs(grid.top - 7.5) > 6


@pytest.mark.parametrize(
    ("network", "size", "strides"),
    [(narrow_resnet18(2), 64, (4, 8, 16)), (resnet18(), 96, (8, 16, 32))],
    ids=["narrow_resnet18", "resnet18"],
)
def test_the_wiring_of_resnets_is_followed(network, size, strides):
    for layer, stride in zip(("layer2", "layer3", "layer4"), strides, strict=True):
        grid = find_grid(network.eval(), layer, (size, size))
        assert grid == Grid(0, stride, 0, stride)


def test_looking_changes_nothing():
    network = narrow_resnet18(2).eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    find_grid(network, "layer4", (64, 64))
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())
    assert not any(module._forward_hooks for module in network.modules())


def test_one_cell_looks_at_the_whole_image():
    network = nn.Sequential(nn.Conv2d(3, 2, 1), nn.AdaptiveAvgPool2d(1)).eval()
    grid = find_grid(network, "1", (20, 30))
    picture = spread(np.array([[3.0]], np.float32), grid, (20, 30))
    assert (picture == 3.0).all()


def test_spreading_is_linear_between_cells_and_flat_beyond():
    picture = spread(np.array([[0.0, 8.0]], np.float32), Grid(0, 1, 1, 4), (1, 8))
    assert picture[0].tolist() == [0, 0, 2, 4, 6, 8, 8, 8]


def test_a_scaled_grid_points_at_the_same_place():
    grid = Grid(0, 16, 0, 16).scaled((64, 64), 96)
    assert grid.down == pytest.approx(24)
    assert (grid.top + 0.5) / 96 == pytest.approx(0.5 / 64)
