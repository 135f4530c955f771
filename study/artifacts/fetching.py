"""Bringing artifacts: terms first, one process at a time, checked before they get their name."""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from filelock import FileLock, Timeout

from study.artifacts.checking import complaint, record
from study.artifacts.download import Patience, clear, download
from study.artifacts.pins import Artifact, choose
from study.artifacts.places import by_hand, find, search_folders
from study.errors import StudyError
from study.progress import Progress


def fetch(
    names: Iterable[str],
    *,
    folder: Path | None = None,
    progress: Progress | None = None,
    pins: Mapping[str, Artifact] | None = None,
    patience: Patience | None = None,
) -> dict[str, Path]:
    """Bring those artifacts that are not here, and return where each one lies.

    The licence and terms of all of them are noted before the first byte of any is asked for. A
    file gets its name only after its size and digest were found right; until then it is
    ``FILENAME.part``, from which a later call goes on. Several processes may fetch at once: the
    second waits for the first and uses its file.

    Parameters
    ----------
    names
        Artifacts, in the order in which they are brought.
    folder
        Where they are put, those that lie elsewhere as copies. Default: ``STUDY_ARTIFACTS``, else
        the cache; what lies in either is then not brought again.
    progress
        Told the terms, and the bytes as they come; default says nothing.
    pins
        Artifacts by name; default `load_pins`.
    patience
        How long to keep trying.

    Raises
    ------
    StudyError
        If a file cannot be had or is not what was pinned, naming all that are still missing and
        how to bring them by hand; if another file bears the name; or if the disk is full.
    """
    say = progress or Progress()
    places = [folder] if folder else search_folders()
    target = places[0]
    wanted = choose(names, pins)
    found = {artifact.name: find(artifact, places)[0] for artifact in wanted}
    absent = [artifact for artifact in wanted if found[artifact.name] is None]
    for artifact in absent:
        say.note(announcement(artifact))
    for number, artifact in enumerate(absent):
        try:
            found[artifact.name] = _bring(artifact, target, say, patience)
        except StudyError as error:
            rest = [pin.describe() for pin in absent[number:]]
            raise StudyError(f"{error}\n{by_hand(rest, target)}") from error
    return {name: path for name, path in found.items() if path is not None}


def announcement(artifact: Artifact) -> str:
    """Return what a person should read before an artifact is fetched."""
    replaced = "" if artifact.origin == "built in" else f"\n  pinned by: {artifact.origin}"
    return (
        f"{artifact.name}: {artifact.describe()}\n  licence: {artifact.licence}\n"
        f"  terms: {artifact.terms}{replaced}"
    )


def _bring(artifact: Artifact, folder: Path, say: Progress, patience: Patience | None) -> Path:
    path = folder / artifact.filename
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(artifact, folder, say):
            if not path.exists():
                _fill(artifact, path, say, patience)
            elif reason := complaint(artifact, path):
                raise StudyError(
                    f"{path}: expected {artifact.name}, found {reason}; move that file away"
                )
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        reason = "a full disk" if full else error.strerror or str(error)
        raise StudyError(
            f"{path}: expected to write {artifact.bytes:,} bytes, found {reason}; what came is "
            "kept, make room and run again"
        ) from error
    return path


@contextlib.contextmanager
def _alone(artifact: Artifact, folder: Path, say: Progress) -> Iterator[None]:
    lock = FileLock(folder / f".{artifact.filename}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say.note(f"{artifact.name}: another process is fetching it; waiting for that")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fill(artifact: Artifact, path: Path, say: Progress, patience: Patience | None) -> None:
    """Bring the file to its name, from another folder or over the net; the lock is held."""
    part = path.with_name(f"{path.name}.part")
    resumed = part.exists()
    needed = artifact.bytes - (part.stat().st_size if resumed else 0)
    if shutil.disk_usage(path.parent).free < needed:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    here, _ = find(artifact, search_folders([path.parent]))
    with say.stage(artifact.name, artifact.bytes, "bytes") as advance:
        if here is not None:
            shutil.copyfile(here, part)
            advance(artifact.bytes)
        else:
            download(artifact.url, part, size=artifact.bytes, advance=advance, patience=patience)
        reason = complaint(artifact, part)
        if reason and resumed:
            # Its beginning may stem from another version of the file: once more, from nothing.
            advance(-artifact.bytes)
            part.unlink()
            download(artifact.url, part, size=artifact.bytes, advance=advance, patience=patience)
            reason = complaint(artifact, part)
    if reason:
        part.unlink()
        clear(part)
        raise StudyError(f"{artifact.url}: expected {artifact.digest}, found {reason}")
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(path)
    clear(part)
    record(artifact, path)
