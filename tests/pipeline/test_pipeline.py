"""A study runs from its file to its tables: the same bytes each time, whatever interrupts it."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn

from study.__main__ import main as command
from study.dissection import labels
from study.dissection.table import Dissection
from study.errors import StudyError
from study.files.folders import resource
from study.inputs.probe import Probe
from study.inputs.study_file import read_study
from study.labelling import stability
from study.labelling.labeller import Tables
from study.labelling.top_images import Wanted, needed_images
from study.models.encoder import Encoder
from study.models.loading import load_network
from study.models.networks import Network
from study.models.preprocessing import Preprocessing
from study.pipeline import checking, dissect_inputs, features, passes, shards
from study.pipeline.opening import open_inputs, ready
from study.pipeline.store import Store
from study.progress import Progress
from tests.small_study import change, contents, run

SHARDED = ("activations", "image-features")


def test_a_run_leaves_what_it_promises(study: Path) -> None:
    out = run(study)
    for slug in ("one", "other"):
        table = Dissection.read_csv(out / slug / "descriptions.csv", name=slug)
        assert table.layer_names == ("layer3", "layer4.1")
        assert table.units == 64 + 128
        frame = labels.read(out / slug / "labels.csv")
        assert len(frame) == table.units
        assert {"stability", "reproduced", "significant", "margin"} <= set(frame.columns)
        assert (out / slug / "cards.csv").is_file()
        assert len(list((out / slug / "cards").iterdir())) == int((frame["dead"] == 0).sum())
    manifest = json.loads((out / "manifest.json").read_text())
    assert [network["role"] for network in manifest["networks"]] == ["compared", "control"]
    assert manifest["dissection"]["settings"].items() >= {"top_k": 5, "lam": 1}.items()


def test_two_runs_give_the_same_bytes_and_with_the_store_nothing_is_computed_again(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = contents(run(study))
    assert [name for name, data in first.items() if str(study).encode() in data] == []
    (study / "store").rename(study / "kept")
    assert contents(run(study, "second")) == first
    for name in ("batches", "forward", "encoded"):
        monkeypatch.setattr(passes, name, None)
    monkeypatch.setattr(Encoder, "encode_concepts", None)
    assert contents(run(study, "third")) == first


def from_files(study: Path) -> None:
    """Give network One and the encoder files of their own."""
    shutil.copytree(resource("fixtures/miniature/clip"), study / "clip")
    shutil.copy(resource("fixtures/miniature/object.safetensors"), study / "one.safetensors")
    change(study, str(resource("fixtures/miniature/clip")), "clip")
    one = 'classes = 5\nweights = "random:1"'
    change(study, one, 'classes = 48\nweights = "file:one.safetensors"')


def turn_weights(path: Path) -> None:
    """Change one tensor's numbers; the file keeps its name and size."""
    tensors = load_file(path)
    name = max(tensors, key=lambda key: tensors[key].numel() * ("weight" in key))
    tensors[name] = -tensors[name]
    save_file(tensors, path)


def replace_photo(path: Path) -> None:
    Image.fromarray(np.array(Image.open(path))[::-1, ::-1, ::-1]).save(path)


CHANGES = {
    "photos/00.png": replace_photo,
    "words.txt": lambda path: path.write_text(path.read_text().replace("car", "bus")),
    "one.safetensors": turn_weights,
    "clip/open_clip_model.safetensors": turn_weights,
}


@pytest.mark.parametrize("changed", CHANGES)
def test_changed_content_under_the_same_name_is_a_miss(study: Path, changed: str) -> None:
    from_files(study)
    run(study)
    path = study / changed
    before, times = path.read_bytes(), path.stat()
    CHANGES[changed](path)
    assert path.read_bytes() != before
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    after = contents(run(study, "after"))
    shutil.rmtree(study / "store")
    assert contents(run(study, "fresh")) == after
    old = contents(study / "out")
    differ = {
        slug: old[f"{slug}/labels.csv"] != after[f"{slug}/labels.csv"] for slug in ("one", "other")
    }
    assert differ == {"one": True, "other": changed != "one.safetensors"}


def test_a_flipped_byte_in_a_shard_is_noticed_and_that_shard_alone_computed_again(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("study.pipeline.shards.SHARD", 16)
    whole = contents(run(study))
    kept = contents(study / "store")
    shards = sorted(name for name in kept if name.endswith(".safetensors"))
    damaged = [[name for name in shards if name.startswith(kind)][1] for kind in SHARDED]
    for name in damaged:
        data = bytearray(kept[name])
        data[len(data) // 2] ^= 1
        (study / "store" / name).write_bytes(data)
    times = {name: (study / "store" / name).stat().st_mtime_ns for name in kept}
    assert contents(run(study, "again")) == whole
    assert contents(study / "store") == kept
    changed = [n for n in kept if (study / "store" / n).stat().st_mtime_ns != times[n]]
    assert changed == damaged


def test_the_class_layer_and_unlabelled_images_cost_the_encoder_nothing(study: Path) -> None:
    """The encoder sees what decides a label; of a class layer only its top images do."""
    counts = stability.draw_counts(60, resamples=9, seed=0)
    halves = stability.half_masks(60, splits=2, seed=0)
    wanted = Wanted(4, (6,), "index", counts, halves, None)
    values = np.random.default_rng(0).random((60, 3), dtype=np.float32)
    classes = needed_images([(values, False)], wanted)
    assert classes.tolist() == sorted({int(i) for i in np.argsort(-values, axis=0)[:4].ravel()})
    described = needed_images([(values, True)], wanted)
    assert set(classes) < set(described)
    assert set(np.argsort(-values, axis=0)[:6].ravel()) <= set(described)
    assert len(described) < 60
    both = needed_images([(values, True), (-values, False)], wanted)
    assert set(both) == set(described) | set(needed_images([(-values, False)], wanted))


@pytest.mark.parametrize("ties", ["index", "published"])
def test_labels_find_the_features_of_all_their_images(study: Path, ties: str) -> None:
    """With a class layer, sensitivity, resamples, halves and ties: no image lacks features."""
    for place in range(20):
        Image.new("RGB", (64, 64), "grey").save(study / "photos" / "b" / f"{99 - place}.png")
    from_files(study)
    names = resource("fixtures/miniature/objects.txt")
    change(study, "classes = 48", f'classes = 48\nclass_names = "{names}"')
    change(study, 'device = "cpu"\n', f'device = "cpu"\nties = "{ties}"\n')
    assert (run(study) / "one" / "classes.csv").is_file()


def test_a_module_of_ones_own_is_dissected(study: Path) -> None:
    """No settings, architecture name, classes or weights are made up for it."""
    inputs = open_inputs(read_study(str(study / "study.toml")))
    store, cells = Store(study / "store"), Preprocessing(resize=64, crop=64)

    def dissected(module: nn.Module) -> tuple[dict[str, int], dict[str, np.ndarray], Tables]:
        network = Network.of(module, name="Mine", layers=["1", "[2]"], preprocessing=cells)
        network = ready(network, inputs.probe, inputs.device, inputs.dissection)
        own = replace(inputs, networks=(network,))
        activations = features.activations(own, store, Progress(), batch=16)
        tables = dissect_inputs(own, activations, store, Progress())["mine"]
        return dict(network.units), activations["mine"], tables

    parts = [nn.Conv2d(3, 6, 5, stride=4), nn.ReLU(), nn.Conv2d(6, 4, 3)]
    units, plain, tables = dissected(nn.Sequential(*parts))
    assert units == {"1": 6, "2": 4}
    assert tables.dissection.name == "Mine"
    assert tables.dissection.layer_names == ("1", "2")
    assert len(tables.labels) == tables.dissection.units == 10
    assert tables.classes is None
    parts[1] = nn.LeakyReLU(0.5)  # It has no weights: these are equal.
    assert not np.array_equal(dissected(nn.Sequential(*parts))[1]["2"], plain["2"])


def test_an_unreadable_photo_stops_the_run_before_any_work(study: Path) -> None:
    (study / "photos" / "03.png").write_bytes(b"not a picture")
    with pytest.raises(StudyError, match=r"03\.png"):
        run(study)
    assert not (study / "out").exists()
    assert {path.name for path in (study / "store").iterdir()} == {"probe-index", ".lock"}
    out = run(study, skip_unreadable=True)
    skipped = json.loads((out / "manifest.json").read_text())["probe"]["skipped"]
    assert [name for name, _ in skipped] == ["03.png"]


def test_photos_that_end_too_early_are_all_named_when_the_first_is_decoded(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their headers tell nothing; what was decoded before is kept, and each is decoded once."""
    monkeypatch.setattr(shards, "SHARD", 8)
    paths = sorted((study / "photos").rglob("*.png"))
    names = [path.relative_to(study / "photos").as_posix() for path in paths]
    whole = {place: paths[place].read_bytes() for place in (20, 31)}
    monkeypatch.setattr(checking, "_FIRST", 1)
    for place, data in whole.items():
        paths[place].write_bytes(data[: len(data) // 2])
    found = min(names[place] for place in whole)
    with pytest.raises(StudyError, match=rf"{found}: .* \(2 such images of 40 in all\)$"):
        run(study)
    for place, data in whole.items():
        paths[place].write_bytes(data)
    decoded: list[str] = []
    image = Probe.image

    def counting(probe: Probe, index: int) -> Image.Image:
        decoded.append(probe.names[index])
        return image(probe, index)

    monkeypatch.setattr(Probe, "image", counting)
    monkeypatch.setattr(Probe, "check", lambda _, chosen, progress=None: [False] * len(chosen))
    inputs, store = open_inputs(read_study(str(study / "study.toml"))), Store(study / "store")
    decoded.clear()
    features.activations(inputs, store, Progress(), batch=8)
    assert len(decoded) == len(set(decoded)) < 40, "what was computed before is kept"
    assert checking.one_coloured(inputs, store, Progress()) == 0


def test_a_photo_that_ends_too_early_is_one_line_and_exit_2(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = sorted((study / "photos").rglob("*.png"))[5]
    path.write_bytes(path.read_bytes()[:-60])
    options = ["--out", str(study / "out"), "--store", str(study / "store")]
    assert command(["run", str(study / "study.toml"), *options]) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert f"{path.name}: expected a picture, found " in last
    assert "--skip-unreadable" in last


def test_a_dead_unit_is_listed_and_not_labelled(study: Path) -> None:
    """One photo forty times: every unit is dead."""
    photo = (study / "photos" / "00.png").read_bytes()
    for path in (study / "photos").rglob("*.png"):
        path.write_bytes(photo)
    out = run(study)
    assert json.loads((out / "manifest.json").read_text())["probe"]["copies"] == 39
    frame = labels.read(out / "one" / "labels.csv")
    assert (frame["dead"] == 1).all()
    assert (frame[["label", "runner_up"]] == "").all(axis=None)
    assert frame["margin"].isna().all()
    assert frame["stability"].isna().all()
    table = Dissection.read_csv(out / "one" / "descriptions.csv", name="One")
    assert all(label for layer in table.layers for label in layer.descriptions)


def test_photos_of_one_colour_are_counted_and_refused_where_all_are(study: Path) -> None:
    """X-rays whose whites lie far above the format's become one colour each."""
    photos = sorted((study / "photos").rglob("*.png"))
    for number, path in enumerate(photos):
        if number % 4 == 0:
            Image.new("RGB", (64, 64), (number, 9, 9)).save(path)
    (study / "photos" / "scan.heic").write_bytes(b"no picture to Pillow")
    probe = json.loads((run(study) / "manifest.json").read_text())["probe"]
    assert (probe["images"], probe["one_colour"], probe["copies"]) == (40, 10, 0)
    assert probe["left_out"] == {".heic": 1}
    for number, path in enumerate(photos):
        Image.new("RGB", (64, 64), (number, 9, 9)).save(path)
    with pytest.raises(StudyError, match=r"each image decodes to one colour, such as 00\.png"):
        run(study, "flat")


@pytest.mark.parametrize(
    "function", ["wpmi", "rank_reorder", "cos_similarity", "cos_similarity_cubed"]
)
def test_every_similarity_function_runs_the_whole_way(study: Path, function: str) -> None:
    setting = "[dissection.settings]\ntop_k = 5\n"
    change(study, setting, setting if function == "wpmi" else "")
    change(study, 'device = "cpu"\n', f'device = "cpu"\nsimilarity = "{function}"\n')
    change(study, "resamples = 8", "resamples = 2")
    frame = labels.read(run(study) / "one" / "labels.csv")
    assert frame["label"].str.len().min() > 0
    assert frame["stability"].between(0, 1).all()


def test_a_broken_network_is_named_with_layer_and_photo(study: Path) -> None:
    [_, settings] = read_study(str(study / "study.toml")).networks
    state = load_network(settings).module.state_dict()
    state["layer3.0.conv1.weight"][7, 0, 0, 0] = float("nan")
    torch.save(state, study / "spoilt.pth")
    change(study, settings.weights, "file:spoilt.pth")
    with pytest.raises(StudyError, match=r"^Other: layer3: expected finite .* for 00\.png: "):
        run(study)
    assert not (study / "out").exists()


@pytest.mark.parametrize(
    ("method", "row", "named", "entry"),
    [
        ("encode_images", 3, r"06\.png", "image-features"),
        ("encode_concepts", 1, "green", "concept-features"),
    ],
)
def test_a_broken_feature_names_what_it_is_of_and_is_not_kept(
    study: Path, monkeypatch: pytest.MonkeyPatch, method: str, row: int, named: str, entry: str
) -> None:
    encode = getattr(Encoder, method)

    def broken(*given: object, **options: object) -> torch.Tensor:
        features = encode(*given, **options).clone()
        if len(features) > row:  # the plan tries a single one
            features[row, 3] = float("inf")
        return features

    monkeypatch.setattr(Encoder, method, broken)
    with pytest.raises(
        StudyError, match=f"^encoder: expected finite features, found inf .* for {named}: "
    ):
        run(study)
    assert not list((study / "store" / entry).rglob("*.safetensors"))
