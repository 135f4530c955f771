"""Zip files from elsewhere: looked at before they are trusted, and unpacked inside one folder."""

import fnmatch
import shutil
import stat
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from study.errors import StudyError

MAX_RATIO = 200.0
"""Bytes unpacked for each byte packed; photos reach 1, text 20, a bomb 1,000 and more."""
MAX_TOTAL = 1 << 36
"""Bytes of all members together: 64 GiB, seventy times Broden."""
MAX_MEMBERS = 5_000_000
_SMALL = 1 << 20
_CHUNK = 1 << 20
_BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def check_zip(
    path: Path,
    *,
    include: Sequence[str] = (),
    max_ratio: float = MAX_RATIO,
    max_total: int = MAX_TOTAL,
    max_members: int = MAX_MEMBERS,
) -> tuple[zipfile.ZipInfo, ...]:
    """Return the files in a zip, in its order, after judging its directory; reads no member.

    Parameters
    ----------
    path
        The zip file.
    include
        Shell patterns (``*.jpg``) of file names, upper and lower case alike; none takes all.
        Names and kinds are judged for every member, sizes for the included ones.
    max_ratio
        Bytes unpacked for each byte of the file; for one member beyond 1 MiB as well.
    max_total
        Bytes unpacked, all together.
    max_members
        Entries in the directory.

    Raises
    ------
    StudyError
        If it is no zip, or a member has an absolute name, climbs out by ``..``, is a link or
        a device, is encrypted, occurs twice, or would unpack to more than a limit allows.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
        raise StudyError(f"{path.name}: expected a zip file, found {error}") from None
    if len(members) > max_members:
        raise _refusal(path, f"at most {max_members:,} members", f"{len(members):,}")
    seen = set()
    for member in members:
        if complaint := _complaint(member):
            raise _refusal(path, "members that stay inside one folder", complaint)
        if member.filename in seen:
            raise _refusal(path, "each member once", f"{member.filename!r} twice")
        seen.add(member.filename)
    files = tuple(
        member for member in members if not member.is_dir() and _included(member, include)
    )
    for member in files:
        if member.file_size > max(_SMALL, max_ratio * member.compress_size):
            found = f"{member.filename!r}: {member.compress_size:,} give {member.file_size:,}"
            raise _refusal(path, f"at most {max_ratio:g} bytes out of one", found)
    total = sum(member.file_size for member in files)
    # Members that overlap give many bytes out of few without any one of them standing out.
    if total > min(max_total, max(_SMALL, max_ratio * path.stat().st_size)):
        limits = f"at most {max_total:,} bytes in all and {max_ratio:g} out of one"
        raise _refusal(path, limits, f"{total:,} out of {path.stat().st_size:,}")
    return files


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Return a member's bytes; never more memory than its stated size, whatever it unpacks to.

    Raises
    ------
    StudyError
        If it is damaged, or its bytes are not as many as the directory says.
    """
    try:
        return read_bounded(archive, member)
    except Exception as error:  # zipfile raises whatever its decompressors meet
        raise StudyError(
            f"{member.filename}: expected a zip member that can be read, found {error}"
        ) from None


def read_bounded(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Return a member's bytes as `read_member`, for callers that word the error themselves.

    Raises
    ------
    Exception
        Whatever zipfile and its decompressors meet; `EOFError` if the bytes are too few.
    """
    with _open(archive, member) as stream:
        # With a size, the decompressor stops there; without one it would unpack it all first.
        data = stream.read(member.file_size) if member.file_size else stream.read(1)
    if len(data) != member.file_size:
        raise EOFError(f"{len(data):,} bytes instead of {member.file_size:,}")
    return data


def extract_zip(path: Path, folder: Path, *, include: Sequence[str] = ()) -> list[Path]:
    """Unpack the included files below a folder and return their paths, in the zip's order.

    A file that is there already stays, and the call fails: nothing is overwritten.

    Raises
    ------
    StudyError
        As `check_zip` and `read_member`; or if a file exists or cannot be written.
    """
    written = []
    members = check_zip(path, include=include)
    with zipfile.ZipFile(path) as archive:
        for member in members:
            target = folder / PurePosixPath(member.filename)
            part = target.with_name(f".{target.name}.part")
            if target.exists():
                raise _refusal(path, "room for its files", f"{member.filename!r} there already")
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                with _open(archive, member) as source, part.open("wb") as file:
                    shutil.copyfileobj(source, file, _CHUNK)
                if (size := part.stat().st_size) != member.file_size:
                    raise EOFError(f"{size:,} bytes instead of {member.file_size:,}")
                part.replace(target)
            except Exception as error:  # zipfile raises whatever its decompressors meet
                part.unlink(missing_ok=True)
                raise _refusal(path, f"to unpack {member.filename!r}", str(error)) from None
            written.append(target)
    return written


def count_files(path: Path, include: Sequence[str]) -> int:
    """Return how many files of a zip are included, after `check_zip`."""
    return len(check_zip(path, include=include))


def _open(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> IO[bytes]:
    # Of bzip2 and LZMA zipfile unpacks all that a block of packed bytes gives: gigabytes of 4 KiB.
    if member.compress_type not in _BOUNDED:
        raise NotImplementedError(
            f"packing method {member.compress_type}, where only stored and deflated ones are read"
        )
    return archive.open(member)


def _included(member: zipfile.ZipInfo, include: Sequence[str]) -> bool:
    name = PurePosixPath(member.filename).name.lower()
    return not include or any(fnmatch.fnmatchcase(name, pattern.lower()) for pattern in include)


def _complaint(member: zipfile.ZipInfo) -> str | None:
    """Say what is wrong with a member's name or kind, if anything."""
    name = member.orig_filename
    kind = stat.S_IFMT(member.external_attr >> 16)
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ":" in parts[0]:
        return f"the absolute name {name!r}"
    if ".." in parts:
        return f"the name {name!r}, which climbs out"
    if "\\" in name or "\0" in name or not name:
        return f"the name {name!r}"
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return f"{name!r}, a link or a device"
    if member.flag_bits & 1:
        return f"{name!r}, which is encrypted"
    return None


def _refusal(path: Path, expected: str, found: str) -> StudyError:
    return StudyError(f"{path.name}: expected {expected}, found {found}; the file is not used")
