"""No command replaces what it reads, or a file that it would not have written."""

import json

import pytest

from study.__main__ import main as study_main
from study.report.__main__ import main as report
from study.verify.__main__ import main as verify
from tests.report.report_samples import PAPER, write_table


@pytest.fixture
def runs(tmp_path):
    folder = tmp_path / "mine"
    return [f"{name}={write_table(folder / name, layers)}" for name, layers in PAPER.items()]


@pytest.mark.parametrize("out", ["mine", "mine/Alpha"])
def test_a_report_is_not_written_over_the_runs_that_it_reads(tmp_path, runs, capsys, out):
    names = [path.relative_to(tmp_path).as_posix() for path in (tmp_path / "mine").rglob("*.csv")]
    marker = "".join(f"{name.removeprefix('mine/')}\n" for name in names)
    (tmp_path / "mine" / ".study-output").write_text(marker)  # as `study run` leaves it
    for force in ([], ["--force"]):
        command = ["--runs", *runs, "--out", str(tmp_path / out), "--format", "html", *force]
        assert report(command) == 2
    assert "which is read, and would be replaced" in capsys.readouterr().err
    assert all((tmp_path / name).is_file() for name in names)
    assert report([*command[:-3], "--format", "html", "--out", str(tmp_path / "new")]) == 0


def test_a_comparison_is_not_written_over_a_file_of_others(tmp_path, runs, capsys):
    out = tmp_path / "out"
    out.mkdir()
    (out / "results.json").write_text('{"mine": 1}')
    assert study_main(["compare", *runs, "--out", str(out)]) == 2
    assert "another file of this name" in capsys.readouterr().err
    assert json.loads((out / "results.json").read_text()) == {"mine": 1}
    (out / "results.json").unlink()
    for _ in range(2):
        assert study_main(["compare", *runs, "--out", str(out)]) == 0


@pytest.mark.parametrize("option", ["--json", "--junit"])
def test_a_verdict_is_not_written_over_a_table(tmp_path, runs, capsys, option):
    a, b = (run.partition("=")[2] for run in runs)
    table = tmp_path / "mine" / "Alpha" / "descriptions.csv"
    before = table.read_bytes()
    assert verify(["runs", a, b, option, str(table)]) == 2
    assert "this file is no verdict" in capsys.readouterr().err
    assert table.read_bytes() == before
    for _ in range(2):
        assert verify(["runs", a, b, option, str(tmp_path / "verdict")]) != 2
