"""The truth in the place of CLIP: labels follow from what images are known to show."""

import csv
import json

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import study
from study.errors import StudyError
from study.inputs.truth_table import TruthTable
from study.models.encoder import TruthEncoder
from study.similarity import SIMILARITY_FUNCTIONS
from study.similarity.scores import CosineScores

COLOURS = ("red", "green", "blue")


@pytest.fixture
def folder(tmp_path):
    """Sixty pictures of one colour each, a little noisy, with their truth."""
    generator = np.random.default_rng(0)
    rows = []
    (tmp_path / "photos").mkdir()
    for number in range(60):
        pixels = generator.integers(0, 60, (16, 16, 3))
        pixels[:, :, number % 3] += 150 + number
        name = f"{number:02d}.png"
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "photos" / name)
        rows.append([name, *(int(number % 3 == k) for k in range(3))])
    write(tmp_path / "truth.csv", COLOURS, rows)
    return tmp_path


def write(path, columns, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["image", *columns], *rows])


def colour_units() -> nn.Module:
    """Units that answer to green, blue and red."""
    net = nn.Sequential(nn.Conv2d(3, 3, 1, bias=False))
    net[0].weight.data = (torch.eye(3)[[1, 2, 0]] - 0.4).view(3, 3, 1, 1)
    return net


def dissected(folder, **others):
    probe = study.open_probe(folder / "photos", truth=folder / "truth.csv")
    own = {"settings": {"top_k": 8}, "resamples": 0, "splits": 2, "cards": 0, "progress": False}
    return study.dissect(
        colour_units(), layers=["0"], probe=probe, encoder="truth", **{**own, **others}
    )


@pytest.mark.parametrize("similarity", list(SIMILARITY_FUNCTIONS))
def test_every_function_finds_what_the_images_show(similarity, folder):
    settings = {"top_k": 8} if similarity.endswith("wpmi") else {}
    run = dissected(folder, similarity=similarity, settings=settings)
    assert list(run.descriptions["description"]) == ["green", "blue", "red"]
    assert json.loads(run.files["manifest.json"])["encoder"]["model"] == "truth table"


def test_labels_are_judged_on_the_other_half_of_the_probe(folder):
    frame = dissected(folder).to_frame()
    assert (frame["pearson"] > 0.6).all()
    assert (frame["precision"] == 1).all()


def test_a_graded_truth_is_used_as_graded(folder):
    """Red in half of what is red: a unit of red is called "reddish", which all of it is."""
    rows = [
        [f"{n:02d}.png", int(n % 3 == 0), int(n % 3 == 1), int(n % 3 == 2), 0.9 * (n % 3 == 0)]
        for n in range(60)
    ]
    write(folder / "truth.csv", ("faint", "green", "blue", "reddish"), rows)
    text = (folder / "truth.csv").read_text()
    (folder / "truth.csv").write_text(text.replace(",1,0,0,0.9", ",0.3,0,0,0.9"))
    assert list(dissected(folder).descriptions["description"]) == ["green", "blue", "reddish"]


@pytest.mark.parametrize("rows", [np.eye(3), np.ones((4, 3)), np.array([[0.5, 0.2, 0], [1, 1, 1]])])
def test_the_cosine_is_the_truth(rows):
    names = ("a", "b", "c")
    table = TruthTable(names, rows >= 0.5, dict(zip(names, names, strict=True)), {}, rows)
    encoder = TruthEncoder.of(table, names, device=torch.device("cpu"))
    images = torch.from_numpy(encoder.image_features(np.arange(len(rows))))
    scores = CosineScores(images, torch.from_numpy(encoder.concept_features()))
    found = scores.block(slice(0, 3), out=torch.empty(len(rows), 3))
    assert np.allclose(found.numpy() * encoder.length, rows, atol=1e-6)
    assert encoder.sharpened({"a": 10, "lam": 1}) == {"a": 10 * encoder.length, "lam": 1}


def test_concepts_that_the_same_images_show_are_refused_or_merged(folder):
    rows = [[f"{n:02d}.png", *(int(n % 3 == k) for k in (0, 0, 1, 2))] for n in range(60)]
    write(folder / "truth.csv", ("red", "crimson", "green", "blue"), rows)
    with pytest.raises(
        StudyError, match=r"the same images show 'red', 'crimson' \(2 concepts like"
    ):
        dissected(folder)
    run = dissected(folder, allow_duplicates=True)
    assert list(run.descriptions["description"]) == ["green", "blue", "red"]


def test_networks_of_one_folder_name_are_not_dissected_together(folder):
    """The second's tables would take the place of the first's."""
    probe = study.open_probe(folder / "photos", truth=folder / "truth.csv")
    units = {"l": np.eye(60, 2, dtype=np.float32)}
    for other in ("cafe\u0301", "caf\u00ea", "Cafe"):
        with pytest.raises(StudyError, match=f"found 'caf\u00e9' and '{other}': rename one"):
            study.dissect({"caf\u00e9": units, other: units}, probe=probe, encoder="truth")
    with pytest.raises(StudyError, match=r"the name of a network: .*nobody sees, found U\+202E"):
        study.dissect({"\u202eA": units}, probe=probe, encoder="truth")


def test_a_concept_without_truth_is_refused(folder):
    with pytest.raises(
        StudyError, match=r"the truth table says nothing about 'pink': add a column"
    ):
        dissected(folder, concepts=["red", "pink"])
    probe = study.open_probe(folder / "photos")
    with pytest.raises(StudyError, match="expected a probe with a truth table"):
        study.dissect(colour_units(), layers=["0"], probe=probe, encoder="truth")
    with pytest.raises(StudyError, match=r"expected load_encoder\(…\), an object or \"truth\""):
        study.dissect(colour_units(), layers=["0"], probe=probe, encoder="ViT-B-32")


TOML = """title = "T"
[probe]
kind = "folder"
path = "photos"
truth = "truth.csv"
[encoder]
kind = "truth"
[dissection]
layers = ["layer1"]
device = "cpu"
[dissection.settings]
top_k = 8
[measures]
resamples = 0
splits = 2
cards = 1
[[networks]]
name = "One"
architecture = "narrow_resnet18"
classes = 2
weights = "random:0"
preprocessing = { resize = 16, crop = 16 }
"""


def test_a_study_file_says_so(folder, capsys):
    from study.__main__ import main

    (folder / "study.toml").write_text(TOML)
    command = ["run", str(folder / "study.toml"), "--out", str(folder / "out")]
    assert main([*command, "--store", str(folder / "store"), "--dry-run"]) == 0
    assert "encoder truth table" in capsys.readouterr().err
    assert main([*command, "--store", str(folder / "store")]) == 0
    manifest = json.loads((folder / "out" / "manifest.json").read_text())
    assert manifest["encoder"]["model"] == "truth table"
    assert manifest["concepts"]["name"] == "the truth table"


def test_names_of_the_truth_that_were_written_anew_are_said(folder, capsys):
    from study.__main__ import main

    truth = folder / "truth.csv"
    truth.write_text(truth.read_text().replace("red", "dark\u00a0red"))
    (folder / "study.toml").write_text(TOML)
    assert main(["run", str(folder / "study.toml"), "--out", str(folder / "out"), "--dry-run"]) == 0
    assert "the truth table: 1 name written anew with single spaces" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('truth = "truth.csv"\n', "", r"encoder\.kind: expected a truth table in \[probe\] truth"),
        ('kind = "truth"', 'kind = "truth"\nmodel = "ViT-B-32"', 'nothing beside kind = "truth"'),
        ('kind = "truth"', 'kind = "clip"', r"\[encoder\] weights: expected its weights"),
    ],
)
def test_half_a_statement_is_refused(folder, capsys, old, new, problem):
    from study.__main__ import main

    (folder / "study.toml").write_text(TOML.replace(old, new))
    assert main(["run", str(folder / "study.toml"), "--out", str(folder / "out")]) == 2
    assert len(found := capsys.readouterr().err.splitlines()) == 1
    import re

    assert re.search(problem, found[0])
