"""Standard streams and names: closed or of any locale, no traceback and nothing but UTF-8."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from study.dissection.loaded import load_runs
from study.dissection.table import Layer
from study.errors import StudyError
from study.files import documents
from study.inputs.settings import slugify

ROWS = "layer,unit,description,similarity\nl1,0,dög,0.2\nl1,1,cat,0.3\n"
# An empty PYTHONIOENCODING counts as none; tox sets it to UTF-8.
PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
ASCII = PLAIN | {"PYTHONIOENCODING": "ascii"}


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    for name, value in (("a", "0.3"), ("b", "0.4"), ("ünï", "0.3")):
        (tmp_path / name).mkdir()
        rows = ROWS.replace("0.3", value)
        (tmp_path / name / "descriptions.csv").write_text(rows, encoding="utf-8")
    return tmp_path


def command(
    folder: Path, *words: str | bytes, redirect: str = "", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    line = ["sh", "-c", f'exec "$@" {redirect}', "sh", sys.executable, "-m", *words]
    whole = {**os.environ, **(env or {})}
    return subprocess.run(line, cwd=folder, env=whole, capture_output=True, check=False)


@pytest.mark.parametrize(
    "words",
    [
        ("study", "compare", "a", "b", "--json"),
        ("study", "fetch", "imagenet-places365", "--list"),
        ("study.verify", "runs", "a", "b"),
        ("study.verify", "runs", "a", "b", "--json", "-"),
    ],
)
def test_a_closed_standard_output_is_one_line(tables: Path, words: tuple[str, ...]) -> None:
    done = command(tables, *words, redirect=">&-")
    assert done.returncode == 2
    assert done.stderr == b"study: cannot read or write standard output: it is closed\n"


def test_with_all_streams_closed_files_are_still_whole(tables: Path) -> None:
    done = command(tables, "study", "compare", "a", "b", "--out", "out", redirect="<&- >&- 2>&-")
    assert done.returncode == 0
    assert documents.read(tables / "out" / "results.json", "study-results/1")["networks"]


@pytest.mark.parametrize("env", [PLAIN, ASCII])
def test_any_locale_gets_and_gives_utf8(tables: Path, env: dict[str, str]) -> None:
    done = command(tables, "study", "compare", "a", "ünï", "--json", env=env)
    assert [each["name"] for each in json.loads(done.stdout)["networks"]] == ["a", "ünï"]
    done = command(tables, "study", "compare", "Ö=a", "Σ=ünï", "--out", "out", env=env)
    assert (done.returncode, done.stdout) == (0, b"")
    written = documents.read(tables / "out" / "results.json", "study-results/1")
    assert [each["name"] for each in written["networks"]] == ["Ö", "Σ"]
    done = command(tables, "study.verify", "runs", "a", "ünï", env=env)
    assert done.stdout.decode().startswith("a against ünï: reproduced (identical)")


def test_a_command_in_a_report_is_utf8(tables: Path) -> None:
    words = ("study.report", "--runs", "Ö=ünï", "Σ=b", "--format", "html", "--out")
    done = command(tables, *words, b"r\xff", env=PLAIN)
    assert done.returncode == 0, done.stderr
    manifest = documents.read(next(tables.glob("r*")) / "manifest.json")
    assert manifest["report"]["command"].endswith("--runs 'Ö=ünï' 'Σ=b' --format html --out 'r?'")


@pytest.mark.parametrize("env", [{}, PLAIN])
def test_names_that_are_no_text_are_refused(tables: Path, env: dict[str, str]) -> None:
    done = command(tables, "study", "compare", b"N\xff=a", "Z=b", "--json", env=env)
    assert (done.returncode, done.stdout) == (2, b"")
    said = b"study: expected names in UTF-8, found 'N\\udcff': name the run NAME=RUN\n"
    assert done.stderr.endswith(said)
    for call in (
        lambda: load_runs([tables / "a"], names=["N\ud800"]),
        lambda: slugify("N\udcff"),
        lambda: Layer("l\udcff", ("dog",), [0.5]),
        lambda: Layer("l", ("dog\udcff",), [0.5]),
        lambda: documents.loads(rb'{"name": "N\udcff"}', name="x"),
        lambda: documents.loads('{"name": "N\udcff"}'.encode(errors="surrogatepass"), name="x"),
    ):
        with pytest.raises(StudyError):
            call()
    assert documents.loads(rb'{"name": "\ud83d\ude00"}', name="x") == {"name": "😀"}


def test_a_path_that_the_locale_cannot_write_is_one_line(tables: Path) -> None:
    (tables / "study.toml").write_text(
        'title = "T"\n[probe]\nkind = "folder"\npath = "phötos"\ntruth = "t.csv"\n'
        '[concepts]\nfile = "w.txt"\n'
        '[encoder]\nkind = "truth"\n[dissection]\nlayers = ["L"]\n[[networks]]\nname = "A"\n'
        'activations = "x.npy"\n',
        encoding="utf-8",
    )
    done = command(tables, "study", "run", "study.toml", env=PLAIN)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        "study: '\\xf6' is no text in ascii: rename it, or set PYTHONUTF8=1"
    ]
