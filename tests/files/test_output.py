"""Outputs appear whole or not at all, and nobody's files are lost."""

from pathlib import Path

import pytest

from study.errors import StudyError
from study.files.output import MARKER, output_folder, write_atomic


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
