"""The doctor reports what is there, what is missing, what is kept, and why an array is no hit."""

import json
from pathlib import Path

import pytest

from study import doctor
from study.__main__ import main
from tests.small_study import run, write


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write(tmp_path)


def examine(study: Path, **options: object) -> tuple[list[str], int]:
    text, code = doctor.examine(str(study / "study.toml"), store=study / "store", **options)
    return text.splitlines(), code


def line_of(lines: list[str], start: str) -> str:
    [line] = [line for line in lines if line.lstrip("! ").startswith(start)]
    return line


def test_versions_and_own_files_are_listed(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--store", str(study / "store"), "--out", str(study / "out")]) in {0, 1}
    text = capsys.readouterr().out
    for name in ("study ", "torch ", "weasyprint ", "templates/report.html.j2", "0 arrays"):
        assert f"\n  {name}" in f"\n{text}"
    assert (study / "out" / "doctor.txt").read_text() == text


def test_a_missing_package_or_library_is_reported_with_its_remedy(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_PACKAGES", ("numpy", "no-such-package"))
    monkeypatch.setattr(doctor.ctypes.util, "find_library", lambda name: None)
    text, code = doctor.examine(None, store=study / "store")
    assert code == 1
    assert "! no-such-package is missing: pip install no-such-package" in text
    assert "apt-get install libharfbuzz-subset0" in text


def test_what_a_study_lacks_or_cannot_open_is_named(study: Path) -> None:
    text, code = doctor.examine("assignment", folders=[study / "none"], store=study / "store")
    assert code == 1
    for file in ("resnet18_places365.pth.tar", "broden1_224.zip", "20k.txt"):
        assert file in text
    (study / "words.txt").write_text("car\ncar\n")
    lines, code = examine(study)
    assert code == 1
    assert line_of(lines, "words.txt").startswith("! ")


def test_kept_arrays_are_hits_and_a_change_is_explained(study: Path) -> None:
    before, _ = examine(study)
    assert "not kept, nor anything else of this kind" in line_of(before, "One, layer3: activations")
    assert "known once all activations are kept" in line_of(before, "clip: image-features")
    run(study)
    lines, _ = examine(study)
    for network in ("One", "Other"):
        for layer in ("layer3", "layer4.1"):
            assert line_of(lines, f"{network}, {layer}: act").endswith("40 of 40 rows kept"), lines
    assert line_of(lines, "words.txt: concept-features").endswith("10 of 10 rows kept")
    assert line_of(lines, "clip: image-features").endswith("rows kept")
    # Four layers and the maps of each, words, images of the encoder, cards, and those checked.
    assert line_of(lines, "12 arrays")
    assert "Small (" in (used := line_of(lines, "Small"))
    assert "12 arrays" in used
    words = study / "words.txt"
    words.write_text(words.read_text().replace("car", "bus"))
    text = (study / "study.toml").read_text()
    (study / "study.toml").write_text(text.replace("random:1", "random:7"))
    lines, _ = examine(study)
    assert "not kept; the nearest" in line_of(lines, "One, layer3: activations")
    assert "differs in weights (" in line_of(lines, "One, layer3: activations")
    assert line_of(lines, "Other, layer3: act").endswith("40 of 40 rows kept")
    assert line_of(lines, "words.txt: concept-features").endswith("9 of 10 rows kept")


def test_a_run_with_options_is_looked_up_with_the_same_options(study: Path) -> None:
    run(study, limit=20)
    lines, _ = examine(study)
    assert line_of(lines, "One, layer3: activations").endswith("20 of 40 rows kept")
    lines, _ = examine(study, limit=20)
    assert line_of(lines, "One, layer3: activations").endswith("20 of 20 rows kept")
    lines, _ = examine(study, limit=20, precision="bfloat16")
    wanted = 'differs in precision ("bfloat16" wanted, "float32" kept)'
    assert wanted in line_of(lines, "One, layer3: activations")


def test_clearing_lists_and_removes_every_array_and_nothing_else(study: Path) -> None:
    run(study)
    (study / "store" / "mine.txt").write_text("x")
    text, _ = doctor.examine(None, store=study / "store", clear=True)
    assert "12 arrays" in text
    assert "deleted from" in text
    assert "  by study; what several have used counts for each:\n    Small (" in text
    assert not list((study / "store").rglob("*.safetensors"))
    assert (study / "store" / "mine.txt").exists()
    assert json.loads((study / "out" / "manifest.json").read_text())
    text, _ = doctor.examine(None, store=study / "store")
    assert "  0 arrays, 0.0 MB, kept in" in text
