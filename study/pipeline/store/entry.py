"""`Entry`: rows of arrays on disk that were made in one way, and how they are gathered."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from study.errors import StudyError
from study.pipeline.store import disk, mapped

RECORD, USES = "made_of.json", "used_by.json"
ARRAYS, ROWS = ".safetensors", ".rows"
_ID = 32
"""Bytes of a row's name in a file: those of its SHA-256."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Rows that were made in one way, each found by its own name: see `Store.entry`.

    A row's name is a SHA-256 in hexadecimal, such as an image's digest. A file holds the rows that
    were computed together; its own name is the digest of theirs, and beside its arrays lies the
    list of them, so that rows are found without reading arrays.
    """

    root: Path
    study: str
    kind: str
    key: str
    made_of: Mapping[str, Any]

    def missing(self, rows: Sequence[str], *, verify: bool = False) -> list[int]:
        """Return the positions of the rows that no file lists, of equal names the first.

        Only lists are read, unless `verify` asks for arrays that are damaged as well: else these
        show when they are gathered.
        """
        wanted = _first_positions(rows)
        for name, listed in self._lists():
            found = [row for row in listed if row in wanted]
            if found and not (verify and self._load(name) is None):
                for row in found:
                    del wanted[row]
        return list(wanted.values())

    def gather(self, rows: Sequence[str]) -> "Gathered":
        """Read what is stored of some rows; files that hold none of them are not read.

        Raises
        ------
        StudyError
            If files hold other arrays than each other.
        """
        gathered = Gathered(self, tuple(rows), _first_positions(rows))
        if self._unknown_user():
            with disk.locked(self.root):
                self._note_use()
        for name, listed in self._lists():
            found = [number for number, row in enumerate(listed) if row in gathered.lacking]
            if found and (arrays := self._load(name)) is not None:
                gathered.fill(
                    [listed[number] for number in found],
                    {key: values[found] for key, values in arrays.items()},
                )
        return gathered

    def write(self, rows: Sequence[str], arrays: Mapping[str, np.ndarray]) -> None:
        """Store rows that were computed together, unless that file is present and undamaged.

        Parameters
        ----------
        rows
            The names, at least one, all different.
        arrays
            Name to an array whose first axis is as long as `rows`; the same names, types and
            further axes in all files of the entry.

        Raises
        ------
        ValueError
            If there are no rows, two have one name, or an array has another number of rows.
        StudyError
            If the disk is full or the folder cannot be written; stored files stay intact.
        """
        ids = [bytes.fromhex(row) for row in rows]
        if not ids or len(set(ids)) != len(ids) or {len(each) for each in ids} != {_ID}:
            raise ValueError("expected rows of different names, each a SHA-256 in hexadecimal")
        for key, values in arrays.items():
            if np.shape(values)[:1] != (len(ids),):
                raise ValueError(f"{key}: expected {len(ids)} rows, got {np.shape(values)}")
        listing = b"".join(ids)
        name, root = hashlib.sha256(listing).hexdigest(), self.root
        data = disk.encode(arrays, address=self._address(name))
        record = (json.dumps(self.made_of, sort_keys=True, indent=1) + "\n").encode()
        with disk.locked(root):
            self.folder.mkdir(parents=True, exist_ok=True)
            if disk.read_bytes(self.folder / RECORD) != record:
                disk.replace(root, self.folder / RECORD, record)
            # The first version stays, so that no reader ever sees two versions of a file.
            if self._load(name) is None:
                disk.replace(root, self.folder / f"{name}{ARRAYS}", data)
            # The list comes last: what it names was whole.
            if disk.read_bytes(self.folder / f"{name}{ROWS}") != listing:
                disk.replace(root, self.folder / f"{name}{ROWS}", listing)
            if self._unknown_user():
                self._note_use()

    def _unknown_user(self) -> bool:
        study = self.study
        return bool(study) and self.folder.is_dir() and study not in used_by(self.folder)

    def _note_use(self) -> None:
        """Add the study to those that have used the entry; the caller holds the lock."""
        names = sorted({*used_by(self.folder), self.study})
        text = json.dumps(names, ensure_ascii=False, indent=1)
        disk.replace(self.root, self.folder / USES, f"{text}\n".encode())

    @property
    def folder(self) -> Path:
        """Where its files lie, once there are any."""
        return self.root / self.kind / self.key

    def _lists(self) -> Iterator[tuple[str, list[bytes]]]:
        """Yield the name of each file and the rows that it holds."""
        for path in sorted(self.folder.glob("[0-9a-f]" * 64 + ROWS)):
            data = disk.read_bytes(path)
            if hashlib.sha256(data).hexdigest() == path.stem:
                yield path.stem, [data[at : at + _ID] for at in range(0, len(data), _ID)]

    def _load(self, name: str) -> dict[str, np.ndarray] | None:
        address = self._address(name)
        return disk.decode(disk.read_bytes(self.root / address), address=address)

    def _address(self, name: str) -> str:
        return f"{self.kind}/{self.key}/{name}{ARRAYS}"


@dataclass(slots=True)
class Gathered:
    """Some rows of an entry: what was stored of them, completed by what is computed now."""

    entry: Entry
    rows: tuple[str, ...]
    lacking: dict[bytes, int]
    """Name to position of the rows that are still missing, of equal names the first."""
    _arrays: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def missing(self) -> list[int]:
        """The positions of the rows that are missing or damaged, of equal names the first."""
        return list(self.lacking.values())

    def add(self, positions: Sequence[int], arrays: Mapping[str, np.ndarray]) -> None:
        """Store rows that were missing, see `Entry.write`."""
        names = [self.rows[position] for position in positions]
        self.entry.write(names, arrays)
        self.fill([bytes.fromhex(name) for name in names], arrays)

    def fill(self, names: Sequence[bytes], arrays: Mapping[str, np.ndarray]) -> None:
        """Take over rows, without storing them."""
        if not self._arrays:
            total = len(self.rows)
            root = self.entry.root
            self._arrays = {
                key: mapped.empty(root, (total, *values.shape[1:]), values.dtype)
                for key, values in arrays.items()
            }
        if _layout(arrays) != _layout(self._arrays):
            raise StudyError(
                f"{self.entry.kind} {self.entry.key[:12]}: expected arrays of one shape in the "
                "store, found different ones: clear the store (study doctor --clear)"
            )
        positions = [self.lacking.pop(name) for name in names]
        for key, values in arrays.items():
            self._arrays[key][positions] = values

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all arrays, each (rows, ...) in the order of the rows.

        Returns
        -------
        dict
            Empty for no rows, whose arrays have no names.

        Raises
        ------
        ValueError
            If rows are missing still.
        """
        if self.lacking:
            raise ValueError(f"expected no missing rows, found {len(self.lacking)}")
        first: dict[str, int] = {}
        source = [first.setdefault(name, position) for position, name in enumerate(self.rows)]
        if len(first) < len(source):
            return {key: values[source] for key, values in self._arrays.items()}
        return self._arrays


def _first_positions(rows: Sequence[str]) -> dict[bytes, int]:
    positions: dict[bytes, int] = {}
    for position, row in enumerate(rows):
        positions.setdefault(bytes.fromhex(row), position)
    return positions


def _layout(arrays: Mapping[str, np.ndarray]) -> dict[str, object]:
    return {name: (values.dtype, values.shape[1:]) for name, values in arrays.items()}


def used_by(folder: Path) -> tuple[str, ...]:
    """Return the studies that are noted in an entry's folder; none if the note is unreadable."""
    try:
        names = json.loads((folder / USES).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return ()
    known = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return tuple(names) if known else ()
