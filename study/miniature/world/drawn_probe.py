"""The world's identity, and its probe: a zip of pictures with the tables of their truth."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from PIL import Image

from study.miniature.world.picture import draw
from study.miniature.world.vocabulary import TRUTHS, VOCABULARY

_DIGEST_SEED = 20_240
_DATE = (1980, 1, 1, 0, 0, 0)


PRESET_SEED, PRESET_COUNT = 1987, 3000
"""The probe of the preset ``miniature``: neither trained on nor chosen on."""


def digest(count: int = 200) -> str:
    """SHA-256 of the vocabulary and of `count` pictures with their truth: the world's identity."""
    total = sha256()
    for word in VOCABULARY:
        total.update(f"{word.concept}\t{word.truth}\t{word.category}\n".encode())
    for index in range(count):
        picture = draw(_DIGEST_SEED, index)
        total.update(picture.pixels.tobytes())
        total.update(",".join(sorted(picture.truth)).encode())
    return total.hexdigest()


def probe_files(seed: int, count: int) -> Iterator[tuple[str, bytes, frozenset[str]]]:
    """Name, encoded picture (PNG) and truth of each picture, in order of drawing."""
    for index in range(count):
        picture = draw(seed, index)
        stream = io.BytesIO()
        Image.fromarray(picture.pixels).save(stream, "PNG", optimize=True)
        yield f"{picture.kind}/{index:06d}.png", stream.getvalue(), picture.truth


def write_probe(
    path_zip: Path,
    path_truth_csv: Path,
    path_categories_csv: Path,
    path_concepts_txt: Path,
    *,
    seed: int,
    count: int,
) -> None:
    """Write `count` pictures as a zip (stored, fixed dates, names in order) and their tables.

    The truth table has one row a picture in the order of the zip and one 0/1 column a truth;
    the categories table one row a concept (a distractor has no truth); the list of concepts is in
    the order of the vocabulary.
    """
    files = sorted(probe_files(seed, count))
    with ZipFile(path_zip, "w", ZIP_STORED) as archive:
        for name, data, _ in files:
            entry = ZipInfo(name, _DATE)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, data)
    rows = [[name, *(int(key in truth) for key in TRUTHS)] for name, _, truth in files]
    _write_csv(path_truth_csv, ["image", *TRUTHS], rows)
    words = [[word.concept, word.category, word.truth or ""] for word in VOCABULARY]
    _write_csv(path_categories_csv, ["concept", "category", "truth"], words)
    text = "".join(f"{word.concept}\n" for word in VOCABULARY)
    path_concepts_txt.write_text(text, encoding="utf-8", newline="\n")


def _write_csv(path: Path, header: list[str], rows: list[list[object]] | list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
