"""Swap one folder for another so that a reader, and a kill, find the old one or the new one."""

import contextlib
import ctypes
import errno
import os
import shutil
import sys
import tempfile
from pathlib import Path

from study.progress import plain_line

_AT_FDCWD, _EXCHANGE = -100, 2
_OLD = ".old."


def swap(folder: Path, out: Path) -> None:
    """Put `folder` in the place of `out`, which becomes what `folder` was and is deleted.

    The two are exchanged in one step where the system can (Linux). Elsewhere there are two
    renames; if the process is killed between them, `restore` brings the old folder back.
    """
    if not os.path.lexists(out):
        folder.rename(out)
        return
    if _exchanged(folder, out):
        _remove(folder)
        return
    previous = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}{_OLD}")) / out.name
    try:
        out.rename(previous)
    except BaseException:
        previous.parent.rmdir()
        raise
    try:
        folder.rename(out)
    except BaseException:
        previous.rename(out)
        previous.parent.rmdir()
        raise
    delete(previous.parent)


def delete(folder: Path) -> None:
    """Delete a hidden folder; where the system does not let it go, say so: the output is whole."""
    shutil.rmtree(folder, ignore_errors=True)
    if os.path.lexists(folder):
        text = f"study: {folder.name} could not be deleted: delete it, nothing needs it"
        sys.stderr.write(f"{plain_line(text)}\n")


def restore(out: Path) -> None:
    """Bring back a folder that a killed process had renamed and not yet replaced."""
    if os.path.lexists(out) or not out.parent.is_dir():
        return
    for place in sorted(out.parent.glob(f".{out.name}{_OLD}*")):
        if (place / out.name).is_dir():
            (place / out.name).rename(out)
            place.rmdir()
            return


def fill(folder: Path, out: Path) -> None:
    """Replace the entries of `out` by those of `folder`, one at a time, and keep `out` itself.

    For a folder that cannot be renamed: the one that the command was started in.
    """
    old = {path.name for path in out.iterdir() if path != folder}
    new = [path.name for path in folder.iterdir()]
    for name in new:
        swap(folder / name, out / name)
    for name in old.difference(new):
        _remove(out / name)


def keep(old: Path, new: Path, relative: Path) -> None:
    """Give a file, link or empty folder of `old` a place in `new`, with its folders and modes.

    Where a file has the name of one of its folders, or anything has its own name, ``.kept`` is
    appended to it.
    """
    path, target = old, new
    for part in relative.parts[:-1]:
        path, target = path / part, target / part
        while os.path.lexists(target) and (not target.is_dir() or target.is_symlink()):
            target = target.with_name(f"{target.name}.kept")
        if not target.exists():
            target.mkdir()
            shutil.copystat(path, target)
    path, target = path / relative.name, target / relative.name
    if path.is_dir() and not path.is_symlink():
        if not target.is_dir():
            target = _free(target)
            target.mkdir()
            shutil.copystat(path, target)
        return
    target = _free(target)
    if path.is_symlink():
        target.symlink_to(path.readlink())
        return
    with contextlib.suppress(OSError):
        os.link(path, target)
        return
    shutil.copy2(path, target)


def _free(target: Path) -> Path:
    while os.path.lexists(target):
        target = target.with_name(f"{target.name}.kept")
    return target


def _remove(path: Path) -> None:
    """Delete a file, a link or a whole folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _exchanged(a: Path, b: Path) -> bool:
    """Exchange two names in one step; False where the system or file system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    names = os.fsencode(a), os.fsencode(b)
    if rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number), str(b))
