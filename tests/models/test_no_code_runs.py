"""Nothing loaded runs code: a pickle that would write a file is tried through every door."""

import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

import study
from study.errors import StudyError
from study.files.folders import resource

CLIP = Path(str(resource("fixtures/miniature/clip")))


class Writes:
    """Unpickled, it makes a file of this name."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (open, (self.path, "w"))


def torch_file(path, bad):
    torch.save({"state_dict": {"fc.weight": torch.zeros(2)}, "config": bad}, path)


def old_torch_file(path, bad):
    torch.save({"a": bad}, path, _use_new_zipfile_serialization=False)


def plain_pickle(path, bad):
    path.write_bytes(pickle.dumps({"a": bad}))


def zip_with_pickle(path, bad):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(bad))
        archive.writestr("archive/version", "3\n")


def npy(path, bad):
    with path.open("wb") as file:
        np.save(file, np.array([bad], dtype=object), allow_pickle=True)


def npz(path, bad):
    with path.open("wb") as file:
        np.savez(file, layer4=np.array([bad], dtype=object))


FILES = (torch_file, old_torch_file, plain_pickle, zip_with_pickle, npy, npz)


def network(path):
    study.load_network("resnet18", layers=["layer4"], classes=2, weights=path)


def timm_network(path):
    study.load_network("timm:resnet18", layers=["layer4"], classes=2, weights=path)


def network_by_hub_folder(path):
    folder = path.parent / "hub"
    folder.mkdir()
    config = {"model_type": "vit", "architectures": ["ViTModel"], "hidden_size": 8}
    config |= {"num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    (folder / "config.json").write_text(json.dumps(config))
    path.rename(folder / "pytorch_model.bin")
    study.load_network(f"hf:{folder}", layers=["layernorm"])


def encoder(path):
    study.load_encoder(CLIP, weights=path)


def encoder_without_a_name(path):
    study.load_encoder(weights=path)


def recorded(path):
    pictures = [np.full((4, 4, 3), k, np.uint8) for k in range(3)]
    study.dissect(path, layers=["layer4"], probe=pictures, concepts=["a", "b"], encoder="truth")


def probe(path):
    study.open_probe([path]).image(0)


def probe_in_a_folder(path):
    folder = path.parent / "photos"
    folder.mkdir()
    path.rename(folder / "a.png")
    study.open_probe(folder).image(0)


def concepts(path):
    study.read_concepts(path)


def run(path):
    study.load_run(path)


DOORS = (
    network, timm_network, network_by_hub_folder, encoder, encoder_without_a_name, recorded, probe,
    probe_in_a_folder, concepts, run,
)  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("make", FILES)
def test_no_door_runs_it(make, door, tmp_path):
    path, ran = tmp_path / "file", tmp_path / "ran"
    make(path, Writes(ran))
    with pytest.raises(StudyError) as error:
        door(path)
    assert not ran.exists()
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("make", FILES[:3])
def test_the_file_would_run(make, tmp_path):
    """The fault planted: loaded without care, each of them writes."""
    path, ran = tmp_path / "file", tmp_path / "ran"
    make(path, Writes(ran))
    if make is plain_pickle:
        pickle.loads(path.read_bytes())["a"].close()
    else:
        loaded = torch.load(path, weights_only=False)
        next(value for value in loaded.values() if hasattr(value, "close")).close()
    assert ran.exists()
