"""`Store`, which finds arrays by what they were made from."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.inputs import probe_index
from study.pipeline.store import disk, keys
from study.pipeline.store.entry import ARRAYS, RECORD, ROWS, USES, Entry, used_by


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry on disk, described without reading its arrays.

    ``made_of`` is empty if the record is unreadable; ``used_by`` names the studies that have used
    the entry; ``files`` and ``bytes`` count files of arrays.
    """

    kind: str
    key: str
    made_of: Mapping[str, Any]
    used_by: tuple[str, ...]
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of arrays that any process may read and one at a time may write."""

    root: Path
    study: str = ""
    """Whose arrays these are: noted beside each entry that is read or written; "" notes nothing."""

    def entry(self, kind: str, made_of: Mapping[str, Any]) -> Entry:
        """Return the entry of the rows that were made in one way, e.g. by one layer.

        Nothing is read or written yet.

        Parameters
        ----------
        kind
            What the arrays are, e.g. ``"activations"``: lower-case letters, digits, hyphens.
        made_of
            JSON data that, together with a row's own name, determines every number: digests,
            settings, versions; no paths.

        Raises
        ------
        TypeError
            If `made_of` are not JSON data.
        ValueError
            If a number is not finite, or `kind` is no name.
        """
        plain = keys.plain(made_of)
        return Entry(self.root, self.study, kind, keys.digest(kind, plain), plain)

    def check_writable(self) -> None:
        """Raise `StudyError` unless a file can be written here."""
        with disk.locked(self.root):
            disk.replace(self.root, self.root / ".part", b"")
            (self.root / ".part").unlink()

    def entries(self) -> tuple[Stored, ...]:
        """Return all entries, by kind and key."""
        entries = []
        for folder in self._folders():
            with contextlib.suppress(FileNotFoundError):  # Another process has cleared it.
                entries.append(_stored(folder))
        return tuple(entries)

    def explain(self, entry: Entry, rows: Sequence[str]) -> str:
        """Return one line: how many rows are kept; if none, how the nearest entry differs."""
        title = f"{entry.kind} {entry.key[:12]}"
        if not rows or entry.folder.is_dir():
            distinct = len(set(rows))
            kept = distinct - len(entry.missing(rows, verify=True))
            return f"{title}: {kept} of {distinct} rows kept"
        others = [
            (len(phrases := keys.differences(entry.made_of, other.made_of)), other.key, phrases)
            for other in self.entries()
            if other.kind == entry.kind and other.made_of
        ]
        if not others:
            return f"{title}: not kept, nor anything else of this kind"
        _, nearest, phrases = min(others)
        return f"{title}: not kept; the nearest, {nearest[:12]}, differs in {', '.join(phrases)}"

    def clear(self, kind: str | None = None) -> tuple[Stored, ...]:
        """Remove and return the entries of a kind, or all and the indexes of probes.

        Files of other programs stay.
        """
        removed = []
        with disk.locked(self.root):
            for folder in self._folders():
                if kind in {None, folder.parent.name}:
                    removed.append(_stored(folder))
                    for path in _own_files(folder):
                        path.unlink()
                    with contextlib.suppress(OSError):  # Not empty: another program's files.
                        folder.rmdir()
                        folder.parent.rmdir()
            if kind is None:
                probe_index.clear(self.root)
        return tuple(removed)

    def _folders(self) -> list[Path]:
        """Return the folders that are named by a key and hold files of this program."""
        folders = sorted(path for path in self.root.glob("*/" + "[0-9a-f]" * 64) if path.is_dir())
        return [folder for folder in folders if _own_files(folder)]


def _own_files(folder: Path) -> list[Path]:
    """Return the files of an entry that this program writes."""
    return [
        path
        for path in sorted(folder.iterdir())
        if (path.name in {RECORD, USES} or path.suffix in {ARRAYS, ROWS}) and not path.is_dir()
    ]


def _stored(folder: Path) -> Stored:
    try:
        made_of = keys.plain(json.loads((folder / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        made_of = {}
    sizes = [path.stat().st_size for path in sorted(folder.glob(f"*{ARRAYS}"))]
    return Stored(
        folder.parent.name,
        folder.name,
        made_of if isinstance(made_of, dict) else {},
        used_by(folder),
        len(sizes),
        sum(sizes),
    )
