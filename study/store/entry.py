"""`Entry`: arrays with one first axis, written in files of consecutive rows as a run proceeds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from study.errors import StudyError
from study.store.disk import Disk


@dataclass(frozen=True, slots=True)
class Entry:
    """Arrays of ``made_of["total"]`` rows in files of ``made_of["shard"]``; see `Store.entry`."""

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
        """Whether every file is there and undamaged; reads all of them."""
        return not self.missing()

    def missing(self) -> list[range]:
        """Return the rows of each file that is absent or damaged; reads all of them."""
        return [rows for rows in self.ranges if self._load(rows) is None]

    def write(self, rows: range, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep the arrays of one of `ranges`; a file that is there and undamaged stays.

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
            If the disk is full or the folder cannot be written; what was kept stays whole.
        """
        if rows not in self.ranges:
            raise ValueError(f"expected one of the entry's ranges, got {rows}")
        for name, values in arrays.items():
            if np.shape(values)[:1] != (len(rows),):
                raise ValueError(f"{name}: expected {len(rows)} rows, got {np.shape(values)}")
        self.disk.save(self.kind, self.key, _name(rows), arrays, self.made_of)

    def read(self) -> dict[str, np.ndarray]:
        """Return all arrays, (total, ...) each; no more than one file beyond them is in memory.

        Returns
        -------
        dict
            Empty for an entry of zero rows: nothing says what the arrays would be called.

        Raises
        ------
        StudyError
            If a file is absent or damaged, or does not fit those before it.
        """
        whole: dict[str, np.ndarray] = {}
        for rows in self.ranges:
            arrays = self._load(rows)
            if arrays is None:
                raise self._error(rows, "found them missing or damaged; run again to make them")
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

    def _error(self, rows: range, found: str) -> StudyError:
        return StudyError(
            f"{self.kind} {self.key[:12]}: expected rows {rows.start} to {rows.stop} in the "
            f"store, {found}"
        )


def _name(rows: range) -> str:
    return f"{rows.start:08d}-{rows.stop:08d}"
