"""Leftovers: hidden folders of runs in progress, and those that killed runs left behind."""

import hashlib
import os
import re
import shutil
import socket
from pathlib import Path


def prefix(stem: str) -> str:
    """Return how the name of a hidden folder begins: what it is for, and the process it is of."""
    return f".{stem}.{_machine()}-{os.getpid()}-"


def sweep(place: Path, stem: str) -> None:
    """Remove hidden folders of this machine's processes that are no longer running.

    Parameters
    ----------
    place
        The folder that holds them.
    stem
        What they are for, as given to `prefix`.
    """
    pattern = re.compile(rf"\.{re.escape(stem)}\.{_machine()}-(\d+)-.*")
    for path in place.glob(f".{_escaped(stem)}.*") if place.is_dir() else ():
        found = pattern.fullmatch(path.name)
        if found and path.is_dir() and not path.is_symlink() and not _runs(int(found[1])):
            shutil.rmtree(path, ignore_errors=True)


def _escaped(stem: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", stem)


def _machine() -> str:
    """Return a short name of this machine: folders may be shared with others, whose processes we
    cannot see.
    """
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # of another user, so it runs
        return True
    return True
