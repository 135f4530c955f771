"""Defects of pictures: unreadable, blank or noise, and one picture used twice."""

import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from study.verify.reading.imaging import MAX_PIXELS, Picture, examine
from study.verify.reading.tints import tint
from study.verify.submission.findings import Finding
from study.verify.submission.scan import Files

_MAX_BYTES = 60 << 20
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
"""What is decoded; Pillow would start other programs for some other formats."""


def _picture(path: Path) -> Picture | str:
    """Return a picture's measures, or a phrase that says why it cannot be read."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            return f"more than {_MAX_BYTES >> 20} MB"
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                return f"{image.width} x {image.height} pixels, too many to examine"
            image.load()
            return examine(image)
    except MemoryError:
        return "too large to decode"
    except Exception as error:  # decoders raise anything on damaged files
        return " ".join(str(error).split())[:120] or type(error).__name__


def check_pictures(files: Files) -> Iterator[Finding]:
    """Yield the defects of picture files; units' cards (in ``cards/``) may look alike."""
    seen: list[tuple[str, Picture]] = []
    for path in files.pictures:
        picture, name = _picture(path), files.name(path)
        if isinstance(picture, str):
            yield Finding("placeholder_picture", name, f"not a picture: {picture}")
        elif picture.fault:
            yield Finding("placeholder_picture", name, picture.fault)
        elif path.parent.name != "cards":
            seen.append((name, picture))
    yield from _twice(seen)
    yield from _tinted(seen)


def check_embedded(name: str, pictures: Sequence[dict[str, Any]]) -> Iterator[Finding]:
    """Yield the defects of the pictures inside a PDF."""
    seen = []
    for number, document in enumerate(pictures, start=1):
        picture = Picture(**document["measures"])
        place = f"{name} page {document['page']} picture {number}"
        if picture.fault:
            yield Finding("placeholder_picture", place, picture.fault)
        else:
            seen.append((place, picture))
    yield from _twice(seen)
    yield from _tinted(seen)


def _twice(seen: Sequence[tuple[str, Picture]]) -> Iterator[Finding]:
    """Find equal pictures; of those that only look alike a person must judge.

    A copy of a file under its own name in another folder, as a page and a report both need it,
    is only noted.
    """
    for (a, first), (b, second) in combinations(seen, 2):
        if first.same(second):
            copied = "/" in a + b and a.rsplit("/", 1)[-1] == b.rsplit("/", 1)[-1]
            text = f"has the same pixels as {b}"
            text += ", a copy of the same name" if copied else ""
            yield Finding("picture_twice", a, text, note=copied)
        elif first.alike(second):
            yield Finding("picture_twice", a, f"looks like {b}; compare them", note=True)


def _tinted(seen: Sequence[tuple[str, Picture]]) -> Iterator[Finding]:
    """Find photographs that another picture of the same size shows under one colour."""
    by_size = defaultdict(list)
    for name, picture in seen:
        if not picture.small:
            by_size[picture.width, picture.height].append((name, picture.colours()))
    for group in by_size.values():
        others = np.stack([colours for _, colours in group])
        for name, colours in group:
            for index in np.flatnonzero(tint(colours, others)):
                text = f"is {name} under a map that is constant: one colour tints the whole"
                yield Finding("placeholder_picture", group[index][0], text)
