"""Archives of weights: what a file is by its first bytes, and whether its zip archive is whole."""

import zipfile
from pathlib import Path

from study.errors import StudyError

_TORCH = (b"PK\x03\x04", b"\x80")
"""First bytes of torch's files: a zip archive, or the older pickle."""
_CHUNK = 1 << 20


def check_kind(head: bytes) -> None:
    """Raise `StudyError` for a file that is none of torch's by its first bytes."""
    if head.startswith(_TORCH):
        return
    found = "not a file of weights: expected a torch checkpoint or safetensors"
    if head.startswith(b"version h"):
        found = "a Git LFS pointer, not the weights themselves: run git lfs pull"
    elif head.lstrip().lower().startswith((b"<!doctyp", b"<html")):
        found = "a web page, not weights: download the file again, perhaps after a login"
    raise StudyError(found)


def check_archive(path: Path, resave: str) -> None:
    """Check a zip archive before torch reads it, which looks at no checksum.

    Raises
    ------
    StudyError
        If it unpacks to much more than its size, as torch packs nothing; is a TorchScript archive
        (`resave` says what to do); or has a part that does not fit its checksum.
    """
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        unpacked = sum(member.file_size for member in members)
        if unpacked > 2 * path.stat().st_size + (1 << 20):
            raise StudyError(
                f"unpacks to {unpacked:,} bytes from {path.stat().st_size:,}: torch's files are "
                "not packed"
            )
        if any(member.filename.rpartition("/")[2] == "constants.pkl" for member in members):
            raise StudyError(f"a TorchScript archive is a program, not weights: {resave}")
        for member in members:
            if member.CRC:  # torch writes 0 where it is told to compute none
                _check_sum(archive, member)


def _check_sum(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    try:
        with archive.open(member) as file:
            while file.read(_CHUNK):
                pass
    except zipfile.BadZipFile:
        raise StudyError(
            f"the file is damaged: {member.filename} does not fit its checksum: copy or download "
            "the file again"
        ) from None
