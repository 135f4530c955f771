"""Activations: hooks return what the layers computed, and leave the network as it was."""

import copy
import os

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
from study.models.activations import Hooks, layouts_of
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


@pytest.mark.parametrize(
    ("pool", "convolved", "rectified"),
    [
        ("avg", [[2.5, -2.5], [0.25, -0.25]], [[2.5, 0], [0.5, 0.25]]),
        ("max", [[4, -1], [2, 1]], [[4, 0], [2, 1]]),
    ],
)
def test_a_network_small_enough_to_compute_on_paper(pool, convolved, rectified):
    net = nn.Sequential(nn.Conv2d(1, 2, 1, bias=False), nn.ReLU(inplace=True), nn.Flatten())
    net[0].weight.data[:, 0, 0, 0] = torch.tensor([1.0, -1.0])
    batch = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]], [[[0.0, -1.0], [2.0, 0.0]]]])
    activations = hooked(net, batch, ["0", "[1]", "2"], pool)
    assert {layer: values.tolist() for layer, values in activations.items()} == {
        "0": convolved,
        "[1]": rectified,
        "2": [[1, 2, 3, 4, 0, 0, 0, 0], [0, 0, 2, 0, 0, 1, 0, 0]],
    }


@given(
    count=st.integers(1, 5),
    seed=st.integers(0, 10_000),
    layers=st.lists(st.sampled_from(LAYERS), min_size=1, unique=True),
    pool=st.sampled_from(["avg", "max"]),
)
def test_hooks_give_what_a_plain_forward_pass_gives(count, seed, layers, pool):
    batch = images(count, seed=seed)
    expected = written_out(NET, batch)
    reduce = {"avg": lambda t: t.mean((2, 3)), "max": lambda t: t.amax((2, 3))}[pool]
    activations = hooked(NET, batch, layers, pool)
    assert list(activations) == layers
    for layer, values in activations.items():
        output = expected[layer.replace("[1]", ".1")]
        assert close(values, reduce(output) if output.ndim == 4 else output)
        assert values.dtype == torch.float32


@given(st.permutations(range(6)), st.sampled_from([[6], [1, 5], [3, 1, 2]]), st.integers(0, 10_000))
def test_an_image_has_the_same_activations_in_any_batch(order, sizes, seed):
    batch = images(6, seed=seed)
    whole = hooked(NET, batch, LAYERS)
    with Hooks(NET, LAYERS) as hooks:
        parts = [hooks(part) for part in batch[order].split(sizes)]
    for layer in LAYERS:
        joined = torch.cat([part[layer] for part in parts])
        assert joined.shape == whole[layer].shape
        assert close(joined, whole[layer][order])


@given(st.integers(0, 2**70), st.booleans())
@fewer(10)
def test_a_network_is_left_as_it_was(bits, fails):
    net = copy.deepcopy(NET)
    for index, part in enumerate(net.modules()):
        part.training = bool(bits >> index & 1)
    net.fc.register_forward_hook(lambda *_: None)  # of other code: stays
    before, training = copy.deepcopy(net.state_dict()), modes(net)
    assert hooks_on(net) == 1
    try:
        with Hooks(net, LAYERS) as hooks:
            assert hooks_on(net) == 1 + len(LAYERS)
            assert not any(modes(net))
            activations = hooks(images(2))["fc"]
            if fails:
                raise KeyError
    except KeyError:
        assert fails
    assert close(activations, written_out(NET, images(2))["fc"])
    assert hooks_on(net) == 1
    assert modes(net) == training
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())


def test_hooks_are_gone_when_the_forward_pass_raises():
    net = trained().train()
    with pytest.raises(StudyError, match=r"rejects images of shape \(5, 16, 16\): \S"):
        hooked(net, torch.zeros(1, 5, 16, 16), LAYERS)
    assert hooks_on(net) == 0
    assert all(modes(net))


def test_a_mistake_in_a_name_leaves_no_hook():
    with pytest.raises(StudyError, match=r"no layer 'layer9'; the nearest are layer"):
        Hooks(NET, ["layer2", "layer9"])
    with pytest.raises(StudyError, match=r"no layer 'layer9'; the nearest are layer"):
        layouts_of(NET, ["layer9"], images(1))
    with pytest.raises(StudyError, match=r"^pool: expected one of avg, max, found 'sum'$"):
        Hooks(NET, ["layer2"], pool="sum")
    assert hooks_on(NET) == 0


def test_nothing_is_returned_outside_with():
    hooks = Hooks(NET, LAYERS)
    for _ in range(2):
        with pytest.raises(StudyError, match=r"^hooks work only inside `with`$"):
            hooks(images(1))
        with hooks:
            pass


def test_a_run_by_other_code_is_not_seen():
    with Hooks(NET, ["fc"]) as hooks:
        for count in (1, 3):
            NET(images(count))
            assert hooks(images(2))["fc"].shape == (2, 5)
            NET(images(count))


@pytest.mark.parametrize("part", [nn.Linear(3, 2), nn.Identity()], ids=["weights", "none"])
def test_batches_lie_channels_last_where_they_have_channels(part):
    net = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), part)
    batches_seen = []
    net.register_forward_pre_hook(lambda _, inputs: batches_seen.append(inputs[0]))
    assert not TWO.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(hooked(net, TWO, ["2"])["2"], part(torch.zeros(2, 3)).detach())
    assert batches_seen[0].is_contiguous(memory_format=torch.channels_last)
    rows = torch.arange(6.0).reshape(2, 3)
    assert torch.equal(hooked(nn.Sequential(part), rows, ["0"])["0"], part(rows).detach())
    assert hooked(nn.Sequential(nn.Linear(3, 2).double()), rows, ["0"])["0"].dtype == torch.float32


def test_two_pools_at_once_do_not_disturb_each_other():
    with Hooks(NET, ["layer2"]) as mean, Hooks(NET, ["layer2"], pool="max") as most:
        batch = images(2)
        assert torch.equal(most(batch)["layer2"], hooked(NET, batch, ["layer2"], "max")["layer2"])
        assert torch.equal(mean(batch)["layer2"], hooked(NET, batch, ["layer2"])["layer2"])


def test_results_can_be_used_outside_inference_mode():
    values = hooked(NET, images(1), ["fc", "fc"])["fc"]
    assert (values + 1).sum().isfinite()
    assert not values.requires_grad


class Shaped(nn.Module):
    """Returns the given output, `times` times over."""

    def __init__(self, output, times=1):
        super().__init__()
        self.part = nn.Identity()
        self.after = nn.ReLU(inplace=True)
        self.output, self.times = output, times

    def forward(self, _):
        for _ in range(self.times):
            output = self.part(copy.deepcopy(self.output))
            if isinstance(output, torch.Tensor):
                self.after(output)
        return self.output


@pytest.mark.parametrize("shape", [(2, 5), (2, 7, 5), (2, 5, 3, 3)])
def test_an_output_is_copied_before_a_relu_in_place_changes_it(shape):
    with Hooks(Shaped(-torch.ones(shape)), ["part"], tokens="mean") as hooks:
        activations = hooks(TWO)["part"]
    assert activations.tolist() == [[-1.0] * 5] * 2


def test_a_vision_transformer_is_read_at_its_class_token():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = VisionTransformer(8, 4, 2, 2, 8, 8).eval()
    raw, block = [], "encoder.layers.encoder_layer_0"
    net.get_submodule(block).register_forward_hook(lambda _m, _i, output: raw.append(output))
    activations = hooked(net, images(3, side=8), [block, "encoder.ln"])
    assert torch.equal(activations[block], raw[0][:, 0])
    assert activations["encoder.ln"].shape == (3, 8)
    attended = hooked(net, images(1, side=8), [f"{block}.self_attention"])
    assert attended[f"{block}.self_attention"].shape == (1, 8)
    with pytest.raises(StudyError, match=r"images of shape \(3, 16, 16\): Wrong image height"):
        hooked(net, images(1), ["encoder.ln"])


@pytest.mark.parametrize(
    ("output", "problem"),
    [
        (torch.zeros(2), r"an output \(2 images, units\), .* found shape \(2,\)$"),
        (torch.tensor(0.0), r"found shape \(\)$"),
        (torch.zeros(2, 1, 1, 1, 1), r"found shape \(2, 1, 1, 1, 1\)$"),
        (torch.zeros(7, 2, 5), r"found shape \(7, 2, 5\)$"),
        ((None, "text"), "a tensor as output, found tuple$"),
        ({}, "found dict$"),
    ],
    ids=["1-d", "0-d", "5-d", "tokens first", "tuple", "dict"],
)
def test_any_other_output_is_an_error_with_layer_and_shape(output, problem):
    with pytest.raises(StudyError, match=f"^part: expected {problem}|^part: .*{problem}"):
        hooked(Shaped(output), TWO, ["part"])


@pytest.mark.parametrize(
    ("times", "problem"), [(2, "runs this layer more than once: "), (0, "does not run this layer$")]
)
def test_a_layer_runs_exactly_once(times, problem):
    net = Shaped(torch.zeros(2, 5), times)
    with Hooks(net, ["part"]) as hooks:
        with pytest.raises(StudyError, match=f"^part: the network {problem}"):
            hooks(TWO)
        net.times = 1
        hooks(TWO)
        assert hooks(TWO)["part"].shape == (2, 5), "once per batch, not once in all"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 2, 2)])
def test_a_number_that_is_not_finite_names_layer_and_image(value, shape):
    output = torch.zeros(shape)
    output[1, 4] = output[2, 0] = value
    batch = torch.zeros(3, 3, 4, 4)
    with Hooks(Shaped(output), ["part"]) as hooks:
        with pytest.raises(StudyError, match=r"^part: .* unit 4 for image 1 of the batch: the w"):
            hooks(batch)
        with pytest.raises(StudyError, match=r"^part: expected finite .* at unit 4 for b\.jpg"):
            hooks(batch, names=["a.jpg", "b.jpg", "c.jpg"])


@pytest.mark.parametrize(("pool", "step"), [("avg", 4), ("max", 8)])
def test_activations_are_those_of_the_published_code(shared, pool, step):
    """From photos, by both ResNet18, folded; in the thorough profile from every photo."""
    step = 1 if os.environ.get("STUDY_PROFILE") == "thorough" else step
    oracle = shared / "oracle" / "pipeline"
    probe = open_probe(ProbeSettings(kind="folder"), path=oracle / "photos")
    expected = np.load(oracle / "expected.npz")
    layers = ("layer2", "layer3", "layer4", "fc")
    networks = {
        name: Network.of(build("resnet18", classes, seed=seed), name=name, layers=layers)
        for name, seed, classes in (("imagenet", 0, 1000), ("places", 1, 365))
    }
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
        published, ours = expected[key][list(chosen)], torch.cat(blocks[key]).numpy()
        assert np.abs(ours - published).max() < 1e-5 * np.ptp(published), key
