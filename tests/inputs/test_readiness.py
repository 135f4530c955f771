"""What no run could use is named before torch is loaded."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from study.__main__ import main
from tests.small_study import change, write


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write(tmp_path / "study")


FAULTS: dict[str, tuple[Callable[[Path], object], list[str], str]] = {
    "TOML": (lambda s: change(s, "[probe]", "[probe"), [], "expected a TOML file"),
    "no words": (lambda s: (s / "words.txt").unlink(), [], "words.txt"),
    "equal words": (lambda s: (s / "words.txt").write_text("a\na\n"), [], "--allow-duplicates"),
    "no photos": (lambda s: change(s, '"photos"', '"pictures"'), [], "expected a folder at"),
    "no weights": (
        lambda s: change(s, '"random:1"', '"file:mine.pth"'), [], "cannot read mine.pth: no such",
    ),
    "weights are a folder": (
        lambda s: change(s, '"random:1"', '"file:photos"'), [], "something that is no file",
    ),
    "foreign folder": (lambda s: (s / "words.txt").touch(), ["--out", "."], "did not write"),
    "unwritable": (lambda _: None, ["--out", "/proc/x/y"], "cannot write to y"),
    "among the photos": (lambda _: None, ["--out", "photos/out"], "lies in the probe's folder"),
    "in the store": (lambda _: None, ["--out", "store/out"], "lies in the store"),
    "store in the output": (lambda _: None, ["--store", "out/store"], "the store lies in --out"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("verb", ["run", "report"])
def test_a_mistake_is_one_line_without_torch(study: Path, fault: str, verb: str) -> None:
    spoil, options, said = FAULTS[fault]
    spoil(study)
    given = {
        "--out": "out",
        "--store": "store",
        **dict(zip(options[::2], options[1::2], strict=True)),
    }
    words = [verb, "study.toml", *(word for pair in given.items() for word in pair)]
    code = (
        "import sys; from study.__main__ import main; code = main(sys.argv[1:]); "
        "sys.exit(99 if 'torch' in sys.modules else code)"
    )
    command = [sys.executable, "-c", code, *words]
    done = subprocess.run(command, cwd=study, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    assert not (study / "out").exists()


def test_a_whole_study_passes(study: Path, tmp_path: Path) -> None:
    arguments = ["run", str(study / "study.toml"), "--out", str(tmp_path / "out"), "--dry-run"]
    assert main([*arguments, "--store", str(tmp_path / "store")]) == 0
