"""What a run says before, while and after it works; a first look is marked in all it leaves."""

import json
import re
from pathlib import Path

import pytest
import torch
from torch import nn

from study.comparison import analysis
from study.dissection.run import read_output
from study.inputs.settings import PRECISIONS, with_overrides
from study.inputs.study_file import read_study
from study.pipeline import Options, run_study
from study.pipeline.calibration import Calibration, seconds_of
from study.pipeline.memory import batch_bytes, largest_output
from study.pipeline.opening import Inputs, open_inputs
from study.pipeline.plan import distinct, most_images
from study.progress import Progress
from study.report.__main__ import main as report
from tests.small_study import write


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write(tmp_path)


STAGES = [
    "checking images", "activations", "concept features", "image features (at most)",
    "labels", "unit cards",
]  # fmt: skip


class Heard(Progress):
    """Progress that keeps its notes."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def heard(study: Path, *, precision: str | None = None, **options: object) -> Heard:
    progress = Heard()
    source = with_overrides(read_study(str(study / "study.toml")), precision=precision)
    given = Options(store=study / "store", **options)
    run_study(source, out=study / "out", options=given, progress=progress)
    return progress


def test_the_plan_alone_leaves_nothing(study: Path) -> None:
    notes = heard(study, dry_run=True).notes
    assert not (study / "out").exists()
    assert not list((study / "store").rglob("*"))
    assert notes[0].startswith("plan: 40 images, 2 networks with 384 units, 10 concepts")
    assert notes[0].endswith("on cpu in float32")
    assert [note.split(":")[0].strip() for note in notes[2:-1]] == STAGES
    assert all(re.search(r", about \d+ (s|min|h)$", note) for note in notes[2:-1])
    assert "in all about" in notes[-1]
    assert "memory about" in notes[-1]
    assert "the store grows by" in notes[-1]


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_precision_says_what_it_changes(study: Path, precision: str) -> None:
    notes = heard(study, precision=precision, dry_run=True).notes
    assert notes[1] == f"  {precision}: {PRECISIONS[precision]}"
    assert ("some labels change" in notes[1]) == (precision == "bfloat16")


def test_a_run_says_what_it_will_do_in_counts_and_times_nothing(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("study.pipeline.calibration.seconds_of", None)
    notes = heard(study).notes
    assert [note.split(":")[0].strip() for note in notes[2:8]] == STAGES
    assert "  checking images: 40 images" in notes
    assert "  concept features: 10 concepts" in notes
    assert "  labels: 384 units, 12 times" in notes
    assert not any("about" in note for note in notes)
    again = heard(study).notes
    assert "  activations: 0 images (40 kept from before)" in again
    assert "  concept features: 0 concepts (10 kept from before)" in again


def test_what_is_kept_is_not_planned_again(study: Path) -> None:
    first = heard(study)
    again = heard(study, dry_run=True).notes
    assert "  activations: 0 images (40 kept from before), about 1 s" in again
    kept = [note for note in again if note.startswith("  image features: 0 images (")]
    assert kept == [f"  image features: 0 images ({_encoded(first)} kept from before), about 1 s"]
    assert any(note.endswith("the store grows by about 1 MB") for note in again)


def test_short_work_is_timed_several_times_and_long_work_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for durations, expected in (([3.0], 3.0), ([0.9, 0.01, 0.5], 0.255), ([0.0] * 10, 0.0)):
        taken = iter(durations)
        monkeypatch.setattr("study.pipeline.calibration._once", lambda _, taken=taken: next(taken))
        assert seconds_of(lambda: None) == pytest.approx(expected)
        assert not list(taken)


def opened(study: Path) -> Inputs:
    return open_inputs(read_study(str(study / "study.toml")))


def _encoded(progress: Heard) -> int:
    """How many images the encoder saw."""
    [note] = [note for note in progress.notes if note.startswith("image features: ")]
    return int(note.split()[2])


def test_where_the_time_went_is_said_and_written_and_no_product(study: Path) -> None:
    progress = heard(study)
    timings = json.loads((study / "out" / "timings.json").read_text())
    assert list(timings) == [
        "checking images", "activations", "finding the images that count", "concept features",
        "image features", "labels of One", "labels of Other", "cards of One", "cards of Other",
    ]  # fmt: skip
    assert all(seconds >= 0 for seconds in timings.values())
    assert any(note.startswith("time: ") for note in progress.notes)
    manifest = (study / "out" / "manifest.json").read_text()
    assert "timings" not in manifest


def test_the_encoders_images_are_planned_from_below_and_above(study: Path) -> None:
    """Units that share nothing need the most images; a class layer reaches less deep."""
    assert distinct(40, 1, 5) == 5
    assert distinct(40, 1000, 5) == 40
    assert 8 < distinct(40, 2, 5) < 10
    inputs = opened(study)
    assert [network.dissected_units for network in inputs.networks] == [192, 192]
    assert most_images(inputs) == 40


def test_labels_are_planned_by_units_concepts_images_and_resamples(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On 20 made-up images and 10 words a softmax takes 4 s and the sum of a unit 0.25 s.
    monkeypatch.setattr(Calibration, "_labelling_seconds", lambda self, units: 4 + 0.25 * units)
    monkeypatch.setattr(Calibration, "_ranking_seconds", 0.0)
    # Each unit has 12 labels: one, 8 of resamples, 2 of halves, 1 of another top_k. A layer's
    # softmax, of all 40 images, is made 5 times: the resamples share one.
    layers = sum(5 * 4 * (40 / 20) + 12 * units * 0.25 for units in (64, 128))
    assert Calibration(opened(study)).labels_seconds() == pytest.approx(2 * layers)


def test_memory_counts_the_largest_arrays_of_a_batch(study: Path) -> None:
    net = nn.Sequential(nn.Linear(4, 100), nn.ReLU(), nn.Linear(100, 3))
    assert largest_output(net, lambda: net(torch.zeros(2, 4))) == 200
    assert not any(part._forward_hooks for part in net.modules())
    inputs = opened(study)
    first = inputs.networks[0].module.conv1
    largest = max(first.out_channels * 32 * 32, 3 * 64 * 64)  # Stride 2 halves 64 pixels.
    assert batch_bytes(inputs, 10) >= 10 * 4 * (2 * largest + 4 * 3 * 64 * 64)
    assert batch_bytes(inputs, 20) == 2 * batch_bytes(inputs, 10)


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
    heard(study, limit=20)
    for place in (".", "one", "other"):
        manifest = json.loads((study / "out" / place / "manifest.json").read_text())
        assert manifest["limit"] == 20
        assert manifest["probe"]["images"] == 20
    _, runs = read_output(study / "out")
    document = analysis.analyse(runs, permutations=10)
    assert [network["limit"] for network in document["networks"]] == [20]
