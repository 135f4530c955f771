"""ConceptSet: an ordered list of unique words, the only reader and writer of concept files."""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from study.errors import StudyError
from study.files.output import write_atomic

_FORBIDDEN = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories refused in concepts: controls, surrogates, line and paragraph separators."""


@dataclass(frozen=True, slots=True)
class ConceptSet:
    """Unique words or phrases in the order that gives them their index.

    Parameters
    ----------
    words
        At least one. None is empty, begins or ends with space, or contains a control character;
        otherwise a concept is any text ("null" and "nan" are ordinary words).
    name
        The name of the set's file.
    file_sha256
        SHA-256 of the file that the set was read from (default: of the file that `write` makes).

    Raises
    ------
    StudyError
        Naming the first word that cannot be a concept, by its index in the list.
    """

    words: tuple[str, ...]
    name: str
    file_sha256: str = ""
    _index: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index = _checked(((str(i), word) for i, word in enumerate(self.words)), self.name)
        object.__setattr__(self, "_index", {word: i for i, word in enumerate(index)})
        if not self.file_sha256:
            object.__setattr__(self, "file_sha256", _sha256(self._text().encode()))

    @classmethod
    def read(cls, path: Path, *, allow_duplicates: bool = False) -> "ConceptSet":
        """Read one concept per line.

        The file is UTF-8, with or without a byte order mark; lines end in LF or CRLF. Space
        around a concept is stripped and blank lines are dropped.

        Parameters
        ----------
        path
            The text file.
        allow_duplicates
            Keep the first of equal lines instead of refusing the file.

        Raises
        ------
        StudyError
            If the file cannot be read, is not UTF-8, or contains no concept, one concept twice
            (both lines are named), or a control character.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            reason = f"{error.strerror}".lower()
            raise StudyError(f"cannot read the concept file {path.name}: {reason}") from None
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise StudyError(
                f"{path.name}: line {line}: expected UTF-8, found byte 0x{data[error.start]:02x}"
            ) from None
        lines = ((f"line {n}", line.strip()) for n, line in enumerate(text.split("\n"), start=1))
        words = _checked(
            ((line, word) for line, word in lines if word),
            path.name,
            allow_duplicates=allow_duplicates,
        )
        return cls(tuple(words), path.name, _sha256(data))

    def write(self, path: Path) -> None:
        """Write one concept per line, as UTF-8 with LF and no byte order mark."""
        write_atomic(path, self._text().encode())

    @property
    def digest(self) -> str:
        """SHA-256 of the words joined by line feeds: equal for files that differ only in layout."""
        return _sha256("\n".join(self.words).encode())

    def index(self, word: str) -> int:
        """Return the index of a concept, from 0; raises `KeyError` for any other word."""
        return self._index[word]

    def __contains__(self, word: object) -> bool:
        return word in self._index

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def _text(self) -> str:
        return "".join(f"{word}\n" for word in self.words)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _checked(
    located_words: Iterable[tuple[str, str]], name: str, *, allow_duplicates: bool = False
) -> dict[str, str]:
    """Return the concepts in order, each with the location of its first occurrence."""
    first: dict[str, str] = {}
    for location, word in located_words:
        if not word or word != word.strip():
            raise StudyError(
                f"{name}: {location}: expected a word without outer space, found {word!r}"
            )
        if any(unicodedata.category(letter) in _FORBIDDEN for letter in word):
            raise StudyError(
                f"{name}: {location}: expected a concept without control characters, found {word!r}"
            )
        if word in first and not allow_duplicates:
            raise StudyError(
                f"{name}: {location}: expected each concept once, found {word!r} again (first: "
                f"{first[word]}); remove one, or allow duplicates to keep the first"
            )
        first.setdefault(word, location)
    if not first:
        raise StudyError(f"{name}: expected at least one concept, found none")
    return first
