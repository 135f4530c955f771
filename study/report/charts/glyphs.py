"""Printable text: characters without a glyph become ``U+XXXX``, long text loses its middle."""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path

FONT_FILES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
"""The fonts of names and concepts, both shipped with matplotlib."""


def font_folder() -> Path:
    """Return the folder of the fonts shipped with matplotlib."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


FURTHER: dict[str, tuple[Path, frozenset[int]]] = {}
"""Families of the machine that are in use, with file and code points; see `system_fonts`."""


def glyphs(files: tuple[str, ...] = FONT_FILES) -> frozenset[int]:
    """Return the code points for which every font, or one of the machine in use, has a glyph."""
    return _own(files).union(*(held for _, held in FURTHER.values()))


@cache
def _own(files: tuple[str, ...]) -> frozenset[int]:
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


def bounded(text: str, *, width: int) -> str:
    """Return text for a place of so many printed characters, the names of characters included.

    A character without a glyph takes six or more. Of text that is longer the middle is left out.

    >>> bounded("encoder.layers.0", width=9), bounded("猫です", width=13)
    ('enco…rs.0', 'U+732B…U+3059')
    """
    known = glyphs()
    pieces = [_character(character, known) for character in text]
    if sum(map(len, pieces)) <= width:
        return "".join(pieces)
    half = (width - 1) // 2
    start, end = _fitting(pieces, width - 1 - half), _fitting(pieces[::-1], half)
    return "".join([*pieces[:start], "…", *pieces[len(pieces) - end :]])


def _fitting(pieces: Sequence[str], width: int) -> int:
    """Return how many of some pieces fit a width, one after the other."""
    ends = accumulate(map(len, pieces))
    return sum(end <= width for end in ends)


def lack_glyphs(texts: Iterable[str]) -> bool:
    """Whether a text holds a character that figures and paper can only name."""
    known = glyphs()
    characters = set().union(*texts)
    return any(_character(character, known) != character for character in characters)


def _character(character: str, known: frozenset[int] | None) -> str:
    category = unicodedata.category(character)
    hidden = category in ("Cc", "Cs", "Zl", "Zp")
    if known is not None:
        hidden = hidden or category in ("Cf", "Cn", "Co") or ord(character) not in known
    return f"U+{ord(character):04X}" if hidden else character
