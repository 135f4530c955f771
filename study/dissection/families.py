"""`Families`: the kind of thing that a concept names, such as a scene, a texture or an animal."""

import csv
import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from study.dissection.word_forms import lemma
from study.errors import StudyError
from study.files import csv_text
from study.files.documents import sha256_bytes
from study.files.output import read_bytes
from study.files.spelling import plain, spelt

FAMILIES = (
    "colour", "texture", "material", "part", "object", "scene", "nature", "animal", "plant", "food",
    "person", "other",
)  # fmt: skip
"""The families of the project's own table, in the order in which they are shown."""
UNKNOWN = "unknown"
"""The family of words that a table does not hold."""
OWN = "WordNet, DTD and Places365"
"""What the project's own table is called."""
_LISTS = ("scene", "texture", "colour")
"""The families of the lists of names, in the other order; no sense of a noun gives these."""
_TABLE = Path(__file__).parent / "lexicon" / "families.csv.gz"
_MOST = 32 << 20


@dataclass(frozen=True, slots=True)
class Families:
    """A table of words and their families.

    Parameters
    ----------
    words
        Word in lower case to its family.
    others
        Word to the families of its further senses, where the table states them.
    name, sha256
        What it is called, and the digest of its text.
    """

    words: Mapping[str, str]
    others: Mapping[str, tuple[str, ...]]
    name: str
    sha256: str

    @classmethod
    def read(cls, path: Path) -> "Families":
        """Read a table with the columns ``word`` and ``family``, and perhaps ``others``.

        Raises
        ------
        StudyError
            If it cannot be read, lacks a column, states a word twice or without a family, or holds
            a character that nobody sees.
        """
        return cls.parse(read_bytes(path, most=_MOST), name=path.name)

    @classmethod
    def parse(cls, data: bytes, *, name: str) -> "Families":
        """Read the bytes of a table; `name` is what messages call it; raises as `read`."""
        table = csv_text.parse(data, ("word", "family"), name=name)
        words: dict[str, str] = {}
        others: dict[str, tuple[str, ...]] = {}
        for line, row in table.rows():
            where = f"{name}: line {line}"
            word = _key(spelt(row["word"], where))
            family = spelt(row["family"].strip(), where)
            if not word or not family or word in words:
                found = "the word twice" if word in words else "an empty field"
                raise StudyError(f"{name}: {word!r:.80}: expected one family, found {found}")
            words[word] = family
            if row.get("others"):
                others[word] = tuple(row["others"].split())
        return cls(words, others, name, sha256_bytes(data))

    def to_json(self) -> dict[str, str]:
        """Return what a manifest says of the table."""
        return {"name": self.name, "sha256": self.sha256}

    def of(self, concept: str) -> str:
        """Return the family of a concept: that of the word as it stands, else of its lemma.

        Examples
        --------
        >>> [own().of(word) for word in ("kitchens", "Dotted", "terrier", "xyzzy")]
        ['scene', 'texture', 'animal', 'unknown']
        """
        return self.words.get(self._entry(concept), UNKNOWN)

    def senses(self, concept: str) -> tuple[str, ...]:
        """Return the families of all senses of a concept, that of `of` first."""
        word = self._entry(concept)
        return (self.words.get(word, UNKNOWN), *self.others.get(word, ()))

    def reordered(self, concept: str) -> tuple[str, ...]:
        """Return the one family of a concept by the other order of lists and senses.

        The frozen rule (see `study.dissection.lexicon.derive`) asks the lists of names in the order
        colour, texture, scene, then the word's commonest noun sense. The other order asks scene,
        texture, colour, then the next noun sense of another family, where the word has one. No word
        of the project's table stands on two of the lists, so that words on a list keep their
        family.

        Examples
        --------
        >>> [own().reordered(word) for word in ("kitchens", "orange", "dog", "terrier")]
        [('scene',), ('colour',), ('person',), ('animal',)]
        """
        first, *further = self.senses(concept)
        return (first,) if first in _LISTS or not further else (further[0],)

    def spelt(self, concept: str) -> tuple[str, ...]:
        """Return the one family of a concept as it is spelt, case and underscores apart: no lemma.

        Examples
        --------
        >>> [own().spelt(word) for word in ("Kitchen", "kitchens")]
        [('scene',), ('unknown',)]
        """
        return (self.words.get(_key(concept), UNKNOWN),)

    def _entry(self, concept: str) -> str:
        word = _key(concept)
        return word if word in self.words else lemma(word)


RULES: Mapping[str, Callable[[Families, str], tuple[str, ...]]] = MappingProxyType(
    {"any sense": Families.senses, "other order": Families.reordered, "as spelt": Families.spelt}
)
"""Rules other than that of `Families.of`, each with the families for which a concept counts."""


def _key(word: str) -> str:
    return plain(" ".join(word.lower().replace("_", " ").split()))


@cache
def own() -> Families:
    """Return the project's own table, derived by `study.dissection.lexicon.derive`."""
    text = gzip.decompress(_TABLE.read_bytes())
    rows = list(csv.reader(text.decode().splitlines()))[1:]  # checked when it was derived
    words = {word: family for word, family, *_ in rows}
    others = {word: tuple(further.split()) for word, _, _, further in rows if further}
    return Families(words, others, OWN, sha256_bytes(text))
