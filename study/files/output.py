"""Read files with one-line errors; write files and folders whole or not at all."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from study.errors import StudyError
from study.files import leftovers, swapping
from study.files.resolving import resolved

MARKER = ".study-output"
"""The list of files that this program wrote into a folder; any other file there is foreign."""
MOST = 512 << 20
"""The most bytes of a file that is read whole, unless less is said."""


def read_bytes(path: Path, *, most: int | None = None) -> bytes:
    """Return a file's content.

    Raises
    ------
    StudyError
        If it cannot be read, is a pipe or a device, which might never end, or holds more than
        `most` bytes.
    """
    name = f"{path.parent.name}/{path.name}" if path.parent.name else path.name
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            kind = "a folder" if stat.S_ISDIR(facts.st_mode) else "a pipe or a device"
            raise StudyError(f"cannot read {name}: it is {kind}, not a file")
        if facts.st_size > (most or MOST):
            limit = (most or MOST) >> 20
            raise StudyError(f"{name}: expected at most {limit} MB, found {facts.st_size:,} bytes")
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

    The folder is made next to `out`, with the mode of the old `out`. A finished output inside the
    old `out` (a sub-folder with a list of its own, such as ``report/sample``) stays, and with
    `force` so does everything that this program did not write: files, links and empty folders; one
    whose name the new output takes gets ``.kept`` appended. When the block raises, or the process
    is killed at any moment, `out` is the old folder or the new one. The folder that the command
    was started in stays the same folder; its entries are replaced one by one.

    Raises
    ------
    StudyError
        If `out` cannot be replaced, see `check_replaceable`.
    """
    check_replaceable(out, force=force)
    out = resolved(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    inside = out == resolved(Path.cwd())
    place = out if inside else out.parent
    leftovers.sweep(place, out.name)
    folder = Path(tempfile.mkdtemp(dir=place, prefix=leftovers.prefix(out.name)))
    try:
        folder.chmod(stat.S_IMODE(out.stat().st_mode) if out.is_dir() else 0o755)
        yield folder
        names = sorted(path.relative_to(folder).as_posix() for path in _files(folder))
        (folder / MARKER).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
        if out.is_dir():
            for path in _staying(out):
                if not path.is_relative_to(folder):
                    swapping.keep(out, folder, path.relative_to(out))
        (swapping.fill if inside else swapping.swap)(folder, out)
    finally:
        swapping.delete(folder)


def check_replaceable(out: Path, *, force: bool = False) -> None:
    """Check that a folder can be written and replaced, before any work; nothing is left behind.

    Raises
    ------
    StudyError
        If `out` is no folder, is mounted, or cannot be written; also if it holds files of others
        and `force` is not given.
    """
    swapping.restore(out.absolute())
    if os.path.lexists(out) and not out.is_dir():
        raise StudyError(f"cannot write to {out.name}: it is a file, not a folder")
    if out.is_dir() and os.path.ismount(out):
        raise StudyError(
            f"cannot replace {out.name}: a volume is mounted there; name a folder in it"
        )
    if resolved(out) in resolved(Path.cwd()).parents:
        raise StudyError(
            f"cannot replace {resolved(out).name}: this command was started in a folder inside it"
        )
    _check_writable(out)
    if force or not out.is_dir():
        return
    if foreign := _foreign(out):
        raise StudyError(
            f"{out.name or resolved(out).name}: the folder holds a file that this program did not "
            f"write, {foreign[0].relative_to(out).as_posix()!r}; choose another --out, or add "
            "--force (in Python: force=True) to keep the file and write next to it"
        )


def check_apart(out: Path, inputs: Iterable[Path]) -> None:
    """Check that replacing a folder would take no input with it.

    Raises
    ------
    StudyError
        If an input is the folder, or lies in it.
    """
    place = resolved(out)
    for path in inputs:
        inside = resolved(path)
        if place == inside or place in inside.parents:
            raise StudyError(
                f"cannot write to {out.name or place.name}: it holds {path.name or inside.name}, "
                "which is read, and would be replaced as a whole: choose another --out"
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


def _staying(out: Path) -> list[Path]:
    """Return what a new output leaves in place: other outputs inside, and what is not ours."""
    inner = [path.parent for path in out.rglob(MARKER) if path.parent != out]
    staying = [path for path in _files(out) if any(map(path.is_relative_to, inner))]
    foreign = _foreign(out)
    empty = [
        path
        for path in out.rglob("*")
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir())
    ]
    return sorted({*staying, *foreign, *empty})


def _check_writable(out: Path) -> None:
    """Make and remove an empty folder where the output will be made."""
    place = resolved(out).parent
    while not place.exists():
        place = place.parent
    try:
        Path(tempfile.mkdtemp(dir=place, prefix=".study-")).rmdir()
    except OSError as error:
        raise StudyError(
            f"cannot write to {out.name}: {error.strerror or error}; choose another --out"
        ) from None
