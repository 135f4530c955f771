"""Containers of pictures: a folder or a zip, and the order of what lies in them."""

import os
import stat
import threading
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from study.errors import StudyError
from study.inputs.folder_walk import hidden, leads_nowhere, walk
from study.inputs.pictures import HEAD, UnreadablePicture, is_picture
from study.inputs.probe_index import Mark
from study.inputs.tar_headers import tarfile_at
from study.progress import Advance, void

MAX_BYTES = 1 << 28


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
    mark: Callable[[str], Mark | None] = lambda _: None
    """Returns what tells, without reading a file, that it is the same one; None if nothing does."""


def folder(root: Path, advance: Advance = void) -> Files:
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
            if not stat.S_ISREG(facts.st_mode) or facts.st_size > MAX_BYTES:
                raise UnreadablePicture(name, f"no file of at most {MAX_BYTES >> 20} MB")
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

    def mark(name: str) -> Mark | None:
        try:
            facts = os.stat(f"{root}/{name}")  # noqa: PTH116 - a path object costs more than this
        except OSError:
            return None
        return (facts.st_size, facts.st_mtime_ns) if stat.S_ISREG(facts.st_mode) else None

    if root.is_file():
        raise StudyError(_other_container(root, "folder"))
    return files_of(counted_names(walk(root), advance), head, read, mark)


def zip_file(path: Path, advance: Advance = void) -> Files:
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
        members[member_name(path, member.filename, members)] = member
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

    own = mark_of(path)

    def mark(name: str) -> Mark | None:
        member = members[name]
        return own and (*own, member.header_offset, member.file_size, member.CRC)

    return files_of(counted_names(members, advance), head, read, mark)


def counted_names(names: Iterable[str], advance: Advance) -> Iterator[str]:
    """Yield names, and count them."""
    for name in names:
        advance(1)
        yield name


def mark_of(path: Path) -> Mark | None:
    """Return a file's size and time of modification; None if there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_size, facts.st_mtime_ns


def _other_container(path: Path, expected: str) -> str:
    article = "a folder" if expected == "folder" else f"a {expected}"
    text = f"{path.name}: expected {article} of pictures, found "
    if path.is_dir():
        return f'{text}a folder: set kind = "folder"'
    for kind, fits in (("zip", zipfile.is_zipfile), ("tar", tarfile_at)):
        if kind != expected and fits(path):
            return f'{text}a {kind}: set kind = "{kind}"'
    return f"{text}none at this path"


def member_name(archive: Path, stated: str, known: Iterable[str]) -> str:
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


def files_of(
    names: Iterable[str],
    head: Callable[[str], bytes],
    read: Callable[[str], bytes],
    mark: Callable[[str], Mark | None],
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
    return Files(in_order(chosen), dict(sorted(left_out.items())), read, mark)


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    """Return a member's bytes, using no more memory than its stated size whatever it unpacks to."""
    size, method = member.file_size, member.compress_type
    if size > MAX_BYTES:
        raise UnreadablePicture(name, f"{size} bytes, more than {MAX_BYTES}")
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

    def place(name: str) -> tuple[list[str], str]:
        folder, _, last = name.rpartition("/")
        return folder.split("/") if folder else [], last

    return tuple(sorted(names, key=place))


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Tell whether a name, or with ``/`` in a pattern the end of its path, fits, in any case."""
    path = PurePosixPath(name.lower())
    return any(path.match(pattern.lower()) for pattern in patterns)


def _leads_out(name: str) -> bool:
    parts = name.split("/")
    return not parts[0] or ":" in parts[0] or ".." in parts or "\0" in name
