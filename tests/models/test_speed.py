"""Speed changes no number: a batch in pieces is the batch, a folded network the network."""

import copy
from collections import OrderedDict

import pytest
import torch
import torchvision
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from study.errors import StudyError
from study.models.activations import Hooks
from study.models.encoder import Encoder
from study.models.layouts import Layout
from study.models.pieces import pieces, run_pieces
from study.models.preprocessing import Preprocessing
from study.models.speed import foldable, optimise
from tests.small_networks import NET, close, hooked, images, modes, trained
from tests.strategies import fewer

TWO = torch.zeros(2, 3, 4, 4)


@given(count=st.integers(1, 70), side=st.integers(1, 512))
def test_pieces_are_the_batch_in_order_and_of_one_size(count, side):
    batch = torch.arange(count).view(-1, 1, 1, 1).expand(count, 3, side, side)
    parts = list(pieces(batch, nn.Linear(1, 1)))
    assert [int(image[0, 0, 0]) for part, real in parts for image in part[:real]] == [*range(count)]
    assert all(int(image[0, 0, 0]) == count - 1 for image in parts[-1][0][parts[-1][1] :])
    (size,) = {len(part) for part, _ in parts}
    assert size == 1 or size * side**2 <= 12 * 224**2
    assert size == 64 or (size + 1) * side**2 > 12 * 224**2


def test_small_images_stay_together_and_so_does_what_no_cpu_computes():
    def sizes(*shape, device="cpu"):
        return [real for _, real in pieces(torch.zeros(shape), nn.Linear(1, 1, device=device))]

    assert sizes(64, 3, 96, 96) == [64]
    assert sizes(64, 3, 224, 224) == [12, 12, 12, 12, 12, 4]
    assert sizes(64, 3, 224, 224, device="meta") == [64]
    assert sizes(64, 200) == [64]


def vit():
    return torchvision.models.VisionTransformer(64, 16, 2, 4, 64, 128, num_classes=10)


@pytest.mark.parametrize(
    ("build", "layer"), [(lambda: trained(0), "fc"), (vit, "encoder.ln")], ids=["ResNet", "ViT"]
)
def test_an_image_is_the_same_to_the_last_bit_in_any_company(build, layer):
    """So that what was stored yesterday and what is computed today fit together."""
    torch.manual_seed(0)
    net, photos = build().eval(), torch.randn(70, 3, 64, 64)

    def activations(batch):
        with Hooks(net, [layer]) as hooks:
            return torch.cat([hooks(part)[layer][:real] for part, real in pieces(batch, net)])

    whole = activations(photos)
    assert whole.std() > 0
    for chosen in ([3], [3, 4], list(range(69, 3, -1)), [0, 69, 35, 35]):
        assert torch.equal(activations(photos[chosen]), whole[chosen])


@given(st.integers(0, 10_000))
@fewer(5)
def test_a_folded_network_gives_the_same_within_rounding(seed):
    net = trained(seed)
    before = copy.deepcopy(net.state_dict())
    layers = ("layer2", "layer3.1.conv2", "layer3.1.bn2", "layer4", "fc")
    fast = optimise(net, layers)
    plain, quick = hooked(net, images(3), layers), hooked(fast, images(3), layers)
    assert all(close(quick[layer], plain[layer]) for layer in layers)
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
    assert [type(part) for part in net.modules()] == [type(part) for part in trained(0).modules()]


def test_no_pair_is_folded_that_a_hook_looks_into():
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

    def __init__(self):
        super().__init__()
        self.read_twice = nn.Conv2d(3, 3, 1)
        self.norm = nn.BatchNorm2d(3)
        self.run_twice = nn.Conv2d(3, 3, 1)
        self.after = nn.BatchNorm2d(3)
        self.inner = nn.Sequential(nn.Conv2d(3, 3, 1))
        self.outer = nn.BatchNorm2d(3)

    def forward(self, x):
        y = self.read_twice(x)
        y = self.norm(y) + y
        y = self.after(self.run_twice(self.run_twice(y)))
        return self.outer(self.inner(y))


def test_only_a_convolution_that_one_norm_alone_reads_is_folded():
    assert foldable(Shared().eval(), []) == [("inner.0", "outer")]
    assert foldable(Shared().eval(), ["inner"]) == [], "the layer would hold half of the pair"


def test_a_layer_whose_name_begins_like_a_convolutions_does_not_hold_it():
    parts = {"a": nn.Identity(), "ab": nn.Conv2d(3, 3, 1), "c": nn.BatchNorm2d(3)}
    net = nn.Sequential(OrderedDict(parts)).eval()
    assert foldable(net, ["a"]) == [("ab", "c")]


class Untraceable(nn.Sequential):
    def forward(self, x):
        return super().forward(x if x.sum() > 0 else -x)


def test_a_network_that_cannot_be_traced_runs_unfolded():
    net = Untraceable(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).eval()
    fast = optimise(net, ["1"])
    assert isinstance(fast[1], nn.BatchNorm2d)
    assert close(hooked(fast, TWO + 1, ["1"])["1"], hooked(net, TWO + 1, ["1"])["1"])


def test_a_network_in_train_mode_runs_unfolded():
    fast = optimise(copy.deepcopy(NET).train(), ["fc"])
    assert isinstance(fast.bn1, nn.BatchNorm2d)
    assert not any(modes(fast))


def test_bfloat16_is_near_and_pooled_in_float32():
    layers = ("layer2", "layer4", "fc")
    fast = optimise(NET, layers, precision="bfloat16")
    assert {weight.dtype for weight in fast.parameters()} == {torch.bfloat16}
    rough, plain = hooked(fast, images(4), layers), hooked(NET, images(4), layers)
    for layer in layers:
        assert rough[layer].dtype == torch.float32
        assert close(rough[layer], plain[layer], within=0.03)
    assert not close(rough["layer4"], plain["layer4"])
    assert len(rough["layer2"].unique()) > len(rough["layer2"].bfloat16().unique())


class SmallMemory(nn.Module):
    """Fails as a GPU does whose memory holds `most` images."""

    def __init__(self, most, error=torch.OutOfMemoryError):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.most, self.error, self.seen = most, error, []

    def forward(self, images):
        if len(images) > self.most:
            raise self.error("CUDA out of memory. Tried to allocate 2.30 GiB.")
        self.seen.append(len(images))
        return images[:, 0, 0, 0]


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError, MemoryError])
@pytest.mark.parametrize(("most", "count"), [(1, 5), (5, 64), (12, 30), (64, 7)])
def test_a_piece_that_does_not_fit_the_memory_is_halved(most, count, error):
    net, images = SmallMemory(most, error), torch.rand(count, 3, 224, 224)
    parts = [values[:images] for values, images in run_pieces(images, net, net)]
    assert torch.equal(torch.cat(parts), images[:, 0, 0, 0])
    assert max(net.seen) <= most


def test_no_memory_for_one_image_is_said():
    net = SmallMemory(0)
    with pytest.raises(
        StudyError, match=r"^the device ran out of memory with one image at a time; .* --device"
    ):
        list(run_pieces(torch.rand(2, 3, 64, 64), net, net))
    broken = SmallMemory(0, ValueError)
    with pytest.raises(ValueError, match="CUDA"):
        list(run_pieces(torch.rand(2, 3, 64, 64), broken, broken))


def test_hooks_and_encoder_go_on_with_half_a_piece():
    net, images = SmallMemory(4), torch.rand(9, 3, 224, 224)
    means = images[:, 0, 0, 0]
    net.register_forward_hook(lambda _m, _i, output: output[:, None])
    with Hooks(nn.Sequential(net), ["0"], layouts={"0": Layout()}) as hooks:
        found = [rows["0"][:count] for rows, count in run_pieces(images, net, hooks)]
    assert torch.equal(torch.cat(found)[:, 0], means)
    net.encode_image = net
    encoder = Encoder(net, None, Preprocessing(), "small", "", "", 1, torch.device("cpu"))
    assert torch.equal(encoder.encode_images(images)[:, 0], means)
