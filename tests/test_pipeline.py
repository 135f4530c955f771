"""A study runs from its file to its tables: the same bytes each time, whatever interrupts it."""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from study import labels
from study.dissection import Dissection
from study.encoder import Encoder
from study.errors import StudyError
from study.networks import load_network
from study.pipeline import Options, run_study
from study.progress import Progress
from study.resources import resource
from study.study_file import read_study

FIXTURES = "fixtures/miniature"
SEED = random.SystemRandom().randrange(2**32)
THOROUGH = os.environ.get("STUDY_PROFILE") == "thorough"
KILLS = 25 if THOROUGH else 2

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


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A folder with 40 noisy photos, ten words and a study of two random networks."""
    generator = np.random.default_rng(3)
    (tmp_path / "photos" / "b").mkdir(parents=True)
    for index in range(40):
        small = generator.integers(0, 255, (6, 6, 3), dtype=np.uint8)
        image = Image.fromarray(small).resize((64, 64), Image.Resampling.BICUBIC)
        image.save(tmp_path / "photos" / ("b" if index % 2 else ".") / f"{index:02d}.png")
    words = "red\ngreen\nblue\nstriped\ndotted\nkitchen\nbeach\ncar\nnull\nnone\n"
    (tmp_path / "words.txt").write_text(words)
    (tmp_path / "study.toml").write_text(STUDY.format(clip=resource(f"{FIXTURES}/clip")))
    return tmp_path


def run(folder: Path, out: str = "out", **options: object) -> Path:
    given = Options(store=folder / "store", **options)
    source = read_study(str(folder / "study.toml"))
    assert run_study(source, out=folder / out, options=given, progress=Progress())
    return folder / out


def contents(out: Path) -> dict[str, bytes]:
    """Every product but the durations."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != "timings.json"
    }


def lines(one: bytes, other: bytes) -> list[tuple[bytes, bytes]]:
    """The first lines in which two products differ."""
    pairs = itertools.zip_longest(one.splitlines(), other.splitlines())
    return [pair for pair in pairs if pair[0] != pair[1]][:3] if one != other else []


def test_a_run_leaves_what_it_promises(study: Path) -> None:
    out = run(study)
    for slug in ("one", "other"):
        table = Dissection.read_csv(out / slug / "descriptions.csv", name=slug)
        assert table.layer_names == ("layer3", "layer4.1")
        assert table.units == 64 + 128
        frame = labels.read(out / slug / "labels.csv")
        assert len(frame) == table.units
        assert {"stability", "half_a", "margin", "runner_up"} <= set(frame.columns)
        assert (out / slug / "cards.csv").is_file()
        assert len(list((out / slug / "cards").iterdir())) == int((frame["dead"] == 0).sum())
    manifest = json.loads((out / "manifest.json").read_text())
    assert [network["role"] for network in manifest["networks"]] == ["compared", "control"]
    assert manifest["dissection"]["settings"]["top_k"] == 5
    assert manifest["dissection"]["settings"]["lam"] == 1


def test_no_product_holds_a_path_or_a_time(study: Path) -> None:
    for name, data in contents(run(study)).items():
        assert str(study).encode() not in data, name


def test_two_runs_give_the_same_bytes(study: Path) -> None:
    first = contents(run(study, "first"))
    (study / "store").rename(study / "kept")
    second = contents(run(study, "second"))
    assert first == second


def test_a_second_run_computes_nothing_again(study: Path) -> None:
    run(study)
    progress = Progress()
    source = read_study(str(study / "study.toml"))
    run_study(
        source, out=study / "again", options=Options(store=study / "store"), progress=progress
    )
    assert contents(study / "again") == contents(study / "out")
    assert progress.timings["activations"] < 0.5


@pytest.mark.parametrize("changed", ["photo", "words", "weights"])
def test_changed_content_under_the_same_name_is_a_miss(study: Path, changed: str) -> None:
    before = contents(run(study))
    if changed == "photo":
        Image.new("RGB", (64, 64), "red").save(study / "photos" / "00.png")
    elif changed == "words":
        (study / "words.txt").write_text((study / "words.txt").read_text().replace("car", "bus"))
    else:
        text = (study / "study.toml").read_text()
        (study / "study.toml").write_text(text.replace("random:1", "random:7"))
    after = contents(run(study, "after"))
    assert after["one/labels.csv"] != before["one/labels.csv"]
    assert (after["other/labels.csv"] != before["other/labels.csv"]) == (changed != "weights")


def test_a_killed_run_ends_with_the_bytes_of_an_unbroken_one(study: Path) -> None:
    """SIGKILL at seeded moments of one run after another, in one store."""
    print(f"seed {SEED}")
    whole = contents(run(study, "whole"))
    chance = random.Random(SEED)
    command = [sys.executable, "-m", "study", "run", "study.toml", "--out", "out"]
    started = time.monotonic()
    subprocess.run([*command, "--store", "full"], cwd=study, check=True, capture_output=True)
    length = time.monotonic() - started
    for number in range(KILLS):
        out, store = f"out{number}", f"killed{number}"
        process = subprocess.Popen(
            [*command[:-1], out, "--store", store],
            cwd=study,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.3, 1.0) * length)
        process.send_signal(signal.SIGKILL)
        process.wait()
        subprocess.run(
            [*command[:-1], out, "--store", store], cwd=study, check=True, capture_output=True
        )
        resumed = contents(study / out)
        assert sorted(resumed) == sorted(whole)
        changed = {name: lines(data, whole[name]) for name, data in resumed.items()}
        assert {name: pair for name, pair in changed.items() if pair} == {}


def test_too_small_a_probe_says_what_to_set(study: Path) -> None:
    text = (study / "study.toml").read_text().replace("top_k = 5", "top_k = 41")
    (study / "study.toml").write_text(text)
    with pytest.raises(StudyError, match="top_k = 41 images, found 40: set a smaller top_k"):
        run(study)


def test_an_unreadable_photo_stops_the_run_before_any_work(study: Path) -> None:
    (study / "photos" / "03.png").write_bytes(b"not a picture")
    with pytest.raises(StudyError, match=r"03\.png"):
        run(study)
    assert not (study / "out").exists()
    assert not list((study / "store").rglob("*.safetensors"))
    out = run(study, skip_unreadable=True)
    skipped = json.loads((out / "manifest.json").read_text())["probe"]["skipped"]
    assert [name for name, _ in skipped] == ["03.png"]


def test_a_limited_run_is_marked(study: Path) -> None:
    manifest = json.loads((run(study, limit=20) / "manifest.json").read_text())
    assert manifest["limit"] == 20
    assert manifest["probe"]["images"] == 20


def test_the_plan_alone_leaves_nothing(study: Path) -> None:
    notes: list[str] = []
    progress = Progress()
    progress.note = notes.append  # type: ignore[method-assign]
    source = read_study(str(study / "study.toml"))
    options = Options(store=study / "store", dry_run=True)
    assert not run_study(source, out=study / "out", options=options, progress=progress)
    assert not (study / "out").exists()
    assert notes[0].startswith("plan: 40 images, 2 networks with 384 units, 10 concepts")
    assert "in all about" in notes[-1]


def test_a_dead_unit_is_listed_and_not_labelled(study: Path) -> None:
    """One grey photo forty times: every unit is dead."""
    for path in (study / "photos").rglob("*.png"):
        Image.new("RGB", (64, 64), "grey").save(path)
    out = run(study)
    frame = labels.read(out / "one" / "labels.csv")
    assert (frame["dead"] == 1).all()
    assert (frame["label"] == "").all()
    assert frame["stability"].isna().all()
    table = Dissection.read_csv(out / "one" / "descriptions.csv", name="One")
    assert all(label for layer in table.layers for label in layer.labels)


@pytest.mark.parametrize(
    "function", ["wpmi", "rank_reorder", "cos_similarity", "cos_similarity_cubed"]
)
def test_every_similarity_function_runs_the_whole_way(study: Path, function: str) -> None:
    text = (study / "study.toml").read_text()
    setting = "[dissection.settings]\ntop_k = 5\n"
    kept = setting if function == "wpmi" else ""
    text = text.replace(setting, kept).replace(
        'device = "cpu"\n', f'device = "cpu"\nsimilarity = "{function}"\n'
    )
    (study / "study.toml").write_text(text.replace("resamples = 8", "resamples = 2"))
    frame = labels.read(run(study) / "one" / "labels.csv")
    assert frame["label"].str.len().min() > 0
    assert frame["stability"].between(0, 1).all()


def test_a_setting_of_another_function_is_refused(study: Path) -> None:
    text = (study / "study.toml").read_text().replace("top_k = 5", "scale_p = 5")
    (study / "study.toml").write_text(text)
    with pytest.raises(StudyError, match="scale_p: expected a setting of soft_wpmi: top_k"):
        run(study)


def spoil(folder: Path, network: str) -> None:
    """Give a network weights of which one is NaN."""
    settings = next(n for n in read_study(str(folder / "study.toml")).networks if n.name == network)
    state = load_network(settings).module.state_dict()
    state["layer3.0.conv1.weight"][7, 0, 0, 0] = float("nan")
    torch.save(state, folder / "spoilt.pth")
    text = (folder / "study.toml").read_text()
    (folder / "study.toml").write_text(text.replace(settings.weights, "file:spoilt.pth"))


def test_a_broken_network_is_named_with_layer_and_photo(study: Path) -> None:
    spoil(study, "Other")
    with pytest.raises(StudyError, match=r"^Other: layer3: expected finite .* for 00\.png: "):
        run(study)
    assert not (study / "out").exists()


@pytest.mark.parametrize(
    ("method", "row", "named", "entry"),
    [
        ("encode_images", 20, r"b/01\.png", "image-features"),
        ("encode_concepts", 1, "green", "concept-features"),
    ],
)
def test_a_broken_feature_names_what_it_is_of_and_is_not_kept(
    study: Path, monkeypatch: pytest.MonkeyPatch, method: str, row: int, named: str, entry: str
) -> None:
    encode = getattr(Encoder, method)

    def broken(*given: object, **options: object) -> torch.Tensor:
        features = encode(*given, **options).clone()
        features[row, 3] = float("inf")
        return features

    monkeypatch.setattr(Encoder, method, broken)
    with pytest.raises(
        StudyError, match=f"^encoder: expected finite features, found inf .* for {named}: "
    ):
        run(study)
    assert not list((study / "store" / entry).rglob("*.safetensors"))
