"""Containers of pictures: a folder, a zip or tar files, and the order of what lies in them."""

import stat
import tarfile
import threading
import zipfile
from collections import ChainMap, Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from study.errors import StudyError
from study.inputs.folder_walk import hidden, leads_nowhere, walk
from study.inputs.pictures import HEAD, UnreadablePicture, is_picture
from study.inputs.tar_headers import TarHeaders

_MAX_BYTES = 1 << 28
_UNREAD = {tarfile.SYMTYPE: "symbolic links", tarfile.LNKTYPE: "links to other archives"}
"""Members of a tar without bytes of their own, in words."""


@dataclass(frozen=True, slots=True)
class Files:
    """Picture files, by name with ``/`` between folders."""

    names: tuple[str, ...]
    """The pictures, in the probe's order."""
    left_out: Mapping[str, int]
    """Files that Pillow does not read as pictures, by ending, and links and files with gaps of a
    tar, which are not read; hidden ones do not count."""
    read: Callable[[str], bytes]
    """Returns a file's bytes, in any thread; raises `UnreadablePicture` if it cannot."""


def folder(root: Path) -> Files:
    """Return the pictures below a folder; hidden ones are left out.

    Links are followed, to files and to folders, and a picture behind a link is its bytes, as a copy
    would be. A folder that links back to one around it is not entered again.

    Raises
    ------
    StudyError
        If there is no such folder, one below it cannot be opened, or a link that may be one leads
        nowhere.
    """

    def read(name: str) -> bytes:
        try:
            facts = (root / name).stat()
            if not stat.S_ISREG(facts.st_mode) or facts.st_size > _MAX_BYTES:
                raise UnreadablePicture(name, f"no file of at most {_MAX_BYTES >> 20} MB")
            return (root / name).read_bytes()
        except OSError as error:
            why = str(error.strerror or error).lower()
            link = "a link that leads nowhere: " if leads_nowhere(root / name) else ""
            raise UnreadablePicture(name, link + why) from None

    def head(name: str) -> bytes:
        try:
            if not stat.S_ISREG((root / name).stat().st_mode):
                return b""
            with (root / name).open("rb") as file:
                return file.read(HEAD)
        except OSError:
            if leads_nowhere(root / name):
                raise StudyError(
                    f"{root.name}/{name}: expected a folder or a file, found a link that leads "
                    "nowhere, so pictures may be missing: mend the link, or remove it"
                ) from None
            return b""

    if root.is_file():
        raise StudyError(_other_container(root, "folder"))
    return _files(walk(root), head, read)


def zip_file(path: Path) -> Files:
    """Return every picture in a zip file, read in memory and never extracted.

    Raises
    ------
    StudyError
        If the file is not a zip, or a member's name is absolute, leads out of the archive, or
        occurs twice (``a.png`` and ``./a.png`` are one name).
    """
    if path.is_dir() or tarfile_at(path):
        raise StudyError(_other_container(path, "zip"))
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise StudyError(f"{path.name}: expected a zip of pictures, found {error}") from None
    members: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        if member.is_dir():
            continue
        members[_member_name(path, member.filename, members)] = member
    lock = threading.Lock()

    def read(name: str) -> bytes:
        # All members share one file position, so one thread reads at a time.
        with lock:
            return _read_member(archive, members[name], name)

    def head(name: str) -> bytes:
        try:
            with lock, archive.open(members[name]) as stream:
                return stream.read(HEAD)
        except Exception:  # whatever zipfile's decompressors raise; no picture is seen in it
            return b""

    return _files(members, head, read)


def tar_files(path: Path) -> Files:
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
                    name = _member_name(shard, before + member.name, known)
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
        if size > _MAX_BYTES:
            raise UnreadablePicture(name, f"{size} bytes, more than {_MAX_BYTES}")
        try:
            data = part(name, size)
        except OSError as error:
            raise UnreadablePicture(name, str(error.strerror or error).lower()) from None
        if len(data) != size:
            raise UnreadablePicture(name, f"{len(data):,} bytes instead of {size:,}")
        return data

    return _files(places, lambda name: part(name, HEAD), read, unread)


def tar_paths(path: Path) -> list[Path]:
    """Return the tar files that a path names: itself, those in a folder, or those of a pattern."""
    if path.is_dir():
        return sorted(path.glob("*.tar"))
    if path.is_file():
        return [path]
    return sorted(path.parent.glob(path.name)) if {*"*?["} & {*path.name} else []


def tarfile_at(path: Path) -> bool:
    """Tell whether a file is a tar."""
    try:
        return path.is_file() and tarfile.is_tarfile(path)
    except OSError:
        return False


def _other_container(path: Path, expected: str) -> str:
    article = "a folder" if expected == "folder" else f"a {expected}"
    text = f"{path.name}: expected {article} of pictures, found "
    if path.is_dir():
        return f'{text}a folder: set kind = "folder"'
    for kind, fits in (("zip", zipfile.is_zipfile), ("tar", tarfile_at)):
        if kind != expected and fits(path):
            return f'{text}a {kind}: set kind = "{kind}"'
    return f"{text}none at this path"


def _member_name(archive: Path, stated: str, known: Iterable[str]) -> str:
    """Return a member's name with ``/`` between folders, as Windows does not always write it."""
    plain = stated.replace("\\", "/")
    if _leads_out(plain):
        raise StudyError(
            f"{archive.name}: expected members with relative names, found {stated!r}: make the "
            "archive again"
        )
    name = str(PurePosixPath(plain))
    if name in known:
        raise StudyError(f"{archive.name}: expected each member once, found {name!r} twice")
    return name


def _files(
    names: Iterable[str],
    head: Callable[[str], bytes],
    read: Callable[[str], bytes],
    unread: Mapping[str, str] = MappingProxyType({}),
) -> Files:
    """Sort out the pictures among files that are not hidden; `unread` have a kind, not bytes."""
    chosen, left_out = [], Counter[str]()
    for name in (*names, *unread):
        if any(map(hidden, PurePosixPath(name).parts)):
            continue
        if name in unread:
            left_out[unread[name]] += 1
        elif is_picture(name, b"") or is_picture(name, head(name)):
            chosen.append(name)
        else:
            left_out[PurePosixPath(name.lower()).suffix or "no ending"] += 1
    return Files(in_order(chosen), dict(sorted(left_out.items())), read)


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    """Return a member's bytes, using no more memory than its stated size whatever it unpacks to."""
    size, method = member.file_size, member.compress_type
    if size > _MAX_BYTES:
        raise UnreadablePicture(name, f"{size} bytes, more than {_MAX_BYTES}")
    try:
        # Of bzip2 and LZMA zipfile unpacks all that a packed block gives: gigabytes of 4 KiB.
        if method not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise NotImplementedError(f"packing method {method}; only stored and deflated are read")
        with archive.open(member) as stream:
            # With a size, the decompressor stops there; without one it would unpack it all first.
            data = stream.read(size or 1)
        if len(data) != size:
            raise EOFError(f"{len(data):,} bytes instead of {size:,}")
    except Exception as error:  # whatever zipfile's decompressors raise
        raise UnreadablePicture(name, f"a damaged zip member ({error})") from None
    return data


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return names with ``/`` in the order of a probe: by folder, then by name, code point by code
    point.

    Examples
    --------
    >>> in_order(["b/1.png", "a/2.JPG", "a/10.jpg"])
    ('a/10.jpg', 'a/2.JPG', 'b/1.png')
    """
    paths = sorted((PurePosixPath(name).parent.parts, PurePosixPath(name).name) for name in names)
    return tuple("/".join((*folder, name)) for folder, name in paths)


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Tell whether a name, or with ``/`` in a pattern the end of its path, fits, in any case."""
    path = PurePosixPath(name.lower())
    return any(path.match(pattern.lower()) for pattern in patterns)


def _leads_out(name: str) -> bool:
    parts = name.split("/")
    return not parts[0] or ":" in parts[0] or ".." in parts or "\0" in name
