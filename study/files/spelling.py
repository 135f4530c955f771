"""Spelling: words that look the same are written the same, without letters that nobody sees."""

import re
import unicodedata
from collections.abc import Sequence

from study.errors import StudyError
from study.progress import counted

_SPACES = re.compile(r"[^\S\x0b\x0c\x1c-\x1f\x85\u2028\u2029]+")
"""Runs of spaces of any width, tabs and line ends."""
_CONTROLS = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories of controls, surrogates, line and paragraph separators."""
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""What Unicode has programs show as nothing (``Default_Ignorable_Code_Point``), or as marks."""
_JOINERS = "\u200c\u200d"
_SELECTORS = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef]")
"""Variants of the letter or picture before them; the last of a flag's tags among them."""
_VIRAMA = 9
"""The combining class of the sign that joins letters in the scripts of India."""


def plain(text: str) -> str:
    """Return a text with letters composed, and one space for each run of spaces.

    Examples
    --------
    >>> plain("hot\u00a0 dog") == "hot dog" and plain("e\u0301") == "é"
    True
    """
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text))


def hidden(text: str) -> str | None:
    """Return the first character that a reader would not see, as ``U+202E``; None if there is none.

    These are controls, marks that turn the direction of the text around them, and what has no
    width; but not the joiners and variants that spell words of Persian or Hindi, and emoji.
    """
    found = _first_control(text)
    if found or text.isascii():
        return found
    base = before = ""
    for place, letter in enumerate(text):
        if not _UNSEEN.match(letter):
            base = base if unicodedata.combining(letter) else letter
        elif not _spells(letter, base, before, text[place + 1 : place + 2]):
            return f"U+{ord(letter):04X}"
        before = letter
    return None


def control(text: str) -> str | None:
    """Return the first control character of a text that may stand on several lines, or None."""
    return _first_control(_SPACES.sub(" ", text))


def _first_control(text: str) -> str | None:
    if text.isprintable():
        return None
    found = (letter for letter in text if unicodedata.category(letter) in _CONTROLS)
    return next((f"U+{ord(letter):04X}" for letter in found), None)


def spelt(text: str, where: str) -> str:
    """Return a text in its plain spelling; `where` is what messages call its place.

    Raises
    ------
    StudyError
        If it holds a control character, or a mark that nobody sees.
    """
    if letter := hidden(text):
        raise StudyError(
            f"{where}: expected text without control characters and marks that nobody sees, found "
            f"{letter} in {text[:60]!a}: take it out"
        )
    return plain(text)


def rewritten(changed: Sequence[str], things: str) -> tuple[str, ...]:
    """Return the note on texts that are now in their plain spelling and were not; none for none."""
    if not changed:
        return ()
    found = f"{counted(len(changed), things)} written anew with single spaces and composed letters"
    return (f"{found}, such as {changed[0][:40]!r}",)


def _spells(letter: str, base: str, before: str, after: str) -> bool:
    """Tell whether a letter without width changes how those around it are written."""
    if not base or letter == before:
        return False
    picture = unicodedata.category(base) in ("So", "Sk")
    if letter in _JOINERS:
        joined = any(unicodedata.combining(sign) == _VIRAMA for sign in (before, after) if sign)
        return bool(after) and (picture or joined or unicodedata.bidirectional(base) == "AL")
    return bool(_SELECTORS.match(letter)) and (picture or base.lower() == base.upper())
