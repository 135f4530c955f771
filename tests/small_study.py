"""A small study that runs in a second or two: two random networks, forty photos, ten words."""

from pathlib import Path

import numpy as np
from PIL import Image

from study.files.folders import resource
from study.inputs import probe_index
from study.inputs.study_file import read_study
from study.pipeline import Options, run_study
from study.progress import Progress

STUDY = """
title = "Small"
[probe]
kind = "folder"
path = "photos"
[concepts]
file = "words.txt"
[encoder]
model = "{clip}"
weights = "file:{clip}/open_clip_model.safetensors"
[dissection]
layers = ["layer3", "layer4[1]"]
device = "cpu"
[dissection.settings]
top_k = 5
[measures]
resamples = 8
splits = 2
cards = 2
sensitivity = [8]
[[networks]]
name = "One"
architecture = "narrow_resnet18"
classes = 5
weights = "random:1"
preprocessing = {{ resize = 64, crop = 64 }}
[[networks]]
name = "Other"
role = "control"
architecture = "narrow_resnet18"
classes = 5
weights = "random:2"
preprocessing = {{ resize = 64, crop = 64 }}
"""


def write(tmp_path: Path) -> Path:
    """Write 40 noisy photos, ten words and a study of two random networks into a folder."""
    generator = np.random.default_rng(3)
    (tmp_path / "photos" / "b").mkdir(parents=True)
    for index in range(40):
        small = generator.integers(0, 255, (6, 6, 3), dtype=np.uint8)
        image = Image.fromarray(small).resize((64, 64), Image.Resampling.BICUBIC)
        image.save(tmp_path / "photos" / ("b" if index % 2 else ".") / f"{index:02d}.png")
    words = "red\ngreen\nblue\nstriped\ndotted\nkitchen\nbeach\ncar\nnull\nnone\n"
    (tmp_path / "words.txt").write_text(words)
    (tmp_path / "study.toml").write_text(STUDY.format(clip=resource("fixtures/miniature/clip")))
    return tmp_path


def change(study: Path, old: str, new: str) -> None:
    """Replace some text of the study file."""
    path = study / "study.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def run(folder: Path, out: str = "out", **options: object) -> Path:
    given = Options(**{"store": folder / "store"} | options)
    source = read_study(str(folder / "study.toml"))
    assert run_study(source, out=folder / out, options=given, progress=Progress())
    return folder / out


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a run or of a store, but its durations, its lock and what it read of files."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.name not in {"timings.json", ".lock"}
        and path.suffix != probe_index.ENDING
    }
