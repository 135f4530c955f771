"""The program's own folders: the user's cache, and the templates, fixtures and presets."""

import os
import tempfile
from pathlib import Path

import platformdirs

from study.errors import StudyError

_PACKAGE = Path(__file__).resolve().parent.parent
_FORMER_NAMES = {"assignment": "imagenet-places365"}
"""What presets were called, and are now."""


def cache_folder() -> Path:
    """Return a writable cache folder of this user, which is made if there is none.

    It follows the system's convention (``XDG_CACHE_HOME``, ``~/.cache/study``, …). Without a home
    that can be written, it is ``study-USER`` in the temporary folder, for this user alone.

    Raises
    ------
    StudyError
        If neither is writable, or the temporary one belongs to another user.
    """
    if os.environ.get("HOME") != "" or os.environ.get("XDG_CACHE_HOME"):
        home = platformdirs.user_cache_path("study", appauthor=False)
        if home.is_absolute() and _usable(home):
            return home
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    folder = Path(tempfile.gettempdir()) / f"study-{user}"
    if not _usable(folder, mode=0o700) or not _private(folder):
        raise StudyError(
            f"no cache folder is writable, neither in the home folder nor {folder}; set "
            "STUDY_STORE and STUDY_ARTIFACTS to folders that are"
        )
    return folder


def store_folder() -> Path:
    """Return where arrays are kept: ``STUDY_STORE``, else ``store`` in the user's cache folder."""
    configured = os.environ.get("STUDY_STORE")
    return Path(configured) if configured else cache_folder() / "store"


def _usable(folder: Path, *, mode: int = 0o755) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=mode)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def _private(folder: Path) -> bool:
    """Return whether a folder that anyone could have made is this user's own, and no link."""
    if not hasattr(os, "getuid"):
        return True
    facts = folder.lstat()
    return not folder.is_symlink() and facts.st_uid == os.getuid() and not facts.st_mode & 0o022


def resource_root() -> Path:
    """Return the folder that holds ``templates/`` and ``fixtures/``.

    In a checkout (or an editable install of one) that is the folder above the package; a wheel
    carries copies inside the package.
    """
    checkout = _PACKAGE.parent
    if (checkout / "templates").is_dir() and (checkout / "fixtures").is_dir():
        return checkout
    return _PACKAGE / "_bundled"


def resource(relative: str) -> Path:
    """Return the path of a bundled file or folder, such as ``"templates/report.css"``.

    Raises
    ------
    StudyError
        If it is missing from this installation.
    """
    path = resource_root() / relative
    if not path.exists():
        raise StudyError(
            f"{relative}, which comes with the program, is missing; install study again"
        )
    return path


def preset_names() -> tuple[str, ...]:
    """Return the names of the studies that come with the program, sorted."""
    return tuple(sorted(path.stem for path in (_PACKAGE / "presets").glob("*.toml")))


def preset_named(name: str) -> str | None:
    """Return the preset that a current or former name means; `None` if there is none."""
    name = _FORMER_NAMES.get(name, name)
    return name if name in preset_names() else None


def preset(name: str) -> Path:
    """Return the TOML file of a preset, one of `preset_names`."""
    return _PACKAGE / "presets" / f"{name}.toml"
