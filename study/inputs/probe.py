"""Probe: the ordered images that every network and the encoder are run on."""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby, takewhile
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TypeVar

from PIL import Image

from study.errors import StudyError
from study.files.documents import sha256_bytes
from study.inputs.pictures import (
    ENDINGS,
    Archive,
    Files,
    Folder,
    UnreadablePicture,
    decode,
    matches,
)
from study.inputs.settings import PROBES, ProbeSettings
from study.inputs.truth_table import TruthTable, read_truth_table

__all__ = ["Probe", "TruthTable", "open_probe"]

_T = TypeVar("_T")
Progress = Callable[[int], None]
"""Called with the number of images done since the last call."""


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """Ordered images; order and bytes are part of their identity.

    Parameters
    ----------
    name
        The name of its folder or file, or of the artifact.
    kind
        ``"folder"``, ``"zip"`` or ``"artifact"``.
    names
        The images in order: by folder, then by name.
    image_digests
        SHA-256 of each image's bytes.
    skipped
        Name and reason of each image that was left out as unreadable.
    truth
        What the images are known to show, or None.
    limit
        The number of images asked for, if this is a part of the probe; else None.
    """

    name: str
    kind: str
    names: tuple[str, ...]
    image_digests: tuple[str, ...]
    files: Files = field(repr=False)
    skipped: tuple[tuple[str, str], ...] = ()
    truth: TruthTable | None = None
    limit: int | None = None

    def __len__(self) -> int:
        return len(self.names)

    @property
    def digest(self) -> str:
        """SHA-256 over each image's digest and name, in order."""
        total = hashlib.sha256()
        for name, digest in zip(self.names, self.image_digests, strict=True):
            # Two spaces and a zero byte: no name can run into the next entry.
            total.update(f"{digest}  {name}\0".encode("utf-8", "surrogateescape"))
        return total.hexdigest()

    def image(self, index: int) -> Image.Image:
        """Return one image as RGB pixels, see `study.inputs.pictures.decode`; thread-safe.

        Raises
        ------
        UnreadablePicture
            If the file cannot be decoded.
        StudyError
            If its bytes no longer match `image_digests`: results computed from them would be
            stored as those of another picture.
        """
        name = self.names[index]
        data = self.files.read(name)
        if sha256_bytes(data) != self.image_digests[index]:
            raise StudyError(
                f"{name}: expected the file as it was when the run began, found it changed: "
                "run again"
            )
        return decode(data, name)

    def check(self, *, workers: int | None = None, progress: Progress | None = None) -> None:
        """Decode every image in full, so that no run fails half-way on an unreadable one.

        Truncation shows only when the last row is decoded, so that nothing less than a full
        decoding pass, on all cores, is a check.

        Raises
        ------
        StudyError
            Naming the first unreadable image in order, and how many there are.
        """
        errors = _decoding_errors(self.files, self.names, workers, progress)
        unreadable = [error for error in errors if error]
        if unreadable:
            count = len(unreadable)
            more = f" ({count} such images of {len(self)} in all)" if count > 1 else ""
            raise StudyError(f"{unreadable[0]}{more}")


def open_probe(
    settings: ProbeSettings,
    *,
    path: Path,
    skip_unreadable: bool = False,
    limit: int | None = None,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Probe:
    """List the images of a probe and digest them.

    Parameters
    ----------
    settings
        The study's section on the probe.
    path
        The folder or zip file; for kind ``"artifact"``, that of the artifact.
    skip_unreadable
        Decode every image now; leave out those that fail and record them in ``skipped``.
    limit
        Keep this many images: from each top folder its share (largest remainders), within it those
        whose names have the smallest SHA-256 together with the seed; their order is unchanged. A
        limit at or above the number of images keeps them all.
    seed
        Selects which part of the probe a limit keeps.
    workers
        Threads (default: one for each core).
    progress
        Called as images are digested.

    Raises
    ------
    StudyError
        If there is nothing at the path, it contains no picture, a picture's name is not UTF-8, or
        the truth table does not fit.
    """
    files = _open_files(settings.kind, path)
    listed = files.names
    if settings.include:
        listed = tuple(name for name in listed if matches(name, settings.include))
    if not listed:
        narrowed = f" that fits {' or '.join(settings.include)}" if settings.include else ""
        raise StudyError(
            f"{path.name}: expected pictures, found none{narrowed} among {files.count} files: "
            f"use files that end in {', '.join(ENDINGS)}"
        )
    _check_names((path.name, *listed))
    names = _part(listed, limit, seed)
    sampled = names != listed
    skipped: list[tuple[str, str]] = []
    if skip_unreadable:
        errors = _decoding_errors(files, names, workers, progress)
        skipped = [(error.name, error.reason) for error in errors if error]
        names = tuple(name for name, error in zip(names, errors, strict=True) if not error)
        if not names:
            raise StudyError(f"{path.name}: expected a picture, found none that can be read")
    digests = _each(lambda name: sha256_bytes(files.read(name)), names, workers, progress)
    truth = None
    if settings.truth is not None:
        truth = read_truth_table(settings.truth, settings.categories, names=names, known=listed)
    return Probe(
        name=settings.artifact or path.name,
        kind=settings.kind,
        names=names,
        image_digests=tuple(digests),
        files=files,
        skipped=tuple(skipped),
        truth=truth,
        limit=limit if sampled else None,
    )


def _open_artifact(path: Path) -> Files:
    return Folder(path) if path.is_dir() else Archive(path)


_OPEN: Mapping[str, Callable[[Path], Files]] = MappingProxyType(
    {"folder": Folder, "zip": Archive, "artifact": _open_artifact}
)


def _open_files(kind: str, path: Path) -> Files:
    if kind not in _OPEN:
        raise StudyError(f"probe: expected one of the kinds {', '.join(PROBES)}, found {kind!r}")
    if not path.exists():
        raise StudyError(f"probe: expected a {kind} at {path}, found nothing")
    return _OPEN[kind](path)


def _check_names(names: Iterable[str]) -> None:
    """Refuse names that no table can contain: on Linux a file's name may be any bytes."""
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError:
            raise StudyError(
                f"probe: expected file names in UTF-8, found {name!a}: rename the file"
            ) from None


def _decoding_errors(
    files: Files, names: Sequence[str], workers: int | None, progress: Progress | None
) -> list[UnreadablePicture | None]:
    """Return the error of each picture that cannot be decoded, None for the others."""

    def error_of(name: str) -> UnreadablePicture | None:
        try:
            decode(files.read(name), name)
        except UnreadablePicture as error:
            return error
        return None

    return _each(error_of, names, workers, progress)


def _each(
    function: Callable[[str], _T],
    names: Sequence[str],
    workers: int | None,
    progress: Progress | None,
) -> list[_T]:
    """Apply a function to each name in threads; results are in order."""
    results = []
    executor = ThreadPoolExecutor(workers or os.cpu_count() or 1)
    try:
        for result in executor.map(function, names):
            results.append(result)
            if progress is not None:
                progress(1)
    finally:
        executor.shutdown(cancel_futures=True)
    return results


def _part(names: tuple[str, ...], limit: int | None, seed: int) -> tuple[str, ...]:
    if limit is None or limit >= len(names):
        return names
    if limit < 1:
        raise StudyError(f"limit: expected at least 1 image, found {limit}")
    strata = {top: list(group) for top, group in groupby(names, key=_top_folder(names))}
    shares = {top: len(group) * limit / len(names) for top, group in strata.items()}
    counts = {top: int(share) for top, share in shares.items()}
    by_remainder = sorted(strata, key=lambda top: (counts[top] - shares[top], top))
    for top in by_remainder[: limit - sum(counts.values())]:
        counts[top] += 1
    kept = {
        name
        for top, group in strata.items()
        for name in sorted(group, key=lambda name: _draw(seed, name))[: counts[top]]
    }
    return tuple(name for name in names if name in kept)


def _draw(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{name}".encode("utf-8", "surrogateescape")).digest()


def _top_folder(names: Sequence[str]) -> Callable[[str], str]:
    """Return a function that gives a name's top folder: the first level that differs."""
    folders = [PurePosixPath(name).parent.parts for name in names]
    # The common parents of the first and the last folder in order are common to all.
    alike = zip(min(folders), max(folders), strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], alike))
    return lambda name: "".join(PurePosixPath(name).parent.parts[shared : shared + 1])
