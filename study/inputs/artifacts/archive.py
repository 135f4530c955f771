"""Zip files from elsewhere: check the directory first, then read members within bounds."""

import fnmatch
import stat
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from study.errors import StudyError

MAX_RATIO = 200.0
"""Bytes unpacked for each byte packed; photos reach 1, text 20, a zip bomb 1,000 and more."""
MAX_TOTAL = 1 << 36
"""Bytes of all members together: 64 GiB, seventy times Broden."""
MAX_MEMBERS = 5_000_000
_SMALL = 1 << 20
_BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def check_zip(path: Path, *, include: Sequence[str] = ()) -> tuple[zipfile.ZipInfo, ...]:
    """Return the files in a zip, in its order, after checking its directory; reads no member.

    Parameters
    ----------
    path
        The zip file.
    include
        Shell patterns (``*.jpg``) of file names, whatever their case; none takes all. Names and
        kinds are checked for every member, sizes for the included ones.

    Raises
    ------
    StudyError
        If it is not a zip, or a member has an absolute name, climbs out with ``..``, is a link or
        a device, is encrypted, occurs twice, or would unpack to more than `MAX_RATIO` times its
        size (members up to 1 MiB are exempt one by one, not together) or `MAX_TOTAL` bytes.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
        raise StudyError(f"{path.name}: expected a zip file, found {error}") from None
    if len(members) > MAX_MEMBERS:
        raise _refusal(path, f"{len(members):,} members, more than {MAX_MEMBERS:,}")
    names = set()
    for member in members:
        if fault := _fault(member):
            raise _refusal(path, fault)
        if member.filename in names:
            raise _refusal(path, f"member {member.filename!r} occurs twice")
        names.add(member.filename)
    files = tuple(m for m in members if not m.is_dir() and _included(m, include))
    for member in files:
        if member.file_size > max(_SMALL, MAX_RATIO * member.compress_size):
            sizes = f"{member.compress_size:,} bytes to {member.file_size:,}"
            raise _refusal(path, f"member {member.filename!r} unpacks from {sizes}")
    total, packed = sum(member.file_size for member in files), path.stat().st_size
    # Members that overlap give many bytes out of few without any one of them standing out.
    if total > min(MAX_TOTAL, max(_SMALL, MAX_RATIO * packed)):
        raise _refusal(path, f"{packed:,} bytes unpack to {total:,} in total")
    return files


def read_bounded(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Return a member's bytes, using no more memory than its stated size whatever it unpacks to.

    Raises
    ------
    Exception
        Whatever zipfile and its decompressors raise; `EOFError` if bytes are missing, and
        `NotImplementedError` for a method whose unpacking cannot be bounded.
    """
    # Of bzip2 and LZMA zipfile unpacks all that a block of packed bytes gives: gigabytes of 4 KiB.
    if member.compress_type not in _BOUNDED:
        raise NotImplementedError(
            f"packing method {member.compress_type}; only stored and deflated members can be read"
        )
    with archive.open(member) as stream:
        # With a size, the decompressor stops there; without one it would unpack it all first.
        data = stream.read(member.file_size) if member.file_size else stream.read(1)
    if len(data) != member.file_size:
        raise EOFError(f"{len(data):,} bytes instead of {member.file_size:,}")
    return data


def _included(member: zipfile.ZipInfo, include: Sequence[str]) -> bool:
    name = PurePosixPath(member.filename).name.lower()
    return not include or any(fnmatch.fnmatchcase(name, pattern.lower()) for pattern in include)


def _fault(member: zipfile.ZipInfo) -> str | None:
    """Return what is wrong with a member's name or kind, if anything."""
    name = member.orig_filename
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ":" in parts[0]:
        return f"member {name!r} has an absolute name"
    if ".." in parts:
        return f"member {name!r} climbs out of the archive"
    if "\\" in name or "\0" in name or not name:
        return f"member {name!r} has a malformed name"
    if stat.S_IFMT(member.external_attr >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return f"member {name!r} is a link or a device"
    if member.flag_bits & 1:
        return f"member {name!r} is encrypted"
    return None


def _refusal(path: Path, fault: str) -> StudyError:
    return StudyError(f"{path.name}: unsafe zip file, not used: {fault}")
