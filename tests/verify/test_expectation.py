"""What an assignment asks for: every departure is a finding with what was expected and found."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from study.errors import Exit, StudyError
from study.verify.__main__ import main
from study.verify.reading.known import Known, read_expected
from study.verify.submission import verify_submission
from tests.verify.faults import base

ASKED = Path("assignment")
RUNS = {"resnet18_25_07_20_14_10": "imagenet", "resnet18_places_25_07_20_15_22": "places"}


def findings(folder: Path, known: Known | None) -> dict[str, str]:
    """The failed checks: name to places and details."""
    found: dict[str, str] = {}
    for check in verify_submission(folder, known=known).checks:
        if check.status == "failed":
            found[check.check] = f"{found.get(check.check, '')} {check.place}: {check.detail}"
    return found


@pytest.fixture
def clone(shared: Path, tmp_path: Path) -> Path:
    """Two published runs under the names that CLIP-Dissect gives the folders of its runs."""
    folder = tmp_path / "team"
    for name, run in RUNS.items():
        (folder / "results" / name).mkdir(parents=True)
        for file in ("descriptions.csv", "args.txt"):
            source = shared / "reference-runs" / "published-1" / run / file
            shutil.copyfile(source, folder / "results" / name / file)
    return folder


def paths(folder: Path) -> list[Path]:
    return [folder / "results" / name for name in RUNS]


def state(folder: Path, **changes: object) -> None:
    for path in paths(folder):
        stated = json.loads((path / "args.txt").read_text())
        (path / "args.txt").write_text(json.dumps(stated | changes))


def rewritten(folder: Path, change) -> None:
    for path in paths(folder):
        base.write(change(base.read(path / "descriptions.csv")), path / "descriptions.csv")


def without_settings(folder: Path) -> None:
    for path in paths(folder):
        (path / "args.txt").unlink()


def class_layer(rows: base.Table) -> base.Table:
    """The layer of classes in place of layer4."""
    words = [row[2] for row in rows]
    kept = [row for row in rows if row[0] != "layer4"]
    return [*kept, *(("fc", n, words[n % len(words)], 0.2) for n in range(1000))]


def shorter_list(shared: Path, *, scale: float):
    listed = (shared / "concepts" / "10k.txt").read_text().split("\n")[:-1]
    rng, words = np.random.default_rng(0), set(listed)

    def change(rows: base.Table) -> base.Table:
        lost = {row[2]: str(rng.choice(listed)) for row in rows if row[2] not in words}
        return [(a, b, lost.get(c, c), round(d * scale, 6)) for a, b, c, d in rows]

    return change


@pytest.mark.parametrize("stated", [True, False])
def test_what_was_asked_for_is_no_finding(clone, stated):
    if not stated:
        without_settings(clone)
    assert findings(clone, read_expected(ASKED)) == {}
    assert findings(clone, None) == {}


@pytest.mark.parametrize(
    ("fault", "kind", "texts"),
    [
        (class_layer, "wrong_layers", ["expected layer2, layer3, layer4", "missing: layer4"]),
        (lambda r: [x for x in r if x[0] != "layer2"], "wrong_layers", ["missing: layer2"]),
        (
            lambda r: [*r, *(("layer1", n, r[n][2], r[n][3]) for n in range(64))],
            "wrong_layers",
            ["not asked for: layer1"],
        ),
        (lambda r: r[:-12], "unit_counts", ["expected 512 units, found 500"]),
    ],
)
@pytest.mark.parametrize("stated", [True, False])
def test_other_layers_and_units(clone, fault, kind, texts, stated):
    rewritten(clone, fault)
    layers = list(dict.fromkeys(row[0] for row in base.read(paths(clone)[0] / "descriptions.csv")))
    state(clone, target_layers=layers)
    if not stated:
        without_settings(clone)
    found = findings(clone, read_expected(ASKED))[kind]
    assert all(text in found for text in texts)
    assert all(name in found for name in RUNS)


@pytest.mark.parametrize("stated", ["data/20k.txt", "data/10k.txt", None])
def test_the_shorter_list_is_found_whatever_is_stated(clone, shared, stated):
    rewritten(clone, shorter_list(shared, scale=1.9))
    if stated is None:
        without_settings(clone)
    else:
        state(clone, concept_set=stated)
    found = findings(clone, read_expected(ASKED))["other_concept_set"]
    assert "expected labels from the list of 20,000 words" in found
    assert "9,894 words" in found
    assert "expected a mean similarity of 0.14 to 0.34, found 0.4" in found


def test_similarities_of_another_list_are_found_by_themselves(clone):
    rewritten(clone, lambda rows: [(a, b, c, round(d * 1.9, 6)) for a, b, c, d in rows])
    assert "mean similarity" in findings(clone, read_expected(ASKED))["other_concept_set"]


@pytest.mark.parametrize(
    ("stated", "kind", "text"),
    [
        ({"d_probe": "imagenet_val"}, "other_probe", "expected the probe broden"),
        ({"target_model": "resnet50"}, "other_network", "expected the architecture resnet18"),
        ({"target_model": "vgg16_places"}, "other_network", "found vgg16_places"),
    ],
)
def test_other_probe_and_network(clone, stated, kind, text):
    state(clone, **stated)
    assert text in findings(clone, read_expected(ASKED))[kind]


def test_a_network_that_is_missing(clone):
    shutil.rmtree(paths(clone)[1])
    found = findings(clone, read_expected(ASKED))["other_network"]
    assert "expected a table of the network 'places', found those of objects" in found


def test_folders_with_a_time_name_their_network(clone):
    """Without any settings, ``resnet18_25_07_...`` is ImageNet's ResNet18."""
    without_settings(clone)
    text = "The ImageNet network has {} unique concepts.\nThe Places365 network has 428 "
    text += "unique concepts.\n"
    (clone / "README.md").write_text(text.format(374))
    assert findings(clone, None) == {}
    (clone / "README.md").write_text(text.format(402))
    assert "claimed 402, found 374" in findings(clone, None)["number_against_table"]
    (clone / "README.md").unlink()
    a, b = (path / "descriptions.csv" for path in paths(clone))
    a.rename(clone / "x"), b.rename(a), (clone / "x").rename(b)
    assert "opposite of what their names say" in findings(clone, None)["names_swapped"]


def test_settings_in_the_folder_of_the_other_network(clone):
    a, b = (path / "args.txt" for path in paths(clone))
    a.rename(clone / "x"), b.rename(a), (clone / "x").rename(b)
    found = findings(clone, None)["names_swapped"]
    assert all(name in found for name in RUNS)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (lambda long, short: short, "20k.txt), found that of 9,894 words"),
        (lambda long, short: long[:12000], "12,000 words: it was cut short or filtered"),
        (lambda long, short: [f"{word}x" for word in long], "of them not in it"),
        (lambda long, short: long, ""),
        (lambda long, short: [f"{word}\r" for word in long[:-9]], ""),
    ],
)
def test_a_word_list_that_lies_about_its_name(clone, shared, content, text):
    lists = [(shared / "concepts" / f"{n}.txt").read_text().split() for n in ("20k", "10k")]
    (clone / "20k.txt").write_text("\n".join(content(*lists)) + "\n")
    found = findings(clone, None)
    assert text in found.get("other_concept_set", "")
    assert bool(found) == bool(text)


def test_the_option_takes_a_file_or_the_bundled_assignment(clone, tmp_path, capsys):
    folder = str(clone)
    assert main(["submission", folder, "--expect", "assignment"]) == Exit.OK
    asked = tmp_path / "asked.toml"
    asked.write_text("[expected]\nlayers = {layer4 = 512}\nprobe = 'imagenet'\n")
    capsys.readouterr()
    for option in ("--expect", "--known"):
        assert main(["submission", folder, option, str(asked)]) == Exit.FAILED
        assert "not asked for: layer2, layer3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("probe = 'nowhere'", "probe: expected one of broden"),
        ("networks = ['cats']", "networks: expected one of objects"),
        ("concepts = '5k'", "concepts: expected one of"),
        ("mean_similarity = [1.0]", "expected two numbers"),
        ("layer = 3", "unknown key 'layer'"),
    ],
)
def test_expectations_of_what_is_not_known_are_refused(tmp_path, text, complaint):
    path = tmp_path / "asked.toml"
    path.write_text(f"[expected]\n{text}\n")
    with pytest.raises(StudyError, match=complaint):
        read_expected(path)
