"""`Store`: arrays by what made them: kept, found, explained and cleared."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from study.folders import cache_folder
from study.store import keys
from study.store.disk import Disk, Stored
from study.store.entry import Entry

_WHOLE = "whole"


def default_root() -> Path:
    """Return ``STUDY_STORE``, else ``store`` in the user's cache folder."""
    named = os.environ.get("STUDY_STORE")
    return Path(named) if named else cache_folder() / "store"


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of arrays named by what made them; safe with several processes at once."""

    root: Path

    def key(
        self, kind: str, parts: Mapping[str, Any], *, total: int | None = None, shard: int = 1
    ) -> str:
        """Return the name of an entry: 64 hex digits that differ when any argument does."""
        return keys.digest(kind, _made_of(parts, total, shard))

    def entry(self, kind: str, parts: Mapping[str, Any], *, total: int, shard: int) -> Entry:
        """Return the entry of arrays with `total` rows, kept in files of `shard` rows.

        Nothing is read or written yet.

        Parameters
        ----------
        kind
            What the arrays are, e.g. ``"activations"``: lower-case letters, digits, hyphens.
        parts
            JSON data that decides every number: digests, settings, versions; no paths.
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
        """Return arrays that were put whole; None where they are absent or damaged."""
        return Disk(self.root).load(kind, self.key(kind, parts), _WHOLE)

    def put(self, kind: str, parts: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Keep arrays in one piece, unless they are there; `StudyError` when the disk is full."""
        made_of = _made_of(parts, None, 1)
        Disk(self.root).save(kind, keys.digest(kind, made_of), _WHOLE, arrays, made_of)

    def check_writable(self) -> None:
        """Raise `StudyError` unless the folder can be written to."""
        Disk(self.root).check_writable()

    def entries(self) -> tuple[Stored, ...]:
        """Return what is kept, by kind and key."""
        return tuple(Disk(self.root).stored())

    def clear(self, kind: str | None = None) -> tuple[Stored, ...]:
        """Remove the entries of a kind, or all, and return what they were; other files stay."""
        return tuple(Disk(self.root).remove(kind))

    def explain(
        self, kind: str, parts: Mapping[str, Any], *, total: int | None = None, shard: int = 1
    ) -> str:
        """Say in one line whether arrays are kept; if not, what the nearest kept ones differ in.

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
        """Return how many files are there and undamaged, and how many there should be."""
        if total is None:
            return int(self.get(kind, parts) is not None), 1
        entry = self.entry(kind, parts, total=total, shard=shard)
        files = len(entry.ranges)
        return files - len(entry.missing()), files


def _made_of(parts: Mapping[str, Any], total: int | None, shard: int) -> dict[str, Any]:
    rows = None if total is None else shard
    return {"parts": keys.plain(parts), "total": total, "shard": rows}
