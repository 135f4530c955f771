"""Networks: weights of every layout, read without running them; layers; preprocessing."""

import json
import pickle
import warnings
import zipfile
from collections.abc import Mapping
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

from study import checkpoints
from study.errors import StudyError
from study.networks import Network, architecture_names, canonical_layer, load_network
from study.preprocessing import INTERPOLATIONS, Preprocessing
from study.settings import NetworkSettings
from tests.strategies import fewer

TINY = {"architecture": "narrow_resnet18", "classes": 5, "layers": ("layer4",)}


def stated(weights: str = "random:0", **changes: Any) -> NetworkSettings:
    values = {"name": "Net", "slug": "net", "role": "compared", "weights": weights} | TINY
    return NetworkSettings(**(values | changes))


@pytest.fixture(scope="module")
def tiny() -> Network:
    return load_network(stated("random:3"))


@pytest.fixture(scope="module")
def weights(tiny: Network) -> dict[str, torch.Tensor]:
    return dict(tiny.module.state_dict())


# --- weights in every layout


def saved(path: Path, state: Mapping[str, torch.Tensor], layout: str) -> Path:
    behind = {f"module.{key}": value for key, value in state.items()}
    places = {k: v for k, v in behind.items() if not k.endswith("num_batches_tracked")}
    content: dict[str, Any] = {
        "state dict": dict(state),
        "older pickle": dict(state),
        "Places365": {"epoch": 90, "arch": "resnet18", "state_dict": places, "best_prec1": 54.7},
        "model": {"model": dict(state), "optimizer": {"lr": 0.1}},
        "nested": {"net": {"state_dict": behind}},
        "half": {k: v.half() if v.is_floating_point() else v for k, v in state.items()},
    }
    if layout == "safetensors":
        safetensors.torch.save_file(dict(state), path)
    else:
        old = layout in ("older pickle", "Places365")
        torch.save(content[layout], path, _use_new_zipfile_serialization=not old)
    return path


LAYOUTS = ("state dict", "older pickle", "Places365", "model", "nested", "safetensors")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_weights_of_every_layout_give_the_same_network(
    tmp_path: Path, tiny: Network, weights: dict[str, torch.Tensor], layout: str
) -> None:
    path = saved(tmp_path / "misleading.name", weights, layout)
    network = load_network(stated(f"file:{path}"))
    assert network.sha256 == tiny.sha256
    for key, value in network.module.state_dict().items():
        assert torch.equal(value, weights[key])
    artifact = load_network(stated("artifact:mine"), weights_path=path)
    assert artifact.sha256 == tiny.sha256


@pytest.mark.parametrize("before", ["_orig_mod.", "model.", "module._orig_mod.", "model.module."])
def test_what_stands_before_all_names_is_taken_off(
    tmp_path: Path, tiny: Network, weights: dict[str, torch.Tensor], before: str
) -> None:
    state = {f"{before}{key}": value for key, value in weights.items()}
    torch.save({**state, "n_averaged": torch.tensor(7)}, tmp_path / "w.pth")
    assert load_network(stated(f"file:{tmp_path / 'w.pth'}")).sha256 == tiny.sha256
    torch.save({**state, "other": torch.ones(1)}, tmp_path / "w.pth")
    with pytest.raises(StudyError, match="expected the weights of narrow_resnet18"):
        load_network(stated(f"file:{tmp_path / 'w.pth'}"))


def is_read_or_refused_in_one_line(path: Path) -> None:
    try:
        checkpoints.read_state_dict(path)
    except StudyError as error:
        said = str(error)
    else:
        said = "w.pth: expected nothing else"
    assert said.startswith("w.pth: expected ")
    assert "\n" not in said


def test_a_flipped_byte_anywhere_in_a_zips_directory_is_one_line(tmp_path: Path) -> None:
    path = saved(tmp_path / "w.pth", {"a": torch.arange(6.0)}, "state dict")
    raw = path.read_bytes()
    for place in range(raw.index(b"PK\x01\x02"), len(raw), 13):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 0x55]) + raw[place + 1 :])
        is_read_or_refused_in_one_line(path)


def test_half_precision_on_disk_runs_as_float32(
    tmp_path: Path, weights: dict[str, torch.Tensor]
) -> None:
    path = saved(tmp_path / "half.pth", weights, "half")
    assert checkpoints.read_state_dict(path)["fc.weight"].dtype == torch.float32
    network = load_network(stated(f"file:{path}"))
    state = network.module.state_dict()
    assert state["fc.weight"].dtype == torch.float32
    assert torch.equal(state["fc.weight"], weights["fc.weight"].half().float())


def test_torchvisions_weights_state_their_preprocessing(tmp_path: Path) -> None:
    made = torchvision.models.shufflenet_v2_x0_5(num_classes=1000)
    torch.save(made.state_dict(), tmp_path / "w.pth")
    names = {"architecture": "shufflenet_v2_x0_5", "classes": 1000, "layers": ("conv5",)}
    network = load_network(
        stated("torchvision:IMAGENET1K_V1", **names), weights_path=tmp_path / "w.pth"
    )
    assert network.preprocessing == Preprocessing()
    assert network.sha256 == checkpoints.digest(made.state_dict())
    with pytest.raises(StudyError, match=r"expected one of torchvision:IMAGENET1K_V1, .*found"):
        load_network(stated("torchvision:V9", **names), weights_path=tmp_path / "w.pth")
    with pytest.raises(StudyError, match=r"found no path to it: bring https://download\.pytorch"):
        load_network(stated("torchvision:IMAGENET1K_V1", **names))
    with pytest.raises(StudyError, match="expected an architecture of torchvision's"):
        load_network(stated("torchvision:IMAGENET1K_V1"))


def test_a_random_network_is_the_one_that_torch_makes_of_the_seed() -> None:
    before = torch.get_rng_state()
    network = load_network(
        stated("random:7", architecture="squeezenet1_1", layers=("features.3",), classes=3)
    )
    assert torch.equal(torch.get_rng_state(), before), "the caller's generator was touched"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        expected = torchvision.models.squeezenet1_1(num_classes=3)
    assert network.sha256 == checkpoints.digest(expected.state_dict())
    assert (
        network.sha256
        != load_network(
            stated("random:8", architecture="squeezenet1_1", layers=("features.3",), classes=3)
        ).sha256
    )


def test_the_digest_is_the_published_rule(shared: Path) -> None:
    expected = json.loads((shared / "oracle" / "pipeline" / "expected.json").read_text())
    for network in expected["networks"].values():
        found = load_network(
            stated(
                f"random:{network['torch_manual_seed']}",
                architecture="resnet18",
                classes=network["num_classes"],
            )
        )
        assert found.sha256 == network["state_dict_sha256"]


def test_the_digest_counts_every_number_and_no_counter(weights: dict[str, torch.Tensor]) -> None:
    digest = checkpoints.digest(weights)
    assert checkpoints.digest(dict(reversed(weights.items()))) == digest
    assert checkpoints.digest(weights | {"bn1.num_batches_tracked": torch.tensor(9)}) == digest
    changed = weights["bn1.running_var"].clone()
    changed[0] = torch.nextafter(changed[0], torch.tensor(2.0))
    assert checkpoints.digest(weights | {"bn1.running_var": changed}) != digest


def test_a_loaded_network_is_ready_to_be_read(tiny: Network) -> None:
    assert (tiny.name, tiny.role, tiny.slug) == ("Net", "compared", "net")
    assert not any(part.training for part in tiny.module.modules())
    assert not any(weight.requires_grad for weight in tiny.module.parameters())


# --- weights that do not fit, or are not weights


class Exploit:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.target,))


@pytest.mark.parametrize("layout", ["plain pickle", "torch", "torch, older", "wrapped"])
def test_a_file_that_would_run_code_is_refused_and_runs_nothing(
    tmp_path: Path, layout: str
) -> None:
    target, path = tmp_path / "pwned", tmp_path / "weights.pth"
    exploit = Exploit(target)
    if layout == "plain pickle":
        path.write_bytes(pickle.dumps(exploit))
    else:
        content = {"state_dict": {"w": torch.zeros(1)}, "more": exploit}
        old = layout == "torch, older"
        torch.save(
            content if layout == "wrapped" else exploit,
            path,
            _use_new_zipfile_serialization=not old,
        )
    with pytest.raises(StudyError, match=r"^weights\.pth: expected ") as error:
        checkpoints.read_state_dict(path)
    assert "\n" not in str(error.value)
    assert not target.exists()


def test_a_whole_pickled_network_is_refused_with_advice(tmp_path: Path, tiny: Network) -> None:
    torch.save(tiny.module, tmp_path / "net.pt")
    with pytest.raises(StudyError, match=r"found objects .* save its state_dict\(\)"):
        checkpoints.read_state_dict(tmp_path / "net.pt")


def test_a_torchscript_archive_is_refused_with_advice(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "clip.pt", "w") as archive:
        for name in ("data.pkl", "constants.pkl", "code/__torch__.py", "version"):
            archive.writestr(f"clip/{name}", b"\x80\x02}q\x00.")
    with pytest.raises(
        StudyError, match=r"clip\.pt: expected weights, found a TorchScript archive"
    ):
        checkpoints.read_state_dict(tmp_path / "clip.pt")


def test_what_torch_scripts_is_recognised(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is deprecated; the archives are about
        torch.jit.save(torch.jit.script(nn.Linear(1, 1)), tmp_path / "clip.pt")
    with pytest.raises(StudyError, match="found a TorchScript archive"):
        checkpoints.read_state_dict(tmp_path / "clip.pt")


def test_other_content_is_named(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    torch.save([torch.zeros(1)], path)
    with pytest.raises(StudyError, match=r"w\.pth: expected tensors by name, found list"):
        checkpoints.read_state_dict(path)
    torch.save({"weight": torch.zeros(1), "epoch": 3}, path)
    with pytest.raises(StudyError, match="found int under 'epoch': keep the weights under one of"):
        checkpoints.read_state_dict(path)
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(
        StudyError, match="expected weights in a torch checkpoint or in safetensors"
    ):
        checkpoints.read_state_dict(path)
    with pytest.raises(StudyError, match=r"absent\.pth: expected a file of weights, found No such"):
        checkpoints.read_state_dict(tmp_path / "absent.pth")


@pytest.mark.parametrize("layout", ["state dict", "older pickle", "safetensors"])
@fewer(20)
@given(st.data())
def test_a_damaged_file_is_one_line(
    tmp_path_factory: pytest.TempPathFactory, layout: str, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "w.pth"
    saved(path, {"a": torch.arange(6.0), "b": torch.ones(2, 2)}, layout)
    raw = path.read_bytes()
    cut = data.draw(st.integers(1, len(raw) - 1))
    noise = data.draw(st.binary(max_size=8))
    path.write_bytes(raw[:cut] + noise)
    is_read_or_refused_in_one_line(path)


def test_weights_that_do_not_fit_name_the_first_keys_and_what_to_set(
    tmp_path: Path, weights: dict[str, torch.Tensor]
) -> None:
    path = tmp_path / "w.pth"
    torch.save(weights, path)
    with pytest.raises(
        StudyError, match=r"Net: w\.pth: expected fc\.weight of shape \(9, 128\), fo"
    ):
        load_network(stated(f"file:{path}", classes=9))
    with pytest.raises(StudyError, match=r"set classes = 5$"):
        load_network(stated(f"file:{path}", classes=9))
    other = {k: v for k, v in weights.items() if not k.startswith("fc.")} | {
        "head.w": torch.ones(1)
    }
    torch.save(other, path)
    with pytest.raises(
        StudyError,
        match=r"found no fc\.weight, no fc\.bias, head\.w \(2 missing, 1 unknown\): set the arch",
    ):
        load_network(stated(f"file:{path}"))
    torch.save(weights | {"conv1.weight": torch.ones(1, 3, 5, 5)}, path)
    with pytest.raises(StudyError, match=r"conv1\.weight of shape .* set the architecture"):
        load_network(stated(f"file:{path}"))


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ("random:x", "expected random:SEED, found random:x"),
        ("random:-1", "expected random:SEED"),
        ("magic:1", r"expected torchvision:… or file:… or artifact:… or random:…, found 'magic:1'"),
        ("artifact:w", "expected the file of w, found no path to it"),
    ],
)
def test_weights_that_are_nowhere_are_said(weights: str, said: str) -> None:
    with pytest.raises(StudyError, match=f"^Net: .*{said}"):
        load_network(stated(weights))


# --- architectures and layers


def test_an_unknown_architecture_is_answered_with_the_nearest() -> None:
    with pytest.raises(StudyError, match=r"found 'resnet81': the nearest are .*resnet"):
        load_network(stated(architecture="resnet81"))
    assert {"narrow_resnet18", "resnet18", "vit_b_16", "googlenet"} <= set(architecture_names())
    assert "fcn_resnet50" not in architecture_names()


@pytest.mark.parametrize("name", ["inception_v3", "googlenet"])
def test_architectures_with_options_are_built_without_a_warning(name: str) -> None:
    network = load_network(stated(architecture=name, layers=("fc",)))
    assert network.module.transform_input is False


def test_torchvisions_weights_bring_the_options_that_they_were_trained_with(
    tmp_path: Path,
) -> None:
    names = {"architecture": "googlenet", "classes": 1000, "layers": ("fc",)}
    torch.save(load_network(stated(**names)).module.state_dict(), tmp_path / "w.pth")
    network = load_network(
        stated("torchvision:IMAGENET1K_V1", **names), weights_path=tmp_path / "w.pth"
    )
    assert network.module.transform_input is True


@pytest.mark.parametrize(
    ("spelt", "dotted"),
    [
        ("layer4[1].conv2", "layer4.1.conv2"),
        ("layer4.1.conv2", "layer4.1.conv2"),
        ("layer4", "layer4"),
        ("layer1[0].downsample[1]", None),
        ("layer2[0].downsample[1]", "layer2.0.downsample.1"),
    ],
)
def test_a_layer_has_two_spellings_and_one_name(
    tiny: Network, spelt: str, dotted: str | None
) -> None:
    if dotted is None:
        with pytest.raises(StudyError, match="the nearest are "):
            canonical_layer(tiny.module, spelt)
    else:
        assert canonical_layer(tiny.module, spelt) == dotted


def test_an_unknown_layer_is_answered_with_the_nearest() -> None:
    with pytest.raises(
        StudyError, match=r"^Net: layers: .* found 'layer5': the nearest are layer\d, layer\d"
    ):
        load_network(stated(layers=("layer5",)))
    for nothing in ("", "."):
        with pytest.raises(StudyError, match="the nearest are conv1"):
            load_network(stated(layers=(nothing,)))


def test_a_layer_is_dissected_once() -> None:
    for layers in (("layer4.1.conv2", "layer4[1].conv2"), ()):
        with pytest.raises(StudyError, match="Net: layers: expected each layer once"):
            load_network(stated(layers=layers))
    network = load_network(stated(), layers=("layer2[0]", "fc"))
    assert network.layers == ("layer2.0", "fc")


# --- preprocessing


def torchvisions(stated: Preprocessing) -> transforms.Compose:
    steps: list[Any] = []
    if stated.resize is not None:
        steps.append(
            transforms.Resize(
                stated.resize, InterpolationMode(stated.interpolation), antialias=True
            )
        )
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
def test_preprocessing_is_torchvisions_bit_for_bit(
    width: int, height: int, seed: int, **fields: Any
) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    ours = Preprocessing(**fields)
    found = ours.apply(image)
    assert found.dtype == torch.float32
    assert torch.equal(found, torchvisions(ours)(image))


def test_every_byte_is_normalised_as_torchvision_does() -> None:
    image = Image.fromarray(np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3))
    for mean in (0.48145466, 0.485, 0.406):
        ours = Preprocessing(resize=None, crop=None, mean=(mean,) * 3, std=(0.229, 0.224, 0.225))
        assert torch.equal(ours.apply(image), torchvisions(ours)(image))


@pytest.mark.parametrize("weights", ["ResNet18_Weights.IMAGENET1K_V1", "ViT_B_16_Weights.DEFAULT"])
def test_preprocessing_is_what_weights_apply(weights: str) -> None:
    from study.networks import _stated

    image = Image.fromarray(
        np.random.default_rng(1).integers(0, 256, (300, 411, 3), dtype=np.uint8)
    )
    transform = torchvision.models.get_weight(weights).transforms()
    assert torch.equal(_stated(transform).apply(image), transform(image))


def test_what_a_study_states_stands_in_place_of_what_the_weights_state() -> None:
    network = load_network(
        stated(preprocessing={"resize": 0, "crop": 64, "mean": [0, 0.5, 1], "interpolation": "box"})
    )
    assert network.preprocessing == Preprocessing(
        resize=None, crop=64, mean=(0.0, 0.5, 1.0), interpolation="box"
    )
    assert network.preprocessing.to_json() == {
        "resize": None,
        "crop": 64,
        "mean": [0.0, 0.5, 1.0],
        "std": [0.229, 0.224, 0.225],
        "interpolation": "box",
    }
    assert set(INTERPOLATIONS) >= {"bilinear", "bicubic", "nearest"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("size", 3),
        ("resize", -1),
        ("resize", True),
        ("crop", 2.5),
        ("mean", [1, 2]),
        ("std", [1, 0, 1]),
        ("interpolation", "best"),
        ("interpolation", ["bilinear"]),
    ],
)
def test_impossible_preprocessing_is_named(key: str, value: Any) -> None:
    with pytest.raises(StudyError, match=rf"^Net: preprocessing: .*{key}"):
        load_network(stated(preprocessing={key: value}))
