"""What a run says before, while and after it works; a first look is marked in all it leaves."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from study.comparison import analysis
from study.dissection.loaded import read_output
from study.inputs.settings import PRECISIONS, with_overrides
from study.inputs.study_file import read_study
from study.pipeline import Options, estimate, run_study
from study.pipeline.opening import open_inputs
from study.pipeline.plan import distinct, make_plan, most_images
from study.pipeline.store import Store
from study.progress import Progress
from study.report.__main__ import main as report

STAGES = [
    "checking images", "activations", "concept features", "image features (at most)",
    "labels", "redealing", "unit cards",
]  # fmt: skip


def notes_of(study: Path, *, precision: str | None = None, **options: object) -> list[str]:
    """What a run says on its way."""
    progress, notes = Progress(), []
    progress.note = notes.append
    source = with_overrides(read_study(str(study / "study.toml")), precision=precision)
    given = Options(store=study / "store", **options)
    run_study(source, out=study / "out", options=given, progress=progress)
    return notes


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_plan_alone_leaves_nothing(study: Path, precision: str) -> None:
    notes = notes_of(study, precision=precision, dry_run=True)
    assert not (study / "out").exists()
    assert not list((study / "store").rglob("*"))
    assert notes[0].startswith("plan: 40 images, 2 networks with 384 units, 10 concepts")
    assert notes[0].endswith(f"on cpu in {precision}")
    assert notes[1] == f"  {precision}: {PRECISIONS[precision]}"
    assert ("some labels change" in notes[1]) == (precision == "bfloat16")
    assert [note.split(":")[0].strip() for note in notes[2:-1]] == STAGES
    assert all(re.search(r", about \d+ (s|min|h)$", note) for note in notes[2:-1])
    pattern = r"  in all about \d+ (s|min|h), memory about .* [MG]B, the store grows by about 1 MB"
    assert re.fullmatch(pattern, notes[-1])


def test_a_run_says_what_it_will_do_in_counts_and_times_nothing(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(estimate, "seconds_of", None)
        first = notes_of(study)
        again = notes_of(study)
    assert [note.split(":")[0].strip() for note in first[2:9]] == STAGES
    assert "  checking images: 0 images that no network decodes" in first
    assert "  concept features: 10 concepts" in first
    assert "  labels: 384 units, 14 times" in first
    # Two layers and the total of one pair; live and significant units, and another top_k.
    assert "  redealing: 1 pair of networks, 6000 times" in first
    assert not any("about" in note for note in first)
    assert "  activations: 0 images (40 kept from before)" in again
    assert "  concept features: 0 concepts (10 kept from before)" in again
    planned = notes_of(study, dry_run=True)
    assert "  activations: 0 images (40 kept from before), about 1 s" in planned
    [note] = [note for note in first if note.startswith("image features: ")]
    assert f"  image features: 0 images ({note.split()[2]} kept from before), about 1 s" in planned


def test_short_work_is_timed_several_times_and_long_work_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for durations, expected in (([3], 3), ([0.5, 1.5], 1), ([0.9, 0.1, 0.2, 0.1, 0.3], 0.2)):
        moments = iter([moment for seconds in durations for moment in (0, seconds)])
        monkeypatch.setattr(estimate.time, "perf_counter", lambda moments=moments: next(moments))
        assert estimate.seconds_of(lambda: None) == pytest.approx(expected)
        assert not list(moments)


def test_where_the_time_went_is_said_and_written_and_no_product(study: Path) -> None:
    notes = notes_of(study)
    timings = json.loads((study / "out" / "timings.json").read_text())
    assert list(timings) == [
        "checking images", "concept features", "activations", "finding the images that count",
        "image features", "labels of One", "labels of Other", "redealing live units",
        "redealing significant units", "redealing live units, top_k 8", "matching units",
        "describing units",
        "cards of One", "cards of Other",
    ]  # fmt: skip
    assert all(seconds >= 0 for seconds in timings.values())
    assert any(note.startswith("time: ") for note in notes)
    assert "timings" not in (study / "out" / "manifest.json").read_text()


def test_the_encoders_images_are_planned_from_below_and_above(study: Path) -> None:
    """Units that share nothing need the most images; a class layer reaches less deep."""
    assert distinct(40, 1, 5) == 5
    assert distinct(40, 1000, 5) == 40
    assert 8 < distinct(40, 2, 5) < 10
    inputs = open_inputs(read_study(str(study / "study.toml")))
    assert [network.dissected_units for network in inputs.networks] == [192, 192]
    assert most_images(inputs) == 40


def test_labels_and_cards_are_planned_by_layers_labellings_and_images(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = open_inputs(read_study(str(study / "study.toml")))
    plan = make_plan(inputs, Store(study / "store"))
    # Once takes 1 s a unit, in a resample 0.1 s; any 40 images or units to draw take 4 s.
    monkeypatch.setattr(estimate, "_labelling_seconds", lambda _, units: (units, units / 10))
    monkeypatch.setattr(estimate, "seconds_of", lambda work: 4.0)
    *_, labels, redealing, cards = estimate.stage_seconds(inputs, plan)
    # Each unit has 14 labels: one, 8 of resamples, 4 of halves, 1 of another top_k; the halves are
    # scored whole as well, and so is the unit itself, before the layer's correction.
    assert labels == pytest.approx(384 * (1 + 1 + 1 + 4 + 1.2))
    # 128 made-up units, 10 words, 8 hands took 4 s; 384 units are dealt 6,000 times.
    assert redealing == pytest.approx(4 * 3 * 6000 / 8)
    assert cards == pytest.approx(384 * 4 + 2 * distinct(40, 192, 2) * 4 / 40)


def test_memory_grows_with_the_batch_and_the_arrays(study: Path) -> None:
    inputs = open_inputs(read_study(str(study / "study.toml")))
    one, two, three = (estimate.peak_bytes(inputs, batch=n) for n in (10_000, 20_000, 30_000))
    # Four batches in preparation, at 64 pixels for the networks and more for the encoder.
    assert two - one > 4 * 10_000 * 4 * 3 * 64**2
    more = replace(inputs, networks=inputs.networks * 1000)
    assert estimate.peak_bytes(more, batch=30_000) - three > 3 * 40 * 999 * 384


@pytest.mark.parametrize("size", [40, 20])
def test_a_first_look_is_marked_in_every_output(
    study: Path, size: int, capsys: pytest.CaptureFixture[str]
) -> None:
    limited = size < 40
    words = ["--limit", str(size)] if limited else []
    arguments = [str(study / "study.toml"), "--out", str(study / "report"), "--format", "html"]
    assert report([*arguments, "--store", str(study / "store"), *words]) == 0
    said = capsys.readouterr().err
    assert ("a first look, not the whole probe: 20 images" in said) == limited
    assert ("a first look: 20 images, not the whole probe" in said) == limited
    page = (study / "report" / "report.html").read_text()
    title = page.partition('<header class="title">')[2].partition('<h2 class="plain"')[0]
    assert ("A sample of 20 images only" in re.sub("<[^>]*>", "", title)) == limited
    manifest = json.loads((study / "report" / "manifest.json").read_text())
    assert manifest["limit"] == (size if limited else None)
    results = json.loads((study / "report" / "results.json").read_text())
    for network in results["networks"] + results["controls"]:
        assert network.get("limit") == (size if limited else None)


def test_a_first_look_is_marked_beside_each_networks_tables(study: Path) -> None:
    notes_of(study, limit=20)
    for place in (".", "one", "other"):
        manifest = json.loads((study / "out" / place / "manifest.json").read_text())
        assert manifest["limit"] == 20
        assert manifest["probe"]["images"] == 20
    _, runs = read_output(study / "out")
    document = analysis.analyse(runs, permutations=10)
    assert [network["limit"] for network in document["networks"]] == [20]
