"""Fonts of the machine, for the characters that the fonts of this program lack.

They are used only if that is asked for, and are named in the report's manifest by digest: a report
is rendered again, byte for byte, only where the same fonts are at hand.
"""

import logging
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from study.files.documents import sha256_file
from study.report.charts.glyphs import FURTHER, glyphs

MOST = 6
"""The most fonts that are taken."""


@dataclass(frozen=True, slots=True)
class SystemFont:
    """A font file of the machine: its family, and the digest that names it."""

    family: str
    path: Path
    sha256: str

    def to_json(self) -> dict[str, str]:
        """Return what a manifest states of it."""
        return {"family": self.family, "file": self.path.name, "sha256": self.sha256}


def covering(texts: Iterable[str]) -> list[SystemFont]:
    """Return fonts of the machine that hold the characters which no font of the program holds.

    The one that holds most of them comes first; none for texts that need none.
    """
    wanted = {ord(letter) for letter in set().union(*texts) if not letter.isspace()}
    wanted -= glyphs()
    found: list[SystemFont] = []
    while wanted and len(found) < MOST:
        held = {path: len(wanted & _characters(path)) for path in _files()}
        best = max(held, key=lambda path: (held[path], path.name), default=None)
        if best is None or not held[best]:
            break
        wanted -= _characters(best)
        found.append(SystemFont(_family(best), best, sha256_file(best)))
    return found


def located(entries: Sequence[Mapping[str, Any]]) -> tuple[list[SystemFont], list[str]]:
    """Return the fonts that a manifest names, and the names of those that are not here."""
    found, missing = [], []
    for entry in entries:
        name, digest = str(entry.get("file")), entry.get("sha256")
        same = (path for path in _files() if path.name == name and sha256_file(path) == digest)
        path = next(same, None)
        if path is None:
            missing.append(f"{entry.get('family')} ({name})")
        else:
            found.append(SystemFont(_family(path), path, str(digest)))
    return found, missing


@contextmanager
def using(fonts: Sequence[SystemFont]) -> Iterator[None]:
    """Draw and print with these fonts, besides the program's own, within a block."""
    if not fonts:
        yield
        return
    from matplotlib.font_manager import fontManager

    known, before = list(fontManager.ttflist), FURTHER.copy()
    log = logging.getLogger("matplotlib.font_manager")
    level = log.level
    log.setLevel(logging.ERROR)  # such a font need not have a bold face
    try:
        for font in fonts:
            fontManager.addfont(font.path)
            FURTHER[font.family] = (font.path, _characters(font.path))
        yield
    finally:
        log.setLevel(level)
        fontManager.ttflist[:] = known
        FURTHER.clear()
        FURTHER.update(before)


@cache
def _files() -> tuple[Path, ...]:
    """Return the machine's upright font files, by name."""
    from matplotlib.font_manager import findSystemFonts

    paths = sorted({Path(path) for path in findSystemFonts()}, key=lambda path: path.name)
    slanted = ("bold", "italic", "oblique", "light", "thin", "black", "mono")
    return tuple(
        path
        for path in paths
        if not any(word in path.stem.casefold() for word in slanted) and _characters(path)
    )


@cache
def _characters(path: Path) -> frozenset[int]:
    """Return the code points of a font that is drawn in outlines; none of any other file."""
    from matplotlib.ft2font import FT2Font

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            font = FT2Font(path)
            return frozenset(font.get_charmap()) if font.scalable else frozenset()
    except (OSError, RuntimeError):
        return frozenset()


def _family(path: Path) -> str:
    from matplotlib.ft2font import FT2Font

    return str(FT2Font(path).family_name).replace('"', "").replace("'", "")
