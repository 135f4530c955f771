"""What lies in a folder that somebody handed in, within limits on size, count and depth."""

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from study.errors import StudyError
from study.verify.tables import MAX_TABLE_BYTES

MAX_ENTRIES = 20_000
MAX_DEPTH = 12
MAX_TABLES = 60
MAX_PDFS = 10
MAX_PICTURES = 400
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
_TEXTS = frozenset({".md", ".rst", ".txt"})
_SKIPPED = frozenset({".git", "__pycache__", "node_modules", ".venv", "venv", "site-packages"})


@dataclass(slots=True)
class Found:
    """The files of a submission by kind, each sorted by path, and what was left out and why."""

    root: Path
    tables: list[Path] = field(default_factory=list)
    stubs: list[Path] = field(default_factory=list)
    pdfs: list[Path] = field(default_factory=list)
    pictures: list[Path] = field(default_factory=list)
    texts: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def name(self, path: Path) -> str:
        """Return a path as it is printed: relative to the submission."""
        return (
            path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name
        )

    @property
    def files(self) -> list[Path]:
        """Every file."""
        return [*self.tables, *self.stubs, *self.pdfs, *self.pictures, *self.texts, *self.others]


def scan(root: Path) -> Found:
    """List a folder's files by kind; links are not followed, archives are not opened.

    A CSV is a table when it is called descriptions, or its header has a description and a layer
    or unit, and no column that tells networks apart. Everything else that ends in .csv is left to
    other programs.

    Raises
    ------
    StudyError
        If it is no folder.
    """
    if not root.is_dir():
        raise StudyError(f"{root.name}: expected a folder that was handed in, found none")
    found = Found(root)
    limits = {"tables": MAX_TABLES, "pdfs": MAX_PDFS, "pictures": MAX_PICTURES, "texts": 40}
    for path in _walk(root, found):
        kind = _kind(path)
        kept: list[Path] = getattr(found, kind)
        if len(kept) < limits.get(kind, MAX_ENTRIES):
            kept.append(path)
        else:
            found.skipped.append(f"{found.name(path)}: more than {limits[kind]} {kind}")
    return found


def _walk(root: Path, found: Found) -> Iterator[Path]:
    entries = 0
    for folder, folders, files in os.walk(root, followlinks=False):
        depth = len(Path(folder).relative_to(root).parts)
        links = [one for one in folders if (Path(folder) / one).is_symlink()]
        found.skipped += [f"{found.name(Path(folder) / one)}: a link" for one in links]
        folders[:] = sorted(
            one for one in folders if one not in _SKIPPED and one not in links and depth < MAX_DEPTH
        )
        for name in sorted(files):
            path = Path(folder) / name
            entries += 1
            if entries > MAX_ENTRIES:
                found.skipped.append(f"everything after the first {MAX_ENTRIES} files")
                return
            if path.is_symlink() or not path.is_file():
                found.skipped.append(f"{found.name(path)}: a link or no file")
                continue
            yield path


def _kind(path: Path) -> str:
    suffix, name = path.suffix.casefold(), path.name.casefold()
    if suffix == ".csv":
        return _csv_kind(path)
    if suffix == ".pdf":
        return "pdfs"
    if suffix in _PICTURES:
        return "pictures"
    prose = name.startswith("readme") or suffix in _TEXTS
    return "texts" if prose and name != "args.txt" else "others"


def _csv_kind(path: Path) -> str:
    named = path.stem.casefold().startswith("description")
    try:
        with path.open("rb") as file:
            head = file.read(4096).decode("utf-8-sig", errors="replace")
        size = path.stat().st_size
    except OSError:
        return "others"
    try:
        header = next(csv.reader(io.StringIO(head.split("\n")[0])), [])
    except csv.Error:
        header = []
    columns = {column.strip().casefold() for column in header}
    several = bool(columns & {"network", "name"})
    tabular = "description" in columns and bool(columns & {"layer", "unit"}) and not several
    if not (named or tabular) or size > MAX_TABLE_BYTES:
        return "others"
    return "tables" if head.count("\n") > 1 or head.count("\r") > 1 else "stubs"
