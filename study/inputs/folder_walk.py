"""Walk a folder of pictures: links are followed, loops are not."""

import os
from collections.abc import Iterator
from pathlib import Path

from study.errors import StudyError
from study.files.resolving import resolved


def leads_nowhere(path: Path) -> bool:
    """Whether a path is a link to what is not there, or to itself."""
    return path.is_symlink() and not path.exists()


def hidden(part: str) -> bool:
    """Whether a part of a file's path is hidden, as systems hide their own files."""
    return part.startswith(".") or part == "__MACOSX"


def walk(root: Path) -> Iterator[str]:
    """Yield the names of all files below a folder, except those in hidden folders."""
    if not root.is_dir():
        raise StudyError(f"{root.name}: expected a folder of pictures, found none at this path")

    def refuse(error: OSError) -> None:
        where = (root.name / Path(error.filename).relative_to(root)).as_posix()
        raise StudyError(
            f"{where}: expected a folder that can be opened, found "
            f"{(error.strerror or str(error)).lower()}: permit reading it, or move it away"
        )

    above: dict[Path, tuple[Path, ...]] = {Path(): (resolved(root),)}
    for folder, inner, files in os.walk(root, followlinks=True, onerror=refuse):
        here = Path(folder).relative_to(root)
        yield from ((here / name).as_posix() for name in files)
        targets = {name: resolved(Path(folder, name)) for name in inner if not hidden(name)}
        parents = above.pop(here)
        # A link to one of the parents, or to a folder around one, would loop.
        inner[:] = [
            name
            for name, target in targets.items()
            if not any(parent.is_relative_to(target) for parent in parents)
        ]
        above |= {here / name: (*parents, targets[name]) for name in inner}
