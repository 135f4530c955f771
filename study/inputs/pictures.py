"""Picture files: finds them in a folder or zip, orders them and decodes them to RGB pixels."""

import io
import os
import stat
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image, ImageFile, UnidentifiedImageError

from study.errors import StudyError

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


@dataclass(frozen=True, slots=True)
class Files:
    """Picture files, by name with ``/`` between folders."""

    names: tuple[str, ...]
    """The pictures, in the probe's order."""
    count: int
    """The number of files that were looked at, pictures or not."""
    read: Callable[[str], bytes]
    """Returns a file's bytes, in any thread; raises `UnreadablePicture` if it cannot."""


def folder(root: Path) -> Files:
    """Return the pictures below a folder, following links; hidden ones are left out."""

    def read(name: str) -> bytes:
        try:
            facts = (root / name).stat()
            if not stat.S_ISREG(facts.st_mode) or facts.st_size > _MAX_BYTES:
                raise UnreadablePicture(name, f"no file of at most {_MAX_BYTES >> 20} MB")
            return (root / name).read_bytes()
        except OSError as error:
            raise UnreadablePicture(name, str(error.strerror or error).lower()) from None

    names = list(_walk(root))
    return Files(in_order(names), len(names), read)


def zip_file(path: Path) -> Files:
    """Return every picture in a zip file, read in memory and never extracted.

    Raises
    ------
    StudyError
        If the file is not a zip, or a member's name is absolute, leads out of the archive, or
        occurs twice (``a.png`` and ``./a.png`` are one name).
    """
    if path.is_dir():
        raise StudyError(
            f'{path.name}: expected a zip of pictures, found a folder: set kind = "folder"'
        )
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise StudyError(f"{path.name}: expected a zip of pictures, found {error}") from None
    members: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        if member.is_dir():
            continue
        if _leads_out(member.filename):
            raise StudyError(
                f"{path.name}: expected members with relative names, found "
                f"{member.filename!r}: make the archive again"
            )
        name = str(PurePosixPath(member.filename))
        if name in members:
            raise StudyError(f"{path.name}: expected each member once, found {name!r} twice")
        members[name] = member
    lock = threading.Lock()

    def read(name: str) -> bytes:
        # All members share one file position, so one thread reads at a time.
        with lock:
            return _read_member(archive, members[name], name)

    return Files(in_order(members), len(members), read)


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
    """Tell whether a name, or with ``/`` in a pattern the end of its path, fits, in any case."""
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
    parts = name.split("/")
    return not parts[0] or ":" in parts[0] or ".." in parts or "\\" in name or "\0" in name


def _hidden(part: str) -> bool:
    return part.startswith(".") or part == "__MACOSX"


def _walk(root: Path) -> Iterator[str]:
    """Yield the names of all files below a folder, except those in hidden folders."""
    if not root.is_dir():
        raise StudyError(f"{root.name}: expected a folder of pictures, found none at this path")

    def refuse(error: OSError) -> None:
        where = (root.name / Path(error.filename).relative_to(root)).as_posix()
        raise StudyError(
            f"{where}: expected a folder that can be opened, found "
            f"{(error.strerror or str(error)).lower()}: permit reading it, or move it away"
        )

    above: dict[Path, tuple[Path, ...]] = {Path(): (root.resolve(),)}
    for folder, inner, files in os.walk(root, followlinks=True, onerror=refuse):
        here = Path(folder).relative_to(root)
        yield from ((here / name).as_posix() for name in files)
        targets = {name: Path(folder, name).resolve() for name in inner if not _hidden(name)}
        parents = above.pop(here)
        # A link to one of the parents, or to a folder around one, would loop.
        inner[:] = [
            name
            for name, target in targets.items()
            if not any(parent.is_relative_to(target) for parent in parents)
        ]
        above |= {here / name: (*parents, targets[name]) for name in inner}
