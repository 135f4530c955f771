"""Tar files of pictures: one, or the shards of a set, read in order and never extracted."""

import re
import tarfile
from collections import ChainMap
from pathlib import Path, PurePosixPath
from typing import Any

from study.errors import StudyError
from study.inputs.containers import MAX_BYTES, Files, files_of, mark_of, member_name
from study.inputs.pictures import HEAD, UnreadablePicture
from study.inputs.probe_index import Mark
from study.inputs.tar_headers import TarHeaders
from study.progress import Advance, void

_BRACES = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"([0-9]{1,12})\.\.([0-9]{1,12})")
_SHARDS = 100_000
"""The most files that a pattern in braces may stand for."""
_UNREAD = {tarfile.SYMTYPE: "symbolic links", tarfile.LNKTYPE: "links to other archives"}
"""Members of a tar without bytes of their own, in words."""


def tar_files(path: Path, advance: Advance = void) -> Files:
    """Return every picture in a tar file, or in several: shards, as WebDataset writes them.

    Parameters
    ----------
    path
        A tar file that is not compressed, a folder of such files, or a pattern of their names
        (``train-*.tar``, ``{000000..000146}.tar``). Names from several files begin with that of
        their file. A second name of a file in it (a hard link) is one more picture.

    Raises
    ------
    StudyError
        If there is none, one is no tar, or a member's name leads out of it or occurs twice.
    """
    shards = tar_paths(path)
    if not shards:
        raise StudyError(f"{path.name}: expected a tar of pictures, found none")
    own = {shard: mark_of(shard) for shard in shards}
    places: dict[str, tuple[Path, int, int]] = {}
    unread: dict[str, str] = {}
    known = ChainMap[str, Any](places, unread)
    for shard in shards:
        before = f"{shard.stem}/" if len(shards) > 1 else ""
        try:
            with TarHeaders(shard) as file, tarfile.open(fileobj=file, mode="r:") as archive:
                for member in archive:
                    if member.isdir():
                        continue
                    advance(1)
                    name = member_name(shard, before + member.name, known)
                    target = str(PurePosixPath(before + member.linkname))
                    if member.isfile() and not member.issparse():
                        places[name] = (shard, member.offset_data, member.size)
                    elif member.islnk() and target in places:
                        places[name] = places[target]
                    else:
                        unread[name] = _UNREAD.get(member.type, "files with gaps or devices")
        except (OSError, OverflowError, tarfile.TarError) as error:
            raise StudyError(
                f"{shard.name}: expected a tar of pictures, found {error}: one that is compressed "
                'must be unpacked, a zip needs kind = "zip"'
            ) from None

    def part(name: str, most: int) -> bytes:
        shard, offset, size = places[name]
        with shard.open("rb") as file:
            file.seek(offset)
            return file.read(min(size, most))

    def read(name: str) -> bytes:
        size = places[name][2]
        if size > MAX_BYTES:
            raise UnreadablePicture(name, f"{size} bytes, more than {MAX_BYTES}")
        try:
            data = part(name, size)
        except OSError as error:
            raise UnreadablePicture(name, str(error.strerror or error).lower()) from None
        if len(data) != size:
            raise UnreadablePicture(name, f"{len(data):,} bytes instead of {size:,}")
        return data

    def mark(name: str) -> Mark | None:
        shard, offset, size = places[name]
        whole = own[shard]
        return whole and (*whole, offset, size)

    return files_of(places, lambda name: part(name, HEAD), read, mark, unread)


def tar_paths(path: Path) -> list[Path]:
    """Return the tar files that a path names: itself, those in a folder, or those of a pattern.

    Patterns are those of ``*``, ``?`` and ``[...]``, and in braces a range of numbers or a list:
    ``{000000..000146}.tar``, ``{train,val}-*.tar``.

    Raises
    ------
    StudyError
        If one of a range or a list in braces is missing: the probe would not be the one named.
    """
    if path.is_dir():
        return sorted(path.glob("*.tar"))
    if path.is_file():
        return [path]
    found: dict[Path, None] = {}
    for name in expanded(path.name):
        pattern = bool({*"*?["} & {*name})
        some = sorted(path.parent.glob(name)) if pattern else [path.parent / name]
        if name != path.name and not (some and all(map(Path.is_file, some))):
            raise StudyError(
                f"{path.name}: expected {name} among the shards, found no such file: bring it, or "
                "narrow the range in braces"
            )
        found |= dict.fromkeys(one for one in some if one.is_file())
    return list(found)


def expanded(pattern: str) -> list[str]:
    """Return the names that a pattern's braces stand for, in their order.

    Raises
    ------
    StudyError
        If they stand for more than a hundred thousand names.

    Examples
    --------
    >>> expanded("{train,val}-{08..10}.tar")[:4]
    ['train-08.tar', 'train-09.tar', 'train-10.tar', 'val-08.tar']
    """
    names = [""]
    for number, part in enumerate(_BRACES.split(pattern)):
        choices = _choices(part) if number % 2 else [part]
        if len(names) * len(choices) > _SHARDS:
            raise StudyError(f"{pattern}: expected at most {_SHARDS:,} shards, found more")
        names = [name + choice for name in names for choice in choices]
    return names


def _choices(inner: str) -> list[str]:
    """Return what one pair of braces stands for; a range keeps the zeros of its first number."""
    if (numbers := _RANGE.fullmatch(inner)) is None:
        return inner.split(",")
    first, last = numbers.groups()
    if int(last) - int(first) >= _SHARDS:
        raise StudyError(f"{{{inner}}}: expected at most {_SHARDS:,} shards, found more")
    return [f"{number:0{len(first)}d}" for number in range(int(first), int(last) + 1)]
