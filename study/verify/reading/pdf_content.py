"""Read a PDF's texts, pictures and attachments; `study.verify.reading.guard` runs this module."""

import contextlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
from pypdfium2 import raw

from study.errors import StudyError
from study.files.documents import sha256_bytes
from study.verify.reading.guard import limit_process
from study.verify.reading.imaging import MAX_PIXELS, examine
from study.verify.reading.pdf_structure import facts

MAX_PAGES = 400
MAX_PICTURES = 300
MAX_FILES = 2000
MAX_BYTES = 128 << 20
"""Total size of the attached files."""
_THOROUGH = 4
"""Seconds of processor time after which pictures are only compared, not looked at closely."""
_SCALE = 1.5
"""Pages are compared at 108 dots per inch: a changed digit shows. The same renderer draws the same
dots from the same data."""
_VISIBLE = 3
"""A dot has changed if red, green or blue (of 255) differ by more than this: a pale grey drawn over
white differs by 20 and is read easily."""
_DOTS = 3
"""A page has changed if at least this many dots have."""


def read(path: Path, folder: Path | None = None) -> dict[str, Any]:
    """Read a PDF.

    Returns
    -------
    dict
        "pages"; "texts", one per page; "producer"; "title"; "pictures", each with its page and
        measures; "attachments": name → file (below `folder`, if one is given) and sha256.
    """
    document = pypdfium2.PdfDocument(path)
    attachments = _attachments(document, folder)
    texts: list[str] = []
    pictures: list[dict[str, Any]] = []
    for number in range(min(len(document), MAX_PAGES)):
        page = document[number]
        texts.append(page.get_textpage().get_text_bounded())
        pictures += _pictures(page, number + 1, MAX_PICTURES - len(pictures))
        page.close()
    metadata = document.get_metadata_dict()
    return {
        "pages": len(document),
        "texts": texts,
        "producer": metadata.get("Producer", ""),
        "title": metadata.get("Title", ""),
        "pictures": pictures,
        "attachments": attachments,
    }


def compare(path: Path, other: Path) -> dict[str, Any]:
    """Compare the pages of two PDFs as they look on screen and on paper.

    Returns
    -------
    dict
        "changed": number of each changed page → the box around the changed dots (left, top, right,
        bottom as shares of the page).
    """
    documents = [pypdfium2.PdfDocument(file) for file in (path, other)]
    changed: dict[str, list[float]] = {}
    for number in range(min(*map(len, documents), MAX_PAGES)):
        pages = [document[number] for document in documents]
        for medium in (None, "print"):
            a, b = (_colours(page, medium) for page in pages)
            if a.shape != b.shape:
                changed[str(number + 1)] = [0, 0, 1, 1]
                break
            dots = (np.abs(a - b) > _VISIBLE).any(axis=2)
            if dots.sum() >= _DOTS:
                rows, columns = np.flatnonzero(dots.any(axis=1)), np.flatnonzero(dots.any(axis=0))
                corners = np.array([columns[0], rows[0], columns[-1], rows[-1]])
                box = corners / [*dots.shape[::-1], *dots.shape[::-1]]
                changed[str(number + 1)] = box.tolist()
                break
        for page in pages:
            page.close()
    return {"changed": changed}


def _colours(page: Any, medium: str | None) -> Any:
    width, height = page.get_size()
    if not 0 < width * height < 3_000_000:
        raise StudyError(f"a page of {width:.0f} x {height:.0f} points is too large to render")
    image = page.render(scale=_SCALE, optimize_mode=medium).to_pil().convert("RGB")
    return np.asarray(image, dtype=np.int16)


def _pictures(page: Any, number: int, limit: int) -> list[dict[str, Any]]:
    pictures: list[dict[str, Any]] = []
    images = page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4)
    for item in islice(images, limit):
        with contextlib.suppress(pypdfium2.PdfiumError, ValueError, OSError):
            width, height = item.get_px_size()
            if 0 < width * height <= MAX_PIXELS:
                thorough = time.process_time() < _THOROUGH
                measures = asdict(examine(item.get_bitmap().to_pil(), thorough=thorough))
                pictures.append({"page": number, "measures": measures})
    return pictures


def _attachments(document: Any, folder: Path | None) -> dict[str, dict[str, str]]:
    """List the attached files, and write them to a folder if one is given."""
    listed: dict[str, dict[str, str]] = {}
    total = 0
    for number in range(min(document.count_attachments(), MAX_FILES)):
        attached = document.get_attachment(number)
        name, content = attached.get_name(), bytes(attached.get_data())
        total += len(content)
        if name in listed or total > MAX_BYTES:
            raise StudyError(f"attached twice, or attachments too large: {name[:80]!r}")
        listed[name] = {"file": f"{number}.bin", "sha256": sha256_bytes(content)}
        if folder is not None:
            (folder / listed[name]["file"]).write_bytes(content)
    return listed


_VERBS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "read": read,
    "compare": compare,
    "facts": lambda path: {"facts": facts(path)},
}


def _main(words: list[str]) -> None:
    seconds, verb, *paths = words
    limit_process(int(seconds))
    try:
        answer = _VERBS[verb](*map(Path, paths))
    except Exception as error:
        answer = {"damage": " ".join(str(error).split())[:300] or type(error).__name__}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    _main(sys.argv[1:])
