"""Pictures: which files are some, and how their bytes become RGB pixels."""

import contextlib
import io
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from study.errors import StudyError

FORMATS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
        "MPO": (".mpo",),
        "PNG": (".png", ".apng"),
        "WEBP": (".webp",),
        "BMP": (".bmp", ".dib"),
        "GIF": (".gif",),
        "TIFF": (".tif", ".tiff"),
        "AVIF": (".avif",),
        "JPEG2000": (".jp2", ".j2k", ".jpx", ".j2c", ".jpf"),
        "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
    }
)
"""Pillow's name of each format that is decoded, to the usual endings of its files."""
_SIGNATURE = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBP|II\*\0|MM\0\*|....ftypavi[fs]"
    rb"|\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51",
    re.DOTALL,
)
HEAD = 16
"""Bytes of a file that tell whether it is a picture, whatever its name."""
_MAX_RATIO = 1000


class UnreadablePicture(StudyError):
    """A file that cannot be decoded; ``reason`` says why, without the file's name."""

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(
            f"{name}: expected a picture, found {reason}: "
            "replace the file, or leave it out with --skip-unreadable"
        )

    def __reduce__(self) -> tuple[type["UnreadablePicture"], tuple[str, str]]:
        """Return what makes it anew in another process."""
        return UnreadablePicture, (self.name, self.reason)


@cache
def readable() -> Mapping[str, str]:
    """Return the endings of pictures that this Pillow reads, each with its format."""
    Image.init()
    known = {name: ends for name, ends in FORMATS.items() if name in Image.OPEN}
    return {ending: name for name, ends in known.items() for ending in ends}


def is_picture(name: str, head: bytes) -> bool:
    """Tell whether a file is a picture, by its ending or else by its first `HEAD` bytes."""
    return PurePosixPath(name.lower()).suffix in readable() or bool(_SIGNATURE.match(head))


def one_colour(image: Image.Image) -> bool:
    """Tell whether all pixels of an RGB picture are alike."""
    extrema: Any = image.getextrema()
    return all(low == high for low, high in extrema)


def decode(data: bytes, name: str) -> Image.Image:
    """Return a picture as Pillow's ``convert("RGB")`` gives it, as the published code does.

    The format is recognised by content. Less usual pictures:

    - greyscale: three equal channels; CMYK: Pillow's plain conversion, without colour profile;
    - alpha: dropped, not composited; the colours stored under transparent pixels are used;
    - 16 bits a channel: scaled to 8, where Pillow would cut grey off at 255 and so make it white;
    - 32 bits a channel: refused, because nothing says which number is white;
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
    with _named(data, name):
        image = _opened(data)
        if image.mode in {"I", "F"} or image.mode.startswith("I;"):
            return _scaled(image).convert("RGB")
        # Pillow would warn that a palette's alpha is dropped, which is intended.
        image.info.pop("transparency", None)
        return image.convert("RGB")


def size_of(data: bytes, name: str) -> tuple[int, int]:
    """Return the width and height that a picture's header states; its pixels are not decoded.

    Raises
    ------
    UnreadablePicture
        If the bytes do not begin as a picture does, or state a size that `decode` refuses.
    """
    with _named(data, name):
        return _opened(data).size


def _opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=_formats())
    _check_size(image)
    return image


@cache
def _formats() -> tuple[str, ...]:
    return tuple(dict.fromkeys(readable().values()))


@contextlib.contextmanager
def _named(data: bytes, name: str) -> Iterator[None]:
    """Turn any error of Pillow's into `UnreadablePicture`."""
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadablePicture(name, f"too many pixels ({error})") from None
    except Exception as error:  # whatever Pillow's readers raise for damaged bytes
        raise UnreadablePicture(name, _reason(error, data)) from None


def _scaled(image: Image.Image) -> Image.Image:
    """Return a grey picture of 16 bits with 8."""
    # Pillow opens some formats' 16 bits as whole numbers of 32.
    if image.mode == "F" or (image.mode == "I" and image.format not in {"PNG", "PPM"}):
        raise ValueError("32 bits a channel, whose white nothing tells: save it with 8 or 16 bits")
    values = np.asarray(image).astype(np.int64) >> 8  # as Pillow does with 16 bits of colour
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


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
