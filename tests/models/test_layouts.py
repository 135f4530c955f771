"""Layouts: units, rows and columns of any family's outputs, and where each cell looks."""

import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.ops import SqueezeExcitation

from study.errors import StudyError
from study.models.activations import Hooks, layouts_of
from study.models.architectures import build
from study.models.layouts import Layout, Reading
from study.pipeline.cards.maps import Grid, raw_maps, spread

GREY = 0.1
FAMILIES = {
    "vgg11": ["features.10", "features.20"],
    "resnet18": ["layer2", "layer4"],
    "densenet121": ["features.denseblock2", "features.denseblock4"],
    "inception_v3": ["Mixed_5d", "Mixed_7c"],
    "shufflenet_v2_x1_0": ["stage2", "conv5"],
    "mobilenet_v2": ["features.6", "features.18"],
    "mobilenet_v3_large": ["features.6", "features.16"],
    "efficientnet_b0": ["features.3", "features.8"],
    "regnet_y_400mf": ["trunk_output.block2", "trunk_output.block4"],
    "mnasnet1_0": ["layers.9", "layers.14"],
    "squeezenet1_1": ["features.7", "features.12"],
    "convnext_tiny": ["features.3", "features.7"],
    "swin_t": ["features.3", "features.7"],
    "vit_b_32": ["encoder.layers.encoder_layer_1", "encoder.layers.encoder_layer_5.mlp.0"],
    "maxvit_t": ["blocks.1", "blocks.3"],
}
"""Of every kind of wiring: saturation, gates, dense, branches, windows, tokens."""


def size_of(family: str) -> int:
    return 299 if family == "inception_v3" else 224


def network_of(family: str) -> nn.Module:
    """Random weights; batch norms at the scale of what they are given, so that signals arrive."""
    network = build(family, 10).train()
    for part in network.modules():
        if isinstance(part, SqueezeExcitation):  # At random they answer to all alike, loudly.
            part.fc2.weight.data /= 10
    norms = [part for part in network.modules() if isinstance(part, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    if norms:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            network(torch.rand(4, 3, size_of(family), size_of(family)))
    return network.eval()


def planted(side: int, count: int) -> tuple[torch.Tensor, list[tuple[int, int]]]:
    """Grey images, in each a patch of coloured noise; its places stay off the border."""
    generator = np.random.default_rng(0)
    patch = side * 3 // 8
    images = torch.full((count, 3, side, side), GREY)
    corners = []
    for image in images:
        row, column = (int(generator.integers(0, side - patch)) for _ in range(2))
        noise = generator.uniform(0, 1, (3, patch, patch)).astype(np.float32)
        image[:, row : row + patch, column : column + patch] = torch.from_numpy(noise)
        corners.append((row, column))
    return images, corners


def middle(shown: np.ndarray) -> tuple[float, float]:
    """The centre of the part of a map that is above half of its range.

    The brightest cell alone may stand at the patch's edge, which is what changes most there.
    """
    bright = np.clip(shown - (shown.min() + shown.max()) / 2, 0, None)
    rows, columns = np.arange(shown.shape[0]), np.arange(shown.shape[1])
    total = bright.sum()
    return float(bright.sum(1) @ rows / total), float(bright.sum(0) @ columns / total)


COUNT = 32 if os.environ.get("STUDY_PROFILE") == "thorough" else 4
"""Images with a patch."""


def hits(family: str, *, count: int = COUNT) -> dict[str, float]:
    """By layer: the share of images where what a patch changes is changed most inside it."""
    side, layers, network = size_of(family), FAMILIES[family], network_of(family)
    patch = side * 3 // 8
    layouts = layouts_of(network, layers, torch.zeros(1, 3, side, side), tokens="mean")
    images, corners = planted(side, count)
    plain = raw_maps(network, layouts, torch.full((1, 3, side, side), GREY))
    maps = raw_maps(network, layouts, images)
    shares = {}
    for layer in layers:
        changes = (maps[layer] - plain[layer]).abs().float()
        changes = (changes / (changes.amax((0, 2, 3), keepdim=True) + 1e-12)).mean(1).numpy()
        grid = Grid.of(layouts[layer])
        inside = 0
        for (row, column), cells in zip(corners, changes, strict=True):
            shown = spread(cells, grid, (side, side))
            best = middle(shown)
            inside += row <= best[0] < row + patch and column <= best[1] < column + patch
        shares[layer] = inside / len(images)
    return shares


@pytest.mark.parametrize("family", FAMILIES)
def test_the_map_is_bright_where_the_patch_is(family):
    """Grids measured by gradients failed this for ReLU6, gates and windows: 0 to .33 of images."""
    assert min(hits(family).values()) >= 0.99


def test_a_grid_that_lies_elsewhere_fails_that_test(monkeypatch):
    """The fault planted: every cell half an image too low."""
    found = Grid.of

    def lower(layout):
        grid = found(layout)
        return replace(grid, top=grid.top + 112)

    monkeypatch.setattr(Grid, "of", lower)
    assert max(hits("resnet18", count=8).values()) < 0.5


@pytest.mark.parametrize(
    ("family", "layer", "expected"),
    [
        ("mobilenet_v2", "features.18", (7, 0, 32)),
        ("regnet_y_400mf", "trunk_output.block2", (28, 0, 8)),
        ("efficientnet_b0", "features.8", (7, 0, 32)),
        ("swin_t", "features.7", (7, 15.5, 32)),
        ("vit_b_32", "encoder.layers.encoder_layer_1", (7, 15.5, 32)),
        ("googlenet", "inception5b", (7, 22, 32)),
    ],
)
def test_grids_by_hand(family, layer, expected):
    """From strides, paddings and kernels: for GoogLeNet 4 ceil-mode poolings add 2, 4, 8 and 8."""
    image = torch.zeros(1, 3, 224, 224)
    layout = layouts_of(build(family, 10).eval(), [layer], image, tokens="mean")[layer]
    assert layout.derived
    for steps in layout.grid:
        assert (steps.size, steps.start, steps.step) == expected


class UnitsLast(nn.Module):
    def forward(self, image):
        return image.permute(0, 2, 3, 1)


class Outputs(nn.Module):
    """A layer of each kind that real networks have."""

    def __init__(self, give):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3, 2, 1)
        self.relu = nn.ReLU()
        self.give = Given(give)

    def forward(self, image):
        first = self.relu(self.conv(image))
        self.give(first)
        return self.relu(first * 2)


class Given(nn.Module):
    def __init__(self, give):
        super().__init__()
        self.give = give

    def forward(self, output):
        return self.give(output)


def read(module, layer, batch, **options):
    with Hooks(module.eval(), [layer], **options) as hooks:
        return hooks(batch)[layer]


BATCH = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("give", "layer"),
    [
        (lambda maps: (None, maps, maps * 7), "give"),
        (lambda maps: [maps], "give"),
        (lambda maps: {"out": maps, "aux": maps * 7}, "give"),
        (lambda maps: {"aux": maps * 7, "out": maps}, "give#out"),
        (lambda maps: maps.permute(0, 2, 3, 1), "give"),
        (lambda maps: maps, "give#0"),
    ],
    ids=["tuple", "list", "dict", "dict by key", "units last", "first run"],
)
def test_a_map_is_read_in_whatever_it_comes(give, layer):
    net = Outputs(give)
    expected = net.relu(net.conv(BATCH)).mean((2, 3))
    assert torch.allclose(read(net, layer, BATCH), expected, atol=1e-6)
    assert torch.equal(read(net, layer, BATCH, pool="max"), net.relu(net.conv(BATCH)).amax((2, 3)))


def test_each_run_of_a_module_has_its_name():
    net = Outputs(lambda maps: maps)
    assert torch.allclose(read(net, "relu#1", BATCH), 2 * read(net, "relu#0", BATCH), atol=1e-6)
    with pytest.raises(StudyError, match=r"^relu: .* more than once: name one .* such as relu#0$"):
        read(net, "relu", BATCH)
    with pytest.raises(StudyError, match=r"^relu#2: the network does not run this layer 3 times$"):
        read(net, "relu#2", BATCH)


@pytest.mark.parametrize("layer", ["give#no", "give#0#1", "give#"])
def test_an_impossible_part_of_an_output_is_refused(layer):
    with pytest.raises(StudyError, match=r"give#"):
        read(Outputs(lambda maps: {"out": maps}), layer, BATCH)
    assert Reading.of("layer4[0]#1") == Reading("layer4.0", 1)


class Patches(nn.Module):
    """A ViT's tokens of patches of 4 pixels; `prefix` tokens before them."""

    def __init__(self, prefix):
        super().__init__()
        self.embed = nn.Conv2d(3, 6, 4, 4)
        self.first = nn.Parameter(torch.full((1, prefix, 6), 9.0))
        self.block = nn.Linear(6, 6)

    def forward(self, image):
        tokens = self.embed(image).flatten(2).transpose(1, 2)
        return self.block(torch.cat([self.first.expand(len(image), -1, -1), tokens], 1))


@pytest.mark.parametrize("prefix", [0, 1, 5])
def test_tokens_of_patches_are_told_from_those_before_them(prefix):
    net = Patches(prefix).eval()
    raw = net(BATCH).detach()
    layout = layouts_of(net, ["block"], BATCH[:1], tokens="mean")["block"]
    assert (layout.prefix, [steps.size for steps in layout.grid]) == (prefix, [2, 2])
    assert torch.allclose(read(net, "block", BATCH, tokens="mean"), raw[:, prefix:].mean(1))
    assert torch.equal(read(net, "block", BATCH, tokens="max"), raw[:, prefix:].amax(1))
    maps = raw_maps(net, {"block": layout}, BATCH)["block"]
    assert torch.equal(maps[:, :, 1, 0], raw[:, prefix + 2])
    if prefix:
        assert torch.equal(read(net, "block", BATCH, tokens="class"), raw[:, 0])
    else:
        with pytest.raises(StudyError, match=r"expected a class token .* found patches of the im"):
            read(net, "block", BATCH, tokens="class")


def test_tokens_from_nowhere_are_no_class_token():
    net = nn.Sequential(Given(lambda image: torch.zeros(len(image), 3, 5)))
    with pytest.raises(StudyError, match=r"^0: expected a class token .* tokens of unknown places"):
        read(net, "0", BATCH)
    assert read(net, "0", BATCH, tokens="mean").shape == (4, 5)


def test_a_map_of_lost_places_is_stretched_and_said():
    """What goes through numpy cannot be followed: the grid of as many cells seen last serves."""

    def through_numpy(maps):
        return torch.from_numpy(maps.detach().numpy().copy())

    known = layouts_of(Outputs(through_numpy), ["give"], BATCH[:1])["give"]
    assert (known.derived, known.grid[0].step) == (True, 2.0)
    lost = Outputs(lambda maps: through_numpy(maps)[:, :, :3, :3])
    layout = layouts_of(lost, ["give"], BATCH[:1])["give"]
    assert not layout.derived
    assert layout.grid[0].step == pytest.approx(8 / 3)
    with pytest.raises(StudyError, match="cannot tell which axis"):
        layouts_of(Outputs(lambda maps: torch.zeros(1, 3, 3, 3)), ["give"], BATCH[:1])


def test_a_vector_has_no_map():
    net = nn.Sequential(nn.Flatten(), nn.Linear(192, 2))
    layout = layouts_of(net, ["1"], BATCH[:1])["1"]
    assert layout == Layout()
    assert raw_maps(net, {"1": layout}, BATCH) == {}
