"""`WordList`: a concept list, whole or as a fingerprint, and which list labels come from.

Some lists are not openly licensed and cannot be stored here. A fingerprint is a row of bits, one
set for each word at a salted hash of it; about a quarter of all bits are set. A word whose bit is
not set is certainly not in the list. A word whose bit is set may be in it, or be one of the quarter
of all other words that happen to share a bit. A fingerprint thus tells neither the words of a list
nor whether a single word is in it, but it does tell where the labels of a whole table come from.
"""

import base64
import hashlib
import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from study.errors import StudyError
from study.inputs.concepts import ConceptSet

_FILE = Path(__file__).with_name("word_lists.toml")
_SALT = b"study-known-list/1:"
MIN_WORDS = 30
"""With fewer distinct words, lists cannot be told apart."""
FOREIGN = 0.03
"""The largest share of labels outside a list that may still be their source."""


@dataclass(frozen=True, slots=True)
class WordList:
    """A concept list that labels can be checked against.

    ``words`` is `None` where only the fingerprint ``bits`` is known. ``called`` holds parts of file
    names, and numbers in texts, that refer to the list.
    """

    name: str
    count: int
    sha256: str
    words: frozenset[str] | None
    bits: bytes = b""
    called: tuple[str, ...] = ()

    def outside(self, words: Iterable[str]) -> tuple[str, ...]:
        """Return the words that are certainly not in the list, sorted, each once."""
        return tuple(word for word in sorted(set(words)) if not self._may_hold(word))

    def fits(self, words: Collection[str]) -> bool:
        """Whether these labels may have come from the list, except for a few foreign ones."""
        distinct = set(words)
        return len(distinct) >= MIN_WORDS and len(self.outside(distinct)) <= FOREIGN * len(distinct)

    def _may_hold(self, word: str) -> bool:
        if self.words is not None:
            return word in self.words
        index = _bit(word, len(self.bits) * 8)
        return bool(self.bits[index >> 3] >> (index & 7) & 1)


@dataclass(frozen=True, slots=True)
class ListFile:
    """An entry of ``word_lists.toml``: words in a file, or count, digest and marks of a list."""

    name: str
    called: tuple[str, ...] = ()
    file: str = ""
    count: int = 0
    sha256: str = ""
    marks: str = ""

    def read(self, path: Path) -> WordList:
        """Return the list; its file is relative to the one at `path`, which names it."""
        if self.file:
            return replace(read_list(path.parent / self.file), name=self.name, called=self.called)
        try:
            bits = base64.b64decode("".join(self.marks.split()), validate=True)
        except ValueError:
            bits = b""
        if not (self.count and self.sha256 and bits):
            expected = "give a file, or count, sha256 and marks in base64"
            raise StudyError(f"{path.name}: [[lists]] {self.name!r}: {expected}")
        return WordList(self.name, self.count, self.sha256, None, bits, self.called)


def read_list(path: Path) -> WordList:
    """Read a concept file; raises `StudyError` if it is not one."""
    concepts = ConceptSet.read(path, allow_duplicates=True)
    return WordList(path.name, len(concepts), concepts.file_sha256, frozenset(concepts.words))


@cache
def known_lists() -> tuple[WordList, ...]:
    """Return the concept lists that this program knows (``word_lists.toml``)."""
    document = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(
        ListFile(**{**entry, "called": tuple(entry["called"])}).read(_FILE)
        for entry in document["lists"]
    )


def fingerprint(words: Collection[str]) -> bytes:
    """Return the fingerprint of a list: the smallest power of two of at least 3 bits per word."""
    size = 1 << (max(8, 3 * len(words)) - 1).bit_length()
    bits = bytearray(size // 8)
    for word in words:
        index = _bit(word, size)
        bits[index >> 3] |= 1 << (index & 7)
    return bytes(bits)


def source_of(words: Collection[str], lists: Iterable[WordList]) -> WordList | None:
    """Return the shortest list that the labels may have come from; `None` if no list fits."""
    fitting = (known for known in lists if known.fits(words))
    return min(fitting, key=lambda known: known.count, default=None)


def _bit(word: str, size: int) -> int:
    digest = hashlib.blake2b(_SALT + word.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % size
