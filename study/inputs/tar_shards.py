"""Tar files of pictures: one, or the shards of a set, read in order and never extracted."""

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

_UNREAD = {tarfile.SYMTYPE: "symbolic links", tarfile.LNKTYPE: "links to other archives"}
"""Members of a tar without bytes of their own, in words."""


def tar_files(path: Path, advance: Advance = void) -> Files:
    """Return every picture in a tar file, or in several: shards, as WebDataset writes them.

    Parameters
    ----------
    path
        A tar file that is not compressed, a folder of such files, or a pattern of their names
        (``train-*.tar``). Names from several files begin with that of their file. A second name
        of a file in it (a hard link) is one more picture.

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
    """Return the tar files that a path names: itself, those in a folder, or those of a pattern."""
    if path.is_dir():
        return sorted(path.glob("*.tar"))
    if path.is_file():
        return [path]
    return sorted(path.parent.glob(path.name)) if {*"*?["} & {*path.name} else []
