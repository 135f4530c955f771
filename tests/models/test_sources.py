"""Sources: timm, transformers' folders and code of the user's own, none run without leave."""

import json
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

from study.errors import StudyError
from study.inputs.settings import NetworkSettings
from study.models.loading import load_network
from study.models.networks import Network


def settings(architecture: str, **others) -> NetworkSettings:
    others = {"layers": ("layer4",), **others}
    return NetworkSettings(name="Mine", architecture=architecture, **others)


def same(network: Network, module: torch.nn.Module, image: torch.Tensor) -> bool:
    with torch.no_grad():
        return torch.equal(network.module(image), module.eval()(image))


@pytest.mark.parametrize("spelling", ["timm:resnet18.a1_in1k", "timm/resnet18.a1_in1k"])
def test_timms_networks_come_with_their_preprocessing(spelling, tmp_path):
    module = timm.create_model("resnet18", num_classes=7)
    save_file(module.state_dict(), tmp_path / "w.safetensors")
    network = load_network(
        settings(spelling, classes=7, weights=f"file:{tmp_path / 'w.safetensors'}")
    )
    assert same(network, module, torch.rand(1, 3, 64, 64))
    stated = network.preprocessing
    assert (stated.resize, stated.crop, stated.interpolation) == (235, 224, "bicubic")
    assert network.architecture == "timm:resnet18.a1_in1k"


def test_timm_reads_weights_as_their_makers_published_them(tmp_path):
    """DINO's own file of a ViT: a mask token, positions of another image size, no head."""
    name = "vit_tiny_patch16_224"
    module = timm.create_model(name, num_classes=0, img_size=96)
    state = module.state_dict() | {"mask_token": torch.zeros(1, 192)}
    torch.save(state, tmp_path / "w.pth")
    network = load_network(
        settings(
            f"timm:{name}",
            layers=("blocks.3",),
            weights=f"file:{tmp_path / 'w.pth'}",
            preprocessing={"crop": 64, "resize": 64},
        )
    )
    assert network.module.pos_embed.shape == (1, 17, 192)
    assert torch.equal(network.module.blocks[3].mlp.fc1.weight, module.blocks[3].mlp.fc1.weight)


@pytest.mark.parametrize(
    ("architecture", "problem"),
    [
        ("timm:resnet81", r"timm has no model 'resnet81'; the nearest are resnet"),
        ("timm:resnet18.nobody", r"timm knows resnet18 with the tags .*a1_in1k.*, not 'nobody'"),
        ("hf:{folder}", r"expected a folder with config\.json, found none"),
        ("code:{folder}/none.py:f", r"cannot read none\.py: no such file"),
        ("code:{folder}", r"expected code:FILE\.py:FUNCTION"),
        ("resnet81", r"architecture 'resnet81' is unknown; the nearest are resnet"),
    ],
)
def test_what_cannot_be_built_is_named(architecture, problem, tmp_path):
    named = settings(architecture.format(folder=tmp_path), weights="random:0")
    with pytest.raises(StudyError, match=f"^Mine: .*{problem}"):
        load_network(named, trust_code=True)


def hugging_face(folder: Path, **stated) -> torch.nn.Module:
    from transformers import ViTConfig, ViTForImageClassification

    config = ViTConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
        image_size=32, patch_size=8, num_labels=5,
    )  # fmt: skip
    torch.manual_seed(3)
    model = ViTForImageClassification(config).eval()
    model.save_pretrained(folder)
    sizes = {"size": {"height": 32, "width": 32}, "resample": 3}
    values = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.25]}
    (folder / "preprocessor_config.json").write_text(json.dumps({**sizes, **values, **stated}))
    return model


def test_a_folder_of_transformers_is_read(tmp_path):
    model = hugging_face(tmp_path)
    layers = [name for name, part in model.named_modules() if name.endswith("layers.1")]
    layer = layers[0] if layers else "vit.encoder.layer.1"
    network = load_network(settings(f"hf:{tmp_path}", layers=(layer,)))
    image = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(network.module(image).logits, model(image).logits)
    stated = network.preprocessing
    assert (stated.mode, stated.resize, stated.crop) == ("squash", 32, 32)
    assert (stated.interpolation, stated.std) == ("bicubic", (0.5, 0.5, 0.25))


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"size": {"shortest_edge": 40}, "crop_size": 32, "do_center_crop": True}, (40, 32)),
        ({"size": {"shortest_edge": 224}, "crop_pct": 0.875}, (256, 224)),
        ({"size": {"shortest_edge": 36}, "crop_size": {"height": 32, "width": 32}}, (36, 32)),
    ],
)
def test_its_preprocessing_is_that_of_the_folder(stated, expected, tmp_path):
    hugging_face(tmp_path, **stated)
    found = load_network(settings(f"hf:{tmp_path}", layers=("vit",))).preprocessing
    assert (found.mode, found.resize, found.crop) == ("shortest", *expected)


def test_a_folder_runs_no_code_of_its_own(tmp_path):
    hugging_face(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "own.C", "AutoModel": "own.M"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(StudyError, match="transformers cannot build it"):
        load_network(settings(f"hf:{tmp_path}"), trust_code=True)
    assert not (tmp_path / "ran").exists()


CODE = """
from beside import WIDTH
from torch import nn
open("{folder}/ran", "w").close()
def own(classes):
    return nn.Sequential(nn.Conv2d(3, WIDTH, 3), nn.Flatten(), nn.Linear(4 * 16, classes))
def fixed():
    return own(2)
def broken():
    raise ValueError("no such luck")
NUMBER = 3
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "beside.py").write_text("WIDTH = 4\n")
    (tmp_path / "net.py").write_text(CODE.format(folder=tmp_path))
    return tmp_path / "net.py"


def test_code_runs_only_if_trusted(file):
    with pytest.raises(StudyError, match=r"net\.py is a program .* add --trust-code"):
        load_network(settings(f"code:{file}:own", layers=("0",), classes=3))
    assert not (file.parent / "ran").exists()
    named = settings(f"code:{file}:own", layers=("0",), classes=3)
    network = load_network(named, trust_code=True)
    assert network.module[2].out_features == 3
    assert network.notes[0].startswith("built by code of its own, net.py (SHA-256 ")
    file.write_text(file.read_text() + "# another\n")
    assert load_network(named, trust_code=True).architecture != network.architecture


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        ("broken", "broken failed: ValueError: no such luck"),
        ("missing", "expected a function missing"),
        ("NUMBER", "expected a function NUMBER"),
        ("nn", "expected a function nn"),
        ("open", "expected a function open"),
    ],
)
def test_what_its_code_does_wrong_is_said(file, function, problem):
    with pytest.raises(StudyError, match=rf"^Mine: net\.py: {problem}"):
        load_network(settings(f"code:{file}:{function}"), trust_code=True)
    assert load_network(settings(f"code:{file}:fixed", layers=("0",)), trust_code=True)


def test_a_network_of_grey_pictures(tmp_path):
    grey = {"mean": [0.5], "std": [0.25], "resize": 32, "crop": 32}
    made = load_network(settings("resnet18", classes=2, weights="random:1", preprocessing=grey))
    assert made.module.conv1.weight.shape[1] == made.preprocessing.channels == 1
    torch.save(made.module.state_dict(), tmp_path / "w.pth")
    stated = {"classes": 2, "weights": f"file:{tmp_path / 'w.pth'}"}
    read = load_network(settings("resnet18", preprocessing=grey, **stated))
    assert read.sha256 == made.sha256
    with pytest.raises(StudyError, match=r"grey pictures: set one number each, such as preproc"):
        load_network(settings("resnet18", **stated))


def test_a_stem_of_3_pixels_is_named(tmp_path):
    made = load_network(settings("cifar_resnet18", classes=2, weights="random:1"))
    torch.save(made.module.state_dict(), tmp_path / "w.pth")
    stated = {"classes": 2, "weights": f"file:{tmp_path / 'w.pth'}"}
    with pytest.raises(StudyError, match=r'set architecture = "cifar_resnet18"$'):
        load_network(settings("resnet18", **stated))
    assert load_network(settings("cifar_resnet18", **stated)).sha256 == made.sha256


def test_the_class_layer_is_the_last_linear_one():
    named = settings(
        "vgg11", classes=3, weights="random:0", layers=("features.0",), class_names="x"
    )
    assert load_network(named, class_names=("a", "b", "c")).class_layer == "classifier.6"
    named = settings("squeezenet1_1", classes=3, weights="random:0", layers=("features.0",))
    with pytest.raises(StudyError, match="class_layer: found no linear layer: name the layer"):
        load_network(named, class_names=("a", "b", "c"))


@pytest.mark.parametrize("size", [64, 96])
def test_a_vit_of_another_image_size(size, tmp_path):
    """Positions of 224 pixels are resampled as torchvision does; the rest is as it was."""
    from torchvision.models import VisionTransformer
    from torchvision.models.vision_transformer import interpolate_embeddings

    made = load_network(settings("vit_b_32", classes=2, weights="random:1", layers=("encoder.ln",)))
    torch.save(made.module.state_dict(), tmp_path / "w.pth")
    read = load_network(
        settings(
            "vit_b_32",
            classes=2,
            weights=f"file:{tmp_path / 'w.pth'}",
            layers=("encoder.ln",),
            preprocessing={"resize": size, "crop": size},
        )
    )
    assert isinstance(read.module, VisionTransformer)
    expected = interpolate_embeddings(size, 32, made.module.state_dict())
    found = read.module.state_dict()
    assert found["encoder.pos_embedding"].shape[1] == (size // 32) ** 2 + 1
    assert all(torch.equal(found[name], value) for name, value in expected.items())


def test_the_image_size_of_a_tag_is_used():
    """A03: weights that torchvision made for 384 pixels."""
    from study.models.sources import build

    named = settings("vit_b_16", classes=1000, weights="torchvision:IMAGENET1K_SWAG_E2E_V1")
    assert build(named, pretrained=True).module.image_size == 384
