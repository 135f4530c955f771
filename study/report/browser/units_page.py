"""Writing the browser of units as one file or, where it is large, as a folder."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from study.files.folders import resource
from study.report.browser.content import Content
from study.report.page import template

PAGE = "units.html"
"""The browser, or where it is large a page that leads to the one in the folder."""
FOLDER = "browser"
LARGEST = 50_000_000
"""The most bytes of a browser in one file."""
_PART = 4_000_000
"""About how many bytes of pictures a file of the folder holds."""
SCRIPTS = ("data", "address", "choice", "table", "overview", "unit", "search", "main")
"""The script, in the order in which its parts are joined."""


def browser_files(content: Content, *, largest: int = LARGEST) -> dict[str, bytes]:
    """Return the files of a browser, by name.

    Parameters
    ----------
    content
        What it shows.
    largest
        The most bytes of a single file. Where the browser is larger, its page is
        ``browser/index.html`` and its data lie beside it in scripts, which a page may load from a
        disk; ``units.html`` then leads there.
    """
    title = content.document["title"]
    lines = {"data": (_json(content.document),), "pictures": content.pictures, "maps": content.maps}
    blocks = {name: "\n".join(its) for name, its in lines.items()}
    if sum(map(len, blocks.values())) <= largest:
        return {PAGE: _page(title, blocks, {})}
    files: dict[str, bytes] = {}
    index: dict[str, list[tuple[str, int]]] = {}
    for name, its in lines.items():
        for number, (first, part) in enumerate(_parts(its)):
            file, text = f"{name}-{number:03}.js", "\n".join(part)
            files[f"{FOLDER}/{file}"] = f"receive('{name}', {number}, {_json(text)});\n".encode()
            index.setdefault(name, []).append((file, first))
    leading = template("browser/leading.html.j2").render(
        title=title, target=f"{FOLDER}/index.html", **_sealed(_LEADING)
    )
    return {PAGE: leading.encode(), f"{FOLDER}/index.html": _page(title, {}, index), **files}


_LEADING = "location.replace(document.querySelector('a').href + location.hash);"


def _parts(lines: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield lines in parts of about `_PART` bytes, each with the number of its first line."""
    first, size = 0, 0
    for number, line in enumerate(lines):
        size += len(line)
        if size >= _PART or number + 1 == len(lines):
            yield first, lines[first : number + 1]
            first, size = number + 1, 0


def _json(value: Any) -> str:
    """Return JSON that no page mistakes for markup."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _page(
    title: str, blocks: Mapping[str, str], files: Mapping[str, list[tuple[str, int]]]
) -> bytes:
    style = resource("templates/browser/browser.css").read_text(encoding="utf-8")
    html = template("browser/browser.html.j2").render(
        title=title,
        blocks={name: Markup(text) for name, text in blocks.items()},  # noqa: S704 - escaped
        files=files,
        files_json=Markup(_json(files)),  # noqa: S704 - escaped
        style=Markup(style),  # noqa: S704 - the program's own sheet
        style_digest=_digest(style),
        **_sealed(script()),
    )
    return html.encode()


def script() -> str:
    """Return the browser's script."""
    parts = (resource(f"templates/browser/{name}.js") for name in SCRIPTS)
    return "".join(part.read_text(encoding="utf-8") for part in parts)


def _sealed(code: str) -> dict[str, Any]:
    return {"script": Markup(code), "script_digest": _digest(code)}  # noqa: S704 - the program's own


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
