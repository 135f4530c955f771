"""Images in memory: lists of files, pictures or a dataset as a probe."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from study.errors import StudyError
from study.files.documents import sha256_bytes
from study.files.output import read_bytes
from study.files.resolving import resolved
from study.inputs.containers import Files
from study.inputs.pictures import UnreadablePicture
from study.inputs.probe import Probe
from study.inputs.truth_table import TruthTable

IN_MEMORY = ("images", "dataset")
"""Kinds of probes whose digests are those of pixels, not of files."""
_MAX_BYTES = 1 << 30


def probe_of_paths(paths: Sequence[Path], *, name: str = "list") -> Probe:
    """Return a probe of picture files, in the order given.

    The images are called by the shortest ends of their paths that differ.

    Raises
    ------
    StudyError
        If there is no file, one is given twice, or one cannot be read.
    """
    real = [resolved(path) for path in paths]
    if len(set(real)) < len(real):
        twice = Counter(real).most_common(1)[0][0]
        raise StudyError(f"probe: expected each file once, found {twice.name} twice")
    ends = dict(zip(_distinct_ends(real), real, strict=True))

    def read(one: str) -> bytes:
        try:
            return read_bytes(ends[one], most=_MAX_BYTES)
        except StudyError as error:
            raise UnreadablePicture(one, str(error)) from None

    return _probe(tuple(ends), read, name=name, kind="list")


def probe_of_items(items: Any, *, name: str, kind: str) -> Probe:
    """Return a probe of pictures in memory: Pillow's images, arrays, or a dataset's items.

    An image's digest is that of its pixels: nothing else of it is used.

    Parameters
    ----------
    items
        What has a length and is read by position. An item, or the first part of one that is a
        tuple, is an image of Pillow's, an array (height, width, 3) or (height, width) of whole
        numbers to 255, or a tensor (3, height, width) of such numbers or of shares from 0 to 1.
    name, kind
        As those of a probe.

    Raises
    ------
    StudyError
        If there is no item, or one is no picture.
    """
    if not len(items):
        raise StudyError("probe: expected at least one image, found none")
    names = _names_of(items)
    places = {one: place for place, one in enumerate(names)}

    def read(one: str) -> bytes:
        return _pixels(items[places[one]], one)

    return _probe(names, read, name=name, kind=kind)


def with_truth(probe: Probe, truth: TruthTable) -> Probe:
    """Return a probe with what its images are known to show."""
    return replace(probe, truth=truth)


def _probe(names: tuple[str, ...], read: Callable[[str], bytes], *, name: str, kind: str) -> Probe:
    if not names:
        raise StudyError("probe: expected at least one image, found none")
    return Probe(
        name=name,
        kind=kind,
        names=names,
        image_digests=tuple(sha256_bytes(read(one)) for one in names),
        files=Files(names, {}, read),
    )


def _distinct_ends(paths: Sequence[Path]) -> list[str]:
    """Return the last parts of paths, as few as tell them apart."""
    for depth in range(1, max((len(path.parts) for path in paths), default=1) + 1):
        ends = ["/".join(path.parts[-depth:]) for path in paths]
        if len(set(ends)) == len(ends):
            return ends
    return [path.as_posix() for path in paths]


def _names_of(items: Any) -> tuple[str, ...]:
    """Return the names of a dataset's files if it states them, else numbers."""
    samples = getattr(items, "samples", None) or getattr(items, "imgs", None)
    if samples and len(samples) == len(items):
        paths = [PurePosixPath(str(sample[0]).replace("\\", "/")) for sample in samples]
        named = tuple(_distinct_ends([Path(path) for path in paths]))
        if len(set(named)) == len(named):
            return named
    return tuple(_numbers(len(items)))


def _numbers(count: int) -> Iterator[str]:
    width = len(str(count - 1))
    return (f"{number:0{width}d}" for number in range(count))


def _pixels(item: Any, name: str) -> bytes:
    """Return an image as a file of its plain pixels, which Pillow reads back unchanged."""
    if isinstance(item, tuple | list):
        item = item[0]
    if not isinstance(item, Image.Image):
        item = Image.fromarray(_array(item, name))
    image = item.convert("RGB")
    head = f"P6\n{image.width} {image.height}\n255\n".encode()
    return head + bytes(image.tobytes())


def _array(item: Any, name: str) -> np.ndarray:
    """Return an array or tensor as uint8 (height, width, 3) or (height, width)."""
    tensor = hasattr(item, "detach")
    if np.ma.is_masked(item):
        raise StudyError(f"image {name}: expected all pixels, found a masked array: fill its mask")
    values = np.asarray(item.detach().cpu() if tensor else item)
    if values.ndim == 3 and values.shape[0] in (1, 3) and (tensor or values.shape[2] not in (1, 3)):
        values = values.transpose(1, 2, 0)
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    if values.ndim not in (2, 3) or (values.ndim == 3 and values.shape[2] != 3):
        raise StudyError(
            f"image {name}: expected an image, an array (height, width, 3) or a tensor (3, height, "
            f"width), found {type(item).__name__} of shape {values.shape}"
        )
    if values.dtype.kind == "f":
        if not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1):
            raise StudyError(
                f"image {name}: expected shares from 0 to 1, found {values.min():g} to "
                f"{values.max():g}: give the images before they are normalised"
            )
        values = np.rint(values * 255)
    elif values.dtype.kind not in "bui" or values.min() < 0 or values.max() > 255:
        raise StudyError(f"image {name}: expected whole numbers from 0 to 255")
    return values.astype(np.uint8)
