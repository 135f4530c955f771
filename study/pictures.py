"""Picture files: where they lie, in which order, and how one becomes RGB pixels."""

import io
import os
import threading
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Protocol

from PIL import Image, ImageFile, UnidentifiedImageError

from study.artifacts.archive import read_bounded
from study.errors import StudyError

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
_MAX_BYTES = 1 << 28
_MAX_RATIO = 1000


class UnreadablePicture(StudyError):
    """A file that gives no picture; ``reason`` says why, without the file's name."""

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
        """How many files were found, pictures or not."""

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
        found = list(_walk(root))
        self.names, self.count = in_order(found), len(found)

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
        If the file is no zip, or one of its members has a name that is absolute, climbs out of
        the archive, or occurs twice (``a.png`` and ``./a.png`` are one name).
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
            if _climbs(member.filename):
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
        # One file position serves all members, so one thread reads at a time.
        with self._lock:
            member = self._members[name]
            if member.file_size > _MAX_BYTES:
                raise UnreadablePicture(name, f"{member.file_size} bytes, more than {_MAX_BYTES}")
            try:
                return read_bounded(self._zip, member)
            except Exception as error:  # zipfile raises what its decompressors meet
                raise UnreadablePicture(name, f"a damaged zip member ({error})") from None


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names of pictures by folder, then by name, in code-point order.

    A name is a picture's when it ends in one of `ENDINGS`, in lower or upper case, and none of its
    parts is hidden: begins with a dot (``.ipynb_checkpoints``), or is the ``__MACOSX`` in which
    macOS puts what a zip cannot hold.
    """
    paths = (PurePosixPath(name) for name in names if name.lower().endswith(ENDINGS))
    pictures = (path for path in paths if not any(map(_hidden, path.parts)))
    return tuple(str(path) for path in sorted(pictures, key=lambda p: (p.parent.parts, p.name)))


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Tell whether a name fits one of the glob patterns, whatever the case.

    A pattern without ``/`` speaks of the file's name; one with it, of the end of its path.
    """
    path = PurePosixPath(name.lower())
    return any(path.match(pattern.lower()) for pattern in patterns)


def decode(data: bytes, name: str) -> Image.Image:
    """Return a picture as Pillow's ``convert("RGB")`` gives it, as the published code does.

    The format is recognised by content. What becomes of the less usual pictures:

    - greyscale: three equal channels; CMYK: Pillow's plain conversion, without colour profile;
    - alpha: dropped, not composited: the colours stored under transparent pixels show;
    - 16 bits a channel, PNG or TIFF: grey is clipped at 255 (so mostly white), colour is scaled;
    - animation, and a TIFF of several pages: the first picture;
    - EXIF rotation: ignored, the pixels stay as stored; only a TIFF's own tag turns the picture;
    - 1 x 1 pixel: a picture like any other.

    Parameters
    ----------
    data
        The file's bytes.
    name
        What errors call the file.

    Raises
    ------
    UnreadablePicture
        If the bytes are no picture, end too early, hold more pixels than Pillow's guard against
        decompression bombs admits, or a strip more than 1,000 times as long as wide.
    """
    # Libraries switch this on for the whole process (WeasyPrint does): half a photo is none.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
        _check_size(image)
        # Without it Pillow warns that a palette's alpha is dropped, which is what is wanted.
        image.info.pop("transparency", None)
        return image.convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadablePicture(name, f"too many pixels ({error})") from None
    except Exception as error:  # Pillow's readers raise whatever they meet in damaged bytes
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


def _climbs(name: str) -> bool:
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
    """Yield the names of all files below a folder, but of those in hidden folders."""
    if not root.is_dir():
        raise StudyError(f"{root.name}: expected a folder of pictures, found none at this path")
    left: list[tuple[str, tuple[Path, ...]]] = [("", (root.resolve(),))]
    while left:
        folder, way = left.pop()
        try:
            with os.scandir(root / folder) as found:
                entries = list(found)
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
                # A link to a folder passed on the way here, or around one, leads here again.
                if not any(passed.is_relative_to(target) for passed in way):
                    left.append((f"{name}/", (*way, target)))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # A link that leads to itself, or where nobody may look.
        return False
