"""Whether a file is the pinned artifact: its size, digests and, for a zip, its number of pictures.

Hashing Broden takes seconds, so the digests of a file are remembered in the cache folder together
with its device, inode, size and times of change. If one of these differs, or the file changed less
than two seconds before it was hashed (a second change might bear the same times), it is hashed
again. Programs cannot set an inode's time of change, so the memory can be wrong only if the clock
was set back or the disk was written to past the file system. Keys of the store do not rely on it.
"""

import contextlib
import hashlib
import json
import time
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.files.folders import cache_folder
from study.files.output import write_atomic
from study.inputs.artifacts.archive import check_zip
from study.inputs.artifacts.pins import Artifact

_BLOCK = 1 << 20
_SETTLED_NS = 2_000_000_000


def complaint(artifact: Artifact, path: Path) -> str | None:
    """Return how an existing file differs from the artifact; None if it is the artifact.

    Where only an MD5 is pinned and ``FILENAME.sha256`` lies next to the file (the digest of the
    first download), the file must match that as well.
    """
    try:
        if (size := path.stat().st_size) != artifact.bytes:
            return f"{size:,} bytes instead of {artifact.bytes:,}"
        facts = _facts(artifact, path)
    except (OSError, StudyError) as error:
        return str(error)
    expected = {
        "sha256": artifact.sha256 or _recorded(path),
        "md5": artifact.md5,
        "images": artifact.images,
    }
    for key, value in expected.items():
        if value is not None and facts.get(key) != value:
            return f"{key} {facts.get(key)} instead of {value}"
    return None


def record(artifact: Artifact, path: Path) -> None:
    """Write the SHA-256 next to a checked file of which only the MD5 is pinned."""
    if artifact.sha256 is None and _recorded(path) is None:
        line = f"{_facts(artifact, path)['sha256']}  {path.name}\n"
        write_atomic(_digest_file(path), line.encode())


def _digest_file(path: Path) -> Path:
    return path.with_name(f"{path.name.removesuffix('.part')}.sha256")


def _recorded(path: Path) -> str | None:
    try:
        return _digest_file(path).read_text(encoding="ascii").split()[0]
    except (OSError, ValueError, IndexError):
        return None


def _facts(artifact: Artifact, path: Path) -> dict[str, Any]:
    """Return the digests of a file and its number of images, remembered or read."""
    memory = None
    with contextlib.suppress(StudyError):  # No cache folder: nothing is remembered.
        memory = cache_folder() / "checked" / f"{artifact.name}.json"
    identity = _identity(artifact, path)
    if memory is not None:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            known = json.loads(memory.read_text(encoding="utf-8"))
            if known["identity"] == identity:
                return dict(known["facts"])
    started = time.time_ns()
    facts = _read(artifact, path)
    settled = started - path.stat().st_ctime_ns > _SETTLED_NS
    if memory is not None and settled and _identity(artifact, path) == identity:
        document = {"identity": identity, "facts": facts}
        with contextlib.suppress(OSError):
            write_atomic(memory, json.dumps(document, indent=1).encode())
    return facts


def _identity(artifact: Artifact, path: Path) -> list[int | str]:
    stat = path.stat()
    times = [stat.st_mtime_ns, stat.st_ctime_ns]
    return [stat.st_dev, stat.st_ino, stat.st_size, *times, *artifact.include]


def _read(artifact: Artifact, path: Path) -> dict[str, Any]:
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            sha256.update(block)
            md5.update(block)
    images = None if artifact.images is None else len(check_zip(path, include=artifact.include))
    return {"sha256": sha256.hexdigest(), "md5": md5.hexdigest(), "images": images}
