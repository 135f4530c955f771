"""Activations: what hooks hand back is what the layers gave, and the network is left alone."""

import copy
import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torchvision.models import VisionTransformer

from study.activations import Hooks, activation_map, check_axes
from study.architectures import ARCHITECTURES
from study.errors import StudyError
from study.folding import foldable, optimise
from study.loading import batches
from study.networks import Network, load_network
from study.probe import open_probe
from study.settings import NetworkSettings, ProbeSettings
from tests.strategies import fewer

LAYERS = ("conv1", "layer2", "layer3[1].conv2", "layer3.1.bn2", "layer4", "fc")


def network(module: nn.Module, *layers: str) -> Network:
    stated = NetworkSettings(
        name="Net", slug="net", role="compared", architecture="x", classes=5, weights="random:0",
        layers=layers,
    )  # fmt: skip
    made = load_network(
        NetworkSettings(
            name="Net", slug="net", role="compared", architecture="narrow_resnet18", classes=5,
            weights="random:0", layers=("fc",),
        )
    )  # fmt: skip
    return Network("Net", "compared", "net", module, layers, made.preprocessing, "0", stated)


def trained(seed: int = 0) -> nn.Module:
    """A small ResNet18 whose batch norms are not the identity; in eval mode."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = ARCHITECTURES["narrow_resnet18"](5)
    for part in net.modules():
        if isinstance(part, nn.BatchNorm2d):
            for values in (part.weight.data, part.bias.data, part.running_mean, part.running_var):
                values.copy_(torch.rand(len(values), generator=generator) + 0.3)
    return net.eval()


NET = trained()


def images(count: int, *, seed: int = 0, side: int = 16) -> torch.Tensor:
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


def by_hand(net: nn.Module, batch: torch.Tensor) -> dict[str, torch.Tensor]:
    """Every layer's output, from a forward pass written out."""
    seen: dict[str, torch.Tensor] = {}

    def keep(name: str, value: torch.Tensor) -> torch.Tensor:
        seen[name] = value.clone()
        return value

    with torch.no_grad():
        x = torch.relu(keep("bn1", net.bn1(keep("conv1", net.conv1(batch)))))
        for stage in ("layer1", "layer2", "layer3", "layer4"):
            for number, block in enumerate(net.get_submodule(stage)):
                name = f"{stage}.{number}"
                y = torch.relu(block.bn1(keep(f"{name}.conv1", block.conv1(x))))
                y = keep(f"{name}.bn2", block.bn2(keep(f"{name}.conv2", block.conv2(y))))
                x = torch.relu(y + (x if block.downsample is None else block.downsample(x)))
                keep(name, x)
            keep(stage, x)
        keep("fc", net.fc(x.mean((2, 3))))
    return seen


def hooked(net: nn.Module, batch: torch.Tensor, layers: Sequence[str], pool: str = "avg"):
    with Hooks(net, layers, pool=pool) as hooks:
        return hooks(batch)


def close(found: torch.Tensor, expected: torch.Tensor, within: float = 1e-5) -> bool:
    return bool((found - expected).abs().max() <= within * (expected.max() - expected.min() + 1))


# --- a network that can be computed in the head


class Block(nn.Module):
    """A residual block; every weight is 1, -1 or 0, every norm the identity."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(2, 2, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(2, eps=0)
        self.conv2 = nn.Conv2d(2, 2, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(2, eps=0)
        self.relu = nn.ReLU(inplace=True)
        self.conv1.weight.data.zero_()
        self.conv1.weight.data[0, 0] = 1  # the sum of all four places of channel 0
        self.conv1.weight.data[1, :, 1, 1] = torch.tensor([1.0, -1.0])  # channel 0 - channel 1
        self.conv2.weight.data[:, :, 0, 0] = torch.tensor([[1.0, -1.0], [1.0, 1.0]])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x
        return self.relu(out)


class Miniature(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(2, eps=0)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = nn.Sequential(Block())
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(2, 3, bias=False)
        self.conv1.weight.data[:, 0, 0, 0] = torch.tensor([1.0, -1.0])
        self.fc.weight.data = torch.tensor([[1.0, -1.0], [1.0, 1.0], [-1.0, -1.0]])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.layer1(self.relu(self.bn1(self.conv1(x))))
        return self.fc(self.avgpool(x).flatten(1))


SMALL = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]], [[[0.0, -1.0], [2.0, 0.0]]]])
BY_HEAD = {
    "conv1": {"avg": [[2.5, -2.5], [0.25, -0.25]], "max": [[4, -1], [2, 1]]},
    "bn1": {"avg": [[2.5, -2.5], [0.25, -0.25]], "max": [[4, -1], [2, 1]]},
    "layer1[0].conv1": {"avg": [[10, 2.5], [2, 0.25]], "max": [[10, 4], [2, 2]]},
    "layer1.0.bn2": {"avg": [[7.5, 12.5], [1.5, 2.5]], "max": [[9, 14], [2, 4]]},
    "layer1": {"avg": [[10, 12.5], [2, 2.75]], "max": [[10, 14], [2, 4]]},
    "fc": {
        "avg": [[-2.5, 22.5, -22.5], [-0.75, 4.75, -4.75]],
        "max": [[-2.5, 22.5, -22.5], [-0.75, 4.75, -4.75]],
    },
}


@pytest.mark.parametrize("pool", ["avg", "max"])
@pytest.mark.parametrize("layers", [[layer] for layer in BY_HEAD] + [list(BY_HEAD)], ids="+".join)
def test_a_network_computed_in_the_head(layers: list[str], pool: str) -> None:
    for module in (
        Miniature().eval(),
        optimise(Miniature().eval(), [x.replace("[0]", ".0") for x in layers]),
    ):
        found = hooked(module, SMALL, layers, pool)
        assert list(found) == layers
        for layer in layers:
            assert found[layer].tolist() == BY_HEAD[layer][pool]
            assert found[layer].dtype == torch.float32


def test_a_map_computed_in_the_head() -> None:
    net = network(Miniature().eval())
    assert activation_map(net, "conv1", 1, SMALL).tolist() == [
        [[-1, -2], [-3, -4]],
        [[0, 1], [-2, 0]],
    ]
    assert activation_map(net, "layer1[0]", [0, 1], SMALL).tolist() == [
        [[10, 10], [10, 10]],
        [[2, 3], [4, 2]],
    ]
    for units in (2, -1, [0, 2]):
        with pytest.raises(StudyError, match=r"^Net: layer1: expected units from 0 to 1, found"):
            activation_map(net, "layer1", units, SMALL)
    with pytest.raises(StudyError, match=r"^Net: fc: expected a layer with space"):
        activation_map(net, "fc", 0, SMALL)
    assert not hooks_on(net.module)


# --- laws


@given(
    count=st.integers(1, 5),
    seed=st.integers(0, 10_000),
    layers=st.lists(st.sampled_from(LAYERS), min_size=1, unique=True),
    pool=st.sampled_from(["avg", "max"]),
)
def test_hooks_give_what_a_forward_written_by_hand_gives(
    count: int, seed: int, layers: list[str], pool: str
) -> None:
    batch = images(count, seed=seed)
    expected = by_hand(NET, batch)
    reduce = {"avg": lambda t: t.mean((2, 3)), "max": lambda t: t.amax((2, 3))}[pool]
    found = hooked(NET, batch, layers, pool)
    assert list(found) == layers
    for layer, values in found.items():
        wanted = expected[layer.replace("[1]", ".1")]
        assert close(values, reduce(wanted) if wanted.ndim == 4 else wanted)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(0, 10_000))
def test_the_size_of_batches_does_not_matter(sizes: list[int], seed: int) -> None:
    batch = images(sum(sizes), seed=seed)
    whole = hooked(NET, batch, LAYERS)
    with Hooks(NET, LAYERS) as hooks:
        parts = [hooks(part) for part in batch.split(sizes)]
    for layer in LAYERS:
        joined = torch.cat([part[layer] for part in parts])
        assert joined.shape == whole[layer].shape
        assert close(joined, whole[layer])


@given(st.permutations(range(4)), st.integers(0, 10_000))
def test_an_image_keeps_its_activations_wherever_it_stands(order: list[int], seed: int) -> None:
    batch = images(4, seed=seed)
    straight, turned = hooked(NET, batch, LAYERS), hooked(NET, batch[order], LAYERS)
    assert all(close(turned[layer], straight[layer][order]) for layer in LAYERS)


def hooks_on(module: nn.Module) -> int:
    return sum(len(part._forward_hooks) for part in module.modules())


def modes(module: nn.Module) -> list[bool]:
    return [part.training for part in module.modules()]


BATCH = images(2)
EXPECTED = by_hand(NET, BATCH)["fc"]


@given(st.integers(0, 2**70), st.booleans())
@fewer(10)
def test_a_network_is_left_as_it_was(bits: int, fails: bool) -> None:
    net = copy.deepcopy(NET)
    for place, part in enumerate(net.modules()):
        part.training = bool(bits >> place & 1)
    foreign = net.fc.register_forward_hook(lambda *_: None)
    before, training = copy.deepcopy(net.state_dict()), modes(net)
    assert hooks_on(net) == 1
    try:
        with Hooks(net, LAYERS) as hooks:
            assert hooks_on(net) == 1 + len(LAYERS)
            assert not any(modes(net))
            found = hooks(BATCH)["fc"]
            if fails:
                raise KeyError
    except KeyError:
        assert fails
    assert close(found, EXPECTED)
    assert hooks_on(net) == 1
    assert modes(net) == training
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
    foreign.remove()


def test_hooks_are_gone_when_the_forward_pass_raises() -> None:
    net = trained().train()
    with pytest.raises(StudyError, match="expected a network that runs on images of 5 x 16 x 16"):
        hooked(net, torch.zeros(1, 5, 16, 16), LAYERS)
    assert hooks_on(net) == 0
    assert all(modes(net))


def test_a_mistake_in_a_layers_name_leaves_no_hook() -> None:
    with pytest.raises(StudyError, match=r"found 'layer9': the nearest are layer"):
        Hooks(NET, ["layer2", "layer9"])
    with pytest.raises(StudyError, match="pool: expected one of avg, max, found 'sum'"):
        Hooks(NET, ["layer2"], pool="sum")
    assert hooks_on(NET) == 0


def test_nothing_is_handed_back_after_leaving() -> None:
    with Hooks(NET, LAYERS) as hooks:
        pass
    with pytest.raises(StudyError, match="expected to be called inside `with`"):
        hooks(images(1))


def test_nothing_is_handed_back_before_entering() -> None:
    with pytest.raises(StudyError) as caught:
        Hooks(NET, LAYERS)(images(1))
    assert str(caught.value) == "hooks: expected to be called inside `with`, found them removed"


def test_a_run_by_somebody_else_is_not_seen() -> None:
    with Hooks(NET, ["fc"]) as hooks:
        for count in (1, 3):
            NET(images(count))
            assert hooks(images(2))["fc"].shape == (2, 5)
            NET(images(count))


class Placed(nn.Module):
    """Notes how the batch lay in memory that it was given."""

    def __init__(self, *, weights: bool) -> None:
        super().__init__()
        self.part = nn.Linear(3, 2) if weights else nn.Identity()
        self.channels_last: list[bool] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.ndim == 4:
            self.channels_last.append(x.is_contiguous(memory_format=torch.channels_last))
            x = x.mean((2, 3))
        return self.part(x)


@pytest.mark.parametrize("weights", [True, False])
def test_batches_lie_channels_last_where_they_have_channels(weights: bool) -> None:
    net = Placed(weights=weights)
    assert not TWO.is_contiguous(memory_format=torch.channels_last)
    found = hooked(net, TWO, ["part"])["part"]
    assert net.channels_last == [True]
    assert found.shape == (2, 2 if weights else 3)
    rows = torch.arange(6.0).reshape(2, 3)
    assert torch.equal(hooked(net, rows, ["part"])["part"], net.part(rows).detach())


class Wide(nn.Module):
    """Three units on maps of 2 x 5."""

    def __init__(self) -> None:
        super().__init__()
        self.part, self.both = nn.Identity(), nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.both((x, x))
        return self.part(x)


def test_a_map_is_that_of_the_unit_that_is_asked_for() -> None:
    batch = torch.arange(60.0).reshape(2, 3, 2, 5)
    net = network(Wide())
    assert torch.equal(activation_map(net, "part", 2, batch), batch[:, 2])
    assert torch.equal(activation_map(net, "part", [2, 0], batch), batch[[0, 1], [2, 0]])
    for units, said in (
        (3, "Net: part: expected units from 0 to 2, found 3 to 3"),
        ([-1, 2], "Net: part: expected units from 0 to 2, found -1 to 2"),
    ):
        with pytest.raises(StudyError) as caught:
            activation_map(net, "part", units, batch)
        assert str(caught.value) == said
    with pytest.raises(StudyError) as caught:
        activation_map(net, "both", 0, batch)
    assert str(caught.value) == "Net: both: expected a layer with space, found none"


def test_what_is_said_is_one_line() -> None:
    wrong = torch.zeros(2, 5)
    wrong[1, 4] = float("inf")
    for net, batch, said in (
        (Shaped(torch.zeros(2, 5), 2), TWO,
         "part: expected a layer that runs once, found it called twice"),
        (Shaped(torch.zeros(2, 5), 0), TWO,
         "part: expected a layer that the network runs, found it unused"),
        (Shaped([1]), TWO, "part: expected a layer that gives one tensor, found list"),
        (Shaped(torch.zeros(7, 5)), TWO, "part: expected an output (2 images, units) or with "
         "tokens or space, found shape (7, 5)"),
        (Shaped(wrong), TWO, "part: expected finite activations, found inf at unit 4 for image 1 "
         "of the batch: the weights or the preprocessing are broken"),
    ):  # fmt: skip
        with pytest.raises(StudyError) as caught:
            hooked(net, batch, ["part"])
        assert str(caught.value) == said
    with pytest.raises(StudyError) as caught:
        Hooks(NET, ["fc"], pool="sum")
    assert str(caught.value) == "pool: expected one of avg, max, found 'sum'"


def test_two_pools_at_once_do_not_disturb_each_other() -> None:
    with Hooks(NET, ["layer2"]) as mean, Hooks(NET, ["layer2"], pool="max") as most:
        batch = images(2)
        assert torch.equal(most(batch)["layer2"], hooked(NET, batch, ["layer2"], "max")["layer2"])
        assert torch.equal(mean(batch)["layer2"], hooked(NET, batch, ["layer2"])["layer2"])


class UnitsLast(nn.Module):
    """Turns (images, units, height, width) as Swin's stages do."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.permute(0, 2, 3, 1)


class OneSize(nn.Module):
    """Runs on images of one height alone, and counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.heights: list[int] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.heights.append(x.shape[2])
        if x.shape[2] != 8:
            raise ValueError("another height")
        return x


def test_maps_with_their_units_last_are_refused() -> None:
    net = nn.Sequential(nn.Conv2d(3, 5, 3), UnitsLast(), nn.LayerNorm(5))
    image = torch.zeros(1, 3, 8, 8)
    check_axes(net, ["0"], image)
    for layer in ("1", "[2]"):
        with pytest.raises(StudyError) as error:
            check_axes(net, ["0", layer], image)
        assert str(error.value) == (
            f"{layer}: expected an output (images, units, height, width), found its units last in "
            "(1, 6, 6, 5): dissect a layer after the network has turned them"
        )
    assert not any(module._forward_hooks for module in net.modules())


def test_only_maps_have_axes_to_check() -> None:
    net = nn.Sequential(UnitsLast(), nn.Flatten(2), nn.Flatten(1), Pair())
    check_axes(net, ["1", "2", "3"], torch.zeros(1, 3, 8, 8))


class Pair(nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return x, x


def test_a_network_of_one_size_is_not_looked_at() -> None:
    net = nn.Sequential(OneSize(), UnitsLast())
    check_axes(net, ["1"], torch.zeros(1, 3, 8, 8))
    assert net[0].heights == [8, 16]


def test_results_can_be_used_outside_inference_mode() -> None:
    values = hooked(NET, images(1), ["fc"])["fc"]
    assert (values + 1).sum().isfinite()
    assert not values.requires_grad


# --- shapes of outputs


class Shaped(nn.Module):
    """Gives whatever it is told to; `times` is how often it is called."""

    def __init__(self, output: object, times: int = 1) -> None:
        super().__init__()
        self.part = nn.Identity()
        self.after = nn.ReLU(inplace=True)
        self.output, self.times = output, times

    def forward(self, _: torch.Tensor) -> object:
        for _ in range(self.times):
            given = self.part(copy.deepcopy(self.output))
            if isinstance(given, torch.Tensor):
                self.after(given)
        return self.output


TWO = torch.zeros(2, 3, 4, 4)


@pytest.mark.parametrize("shape", [(2, 5), (2, 7, 5), (2, 5, 3, 2)])
def test_an_output_is_copied_before_a_relu_in_place_changes_it(shape: tuple[int, ...]) -> None:
    output = -torch.ones(shape)
    found = hooked(Shaped(output), TWO, ["part"])["part"]
    assert found.tolist() == [[-1.0] * 5] * 2


def test_of_tokens_the_first_is_taken() -> None:
    output = torch.arange(30.0).reshape(2, 3, 5)
    assert hooked(Shaped(output), TWO, ["part"])["part"].tolist() == [
        [0, 1, 2, 3, 4],
        [15, 16, 17, 18, 19],
    ]


def test_a_vision_transformer_is_read_at_its_class_token() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = VisionTransformer(8, 4, 2, 2, 8, 8).eval()
    raw: list[torch.Tensor] = []
    block = net.encoder.layers[0]
    handle = block.register_forward_hook(lambda _m, _i, output: raw.append(output))
    found = hooked(net, images(3, side=8), ["encoder.layers.encoder_layer_0", "encoder.ln"])
    handle.remove()
    assert torch.equal(found["encoder.layers.encoder_layer_0"], raw[0][:, 0])
    assert found["encoder.ln"].shape == (3, 8)
    with pytest.raises(
        StudyError, match="self_attention: expected a layer that gives one tensor, "
    ):
        hooked(net, images(1, side=8), ["encoder.layers.encoder_layer_0.self_attention"])
    with pytest.raises(StudyError, match="images of 3 x 16 x 16 numbers, found Wrong image height"):
        hooked(net, images(1), ["encoder.ln"])


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (torch.zeros(2), r"part: expected an output \(2 images, units\) .* found shape \(2,\)"),
        (torch.tensor(0.0), r"found shape \(\)"),
        (torch.zeros(2, 1, 1, 1, 1), r"found shape \(2, 1, 1, 1, 1\)"),
        (torch.zeros(7, 2, 5), r"found shape \(7, 2, 5\)"),
        ((torch.zeros(2, 5), None), "part: expected a layer that gives one tensor, found tuple"),
        ({"out": torch.zeros(2, 5)}, "found dict"),
    ],
    ids=["1-d", "0-d", "5-d", "tokens first", "tuple", "dict"],
)
def test_any_other_output_is_an_error_with_layer_and_shape(output: object, said: str) -> None:
    with pytest.raises(StudyError, match=said):
        hooked(Shaped(output), TWO, ["part"])


@pytest.mark.parametrize(("times", "said"), [(2, "found it called twice"), (0, "found it unused")])
def test_a_layer_runs_exactly_once(times: int, said: str) -> None:
    net = Shaped(torch.zeros(2, 5), times)
    with Hooks(net, ["part"]) as hooks:
        with pytest.raises(StudyError, match=f"^part: expected a layer that .*{said}"):
            hooks(TWO)
        net.times = 1
        hooks(TWO)
        assert hooks(TWO)["part"].shape == (2, 5), "once per batch, not once in all"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 2, 2)])
def test_a_number_that_is_not_finite_names_layer_and_image(
    value: float, shape: tuple[int, ...]
) -> None:
    output = torch.zeros(shape)
    output[1, 4] = output[2, 0] = value
    batch = torch.zeros(3, 3, 4, 4)
    with Hooks(Shaped(output), ["part"]) as hooks:
        with pytest.raises(StudyError, match=r"^part: .* at unit 4 for image 1 of the batch"):
            hooks(batch)
        with pytest.raises(StudyError, match=r"^part: expected finite .* at unit 4 for b\.jpg"):
            hooks(batch, names=["a.jpg", "b.jpg", "c.jpg"])


# --- faster copies


@given(st.integers(0, 10_000))
@fewer(5)
def test_a_folded_network_gives_the_same_within_rounding(seed: int) -> None:
    net = trained(seed)
    before = copy.deepcopy(net.state_dict())
    layers = ("layer2", "layer3.1.conv2", "layer3.1.bn2", "layer4", "fc")
    fast = optimise(net, layers)
    plain, quick = hooked(net, images(3), layers), hooked(fast, images(3), layers)
    assert all(close(quick[layer], plain[layer]) for layer in layers)
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
    assert [type(part) for part in net.modules()] == [type(part) for part in trained(0).modules()]


def test_no_pair_is_folded_that_a_hook_looks_into() -> None:
    pairs = foldable(NET, ["layer2", "layer4", "fc"])
    assert len(pairs) == 20
    assert ("layer2.0.downsample.0", "layer2.0.downsample.1") in pairs
    for layer in ("layer3.1.conv2", "layer3.1.bn2"):
        rest = foldable(NET, ["layer2", layer])
        assert set(pairs) - set(rest) == {("layer3.1.conv2", "layer3.1.bn2")}
    fast = optimise(NET, ["layer3.1.conv2"])
    assert isinstance(fast.get_submodule("layer3.1.bn2"), nn.BatchNorm2d)
    assert isinstance(fast.get_submodule("layer3.0.bn2"), nn.Identity)


class Shared(nn.Module):
    """A convolution read by a norm and by something else; one used twice; one inside a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.read_twice = nn.Conv2d(3, 3, 1)
        self.norm = nn.BatchNorm2d(3)
        self.run_twice = nn.Conv2d(3, 3, 1)
        self.after = nn.BatchNorm2d(3)
        self.inner = nn.Sequential(nn.Conv2d(3, 3, 1))
        self.outer = nn.BatchNorm2d(3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.read_twice(x)
        y = self.norm(y) + y
        y = self.after(self.run_twice(self.run_twice(y)))
        return self.outer(self.inner(y))


def test_only_a_convolution_that_one_norm_alone_reads_is_folded() -> None:
    assert foldable(Shared().eval(), []) == [("inner.0", "outer")]
    assert foldable(Shared().eval(), ["inner"]) == [], "the layer would hold half of the pair"


def test_a_layer_whose_name_begins_like_a_convolutions_does_not_hold_it() -> None:
    parts = {"a": nn.Identity(), "ab": nn.Conv2d(3, 3, 1), "c": nn.BatchNorm2d(3)}
    net = nn.Sequential(OrderedDict(parts)).eval()
    assert foldable(net, ["a"]) == [("ab", "c")]


class Untraceable(nn.Sequential):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x if x.sum() > 0 else -x)


def test_a_network_that_cannot_be_traced_runs_unfolded() -> None:
    net = Untraceable(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).eval()
    fast = optimise(net, ["1"])
    assert isinstance(fast[1], nn.BatchNorm2d)
    assert close(hooked(fast, TWO + 1, ["1"])["1"], hooked(net, TWO + 1, ["1"])["1"])


def test_folding_is_left_out_on_request_and_in_train_mode() -> None:
    for fast in (optimise(NET, ["fc"], fold=False), optimise(copy.deepcopy(NET).train(), ["fc"])):
        assert isinstance(fast.bn1, nn.BatchNorm2d)
        assert not any(modes(fast))


def test_bfloat16_is_near_and_pooled_in_float32() -> None:
    layers = ("layer2", "layer4", "fc")
    fast = optimise(NET, layers, precision="bfloat16")
    assert {weight.dtype for weight in fast.parameters()} == {torch.bfloat16}
    found, plain = hooked(fast, images(4), layers), hooked(NET, images(4), layers)
    for layer in layers:
        assert found[layer].dtype == torch.float32
        assert close(found[layer], plain[layer], within=0.03)
    assert not close(found["layer4"], plain["layer4"])
    assert len(found["layer2"].unique()) > len(found["layer2"].bfloat16().unique())


# --- the published code


@pytest.fixture(scope="module")
def oracle(shared: Path) -> Path:
    return shared / "oracle" / "pipeline"


def published() -> Iterator[tuple[str, Network]]:
    for name, seed, classes in (("imagenet", 0, 1000), ("places", 1, 365)):
        yield (
            name,
            load_network(
                NetworkSettings(
                    name=name,
                    slug=name,
                    role="compared",
                    architecture="resnet18",
                    classes=classes,
                    weights=f"random:{seed}",
                    layers=("layer2", "layer3", "layer4", "fc"),
                )
            ),
        )


@pytest.mark.parametrize(("pool", "step"), [("avg", 4), ("max", 8)])
def test_activations_are_those_of_the_published_code(oracle: Path, pool: str, step: int) -> None:
    """From photos, by both ResNet18, folded; in the thorough profile from every photo."""
    step = 1 if os.environ.get("STUDY_PROFILE") == "thorough" else step
    probe = open_probe(ProbeSettings(kind="folder"), path=oracle / "photos")
    expected = np.load(oracle / "expected.npz")
    networks = dict(published())
    transforms = {name: net.preprocessing.apply for name, net in networks.items()}
    blocks: dict[str, list[torch.Tensor]] = {}
    chosen = range(0, len(probe), step)
    modules = {name: optimise(net.module, net.layers) for name, net in networks.items()}
    for _, tensors in batches(probe, transforms, indices=chosen, size=13):
        for name, net in networks.items():
            for layer, values in hooked(modules[name], tensors[name], net.layers, pool).items():
                blocks.setdefault(f"{name}_{pool}_{layer}", []).append(values)
    compared = blocks.keys() & expected.keys()
    assert len(compared) == {"avg": 8, "max": 6}[pool]
    for key in compared:
        wanted = expected[key][list(chosen)]
        found = torch.cat(blocks[key]).numpy()
        assert np.abs(found - wanted).max() < 1e-5 * np.ptp(wanted), key
