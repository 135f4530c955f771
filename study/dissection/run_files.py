"""The files of finished dissections, read from folders once and named by their folders."""

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from study.dissection import map_table, picture_table
from study.dissection.inspection import MAX_BYTES
from study.dissection.provenance import Origin, check_names, distinguishing
from study.errors import StudyError
from study.files.documents import decoded, is_text
from study.files.output import read_bytes
from study.files.resolving import resolved
from study.files.spelling import spelt

TABLE = "descriptions.csv"
BESIDE = (
    "alignment.csv",
    "args.txt",
    "best.csv",
    "cards.csv",
    "classes.csv",
    "halves.csv",
    "labels.csv",
    "manifest.json",
    "maps.csv",
    "matches.csv",
    "neighbours.csv",
    "null.csv",
    "pictures.csv",
    "profiles.csv",
    "resamples.csv",
    "sensitivity.csv",
)
"""Files next to ``descriptions.csv`` that belong to the run, as do the pictures of ``cards/``."""


SHOWN = (map_table.FILE, picture_table.FILE)
"""Those of `BESIDE` that only serve to show units on a page: too large for a PDF."""
_MOST = {map_table.FILE: map_table.MAX_BYTES, picture_table.FILE: picture_table.MAX_BYTES}
MAX_CARD, MAX_PIXELS = 4 << 20, 8_000_000
"""The most bytes and pixels of a unit's card."""
_JPEG = b"\xff\xd8\xff"
_FRAME = re.compile(rb"\xff[\xc0-\xc2]\x00[\x0b\x11]\x08")
"""Starts of frames: marker, length, bits; height and width follow."""


def is_of_run(name: str) -> bool:
    """Whether a run's folder may hold a file of this name; others are not the program's."""
    return name in (TABLE, *BESIDE) or bool(re.fullmatch(r"cards/[^/\\]+\.jpg", name))


def table_digest(table: bytes) -> str:
    """Return the first 16 digits of a table's sha256, by which other tables refer to its run."""
    return hashlib.sha256(table).hexdigest()[:16]


def named_paths(
    items: Sequence[str | Path], names: Sequence[str] | None
) -> tuple[list[Path], list[str] | None]:
    """Return the paths and names that a command line gives: paths and `names`, or ``NAME=PATH``s.

    An item that exists as a path is a path, even if it holds a "=".

    Raises
    ------
    StudyError
        If an item has no path, only some are named, both ways of naming are used, `names` are not
        one per item, or a name holds a character that nobody sees.
    """
    prefixes: list[str] = []
    paths: list[Path] = []
    for item in map(str, items):
        name, equals, path = item.partition("=")
        named = bool(equals) and not Path(item).exists()
        if not (path if named else item).strip():
            raise StudyError(f"expected the path of a run, found none in {item!r}")
        prefixes += [name] if named else []
        paths.append(Path(path if named else item))
    if prefixes and names:
        raise StudyError(f"expected names once, found NAME=RUN as well as --names {names[0]}")
    if prefixes and len(prefixes) < len(paths):
        raise StudyError(
            f"expected NAME=RUN for all runs or for none, found {len(prefixes)} of {len(paths)}"
        )
    if names is not None and len(names) != len(paths):
        raise StudyError(f"expected one name per run, found {len(names)} for {len(paths)} runs")
    given = prefixes or names
    if given is None:
        return paths, None
    stated = [decoded(str(name)).strip() for name in given]
    return paths, [spelt(name, "the name of a run") if is_text(name) else name for name in stated]


def table_path(path: Path) -> Path:
    """Return the path of a run's table: a CSV file itself, or that of a folder."""
    if path.exists() and not path.is_dir():
        return path
    if (path / TABLE).is_file():
        check_inside(path / TABLE, path)
        return path / TABLE
    name = path.name or str(path)  # "." and "/" have none
    if not path.exists():
        raise StudyError(f"cannot read {name}: no such file or folder")
    inner = sorted(table.parent.name for table in path.glob(f"*/{TABLE}"))
    hint = f"; did you mean its folders {', '.join(inner)}?" if inner else ""
    raise StudyError(f"{name}: expected a folder with {TABLE}, found none{hint}")


def read_files(table: Path, *, alone: bool) -> dict[str, bytes]:
    """Read a run's table and, if it has its folder to itself, the files next to it.

    Pictures of cards are read as well: a report attaches them byte for byte, and those of 900 units
    are about 20 MB.
    """
    files, folder = {TABLE: read_bytes(table, most=MAX_BYTES)}, table.parent
    pictures = [f"cards/{path.name}" for path in sorted(folder.glob("cards/*.jpg"))]
    for name in (*BESIDE, *pictures) if alone else ():
        if os.path.lexists(folder / name):
            files[name] = _read_inside(folder, name)
    return files


def _read_inside(folder: Path, name: str) -> bytes:
    """Read a file of a folder; one that links to a place outside it is not the folder's.

    Raises
    ------
    StudyError
        If it is such a link, cannot be read, or is a card that is no small JPEG.
    """
    path = folder / name
    check_inside(path, folder)
    data = read_bytes(
        path, most=MAX_CARD if name.startswith("cards/") else _MOST.get(name, MAX_BYTES)
    )
    if name.startswith("cards/"):
        check_card(data, f"{folder.name}/{name}")
    return data


def check_inside(path: Path, folder: Path) -> None:
    """Raise `StudyError` if a file of a folder is a link to a place outside it."""
    if not resolved(path).is_relative_to(resolved(folder)):
        name = path.relative_to(folder).as_posix()
        raise StudyError(f"{folder.name}/{name}: links to a file outside the run's folder")


def check_card(data: bytes, name: str) -> None:
    """Raise `StudyError` unless a card is a JPEG; its size is that of a card, not of a poster."""
    if len(data) > MAX_CARD or not data.startswith(_JPEG):
        raise StudyError(f"{name}: expected a card as JPEG of at most {MAX_CARD >> 20} MB")
    sizes = [
        int.from_bytes(data[found.start() + 5 : found.start() + 7])
        * int.from_bytes(data[found.start() + 7 : found.start() + 9])
        for found in _FRAME.finditer(data)
    ]
    if not sizes or max(sizes) > MAX_PIXELS:
        raise StudyError(f"{name}: expected a card of at most {MAX_PIXELS:,} pixels")


def own_folder(tables: Sequence[Path]) -> list[bool]:
    """Return for each table whether the other files of its folder belong to it.

    Those next to a table of another name do if no other table of the list is in that folder.
    """
    folders = [resolved(table.parent) for table in tables]
    return [t.name == TABLE or folders.count(f) == 1 for t, f in zip(tables, folders, strict=True)]


def choose_names(
    tables: Sequence[Path], origins: Sequence[Origin], given: Sequence[str] | None, *, trust: bool
) -> tuple[list[str], list[bool]]:
    """Return the runs' names, and which of them the runs' files contradict (see `check_names`).

    Names are those given, else the manifests', else the shortest distinguishing folders.
    """
    folders = folder_names(tables)
    default = [origin.name or folder for origin, folder in zip(origins, folders, strict=True)]
    names = list(given or default)
    return names, check_names(names, origins, trust=trust)


def folder_names(tables: Sequence[Path]) -> list[str]:
    """Return the shortest distinguishing end of each table's path, without ``descriptions.csv``."""
    ends = distinguishing(
        [(*resolved(t).parent.parts[1:], *(() if t.name == TABLE else (t.stem,))) for t in tables]
    )
    return [decoded(end) for end in ends]
