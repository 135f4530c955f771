"""Whether a file is the artifact: size, digests and, for a zip of pictures, how many there are.

Hashing Broden takes seconds, so what a file gave is remembered in the cache folder, together with
its device, inode, size, and times of change to the nanosecond. If one of them differs, or the file
changed less than two seconds before it was hashed (a second change might then bear the same times),
it is hashed again. The inode's time of change cannot be set by a program, so bytes that differ are
only taken for the remembered ones after the clock was set back or the disk was written to past the
file system. Nothing else relies on the memory: the store's keys come from bytes that were read.
"""

import contextlib
import hashlib
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from study.artifacts.archive import count_files
from study.artifacts.pins import Artifact
from study.errors import StudyError
from study.folders import cache_folder
from study.output import write_atomic

_BLOCK = 1 << 20
_SETTLED_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a file gave when it was read: its digests, and the pictures in it."""

    sha256: str
    md5: str
    images: int | None


def complaint(artifact: Artifact, path: Path) -> str | None:
    """Say how a file differs from the artifact; None when it is the artifact.

    Parameters
    ----------
    artifact
        What is expected. Where only an MD5 is pinned and ``FILENAME.sha256`` lies beside the file
        (the digest of the first download), that is expected as well.
    path
        A file that exists.
    """
    try:
        if (size := path.stat().st_size) != artifact.bytes:
            return f"{size:,} bytes instead of {artifact.bytes:,}"
        facts = _remembered(artifact, path)
    except (OSError, StudyError) as error:
        return str(error)
    expected = artifact.sha256 or _recorded(path)
    if expected is not None and facts.sha256 != expected:
        return f"sha256 {facts.sha256} instead of {expected}"
    if artifact.md5 is not None and facts.md5 != artifact.md5:
        return f"md5 {facts.md5} instead of {artifact.md5}"
    if artifact.images is not None and facts.images != artifact.images:
        return f"{facts.images} images instead of {artifact.images}"
    return None


def record(artifact: Artifact, path: Path) -> None:
    """Write the SHA-256 beside a checked file of which only the MD5 is pinned."""
    if artifact.sha256 is None and _recorded(path) is None:
        facts = _remembered(artifact, path)
        write_atomic(_beside(path), f"{facts.sha256}  {path.name}\n".encode())


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name.removesuffix('.part')}.sha256")


def _recorded(path: Path) -> str | None:
    try:
        return _beside(path).read_text(encoding="ascii").split()[0]
    except (OSError, ValueError, IndexError):
        return None


def _remembered(artifact: Artifact, path: Path) -> _Facts:
    memory = None
    with contextlib.suppress(StudyError):  # No cache folder: nothing is remembered.
        memory = cache_folder() / "checked" / f"{artifact.name}.json"
    identity = _identity(artifact, path)
    if memory is not None:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            known = json.loads(memory.read_text(encoding="utf-8"))
            if known["identity"] == identity:
                return _Facts(**known["facts"])
    started = time.time_ns()
    facts = _read(artifact, path)
    settled = started - path.stat().st_ctime_ns > _SETTLED_NS
    if memory is not None and settled and _identity(artifact, path) == identity:
        document = {"identity": identity, "facts": asdict(facts)}
        with contextlib.suppress(OSError):
            write_atomic(memory, json.dumps(document, indent=1).encode())
    return facts


def _identity(artifact: Artifact, path: Path) -> list[int | str]:
    stat = path.stat()
    times = [stat.st_mtime_ns, stat.st_ctime_ns]
    return [stat.st_dev, stat.st_ino, stat.st_size, *times, *artifact.include]


def _read(artifact: Artifact, path: Path) -> _Facts:
    digests = (hashlib.sha256(), hashlib.md5(usedforsecurity=False))
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            for digest in digests:
                digest.update(block)
    images = None if artifact.images is None else count_files(path, artifact.include)
    return _Facts(digests[0].hexdigest(), digests[1].hexdigest(), images)
