"""Read files with one-line errors; write files and folders whole or not at all."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from study.errors import StudyError

MARKER = ".study-output"
"""The list of files that this program wrote into a folder; any other file there is foreign."""


def read_bytes(path: Path, *, most: int | None = None) -> bytes:
    """Return a file's content.

    Raises
    ------
    StudyError
        If it cannot be read, or holds more than `most` bytes.
    """
    name = f"{path.parent.name}/{path.name}" if path.parent.name else path.name
    try:
        size = path.stat().st_size
        if most is not None and size > most:
            raise StudyError(f"{name}: expected at most {most >> 20} MB, found {size:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise StudyError(f"cannot read {name}: {error.strerror or error}") from None


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file under a temporary name and rename it, so that it is never seen half-written.

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
    """Yield an empty folder to fill, and swap it in for `out` when the block succeeds.

    The folder is made next to `out`. A finished output inside the old `out` (a sub-folder with a
    list of its own, such as ``report/sample``) is moved into the new one, and with `force` so are
    files that this program did not write, except those whose names the new output takes. When the
    block raises, `out` is left unchanged.

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
        raise StudyError(f"cannot write to {out.name}: it is a file, not a folder")
    if force or not out.is_dir():
        return
    if foreign := _foreign(out):
        raise StudyError(
            f"{out.name}: the folder holds a file that this program did not write, "
            f"{foreign[0].relative_to(out).as_posix()!r}; choose another --out, or add --force "
            "to keep the file and write next to it"
        )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())


def _foreign(out: Path) -> list[Path]:
    """Return the files below `out` that are in no list of written files."""
    ours = set()
    for marker in out.rglob(MARKER):
        names = marker.read_text(encoding="utf-8", errors="replace").splitlines()
        ours |= {marker, *(marker.parent / name for name in names)}
    return [path for path in _files(out) if path not in ours]


def _swap(folder: Path, out: Path) -> None:
    if not out.exists():
        folder.rename(out)
        return
    inner = [path.parent for path in out.rglob(MARKER) if path.parent != out]
    staying = [path for path in _files(out) if any(map(path.is_relative_to, inner))]
    staying += _foreign(out)
    previous = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.old.")) / out.name
    out.rename(previous)
    try:
        folder.rename(out)
    except BaseException:
        previous.rename(out)
        raise
    for path in staying:
        old, new = previous / path.relative_to(out), out / path.relative_to(out)
        if old.exists() and not new.exists():
            new.parent.mkdir(parents=True, exist_ok=True)
            old.rename(new)
    shutil.rmtree(previous.parent, ignore_errors=True)
