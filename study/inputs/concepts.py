"""ConceptSet: an ordered list of unique words, the only reader of concept files."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from study.errors import StudyError
from study.files.documents import sha256_bytes
from study.files.spelling import hidden, plain, rewritten, spelt
from study.inputs.word_files import read_words


@dataclass(frozen=True, slots=True)
class ConceptSet:
    """Unique words or phrases, at least one, in the order that gives them their index.

    None is empty, begins or ends with space, or contains a character that nobody sees (a control,
    a mark without width); letters are composed and spaces single, so that words that look the same
    are one. Otherwise a concept is any text ("null" and "nan" are ordinary words). `name` and
    `file_sha256` are those of the file that the set was read from.

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
    def of(cls, words: Iterable[str], name: str, *, allow_duplicates: bool = False) -> "ConceptSet":
        """Return words from memory as concepts, in their plain spelling; raises as `read`."""
        located, notes = _plainly([(str(place), word) for place, word in enumerate(words)])
        chosen = _checked(located, name, allow_duplicates=allow_duplicates)
        return cls(tuple(chosen), name, notes=notes)

    @classmethod
    def read(cls, path: Path, *, allow_duplicates: bool = False) -> "ConceptSet":
        """Read one concept per line, or another layout: see `study.inputs.word_files.read_words`.

        With `allow_duplicates`, the first of equal words is kept instead of refusing the file.

        Raises
        ------
        StudyError
            If the file cannot be read, is not UTF-8, or contains no concept, one concept twice
            (both places are named), or a character that nobody sees.
        """
        read = read_words(path)
        located, notes = _plainly(read.located)
        words = _checked(located, path.name, allow_duplicates=allow_duplicates)
        return cls(tuple(words), path.name, sha256_bytes(read.data), (*read.notes, *notes))

    @property
    def digest(self) -> str:
        """SHA-256 of the words joined by line feeds: equal for files that differ only in layout."""
        return sha256_bytes("\n".join(self.words).encode())

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)


def _plainly(
    located: Sequence[tuple[str, str]],
) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    """Return words in their plain spelling, and a note if one was written otherwise.

    What holds a control or a mark that nobody sees stays as it is, to be refused.
    """
    spelling = [(place, word if hidden(word) else plain(word)) for place, word in located]
    changed = [word for (_, old), (_, word) in zip(located, spelling, strict=True) if word != old]
    return spelling, rewritten(changed, "words")


def _checked(
    located_words: Iterable[tuple[str, str]], name: str, *, allow_duplicates: bool = False
) -> dict[str, str]:
    """Return the concepts in order, each with the location of its first occurrence."""
    first: dict[str, str] = {}
    for location, word in located_words:
        fault = None
        if not word or word != word.strip():
            fault = f"expected a word without outer space, found {word!r}"
        elif word != spelt(word, f"{name}: {location}"):
            fault = f"expected single spaces and composed letters, found {word[:60]!a}"
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
