"""Changes inside a finished PDF: glyphs on a page, attached files, pages."""

import base64
import io
import random
import re
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ByteStringObject, ContentStream, DecodedStreamObject, NameObject


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


def _raw(text: Any) -> bytes:
    return bytes(text if isinstance(text, bytes) else text.original_bytes)


def retyped(data: bytes, rng: random.Random, characters: str) -> tuple[bytes, str] | None:
    """Exchange one glyph of `characters` for another in its font; returns what names the page."""
    writer = opened(data)
    for number in rng.sample(range(len(writer.pages)), len(writer.pages)):
        page = writer.pages[number]
        content = ContentStream(page.get_contents(), writer)
        fonts = page["/Resources"].get("/Font", {})
        places = list(_places(content, fonts, set(characters)))
        if not places:
            continue
        texts, i, at, others = rng.choice(places)
        raw = bytearray(_raw(texts[i]))
        raw[at : at + 2] = rng.choice(others).to_bytes(2, "big")
        texts[i] = ByteStringObject(bytes(raw))
        stream = DecodedStreamObject()
        content._data = b""  # made anew from the operations
        stream.set_data(content.get_data())
        page[NameObject("/Contents")] = writer._add_object(stream.flate_encode())
        return saved(writer), rf"page {number + 1}\b"
    return None


def _places(
    content: ContentStream, fonts: Any, characters: set[str]
) -> Iterator[tuple[list[Any], int, int, list[int]]]:
    """Yield every glyph that may be exchanged, and the codes that may stand in its place."""
    codes: dict[int, str] = {}
    known: dict[str, dict[int, str]] = {}
    for operands, operator in content.operations:
        if operator == b"Tf":
            name = str(operands[0])
            codes = known[name] = known.get(name) or _codes(fonts[name].get_object())
        texts = {b"TJ": operands[0], b"Tj": operands}.get(operator, []) if operands else []
        for i, text in enumerate(texts):
            raw = _raw(text) if isinstance(text, str | bytes) else b""
            for at in range(0, len(raw) - 1, 2):
                char = codes.get(int.from_bytes(raw[at : at + 2], "big"), "")
                others = [c for c, x in codes.items() if x in characters - {char}]
                if char in characters and others:
                    yield texts, i, at, others


def attached(data: bytes, name: str, content: bytes) -> bytes:
    writer = opened(data)
    spec = next(spec for spec in _specs(writer) if spec["/UF"] == name)
    stream = spec["/EF"]["/F"].get_object()
    new = DecodedStreamObject()
    new.update({k: v for k, v in stream.items() if k not in ("/Filter", "/Length")})
    new.set_data(content)
    spec["/EF"][NameObject("/F")] = writer._add_object(new)
    return saved(writer)


def _specs(writer: PdfWriter) -> list[Any]:
    def walk(node: Any) -> list[Any]:
        node = node.get_object()
        kids = [spec for kid in node.get("/Kids", []) for spec in walk(kid)]
        return kids + [one.get_object() for one in node.get("/Names", [])[1::2]]

    return walk(writer._root_object["/Names"]["/EmbeddedFiles"])


def detached(data: bytes, name: str) -> bytes:
    writer = opened(data)
    names = writer._root_object["/Names"]["/EmbeddedFiles"].get_object()["/Names"].get_object()
    at = 2 * [spec.get_object()["/UF"] for spec in names[1::2]].index(name)
    del names[at : at + 2]
    return saved(writer)


def without_page(data: bytes, number: int) -> bytes:
    writer = opened(data)
    del writer.pages[number - 1]
    return saved(writer)


SVG = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)")


def figures(html: str) -> list[str]:
    return [base64.b64decode(code).decode() for code in SVG.findall(html)]


def with_figures(html: str, drawn: list[str]) -> str:
    codes = (base64.b64encode(svg.encode()).decode() for svg in drawn)
    return SVG.sub(lambda _: f"data:image/svg+xml;base64,{next(codes)}", html)
