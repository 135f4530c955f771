"""Printable text: characters without a glyph become ``U+XXXX``, long text loses its middle."""

import unicodedata
from functools import cache
from pathlib import Path

FONT_FILES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
"""The fonts of names and concepts, both shipped with matplotlib."""


def font_folder() -> Path:
    """Return the folder of the fonts shipped with matplotlib."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


@cache
def glyphs(files: tuple[str, ...] = FONT_FILES) -> frozenset[int]:
    """Return the code points for which every font has a glyph."""
    from matplotlib.ft2font import FT2Font

    fonts = [FT2Font(font_folder() / name).get_charmap() for name in files]
    return frozenset(set(fonts[0]).intersection(*fonts[1:]))


def printable(text: str, *, limit: int, named: bool, files: tuple[str, ...] = FONT_FILES) -> str:
    """Return text in a form that can be printed on a page.

    Parameters
    ----------
    text
        Any text.
    limit
        The largest number of characters, at least 1; of longer text the middle is replaced by "…",
        because names of layers, and of networks of one kind, differ at their ends.
    named
        Replace characters without a glyph by ``U+XXXX``, as embedded fonts require. Control
        characters, which no medium shows, are always replaced.
    files
        The fonts that must have the glyph.
    """
    end = max(limit - 1, 0) // 2
    parts = [text[: limit - 1 - end], text[len(text) - end :]] if len(text) > limit else [text]
    known = glyphs(files) if named else None
    return "…".join("".join(_character(c, known) for c in part) for part in parts)


def _character(character: str, known: frozenset[int] | None) -> str:
    category = unicodedata.category(character)
    hidden = category in ("Cc", "Cs", "Zl", "Zp")
    if known is not None:
        hidden = hidden or category in ("Cf", "Cn", "Co") or ord(character) not in known
    return f"U+{ord(character):04X}" if hidden else character
