"""Networks: weights of every layout, read without executing them; layers; preprocessing."""

import json
import pickle
import re
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
import torchvision
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import nn
from torchvision import transforms
from torchvision.transforms import InterpolationMode

from study.errors import StudyError
from study.inputs.settings import NetworkSettings
from study.models import architectures, checkpoints, loading
from study.models.architectures import architecture_names, structure_digest
from study.models.loading import load_network
from study.models.networks import Network, canonical_layer
from study.models.preprocessing import INTERPOLATIONS, Preprocessing
from tests.strategies import fewer

TINY = {"architecture": "narrow_resnet18", "classes": 5, "layers": ("layer4",)}


def stated(weights="random:0", **changes):
    values = {"name": "Net", "role": "compared", "weights": weights} | TINY
    return NetworkSettings(**(values | changes))


@pytest.fixture(scope="module")
def tiny():
    return load_network(stated("random:3"))


@pytest.fixture(scope="module")
def weights(tiny):
    return dict(tiny.module.state_dict())


def saved(path, state, layout):
    prefixed = {f"module.{key}": value for key, value in state.items()}
    places = {k: v for k, v in prefixed.items() if not k.endswith("num_batches_tracked")}
    content: dict[str, Any] = {
        "Places365": {"epoch": 90, "arch": "resnet18", "state_dict": places, "best_prec1": 54.7},
        "model": {"model": dict(state), "optimizer": {"lr": 0.1}},
        "nested": {"net": {"state_dict": prefixed}},
    }
    if layout == "safetensors":
        safetensors.torch.save_file(dict(state), path)
    else:
        old = layout in ("older pickle", "Places365")
        torch.save(content.get(layout, dict(state)), path, _use_new_zipfile_serialization=not old)
    return path


@pytest.mark.parametrize(
    "layout", ["state dict", "older pickle", "Places365", "model", "nested", "safetensors"]
)
def test_weights_of_every_layout_give_the_same_network(tmp_path, tiny, weights, layout):
    path = saved(tmp_path / "misleading.name", weights, layout)
    network = load_network(stated(f"file:{path}"))
    assert all(torch.equal(v, weights[key]) for key, v in network.module.state_dict().items())
    artifact = load_network(stated("artifact:mine"), weights_path=path)
    assert artifact.sha256 == network.sha256 == tiny.sha256


@pytest.mark.parametrize("prefix", ["_orig_mod.", "model.", "module._orig_mod.", "model.module."])
def test_prefixes_of_all_names_are_removed(tmp_path, tiny, weights, prefix):
    state = {f"{prefix}{key}": value for key, value in weights.items()}
    torch.save({**state, "n_averaged": torch.tensor(7)}, tmp_path / "w.pth")
    assert load_network(stated(f"file:{tmp_path / 'w.pth'}")).sha256 == tiny.sha256
    torch.save({**state, "other": torch.ones(1)}, tmp_path / "w.pth")
    assert load_network(stated(f"file:{tmp_path / 'w.pth'}")).sha256 == tiny.sha256


def is_read_or_refused_in_one_line(path):
    message = "w.pth: read"
    try:
        checkpoints.read_state_dict(path)
    except StudyError as error:
        message = str(error)
    assert re.fullmatch(r"w\.pth: .+", message)


def test_a_flipped_byte_anywhere_in_a_zips_directory_is_one_line(tmp_path):
    path = saved(tmp_path / "w.pth", {"a": torch.arange(6.0)}, "state dict")
    raw = path.read_bytes()
    for index in range(raw.index(b"PK\x01\x02"), len(raw), 13):
        path.write_bytes(raw[:index] + bytes([raw[index] ^ 0x55]) + raw[index + 1 :])
        is_read_or_refused_in_one_line(path)


def test_half_precision_on_disk_runs_as_float32(tmp_path, weights):
    half = {k: v.half() if v.is_floating_point() else v for k, v in weights.items()}
    path = saved(tmp_path / "half.pth", half, "state dict")
    assert checkpoints.read_state_dict(path)["fc.weight"].dtype == torch.float32
    weight = load_network(stated(f"file:{path}")).module.fc.weight
    assert weight.dtype == torch.float32
    assert torch.equal(weight, half["fc.weight"].float())


def test_torchvisions_weights_state_their_preprocessing_and_bring_their_options(tmp_path):
    names = {"architecture": "googlenet", "classes": 1000, "layers": ("fc",)}
    drawn = load_network(stated(**names))
    assert drawn.module.transform_input is False
    torch.save(drawn.module.state_dict(), tmp_path / "w.pth")
    named = stated("torchvision:IMAGENET1K_V1", **names)
    network = load_network(named, weights_path=tmp_path / "w.pth")
    assert network.module.transform_input is True
    assert network.preprocessing == Preprocessing()
    assert network.sha256 == drawn.sha256
    with pytest.raises(StudyError, match=r"expected one of torchvision:IMAGENET1K_V1, .*found"):
        load_network(stated("torchvision:V9", **names), weights_path=tmp_path / "w.pth")
    with pytest.raises(StudyError, match=r"not located: get it at https://download\.pytorch"):
        load_network(named)


def test_a_random_network_is_the_one_that_torch_draws_from_the_seed():
    before = torch.get_rng_state()
    names = {"architecture": "squeezenet1_1", "layers": ("features.3",), "classes": 3}
    digests = [load_network(stated(f"random:{seed}", **names)).sha256 for seed in (7, 8)]
    assert torch.equal(torch.get_rng_state(), before), "the caller's generator was touched"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        expected = torchvision.models.squeezenet1_1(num_classes=3)
    assert digests[0] == checkpoints.digest(expected.state_dict()) != digests[1]


def test_the_digest_counts_every_number_and_no_counter(weights):
    digest = checkpoints.digest(weights)
    assert checkpoints.digest(dict(reversed(weights.items()))) == digest
    assert checkpoints.digest(weights | {"bn1.num_batches_tracked": torch.tensor(9)}) == digest
    changed = weights["bn1.running_var"].clone()
    changed[0] = torch.nextafter(changed[0], torch.tensor(2.0))
    assert checkpoints.digest(weights | {"bn1.running_var": changed}) != digest


def test_a_loaded_network_is_ready_to_be_read(tiny):
    assert (tiny.name, tiny.role, tiny.slug) == ("Net", "compared", "net")
    assert not any(part.training for part in tiny.module.modules())
    assert not any(weight.requires_grad for weight in tiny.module.parameters())


class Exploit:
    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return (Path.touch, (self.target,))


@pytest.mark.parametrize(
    "save",
    [
        lambda exploit, path: path.write_bytes(pickle.dumps(exploit)),
        torch.save,
        partial(torch.save, _use_new_zipfile_serialization=False),
        lambda exploit, path: torch.save({"state_dict": {"w": torch.ones(1)}, "x": exploit}, path),
    ],
    ids=["plain pickle", "torch", "torch, older", "wrapped"],
)
def test_a_file_that_would_run_code_is_refused_and_runs_nothing(tmp_path, save):
    save(Exploit(tmp_path / "pwned"), tmp_path / "weights.pth")
    with pytest.raises(StudyError) as error:
        checkpoints.read_state_dict(tmp_path / "weights.pth")
    assert re.fullmatch(r"weights\.pth: .+", str(error.value))
    assert not (tmp_path / "pwned").exists()


def script(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is deprecated; its archives are still around.
        torch.jit.save(torch.jit.script(nn.Linear(1, 1)), path)


@pytest.mark.parametrize(
    ("write", "problem"),
    [
        (lambda path: torch.save(nn.Linear(1, 1), path), r"executing code .* save its state_dict"),
        (script, r"a TorchScript archive is a program.* save its state_dict\(\)"),
        (lambda path: torch.save([torch.zeros(1)], path), "tensors by name, found list"),
        (
            lambda path: torch.save({"weight": torch.zeros(1), "epoch": 3}, path),
            "found int under 'epoch': keep the weights under one of",
        ),
        (lambda path: path.write_bytes(b"words"), "expected a torch checkpoint or safetensors"),
        (lambda path: None, "No such file"),
    ],
    ids=["network", "TorchScript", "list", "number", "text", "absent"],
)
def test_what_is_no_file_of_weights_is_named(tmp_path, write, problem):
    write(tmp_path / "w.pth")
    with pytest.raises(StudyError, match=rf"w\.pth: .*{problem}"):
        checkpoints.read_state_dict(tmp_path / "w.pth")


@pytest.mark.parametrize("layout", ["state dict", "older pickle", "safetensors"])
@fewer(20)
@given(st.data())
def test_a_damaged_file_is_one_line(tmp_path_factory, layout, data):
    path = tmp_path_factory.mktemp("damaged") / "w.pth"
    saved(path, {"a": torch.arange(6.0), "b": torch.ones(2, 2)}, layout)
    raw = path.read_bytes()
    cut = data.draw(st.integers(1, len(raw) - 1))
    noise = data.draw(st.binary(max_size=8))
    path.write_bytes(raw[:cut] + noise)
    is_read_or_refused_in_one_line(path)


def test_weights_that_do_not_fit_name_the_first_keys_and_what_to_set(tmp_path, weights):
    headless = {k: v for k, v in weights.items() if not k.startswith("fc.")}
    other = headless | {"head.w": torch.ones(1)}
    narrow = weights | {"conv1.weight": torch.ones(1, 3, 5, 5)}
    scalar = weights | {"fc.weight": torch.tensor(1.0)}
    for state, classes, problem in (
        (weights, 9, r"fc\.weight of shape \(5, 128\) for \(9, 128\), .*: set classes = 5$"),
        (other, 5, r"no fc\.weight, no fc\.bias \(2 entries .* name the model"),
        (narrow, 5, r"conv1\.weight of shape \(1, .*: name the model"),
        (scalar, 5, r"fc\.weight of shape \(\) for .*: name the model"),
    ):
        torch.save(state, tmp_path / "w.pth")
        with pytest.raises(StudyError, match=rf"^Net: w\.pth: .*{problem}"):
            load_network(stated(f"file:{tmp_path / 'w.pth'}", classes=classes, layers=("fc",)))


@pytest.mark.parametrize(
    ("weights", "problem"),
    [
        ("random:x", "expected random:SEED, found random:x"),
        ("random:-1", "expected random:SEED"),
        ("magic:1", r"expected torchvision:… or file:… or artifact:… or random:…, found 'magic:1'"),
        ("artifact:w", "the file of artifact w was not located"),
    ],
)
def test_weights_that_cannot_be_located_are_named(weights, problem):
    with pytest.raises(StudyError, match=f"^Net: .*{problem}"):
        load_network(stated(weights))


def test_an_unknown_architecture_is_answered_with_the_nearest():
    with pytest.raises(StudyError, match=r"'resnet81' is unknown; the nearest are .*resnet"):
        load_network(stated(architecture="resnet81"))
    assert {"narrow_resnet18", "resnet18", "vit_b_16", "googlenet"} <= set(architecture_names())
    assert "fcn_resnet50" not in architecture_names()


def test_an_architecture_takes_an_entry_and_nothing_else(monkeypatch):
    mine = {"mine": lambda classes: nn.Sequential(nn.Conv2d(3, classes, 1))}
    monkeypatch.setattr(architectures, "ARCHITECTURES", mine)
    network = load_network(stated(architecture="mine", layers=("[0]",)))
    assert (network.architecture, network.dissected) == ("mine", ("0",))
    with pytest.raises(StudyError, match="V1 needs an architecture of torchvision, and 'mine' is"):
        load_network(stated("torchvision:V1", architecture="mine", layers=("[0]",)))


def test_the_narrow_resnet_keeps_torchvisions_names():
    network = architectures.narrow_resnet18(7)
    names = [child for child, _ in network.named_children()]
    assert " ".join(names) == "conv1 bn1 relu maxpool layer1 layer2 layer3 layer4 avgpool fc"
    assert network(torch.zeros(2, 3, 64, 64)).shape == (2, 7)


def test_an_architecture_with_options_is_built_without_a_warning():
    network = load_network(stated(architecture="inception_v3", layers=("fc",)))
    assert network.module.transform_input is False


@pytest.mark.parametrize(
    "spelt", ["layer4[1].conv2", "layer4.1.conv2", "layer4", "layer2[0].downsample[1]"]
)
def test_a_layer_has_two_spellings_and_one_name(tiny, spelt):
    dotted = spelt.replace("[", ".").replace("]", "")
    assert canonical_layer(tiny.module, spelt) == dotted


@pytest.mark.parametrize(
    ("layers", "problem"),
    [
        (("layer5",), r"'layer5'; the nearest are layer\d, layer\d"),
        (("layer1[0].downsample[1]",), "the nearest are "),
        (("",), "the nearest are conv1"),
        ((".",), "the nearest are conv1"),
        (("layer4.1.conv2", "layer4[1].conv2"), "expected each layer once, found layer4.1.conv2, "),
        ((), "expected each layer once, found none"),
    ],
)
def test_a_layer_is_known_and_dissected_once(layers, problem):
    with pytest.raises(StudyError, match=f"^Net: layers: .*{problem}"):
        load_network(stated(layers=layers))


@pytest.mark.parametrize(
    ("layers", "read"),
    [(("layer2[0]",), ("layer2.0", "fc")), ((".fc", "layer3"), ("fc", "layer3"))],
)
def test_the_class_layer_is_read_once_and_only_with_names(layers, read):
    names = ("a", "b", "c", "d", "e")
    network = load_network(stated(layers=layers, class_layer=".fc"), class_names=names)
    assert network.layers == read
    assert network.dissected == read[: len(layers)]
    assert (network.class_layer, network.class_names) == ("fc", names)
    nameless = load_network(stated(layers=layers, class_layer="fc"))
    assert nameless.class_layer is None
    assert nameless.layers == nameless.dissected == network.dissected


class Own(nn.Module):
    """A module that no study file could name."""

    def __init__(self, power=1):
        super().__init__()
        self.power = power
        self.first = nn.Conv2d(3, 4, 3)
        self.register_buffer("shift", torch.zeros(4, 1, 1), persistent=False)

    def forward(self, x):
        return self.first(x) ** self.power + self.shift


class Doubled(Own):
    def forward(self, x):
        return 2 * super().forward(x)


def test_a_network_is_made_of_any_module_which_is_left_as_it_is():
    module = Own().double().train()
    network = Network.of(module, name="My Net", layers=["first"])
    assert (network.name, network.slug, network.dissected) == ("My Net", "my-net", ("first",))
    assert network.module.first.weight.dtype == torch.float32
    assert not network.module.training
    assert module.training
    assert module.first.weight.dtype == torch.float64
    assert all(weight.requires_grad for weight in module.parameters())
    assert network.sha256 == checkpoints.digest(module.float().state_dict())
    with pytest.raises(StudyError, match=r"^Net: layers: .*'last'; the nearest"):
        Network.of(module, name="Net", layers=["last"])


def test_what_a_module_computes_is_part_of_its_identity():
    shifted = Own()
    shifted.shift += 1
    variants = [Own(), Own(power=2), Doubled(), shifted, nn.Sequential(Own())]
    assert len({structure_digest(variant) for variant in variants}) == len(variants)
    assert structure_digest(Own()) == structure_digest(Own().train()), "weights and mode are apart"


def torchvisions(stated):
    steps: list[Any] = []
    if stated.resize is not None:
        mode = InterpolationMode(stated.interpolation)
        steps.append(transforms.Resize(stated.resize, mode, antialias=True))
    if stated.crop is not None:
        steps.append(transforms.CenterCrop(stated.crop))
    return transforms.Compose(
        [*steps, transforms.ToTensor(), transforms.Normalize(stated.mean, stated.std)]
    )


@given(
    width=st.integers(1, 70),
    height=st.integers(1, 70),
    resize=st.none() | st.integers(1, 40),
    crop=st.none() | st.integers(1, 40),
    mean=st.tuples(*[st.floats(0, 1)] * 3),
    std=st.tuples(*[st.floats(0.1, 1)] * 3),
    interpolation=st.sampled_from(["bilinear", "bicubic", "nearest", "lanczos"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_preprocessing_is_torchvisions_bit_for_bit(width, height, seed, **fields):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    ours = Preprocessing(**fields)
    tensor = ours.apply(image)
    assert tensor.dtype == torch.float32
    assert torch.equal(tensor, torchvisions(ours)(image))


@pytest.mark.parametrize("weights", ["ResNet18_Weights.IMAGENET1K_V1", "ViT_B_16_Weights.DEFAULT"])
def test_preprocessing_is_what_weights_apply(weights):
    pixels = np.random.default_rng(1).integers(0, 256, (300, 411, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    transform = torchvision.models.get_weight(weights).transforms()
    assert torch.equal(loading._stated(transform).apply(image), transform(image))


def test_what_a_study_states_replaces_what_the_weights_state():
    changes = {"resize": 0, "crop": 64, "mean": [0, 0.5, 1], "interpolation": "box"}
    preprocessing = load_network(stated(preprocessing=changes)).preprocessing
    assert preprocessing == Preprocessing(None, 64, (0.0, 0.5, 1.0), interpolation="box")
    assert json.dumps(preprocessing.to_json()) == (
        '{"resize": null, "crop": 64, "mean": [0.0, 0.5, 1.0], "std": [0.229, 0.224, 0.225], '
        '"interpolation": "box"}'
    )
    assert set(INTERPOLATIONS) >= {"bilinear", "bicubic", "nearest"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("size", 3), ("resize", -1), ("resize", True), ("crop", 2.5), ("crop", 4097)],
        *[("mean", None), ("mean", 0.5), ("mean", [1, 2]), ("mean", [0, 0, float("nan")])],
        *[("std", [1, 0, 1]), ("std", [1, 1, float("inf")]), ("std", [1, 1, True])],
        *[("interpolation", "best"), ("interpolation", ["bilinear"])],
    ],
)
def test_impossible_preprocessing_is_named(key, value):
    with pytest.raises(StudyError, match=rf"^Net: preprocessing: .*{key}"):
        load_network(stated(preprocessing={key: value}))
