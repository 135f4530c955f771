"""Every command on a page works as shown, and the sample report is up to date."""

import re
import tomllib
import zipfile
from operator import eq
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from pypdf import PdfReader

import study
from study.inputs.study_file import read_study
from study.report.pdf import extract
from tests import sample
from tests.docs.conftest import ROOT, run

PAGES = {"README.md": 5, "study/verify/GRADING.md": 9}
"""The pages, each with the least number of commands that are run."""
BLOCK = re.compile(r"<!-- (?P<mark>[^>]+) -->\n```(?P<kind>\w*)\n(?P<text>.*?)```", re.DOTALL)
FENCE = re.compile(r"^```(\w+)$", re.MULTILINE)


def blocks(page: str, mark: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return [match["text"] for match in BLOCK.finditer(text) if match["mark"] == mark]


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_end_with_the_exit_code_that_it_shows(desk: Path, page: str) -> None:
    shown = [line for text in blocks(page, "run") for line in text.splitlines() if line]
    assert len(shown) >= PAGES[page]
    for line in shown:
        command, _, note = line.partition("  # exit ")
        run(command, desk, expected=int(note[0]) if note else 0)


def test_the_readme_s_study_can_be_read(tmp_path: Path) -> None:
    (text,) = blocks("README.md", "study.toml")
    (tmp_path / "study.toml").write_text(text)
    read = read_study(str(tmp_path / "study.toml"))
    assert [network.role for network in read.networks] == ["compared", "control"]


def test_the_readme_s_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder with what it names: photos, words, a small CLIP, activations, a checkpoint."""
    (text,) = blocks("README.md", "python")
    assert len(text.splitlines()) <= 13
    monkeypatch.chdir(tmp_path)
    fixtures = ROOT / "fixtures" / "miniature"
    (tmp_path / "clip").symlink_to(fixtures / "clip")
    (tmp_path / "words.txt").write_text("red\nblue\ngreen\nsky\ngrass\nroom\ntree\n")
    with zipfile.ZipFile(fixtures / "probe.zip") as archive:
        archive.extractall(tmp_path / "photos", archive.namelist()[:40])
    names: dict[str, Any] = {}
    count = len(study.open_probe("photos"))
    np.save("activations.npy", np.random.default_rng(0).random((count, 12), np.float32))
    state = torchvision.models.resnet18(num_classes=10).state_dict()
    saved = {"state_dict": {f"net.{name}": value for name, value in state.items()}, "epoch": 3}
    torch.save(saved, "lightning.ckpt")
    exec(text, names)
    assert [names[run].dissection.units for run in "abcd"] == [512, 192, 12, 512]
    assert (tmp_path / "venn.png").stat().st_size > 2000
    assert (tmp_path / "report" / "report.html").is_file()


def test_the_two_lines_are_what_ci_runs() -> None:
    ci = (ROOT / ".ci" / "run").read_text()
    for mark in ("report", "tests"):
        assert len(blocks("README.md", mark)) == 1
        assert f"command {mark}" in ci


def test_commands_that_are_not_run_are_known_to_their_parsers(tmp_path: Path) -> None:
    """Commands that need gigabytes are not run; with ``--help`` added, their options must parse."""
    shown = [line for text in blocks("README.md", "by hand") for line in text.splitlines()]
    assert len(shown) >= 3
    for line in shown:
        assert "usage:" in run(f"{line.partition('  #')[0]} --help", tmp_path)


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_commands_is_marked(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    marked = [match["kind"] for match in BLOCK.finditer(text)]
    assert FENCE.findall(text).count("sh") == marked.count("sh")


def test_the_reference_is_what_the_code_says() -> None:
    from tests.docs import reference

    assert reference.PAGE.read_text(encoding="utf-8") == reference.page(), (
        "run python -m tests.docs.reference"
    )


def test_the_map_names_every_folder_and_nothing_that_is_not_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = text.partition("## Map of the house")[2].partition("## ")[0]
    folders = {path.parent.name for path in (ROOT / "study").glob("*/__init__.py")} | {"presets"}
    named = set(re.findall(r"(\w+)/(?=[ ,;)\n])", shown))
    assert folders <= named
    for path in re.findall(r"`((?:study|templates|tests)/[\w./]*)`", shown):
        assert (ROOT / path).exists(), path


def test_every_dependency_has_a_line_in_the_readme() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "README.md").read_text()
    for requirement in project["dependencies"]:
        name = re.split(r"[<>=\[ ]", requirement)[0]
        assert name in text, f"{name} has no line in the README"


def test_the_sample_is_the_report_that_the_main_job_writes(desk: Path, tmp_path: Path) -> None:
    """By facts, not bytes: another processor may change a label in a hundred."""
    folder = ROOT / "report" / "sample"
    paths = [folder / "report.pdf", desk / "report" / "report.pdf"]
    old, new = map(PdfReader, paths)
    assert [item.title for item in flat(old.outline)] == [item.title for item in flat(new.outline)]
    assert old.pages[0].mediabox == new.pages[0].mediabox
    assert abs(len(old.pages) - len(new.pages)) <= 1
    old_tables, tables = (
        {name: data for name, data in extract(path).items() if name.endswith((".csv", ".json"))}
        for path in paths
    )
    assert tables.keys() == old_tables.keys()
    runs = [name for name in tables if name.endswith("/descriptions.csv")]
    assert len(runs) == 5
    for name in runs:
        before, after = (
            [line.split(b",")[:3] for line in table[name].splitlines()]
            for table in (old_tables, tables)
        )
        equal = sum(map(eq, before, after))
        assert len(before) == len(after)
        assert equal >= 0.98 * len(before), f"{name}: {equal} of {len(before)} labels"
    sample.make(desk / "report", tmp_path)
    names = {path.name for path in folder.iterdir()}
    assert names == {path.name for path in tmp_path.iterdir()}
    assert sum(path.stat().st_size for path in folder.iterdir()) < sample.LARGEST
    shown = re.findall(r"report/sample/([\w.-]+)", (ROOT / "README.md").read_text())
    assert names.issuperset(shown)


def flat(outline: list[Any]) -> list[Any]:
    parts = [flat(item) if isinstance(item, list) else [item] for item in outline]
    return [item for part in parts for item in part]
