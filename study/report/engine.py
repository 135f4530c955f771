"""Import WeasyPrint, with advice where a system library is missing."""

import ctypes.util
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from study.errors import StudyError

_ADVICE = (
    "a PDF needs the libraries Pango and HarfBuzz, found {found}: install them (Debian, Ubuntu: "
    "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; macOS: brew install "
    "pango; Windows: pacman -S mingw-w64-x86_64-pango in MSYS2), or write --format html, which "
    "needs none"
)


def engine() -> Any:
    """Import WeasyPrint and return it; if a library is missing, say what to install."""
    try:
        with _libraries_by_soname():
            return _weasyprint()
    except (OSError, Warning):
        pass  # only a full search can tell that a library is missing
    try:
        return _weasyprint()
    except (OSError, Warning) as error:
        kind = "an error" if isinstance(error, OSError) else "one missing"
        line = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
        raise StudyError(_ADVICE.format(found=f"{kind} ({line})")) from None


def _weasyprint() -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*[Hh]arf[Bb]uzz.*")
        import weasyprint
        import weasyprint.text.fonts
    return weasyprint


@contextmanager
def _libraries_by_soname() -> Iterator[None]:
    """Let Linux load libraries by soname only, without searching for them, which takes .3 s.

    WeasyPrint tries the Windows names first; for each, `ctypes.util.find_library` starts
    ldconfig, gcc and ld before the soname gets its turn.
    """
    search = ctypes.util.find_library
    if sys.platform == "linux":
        ctypes.util.find_library = lambda name: None
    try:
        yield
    finally:
        ctypes.util.find_library = search
