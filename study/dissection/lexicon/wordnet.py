"""Read WordNet's nouns: senses in order of frequency, their coarse classes and hypernyms.

WordNet 3.0 (Princeton University) is the package ``wordnet-base`` of Debian and Ubuntu; the format
of its files is described in its manual page wndb(5).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from study.errors import StudyError
from study.files.output import read_bytes

_UP = ("@", "@i")
"""Pointers to a hypernym, of a class and of an instance."""
_LEMMAS = 3
"""Field of a line of ``data.noun`` with the number of words, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Synset:
    """One meaning: its words, underscores as spaces, its class and the meanings above it.

    ``kind`` is the lexicographer file, such as 5 for animals and 6 for artifacts.
    """

    words: tuple[str, ...]
    kind: int
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordNet:
    """The nouns of WordNet: ``synsets`` by offset, ``senses`` of each word, commonest first.

    ``others`` are the verbs, adjectives and adverbs.
    """

    synsets: Mapping[str, Synset]
    senses: Mapping[str, Sequence[str]]
    others: frozenset[str]

    @classmethod
    def read(cls, folder: Path) -> "WordNet":
        """Read a folder with ``data.noun`` and the four indices.

        Raises
        ------
        StudyError
            If a file is missing, or is not WordNet's.
        """
        try:
            synsets = dict(map(_synset, _lines(folder / "data.noun")))
            senses = dict(map(_senses, _lines(folder / "index.noun")))
            others = [
                _spelt(line.split()[0])
                for part in ("verb", "adj", "adv")
                for line in _lines(folder / f"index.{part}")
            ]
        except (IndexError, ValueError) as error:
            raise StudyError(f"{folder.name}: expected WordNet's files, found {error}") from None
        return cls(synsets, senses, frozenset(others))

    def chain(self, offset: str) -> tuple[str, ...]:
        """Return the first word of every meaning above one, nearest first, by the first pointer."""
        found: list[str] = []
        while above := self.synsets[offset].above:
            offset = above[0]
            found.append(self.synsets[offset].words[0])
        return tuple(found)

    def below(self, roots: Sequence[str]) -> set[str]:
        """Return the words of all meanings below the meanings of which a root is the first word."""
        lower = defaultdict(list)
        for offset, synset in self.synsets.items():
            for above in synset.above:
                lower[above].append(offset)
        waiting = [offset for offset, synset in self.synsets.items() if synset.words[0] in roots]
        seen: set[str] = set()
        while waiting:
            for offset in lower[waiting.pop()]:
                if offset not in seen:
                    seen.add(offset)
                    waiting.append(offset)
        return {word for offset in seen for word in self.synsets[offset].words}


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file of WordNet but those of its licence, which begin with spaces."""
    text = read_bytes(path).decode("ascii", "replace")
    return (line for line in text.splitlines() if line and not line.startswith("  "))


def _spelt(word: str) -> str:
    return word.lower().replace("_", " ")


def _synset(line: str) -> tuple[str, Synset]:
    fields = line.split(" | ", 1)[0].split()
    count = int(fields[_LEMMAS], 16)
    words = tuple(_spelt(word) for word in fields[_LEMMAS + 1 : _LEMMAS + 1 + 2 * count : 2])
    first = _LEMMAS + 2 + 2 * count
    pointers = [fields[at : at + 4] for at in range(first, first + 4 * int(fields[first - 1]), 4)]
    above = tuple(offset for sign, offset, part, _ in pointers if sign in _UP and part == "n")
    return fields[0], Synset(words, int(fields[1]), above)


def _senses(line: str) -> tuple[str, tuple[str, ...]]:
    fields = line.split()
    number, signs = int(fields[2]), int(fields[3])
    offsets = fields[4 + signs + 2 :]
    if len(offsets) != number:
        raise ValueError(f"{number} senses of {fields[0]}, {len(offsets)} stated")
    return _spelt(fields[0]), tuple(offsets)
