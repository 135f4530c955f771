"""What fits no run is refused in one line before any work; what a run needs is asked for early."""

import json
from pathlib import Path

import pytest
from PIL import Image

from study import doctor
from study.dissection import labels
from study.errors import StudyError
from study.inputs.study_file import read_study
from study.pipeline.entries import activation_parts
from study.pipeline.opening import open_inputs
from study.report.__main__ import main as report
from tests.small_study import change, contents, run


def refused(study: Path, **options: object) -> str:
    """The one line with which a run ends, which has computed and kept nothing."""
    with pytest.raises(StudyError) as error:
        run(study, **options)
    assert not list(study.glob("store/*/*/*"))
    assert not (study / "out").exists()
    said = str(error.value)
    assert "\n" not in said
    return said


@pytest.mark.parametrize("text", ["layer3:64", "layer9:0", "layer3", "layer3:x", ":1", "layer3:-1"])
def test_a_unit_that_no_network_has_is_refused_with_those_there_are(study: Path, text: str) -> None:
    said = refused(study, units=(text,))
    assert text in said
    assert "layer3:0 to layer3:63" in said or "LAYER:UNIT" in said
    change(study, "cards = 2", "cards = 0")
    assert "cards = 0" in refused(study, units=("layer3:1",))


def test_a_unit_is_asked_for_in_either_spelling(study: Path) -> None:
    out = run(study, units=("layer4[1]:7",))
    assert "\nlayer4.1,7,asked for," in (out / "one" / "cards.csv").read_text()


def test_a_layer_of_one_unit_that_shares_everything_is_refused(study: Path) -> None:
    change(study, 'layers = ["layer3", "layer4[1]"]', 'layers = ["fc"]')
    change(study, "classes = 5", "classes = 1")
    assert refused(study).startswith("One: fc: expected at least two units for lam = 1")
    change(study, "top_k = 5", "top_k = 5\nlam = 0.5")
    run(study)


def test_layers_without_space_have_cards_without_maps(study: Path) -> None:
    change(study, 'layers = ["layer3", "layer4[1]"]', 'layers = ["layer4", "fc"]')
    out = run(study)
    for layer, height in (("layer4", 194), ("fc", 96)):
        with Image.open(out / "one" / "cards" / f"{layer}-0000.jpg") as card:
            assert card.height == height


def test_the_known_answer_is_that_of_the_class_layer_wherever_it_stands(study: Path) -> None:
    (study / "classes.txt").write_text("\ufeffred\ngreen\nblue\ncar\nbeach\n", encoding="utf-8")
    change(study, "classes = 5", 'classes = 5\nclass_names = "classes.txt"')
    plain = run(study, out="plain")
    change(study, 'layers = ["layer3", "layer4[1]"]', 'layers = [".fc", "layer3"]')
    first = run(study, out="first")
    known = (plain / "one" / "classes.csv").read_bytes()
    assert b"0,red," in known
    assert (first / "one" / "classes.csv").read_bytes() == known


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"caf\xe9\n", "classes.txt: line 1: expected UTF-8, found byte 0xe9"),
        (b"a\nb\n/abc 1\n", "classes.txt: line 3: expected a word or Places365's form"),
        ("a\nb\u200b\n".encode(), "classes.txt: line 2: expected text without control characters"),
        (b"a\nb\n", "expected 5 class names, found 2"),
        (None, "classes.txt: No such file"),
    ],
)
def test_class_names_are_refused_in_one_line(study: Path, data: bytes | None, said: str) -> None:
    if data is not None:
        (study / "classes.txt").write_bytes(data)
    change(study, "classes = 5", 'classes = 5\nclass_names = "classes.txt"')
    assert said in refused(study)


TOP_K = "[dissection.settings]\ntop_k = 5"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("top_k = 5", "top_k = 41", "top_k = 41 images, found 40: set a smaller top_k"),
        ("top_k = 5", "top_k = 5.5", "[dissection.settings] top_k: expected a whole number, "
         "found 5.5"),
        ("top_k = 5", "scale_p = 5", "scale_p: expected a setting of soft_wpmi: top_k"),
        ("top_k = 5", "top_k = 5\na = -1", "[dissection.settings] soft_wpmi: expected a (or scale) "
         "above 0, found -1"),
        # What another function's sensitivity would need is not asked of this one.
        (f"{TOP_K}\n[measures]\nresamples = 8\nsplits = 2\ncards = 2\nsensitivity = [8]",
         'similarity = "rank_reorder"\n[dissection.settings]\ntop_fraction = 0.02\n[measures]\n'
         "sensitivity = [41]",
         "[dissection.settings] rank_reorder: expected top_fraction to leave at least one of 40 "
         "images, found 0.02: set it to at least 0.025"),
        ("top_k = 5", "top_k = 5\nlam = 1e308", "[dissection.settings] lam: expected a number up"),
        ("top_k = 5", "top_k = 5\na = inf", "[dissection.settings] a: expected a number up to"),
        ("top_k = 5", "top_k = 5\na = nan", "[dissection.settings] a: expected a number up to"),
        ("top_k = 5", "top_k = 5\na = 3\nscale = 4", "'scale' as well"),
        ("resamples = 8", f"resamples = {10**30}", "resamples: expected an integer from"),
        ("classes = 5", f"classes = {10**12}", "classes: expected an integer from 1 to 1,000,000"),
        ("classes = 5", 'classes = 5\nclass_names = "torchvision:DEFAULT"',
         "torchvision has no class names for narrow_resnet18"),
        ('file = "words.txt"', 'file = "wo\\u0000rds.txt"', "without control characters"),
        ("sensitivity = [8]", "sensitivity = [true]", "sensitivity: expected a list of integers"),
        ("[probe]", f"x = {'[' * 3000}{']' * 3000}\n[probe]", "expected a TOML file, found"),
    ],
)  # fmt: skip
def test_impossible_values_are_refused(study: Path, old: str, new: str, said: str) -> None:
    change(study, old, new)
    assert said in refused(study)


def test_networks_that_are_no_tables_are_refused(study: Path) -> None:
    path = study / "study.toml"
    path.write_text("networks = [1, 2]\n" + path.read_text().partition("[[networks]]")[0])
    assert "networks: expected a table [[networks]] for each network" in refused(study)


def test_a_small_probe_has_no_halves_that_leave_nothing_to_reorder(study: Path) -> None:
    change(study, "[dissection.settings]\ntop_k = 5", 'similarity = "rank_reorder"')
    change(study, "sensitivity = [8]", "")
    for out, halved in ((run(study, limit=30), False), (run(study, out="all"), True)):
        frame = labels.read(out / "one" / "labels.csv")
        assert ("stability" in frame) == halved
        assert (out / "one" / "halves.csv").is_file() == halved


def test_a_store_that_cannot_be_written_is_known_before_an_image_is_decoded(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (study / "full").write_text("a file")
    monkeypatch.setattr("study.inputs.probe.Probe.check", None)
    with pytest.raises(StudyError, match="cannot write to the store"):
        run(study, store=study / "full")


def test_what_is_kept_is_named_by_the_options_of_a_network(study: Path) -> None:
    """Two of torchvision's builders scale images inside the network, with some weights alone."""
    inputs = open_inputs(read_study(str(study / "study.toml")))
    network = inputs.networks[0]
    plain = activation_parts(inputs, network, "layer3")
    network.module.transform_input = True
    assert activation_parts(inputs, network, "layer3") != plain


def test_concepts_are_kept_in_shards(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = contents(run(study))
    monkeypatch.setattr("study.pipeline.features.WORDS", 4)
    assert contents(run(study, "parts", store=study / "other")) == whole
    for store, sizes in (("store", [10]), ("other", [2, 4, 4])):
        shards = (study / store / "concept-features").glob("*/*.rows")
        assert sorted(path.stat().st_size // 32 for path in shards) == sizes


@pytest.mark.parametrize("option", ["--dry-run", "--limit=3", "--units=layer3:1", "--store=x"])
def test_a_report_of_finished_runs_takes_no_option_of_dissecting(
    study: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = study / "report"
    assert report(["--runs", str(study), "--out", str(out), option]) == 2
    said = capsys.readouterr().err
    assert f"remove {option.partition('=')[0]}" in said
    assert not out.exists()


def test_a_studys_report_keeps_its_timings(study: Path) -> None:
    arguments = [str(study / "study.toml"), "--out", str(study / "report"), "--format", "html"]
    arguments += ["--store", str(study / "store")]
    assert report(arguments) == 0
    timings = json.loads((study / "report" / "timings.json").read_text())
    assert timings["activations"] > 0
    assert "timings.json" in (study / "report" / ".study-output").read_text().splitlines()
    assert report(arguments) == 0


def test_the_doctor_goes_on_where_a_study_fits_no_run(study: Path) -> None:
    run(study)
    for old, new, said in (
        ("top_k = 5", "foo = 5", "expected a setting of soft_wpmi"),
        ("foo = 5", "top_k = 500", "expected a probe of at least top_k = 500 images, found 40"),
    ):
        change(study, old, new)
        text, code = doctor.examine(str(study / "study.toml"), store=study / "store")
        assert code == 1
        assert said in text
        assert "torch " in text
        assert "arrays, " in text


def test_the_doctor_is_asked_about_a_run_with_the_same_options(study: Path) -> None:
    (study / "photos" / "00.png").write_bytes(b"no picture")
    with (study / "words.txt").open("a") as file:
        file.write("red\n")
    options = {"skip_unreadable": True, "allow_duplicates": True}
    run(study, **options)
    path = str(study / "study.toml")
    text, _ = doctor.examine(path, store=study / "store", **options)
    assert "One, layer3: activations" in text
    assert "39 of 39 rows kept" in text
    assert "differs in" not in text
    assert doctor.examine(path, store=study / "store", allow_duplicates=True)[0] != text
    assert doctor.examine(path, store=study / "store", skip_unreadable=True)[1] == 1
