"""Recorded activations: arrays (images, units) that any other program wrote."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from numpy.typing import NDArray

from study.errors import StudyError
from study.files import csv_text
from study.files.documents import sha256_file
from study.files.output import read_bytes

NAMES = ".images.txt"
"""What follows the name of a file of arrays in that of the file of its images' names."""


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """The activations of one network for the images of a probe."""

    layers: Mapping[str, NDArray[np.float32]]  # (images, units) each, in the probe's order
    sha256: str  # of the file
    notes: tuple[str, ...] = ()


def read_recorded(path: Path, layers: Sequence[str], *, names: Sequence[str]) -> Recorded:
    """Read recorded activations, and put their rows into the order of a probe.

    Parameters
    ----------
    path
        Recognised by content: ``.npy`` of one layer; ``.npz`` or ``.safetensors`` with an array for
        each layer by name; or CSV of one layer, first column ``image``, then a column for each
        unit. Rows of CSV name their images; for the others ``FILE.images.txt`` beside the file
        names them, one a line, or else they must be as many as the probe's, in its order.
    layers
        The layers to read.
    names
        The probe's images.

    Raises
    ------
    StudyError
        If the file has another form, lacks a layer or an image of the probe, names an image twice,
        or holds a number that is not finite or that `single` refuses.
    """
    try:
        with path.open("rb") as file:
            head = file.read(9)
    except OSError as error:
        raise StudyError(f"cannot read {path.name}: {error.strerror}") from None
    reader = next((read for fits, read in _READERS if fits(head)), _from_csv)
    arrays, images = reader(path, layers)
    if images is None:
        images = _names_beside(path)
    notes: tuple[str, ...] = ()
    if images is None:
        images = list(names)
        notes = (f"{path.name} names no images: its rows are taken in the probe's order",)
    chosen = {layer: _checked(path, layer, arrays, images) for layer in layers}
    rows = _rows(path, images, names)
    surplus = len(images) - len(names)
    if surplus > 0:
        notes += (f"{path.name}: rows of {surplus:,} images that the probe lacks are left out",)
    ordered = {layer: np.ascontiguousarray(values[rows]) for layer, values in chosen.items()}
    return Recorded(ordered, sha256_file(path), notes)


def single(values: NDArray[Any], where: str, *, names: Sequence[str]) -> NDArray[np.float32]:
    """Return activations (images, units) in single precision, in which labels are computed.

    Parameters
    ----------
    values
        Numbers of any type.
    where
        What messages call them.
    names
        Those of the images.

    Raises
    ------
    StudyError
        If entries are masked, not finite or too large for single precision, or if a unit would lose
        most of its distinct values in it, as small differences of large numbers are.
    """
    if np.ma.is_masked(values):
        raise StudyError(
            f"{where}: expected activations for all images, found a masked array, whose mask would "
            "be ignored: fill it, or leave out the images"
        )
    with np.errstate(over="ignore"):
        rounded = np.asarray(values).astype(np.float32, copy=False)
    if not np.isfinite(rounded).all():
        row, unit = (int(index) for index in np.argwhere(~np.isfinite(rounded))[0])
        found = values[row, unit]
        advice = ""
        if np.isfinite(found):
            advice = (
                f", more than single precision holds ({_LARGEST:.3g}): divide all by one number"
            )
        raise StudyError(
            f"{where}: expected finite activations, found {found} at unit {unit} for {names[row]}"
            f"{advice}"
        )
    if values.dtype.itemsize > rounded.dtype.itemsize or values.dtype.kind in "iu":
        _check_kept(np.asarray(values), rounded, where)
    return rounded


def _check_kept(values: NDArray[Any], rounded: NDArray[np.float32], where: str) -> None:
    """Refuse a unit that loses most of its distinct values; rounding keeps their order."""
    whole = values.dtype.kind in "iu"
    if whole and values.min() >= -_EXACT and values.max() <= _EXACT:
        return
    inexact = range(values.shape[1]) if whole else np.flatnonzero((values != rounded).any(axis=0))
    for unit in inexact:
        column = np.sort(values[:, unit])
        least = 0.0 if whole else _JITTER * np.finfo(column.dtype).eps * np.abs(column).max()
        if column[-1] - column[0] <= least:
            continue
        distinct, kept = (
            1 + int(np.count_nonzero(numbers[1:] != numbers[:-1]))
            for numbers in (column, column.astype(np.float32))
        )
        if 2 * kept < distinct or kept == 1:
            raise StudyError(
                f"{where}: expected activations that single precision tells apart, found "
                f"{distinct:,} distinct values from {column[0]} to {column[-1]} at unit {unit}, of "
                f"which it keeps {kept:,}: subtract each unit's mean, or scale them"
            )


_LARGEST = float(np.finfo(np.float32).max)
_EXACT = 1 << 24
"""Single precision holds every whole number up to this one."""
_JITTER = 16
"""A unit whose values differ by no more than so many roundings is constant."""

_Read = tuple[Mapping[str, NDArray[Any]], list[str] | None]


def _from_npy(path: Path, layers: Sequence[str]) -> _Read:
    if len(layers) != 1:
        raise StudyError(
            f"{path.name}: holds one layer, but the network has {', '.join(layers)}: name one, or "
            "write a file .npz or .safetensors with an array for each"
        )
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError, MemoryError) as error:
        raise StudyError(f"{path.name}: expected an array of numbers, found {error}") from None
    return {layers[0]: array}, None


def _from_npz(path: Path, layers: Sequence[str]) -> _Read:
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = list(archive.files)
            arrays = {layer: archive[layer] for layer in layers if layer in names}
            images = archive["images"] if "images" in names else None
    except Exception as error:  # damaged archives surface as nearly any exception
        raise StudyError(f"{path.name}: expected arrays of numbers, found {error}") from None
    _check_layers(path, layers, names)
    return arrays, None if images is None else [str(name) for name in images.tolist()]


def _from_safetensors(path: Path, layers: Sequence[str]) -> _Read:
    try:
        with safetensors.safe_open(path, framework="np") as file:
            names = list(file.keys())
            arrays = {layer: file.get_tensor(layer) for layer in layers if layer in names}
            stated = (file.metadata() or {}).get("images")
        images = None if stated is None else [str(name) for name in json.loads(stated)]
    except Exception as error:  # damaged files surface as nearly any exception
        raise StudyError(f"{path.name}: expected tensors, found {error}") from None
    _check_layers(path, layers, names)
    return arrays, images


def _from_csv(path: Path, layers: Sequence[str]) -> _Read:
    if len(layers) != 1:
        raise StudyError(f"{path.name}: holds one layer, but the network has {', '.join(layers)}")
    table = csv_text.parse(read_bytes(path), ("image",), name=path.name)
    if table.columns[0] != "image" or len(table.columns) < 2:
        raise StudyError(f"{path.name}: expected the column image, then one for each unit")
    images, rows = [], []
    for record in table.records:
        image, *cells = record.fields
        try:
            rows.append([float(cell) for cell in cells])
        except ValueError as error:
            raise StudyError(f"{path.name}: line {record.line}: {error}") from None
        images.append(image)
    return {layers[0]: np.array(rows, np.float64).reshape(-1, len(table.columns) - 1)}, images


_READERS: tuple[tuple[Callable[[bytes], bool], Callable[[Path, Sequence[str]], _Read]], ...] = (
    (lambda head: head.startswith(b"\x93NUMPY"), _from_npy),
    (lambda head: head.startswith(b"PK\x03\x04"), _from_npz),
    (lambda head: head[8:9] == b"{", _from_safetensors),
)
"""By first bytes; anything else is read as CSV."""


def _check_layers(path: Path, layers: Sequence[str], known: Sequence[str]) -> None:
    if lacking := [layer for layer in layers if layer not in known]:
        raise StudyError(
            f"{path.name}: expected an array {lacking[0]!r}, found {', '.join(known[:6]) or 'none'}"
        )


def _names_beside(path: Path) -> list[str] | None:
    beside = path.with_name(path.name + NAMES)
    if not beside.is_file():
        return None
    text = io.StringIO(read_bytes(beside).decode("utf-8-sig", errors="replace"))
    return [line.rstrip("\r\n") for line in text if line.strip()]


def _checked(
    path: Path, layer: str, arrays: Mapping[str, NDArray[Any]], images: Sequence[str]
) -> NDArray[np.float32]:
    values = arrays[layer]
    where = f"{path.name}: {layer}"
    if values.dtype.kind not in "fiub" or values.ndim != 2 or 0 in values.shape:
        raise StudyError(
            f"{where}: expected numbers (images, units), found {values.dtype} of shape "
            f"{tuple(values.shape)}"
        )
    if len(values) != len(images):
        raise StudyError(
            f"{where}: expected {len(images):,} rows, one for each image, found {len(values):,}: "
            f"name the images of its rows in {path.name}{NAMES}"
        )
    return single(values, where, names=images)


def _rows(path: Path, images: Sequence[str], names: Sequence[str]) -> list[int]:
    place = {name: row for row, name in enumerate(images)}
    if len(place) < len(images):
        twice = next(name for row, name in enumerate(images) if place[name] != row)
        raise StudyError(f"{path.name}: expected each image once, found {twice!r} twice")
    if absent := [name for name in names if name not in place]:
        raise StudyError(
            f"{path.name}: expected a row for every image of the probe, found none for "
            f"{absent[0]!r} ({len(absent):,} such images)"
        )
    return [place[name] for name in names]
