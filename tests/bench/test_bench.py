"""Each row of the benchmark runs, prints both figures and their ratio, and sees a slow path."""

import dataclasses
import re
import time

import pytest
import torch

from study import similarity as fast_paths
from study.files.folders import resource
from tests import ROOT
from tests.bench import __main__ as bench
from tests.bench import (
    growth,
    images,
    inputs,
    machine,
    measure,
    null,
    reports,
    similarity,
    stability,
    text,
    whole,
)
from tests.bench.__main__ import ROWS, main
from tests.bench.table import Line, markdown

CLIP = str(resource("fixtures/miniature/clip"))


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    """Fresh processes cost seconds each; one test starts one."""
    monkeypatch.setattr(bench, "isolated", lambda function: function())
    monkeypatch.delenv("STUDY_SHARED", raising=False)
    monkeypatch.setattr(machine, "_SIDE", 128)


TINY = {
    "miniature": lambda: reports.of_miniature(reports.Sizes(options=("--help",))),
    "busy": lambda: reports.of_busy(reports.Sizes(options=("--help",))),
    "runs": lambda: reports.of_runs(
        reports.Sizes(units=(3, 4, 5), concepts=9, options=("--format", "html"))
    ),
    "similarity-1000": lambda: similarity.against_published(
        similarity.Sizes(images=200, units=4, concepts=30, width=8, repeats=1)
    ),
    "similarity-20000": lambda: similarity.against_products(
        similarity.Sizes(images=300, units=4, concepts=30, width=8, repeats=1)
    ),
    "text": lambda: text.by_length(text.Sizes(concepts=12, plain=4, model=CLIP)),
    "images": lambda: images.against_plain_loop(
        images.Sizes(images=6, plain=5, concepts=20, model=CLIP)
    ),
    "whole": lambda: whole.from_nothing(whole.Sizes(images=4, concepts=8, top_k=3, model=CLIP)),
    "growth": lambda: growth.by_stage(
        growth.Sizes(steps=((30, 20), (60, 40)), units=(4, 6), width=8, resamples=3, top_k=5)
    ),
    "stability": lambda: stability.of_resamples(
        stability.Sizes(images=200, units=(3, 4), concepts=20, resamples=4, measured=2)
    ),
    "null": lambda: null.of_hands(null.Sizes(units=(3, 4), concepts=20, hands=9, plain=1)),
}


@pytest.mark.parametrize("row", ROWS)
def test_each_row_prints_both_figures_and_their_ratio(row):
    lines = TINY[row]()
    assert lines
    for line, printed in zip(lines, markdown(lines).splitlines()[2:], strict=True):
        cells = [cell.strip() for cell in printed.strip("|").split("|")]
        if line.plain is None:
            assert (cells[2], cells[4]) == ("", "")
            assert re.match(r"[\d.]+ s", cells[3])
            assert re.search(r"[\d.]+ [GM]B", cells[5])
            assert "processor time" in line.note
        else:
            assert all(re.match(r"[\d.]+(e-\d+)? ", cell) for cell in cells[2:5]), printed


@pytest.mark.parametrize(
    ("unit", "growth", "ratio"), [("s", False, 4), ("images/s", False, 0.25), ("s", True, 0.25)]
)
def test_the_ratio_says_how_many_times_better_or_how_many_times_more(unit, growth, ratio):
    line = Line(row="r", case="c", plain=8, ours=2, unit=unit, growth=growth)
    assert line.ratio == ratio


def test_a_slow_path_shows_in_the_ratio(monkeypatch):
    honest = fast_paths.SIMILARITY_FUNCTIONS["wpmi"]

    def slow(*arrays):
        time.sleep(0.5)
        return honest(*arrays)

    monkeypatch.setattr(similarity, "SIMILARITY_FUNCTIONS", {"wpmi": slow})
    [line] = TINY["similarity-1000"]()
    assert line.ours > 0.5
    assert line.ratio < 0.5


def test_labels_that_differ_are_counted(monkeypatch):
    honest = fast_paths.SIMILARITY_FUNCTIONS["wpmi"]
    monkeypatch.setattr(similarity, "SIMILARITY_FUNCTIONS", {"wpmi": lambda *a: -honest(*a)})
    [line] = TINY["similarity-1000"]()
    assert "labels equal 4 of 4" not in line.note


@pytest.mark.parametrize(("size", "least", "most"), [(20_000_000, 79e6, 120e6), (1, 0, 20e6)])
def test_memory_above_the_inputs_is_seen_even_when_it_is_given_back(size, least, most):
    with measure.peak() as memory:
        torch.ones(size).sum()
    assert least <= memory.above < most


def test_the_words_are_distinct_and_the_photos_have_the_size_of_photos(tmp_path):
    words, _ = inputs.words(500)
    assert len(set(words)) == 500
    photos = sorted(inputs.write_photos(tmp_path / "photos", 2).iterdir())
    assert all(20_000 < photo.stat().st_size < 400_000 for photo in photos)


@pytest.fixture
def measured(monkeypatch):
    line = Line(row="text", case="a|b", plain=2, ours=1, unit="s", note="n")
    monkeypatch.setitem(ROWS, "text", lambda: [line])
    return line


def test_the_command_prints_the_table_and_the_machine(measured, capsys):
    assert main(["text"]) == 0
    printed = capsys.readouterr().out
    for part in (r"| text | a\|b | 2 s | 1 s | 2 x |  |  | n |", "torch", "GFLOP/s"):
        assert part in printed


def test_one_run_writes_the_whole_table_and_the_short_one(measured, monkeypatch, tmp_path):
    monkeypatch.setitem(ROWS, "growth", lambda: [dataclasses.replace(measured, row="growth")])
    pages = {kind: tmp_path / f"{kind}.md" for kind in ("bench", "summary")}
    for kind, page in pages.items():
        page.write_text(f"above\n<!-- {kind} -->\nold \\1\n<!-- /{kind} -->\nbelow\n")
    into = [word for page in pages.values() for word in ("--into", str(page))]
    for _ in range(2):
        assert main(["text", "growth", *into]) == 0
    for kind, page in pages.items():
        written = page.read_text()
        assert written.startswith(f"above\n<!-- {kind} -->\n\n| row | case | plain |")
        assert r"| text | a\|b | 2 s | 1 s | 2 x |  |" in written
        assert written.count("Measured on") == 1
        assert f"; 2 rows in 0.0 min.\n\n<!-- /{kind} -->\nbelow\n" in written
        assert "old" not in written
        assert ("| growth |" in written) == ("| n |" in written) == (kind == "bench")


def test_the_short_table_of_the_readme_is_taken_from_the_whole_one():
    pages = (ROOT / name for name in ("README.md", "tests/bench/README.md"))
    short, whole = (page.read_text(encoding="utf-8") for page in pages)
    begins = tuple(f"| {row} |" for row in ROWS)
    rows = [line for line in short.splitlines() if line.startswith(begins)]
    assert len(rows) >= 7
    assert [row for row in rows if f"\n{row}" not in whole] == []


@pytest.mark.parametrize("text", ["", "<!-- bench -->\n", "<!-- /bench -->\n<!-- bench -->\n"])
def test_a_page_without_marks_is_refused_before_any_row(monkeypatch, capsys, tmp_path, text):
    monkeypatch.setitem(ROWS, "text", lambda: pytest.fail("measured in vain"))
    page = tmp_path / "README.md"
    page.write_text(text)
    with pytest.raises(SystemExit, match="2"):
        main(["text", "--into", str(page)])
    assert "<!-- bench --> and <!-- /bench -->" in capsys.readouterr().err
    assert page.read_text() == text


def test_an_unknown_row_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["speed"])
    message = "unknown row speed; the rows are miniature, busy, runs, similarity-1000"
    assert message in capsys.readouterr().err


def test_work_runs_in_a_fresh_process_and_a_failing_command_says_why(tmp_path):
    assert measure.isolated(torch.get_num_threads) == measure.THREADS
    with pytest.raises(RuntimeError, match=r"study compare nowhere: .*nowhere"):
        measure.command("study", "compare", "nowhere", folder=tmp_path)
