"""A study file says everything, and says clearly what is wrong with it."""

from pathlib import Path

import pytest

from study.errors import StudyError
from study.files.folders import preset_names
from study.inputs import probe, settings
from study.inputs.settings import slugify, with_overrides
from study.inputs.study_file import read_study
from study.inputs.study_keys import KEYS
from study.labelling.top_images import TOPS
from study.models import layouts
from study.models.activations import POOLING
from study.models.speed import DTYPES

GOOD = """
title = "A study"
[probe]
kind = "folder"
path = "photos"
[concepts]
file = "words.txt"
[encoder]
model = "ViT-B-16-quickgelu"
weights = "file:clip.safetensors"
[dissection]
layers = ["layer4"]
[[networks]]
name = "First"
architecture = "resnet18"
classes = 1000
weights = "random:0"
"""


def write(folder: Path, text: str) -> str:
    path = folder / "study.toml"
    path.write_text(text)
    return str(path)


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    study = read_study(write(tmp_path, GOOD))
    assert study.probe.path == tmp_path / "photos"
    assert study.concepts.file == tmp_path / "words.txt"
    assert study.encoder.weights == f"file:{tmp_path / 'clip.safetensors'}"
    assert study.networks[0].slug == "first"
    assert study.networks[0].layers == ("layer4",)
    assert study.source == "study.toml"


def test_every_preset_can_be_read() -> None:
    assert preset_names() == ("imagenet-places365", "miniature")
    for name in preset_names():
        study = read_study(name)
        assert study.source == name
        assert len([n for n in study.networks if n.role == "compared"]) == 2
    assert read_study("assignment") == read_study("imagenet-places365"), "its former name"


def test_the_presets_differ_in_their_inputs_alone() -> None:
    miniature, assignment = read_study("miniature"), read_study("imagenet-places365")
    for field in ("layers", "pool", "similarity", "precision"):
        assert getattr(miniature.dissection, field) == getattr(assignment.dissection, field)


SECOND = GOOD[GOOD.index("[[networks]]") :].replace("First", "first!")
BAD = [
    ("title", 'title = "A study"', "", "title: expected text, found nothing"),
    ("kind", 'kind = "folder"', 'kind = "tape"', r"\[probe\] kind: expected one of folder, zip"),
    ("typo", 'pool = "avg"\n', 'pol = "avg"\n', "did you mean 'pool'"),
    ("no path", 'path = "photos"', "", r"\[probe\] path: expected the path of the folder"),
    ("classes", "classes = 1000", "classes = 0", "an integer from 1 to 1,000,000, found 0"),
    ("classes text", "classes = 1000", 'classes = "many"', "an integer from .*, found 'many'"),
    ("weights", '"random:0"', '"resnet18.pth"', "torchvision:… or file:…"),
    ("layers", '["layer4"]', "[]", "at least one layer"),
    ("layer twice", '["layer4"]', '["layer4", "layer4"]', "each name once"),
    ("setting", "[[networks]]", '[dissection.settings]\ntop_k = "x"\n[[networks]]', "a number"),
    ("concepts", 'file = "words.txt"', "", "either a file or an artifact"),
    ("name", 'name = "First"', 'name = "###"', "letters and digits"),
    ("reserved", 'name = "First"', 'name = "NUL"', "found 'nul'"),
    ("unseen", 'name = "First"', 'name = "Fir\u200bst"', r"nobody sees, found U\+200B"),
    ("turned", 'name = "First"', 'name = "\u202eFirst"', r"nobody sees, found U\+202E"),
    ("deep key", "title =", "a." * 64 + "b = 1\ntitle =", r"a name of 64 parts .* \(at line \d\)"),
    ("deep quoted", "title =", '"a" . ' * 32 + "'b'." * 32 + "c = 1\ntitle =", "of 64 parts"),
    ("deep table", "[probe]", "[" + "a." * 64 + "b]\n[probe]", "a name of 64 parts"),
    ("deep inside", "title =", "x = { " + "a." * 64 + "b = 1 }\ntitle =", "a name of 64 parts"),
    ("toml", "title =", "title", "expected a TOML file"),
    ("slug twice", "[[networks]]", f"{SECOND}[[networks]]", "each slug once, found 'first'"),
]


@pytest.mark.parametrize(("old", "new", "message"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_files_get_one_clear_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = GOOD.replace('layers = ["layer4"]', 'layers = ["layer4"]\npool = "avg"')
    assert old in text
    with pytest.raises(StudyError, match=message) as error:
        read_study(write(tmp_path, text.replace(old, new)))
    assert "\n" not in str(error.value).strip()


def test_the_keys_are_those_of_the_settings_with_their_defaults() -> None:
    listed = {f"{key.table} {key.key}": key for key in KEYS}
    assert len(listed) == len(KEYS) == 52
    assert listed["[probe] kind"].type == "one of folder, zip, tar, artifact"
    assert listed["[[networks]] classes"].default == "0"
    assert listed["[dissection] pool"].default == '"avg"'
    assert listed["[measures] seed"].default == "0"
    assert listed["[encoder] model"].default == "none"


def test_an_unknown_study_names_the_presets() -> None:
    with pytest.raises(StudyError, match="presets imagenet-places365, miniature, found 'minature'"):
        read_study("minature")


def test_slugs_are_plain() -> None:
    assert slugify("ResNet18 – Places365 (é)") == "resnet18-places365-e"


def test_overrides_leave_the_rest(tmp_path: Path) -> None:
    study = read_study(write(tmp_path, GOOD))
    changed = with_overrides(study, precision="bfloat16", device=None)
    assert changed.dissection.precision == "bfloat16"
    assert changed.dissection.device == study.dissection.device
    assert with_overrides(changed, precision="float32") == study


def test_every_choice_of_a_study_file_has_a_meaning_and_no_other_has() -> None:
    assert set(settings.POOLS) == set(POOLING)
    assert set(settings.PRECISIONS) == set(DTYPES)
    assert set(settings.PROBES) == set(probe.KINDS)
    assert set(settings.TIES) == set(TOPS)
    assert set(settings.TOKENS) == {"class", *layouts._PATCHES}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('role = "twin"', "networks.1.of: expected the network whose twin it is, for its role"),
        ('of = "First"', "networks.1.of: expected no network, for its role, found 'First'"),
        ('role = "twin"\nof = "Second"', "of: expected one of the compared networks First, found"),
    ],
)
def test_a_twin_names_its_original_and_no_other_network_does(tmp_path, lines, said) -> None:
    network = GOOD[GOOD.index("[[networks]]") :].replace("First", "Second")
    with pytest.raises(StudyError, match=said):
        read_study(write(tmp_path, f"{GOOD}{network}{lines}\n"))
    good = read_study(write(tmp_path, f'{GOOD}{network}role = "twin"\nof = "First"\n'))
    assert (good.networks[1].role, good.networks[1].of) == ("twin", "First")
