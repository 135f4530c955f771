"""List what a PDF holds besides pages' text and looks: actions, links, alternative texts, files."""

import hashlib
import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NumberObject,
    StreamObject,
)

from study.errors import StudyError

MAX_OBJECTS = 400_000
_DEPTH = 60
_LONG = 300
_OWN_PAGE = {"/Type", "/Parent", "/Contents", "/Resources", "/Annots", "/StructParents", "/Tabs"}
_OF_CATALOG: Mapping[str, str] = {
    "/OpenAction": "actions",
    "/AA": "actions",
    "/AcroForm": "forms",
    "/OCProperties": "layers",
}
_ELSEWHERE = {"/Type", "/Pages", "/Outlines", "/Names", "/StructTreeRoot", "/AF", "/Metadata"}
_UPWARD = {"/P", "/Parent", "/StructParent", "/Length", "/Filter", "/DecodeParms"}
_STORED = {"/Length", "/Filter", "/DecodeParms"}
_NAMES = {"/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/Properties"}
"""How a stream is packed; dictionaries whose keys are names."""
_OF_TREE = {"/Type", "/K", "/ParentTree", "/ParentTreeNextKey"}
_SPOKEN = ("/Alt", "/ActualText", "/E", "/T", "/Lang")
_MARKED = re.compile(rb"/(?:ActualText|Alt|E)\s*[(<]")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_NUMBERED = re.compile(rb"/(\w+)\s*<<[^>]*?/MCID\s+(\d+)")
_START, _END = b"%PDF-", b"%%EOF"


def facts(path: Path) -> list[list[str]]:
    """Return everything in a PDF that a reader may see, hear, click or save, as pairs of texts.

    The first of a pair is its kind: actions, annotations, links, forms, layers, attachments,
    pictures, alternative texts, reading order, outline, metadata, pages, catalog, entries or file.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    return [list(pair) for pair in (*_outside(path), *_Reader(PdfReader(path)).facts())]


def _outside(path: Path) -> Iterator[tuple[str, str]]:
    """Yield what a file holds around its last state: earlier states, or another program's data."""
    data = path.read_bytes()
    before, after = data.find(_START), data[data.rfind(_END) + len(_END) :].strip()
    if before > 0:
        yield "file", f"{before} bytes before its header"
    if after:
        yield "file", f"{len(after)} bytes after its end"
    if (states := data.count(_END)) > 1:
        yield "file", f"{states} states, of which readers show the last"


class _Reader:
    def __init__(self, reader: PdfReader) -> None:
        self.reader = reader
        self.root: Any = reader.trailer["/Root"]
        self.seen = 0
        self.pages = {
            page.indirect_reference.idnum: number
            for number, page in enumerate(reader.pages, start=1)
            if page.indirect_reference is not None
        }

    def facts(self) -> Iterator[tuple[str, str]]:
        yield from self._catalog()
        yield from self._files()
        for number, page in enumerate(self.reader.pages, start=1):
            yield from self._page(number, page)
        tree = self.root.get("/StructTreeRoot")
        spoken = 0
        for index, (kind, text) in enumerate(self._read_aloud(tree)):
            place = spoken if kind == "alternative texts" else index
            spoken += kind == "alternative texts"
            yield kind, f"{place}: {text}"
        if tree is not None:
            rest = {k: v for k, v in tree.get_object().items() if k not in _OF_TREE}
            yield "reading order", " ".join(f"{key} {self.text(rest[key])}" for key in sorted(rest))
        yield from self._outline(self.root.get("/Outlines"), 0)
        info = self.reader.trailer.get("/Info")
        yield "metadata", self.text(info)
        metadata = self.root.get("/Metadata")
        if metadata is not None:
            data = metadata.get_object().get_data()
            yield "metadata", data.decode("utf-8", "replace")[:4000]
        for holder, key in sorted(set(self._entries())):
            yield "entries", f"{key} of {holder}"

    def _entries(self) -> Iterator[tuple[str, str]]:
        """Yield every key of every dictionary that readers can reach, with what it is a key of."""
        waiting: list[tuple[str, Any]] = [("/Catalog", self.reader.trailer.raw_get("/Root"))]
        visited = set()
        while waiting:
            place, item = waiting.pop()
            if isinstance(item, IndirectObject):
                if (place, item.idnum) in visited:
                    continue
                visited.add((place, item.idnum))
                item = item.get_object()
            self._count()
            if isinstance(item, ArrayObject):
                waiting += ((place, one) for one in list.__iter__(item))
            elif isinstance(item, DictionaryObject):
                named = [str(item[key]) for key in ("/Type", "/Subtype") if key in item]
                place = "".join(named) or place
                for key in sorted(item, reverse=True):
                    if key not in _STORED:
                        yield place, key
                    known = "" if place in _NAMES else key
                    waiting.append((known or f"{place} entry", item.raw_get(key)))

    def _catalog(self) -> Iterator[tuple[str, str]]:
        for key, value in self.root.items():
            if key not in _ELSEWHERE:
                yield _OF_CATALOG.get(key, "catalog"), f"{key} {self.text(value)}"
        names = self.root.get("/Names", DictionaryObject()).get_object()
        for key, value in names.items():
            if key == "/EmbeddedFiles":
                continue
            kind = {"/JavaScript": "actions", "/Dests": "links"}.get(key, "catalog")
            yield kind, f"{key} {self.text(value, whole=True)}"

    def _files(self) -> Iterator[tuple[str, str]]:
        names = self.root.get("/Names", DictionaryObject()).get_object()
        for node in self._leaves(names.get("/EmbeddedFiles")):
            own = list(node.get("/Names", []))
            for name, spec in zip(own[::2], own[1::2], strict=False):
                yield "attachments", f"{name} {self.text(spec)}"
        for spec in self.root.get("/AF", ArrayObject()).get_object():
            yield "attachments", f"of the document: {self.text(spec)}"

    def _leaves(self, node: Any, depth: int = 0) -> Iterator[Any]:
        if node is None or depth > _DEPTH:
            return
        node = node.get_object()
        self._count()
        yield node
        for kid in node.get("/Kids", []):
            yield from self._leaves(kid, depth + 1)

    def _page(self, number: int, page: Any) -> Iterator[tuple[str, str]]:
        for key, value in page.items():
            if key == "/AA":
                yield "actions", f"page {number}: {self.text(value)}"
            elif key not in _OWN_PAGE:
                yield "pages", f"page {number}: {key} {self.text(value)}"
        for annotation in page.get("/Annots", ArrayObject()).get_object():
            note = annotation.get_object()
            kind = "links" if note.get("/Subtype") == "/Link" else "annotations"
            kind = "actions" if "/A" in note or "/AA" in note else kind
            yield kind, f"page {number}: {self.text(note)}"
        for digest in sorted(self._pictures(page, 0)):
            yield "pictures", f"page {number}: {digest}"
        contents = page.get_contents()
        drawing = b"" if contents is None else contents.get_data()
        plain = _ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), drawing)
        if _MARKED.search(plain):
            yield "alternative texts", f"page {number}: in its drawing"
        parts = b" ".join(b"%s %s" % part for part in _NUMBERED.findall(drawing))
        yield "reading order", f"page {number}: parts {hashlib.sha256(parts).hexdigest()[:16]}"

    def _pictures(self, holder: Any, depth: int) -> Iterator[str]:
        resources = holder.get("/Resources")
        if resources is None or depth > 8:
            return
        objects = resources.get_object().get("/XObject")
        for item in (objects.get_object() if objects is not None else {}).values():
            self._count()
            drawn = item.get_object()
            if drawn.get("/Subtype") == "/Image":
                size = f"{drawn.get('/Width')} x {drawn.get('/Height')}"
                yield f"{size} {hashlib.sha256(drawn._data).hexdigest()[:16]}"
            elif drawn.get("/Subtype") == "/Form":
                yield from self._pictures(drawn, depth + 1)

    def _read_aloud(self, node: Any) -> Iterator[tuple[str, str]]:
        """Yield the parts that a screen reader reads, in order, and what it says instead of one."""
        waiting = [node]
        visited = set()
        while waiting:
            item = waiting.pop()
            if isinstance(item, IndirectObject):
                if item.idnum in visited:
                    continue
                visited.add(item.idnum)
            item = None if item is None else item.get_object()
            self._count()
            if isinstance(item, ArrayObject):
                waiting += reversed(list(item))
            elif isinstance(item, DictionaryObject):
                role = str(item.get("/S", item.get("/Type", "")))
                for key in _SPOKEN:
                    if key in item:
                        yield "alternative texts", f"{role} {key} {item[key]}"
                kids = item.get("/K")
                numbers = kids if isinstance(kids, ArrayObject) else [kids]
                marked = [str(kid) for kid in numbers if isinstance(kid, NumberObject)]
                if role == "/MCR":
                    marked = [str(item.get("/MCID"))]
                shown = item.raw_get("/Pg") if "/Pg" in item else None
                where = "" if shown is None else f" {self.text(shown)}"
                yield "reading order", f"{role}{where} {' '.join(marked)}"
                waiting.append(kids)

    def _outline(self, node: Any, depth: int) -> Iterator[tuple[str, str]]:
        while node is not None and depth < _DEPTH:
            item = node.get_object()
            self._count()
            if "/Title" in item:
                target = {
                    key: self.text(item[key]) for key in ("/Dest", "/A", "/AA") if key in item
                }
                kind = "actions" if {"/A", "/AA"} & set(item) else "outline"
                yield kind, f"{depth} {item['/Title']} {target}"
            yield from self._outline(item.get("/First"), depth + 1)
            node = item.get("/Next")

    def text(self, value: Any, depth: int = 0, *, whole: bool = False) -> str:
        """Write an object in one way, references followed; pages by number, streams by digest."""
        self._count()
        if isinstance(value, IndirectObject):
            if value.idnum in self.pages:
                return f"page {self.pages[value.idnum]}"
            value = value.get_object()
        if depth > 12:
            return "…"
        if isinstance(value, DictionaryObject):
            parts = [
                f"{key} {self.text(value.raw_get(key), depth + 1)}"
                for key in sorted(value)
                if key not in _UPWARD
            ]
            if isinstance(value, StreamObject):
                parts.append(hashlib.sha256(value.get_data()).hexdigest()[:16])
            return f"<{', '.join(parts)}>"
        if isinstance(value, ArrayObject):
            return f"[{' '.join(self.text(one, depth + 1) for one in list.__iter__(value))}]"
        text = str(value)
        if whole or len(text) <= _LONG:
            return text
        return f"{text[:_LONG]} {hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:16]}"

    def _count(self) -> None:
        self.seen += 1
        if self.seen > MAX_OBJECTS:
            raise StudyError(f"more than {MAX_OBJECTS:,} objects")
