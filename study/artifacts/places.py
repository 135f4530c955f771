"""Where artifacts lie: folders that the user fills by hand, and the cache."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from study.artifacts.checking import complaint
from study.artifacts.pins import Artifact, choose
from study.errors import StudyError
from study.folders import cache_folder


def search_folders(folders: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Return where artifacts are looked for: `folders`, ``STUDY_ARTIFACTS``, the cache.

    Raises
    ------
    StudyError
        If no cache folder can be had and there is nowhere else.
    """
    named = os.environ.get("STUDY_ARTIFACTS")
    places = [*folders, *([Path(named)] if named else [])]
    try:
        places.append(cache_folder() / "artifacts")
    except StudyError:
        if not places:
            raise
    return tuple(places)


def locate(
    name: str,
    *,
    folders: Sequence[Path] = (),
    pins: Mapping[str, Artifact] | None = None,
) -> Path:
    """Return the path of one artifact; see `locate_all`."""
    return locate_all([name], folders=folders, pins=pins)[name]


def locate_all(
    names: Iterable[str],
    *,
    folders: Sequence[Path] = (),
    pins: Mapping[str, Artifact] | None = None,
) -> dict[str, Path]:
    """Return the paths of artifacts, each checked by size and digest; fetches nothing.

    Parameters
    ----------
    names
        Artifacts; each is known by its file name directly inside one of the folders.
    folders
        Looked into before ``STUDY_ARTIFACTS`` and the cache.
    pins
        Artifacts by name; default `load_pins`.

    Raises
    ------
    StudyError
        If an artifact is unknown; or naming every one that is missing or damaged, with size,
        digest and url, and where to put it.
    """
    places = search_folders(folders)
    found, missing = {}, []
    for artifact in choose(names, pins):
        path, complaints = find(artifact, places)
        if path is not None:
            found[artifact.name] = path
        else:
            missing.append("; ".join([artifact.describe(), *complaints]))
    if missing:
        raise StudyError(by_hand(missing, places[0]))
    return found


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


def by_hand(missing: Sequence[str], folder: Path) -> str:
    """Return what to say of artifacts that are not here, given the description of each."""
    files = "1 file" if len(missing) == 1 else f"{len(missing)} files"
    listed = ";\n  ".join(missing)
    return (
        f"expected {files} that this study needs, found none that fits; run `python -m study fetch "
        f"STUDY`, or put into {folder}:\n  {listed}"
    )
