"""ConceptSet: an ordered list of unique words, the only reader of concept files."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from study.errors import StudyError
from study.files.documents import sha256_bytes
from study.inputs.word_files import read_words

_FORBIDDEN = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories refused in concepts: controls, surrogates, line and paragraph separators."""


@dataclass(frozen=True, slots=True)
class ConceptSet:
    """Unique words or phrases, at least one, in the order that gives them their index.

    None is empty, begins or ends with space, or contains a control character; otherwise a concept
    is any text ("null" and "nan" are ordinary words). `name` and `file_sha256` are those of the
    file that the set was read from.

    Raises
    ------
    StudyError
        Naming the first word that cannot be a concept, by its index in the list.
    """

    words: tuple[str, ...]
    name: str
    file_sha256: str = ""
    notes: tuple[str, ...] = ()
    """What of the file was taken for layout, or left out."""

    def __post_init__(self) -> None:
        _checked(((str(i), word) for i, word in enumerate(self.words)), self.name)

    @classmethod
    def read(cls, path: Path, *, allow_duplicates: bool = False) -> "ConceptSet":
        """Read one concept per line, or another layout: see `study.inputs.word_files.read_words`.

        With `allow_duplicates`, the first of equal words is kept instead of refusing the file.

        Raises
        ------
        StudyError
            If the file cannot be read, is not UTF-8, or contains no concept, one concept twice
            (both places are named), or a control character.
        """
        read = read_words(path)
        words = _checked(read.located, path.name, allow_duplicates=allow_duplicates)
        return cls(tuple(words), path.name, sha256_bytes(read.data), read.notes)

    @property
    def digest(self) -> str:
        """SHA-256 of the words joined by line feeds: equal for files that differ only in layout."""
        return sha256_bytes("\n".join(self.words).encode())

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)


def _checked(
    located_words: Iterable[tuple[str, str]], name: str, *, allow_duplicates: bool = False
) -> dict[str, str]:
    """Return the concepts in order, each with the location of its first occurrence."""
    first: dict[str, str] = {}
    for location, word in located_words:
        fault = None
        if not word or word != word.strip():
            fault = f"expected a word without outer space, found {word!r}"
        elif any(unicodedata.category(letter) in _FORBIDDEN for letter in word):
            fault = f"expected a concept without control characters, found {word!r}"
        elif word in first and not allow_duplicates:
            fault = (
                f"expected each concept once, found {word!r} again (first: {first[word]}); "
                "remove one, or add --allow-duplicates (in Python: "
                "allow_duplicates=True) to keep the first"
            )
        if fault:
            raise StudyError(f"{name}: {location}: {fault}")
        first.setdefault(word, location)
    if not first:
        raise StudyError(f"{name}: expected at least one concept, found none")
    return first
