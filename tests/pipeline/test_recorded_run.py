"""Recorded activations from the command line: planned, dissected, examined, without a network."""

import json

import numpy as np
import pytest

from study.__main__ import main
from study.files.folders import resource
from study.inputs.recorded import NAMES

TOML = """title = "T"
[probe]
kind = "zip"
path = "{fixtures}/probe.zip"
[concepts]
file = "{fixtures}/concepts.txt"
[encoder]
model = "{fixtures}/clip"
weights = "file:{fixtures}/clip/open_clip_model.safetensors"
[dissection]
layers = ["sae"]
device = "cpu"
[dissection.settings]
top_k = 5
[measures]
resamples = 0
splits = 2
cards = 2
[[networks]]
name = "Latents"
activations = "latents.npy"
"""


@pytest.fixture
def folder(tmp_path):
    import zipfile

    fixtures = resource("fixtures/miniature")
    (tmp_path / "study.toml").write_text(TOML.format(fixtures=fixtures))
    with zipfile.ZipFile(fixtures / "probe.zip") as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
    generator = np.random.default_rng(0)
    np.save(tmp_path / "latents.npy", generator.random((len(names), 9), np.float32))
    (tmp_path / f"latents.npy{NAMES}").write_text("\n".join(names))
    return tmp_path


def test_latents_are_planned_dissected_and_examined(folder, capsys):
    study, store = str(folder / "study.toml"), str(folder / "store")
    shared = ["--store", store, "--limit", "24"]
    assert main(["run", study, "--out", str(folder / "out"), *shared, "--dry-run"]) == 0
    assert "activations: 0 images" in capsys.readouterr().err
    assert main(["run", study, "--out", str(folder / "out"), *shared]) == 0
    said = capsys.readouterr().err
    assert "rows of 2,976 images that the probe lacks are left out" in said
    manifest = json.loads((folder / "out" / "latents" / "manifest.json").read_text())
    assert manifest["network"]["weights"] == "activations:latents.npy"
    assert len(list((folder / "out" / "latents" / "cards").iterdir())) == 9
    assert main(["doctor", study, *shared]) == 0
