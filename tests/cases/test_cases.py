"""What users met, tried as they did: each case is done, or refused in one line that helps.

Cases of checkpoints (W02 to W11, A01 to A04) are in ``tests/models/test_checkpoints_as_saved.py``,
of an encoder's preprocessing (E01) in ``test_encoder_preprocessing.py``, of memory (O01) in
``test_speed.py``.
"""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
import torch
import torchvision
from torch import nn

from study.__main__ import main
from study.files.folders import resource

DONE, REFUSED = 0, 2


def no_inputs(folder: Path) -> None:
    """The case's folder holds all that it needs."""


def small_stem(folder: Path) -> None:
    module = torchvision.models.resnet18(num_classes=10)
    module.conv1 = nn.Conv2d(3, 64, 3, bias=False)
    torch.save(module.state_dict(), folder / "w.pth")


def grey_stem(folder: Path) -> None:
    module = torchvision.models.resnet18(num_classes=10)
    module.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    torch.save(module.state_dict(), folder / "w.pth")


def home(folder: Path) -> None:
    (folder / "photos").mkdir()
    photos = Path(str(resource("fixtures/miniature")))
    shutil.unpack_archive(photos / "probe.zip", folder / "photos")


def labels_of(folder: Path) -> list[str]:
    (path,) = (folder / "out").glob("*/descriptions.csv")
    return list(pd.read_csv(path, na_filter=False)["description"])


RUNS = {
    "A05": (small_stem, REFUSED, 'set architecture = "cifar_resnet18"$'),
    "A06": (grey_stem, REFUSED, r"preprocessing = \{mean = \[0\.5\], std = \[0\.5\]\}$"),
    "A07": (no_inputs, REFUSED, 'write "timm:vit_small_patch14_dinov2'),
    "A08": (no_inputs, DONE, "wrote"),
    "A11": (no_inputs, DONE, "self_attention: the class token is read"),
    "A12": (no_inputs, DONE, "wrote"),
    "A13": (no_inputs, DONE, "wrote"),
    "A17": (no_inputs, DONE, r"mlp\.0: the class token is read"),
    "C03": (no_inputs, REFUSED, "expected each concept once, found 'ice cream' again"),
    "C04": (no_inputs, DONE, "imagenet_class_index.json: "),
    "C05": (no_inputs, DONE, "the column 'concept' of a table"),
    "C06": (no_inputs, DONE, "number"),
    "C07": (no_inputs, DONE, "wrote"),
    "C08": (no_inputs, DONE, "other letters than Latin"),
    "E03": (no_inputs, REFUSED, "as the library transformers saves it"),
    "P01": (no_inputs, DONE, "left out"),
    "P04": (no_inputs, DONE, "wrote"),
    "P07": (no_inputs, DONE, "wrote"),
    "P08": (no_inputs, REFUSED, 'kind = "tar"'),
    "T01": (no_inputs, DONE, "wrote"),
    "T03": (no_inputs, REFUSED, "write paths in single quotes$"),
    "W09": (no_inputs, REFUSED, "a Git LFS pointer"),
}
"""Case to what makes its inputs, its end, and what its messages say."""


@pytest.fixture
def case(request, tmp_path, shared):
    """A case's folder, its paths those of the miniature, and its inputs made."""
    name, make = request.param
    folder = tmp_path / name
    shutil.copytree(shared / "cases" / name, folder)
    for file in folder.glob("*.toml"):
        data = file.read_bytes()
        fixtures = str(resource("fixtures/miniature")).encode()
        file.write_bytes(data.replace(b"FIXTURES", fixtures))
    make(folder)
    return folder


def cases(table):
    return [pytest.param((name, row[0]), *row[1:], id=name) for name, row in table.items()]


@pytest.mark.parametrize(("case", "end", "said"), cases(RUNS), indirect=["case"])
def test_a_users_case(case, end, said, capsys):
    options = [] if case.name in ("P01", "P04") else ["--limit", "30"]
    command = ["run", str(case / "study.toml"), "--out", str(case / "out"), "--force"]
    code = main([*command, "--store", str(case / "store"), *options])
    found = capsys.readouterr().err
    assert code == end, found
    assert re.search(said, found, re.MULTILINE), found
    if end == REFUSED:
        assert len(found.strip().splitlines()) == 1
        assert not (case / "out").exists()
    else:
        assert labels_of(case)


TABLES = {
    "R01": (["--by-depth"], ["vit", "dinov2"]),
    "R03": ([], ["a", "b"]),
    "R05": (["--columns", "layer==layer2"], ["a", "b"]),
    "R10": ([], ["a", "b"]),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_users_tables(name, shared, capsys):
    options, files = TABLES[name]
    paths = [f"{file.upper()}={shared / 'cases' / name / file}.csv" for file in files]
    assert main(["compare", *paths, *options, "--json"]) == DONE
    document = json.loads(capsys.readouterr().out)
    assert document["comparison"]["overall"]["jaccard"] is not None
    for network in document["networks"]:
        assert (network["mean_similarity"] is None) == (name == "R03")


def test_pictures_of_the_home_folder(tmp_path, shared, monkeypatch, capsys):
    """P12: a path that begins with ``~``."""
    monkeypatch.setenv("HOME", str(tmp_path))
    home(tmp_path)
    folder = tmp_path / "P12"
    shutil.copytree(shared / "cases" / "P12", folder)
    file = folder / "study.toml"
    file.write_text(file.read_text().replace("FIXTURES", str(resource("fixtures/miniature"))))
    command = ["run", str(file), "--out", str(folder / "out"), "--store", str(folder / "store")]
    assert main([*command, "--limit", "30", "--dry-run"]) == DONE
    assert "30 images" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("T04", ["--device", "cuda:0"], "there is no cuda:0 on this machine, only cpu"),
        ("T08", ["--batch", "8"], "plan: "),
    ],
)
def test_options_of_machines(name, options, said, tmp_path, shared, capsys):
    shutil.copytree(shared / "cases" / name, tmp_path / name)
    file = tmp_path / name / "study.toml"
    file.write_text(file.read_text().replace("FIXTURES", str(resource("fixtures/miniature"))))
    command = ["run", str(file), "--out", str(tmp_path / "out"), "--store", str(tmp_path / "s")]
    if torch.cuda.is_available() and name == "T04":
        said = "plan: "
    assert main([*command, "--limit", "30", "--dry-run", *options]) == (
        2 if "no cuda" in said else 0
    )
    assert said in capsys.readouterr().err
