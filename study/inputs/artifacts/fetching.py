"""Fetch artifacts: terms first, one process at a time, no name for a file before its check."""

import contextlib
import errno
import functools
import os
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from study.errors import StudyError
from study.inputs.artifacts.download import download
from study.inputs.artifacts.locations import complaint, find, record, remedy, search_folders
from study.inputs.artifacts.pins import Artifact, choose, pinned, torchvision_name
from study.inputs.settings import Study
from study.progress import Progress


def needed_artifacts(study: Study) -> tuple[str, ...]:
    """Return the names of the artifacts that a study needs, each once, in order of use."""
    names = [study.probe.artifact, study.concepts.artifact, pinned(study.encoder.weights)]
    for network in study.networks:
        names.append(pinned(network.weights))
        if network.weights.startswith("torchvision:"):
            tag = network.weights.removeprefix("torchvision:")
            names.append(torchvision_name(network.architecture, tag))
        names.append(pinned(network.class_names or ""))
    return tuple(dict.fromkeys(name for name in names if name))


def announcement(artifact: Artifact) -> str:
    """Return what a person should read before an artifact is fetched."""
    replaced = "" if artifact.origin == "built in" else f"\n  pinned by: {artifact.origin}"
    return (
        f"{artifact.name}: {artifact.describe()}\n  licence: {artifact.licence}\n"
        f"  terms: {artifact.terms}{replaced}"
    )


def fetch(
    names: Collection[str], *, folder: Path | None = None, progress: Progress | None = None
) -> dict[str, Path]:
    """Fetch those artifacts that are not here, and return the path of each.

    The licence and terms of all of them are shown before the first byte of any is requested. A
    file gets its name only after its size and digest have been found right; until then it is
    ``FILENAME.part``, which a later call resumes. Several processes may fetch at once: the second
    waits for the first and uses its file.

    Parameters
    ----------
    names
        Artifacts, in the order in which they are fetched.
    folder
        Where to put them; those that lie elsewhere are copied. Default: ``STUDY_ARTIFACTS``, else
        the cache; what lies in either is not fetched again.
    progress
        Shows the terms, and the bytes as they arrive; default is silent.

    Raises
    ------
    StudyError
        If a file cannot be fetched or is not what was pinned, listing all that are still missing
        and how to supply them; if another file has the name; or if the disk is full.
    """
    progress = progress or Progress()
    searched = [folder] if folder else search_folders()
    wanted = choose(names)
    paths = {artifact.name: find(artifact, searched)[0] for artifact in wanted}
    absent = [artifact for artifact in wanted if paths[artifact.name] is None]
    for artifact in absent:
        progress.note(announcement(artifact))
    for number, artifact in enumerate(absent):
        try:
            paths[artifact.name] = _fetch_one(artifact, searched[0], progress)
        except StudyError as error:
            missing = [pin.describe() for pin in absent[number:]]
            raise StudyError(f"{error}\n{remedy(missing, searched[0])}") from error
    return {name: path for name, path in paths.items() if path is not None}


def _fetch_one(artifact: Artifact, folder: Path, progress: Progress) -> Path:
    path = folder / artifact.filename
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(artifact, folder, progress):
            if not path.exists():
                _fill(artifact, path, progress)
            elif reason := complaint(artifact, path):
                raise StudyError(
                    f"{path} is not {artifact.name}: it has {reason}; move that file away"
                )
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        reason = "the disk is full" if full else error.strerror or str(error)
        raise StudyError(
            f"cannot write {path} ({artifact.bytes:,} bytes): {reason}; free some space and run "
            "again to resume"
        ) from error
    return path


@contextlib.contextmanager
def _alone(artifact: Artifact, folder: Path, progress: Progress) -> Iterator[None]:
    lock = FileLock(folder / f".{artifact.filename}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress.note(f"{artifact.name}: waiting for another process that is fetching it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fill(artifact: Artifact, path: Path, progress: Progress) -> None:
    """Copy the file from another folder, or download it; the lock is held."""
    part = path.with_name(f"{path.name}.part")
    started = part.stat().st_size if part.exists() else 0
    if shutil.disk_usage(path.parent).free < artifact.bytes - started:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    copy, _ = find(artifact, search_folders([path.parent]))
    if copy is not None:
        shutil.copyfile(copy, part)
    with progress.stage(artifact.name, artifact.bytes, "bytes") as advance:
        get = functools.partial(download, artifact.url, part, size=artifact.bytes, advance=advance)
        get()
        if started and complaint(artifact, part):
            # Its beginning may be of another version of the file: once more, from nothing.
            advance(-artifact.bytes)
            part.unlink()
            get()
    if reason := complaint(artifact, part):
        part.unlink()
        raise StudyError(f"{artifact.url}: the file has {reason}, and is not the pinned one")
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(path)
    record(artifact, path)
