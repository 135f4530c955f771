"""Changes inside a finished PDF: glyphs on a page, attached files, pages."""

import base64
import io
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ByteStringObject, ContentStream, DecodedStreamObject, NameObject

Change = Callable[[str], str | None]


def opened(data: bytes) -> PdfWriter:
    return PdfWriter(clone_from=PdfReader(io.BytesIO(data)))


def saved(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _codes(font: Any) -> dict[int, str]:
    """Glyph codes of a font and what they stand for."""
    unicode = font["/ToUnicode"].get_object().get_data().decode("latin-1")
    pairs = re.findall(r"<([0-9a-fA-F]{4})>\s*<([0-9a-fA-F]{4,})>", unicode)
    return {int(a, 16): bytes.fromhex(b).decode("utf-16-be") for a, b in pairs}


def _strings(operands: list[Any], operator: bytes) -> list[tuple[list[Any], int]]:
    texts = {b"TJ": operands[0], b"Tj": operands}.get(operator, []) if operands else []
    return [(texts, i) for i, text in enumerate(texts) if isinstance(text, str | bytes)]


def _raw(one: Any) -> bytes:
    return bytes(one) if isinstance(one, bytes) else bytes(one.original_bytes)


def retyped(data: bytes, rng: random.Random, fits: Change) -> tuple[bytes, int] | None:
    """Exchange one glyph on one page for another glyph of the same font.

    `fits` maps a character to those that may stand in its place, or `None`. Returns the PDF and the
    page, from 1.
    """
    writer = opened(data)
    for number in rng.sample(range(len(writer.pages)), len(writer.pages)):
        page = writer.pages[number]
        content = ContentStream(page.get_contents(), writer)
        places = list(_places(content, page["/Resources"].get("/Font", {}), fits))
        if not places:
            continue
        held, i, at, others = rng.choice(places)
        raw = bytearray(_raw(held[i]))
        raw[at : at + 2] = rng.choice(others).to_bytes(2, "big")
        held[i] = ByteStringObject(bytes(raw))
        stream = DecodedStreamObject()
        content._data = b""  # made anew from the operations
        stream.set_data(content.get_data())
        page[NameObject("/Contents")] = writer._add_object(stream.flate_encode())
        return saved(writer), number + 1
    return None


def _places(
    content: ContentStream, fonts: Any, fits: Change
) -> Iterator[tuple[list[Any], int, int, list[int]]]:
    """Yield every glyph that may be exchanged, and the codes that may stand in its place."""
    codes: dict[int, str] = {}
    known: dict[str, dict[int, str]] = {}
    for operands, operator in content.operations:
        if operator == b"Tf":
            name = str(operands[0])
            codes = known[name] = known.get(name) or _codes(fonts[name].get_object())
        for held, i in _strings(operands, operator):
            raw = _raw(held[i])
            for at in range(0, len(raw) - 1, 2):
                char = codes.get(int.from_bytes(raw[at : at + 2], "big"), "")
                wanted = fits(char) if len(char) == 1 else None
                others = [c for c, x in codes.items() if wanted and x in wanted and x != char]
                if others:
                    yield held, i, at, others


def attached(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """Rewrite attachments in place; None leaves one as it is."""
    writer = opened(data)
    for one in _specs(writer):
        stream = one["/EF"]["/F"].get_object()
        new = change(str(one["/UF"]), stream.get_data())
        if new is not None:
            fresh = DecodedStreamObject()
            fresh.update({k: v for k, v in stream.items() if k not in ("/Filter", "/Length")})
            fresh.set_data(new)
            one["/EF"][NameObject("/F")] = writer._add_object(fresh)
    return saved(writer)


def _specs(writer: PdfWriter) -> list[Any]:
    def walk(node: Any) -> list[Any]:
        node = node.get_object()
        kids = [spec for kid in node.get("/Kids", []) for spec in walk(kid)]
        return kids + [one.get_object() for one in node.get("/Names", [])[1::2]]

    return walk(writer._root_object["/Names"]["/EmbeddedFiles"])


def detached(data: bytes, name: str) -> bytes:
    """Take one attachment out."""
    writer = opened(data)
    names = writer._root_object["/Names"]["/EmbeddedFiles"].get_object()["/Names"].get_object()
    held = [str(names[i].get_object()["/UF"]) for i in range(1, len(names), 2)]
    at = 2 * held.index(name)
    del names[at : at + 2]
    return saved(writer)


def without_page(data: bytes, number: int) -> bytes:
    writer = opened(data)
    del writer.pages[number - 1]
    return saved(writer)


SVG = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)")


def figures(html: str) -> list[str]:
    """The drawings of a page, as SVG."""
    return [base64.b64decode(code).decode() for code in SVG.findall(html)]


def with_figures(html: str, drawn: list[str]) -> str:
    codes = (base64.b64encode(svg.encode()).decode() for svg in drawn)
    return SVG.sub(lambda _: f"data:image/svg+xml;base64,{next(codes)}", html)
