"""Where artifacts lie (folders that the user fills, and the cache) and whether they are right."""

import functools
import hashlib
import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from study.errors import StudyError
from study.files.folders import cache_folder
from study.files.output import write_atomic
from study.inputs.artifacts.pins import Artifact, choose


def search_folders(folders: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Return where artifacts are looked for: `folders`, ``STUDY_ARTIFACTS``, the cache.

    A cache folder that cannot be used raises `StudyError` only if there is nowhere else to look.
    """
    named = os.environ.get("STUDY_ARTIFACTS")
    searched = [*folders, *([Path(named)] if named else [])]
    try:
        searched.append(cache_folder() / "artifacts")
    except StudyError:
        if not searched:
            raise
    return tuple(searched)


def locate_all(names: Collection[str], *, folders: Sequence[Path] = ()) -> dict[str, Path]:
    """Return the paths of artifacts, each checked by size and digest; fetches nothing.

    Each must lie directly inside one of the folders, under its pinned file name; `folders` are
    searched before ``STUDY_ARTIFACTS`` and the cache.

    Raises
    ------
    StudyError
        If an artifact is unknown; or listing every one that is missing or damaged, with size,
        digest and url, and where to put it.
    """
    searched = search_folders(folders)
    paths, missing = {}, []
    for artifact in choose(names):
        path, complaints = find(artifact, searched)
        if path is not None:
            paths[artifact.name] = path
        else:
            missing.append("; ".join([artifact.describe(), *complaints]))
    if missing:
        raise StudyError(remedy(missing, searched[0]))
    return paths


def find(artifact: Artifact, folders: Iterable[Path]) -> tuple[Path | None, list[str]]:
    """Return the first file that is the artifact, and what is wrong with those before it."""
    complaints: list[str] = []
    for folder in folders:
        path = folder / artifact.filename
        if not path.is_file():
            continue
        reason = complaint(artifact, path)
        if reason is None:
            return path, complaints
        complaints.append(f"{path} has {reason}")
    return None, complaints


def complaint(artifact: Artifact, path: Path) -> str | None:
    """Return how an existing file differs from the artifact; None if it is the artifact.

    Where only an MD5 is pinned, of which two files can be made, the SHA-256 that `record` wrote
    at the first download is expected as well.
    """
    kind, expected = artifact.digest.split()
    try:
        if (size := path.stat().st_size) != artifact.bytes:
            return f"{size:,} bytes instead of {artifact.bytes:,}"
        for name, value in {"sha256": _recorded(path), kind: expected}.items():
            if value is not None and (digest := _digest(path, name)) != value:
                return f"{name} {digest} instead of {value}"
    except OSError as error:
        return str(error)
    return None


def record(artifact: Artifact, path: Path) -> None:
    """Write the SHA-256 of a checked file next to it, if its pin states none."""
    if not artifact.digest.startswith("sha256") and _recorded(path) is None:
        line = f"{_digest(path, 'sha256')}  {path.name}\n"
        write_atomic(_record_of(path), line.encode())


def _record_of(path: Path) -> Path:
    return path.with_name(f"{path.name.removesuffix('.part')}.sha256")


def _recorded(path: Path) -> str | None:
    try:
        return _record_of(path).read_text(encoding="ascii").split()[0]
    except (OSError, ValueError, IndexError):
        return None


def _digest(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        algorithm = functools.partial(hashlib.new, kind, usedforsecurity=False)
        return hashlib.file_digest(file, algorithm).hexdigest()


def remedy(missing: Sequence[str], folder: Path) -> str:
    """Return how to get the files that are not here, given the description of each."""
    count = len(missing)
    files = "1 file of this study is" if count == 1 else f"{count} files of this study are"
    listed = ";\n  ".join(missing)
    return f"{files} missing; run `python -m study fetch STUDY`, or put into {folder}:\n  {listed}"
