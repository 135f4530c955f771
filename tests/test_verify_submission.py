"""Submissions: what is sound passes, and every planted defect is named with its file."""

import csv
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from study.errors import Exit
from study.verify.concept_lists import WordList
from study.verify.imaging import examine
from study.verify.submission import verify_submission

SIZES = {"layer2": 128, "layer3": 256, "layer4": 512}
ANIMALS = ["cat", "dog", "zebra", "sheep", "horse", "bird", "cow", "lion", "tiger", "fox", "bear"]
PLACES = ["kitchen", "lobby", "street", "closet", "attic", "bridge", "cave", "island", "tower"]
COMMON = [f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(200)]
ARGS = {
    "target_layers": list(SIZES),
    "d_probe": "broden",
    "concept_set": "data/own.txt",
    "clip_model": "ViT-B/16",
    "similarity_fn": "soft_wpmi",
    "pool_mode": "avg",
}


def rows(seed: int, special: list[str]) -> list[list[str]]:
    rng = np.random.default_rng(seed)
    words = np.array([*special * 3, *COMMON])
    return [
        [layer, str(unit), str(rng.choice(words)), f"{rng.uniform(0.05, 0.6):.6f}"]
        for layer, size in SIZES.items()
        for unit in range(size)
    ]


def write(folder: Path, table: list[list[str]], args: dict | None = None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "descriptions.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([["layer", "unit", "description", "similarity"], *table])
    if args is not None:
        (folder / "args.txt").write_text(json.dumps(args))


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    folder = tmp_path / "team"
    write(folder / "imagenet", rows(1, ANIMALS), ARGS | {"target_model": "resnet18"})
    write(folder / "places", rows(2, PLACES), ARGS | {"target_model": "resnet18_places"})
    photo("a", folder / "heatmap-imagenet.png")
    photo("b", folder / "heatmap-places.png")
    (folder / "README.md").write_text("# Our report\n\n![map](heatmap-imagenet.png)\n")
    return folder


def photo(seed: str, path: Path) -> None:
    """A picture with shapes: smooth, and different for each seed."""
    rng = np.random.default_rng(ord(seed))
    image = Image.new("RGB", (200, 150), "white")
    pen = ImageDraw.Draw(image)
    for _ in range(14):
        x, y, w, h = rng.integers(0, 120, 4).tolist()
        pen.rectangle((x, y, x + w, y + h // 2), fill=tuple(rng.integers(0, 255, 3).tolist()))
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


def found(folder: Path, **options) -> dict[str, str]:
    """The failed checks of a submission: name to place and detail."""
    verdict = verify_submission(folder, **options)
    failed = {c.check: f"{c.place}: {c.detail}" for c in verdict.checks if c.status == "failed"}
    assert verdict.exit == (Exit.FAILED if failed else Exit.OK)
    assert bool(failed) == bool(verdict.causes)
    return failed


def edit(folder: Path, change) -> None:
    path = folder / "descriptions.csv"
    with path.open(newline="") as file:
        head, *table = csv.reader(file)
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *change(table)])


def test_a_sound_submission_passes(handed_in):
    assert found(handed_in) == {}


def test_columns_line_ends_and_marks_of_a_sound_table_do_not_matter(handed_in):
    path = handed_in / "places" / "descriptions.csv"
    with path.open(newline="") as file:
        table = [[d, s, lay, u] for lay, u, d, s in csv.reader(file)]
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows(table)
    assert found(handed_in) == {}


def test_true_words_about_numbers_and_probes_do_not_matter(handed_in):
    manifests(handed_in, imagenet={"name": "ImageNet"}, places={"name": "Places"})
    with (handed_in / "imagenet" / "descriptions.csv").open(newline="") as file:
        count = len({row["description"] for row in csv.DictReader(file)})
    near = f"{count + 4} unique concepts"
    (handed_in / "README.md").write_text(
        f"- **ImageNet Model** learned **around {near}**.\n- It has ~{near} on ImageNet.\n\n"
        "Both were probed with Broden. We also quote the accuracy on the ImageNet validation set.\n"
    )
    assert found(handed_in) == {}


def test_real_runs_pass(shared):
    for name in ("published-1", "published-2"):
        assert found(shared / "reference-runs" / name) == {}


def relabel(word: str, share: int = 1):
    return lambda table: [
        [lay, u, word if n % share == 0 else d, s] for n, (lay, u, d, s) in enumerate(table)
    ]


def settings(folder: Path, **changes) -> None:
    path = folder / "args.txt"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def plant_swapped_args(folder):
    settings(folder / "imagenet", target_model="resnet18_places")
    settings(folder / "places", target_model="resnet18")


def plant_swapped_tables(folder):
    a, b = (folder / one / "descriptions.csv" for one in ("imagenet", "places"))
    text = a.read_text()
    a.write_text(b.read_text())
    b.write_text(text)


def plant_fc(folder):
    edit(folder / "places", lambda t: [r for r in t if r[0] != "layer4"] + [
        ["fc", str(n), "lobby", "0.2"] for n in range(365)
    ])  # fmt: skip


def plant_layer_names(folder):
    names = {"layer2": "layer1", "layer3": "layer2", "layer4": "layer3"}
    for one in ("imagenet", "places"):
        edit(folder / one, lambda t: [[names[r[0]], *r[1:]] for r in t])
        settings(folder / one, target_layers=list(names.values()))


def plant_short_layer(folder):
    edit(folder / "places", lambda t: t[:-12])


def plant_units_from_one(folder):
    edit(folder / "places", lambda t: [[r[0], str(int(r[1]) + 1), *r[2:]] for r in t])


def plant_duplicate_unit(folder):
    edit(folder / "places", lambda t: [*t, t[7]])


def plant_empty(folder):
    (folder / "places" / "descriptions.csv").write_text("layer,unit,description,similarity\n")


def plant_zero_bytes(folder):
    (folder / "places" / "descriptions.csv").write_text("")


def plant_one_label(folder):
    edit(folder / "places", relabel("dotted"))


def plant_stub_labels(folder):
    edit(folder / "places", lambda t: [[r[0], r[1], f"concept_{n}", r[3]] for n, r in enumerate(t)])


def plant_same_table(folder):
    shutil.copy(folder / "imagenet/descriptions.csv", folder / "places/descriptions.csv")


def plant_missing_word(folder):
    edit(folder / "places", relabel("", 40))


def plant_nan(folder):
    edit(folder / "places", relabel("NaN", 60))


def plant_case(folder):
    edit(folder / "places", lambda t: [
        [r[0], r[1], r[2].title() if n % 9 == 0 else r[2], r[3]] for n, r in enumerate(t)
    ])  # fmt: skip


def plant_space(folder):
    edit(folder / "places", lambda t: [
        [r[0], r[1], r[2] + " " if n % 30 == 0 else r[2], r[3]] for n, r in enumerate(t)
    ])  # fmt: skip


def plant_noise_picture(folder):
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "heatmap-places.png")


def plant_blank_picture(folder):
    Image.new("RGB", (300, 200), "white").save(folder / "heatmap-places.png")


def plant_no_picture(folder):
    (folder / "heatmap-places.png").write_bytes(b"\x89PNG\r\n\x1a\n")


def plant_same_picture(folder):
    with Image.open(folder / "heatmap-imagenet.png") as image:
        image.convert("RGB").resize((240, 180)).save(folder / "heatmap-places.jpg", quality=80)


def plant_missing_picture(folder):
    (folder / "heatmap-imagenet.png").unlink()


def plant_other_probe(folder):
    settings(folder / "places", d_probe="cifar100_val")


def plant_probe_in_text(folder):
    (folder / "README.md").write_text("We probed both networks with imagenet_val.\n")


def plant_probe_in_plain_words(folder):
    (folder / "README.md").write_text("Our probe was the CIFAR-100 test set.\n")


def manifests(folder, **networks):
    for one, network in networks.items():
        path = folder / one / "manifest.json"
        path.write_text(json.dumps({"schema": "study-manifest/1", "network": network}))


def plant_manifests_exchanged(folder):
    manifests(folder, imagenet={"name": "Places"}, places={"name": "ImageNet"})


def plant_normalised_apart(folder):
    stated = {"architecture": "net", "preprocessing": {"mean": [0.485, 0.456, 0.406]}}
    other = stated | {"preprocessing": {"mean": [0.5, 0.5, 0.5]}}
    manifests(folder, imagenet=stated, places=other)


def plant_jaccard(folder):
    (folder / "README.md").write_text("The Jaccard similarity of layer2 is 0.999.\n")


def plant_other_settings(folder):
    settings(folder / "places", clip_model="ViT-B/32")


def plant_stated_layers(folder):
    settings(folder / "places", target_layers=["layer3", "layer4", "fc"])


def plant_number(folder):
    (folder / "README.md").write_text("ImageNet model learned 777 unique concepts.\n")


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        (plant_swapped_args, "names_swapped"),
        (plant_swapped_tables, "names_swapped"),
        (plant_fc, "wrong_layers"),
        (plant_layer_names, "wrong_layers"),
        (plant_stated_layers, "wrong_layers"),
        (plant_short_layer, "unit_counts"),
        (plant_units_from_one, "unit_counts"),
        (plant_duplicate_unit, "unit_counts"),
        (plant_empty, "empty_results"),
        (plant_zero_bytes, "empty_results"),
        (plant_one_label, "empty_results"),
        (plant_stub_labels, "empty_results"),
        (plant_same_table, "same_table_twice"),
        (plant_missing_word, "read_as_missing"),
        (plant_nan, "read_as_missing"),
        (plant_case, "case_and_spacing"),
        (plant_space, "case_and_spacing"),
        (plant_noise_picture, "placeholder_picture"),
        (plant_blank_picture, "placeholder_picture"),
        (plant_no_picture, "placeholder_picture"),
        (plant_same_picture, "picture_twice"),
        (plant_missing_picture, "missing_evidence"),
        (plant_other_probe, "other_probe"),
        (plant_probe_in_text, "other_probe"),
        (plant_probe_in_plain_words, "other_probe"),
        (plant_manifests_exchanged, "names_swapped"),
        (plant_normalised_apart, "wrong_preprocessing"),
        (plant_jaccard, "number_against_table"),
        (plant_other_settings, "stated_settings"),
        (plant_number, "number_against_table"),
    ],
    ids=lambda one: one.__name__[6:] if callable(one) else one,
)
def test_a_planted_defect_is_named(handed_in, plant, kind):
    plant(handed_in)
    assert kind in found(handed_in)


def own_list() -> WordList:
    return WordList("own.txt", 999, "0" * 64, frozenset([*ANIMALS, *PLACES, *COMMON]))


def test_labels_are_held_against_a_given_list(handed_in):
    assert found(handed_in, lists=[own_list()]) == {}
    edit(handed_in / "places", relabel("alien", 300))
    assert "'alien'" in found(handed_in, lists=[own_list()])["not_in_concept_set"]
    other = WordList("other.txt", 3, "1" * 64, frozenset(["a", "b", "c"]))
    assert "other_concept_set" in found(handed_in, lists=[other])


def test_the_known_lists_are_recognised_by_vocabulary(shared, tmp_path):
    folder = tmp_path / "team"
    shutil.copytree(shared / "reference-runs" / "published-1", folder)
    for one in ("imagenet", "places"):
        (folder / one / "args.txt").chmod(0o644)
        settings(folder / one, concept_set="data/10k.txt")
    assert "20,000 words" in found(folder)["other_concept_set"]


def test_links_are_not_followed_and_strange_files_do_no_harm(handed_in, tmp_path):
    secret = tmp_path / "elsewhere"
    write(secret / "x", rows(3, ANIMALS))
    (handed_in / "link").symlink_to(secret, target_is_directory=True)
    (handed_in / "loop").symlink_to(handed_in, target_is_directory=True)
    os.mkfifo(handed_in / "pipe.csv")
    (handed_in / "bomb.zip").write_bytes(b"PK\x03\x04" + bytes(1000))
    verdict = verify_submission(handed_in)
    assert verdict.exit == Exit.OK
    assert sum(check.check == "left out" for check in verdict.checks) == 3


def test_a_picture_is_itself_at_any_size_and_unlike_others(tmp_path):
    pictures = []
    for seed in "abcdefgh":
        photo(seed, tmp_path / f"{seed}.png")
        with Image.open(tmp_path / f"{seed}.png") as image:
            pictures.append(examine(image))
            assert pictures[-1].same(examine(image.resize((400, 300))))
    assert all(not a.same(b) for a in pictures for b in pictures if a is not b)


def test_claims_are_put_to_the_folder_s_tables(handed_in, tmp_path):
    path = tmp_path / "claims.toml"
    path.write_text("[[claims]]\nkind = 'units'\nnetwork = 'imagenet'\nvalue = 895\n")
    assert "claimed 895, found 896" in found(handed_in, claims=path)["units"]
