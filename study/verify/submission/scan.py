"""List the files of a submission by kind, within limits on size, count and depth."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from study.errors import StudyError
from study.files import csv_text
from study.verify.reading.descriptions import MAX_TABLE_BYTES
from study.verify.submission.clones import Clones

MAX_ENTRIES, MAX_DEPTH = 20_000, 12
_LIMITS = {"tables": 60, "stubs": 60, "pdfs": 10, "pictures": 400, "texts": 40}
_KINDS = {
    **dict.fromkeys(
        (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"), "pictures"
    ),
    **dict.fromkeys((".md", ".rst", ".txt", ".ipynb"), "texts"),
    ".pdf": "pdfs",
}
_SKIPPED = frozenset(
    {".git", "__pycache__", ".ipynb_checkpoints", "node_modules", ".venv", "venv", "site-packages"}
)


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
    oversized: list[Path] = field(default_factory=list)
    clones: Clones = field(default_factory=Clones)

    def name(self, path: Path) -> str:
        """Return a path as printed: relative to the submission."""
        return path.relative_to(self.root).as_posix()


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
    for path in _walk(root, files):
        kind = _kind(path)
        if kind and files.clones.holds(path):
            continue
        if kind == "oversized":
            files.oversized.append(path)
        elif kind and len(getattr(files, kind)) < _LIMITS[kind]:
            getattr(files, kind).append(path)
        elif kind:
            files.skipped.append(f"{files.name(path)}: more than {_LIMITS[kind]} {kind}")
    return files


def _walk(root: Path, files: Files) -> Iterator[Path]:
    entries = 0
    for folder, folders, names in os.walk(root):
        parent = Path(folder)
        files.clones.see(parent, folders, names)
        links = {name for name in folders if (parent / name).is_symlink()}
        files.skipped += [f"{files.name(parent / name)}: a link" for name in sorted(links)]
        deep = len(parent.relative_to(root).parts) >= MAX_DEPTH
        folders[:] = [] if deep else sorted(set(folders) - _SKIPPED - links)
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
    readme = "texts" if name.startswith("readme") else None
    return _KINDS.get(suffix, readme) if name != "args.txt" else None


def _csv_kind(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            head = file.read(4096).decode("utf-8-sig", errors="replace")
        size = path.stat().st_size
    except OSError:
        return None
    header = next(csv_text.records(head.split("\n")[0]), csv_text.Record(1, []))
    columns = {column.strip().casefold() for column in header.fields}
    tabular = "description" in columns and columns & {"layer", "unit"}
    named = path.stem.casefold().startswith("description")
    if not (named or (tabular and not columns & {"network", "name"})):
        return None
    if size > MAX_TABLE_BYTES:
        return "oversized"
    return "tables" if head.count("\n") > 1 or head.count("\r") > 1 else "stubs"
