"""Reading the data of a browser of units back from its files."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.files import documents
from study.files.output import read_bytes
from study.report.browser.content import SCHEMA, Content
from study.report.browser.units_page import FOLDER, PAGE

_BLOCK = '<script type="text/plain" id="{}">([^<]*)</script>'
_FILES = re.compile(r'<script type="application/json" id="files">([^<]*)</script>')
_PART = re.compile(r"receive\('(?:data|pictures|maps)', \d+, (\".*\")\);\n", re.DOTALL)
_NAME = re.compile(r"[a-z]+-\d{3,}\.js")


def read_browser(path: Path) -> tuple[Content, dict[str, bytes]]:
    """Return the data of a browser, and its files by the names that `browser_files` gives them.

    Parameters
    ----------
    path
        ``units.html``, or ``browser/index.html`` where the browser is a folder.

    Raises
    ------
    StudyError
        If a file cannot be read or is no part of a browser of units.
    """
    files = {PAGE: read_bytes(path)}
    page = _text(files[PAGE], path)
    if path.name == PAGE and f'href="{FOLDER}/index.html"' in page:
        return read_browser(path.parent / FOLDER / "index.html")
    index = _index(page, path)
    if not index:
        lines = {name: list(_block(page, name, path)) for name in ("data", "pictures", "maps")}
        return _content(lines, path), files
    files = {f"{FOLDER}/index.html": files[PAGE]}
    if (leading := path.parent.parent / PAGE).is_file():
        files[PAGE] = read_bytes(leading)
    lines = {"data": [], "pictures": [], "maps": []}
    for name, parts in index.items():
        for file, _ in parts:
            files[f"{FOLDER}/{file}"] = read_bytes(path.parent / file)
            found = _PART.fullmatch(_text(files[f"{FOLDER}/{file}"], path.parent / file))
            if found is None:
                raise StudyError(f"{file}: expected a part of a browser of units")
            lines[name] += str(documents.loads(found[1].encode(), name=file)).split("\n")
    return _content(lines, path), files


def _text(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise StudyError(f"{path.name}: expected a browser of units, found no UTF-8") from None


def _index(page: str, path: Path) -> dict[str, list[tuple[str, int]]]:
    """Return the files that hold the data, by block; none where the page itself holds it."""
    found = _FILES.search(page)
    if found is None:
        raise StudyError(
            f"{path.name}: expected a browser of units (units.html), found another page"
        )
    index = documents.loads(found[1].encode(), name=path.name)
    entries = index.items() if isinstance(index, dict) else ()
    for name, parts in entries:
        known = name in ("data", "pictures", "maps") and isinstance(parts, list)
        if not known or not all(_is_part(part) for part in parts):
            raise StudyError(f"{path.name}: expected the files of a browser, found {parts!r:.80}")
    return dict(entries)


def _is_part(part: Any) -> bool:
    return isinstance(part, list) and len(part) == 2 and bool(_NAME.fullmatch(str(part[0])))


def _block(page: str, name: str, path: Path) -> Iterator[str]:
    found = re.search(_BLOCK.format(name), page)
    if found is None:
        raise StudyError(f"{path.name}: expected the block {name} of a browser of units")
    if found[1]:
        yield from found[1].split("\n")


def _content(lines: dict[str, list[str]], path: Path) -> Content:
    document = documents.loads("\n".join(lines["data"]).encode(), name=path.name)
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise StudyError(f"{path.name}: expected data of the schema {SCHEMA}")
    return Content(document, tuple(lines["pictures"]), tuple(lines["maps"]))
