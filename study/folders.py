"""Where caches go when nobody says: the user's cache folder, else a private temporary one."""

import os
import tempfile
from pathlib import Path

import platformdirs

from study.errors import StudyError


def cache_folder() -> Path:
    """Return a folder of this user that can be written: made if it was not there.

    That is what the system's convention says (``XDG_CACHE_HOME``, ``~/.cache/study``, …). Where
    there is none (``HOME`` empty, a read-only home), it is ``study-USER`` in the temporary folder,
    readable by this user alone; what is kept there may be gone tomorrow.

    Raises
    ------
    StudyError
        If neither can be written, or the temporary one belongs to somebody else.
    """
    if os.environ.get("HOME") != "" or os.environ.get("XDG_CACHE_HOME"):
        home = platformdirs.user_cache_path("study", appauthor=False)
        if home.is_absolute() and _usable(home):
            return home
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    folder = Path(tempfile.gettempdir()) / f"study-{user}"
    if not _usable(folder, mode=0o700) or not _private(folder):
        raise StudyError(
            f"expected a cache folder that can be written, found neither one in the home folder "
            f"nor {folder}: name one in STUDY_STORE and STUDY_ARTIFACTS"
        )
    return folder


def _usable(folder: Path, *, mode: int = 0o755) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=mode)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def _private(folder: Path) -> bool:
    """Whether a folder in a place open to all is this user's own, and no link to another."""
    if not hasattr(os, "getuid"):
        return True
    facts = folder.lstat()
    return not folder.is_symlink() and facts.st_uid == os.getuid() and not facts.st_mode & 0o022
