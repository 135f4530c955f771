"""`Store`, which finds arrays by what they were made from, and `Entry`, their rows on disk."""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from study.errors import StudyError
from study.pipeline.store import disk, keys

_RECORD = "made_of.json"
_SUFFIX = ".safetensors"


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry on disk, described without reading its arrays.

    ``made_of`` holds ``parts``, ``total`` and ``shard``; it is empty if the record is unreadable.
    ``files`` and ``bytes`` count files of arrays.
    """

    kind: str
    key: str
    made_of: Mapping[str, Any]
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of arrays that any process may read and one at a time may write."""

    root: Path

    def entry(self, kind: str, parts: Mapping[str, Any], *, total: int, shard: int) -> "Entry":
        """Return the entry of arrays with `total` rows, stored in files of `shard` rows.

        Nothing is read or written yet.

        Parameters
        ----------
        kind
            What the arrays are, e.g. ``"activations"``: lower-case letters, digits, hyphens.
        parts
            JSON data that determines every number: digests, settings, versions; no paths.
        total
            Rows along the first axis (images, concepts), >= 0.
        shard
            Rows in one file, >= 1; the last file may hold fewer.

        Raises
        ------
        TypeError
            If `parts` are not JSON data.
        ValueError
            If `total` or `shard` is out of range, a number is not finite, or `kind` is no name.
        """
        if total < 0 or shard < 1:
            raise ValueError(f"expected total >= 0 and shard >= 1, got {total} and {shard}")
        made_of = {"parts": keys.plain(parts), "total": total, "shard": shard}
        return Entry(self, kind, keys.digest(kind, made_of), made_of)

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

    def clear(self, kind: str | None = None) -> tuple[Stored, ...]:
        """Remove and return the entries of a kind, or all; files of other programs stay."""
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
        return tuple(removed)

    def _folders(self) -> list[Path]:
        """Return the folders that are named by a key and hold files of this program."""
        folders = sorted(path for path in self.root.glob("*/" + "[0-9a-f]" * 64) if path.is_dir())
        return [folder for folder in folders if _own_files(folder)]


@dataclass(frozen=True, slots=True)
class Entry:
    """Arrays of ``made_of["total"]`` rows in files of ``made_of["shard"]``: see `Store.entry`."""

    store: Store
    kind: str
    key: str
    made_of: Mapping[str, Any]

    @property
    def ranges(self) -> list[range]:
        """The rows of each file, in order."""
        total, shard = self.made_of["total"], self.made_of["shard"]
        return [range(start, min(start + shard, total)) for start in range(0, total, shard)]

    @property
    def complete(self) -> bool:
        """Whether every file is present and undamaged; reads all of them."""
        return not self.missing()

    def missing(self) -> list[range]:
        """Return the rows of each file that is absent or damaged; reads all of them."""
        return [rows for rows in self.ranges if self._load(rows) is None]

    def write(self, rows: range, arrays: Mapping[str, np.ndarray]) -> None:
        """Store the arrays of one of `ranges`, unless its file is present and undamaged.

        Parameters
        ----------
        rows
            One of `ranges`.
        arrays
            Name to an array whose first axis is as long as `rows`; the same names, types and
            further axes for all ranges.

        Raises
        ------
        ValueError
            If `rows` is none of `ranges`, or an array has another number of rows.
        StudyError
            If the disk is full or the folder cannot be written; stored files stay intact.
        """
        if rows not in self.ranges:
            raise ValueError(f"expected one of the entry's ranges, got {rows}")
        for name, values in arrays.items():
            if np.shape(values)[:1] != (len(rows),):
                raise ValueError(f"{name}: expected {len(rows)} rows, got {np.shape(values)}")
        address = self._address(rows)
        path, root = self.store.root / address, self.store.root
        data = disk.encode(arrays, address=address)
        record = (json.dumps(self.made_of, sort_keys=True, indent=1) + "\n").encode()
        with disk.locked(root):
            path.parent.mkdir(parents=True, exist_ok=True)
            if disk.read_bytes(path.parent / _RECORD) != record:
                disk.replace(root, path.parent / _RECORD, record)
            # The first version stays, so that no reader ever sees two versions of a file.
            if self._load(rows) is None:
                disk.replace(root, path, data)

    def read(self) -> dict[str, np.ndarray]:
        """Return all arrays, each (total, ...), with at most one further file in memory.

        Returns
        -------
        dict
            Empty for an entry of zero rows, whose arrays have no names.

        Raises
        ------
        StudyError
            If a file is absent or damaged, or does not fit those before it.
        """
        whole: dict[str, np.ndarray] = {}
        for rows in self.ranges:
            arrays = self._load(rows)
            if arrays is None:
                raise self._error(rows, "found them missing or damaged; run again to compute them")
            if not whole:
                total = self.made_of["total"]
                whole = {n: np.empty((total, *v.shape[1:]), v.dtype) for n, v in arrays.items()}
            if _layout(arrays) != _layout(whole):
                raise self._error(rows, "found other arrays than in row 0; clear the store")
            for name, values in arrays.items():
                whole[name][rows.start : rows.stop] = values
        return whole

    def explain(self) -> str:
        """Return one line: how many files are kept; if none, how the nearest entry differs."""
        title, files = f"{self.kind} {self.key[:12]}", len(self.ranges)
        if not files or (self.store.root / self.kind / self.key).is_dir():
            return f"{title}: {files - len(self.missing())} of {files} files kept"
        others = [
            (len(phrases := keys.differences(self.made_of, entry.made_of)), entry.key, phrases)
            for entry in self.store.entries()
            if entry.kind == self.kind and entry.made_of
        ]
        if not others:
            return f"{title}: not kept, nor anything else of this kind"
        _, nearest, phrases = min(others)
        names = ", ".join(phrase.removeprefix("parts.") for phrase in phrases)
        return f"{title}: not kept; the nearest, {nearest[:12]}, differs in {names}"

    def _load(self, rows: range) -> dict[str, np.ndarray] | None:
        address = self._address(rows)
        return disk.decode(disk.read_bytes(self.store.root / address), address=address)

    def _address(self, rows: range) -> str:
        return f"{self.kind}/{self.key}/{rows.start:08d}-{rows.stop:08d}{_SUFFIX}"

    def _error(self, rows: range, problem: str) -> StudyError:
        return StudyError(
            f"{self.kind} {self.key[:12]}: expected rows {rows.start} to {rows.stop} in the "
            f"store, {problem}"
        )


def _layout(arrays: Mapping[str, np.ndarray]) -> dict[str, object]:
    return {name: (values.dtype, values.shape[1:]) for name, values in arrays.items()}


def _own_files(folder: Path) -> list[Path]:
    """Return the files of an entry that this program writes."""
    return [
        path
        for path in sorted(folder.iterdir())
        if (path.name == _RECORD or path.suffix == _SUFFIX) and not path.is_dir()
    ]


def _stored(folder: Path) -> Stored:
    try:
        made_of = keys.plain(json.loads((folder / _RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        made_of = {}
    sizes = [path.stat().st_size for path in sorted(folder.glob(f"*{_SUFFIX}"))]
    known = isinstance(made_of, dict) and isinstance(made_of.get("parts"), dict)
    return Stored(folder.parent.name, folder.name, made_of if known else {}, len(sizes), sum(sizes))
