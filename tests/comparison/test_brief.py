"""A comparison in a few lines, and the commands that print it."""

import pytest

from study.__main__ import main
from study.comparison.analysis import analyse
from study.comparison.brief import brief, shortened
from study.dissection.run import Run
from tests.report.report_samples import PAPER, paper_runs
from tests.strategies_tables import dissection


def test_two_networks_fit_on_a_terminal(tmp_path):
    text = brief(analyse(paper_runs(tmp_path), permutations=9))
    lines = text.splitlines()
    assert len(lines) <= 10
    assert max(map(len, lines)) <= 80
    assert lines[1].split() == ["Alpha", "10", "5", "dot", "3,", "cat", "2,", "red", "2"]
    assert lines[-1].split()[:5] == ["all", "layers", "4", "7", "0.571"]
    assert "\n\nAlpha and Beta\n" in text


def test_many_networks_are_a_matrix():
    words = ("a b c", "a b d", "a e f", "g h i")
    runs = [Run(dissection(name, l1=text)) for name, text in zip("WXYZ", words, strict=True)]
    lines = brief(analyse(runs, permutations=9)).splitlines()
    assert lines[-4].split() == ["W", "-", "0.500", "0.200", "0.000"]
    assert lines[-1].split() == ["Z", "0.000", "0.000", "0.000", "-"]


def test_long_names_keep_both_ends():
    assert shortened("encoder.layers.encoder_layer_11", 20) == "encoder.la…_layer_11"
    assert shortened("layer4", 20) == "layer4"


def test_a_terminal_gets_lines_and_a_pipe_gets_json(tmp_path, monkeypatch, capsys):
    paper_runs(tmp_path)
    runs = ["compare", str(tmp_path / "run0"), str(tmp_path / "run1"), "--names", *PAPER]
    assert main(runs) == 0
    assert capsys.readouterr().out.startswith('{\n "schema"')
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(runs) == 0
    assert capsys.readouterr().out.startswith("  network")
    assert main([*runs, "--json"]) == 0
    assert capsys.readouterr().out.startswith('{\n "schema"')


@pytest.mark.parametrize("verb", ["report", "verify"])
def test_every_verb_is_one_of_the_program(verb, capsys):
    with pytest.raises(SystemExit) as end:
        main([verb, "--help"])
    assert end.value.code == 0
    assert f"study.{verb}" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--help"])
    assert verb in capsys.readouterr().out
