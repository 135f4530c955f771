"""Picture files: finds them in a folder or zip, orders them and decodes them to RGB pixels."""

import io
import os
import threading
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Protocol

from PIL import Image, ImageFile, UnidentifiedImageError

from study.errors import StudyError
from study.inputs.artifacts.archive import read_bounded

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
_MAX_BYTES = 1 << 28
_MAX_RATIO = 1000


class UnreadablePicture(StudyError):
    """A file that cannot be decoded; ``reason`` says why, without the file's name."""

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(
            f"{name}: expected a picture, found {reason}: "
            "replace the file, or leave it out with --skip-unreadable"
        )


class Files(Protocol):
    """Picture files by name; `read` may be called from several threads."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all picture files, with ``/`` between folders, in the probe's order."""

    @property
    def count(self) -> int:
        """The number of files, pictures or not."""

    def read(self, name: str) -> bytes:
        """Return the bytes of one file."""


class Folder:
    """Every picture below a folder; links to folders are followed.

    Raises
    ------
    StudyError
        If there is no such folder, or one below it cannot be opened.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        files = list(_walk(root))
        self.names, self.count = in_order(files), len(files)

    def read(self, name: str) -> bytes:
        """Return the bytes of one file; raises `UnreadablePicture` when it cannot be opened."""
        try:
            return (self._root / name).read_bytes()
        except OSError as error:
            raise UnreadablePicture(name, str(error.strerror or error).lower()) from None


class Archive:
    """Every picture in a zip file, read in memory and never extracted.

    Raises
    ------
    StudyError
        If the file is not a zip, or a member's name is absolute, leads out of the archive, or
        occurs twice (``a.png`` and ``./a.png`` are one name).
    """

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise StudyError(f"{path.name}: expected a zip of pictures, found {error}") from None
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in self._zip.infolist():
            if member.is_dir():
                continue
            if _leads_out(member.filename):
                raise StudyError(
                    f"{path.name}: expected members with relative names, found "
                    f"{member.filename!r}: make the archive again"
                )
            name = str(PurePosixPath(member.filename))
            if name in self._members:
                raise StudyError(f"{path.name}: expected each member once, found {name!r} twice")
            self._members[name] = member
        self._lock = threading.Lock()
        self.names, self.count = in_order(self._members), len(self._members)

    def read(self, name: str) -> bytes:
        """Return the bytes of one member; raises `UnreadablePicture` for a damaged one."""
        # All members share one file position, so one thread reads at a time.
        with self._lock:
            member = self._members[name]
            if member.file_size > _MAX_BYTES:
                raise UnreadablePicture(name, f"{member.file_size} bytes, more than {_MAX_BYTES}")
            try:
                return read_bounded(self._zip, member)
            except Exception as error:  # whatever zipfile's decompressors raise
                raise UnreadablePicture(name, f"a damaged zip member ({error})") from None


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names of pictures, sorted by folder, then by name, in code-point order.

    A picture's name ends in one of `ENDINGS`, in lower or upper case, and none of its parts is
    hidden: begins with a dot (``.ipynb_checkpoints``), or is ``__MACOSX``, where macOS puts what a
    zip cannot store.

    Examples
    --------
    >>> in_order(["b/1.png", "a/2.JPG", "a/10.jpg", "a/.thumbs/2.jpg", "notes.txt"])
    ('a/10.jpg', 'a/2.JPG', 'b/1.png')
    """
    paths = (PurePosixPath(name) for name in names if name.lower().endswith(ENDINGS))
    pictures = (path for path in paths if not any(map(_hidden, path.parts)))
    return tuple(str(path) for path in sorted(pictures, key=lambda p: (p.parent.parts, p.name)))


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Tell whether a name fits one of the glob patterns, ignoring case.

    A pattern without ``/`` is matched against the file's name, one with it against the end of its
    path.
    """
    path = PurePosixPath(name.lower())
    return any(path.match(pattern.lower()) for pattern in patterns)


def decode(data: bytes, name: str) -> Image.Image:
    """Return a picture as Pillow's ``convert("RGB")`` gives it, as the published code does.

    The format is recognised by content. Less usual pictures:

    - greyscale: three equal channels; CMYK: Pillow's plain conversion, without colour profile;
    - alpha: dropped, not composited; the colours stored under transparent pixels are used;
    - 16 bits a channel, PNG or TIFF: grey is clipped at 255 (so mostly white), colour is scaled;
    - animation, and a TIFF of several pages: the first picture;
    - EXIF rotation: ignored, only a TIFF's own tag turns the picture;
    - 1 x 1 pixel: accepted.

    Parameters
    ----------
    data
        The file's bytes.
    name
        The file's name in error messages.

    Raises
    ------
    UnreadablePicture
        If the bytes are not a picture, end too early, contain more pixels than Pillow's guard
        against decompression bombs admits, or a strip over 1,000 times as long as wide.
    """
    # Libraries (WeasyPrint) switch this on for the whole process; here truncation is an error.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
        _check_size(image)
        # Pillow would warn that a palette's alpha is dropped, which is intended.
        image.info.pop("transparency", None)
        return image.convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadablePicture(name, f"too many pixels ({error})") from None
    except Exception as error:  # whatever Pillow's readers raise for damaged bytes
        raise UnreadablePicture(name, _reason(error, data)) from None


def _check_size(image: Image.Image) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        raise Image.DecompressionBombError(
            f"{image.width} x {image.height}, more than {limit} in all"
        )
    if max(image.size) > _MAX_RATIO * min(image.size):
        raise ValueError(f"a strip of {image.width} x {image.height} pixels")


def _reason(error: Exception, data: bytes) -> str:
    if not data:
        return "an empty file"
    if isinstance(error, UnidentifiedImageError):
        return "something else"
    return " ".join(str(error).split()) or type(error).__name__


def _leads_out(name: str) -> bool:
    return (
        name.startswith(("/", "\\"))
        or ":" in name.split("/", 1)[0]
        or "\\" in name
        or "\0" in name
        or ".." in name.split("/")
    )


def _hidden(part: str) -> bool:
    return part.startswith(".") or part == "__MACOSX"


def _walk(root: Path) -> Iterator[str]:
    """Yield the names of all files below a folder, except those in hidden folders."""
    if not root.is_dir():
        raise StudyError(f"{root.name}: expected a folder of pictures, found none at this path")
    pending: list[tuple[str, tuple[Path, ...]]] = [("", (root.resolve(),))]
    while pending:
        folder, parents = pending.pop()
        try:
            with os.scandir(root / folder) as scan:
                entries = list(scan)
        except OSError as error:
            where = (Path(root.name) / folder).as_posix()
            raise StudyError(
                f"{where}: expected a folder that can be opened, found "
                f"{(error.strerror or str(error)).lower()}: permit reading it, or move it away"
            ) from None
        for entry in entries:
            name = f"{folder}{entry.name}"
            if not _is_folder(entry):
                yield name
            elif not _hidden(entry.name):
                target = (root / name).resolve()
                # A link to one of the parents, or to a folder around one, would loop.
                if not any(parent.is_relative_to(target) for parent in parents):
                    pending.append((f"{name}/", (*parents, target)))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself or to a folder without permission
        return False
