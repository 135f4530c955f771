"""Activations: hooks return what the layers computed, and leave the network as it was."""

import copy
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torchvision.models import VisionTransformer

from study.errors import StudyError
from study.inputs.batches import batches
from study.inputs.probe import open_probe
from study.inputs.settings import ProbeSettings
from study.models.activations import Hooks, count_units
from study.models.architectures import build
from study.models.networks import Network
from study.models.speed import optimise
from tests.small_networks import (
    LAYERS,
    NET,
    close,
    hooked,
    hooks_on,
    images,
    modes,
    trained,
    written_out,
)
from tests.strategies import fewer

TWO = torch.zeros(2, 3, 4, 4)

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
    expected = written_out(NET, batch)
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


BATCH = images(2)
EXPECTED = written_out(NET, BATCH)["fc"]


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
    with pytest.raises(StudyError, match=r"rejects images of shape \(5, 16, 16\): \S"):
        hooked(net, torch.zeros(1, 5, 16, 16), LAYERS)
    assert hooks_on(net) == 0
    assert all(modes(net))


def test_a_mistake_in_a_name_leaves_no_hook() -> None:
    with pytest.raises(StudyError, match=r"no layer 'layer9'; the nearest are layer"):
        Hooks(NET, ["layer2", "layer9"])
    with pytest.raises(StudyError, match=r"^pool: expected one of avg, max, found 'sum'$"):
        Hooks(NET, ["layer2"], pool="sum")
    assert hooks_on(NET) == 0


def test_nothing_is_returned_outside_with() -> None:
    hooks = Hooks(NET, LAYERS)
    for _ in range(2):
        with pytest.raises(StudyError, match=r"^hooks work only inside `with`$"):
            hooks(images(1))
        with hooks:
            pass


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


@pytest.mark.parametrize("layer", ["1", "[2]"])
def test_maps_with_their_units_last_are_refused(layer: str) -> None:
    net = nn.Sequential(nn.Conv2d(3, 5, 3), UnitsLast(), nn.LayerNorm(5))
    image = torch.zeros(1, 3, 8, 8)
    assert count_units(net, ["0"], image, name="a.jpg") == {"0": 5}
    with pytest.raises(StudyError) as error:
        count_units(net, ["0", layer], image, name="a.jpg")
    assert str(error.value).startswith(f"{layer}: expected an output (images, units, height, width")
    assert "last in (1, 6, 6, 5): dissect a layer after" in str(error.value)
    assert hooks_on(net) == 0


def test_units_are_counted_in_every_kind_of_layer() -> None:
    net = nn.Sequential(UnitsLast(), nn.Flatten(2), nn.Flatten(1))
    assert count_units(net, ["1", "[2]"], torch.zeros(1, 3, 4, 5), name="a") == {"1": 15, "[2]": 60}


def test_a_network_of_one_size_is_not_checked() -> None:
    net = nn.Sequential(OneSize(), UnitsLast())
    assert count_units(net, ["1"], torch.zeros(1, 3, 8, 8), name="a.jpg") == {"1": 8}
    assert net[0].heights == [8, 16, 8]


def test_units_are_not_counted_where_activations_cannot_be_read() -> None:
    spoilt = torch.full((1, 5), float("nan"))
    with pytest.raises(StudyError, match=r"^part: expected finite .* at unit 0 for a\.jpg: "):
        count_units(Shaped(spoilt), ["part"], TWO[:1], name="a.jpg")
    with pytest.raises(StudyError, match=r"^part: expected one tensor as output, found tuple$"):
        count_units(Shaped((TWO, TWO)), ["part"], TWO[:1], name="a.jpg")


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
    with pytest.raises(StudyError, match="self_attention: expected one tensor"):
        hooked(net, images(1, side=8), ["encoder.layers.encoder_layer_0.self_attention"])
    with pytest.raises(StudyError, match=r"images of shape \(3, 16, 16\): Wrong image height"):
        hooked(net, images(1), ["encoder.ln"])


@pytest.mark.parametrize(
    ("output", "problem"),
    [
        (torch.zeros(2), r"an output \(2 images, units\), .* found shape \(2,\)$"),
        (torch.tensor(0.0), r"found shape \(\)$"),
        (torch.zeros(2, 1, 1, 1, 1), r"found shape \(2, 1, 1, 1, 1\)$"),
        (torch.zeros(7, 2, 5), r"found shape \(7, 2, 5\)$"),
        ((torch.zeros(2, 5), None), "one tensor as output, found tuple$"),
        ({"out": torch.zeros(2, 5)}, "found dict$"),
    ],
    ids=["1-d", "0-d", "5-d", "tokens first", "tuple", "dict"],
)
def test_any_other_output_is_an_error_with_layer_and_shape(output: object, problem: str) -> None:
    with pytest.raises(StudyError, match=f"^part: expected {problem}|^part: .*{problem}"):
        hooked(Shaped(output), TWO, ["part"])


@pytest.mark.parametrize(
    ("times", "problem"), [(2, "runs this layer twice; .*once$"), (0, "does not run this layer$")]
)
def test_a_layer_runs_exactly_once(times: int, problem: str) -> None:
    net = Shaped(torch.zeros(2, 5), times)
    with Hooks(net, ["part"]) as hooks:
        with pytest.raises(StudyError, match=f"^part: the network {problem}"):
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
        with pytest.raises(
            StudyError, match=r"^part: .* at unit 4 for image 1 of the batch: the weights"
        ):
            hooks(batch)
        with pytest.raises(StudyError, match=r"^part: expected finite .* at unit 4 for b\.jpg"):
            hooks(batch, names=["a.jpg", "b.jpg", "c.jpg"])


# --- the published code


@pytest.fixture(scope="module")
def oracle(shared: Path) -> Path:
    return shared / "oracle" / "pipeline"


def published() -> Iterator[tuple[str, Network]]:
    for name, seed, classes in (("imagenet", 0, 1000), ("places", 1, 365)):
        yield (
            name,
            Network.of(
                build("resnet18", classes, seed=seed),
                name=name,
                layers=("layer2", "layer3", "layer4", "fc"),
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
