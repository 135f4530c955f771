"""What ImageNet's classes are kinds of: `python -m tests.models.hypernyms FOLDER-OF-WORDNET`."""

import csv
import sys
from pathlib import Path

import timm

from study.dissection.lexicon.wordnet import WordNet
from study.files.folders import resource

TABLE = resource("fixtures/lexicon") / "imagenet-hypernyms.csv"


def classes() -> list[str]:
    """The offsets in WordNet of ImageNet's 1,000 classes, in order."""
    file = Path(timm.__file__).parent / "data" / "_info" / "imagenet_synsets.txt"
    return [synset.removeprefix("n") for synset in file.read_text().split()]


def read() -> list[tuple[str, ...]]:
    """The hypernyms of each class, nearest first."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [tuple(row["hypernyms"].split("; ")) for row in csv.DictReader(file)]


if __name__ == "__main__":
    wordnet = WordNet.read(Path(sys.argv[1]))
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["class", "hypernyms"])
        for number, offset in enumerate(classes()):
            writer.writerow([number, "; ".join(wordnet.chain(offset))])
