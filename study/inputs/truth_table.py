"""The truth table: what each image of the probe is known to show."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from study.errors import StudyError
from study.files import csv_text
from study.files.output import read_bytes
from study.files.spelling import rewritten, spelt

HALF = 0.5
"""The grade from which an image counts as showing something."""
_NUMBER = re.compile(r"[0-9]*\.?[0-9]+(e-?[0-9]+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class TruthTable:
    """What is known about the probe's images."""

    columns: tuple[str, ...]
    """Names of the truths, each once."""
    values: NDArray[np.bool_]
    """(images, columns): the image shows it, by at least half."""
    words: Mapping[str, str | None]
    """Concept to the column that decides whether an image shows it; None where none does."""
    categories: Mapping[str, str]
    """Concept to its category."""
    graded: NDArray[np.float32] | None = None
    """(images, columns): how much the image shows it, 0 to 1; None where it does or does not."""
    notes: tuple[str, ...] = ()
    """What of the names was written anew."""

    @property
    def grades(self) -> NDArray[np.float32]:
        """How much an image shows something, 0 to 1, float32 (images, columns)."""
        return self.values.astype(np.float32) if self.graded is None else self.graded


def read_truth_table(
    truth: Path, categories: Path | None, *, names: Sequence[str], known: Iterable[str]
) -> TruthTable:
    """Read what each image is known to show, and which concepts that decides.

    Parameters
    ----------
    truth
        CSV: first column ``image``, the image's name in the probe; then a column for each truth,
        of 0 and 1 or of grades between them.
    categories
        CSV with the columns ``concept``, ``category``, ``truth`` (a column of the first file, or
        empty). Without it each column decides the concept of its own name, of no category.
    names
        The probe's images: the rows, in this order, of ``values``.
    known
        Every image that the files may name (a limited probe has fewer).

    Raises
    ------
    StudyError
        Naming file and line, for a value that is not from 0 to 1, an image that is missing, unknown
        or repeated, a repeated column, a concept whose truth is no column, and a name with a
        character that nobody sees.
    """
    table = csv_text.parse(read_bytes(truth), ("image",), name=truth.name)
    columns = tuple(spelt(column, f"{truth.name}: line 1") for column in table.columns[1:])
    if table.columns[0] != "image" or not columns or len(set(columns)) < len(columns):
        raise StudyError(
            f"{truth.name}: line 1: expected the column image, then at least one truth, each "
            f"column once, found {','.join(table.columns)}"
        )
    shown = _values(table, set(known))
    if absent := [name for name in names if name not in shown]:
        raise StudyError(
            f"{truth.name}: expected a row for every image, found none for {absent[0]!r}"
        )
    grades = np.array([shown[name] for name in names], dtype=np.float32)
    grades = grades.reshape(-1, len(columns))
    words, groups, stated = _read_categories(categories, columns)
    pairs = zip((*table.columns[1:], *stated), (*columns, *words), strict=True)
    return TruthTable(
        columns=columns,
        values=grades >= HALF,
        graded=grades,
        words=words,
        categories=groups,
        notes=rewritten([new for old, new in dict(pairs).items() if old != new], "names"),
    )


def _values(table: csv_text.Table, images: set[str]) -> dict[str, list[float]]:
    """Return what each image shows, by its name."""
    values: dict[str, list[float]] = {}
    for record in table.records:
        image, *cells = record.fields
        where = f"{table.name}: line {record.line}"
        if image not in images:
            raise StudyError(f"{where}: expected an image of the probe, found {image!r}")
        if image in values:
            raise StudyError(f"{where}: expected each image once, found {image!r}")
        for column, cell in zip(table.columns[1:], cells, strict=True):
            if not _NUMBER.fullmatch(cell) or not 0 <= float(cell) <= 1:
                raise StudyError(
                    f"{where}: {column}: expected 0, 1 or a number between, found {cell!r}"
                )
        values[image] = [float(cell) for cell in cells]
    return values


def _read_categories(
    path: Path | None, columns: Sequence[str]
) -> tuple[dict[str, str | None], dict[str, str], list[str]]:
    """Return concepts to columns, concepts to categories, and the concepts as the file has them."""
    if path is None:
        return {column: column for column in columns}, {}, list(columns)
    required = ("concept", "category", "truth")
    table = csv_text.parse(read_bytes(path), required, name=path.name)
    words: dict[str, str | None] = {}
    groups: dict[str, str] = {}
    stated = []
    for line, row in table.rows():
        where = f"{path.name}: line {line}"
        concept, category, column = (spelt(row[key], where) for key in required)
        stated.append(row["concept"])
        if concept in words:
            raise StudyError(f"{where}: expected each concept once, found {concept!r}")
        if column and column not in columns:
            raise StudyError(
                f"{where}: expected a column of the truth table or nothing, found {column!r}"
            )
        words[concept], groups[concept] = column or None, category
    return words, groups, stated
