"""Derive the table of families: word, family, what decided, and the families of other senses.

`python -m study.dissection.lexicon.derive WORDNET PLACES365 DTD` writes it anew. The rule was
frozen before labels were looked at with it; the first match wins, on the word as it stands:

1. colour: the eleven basic colour words, and the words below WordNet's chromatic and achromatic
   colour
2. texture: the 47 attributes of the Describable Textures Dataset (DTD), their dictionary forms,
   and what is left of them without -ed, -s or -y
3. scene: the first part of a category's name in Places365
4. to 11. by the class of the word's first noun sense: substance is material; body, part; then
   animal, plant, food and person; natural object and phenomenon, nature; artifact, object
12. other: a noun of any other class, or no noun
"""

import argparse
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import simplemma

from study.dissection.lexicon.wordnet import WordNet
from study.files import csv_text
from study.files.output import read_bytes, write_atomic

TABLE = Path(__file__).with_name("families.csv.gz")
COLUMNS = ("word", "family", "source", "others")
BASIC = (
    "black",
    "blue",
    "brown",
    "gray",
    "green",
    "orange",
    "pink",
    "purple",
    "red",
    "white",
    "yellow",
)
"""The basic colour terms of B. Berlin and P. Kay, Basic Color Terms (1969)."""
_ALSO = ("grey",)
_COLOURS = ("chromatic color", "achromatic color")
_KINDS = {
    27: "material", 8: "part", 5: "animal", 20: "plant", 13: "food", 18: "person", 17: "nature",
    19: "nature", 6: "object",
}  # fmt: skip
"""WordNet's lexicographer files."""
_ENDINGS = ("ed", "s", "y")


def rows(wordnet: WordNet, places: str, dtd: str) -> Iterator[tuple[str, ...]]:
    """Yield a row for every word of the sources, sorted by word."""
    attributes = [line.strip().replace("_", " ") for line in dtd.split("\n") if line.strip()]
    stated: dict[str, tuple[str, str]] = {}
    for word in attributes:
        forms = [word, simplemma.lemmatize(word, lang="en")]
        forms += [word.removesuffix(ending) for ending in _ENDINGS]
        stated |= dict.fromkeys(forms, ("texture", "DTD"))
    scenes = [line.split()[0].split("/")[2] for line in places.splitlines() if line.strip()]
    for scene in scenes:
        stated.setdefault(scene.replace("_", " "), ("scene", "Places365"))
    colours = {*BASIC, *_ALSO, *wordnet.below(_COLOURS)}
    stated |= dict.fromkeys(colours, ("colour", "WordNet"))
    for word in sorted({*stated, *wordnet.senses, *wordnet.others}):
        senses = [
            _KINDS.get(wordnet.synsets[one].kind, "other") for one in wordnet.senses.get(word, ())
        ]
        family, source = stated.get(word, ((senses or ["other"])[0], "WordNet"))
        others = [other for other in dict.fromkeys(senses) if other != family]
        yield word, family, source, " ".join(others)


def main() -> None:
    """Write the table beside this file."""
    parser = argparse.ArgumentParser(description="derive the table of families")
    parser.add_argument("wordnet", type=Path, help="folder with WordNet's files")
    parser.add_argument("places365", type=Path, help="categories_places365.txt")
    parser.add_argument("dtd", type=Path, help="the 47 attributes, one a line")
    given = parser.parse_args()
    texts = (read_bytes(path).decode() for path in (given.places365, given.dtd))
    derived = rows(WordNet.read(given.wordnet), *texts)
    text = csv_text.dumps([COLUMNS, *derived])
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        file.write(text.encode())
    write_atomic(TABLE, packed.getvalue())


if __name__ == "__main__":
    main()
