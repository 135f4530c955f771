"""Files and folders that appear whole or not at all."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from study.errors import StudyError

MARKER = ".study-output"
"""The list of files that this program wrote into a folder; any other file there is foreign."""


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file beside its place and rename it, so that nobody sees half of it.

    Raises
    ------
    OSError
        If the disk is full or the folder cannot be written; the old file is then unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def output_folder(out: Path, *, force: bool = False) -> Iterator[Path]:
    """Give a fresh folder to fill, and swap it in for `out` when the block ends well.

    The folder is made beside `out`. Files in the old `out` that this program did not write move
    over into the new one, as does a finished output inside it (a sub-folder with a list of its
    own, such as ``report/sample``). When the block raises, `out` stays as it was.

    Parameters
    ----------
    out
        The place of the finished folder.
    force
        Accept a folder that holds files which this program did not write. They are kept, save
        those whose names the new output takes.

    Raises
    ------
    StudyError
        If `out` is a file, or holds foreign files and `force` is not given.
    """
    check_replaceable(out, force=force)
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        folder.chmod(0o755)
        yield folder
        names = sorted(path.relative_to(folder).as_posix() for path in _files(folder))
        (folder / MARKER).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
        _swap(folder, out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_replaceable(out: Path, *, force: bool = False) -> None:
    """Raise `StudyError` unless `out` is absent, holds only our files, or `force` is given."""
    if out.exists() and not out.is_dir():
        raise StudyError(f"{out.name}: expected a folder to write into, found a file")
    if force or not out.is_dir():
        return
    if foreign := _foreign(out):
        raise StudyError(
            f"{out.name}: expected an empty folder or one that this program wrote, found "
            f"{foreign[0].relative_to(out).as_posix()!r}; choose another --out, or add --force "
            "to write beside it"
        )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())


def _foreign(out: Path) -> list[Path]:
    """Return the files below `out` that no list of written files names."""
    ours = set()
    for marker in out.rglob(MARKER):
        names = marker.read_text(encoding="utf-8", errors="replace").splitlines()
        ours |= {marker, *(marker.parent / name for name in names)}
    return [path for path in _files(out) if path not in ours]


def _swap(folder: Path, out: Path) -> None:
    if not out.exists():
        folder.rename(out)
        return
    nested = [path.parent for path in out.rglob(MARKER) if path.parent != out]
    kept = [path for path in _files(out) if any(path.is_relative_to(place) for place in nested)]
    kept += _foreign(out)
    previous = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.old.")) / out.name
    out.rename(previous)
    try:
        folder.rename(out)
    except BaseException:
        previous.rename(out)
        raise
    for path in kept:
        old, new = previous / path.relative_to(out), out / path.relative_to(out)
        if old.exists() and not new.exists():
            new.parent.mkdir(parents=True, exist_ok=True)
            old.rename(new)
    shutil.rmtree(previous.parent, ignore_errors=True)
