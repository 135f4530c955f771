"""What fits no run is refused in one line before any work; what a run needs is asked for early."""

import json
from pathlib import Path

import pytest
from PIL import Image

from study import doctor
from study.errors import StudyError
from study.inputs.study_file import read_study
from study.pipeline import Options, run_study
from study.pipeline.features import activation_parts
from study.pipeline.opening import open_inputs
from study.progress import Progress
from study.report.__main__ import main as report
from tests.small_study import change, run


def refused(study: Path, **options: object) -> str:
    """The one line with which a run ends, which has computed and kept nothing."""
    with pytest.raises(StudyError) as error:
        run(study, **options)
    kept = list((study / "store").glob("*/*/*")) if (study / "store").exists() else []
    assert not kept
    assert not (study / "out").exists()
    said = str(error.value)
    assert "\n" not in said
    return said


@pytest.mark.parametrize("text", ["layer3:64", "layer9:0", "layer3", "layer3:x", ":1", "layer3:-1"])
def test_a_unit_that_no_network_has_is_refused_with_those_there_are(study: Path, text: str) -> None:
    said = refused(study, units=(text,))
    assert text in said
    assert "layer3:0 to layer3:63" in said or "LAYER:UNIT" in said


def test_a_unit_is_asked_for_in_either_spelling(study: Path) -> None:
    out = run(study, units=("layer4[1]:7",))
    rows = (out / "one" / "cards.csv").read_text().splitlines()
    assert any(row.startswith("layer4.1,7,asked for,") for row in rows)


def test_units_are_refused_where_no_card_is_made(study: Path) -> None:
    change(study, "cards = 2", "cards = 0")
    assert "cards = 0" in refused(study, units=("layer3:1",))


def test_a_layer_of_one_unit_that_shares_everything_is_refused(study: Path) -> None:
    change(study, 'layers = ["layer3", "layer4[1]"]', 'layers = ["fc"]')
    change(study, "classes = 5", "classes = 1")
    assert refused(study).startswith("One: fc: expected at least two units for lam = 1")
    change(study, "top_k = 5", "top_k = 5\nlam = 0.5")
    run(study)


def test_layers_without_space_have_cards_without_maps(study: Path) -> None:
    change(study, 'layers = ["layer3", "layer4[1]"]', 'layers = ["layer4", "fc"]')
    out = run(study)
    heights = {}
    for layer in ("layer4", "fc"):
        with Image.open(out / "one" / "cards" / f"{layer}-0000.jpg") as card:
            heights[layer] = card.height
    assert heights == {"layer4": 194, "fc": 96}


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
        (b"caf\xe9\n", "classes.txt: expected class names in UTF-8, found byte 0xe9"),
        (b"a\nb\n/abc 1\n", "classes.txt: line 3: expected a class name or Places365's form"),
        (b"a\nb\n", "expected 5 class names, found 2"),
        (None, "cannot read the class names classes.txt: No such file"),
    ],
)
def test_class_names_are_refused_in_one_line(study: Path, data: bytes | None, said: str) -> None:
    if data is not None:
        (study / "classes.txt").write_bytes(data)
    change(study, "classes = 5", 'classes = 5\nclass_names = "classes.txt"')
    assert said in refused(study)


def test_torchvision_has_no_class_names_of_what_is_not_its_own(study: Path) -> None:
    change(study, "classes = 5", 'classes = 5\nclass_names = "torchvision:DEFAULT"')
    assert "torchvision has no class names for narrow_resnet18" in refused(study)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("top_k = 5", "top_k = 5\nlam = 1e308", "[dissection.settings] lam: expected a number up"),
        ("top_k = 5", "top_k = 5\na = inf", "[dissection.settings] a: expected a number up to"),
        ("top_k = 5", "top_k = 5\na = nan", "[dissection.settings] a: expected a number up to"),
        ("top_k = 5", "top_k = 5\na = 3\nscale = 4", "'scale' as well"),
        (
            "resamples = 8",
            f"resamples = {10**30}",
            "[measures] resamples: expected an integer from",
        ),
        ("classes = 5", f"classes = {10**12}", "classes: expected an integer from 1 to 1,000,000"),
        ('file = "words.txt"', 'file = "wo\\u0000rds.txt"', "without control characters"),
        ("sensitivity = [8]", "sensitivity = [true]", "sensitivity: expected a list of integers"),
    ],
)
def test_impossible_values_are_refused(study: Path, old: str, new: str, said: str) -> None:
    change(study, old, new)
    assert said in refused(study)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("networks = [1, 2]", "networks: expected a table [[networks]] for each network"),
        (f"x = {'[' * 3000}{']' * 3000}", "expected a TOML file, found"),
    ],
)
def test_strange_files_are_one_line(study: Path, text: str, said: str) -> None:
    whole = (study / "study.toml").read_text().split("[[networks]]")[0]
    (study / "study.toml").write_text(f"{text}\n{whole}")
    with pytest.raises(StudyError) as error:
        read_study(str(study / "study.toml"))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_small_probe_has_no_halves_that_leave_nothing_to_reorder(study: Path) -> None:
    change(study, "[dissection.settings]\ntop_k = 5", 'similarity = "rank_reorder"')
    change(study, "sensitivity = [8]", "")
    out = run(study, limit=30)
    header = (out / "one" / "labels.csv").read_text().splitlines()[0].split(",")
    assert "half_a" not in header
    assert "half_a" in (run(study, out="all") / "one" / "labels.csv").read_text().splitlines()[0]


def test_a_store_that_cannot_be_written_is_known_before_an_image_is_decoded(study: Path) -> None:
    (study / "full").write_text("a file")
    decoded: list[int] = []

    class Counting(Progress):
        def stage(self, name: str, total: int, unit: str):  # type: ignore[no-untyped-def]
            decoded.append(total)
            return super().stage(name, total, unit)

    with pytest.raises(StudyError, match="cannot write to the store"):
        run_study(
            read_study(str(study / "study.toml")),
            out=study / "out",
            options=Options(store=study / "full"),
            progress=Counting(),
        )
    assert not decoded


def test_what_is_kept_is_named_by_the_options_of_a_network(study: Path) -> None:
    """Two of torchvision's builders scale images inside the network, with some weights alone."""
    inputs = open_inputs(read_study(str(study / "study.toml")))
    network = inputs.networks[0]
    plain = activation_parts(inputs, network)
    network.module.transform_input = True
    assert activation_parts(inputs, network) != plain


def test_concepts_are_kept_in_shards(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(study, out="whole")
    monkeypatch.setattr("study.pipeline.features.WORDS", 4)
    parts = run(study, out="parts")
    shards = sorted(path.name for path in (study / "store" / "concept-features").glob("*/*-*"))
    assert [name.partition(".")[0] for name in shards] == [
        "00000000-00000004", "00000000-00000010", "00000004-00000008", "00000008-00000010",
    ]  # fmt: skip
    name = "one/descriptions.csv"
    labels = [
        [line.split(",")[2] for line in (out / name).read_text().splitlines()]
        for out in (whole, parts)
    ]
    assert labels[0] == labels[1]


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


def test_the_doctor_goes_on_where_a_study_fits_no_run(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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


@pytest.mark.parametrize("record", ['{"parts": [1]}', '{"parts": {"a": NaN}}', "[1]", "{}", "x"])
def test_a_strange_record_hides_nothing(
    study: Path, record: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(study)
    for path in (study / "store").glob("*/*/made_of.json"):
        path.write_text(record)
        (path.parent / ".DS_Store").write_text("foreign")
    text, _ = doctor.examine(str(study / "study.toml"), store=study / "store", precision="bfloat16")
    assert "\n  5 arrays, " in text
    doctor.examine(None, store=study / "store", clear=True)
    left = {path.name for path in (study / "store").rglob("*") if path.is_file()}
    assert left <= {".DS_Store", ".lock"}


def test_the_doctor_is_asked_about_a_run_with_the_same_options(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (study / "photos" / "00.png").write_bytes(b"no picture")
    with (study / "words.txt").open("a") as file:
        file.write("red\n")
    options = {"skip_unreadable": True, "allow_duplicates": True}
    run(study, **options)
    path = str(study / "study.toml")
    text, _ = doctor.examine(path, store=study / "store", **options)
    assert "One: activations" in text
    assert "1 of 1 files kept" in text
    assert "differs in" not in text
    assert doctor.examine(path, store=study / "store", allow_duplicates=True)[0] != text
    assert doctor.examine(path, store=study / "store", skip_unreadable=True)[1] == 1
