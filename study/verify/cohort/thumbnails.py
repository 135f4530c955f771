"""Small copies of submitted pictures, decoded within limits and written anew."""

import base64
import io
import warnings
from pathlib import Path

from PIL import Image

from study.verify.reading.imaging import MAX_PIXELS, SMALLEST, examine

SIDE = 160
"""Pixels of a small copy's longer side."""
_MAX_BYTES = 60 << 20
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
"""What is decoded; Pillow would start other programs for some other formats."""
_QUALITY = 70


def small_copy(path: Path) -> str:
    """Return a picture as a small JPEG in base64, "" if it cannot be decoded.

    Nothing of the file but its pixels is in the copy.
    """
    image = _decoded(path)
    if image is None:
        return ""
    rgba = image.convert("RGBA")
    rgba.thumbnail((SIDE, SIDE))
    flat = Image.new("RGB", rgba.size, "white")
    flat.paste(rgba, mask=rgba.getchannel("A"))
    data = io.BytesIO()
    flat.save(data, "JPEG", quality=_QUALITY)
    return base64.b64encode(data.getvalue()).decode()


def pixels(path: Path) -> str:
    """Return the digest of a picture's size and pixels; "" if it is small, blank or noise."""
    image = _decoded(path)
    if image is None or min(image.size) < SMALLEST:
        return ""
    try:
        picture = examine(image)
    except MemoryError:
        return ""
    return "" if picture.fault else picture.digest


def _decoded(path: Path) -> Image.Image | None:
    try:
        if path.stat().st_size > _MAX_BYTES:
            return None
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                return None
            image.load()
            return image.copy()
    except Exception:  # decoders raise anything on damaged files, MemoryError too
        return None
