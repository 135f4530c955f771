"""Find the submissions of a class: one for each folder directly below the class's folder."""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from study.errors import StudyError
from study.inputs.settings import slugify
from study.progress import plain_line

ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
_UNSEEN = frozenset({"__macosx", "__pycache__"})
_LONGEST = 60
"""Characters of a slug that a name gives; longer names are cut and get a digest."""
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Member:
    """One submission: its folder, its name as printed, and the name of its folder in products."""

    path: Path
    name: str
    slug: str


def find_members(folder: Path) -> tuple[list[Member], list[str]]:
    """Return the submissions in a folder by name, and a note on everything else there.

    Raises
    ------
    StudyError
        If it is no folder, or holds no folders or more than a class can have.
    """
    if not folder.is_dir():
        raise StudyError(
            f"{plain_line(folder.name)}: no such folder; give the folder that holds the submissions"
        )
    found, notes = [], []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        name = plain_line(entry.name)
        if entry.is_symlink():
            notes.append(f"{name}: a link, not followed")
        elif not entry.is_dir():
            notes.append(f"{name}: {_stray(entry.name)}")
        elif entry.name.startswith(".") or entry.name.casefold() in _UNSEEN:
            notes.append(f"{name}: a folder of a program, not a submission")
        else:
            found.append(entry.name)
    if not found:
        raise StudyError(
            f"{plain_line(folder.name)}: expected a folder for each submission, found none; unpack "
            "archives, each into a folder of its own"
        )
    if len(found) > _MOST:
        raise StudyError(f"{plain_line(folder.name)}: {len(found):,} folders; at most {_MOST:,}")
    slugs = slugs_of(found)
    members = [Member(folder / name, plain_line(name) or "?", slugs[name]) for name in found]
    return members, notes


def slugs_of(names: Iterable[str]) -> Mapping[str, str]:
    """Return a name for each that every file system takes, no two alike.

    Names that only differ in what such a name cannot hold, reserved names and very long ones end
    with the first digits of their digest, so that no name depends on how others are ordered.
    """
    plain = {name: _plain(name) for name in names}
    counts = Counter(plain.values())
    return {
        name: slug if slug and counts[slug] == 1 else _digested(name, slug)
        for name, slug in plain.items()
    }


def only_archive(names: Iterable[str]) -> str:
    """Return the one file of a submission if it is an archive, else ""."""
    first, *others = [*names, ""][:3]
    return first if not any(others) and first.casefold().endswith(ARCHIVES) else ""


def _plain(name: str) -> str:
    """Return the slug of a name, "" if it has none, is cut, or could be another's with a digest."""
    slug = _letters(name)
    return "" if len(slug) > _LONGEST or "--" in slug else slug


def _digested(name: str, slug: str) -> str:
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:10]
    begins = re.sub("-{2,}", "-", slug or _letters(name) or "submission")[:_LONGEST]
    return f"{begins.rstrip('-_')}--{digest}"


def _letters(name: str) -> str:
    try:
        return slugify(name[:100])
    except StudyError:
        return ""


def _stray(name: str) -> str:
    if name.casefold().endswith(ARCHIVES):
        return "an archive, left out: unpack it into a folder of its own"
    return "a file, not a submission"
