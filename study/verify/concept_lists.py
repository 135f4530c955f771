"""Concept lists that this study meets often, recognised by file digest and by vocabulary.

The lists themselves are not openly licensed and none is stored here. A fingerprint is a row of
bits, one set per word at a salted hash of it; about a quarter of all bits are set. A word whose bit
is not set is certainly not in the list; a word whose bit is set may be in it, or be one of the
quarter of all other words that fall on a set bit. So no word of a list can be read from its
fingerprint, and membership of a single word cannot be told; where a whole table's vocabulary
comes from can.
"""

import base64
import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from study.concepts import ConceptSet

_FILE = Path(__file__).with_name("known_lists.json")
_SALT = b"study-known-list/1:"
MIN_WORDS = 30
"""Fewer different words do not tell lists apart."""
FOREIGN = 0.03
"""Up to this share of words outside it, a list still is the one that the labels came from."""


@dataclass(frozen=True, slots=True)
class WordList:
    """A concept list that labels can be checked against.

    ``words`` is `None` where only the fingerprint ``bits`` is known.
    """

    name: str
    count: int
    sha256: str
    words: frozenset[str] | None
    bits: bytes = b""

    def outside(self, words: Iterable[str]) -> tuple[str, ...]:
        """Return the words that are certainly not in the list, sorted, each once."""
        kinds = sorted(set(words))
        if self.words is not None:
            return tuple(word for word in kinds if word not in self.words)
        return tuple(word for word in kinds if not self._set(word))

    def fits(self, words: Collection[str]) -> bool:
        """Whether these labels may have come from the list, save a few foreign ones."""
        kinds = set(words)
        return len(kinds) >= MIN_WORDS and len(self.outside(kinds)) <= FOREIGN * len(kinds)

    def _set(self, word: str) -> bool:
        place = _place(word, len(self.bits) * 8)
        return bool(self.bits[place >> 3] >> (place & 7) & 1)


def read_list(path: Path) -> WordList:
    """Read a concept file; raises `StudyError` if it is none."""
    concepts = ConceptSet.read(path, allow_duplicates=True)
    return WordList(path.name, len(concepts), concepts.file_sha256, frozenset(concepts.words))


@cache
def known_lists() -> tuple[WordList, ...]:
    """Return the known lists, the shortest first."""
    lists = [
        WordList(item["name"], item["count"], item["sha256"], None, base64.b64decode(item["bits"]))
        for item in json.loads(_FILE.read_text(encoding="utf-8"))
    ]
    return tuple(sorted(lists, key=lambda one: one.count))


def fingerprint(words: Collection[str]) -> bytes:
    """Return the bits of a list: the least power of two that leaves about a quarter of them set."""
    size = 1 << (max(8, 3 * len(words)) - 1).bit_length()
    bits = bytearray(size // 8)
    for word in words:
        place = _place(word, size)
        bits[place >> 3] |= 1 << (place & 7)
    return bytes(bits)


def source_of(words: Collection[str], lists: Iterable[WordList]) -> WordList | None:
    """Return the shortest list that the labels may have come from; `None` if no list fits."""
    fitting = [one for one in lists if one.fits(words)]
    return min(fitting, key=lambda one: one.count, default=None)


def _place(word: str, size: int) -> int:
    digest = hashlib.blake2b(_SALT + word.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % size
