"""Checkpoints as people save them: loaded with what was done said, or refused with what to set."""

import argparse
import pickle
from collections import OrderedDict, defaultdict
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from torch import nn
from torch.nn.utils import prune

from study.errors import StudyError
from study.inputs.settings import NetworkSettings
from study.models import checkpoints
from study.models.architectures import build
from study.models.loading import load_network
from study.models.networks import Network
from study.models.weight_names import needed


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    return dict(build("narrow_resnet18", 5, seed=3).state_dict())


def loaded(path: Path, **changes: Any) -> Network:
    stated = {"name": "Mine", "architecture": "narrow_resnet18", "classes": 5,
              "layers": ("layer3", "layer4"), "weights": f"file:{path}",
              "preprocessing": {"crop": 64, "resize": 64}}  # fmt: skip
    return load_network(NetworkSettings(**(stated | changes)))


def save(folder: Path, content: Any) -> Path:
    torch.save(content, folder / "w.pth")
    return folder / "w.pth"


def same(network: Network, weights: dict[str, torch.Tensor], *but: str) -> bool:
    own = network.module.state_dict()
    return all(torch.equal(own[key], weights[key]) for key in own if not key.startswith(but))


def behind(weights: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {prefix + key: tensor for key, tensor in weights.items()}


@pytest.mark.parametrize(
    "prefix", ["net.", "backbone.", "encoder.model.", "module.encoder.", "a.b.c.d."]
)
def test_any_prefix_is_found_by_what_fits(tmp_path: Path, weights, prefix: str) -> None:
    network = loaded(save(tmp_path, {"state_dict": behind(weights, prefix)}))
    assert same(network, weights)
    assert network.notes == ()
    others = {"module.predictor.0.weight": torch.ones(3, 3), "criterion.weight": torch.ones(5)}
    assert same(loaded(save(tmp_path, behind(weights, prefix) | others)), weights)


def test_of_two_networks_in_a_file_the_study_names_one(tmp_path: Path, weights) -> None:
    teacher = {key: tensor + 1 for key, tensor in weights.items()}
    head = {"head.weight": torch.ones(2, 2)}
    path = save(tmp_path, {
        "student": behind(weights, "module.backbone.") | head,
        "teacher": behind(teacher, "backbone.") | head,
        "epoch": 3, "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]},
    })  # fmt: skip
    said = (
        r"there 2 times, behind 'student\.module\.backbone\.' and 'teacher\.backbone\.': set prefix"
    )
    with pytest.raises(StudyError, match=said):
        loaded(path)
    assert same(loaded(path, prefix="teacher.backbone."), teacher)
    assert same(loaded(path, prefix="student.module.backbone."), weights)
    with pytest.raises(StudyError, match=r"no name begins with 'x\.'; the first is 'student\."):
        loaded(path, prefix="x.")


def test_of_two_wrappers_in_a_file_neither_is_taken_silently(tmp_path: Path, weights) -> None:
    zeros = {key: torch.zeros_like(tensor) for key, tensor in weights.items()}
    path = save(tmp_path, {"state_dict": zeros, "model": weights, "epoch": 3})
    said = r"there 2 times, behind 'state_dict\.' and 'model\.': set prefix"
    with pytest.raises(StudyError, match=said):
        loaded(path)
    assert same(loaded(path, prefix="model."), weights)
    assert same(loaded(path, prefix="state_dict."), zeros)
    for beside in ({"state_dict": dict(weights)}, {"net": {"width": 3}}, {"state_dict": {"a": {}}}):
        network = loaded(save(tmp_path, {"model": weights} | beside))
        assert same(network, weights)
        assert network.notes == ()


@pytest.mark.parametrize("kind", [torch.int8, torch.uint8, torch.bool, torch.int64])
def test_whole_numbers_are_no_weights(tmp_path: Path, weights, kind: torch.dtype) -> None:
    odd = weights | {"layer2.0.conv1.weight": weights["layer2.0.conv1.weight"].to(kind)}
    said = (
        rf"floating-point weights of narrow_resnet18, found layer2\.0\.conv1\.weight of type {kind}"
    )
    with pytest.raises(StudyError, match=said):
        loaded(save(tmp_path, odd))


def without(weights: dict[str, torch.Tensor], *starts: str) -> dict[str, torch.Tensor]:
    return {key: tensor for key, tensor in weights.items() if not key.startswith(starts)}


def test_a_head_above_the_dissected_layers_may_be_missing_or_another(
    tmp_path: Path, weights
) -> None:
    bare = without(weights, "fc.")
    network = loaded(save(tmp_path, bare))
    assert same(network, weights, "fc.")
    assert network.notes == (
        "w.pth: fc.weight, fc.bias left at 0, which the dissected layers do not need",
    )
    assert network.sha256 == loaded(save(tmp_path, bare)).sha256
    other = bare | {"fc.weight": torch.ones(9, 512), "fc.bias": torch.ones(9)}
    assert same(loaded(save(tmp_path, other)), weights, "fc.")
    projected = loaded(save(tmp_path, weights | {"projector.0.weight": torch.ones(3)}))
    assert projected.notes == ("w.pth: projector left out, which the network does not have",)
    for changes in ({"layers": ("layer4", "fc")}, {"class_names": "x.txt"}):
        with pytest.raises(
            StudyError, match=r"no fc\.weight, no fc\.bias \(2 entries do not fit\)"
        ):
            loaded(save(tmp_path, bare), **changes)
    with pytest.raises(StudyError, match=r"set classes = 9"):
        loaded(save(tmp_path, other), layers=("fc",))


@pytest.mark.parametrize("gone", ["layer4.1.bn2.", "conv1.", "layer2.0.downsample."])
def test_what_the_dissected_layers_need_may_not_be_missing(
    tmp_path: Path, weights, gone: str
) -> None:
    with pytest.raises(StudyError, match=f"no {gone}"):
        loaded(save(tmp_path, without(weights, gone)))


def test_weights_of_a_larger_network_are_not_taken_for_those_of_a_smaller(tmp_path: Path) -> None:
    """All of ResNet18's names stand in a ResNet34, with the same shapes."""
    large = torchvision.models.resnet34(num_classes=5).state_dict()
    with pytest.raises(StudyError, match=r"unknown layer1\.2\."):
        loaded(save(tmp_path, large), architecture="resnet18")


def test_containers_that_only_hold_values_are_read(tmp_path: Path, weights) -> None:
    beside = {
        "args": argparse.Namespace(lr=0.1, path=Path("x"), nested=argparse.Namespace(a=[1])),
        "best_acc": np.float64(0.5), "epoch": np.int32(3), "done": np.bool_(True),
        "loops": defaultdict(dict, a=1),
        "where": PurePosixPath("a/b"), "order": OrderedDict(a=1),
    }  # fmt: skip
    assert same(loaded(save(tmp_path, {"model": weights, **beside})), weights)


class Mine:
    """A class of somebody's own."""


def test_another_object_is_named_and_not_made(tmp_path: Path, weights) -> None:
    with pytest.raises(
        StudyError, match=r"executing code could load \(.*test_checkpoints_as_saved\.Mine\)"
    ):
        loaded(save(tmp_path, {"model": weights, "args": Mine()}))


class Writes:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self.path, "owned")


@pytest.mark.parametrize("where", ["beside", "in a namespace", "in a default", "plain pickle"])
def test_no_container_runs_code(tmp_path: Path, weights, where: str) -> None:
    evil = Writes(tmp_path / "owned.txt")
    content = {"model": weights, "args": {
        "beside": evil, "in a namespace": argparse.Namespace(a=evil),
        "in a default": defaultdict(dict, a=evil), "plain pickle": evil,
    }[where]}  # fmt: skip
    path = save(tmp_path, content)
    if where == "plain pickle":
        path.write_bytes(pickle.dumps(content))
    with pytest.raises(StudyError, match=r"only executing code could load|damaged"):
        loaded(path)
    assert not (tmp_path / "owned.txt").exists()


def test_pruned_weights_are_what_pruning_computes(tmp_path: Path) -> None:
    module = build("narrow_resnet18", 5, seed=3)
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            prune.random_unstructured(part, "weight", amount=0.5)
    expected = {key: module.get_submodule("conv1").weight for key in ("conv1.weight",)}
    network = loaded(save(tmp_path, module.state_dict()))
    assert torch.equal(network.module.conv1.weight, expected["conv1.weight"].detach())
    assert 0.4 < float((network.module.conv1.weight == 0).float().mean()) < 0.6


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 9\n",
            "run git lfs pull",
        ),
        (b"<!DOCTYPE html><html>Sign in</html>", "a web page, not weights"),
        (b"\n <HTML><body>", "a web page, not weights"),
        (b"hello", "not a file of weights"),
    ],
)
def test_what_a_download_left_is_named(tmp_path: Path, head: bytes, said: str) -> None:
    (tmp_path / "w.pth").write_bytes(head)
    with pytest.raises(StudyError, match=said):
        checkpoints.read_state_dict(tmp_path / "w.pth")


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("mnasnet0_5", "layers.8"),
        ("densenet121", "features.denseblock2"),
        ("vit_b_16", "encoder.ln"),
        ("googlenet", "inception4a"),
        ("mobilenet_v2", "features.3"),
        ("swin_t", "features.1"),
    ],
)
def test_weights_of_every_kind_of_network_are_its_own(
    tmp_path: Path, name: str, layer: str
) -> None:
    given = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    torch.manual_seed(1)
    module = getattr(torchvision.models, name)(num_classes=5, **given)
    state = module.state_dict()
    if name == "densenet121":  # as torchvision's first files were saved
        state = {key.replace("norm1.", "norm.1.").replace("conv2.", "conv.2."): tensor
                 for key, tensor in state.items()}  # fmt: skip
    network = loaded(save(tmp_path, state), architecture=name, layers=(layer,), preprocessing=None)
    image = torch.rand(1, 3, 224, 224)
    with torch.inference_mode():
        assert torch.equal(network.module(image), module.eval()(image))
    if name == "googlenet":
        assert "aux1" in network.notes[0]


def test_a_vision_transformers_own_tokens_are_needed_by_its_first_layer() -> None:
    module = torchvision.models.vit_b_16(num_classes=5).eval()
    used = needed(module, ["encoder.layers.encoder_layer_0"], torch.zeros(1, 3, 224, 224))
    assert used is not None
    assert {"class_token", "encoder.pos_embedding", "conv_proj.weight"} <= used
    assert not any(name.startswith(("heads.", "encoder.ln.")) for name in used)
    assert needed(module, ["encoder.layers.encoder_layer_0"], torch.zeros(1, 3, 100, 100)) is None
    assert needed(module, ["nowhere"], torch.zeros(1, 3, 224, 224)) is None
