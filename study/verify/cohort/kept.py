"""What is finished of a class, kept beside its output: a kill costs the work in hand alone."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import study
from study.errors import StudyError
from study.files import documents
from study.files.output import write_atomic
from study.files.resolving import resolved
from study.verify.cohort.judging import Settings
from study.verify.submission.scan import MAX_ENTRIES

_SCHEMA = "study-class-record/1"
_LARGEST = 256 << 20
"""Bytes up to which a file's content counts; of larger ones, which no check reads, the size."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The finished records in a folder, each under a digest of everything that it depends on."""

    folder: Path
    options: str

    @classmethod
    def beside(cls, out: Path, options: str) -> "Finished":
        """Return the records beside an output folder."""
        place = resolved(out)
        return cls(place.with_name(f".{place.name}.finished"), options)

    def key(self, submission: Path, name: str) -> str:
        """Return the digest of a submission's files, its name, the options and the program."""
        digest = hashlib.sha256(f"{_SCHEMA}\n{self.options}\n{name}\n".encode())
        for line in _listing(submission):
            digest.update(line + b"\n")
        return digest.hexdigest()

    def find(self, key: str) -> dict[str, Any] | None:
        """Return a finished record; `None` where there is none, or a damaged one."""
        try:
            document = json.loads((self.folder / f"{key}.json").read_bytes())
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(document, dict) or document.pop("schema", None) != _SCHEMA:
            return None
        record = document.get("record")
        content = json.dumps(record, sort_keys=True).encode()
        if document.get("sha256") != documents.sha256_bytes(content):
            return None
        self._mark(key)
        return record if isinstance(record, dict) else None

    def keep(self, key: str, record: Mapping[str, Any]) -> None:
        """Keep a record; one that cannot be written is made again next time."""
        content = json.dumps(record, sort_keys=True).encode()
        document = {"schema": _SCHEMA, "sha256": documents.sha256_bytes(content), "record": record}
        with contextlib.suppress(OSError, StudyError):
            write_atomic(self.folder / f"{key}.json", json.dumps(document).encode())
            self._mark(key)

    def forget_others(self) -> None:
        """Delete the records that the finished run did not need, and its marks."""
        if not self.folder.is_dir():
            return
        needed = {path.stem for path in self.folder.glob("*.used")}
        for path in self.folder.iterdir():
            if path.suffix != ".json" or path.stem not in needed:
                with contextlib.suppress(OSError):
                    path.unlink()

    def _mark(self, key: str) -> None:
        with contextlib.suppress(OSError):
            (self.folder / f"{key}.used").touch()


def fingerprint(settings: Settings) -> str:
    """Return the digest of the options' files and of the program's own source."""
    stated = f"{study.__version__}\nrerun {settings.rerun}\nexpect {settings.expect}\n"
    digest = hashlib.sha256(stated.encode("utf-8", "replace"))
    for path in settings.files():
        digest.update(f"{path.name} ".encode("utf-8", "replace"))
        if path.is_file():
            digest.update(documents.sha256_file(path).encode())
    package = Path(study.__file__).parent
    for path in sorted(package.rglob("*")):
        if path.suffix in (".py", ".toml"):
            digest.update(f"\n{path.relative_to(package).as_posix()}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _listing(root: Path) -> Iterator[bytes]:
    """Yield a line for each entry below a folder: its name, and the digest of its content."""
    entries = 0
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted({*folders, *names}):
            entries += 1
            if entries > MAX_ENTRIES:
                yield b"more"
                return
            path = Path(folder) / name
            yield os.fsencode(path.relative_to(root).as_posix()) + b" " + _content(path)


def _content(path: Path) -> bytes:
    if path.is_symlink():
        return b"link"
    if path.is_dir():
        return b"folder"
    try:
        if not path.is_file():
            return b"special"
        size = path.stat().st_size
        return str(size).encode() if size > _LARGEST else documents.sha256_file(path).encode()
    except OSError:
        return b"unreadable"
