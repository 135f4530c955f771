"""Outputs appear whole or not at all, and nobody's files are lost."""

import random
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from study.errors import StudyError
from study.files import swapping
from study.files.output import MARKER, check_replaceable, output_folder, write_atomic
from study.files.resolving import resolved
from tests.conftest import PROFILE, SEED


def fill(out: Path, *names: str, force: bool = False) -> None:
    with output_folder(out, force=force) as folder:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(name)


def listing(out: Path) -> list[str]:
    files = sorted(path for path in out.rglob("*") if path.is_file() and path.name != MARKER)
    return [path.relative_to(out).as_posix() for path in files]


def test_a_new_output_replaces_the_old_one_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    fill(out, "a", "tables/b")
    fill(out, "c")
    assert listing(out) == ["c"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_failure_leaves_the_old_output_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "out"
    fill(out, "a")

    with pytest.raises(FileExistsError, match="half"):
        fill(out, "half", "half/b")
    assert listing(out) == ["a"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("before", [(), ("a",)], ids=["foreign folder", "note in an output"])
def test_foreign_files_are_refused_and_named(tmp_path: Path, before: tuple[str, ...]) -> None:
    out = tmp_path / "out"
    fill(out, *before)
    (out / MARKER).unlink() if not before else None
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(StudyError, match=r"'thesis\.txt'.*--force"):
        fill(out, "b")
    assert listing(out) == [*before, "thesis.txt"]


def test_force_keeps_foreign_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    fill(out, "a", "b")
    (out / "deep").mkdir()
    (out / "deep" / "note.txt").write_text("mine")
    fill(out, "a", force=True)
    assert listing(out) == ["a", "deep/note.txt"]


def test_a_finished_output_inside_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "report"
    fill(out / "sample", "page.png")
    fill(out, "report.pdf")
    fill(out, "report.html")
    assert listing(out) == ["report.html", "sample/page.png"]


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(StudyError, match="a file, not a folder"):
        fill(tmp_path / "out", "a")


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "results.json"
    write_atomic(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("study.files.output.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["results.json"]


def test_force_deletes_nothing_that_another_program_made(tmp_path: Path) -> None:
    out = tmp_path / "out"
    fill(out, "a", "tables/b")
    (out / ".git" / "refs").mkdir(parents=True)
    (out / ".git" / "HEAD").write_text("ref: main")
    (out / "nowhere").symlink_to("absent")
    (out / "relative").symlink_to("tables/b")
    (out / "tables" / "own.csv").write_text("mine")
    (out / "results.json").mkdir()
    (out / "results.json" / "note").write_text("a folder of that name")
    (out / "c").write_text("mine as well")
    out.chmod(0o700)
    fill(out, "results.json", "c", force=True)
    assert listing(out) == [
        ".git/HEAD", "c", "c.kept", "results.json", "results.json.kept/note", "tables/own.csv",
    ]  # fmt: skip
    assert (out / "c").read_text() == "c"
    assert (out / "c.kept").read_text() == "mine as well"
    assert (out / ".git" / "refs").is_dir()
    assert [str((out / name).readlink()) for name in ("nowhere", "relative")] == [
        "absent", "tables/b",
    ]  # fmt: skip
    assert stat.S_IMODE(out.stat().st_mode) == 0o700


@pytest.mark.parametrize("exchanged", [True, False], ids=["one step", "two renames"])
def test_the_current_folder_stays_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchanged: bool
) -> None:
    if not exchanged:
        monkeypatch.setattr(swapping, "_exchanged", lambda *_: False)
    out = tmp_path / "out"
    fill(out, "a", "tables/b")
    (out / "mine").write_text("mine")
    monkeypatch.chdir(out)
    fill(Path(), "c", "tables/d", force=True)
    assert sorted(path.name for path in Path().iterdir()) == [MARKER, "c", "mine", "tables"]
    assert listing(Path.cwd()) == ["c", "mine", "tables/d"]
    monkeypatch.chdir("tables")
    with pytest.raises(StudyError, match="started in a folder inside it"):
        fill(Path(".."), "a")


_WRITER = """
import sys
from pathlib import Path
from study.files import swapping
from study.files.output import output_folder
if sys.argv[2] == "renames":
    swapping._exchanged = lambda *_: False
for number in range(10**6):
    with output_folder(Path(sys.argv[1])) as folder:
        for name in "abc":
            (folder / name).write_text(str(number))
"""


@pytest.mark.parametrize("way", ["exchange", "renames"])
def test_a_kill_at_any_moment_leaves_the_old_folder_or_the_new_one(
    tmp_path: Path, way: str
) -> None:
    draw, out = random.Random(int(SEED)), tmp_path / "out"
    fill(out, "a", "b", "c")
    for _ in range(40 if PROFILE == "thorough" else 8):
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(out), way])
        time.sleep(0.15 + draw.random() / 4)
        writer.kill()
        writer.wait()
        check_replaceable(out)  # as the next run does first; it brings an old folder back
        assert listing(out) == ["a", "b", "c"]
        assert len({(out / name).read_text() for name in "abc"} - {"a", "b", "c"}) <= 1


@pytest.mark.parametrize("step", [1, 2])
def test_a_kill_before_each_rename_loses_nothing(tmp_path: Path, step: int) -> None:
    """The renames of a system that cannot exchange; a kill does not clean up."""
    out = tmp_path / "out"
    fill(out, "a")
    script = f"""
import os
from pathlib import Path
from study.files import swapping
from study.files.output import output_folder
rename, done = Path.rename, []
def stopping(self, target):
    done.append(target)
    if len(done) == {step}:
        os._exit(9)
    return rename(self, target)
Path.rename, swapping._exchanged = stopping, lambda *_: False
with output_folder(Path({str(out)!r})) as folder:
    (folder / "b").write_text("b")
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    assert out.exists() == (step == 1)
    check_replaceable(out)
    assert listing(out) == ["a"]


def test_what_cannot_be_written_is_known_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("study.files.output.os.path.ismount", lambda path: path == tmp_path)
    with pytest.raises(StudyError, match="a volume is mounted there"):
        check_replaceable(tmp_path)
    with pytest.raises(StudyError, match="cannot write to x: "):
        check_replaceable(Path("/proc/x/x"))


@pytest.mark.parametrize("step", [0, 1])
def test_a_folder_that_cannot_be_replaced_leaves_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    out = tmp_path / "out"
    fill(out, "a")
    renames, rename = iter(range(9)), Path.rename

    def refused(path: Path, target: Path) -> Path:
        if next(renames) == step:
            raise PermissionError(1, "Operation not permitted", str(path))
        return rename(path, target)

    monkeypatch.setattr(swapping, "_exchanged", lambda *_: False)
    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(PermissionError):
        fill(out, "b")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert listing(out) == ["a"]


@pytest.mark.parametrize("exchanged", [True, False])
def test_what_the_system_does_not_let_go_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    exchanged: bool,
) -> None:
    out = tmp_path / "out"
    fill(out, "a")
    if not exchanged:
        monkeypatch.setattr(swapping, "_exchanged", lambda *_: False)
    monkeypatch.setattr(swapping.shutil, "rmtree", lambda *_, **__: None)
    fill(out, "b")
    assert listing(out) == ["b"]
    left = [path.name for path in tmp_path.iterdir() if path != out]
    assert capsys.readouterr().err == "".join(
        f"study: {name} could not be deleted: delete it, nothing needs it\n" for name in left
    )
    assert len(left) == 1


def test_a_path_through_a_link_to_itself_is_refused_in_one_line(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to("loop")
    assert resolved(loop) == loop
    (tmp_path / "link").symlink_to(tmp_path / "out")
    assert resolved(tmp_path / "link") == tmp_path / "out"
    for out in (loop, loop / "x"):  # one line on the command line, as every OSError is
        with pytest.raises((StudyError, OSError), match=r"cannot write to|exists"):
            fill(out, "a")
