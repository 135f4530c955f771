"""Read a report as passages of text and grids of cells, each with its heading and page."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.files.output import read_bytes
from study.verify.reading.guard import read_pdf

MAX_BYTES = 4 << 20
_MAX_LINES = 60_000
_BULLET = re.compile(r"^(\s*)(?:[-*+•□▪◦‣–]|\d{1,2}[.)])\s+(?=\S)")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_FENCE = re.compile(r"^\s*(?:```|~~~)\s*(\w*)")
_CODE = frozenset({"python", "py", "bash", "sh", "shell", "console", "toml", "yaml", "json", "cpp"})
_END = re.compile(r"[.!?:;,]['\"”’)\]*_]*$")
_WORDS = 10
"""The most words of a line that can be a heading without a mark."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph or a bullet; `heading` holds the headings above it, outermost first."""

    text: str
    heading: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: rows of cells, the first of them the header."""

    rows: tuple[tuple[str, ...], ...]
    heading: tuple[str, ...] = ()
    page: int | None = None


Part = Passage | Grid


def read_report(path: Path) -> list[Part]:
    """Return the parts of a report in order.

    Parameters
    ----------
    path
        A PDF, Markdown or text, or a notebook; of a notebook the cells' numbers count as pages,
        its code is not read, and what it printed is.

    Raises
    ------
    StudyError
        If the file is none of these, too large or damaged.
    """
    ending = path.suffix.casefold()
    if ending == ".pdf":
        pages = read_pdf(path)["texts"]
        return [part for n, text in enumerate(pages, 1) for part in _of_text(text, n, bare=True)]
    data = read_bytes(path, most=MAX_BYTES)
    if ending == ".ipynb":
        return list(_of_notebook(data, path.name))
    if b"\0" in data[:4096] or data.startswith(b"%PDF-"):
        raise StudyError(f"{path.name}: expected a .pdf, .md, .txt or .ipynb file")
    text = data.decode("utf-8-sig", errors="replace")
    return list(_of_text(text, None, bare=ending not in (".md", ".markdown")))


def _of_notebook(data: bytes, name: str) -> Iterator[Part]:
    try:
        cells = json.loads(data)["cells"]
        texts = [(n, kind, text) for n, cell in enumerate(cells, 1) for kind, text in _cell(cell)]
    except (ValueError, TypeError, KeyError, RecursionError, AttributeError) as error:
        raise StudyError(f"{name}: not a notebook: {type(error).__name__}") from None
    heading: tuple[str, ...] = ()
    for number, kind, text in texts:
        if kind == "html":
            yield from (replace(grid, heading=heading, page=number) for grid in _grids(text))
            continue
        # of what code printed, a line each: what one line names is not the next one's
        spaced = "\n\n".join(text.splitlines()) if kind == "printed" else text
        for part in _of_text(spaced, number, bare=kind != "markdown", above=heading):
            yield part
            heading = part.heading if kind == "markdown" else heading
        if kind == "markdown" and (marks := _headings(text)):
            heading = marks


def _cell(cell: Any) -> Iterator[tuple[str, str]]:
    """Yield the texts of a notebook's cell: Markdown, or what its code printed and showed."""
    source = "".join(cell.get("source", ""))
    if cell.get("cell_type") == "markdown":
        yield "markdown", source
    for output in cell.get("outputs", []):
        shown = output.get("data", {})
        if "text/html" in shown:
            yield "html", "".join(shown["text/html"])
        elif "text/markdown" in shown:
            yield "markdown", "".join(shown["text/markdown"])
        else:
            yield "printed", "".join(output.get("text", shown.get("text/plain", "")))


def _headings(text: str) -> tuple[str, ...]:
    """Return the last heading of a Markdown text, below those that it stands under."""
    stack: dict[int, str] = {}
    for line in text.splitlines():
        if match := _HEADING.match(line):
            level = len(match[1])
            stack = {n: each for n, each in stack.items() if n < level} | {level: _bare(match[2])}
    return tuple(stack[level] for level in sorted(stack))


def _of_text(
    text: str, page: int | None, *, bare: bool, above: tuple[str, ...] = ()
) -> Iterator[Part]:
    """Yield the parts of a text; `bare` texts have headings without marks."""
    without = re.sub(r"(?is)<table.*?</table>", "\n\n", text)
    for grid in _grids(text) if without != text else ():
        yield replace(grid, page=page, heading=above)
    blocks = _Blocks(without.splitlines()[:_MAX_LINES], page, bare, dict(enumerate(above, -10)))
    for place in range(len(blocks.lines)):
        yield from blocks.line(place)
    yield from blocks.ended()


@dataclass(slots=True)
class _Blocks:
    """Lines on their way to parts: the headings, bullets and lines of the part so far."""

    lines: list[str]
    page: int | None
    bare: bool
    headings: dict[int, str]
    lead: list[tuple[int, str]] = field(default_factory=list)
    """Bullets, by indent, and lines that end in a colon: what follows belongs to them."""
    block: list[str] = field(default_factory=list)
    hidden: bool = False
    """Whether code stands here."""

    @property
    def heading(self) -> tuple[str, ...]:
        above = (self.headings[level] for level in sorted(self.headings))
        return (*above, *(words for _, words in self.lead))

    def ended(self) -> Iterator[Part]:
        """Yield the part that ends here, if there is one."""
        joined = _joined(self.block)
        self.block.clear()
        if joined:
            yield Passage(joined, self.heading, self.page)

    def line(self, place: int) -> Iterator[Part]:
        """Take a line in; yield the parts that it ends."""
        line, following = self.lines[place], self.lines[place + 1 :][:1]
        mark, bullet = _HEADING.match(line), _BULLET.match(line)
        if fence := _FENCE.match(line):
            yield from self.ended()
            self.hidden = not self.hidden and fence[1].casefold() in _CODE
        elif self.hidden or _RULE.match(line):
            return
        elif mark and not self.bare:
            yield from self.ended()
            self.lead, level = [], len(mark[1])
            self.headings = {n: each for n, each in self.headings.items() if n < level}
            self.headings[level] = _bare(mark[2])
        elif "|" in line and following and _RULE.match(following[0]):
            yield from self.ended()
            yield Grid(tuple(_pipes(self.lines[place:])), self.heading, self.page)
        elif line.strip().startswith("|"):
            return
        elif not line.strip():
            if not (self.block and _goes_on(self.block, self.lines[place + 1 :])):
                yield from self.ended()
        elif bullet:
            yield from self.ended()
            self._bullet(line[bullet.end() :].strip(), len(bullet[1].expandtabs(4)))
        else:
            yield from self._plain(line, place)

    def _bullet(self, words: str, indent: int) -> None:
        self.lead = [each for each in self.lead if each[0] < indent]
        if words.rstrip("*_ ").endswith(":"):
            self.lead.append((indent, _bare(words).rstrip(": ")))
        self.block.append(words)

    def _plain(self, line: str, place: int) -> Iterator[Part]:
        if self.bare and not self.block and _is_heading(self.lines, place):
            self.headings, self.lead = {9: _bare(line)}, []
            return
        if not self.block:
            self.lead = []
        self.block.append(line)
        short = len(line.split()) <= _WORDS and line.rstrip("*_ ").endswith(":")
        if short and self.block == [line]:
            yield from self.ended()
            self.lead = [(-1, _bare(line).rstrip(": "))]


def _is_heading(lines: Sequence[str], place: int) -> bool:
    """Return whether a line of a text without marks is a heading: short, alone, no sentence."""
    line = lines[place].strip()
    after = lines[place + 1].strip() if place + 1 < len(lines) else ""
    numbers = re.sub(r"(?i)\b(?:layer|task|part|section|chapter|places|resnet)[\s-]?\d+", "", line)
    alone = not after or (after[0].isupper() and len(line) < 60)
    shown = bool(line) and (line[0].isupper() or line[0] in "*_") and not _END.search(line)
    plain = not re.search(r"\d|\t", re.sub(r"^\d+(?:\.\d+)*\.?\s", "", numbers))
    return alone and shown and plain and len(line.split()) <= _WORDS


def _goes_on(block: Sequence[str], following: Sequence[str]) -> bool:
    """Return whether a block broken off before a blank line goes on after it."""
    after = next((line for line in following if line.strip()), "")
    broken = bool(re.search(r"[•□▪]\s*[*_]*\w[\w ]{0,30}[*_]*\s*$", block[-1]))
    return broken and bool(after) and not _BULLET.match(after)


def _joined(lines: Sequence[str]) -> str:
    """Return lines as one text: words cut at a line's end are whole again."""
    text = "\n".join(line.rstrip() for line in lines)
    text = re.sub(r"(?<=[a-z])[-\u00ad]\n(?=[a-z])", "", text)
    return _bare(text)


def _bare(text: str) -> str:
    """Return a text without Markdown's marks and line ends; code is quoted."""
    text = re.sub(r"!\[[^\]]{0,400}\]\([^)]{0,400}\)", " ", text)
    text = re.sub(r"\[([^\]]{0,400})\]\([^)]{0,400}\)", r"\1", text)
    text = re.sub(r"`([^`\n]{1,80})`", r'"\1"', text)
    text = re.sub(r"(\*\*|__)(.{1,400}?)\1", r"\2", text, flags=re.S)
    text = re.sub(r"(?<![\w*])\*(\S(?:.{0,400}?\S)?)\*(?![\w*])", r"\1", text, flags=re.S)
    text = re.sub(r"<[^>\n]{1,200}>", " ", text)
    return " ".join(text.replace("\\_", "_").replace("\u00a0", " ").split())


def _pipes(lines: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for line in lines:
        if "|" not in line:
            return
        if not _RULE.match(line):
            yield tuple(_bare(cell) for cell in line.strip().strip("|").split("|"))


class _Tables(HTMLParser):
    """Collect the cells of the tables of an HTML text."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self.tables[-1][-1].append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.tables[-1][-1][-1] += data


def _grids(text: str) -> list[Grid]:
    parser = _Tables()
    parser.feed(text)
    tables = [tuple(tuple(map(_bare, row)) for row in rows if row) for rows in parser.tables]
    return [Grid(rows) for rows in tables if rows]
