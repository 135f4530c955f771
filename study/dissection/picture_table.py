"""``pictures.csv``: the pictures that units' cards show, as the network saw them."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from study.errors import StudyError
from study.files import csv_text
from study.files.output import write_atomic

FILE = "pictures.csv"
MAX_PICTURE, MAX_SIDE = 1 << 20, 2048
"""The most bytes of a picture, and the most pixels of its width and height."""
MAX_BYTES = 1 << 30
"""The most bytes of ``pictures.csv``."""
COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "image": "name of the image in the probe; once, in the order of cards.csv",
        "webp": "the image as the network saw it, in WebP, as base64",
    }
)
"""The columns of ``pictures.csv`` and their meaning."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of the probe, by name, and its bytes in WebP."""

    image: str
    webp: bytes


def dumps(rows: Sequence[Picture]) -> str:
    """Return ``pictures.csv`` as text, columns as in `COLUMNS`."""
    coded = [(row.image, base64.b64encode(row.webp).decode()) for row in rows]
    return csv_text.dumps([tuple(COLUMNS), *coded])


def write(rows: Sequence[Picture], path: Path) -> None:
    """Write ``pictures.csv``, whole or not at all."""
    write_atomic(path, dumps(rows).encode())


def parse(data: bytes, *, name: str) -> tuple[Picture, ...]:
    """Read ``pictures.csv``, as `csv_text.parse` does, in the order of the file.

    No picture is decoded: its header states its size.

    Raises
    ------
    StudyError
        Also if an image stands twice, or a picture is no WebP or a larger one than `MAX_PICTURE`
        and `MAX_SIDE` allow.
    """
    pictures: dict[str, Picture] = {}
    table = csv_text.parse(data, COLUMNS, name=name, longest=MAX_PICTURE * 4 // 3 + 1024)
    for line, row in table.rows():
        where, image = f"{name}: line {line}", row["image"]
        if image in pictures:
            raise StudyError(f"{where}: expected each image once, found {image[:80]!r} again")
        webp = csv_text.blob(row["webp"], f"{where}: webp", most=MAX_PICTURE)
        check_webp(webp, f"{where}: webp")
        pictures[image] = Picture(image, webp)
    return tuple(pictures.values())


def check_webp(data: bytes, where: str) -> None:
    """Raise `StudyError` unless bytes are a WebP of at most `MAX_SIDE` by `MAX_SIDE` pixels."""
    size = webp_size(data)
    if size is None:
        raise StudyError(f"{where}: expected a picture in WebP, found {data[:16]!r}")
    if not 1 <= min(size) <= max(size) <= MAX_SIDE:
        raise StudyError(
            f"{where}: expected at most {MAX_SIDE} by {MAX_SIDE} pixels, found {size[0]:,} by "
            f"{size[1]:,}"
        )


def webp_size(data: bytes) -> tuple[int, int] | None:
    """Return the width and height that the header of a WebP states; None if there is none.

    References
    ----------
    RFC 9649, "WebP Image Format": sections 2.4 to 2.7; for the frame of VP8, RFC 6386, 9.1.
    """
    whole = data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 30
    if not whole or int.from_bytes(data[4:8], "little") != len(data) - 8:
        return None
    kind = data[12:16]
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        sides = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (26, 28))
    elif kind == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        sides = ((bits >> shift & 0x3FFF) + 1 for shift in (0, 14))
    elif kind == b"VP8X":
        sides = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    else:
        return None
    width, height = sides
    return width, height
