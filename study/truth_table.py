"""The truth table: which image shows what, where somebody knows it."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from study.errors import StudyError


@dataclass(frozen=True, slots=True, eq=False)
class TruthTable:
    """What is known about the probe's images.

    Parameters
    ----------
    columns
        Names of the truths, each once.
    values
        Boolean array (images, columns): the image shows it.
    words
        Concept to the column that decides whether an image shows it; None where none does.
    categories
        Concept to its category.
    """

    columns: tuple[str, ...]
    values: NDArray[np.bool_]
    words: Mapping[str, str | None]
    categories: Mapping[str, str]


def read_truth_table(
    truth: Path, categories: Path | None, *, names: Sequence[str], known: Iterable[str]
) -> TruthTable:
    """Read the truth about images, and which concepts it decides.

    Parameters
    ----------
    truth
        CSV: first column ``image``, the image's name in the probe; one column of 0 and 1 a truth.
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
        Naming file and line, for a value other than 0 or 1, an image that is missing, unknown or
        stated twice, a column stated twice, and a concept whose truth is no column.
    """
    header, rows = _read_csv(truth)
    if header[:1] != ["image"] or len(header) < 2:
        raise StudyError(
            f"{truth.name}: line 1: expected the columns image and at least one truth, "
            f"found {','.join(header)}"
        )
    columns = tuple(header[1:])
    _each_once(truth, columns)
    images = set(known)
    values: dict[str, list[bool]] = {}
    for line, row in rows:
        image, *cells = row
        if image not in images:
            raise StudyError(
                f"{truth.name}: line {line}: expected an image of the probe, found {image!r}"
            )
        if image in values:
            raise StudyError(
                f"{truth.name}: line {line}: expected each image once, found {image!r}"
            )
        for column, cell in zip(columns, cells, strict=True):
            if cell not in ("0", "1"):
                raise StudyError(
                    f"{truth.name}: line {line}: {column}: expected 0 or 1, found {cell!r}"
                )
        values[image] = [cell == "1" for cell in cells]
    for name in names:
        if name not in values:
            raise StudyError(
                f"{truth.name}: expected a row for every image, found none for {name!r}"
            )
    table = np.array([values[name] for name in names], dtype=np.bool_).reshape(-1, len(columns))
    words, groups = _read_categories(categories, columns)
    return TruthTable(columns=columns, values=table, words=words, categories=groups)


def _read_categories(
    path: Path | None, columns: Sequence[str]
) -> tuple[dict[str, str | None], dict[str, str]]:
    if path is None:
        return {column: column for column in columns}, {}
    header, rows = _read_csv(path)
    if header != ["concept", "category", "truth"]:
        raise StudyError(
            f"{path.name}: line 1: expected concept,category,truth, found {','.join(header)}"
        )
    words: dict[str, str | None] = {}
    groups: dict[str, str] = {}
    for line, (concept, category, column) in rows:
        if concept in words:
            raise StudyError(
                f"{path.name}: line {line}: expected each concept once, found {concept!r}"
            )
        if column and column not in columns:
            raise StudyError(
                f"{path.name}: line {line}: expected a column of the truth table or nothing, "
                f"found {column!r}"
            )
        words[concept] = column or None
        groups[concept] = category
    return words, groups


def _read_csv(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header, and each row with its line; every row as long as the header."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            rows = [(reader.line_num, row) for row in reader if row]
    except (OSError, ValueError, csv.Error) as error:
        raise StudyError(f"{path.name}: expected a table in CSV, found {error}") from None
    for line, row in rows:
        if len(row) != len(header):
            raise StudyError(
                f"{path.name}: line {line}: expected {len(header)} cells, found {len(row)}"
            )
    return header, rows


def _each_once(path: Path, columns: Sequence[str]) -> None:
    for column in columns:
        if columns.count(column) > 1:
            raise StudyError(f"{path.name}: line 1: expected each column once, found {column!r}")
