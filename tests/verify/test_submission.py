"""Submissions: what is sound passes, and every planted defect is named with its file."""

import json
import os
import random
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from study.comparison.word_lists import WordList
from study.errors import Exit, StudyError
from study.verify.__main__ import main
from study.verify.reading.known import Known, read_known
from study.verify.submission import verify_submission
from tests.verify.faults import base as table

SIZES = {"layer2": 128, "layer3": 256, "layer4": 512}
ANIMALS = ["cat", "dog", "zebra", "sheep", "horse", "bird", "cow", "lion", "tiger", "fox", "bear"]
PLACES = ["kitchen", "lobby", "street", "closet", "attic", "bridge", "cave", "island", "tower"]
COMMON = [f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(200)]
ARGS = {"target_layers": list(SIZES), "d_probe": "broden", "concept_set": "data/own.txt"}
ARGS |= {"clip_model": "ViT-B/16", "similarity_fn": "soft_wpmi", "pool_mode": "avg"}


def rows(seed: int, special: list[str], sizes=SIZES, common=COMMON) -> list[tuple]:
    rng, words = np.random.default_rng(seed), np.array([*special * 3, *common])
    units = [(layer, unit) for layer, size in sizes.items() for unit in range(size)]
    return [(*at, str(rng.choice(words)), round(rng.uniform(0.05, 0.6), 6)) for at in units]


def write(folder: Path, rows: list[tuple], **args) -> None:
    table.write(rows, folder / "descriptions.csv")
    (folder / "args.txt").write_text(json.dumps(args))


def relabel_last(folder: Path, *labels: str) -> None:
    """Give the last unit another label; without one, its row is lost."""
    path = folder / "descriptions.csv"
    *others, (layer, unit, _, similarity) = table.read(path)
    table.write([*others, *((layer, unit, label, similarity) for label in labels)], path)


def state(path: Path, **changes) -> None:
    """Change what a JSON file states, or begin one."""
    stated = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(stated | changes))


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    folder = tmp_path / "team"
    write(folder / "imagenet", rows(1, ANIMALS), target_model="resnet18", **ARGS)
    write(folder / "places", rows(2, PLACES), target_model="resnet18_places", **ARGS)
    for n, name in enumerate(("imagenet", "places")):
        (folder / f"heatmap-{name}.png").write_bytes(table.drawn(random.Random(n)))
    (folder / "README.md").write_text("# Our report\n\n![map](heatmap-imagenet.png)\n")
    return folder


def found(folder: Path, **options) -> dict[str, str]:
    """The failed checks of a submission: name to place and detail."""
    verdict = verify_submission(folder, **options)
    failed = {c.check: f"{c.place}: {c.detail}" for c in verdict.checks if c.status == "failed"}
    assert verdict.exit == (Exit.FAILED if failed else Exit.OK)
    assert bool(failed) == bool(verdict.causes)
    return failed


def other_columns(folder: Path) -> None:
    """Columns, line ends and the byte order mark of another program."""
    path = folder / "places" / "descriptions.csv"
    frame = pd.read_csv(path).iloc[:, [2, 3, 0, 1]]
    frame.to_csv(path, index=False, lineterminator="\r\n", encoding="utf-8-sig")


def true_words(folder: Path) -> None:
    """Numbers that are near enough, and a probe named in passing."""
    for name in ("ImageNet", "Places"):
        state(folder / name.lower() / "manifest.json", network={"name": name})
    labels = {word for _, _, word, _ in rows(1, ANIMALS)}
    near = f"{len(labels) + 4} unique concepts"
    (folder / "README.md").write_text(
        f"- **ImageNet Model** learned **around {near}**.\n- It has ~{near} on ImageNet.\n\n"
        "Both were probed with Broden. We also quote the accuracy on the ImageNet validation set.\n"
    )


@pytest.mark.parametrize("sound", [lambda _: None, other_columns, true_words])
def test_a_sound_submission_passes(handed_in, sound):
    sound(handed_in)
    assert found(handed_in) == {}


@pytest.mark.parametrize("name", ["published-1", "published-2"])
def test_real_runs_pass(shared, name):
    assert found(shared / "reference-runs" / name) == {}


def test_labels_are_held_against_a_given_list(handed_in):
    own = WordList("own.txt", 999, "0" * 64, frozenset([*ANIMALS, *PLACES, *COMMON]))
    other = WordList("other.txt", 3, "1" * 64, frozenset(["a", "b", "c"]))
    assert found(handed_in, lists=[own]) == {}
    relabel_last(handed_in / "places", "alien")
    assert "'alien'" in found(handed_in, lists=[own])["not_in_concept_set"]
    assert "other_concept_set" in found(handed_in, lists=[other])


def test_the_known_lists_are_recognised_by_vocabulary(shared, tmp_path):
    folder = tmp_path / "team"
    shutil.copytree(shared / "reference-runs" / "published-1", folder)
    for name in ("imagenet", "places"):
        (folder / name / "args.txt").chmod(0o644)
        state(folder / name / "args.txt", concept_set="data/10k.txt")
    assert "20,000 words" in found(folder)["other_concept_set"]


def test_links_are_not_followed_and_strange_files_do_no_harm(handed_in, tmp_path):
    write(tmp_path / "elsewhere" / "x", rows(3, ANIMALS))
    (handed_in / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (handed_in / "loop").symlink_to(handed_in, target_is_directory=True)
    os.mkfifo(handed_in / "pipe.csv")
    (handed_in / "bomb.zip").write_bytes(b"PK\x03\x04" + bytes(1000))
    verdict = verify_submission(handed_in)
    assert verdict.exit == Exit.OK
    assert sum(check.check == "left out" for check in verdict.checks) == 3


def test_claims_are_put_to_the_folder_s_tables(handed_in, tmp_path):
    path = tmp_path / "claims.toml"
    path.write_text("[[claims]]\nkind = 'units'\nnetwork = 'imagenet'\nvalue = 895\n")
    assert "claimed 895, found 896" in found(handed_in, claims=path)["units"]


OTHER = """
architectures = {tinynet = {stage1 = 24, stage2 = 48}}
weights = [{names = ["stanford"], mean = [0.5, 0.5, 0.5], std = [1, 1, 1]}]
lists = [{name = "words of both", called = ["5k"], file = "both.txt"}]

[[networks]]
subject = "vehicles"
names = ["stanford"]
words = "car truck bus van tram"

[[networks]]
subject = "flowers"
names = ["oxford"]
mentions = ["blossom"]
architectures = ["tinynet"]
words = ["rose", "tulip", "daisy", "poppy", "lily"]

[[probes]]
name = "street"
settings = ["street_val"]
phrases = ["street scenes"]
images = 100
with_masks = 250
"""
VEHICLES, FLOWERS = ["car", "truck", "bus", "van", "tram"], ["rose", "tulip", "daisy", "poppy"]


@pytest.fixture
def other(tmp_path: Path) -> Known:
    """What is known of two networks that have nothing to do with ImageNet and Places365."""
    words = [*VEHICLES, *FLOWERS, "lily", *COMMON[:20]]
    (tmp_path / "both.txt").write_text("\n".join(words) + "\n")
    (tmp_path / "known.toml").write_text(OTHER)
    return read_known(tmp_path / "known.toml")


@pytest.fixture
def others(tmp_path: Path) -> Path:
    folder = tmp_path / "others"
    for seed, (name, words) in enumerate({"stanford": VEHICLES, "oxford": FLOWERS}.items()):
        stated = {"target_model": f"tinynet_{name}", "d_probe": "street", "concept_set": "5k.txt"}
        made = rows(seed, words * 2, {"stage1": 24, "stage2": 48}, COMMON[:20])
        write(folder / name, made, **stated)
    return folder


def tables_exchanged(folder: Path) -> None:
    a, b = (folder / name / "descriptions.csv" for name in ("stanford", "oxford"))
    a.rename(folder / "x"), b.rename(a), (folder / "x").rename(b)


def probe_misstated(folder: Path) -> None:
    for name in ("stanford", "oxford"):
        state(folder / name / "args.txt", d_probe="other")
    (folder / "README.md").write_text("Both networks were probed with street scenes.\n")


SWAPPED, MASKED = "tinynet_stanford", {"name": "Street", "images": 250}
SHIFTED = {"weights": "stanford.pt", "preprocessing": {"mean": [0.485, 0.456, 0.406]}}
NUMBER = "The blossom network has 700 unique concepts in stage2.\n"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (lambda f: relabel_last(f / "stanford"), "unit_counts"),
        (tables_exchanged, "names_swapped"),
        (lambda f: state(f / "oxford/args.txt", target_model=SWAPPED), "names_swapped"),
        (lambda f: state(f / "oxford/manifest.json", probe=MASKED), "other_probe"),
        (lambda f: state(f / "stanford/manifest.json", network=SHIFTED), "wrong_preprocessing"),
        (probe_misstated, "other_probe"),
        (lambda f: relabel_last(f / "oxford", "qzx"), "not_in_concept_set"),
        (lambda f: (f / "README.md").write_text(NUMBER), "number_against_table"),
    ],
)
def test_other_networks_are_judged_by_what_is_known_of_them(others, other, fault, kind):
    assert found(others, known=other) == {}
    fault(others)
    assert kind in found(others, known=other)
    assert kind not in found(others)


def test_what_is_known_of_one_assignment_is_not_held_against_another(handed_in, other):
    relabel_last(handed_in / "places")
    network = {"weights": "imagenet", "preprocessing": {"mean": [0.5] * 3}}
    state(handed_in / "imagenet" / "manifest.json", network=network)
    (handed_in / "README.md").write_text("The probe was imagenet_val.\n")
    assert {"unit_counts", "wrong_preprocessing", "other_probe"} <= set(found(handed_in))
    assert found(handed_in, known=other) == {}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[networks", "TOML"),
        ("[[network]]", "unknown key 'network'"),
        ("[networks]", r"networks: expected tables.*\[\[ \]\]"),
        ("[[networks]]\nsubject = 'a'", "networks.* 1.*'names' is missing"),
        ("[[weights]]\nnames = ['a']\nmean = 'b'\nstd = [1]", "mean: .*numbers, found 'b'"),
        ("[[probes]]\nname = 'a'\nsize = 3", "unknown key 'size'"),
        ("[architectures]\nnet = {layer1 = 'x'}", "net: layer1: .*number.*'x'"),
        ("[[lists]]\nname = 'a'\ncount = 3", "'a': .*marks"),
        ("[[lists]]\nname = 'a'\ncount = 3\nsha256 = 'b'\nmarks = 'é'", "'a': .*marks"),
        ("[[lists]]\nname = 'a'\nfile = 'nowhere.txt'", "nowhere.txt"),
    ],
)
def test_facts_that_cannot_be_read_are_refused(tmp_path, text, complaint):
    path = tmp_path / "facts.toml"
    path.write_text(text)
    with pytest.raises(StudyError, match=complaint) as caught:
        read_known(path)
    assert "facts.toml" in str(caught.value) or "nowhere" in complaint


def test_the_command_takes_what_is_known(others, other, tmp_path, capsys):
    relabel_last(others / "stanford")
    known = ["--known", str(tmp_path / "known.toml")]
    assert main(["submission", str(others)]) == Exit.OK
    assert main(["submission", str(others), *known]) == Exit.FAILED
    assert "tinynet has 48 units" in capsys.readouterr().out
    assert main(["submission", str(others), "--known", "nowhere.toml"]) == Exit.BAD_INPUT
    runs = [str(others / name) for name in ("stanford", "oxford")]
    assert main(["runs", *runs, *known]) == Exit.FAILED


def test_a_padded_table_is_a_finding_and_odd_names_stop_nothing(tmp_path):
    table = "layer,unit,description,similarity\nlayer2,zero,dog,0.2\n"
    (tmp_path / "descriptions.csv").write_text(table + "\n" * (9 << 20))
    long = "y" * 290
    (tmp_path / "README.md").write_text(f"![a]({long}.png)\n" + "[" * 1_000_000)
    (tmp_path / "a\n  ok        forged\n.png").write_bytes(b"no picture")
    verdict = verify_submission(tmp_path)
    found = {(check.check, check.status) for check in verdict.checks}
    assert {("defective_table", "failed"), ("missing_evidence", "failed")} <= found
    lines = verdict.table().splitlines()
    assert any("forged" in line for line in lines)
    assert not any(line.startswith("  ok        forged") for line in lines)


@pytest.mark.parametrize("file", ["args.txt", "manifest.json"])
def test_a_record_cut_short_is_a_defect_of_its_submission(handed_in, file):
    state(handed_in / "places" / file, target_model="resnet18_places")
    assert "missing_evidence" not in found(handed_in)
    path = handed_in / "places" / file
    path.write_bytes(path.read_bytes()[:-5])
    assert f"places/{file}: expected a JSON document" in found(handed_in)["missing_evidence"]
