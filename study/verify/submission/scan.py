"""List the files of a submission by kind, within limits on size, count and depth."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from study.errors import StudyError
from study.files import csv_text
from study.verify.reading.descriptions import MAX_TABLE_BYTES

MAX_ENTRIES = 20_000
MAX_DEPTH = 12
MAX_TABLES = 60
MAX_PDFS = 10
MAX_PICTURES = 400
MAX_TEXTS = 40
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
_TEXTS = frozenset({".md", ".rst", ".txt"})
_SKIPPED = frozenset({".git", "__pycache__", "node_modules", ".venv", "venv", "site-packages"})


@dataclass(slots=True)
class Files:
    """The files of a submission by kind, each sorted by path, and what was skipped and why."""

    root: Path
    tables: list[Path] = field(default_factory=list)
    stubs: list[Path] = field(default_factory=list)
    pdfs: list[Path] = field(default_factory=list)
    pictures: list[Path] = field(default_factory=list)
    texts: list[Path] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def name(self, path: Path) -> str:
        """Return a path as printed: relative to the submission."""
        return (
            path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name
        )


def scan(root: Path) -> Files:
    """List a folder's files by kind; links are not followed, archives are not opened.

    A CSV file is a table of descriptions if it is called so, or if its header has a description
    and a layer or unit, and no column that distinguishes networks. Other CSV files are ignored.

    Raises
    ------
    StudyError
        If it is not a folder.
    """
    if not root.is_dir():
        raise StudyError(f"{root.name}: no such folder; give the folder that was submitted")
    files = Files(root)
    limits = {"tables": MAX_TABLES, "pdfs": MAX_PDFS, "pictures": MAX_PICTURES, "texts": MAX_TEXTS}
    for path in _walk(root, files):
        kind = _kind(path)
        if kind is None:
            continue
        paths: list[Path] = getattr(files, kind)
        if len(paths) < limits.get(kind, MAX_ENTRIES):
            paths.append(path)
        else:
            files.skipped.append(f"{files.name(path)}: more than {limits[kind]} {kind}")
    return files


def _walk(root: Path, files: Files) -> Iterator[Path]:
    entries = 0
    for folder, folders, names in os.walk(root, followlinks=False):
        parent = Path(folder)
        depth = len(parent.relative_to(root).parts)
        links = [name for name in folders if (parent / name).is_symlink()]
        files.skipped += [f"{files.name(parent / name)}: a link" for name in links]
        inside = set(folders) - _SKIPPED - set(links) if depth < MAX_DEPTH else ()
        folders[:] = sorted(inside)
        for path in (parent / name for name in sorted(names)):
            entries += 1
            if entries > MAX_ENTRIES:
                files.skipped.append(f"everything after the first {MAX_ENTRIES} files")
                return
            if path.is_symlink() or not path.is_file():
                files.skipped.append(f"{files.name(path)}: a link, or not a regular file")
            else:
                yield path


def _kind(path: Path) -> str | None:
    """Return the list of `Files` that a file belongs to; `None` for none of them."""
    suffix, name = path.suffix.casefold(), path.name.casefold()
    if suffix == ".csv":
        return _csv_kind(path)
    if suffix == ".pdf":
        return "pdfs"
    if suffix in _PICTURES:
        return "pictures"
    prose = name.startswith("readme") or suffix in _TEXTS
    return "texts" if prose and name != "args.txt" else None


def _csv_kind(path: Path) -> str | None:
    named = path.stem.casefold().startswith("description")
    try:
        with path.open("rb") as file:
            head = file.read(4096).decode("utf-8-sig", errors="replace")
        size = path.stat().st_size
    except OSError:
        return None
    header = next(csv_text.records(head.split("\n")[0]), csv_text.Record(1, []))
    columns = {column.strip().casefold() for column in header.fields}
    several = bool(columns & {"network", "name"})
    tabular = "description" in columns and bool(columns & {"layer", "unit"}) and not several
    if not (named or tabular) or size > MAX_TABLE_BYTES:
        return None
    return "tables" if head.count("\n") > 1 or head.count("\r") > 1 else "stubs"
