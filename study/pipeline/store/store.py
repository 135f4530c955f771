"""`Store`, which finds arrays by what they were made from, and `Entry`, which writes their rows."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from study.errors import StudyError
from study.files.folders import cache_folder
from study.pipeline.store import keys
from study.pipeline.store.disk import Disk, Stored

_WHOLE = "whole"


def default_root() -> Path:
    """Return ``STUDY_STORE``, else ``store`` in the user's cache folder."""
    named = os.environ.get("STUDY_STORE")
    return Path(named) if named else cache_folder() / "store"


@dataclass(frozen=True, slots=True)
class Entry:
    """Arrays of ``made_of["total"]`` rows in files of ``made_of["shard"]``: see `Store.entry`."""

    disk: Disk
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
        self.disk.save(self.kind, self.key, _name(rows), arrays, self.made_of)

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
            layout = {name: (values.dtype, values.shape[1:]) for name, values in arrays.items()}
            if rows.start == 0:
                total = self.made_of["total"]
                whole = {
                    name: np.empty((total, *shape), dtype)
                    for name, (dtype, shape) in layout.items()
                }
            if layout != {name: (into.dtype, into.shape[1:]) for name, into in whole.items()}:
                raise self._error(rows, "found other arrays than in row 0; clear the store")
            for name, values in arrays.items():
                whole[name][rows.start : rows.stop] = values
        return whole

    def _load(self, rows: range) -> dict[str, np.ndarray] | None:
        return self.disk.load(self.kind, self.key, _name(rows))

    def _error(self, rows: range, problem: str) -> StudyError:
        return StudyError(
            f"{self.kind} {self.key[:12]}: expected rows {rows.start} to {rows.stop} in the "
            f"store, {problem}"
        )


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of arrays named by what they were made from; safe for concurrent processes."""

    root: Path

    def key(
        self, kind: str, parts: Mapping[str, Any], *, total: int | None = None, shard: int = 1
    ) -> str:
        """Return the name of an entry: 64 hex digits that differ if any argument does."""
        return keys.digest(kind, _made_of(parts, total, shard))

    def entry(self, kind: str, parts: Mapping[str, Any], *, total: int, shard: int) -> Entry:
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
        made_of = _made_of(parts, total, shard)
        return Entry(Disk(self.root), kind, keys.digest(kind, made_of), made_of)

    def get(self, kind: str, parts: Mapping[str, Any]) -> dict[str, np.ndarray] | None:
        """Return arrays that were put whole; None if they are absent or damaged."""
        return Disk(self.root).load(kind, self.key(kind, parts), _WHOLE)

    def put(self, kind: str, parts: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Store arrays in one piece, unless they are there; `StudyError` if the disk is full."""
        made_of = _made_of(parts, None, 1)
        Disk(self.root).save(kind, keys.digest(kind, made_of), _WHOLE, arrays, made_of)

    def check_writable(self) -> None:
        """Raise `StudyError` unless the folder can be written to."""
        Disk(self.root).check_writable()

    def entries(self) -> tuple[Stored, ...]:
        """Return all entries, by kind and key."""
        return tuple(Disk(self.root).stored())

    def clear(self, kind: str | None = None) -> tuple[Stored, ...]:
        """Remove and return the entries of a kind, or all; files of other programs stay."""
        return tuple(Disk(self.root).remove(kind))

    def explain(
        self, kind: str, parts: Mapping[str, Any], *, total: int | None = None, shard: int = 1
    ) -> str:
        """Return one line: whether arrays are kept, and if not, how the nearest entry differs.

        Parameters
        ----------
        kind, parts, total, shard
            As for `entry`; without `total`, as for `get`.
        """
        made_of = _made_of(parts, total, shard)
        key = keys.digest(kind, made_of)
        title = f"{kind} {key[:12]}"
        kept, files = self._kept(kind, parts, total=total, shard=shard)
        if kept == files or (self.root / kind / key).is_dir():
            return f"{title}: {kept} of {files} files kept"
        others = [
            (len(phrases := keys.differences(made_of, entry.made_of)), entry.key, phrases)
            for entry in self.entries()
            if entry.kind == kind and entry.made_of
        ]
        if not others:
            return f"{title}: not kept, nor anything else of this kind"
        _, nearest, phrases = min(others)
        names = ", ".join(phrase.removeprefix("parts.") for phrase in phrases)
        return f"{title}: not kept; the nearest, {nearest[:12]}, differs in {names}"

    def _kept(
        self, kind: str, parts: Mapping[str, Any], *, total: int | None, shard: int
    ) -> tuple[int, int]:
        """Return how many files are present and undamaged, and how many there should be."""
        if total is None:
            return int(self.get(kind, parts) is not None), 1
        entry = self.entry(kind, parts, total=total, shard=shard)
        files = len(entry.ranges)
        return files - len(entry.missing()), files


def _made_of(parts: Mapping[str, Any], total: int | None, shard: int) -> dict[str, Any]:
    rows = None if total is None else shard
    return {"parts": keys.plain(parts), "total": total, "shard": rows}


def _name(rows: range) -> str:
    return f"{rows.start:08d}-{rows.stop:08d}"
