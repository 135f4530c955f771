"""Check that every digit on a page or in a figure is bound to a key of the data."""

import re
import unicodedata
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

from study.report.pen import printed

_SILENT = {"style", "script", "title", "head"}
_VOID = {"img", "br", "hr", "meta", "link", "input", "col", "wbr"}
_BOUND = {"data", "bdi"}
_TURNED = {"R", "AL", "AN", "RLE", "RLO", "RLI"}
_SVG = "{http://www.w3.org/2000/svg}"
_MARKS = re.compile(r"</?data[^>]*>|<bdi>([^<]*)</bdi>")


def without_marks(html: str) -> str:
    """Return a page without its data marks, which on paper would cost time and show nothing.

    Text that runs from right to left stays isolated from what surrounds it.
    """

    def plain(mark: "re.Match[str]") -> str:
        text = mark[1] or ""
        turned = any(unicodedata.bidirectional(c) in _TURNED for c in text)
        return mark[0] if turned else text

    return _MARKS.sub(plain, html)


class Page(HTMLParser):
    """The visible text of a page, by origin: bound to data, or typed by a template or sentence.

    Attributes
    ----------
    typed
        Text that a template or a sentence wrote.
    given
        Names, concepts, digests, commands: text from the data.
    numbers
        Key, format, unrounded value and printed text of each number.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.given: list[str] = []
        self.numbers: list[tuple[str, str, str, str]] = []
        self._typed: list[str] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.close()
        self.typed = " ".join(" ".join(self._typed).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an element until it ends."""
        if tag not in _VOID:
            self._open.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Forget an element, and those inside it that nobody closed."""
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Sort visible text by the element that binds it."""
        if _SILENT.intersection(tag for tag, _ in self._open):
            return
        if any(facts.get("class") == "ref" for _, facts in self._open):
            return  # the number of a table or figure follows from its place
        tag, facts = next((entry for entry in self._open if entry[0] in _BOUND), ("", {}))
        if tag == "data":
            self.numbers.append((facts["data-key"], facts["data-form"], facts["value"], data))
        else:
            (self.given if tag == "bdi" else self._typed).append(data)

    def unbound(self) -> list[str]:
        """Return words with a digit but no key, and numbers whose text differs from their value."""
        words = [word for word in self.typed.split() if any(c.isdigit() for c in word)]
        for key, form, value, text in self.numbers:
            number = float(value) if any(c in value for c in ".en") else int(value)
            if printed(number, form) != text:
                words.append(f"{key}={text}")
        return words


def figure_texts(svg: bytes) -> list[tuple[str, str]]:
    """Return the texts of a figure with their ids; tick labels have the id "axis"."""
    texts: list[tuple[str, str]] = []

    def walk(element: ET.Element, name: str) -> None:
        own = element.get("id", "")
        if own.startswith(("n:", "t:")):
            name = own
        elif own.startswith("matplotlib.axis"):
            name = "axis"
        if element.tag == f"{_SVG}text":
            texts.append((name, "".join(element.itertext())))
        for child in element:
            walk(child, name)

    walk(ET.fromstring(svg), "")  # noqa: S314
    return texts


def unbound_in_figure(svg: bytes) -> list[str]:
    """Return the texts of a figure that hold a digit and have no key; tick labels are exempt."""
    return [text for name, text in figure_texts(svg) if not name and any(c.isdigit() for c in text)]
