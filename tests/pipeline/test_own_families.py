"""A table of families that the study names stands in the place of others, to the last sentence."""

import csv
import json

import pytest

from study.__main__ import main
from study.files.documents import sha256_file
from study.verify.__main__ import main as verify
from tests import small_study

ODD = ("red", "blue", "dotted", "beach", "null")
TABLE = "word,family\n" + "".join(
    f"{word},{'odd' if word.lower() in ODD else 'even'}\n"
    for word in (
        "Red",
        "green",
        "blue",
        "striped",
        "dotted",
        "kitchen",
        "beach",
        "car",
        "null",
        "none",
    )
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = small_study.write(tmp_path_factory.mktemp("families"))
    (folder / "kinds.csv").write_text(TABLE)
    path = folder / "study.toml"
    path.write_text(path.read_text().replace('words.txt"', 'words.txt"\nfamilies = "kinds.csv"'))
    return folder


def test_the_studys_families_reach_the_page(folder):
    out = folder / "out"
    assert main(["report", str(folder / "study.toml"), "--out", str(out)]) == 0
    table = {"name": "kinds.csv", "sha256": sha256_file(folder / "kinds.csv")}
    assert json.loads((out / "manifest.json").read_text())["concepts"]["families"] == table
    rows = list(csv.DictReader((out / "one" / "labels.csv").read_text().splitlines()))
    assert {row["category"] for row in rows if row["label"]} <= {"odd", "even"}
    assert all((row["category"] == "odd") == (row["label"] in ODD) for row in rows if row["label"])
    results = json.loads((out / "results.json").read_text())
    kinds = results["networks"][0]["categories"]
    assert (kinds["source"], kinds["sha256"]) == (table["name"], table["sha256"])
    differences = results["pairs"][0]["differences"]["layers"]["layer3"]["categories"]
    assert all(one["p_adjusted"] is not None for one in differences.values())  # in the null too
    assert "The kinds of concepts are those of the table" in (out / "report.html").read_text()
    assert verify(["report", str(out / "report.pdf")]) == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [(None, "families: cannot read kinds.csv: no such file"), ("word,kind\n", "word,family")],
)
def test_a_table_that_cannot_be_used_is_named(folder, tmp_path, capsys, text, problem):
    other = small_study.write(tmp_path)
    (other / "study.toml").write_text((folder / "study.toml").read_text())
    if text is not None:
        (other / "kinds.csv").write_text(text)
    assert main(["run", str(other / "study.toml"), "--out", str(other / "out")]) == 2
    assert problem in capsys.readouterr().err
    assert not (other / "out").exists()
