"""Compare a report's pages with pages rendered again from the evidence inside it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from study.report.rendering import render
from study.verify.reading.guard import compare_pages, read_pdf
from study.verify.report.evidence import Evidence
from study.verify.verdict import FAILED, NOTE, OK, Check

_CAPTION = re.compile(r"\b(?:Figure|Table) \d+[.:]? [^\n]{0,80}")
_SHOWN = 8


Maker = Callable[[Mapping[str, bytes]], bytes]
"""Renders evidence as a PDF."""


def make(files: Mapping[str, bytes]) -> bytes:
    """Render evidence as this program does."""
    return render(files, formats=("pdf",)).pdf


def check_pages(
    path: Path, evidence: Evidence, folder: Path, *, maker: Maker = make
) -> Iterator[Check]:
    """Render the report again and report every page that differs.

    If the PDF was set by another version of the renderer, line breaks and shapes may differ; only
    the words are compared then, without their pages.
    """
    rendered = maker(evidence.files)
    if rendered == path.read_bytes():
        text = f"{len(evidence.pdf['texts'])} pages rendered again from the evidence: equal bytes"
        yield Check("pages", OK, text)
        return
    again = folder / "again.pdf"
    again.write_bytes(rendered)
    other = read_pdf(again, seconds=30)
    if other["producer"] == evidence.pdf["producer"]:
        yield from _by_page(path, again, evidence.pdf, other)
        return
    text = (
        f"set by {evidence.pdf['producer'] or 'an unnamed program'}, rendered again by "
        f"{other['producer']}: only the text can be compared"
    )
    yield Check("renderer", NOTE, text)
    yield from _whole_text(evidence.pdf["texts"], other["texts"])


def _by_page(
    path: Path, again: Path, stated: Mapping[str, Any], rendered: Mapping[str, Any]
) -> Iterator[Check]:
    changed = set()
    if stated["pages"] != rendered["pages"]:
        text = f"expected {rendered['pages']} pages, found {stated['pages']}"
        yield Check("pages", FAILED, text)
        yield from _whole_text(stated["texts"], rendered["texts"])
        return
    for number, (a, b) in enumerate(zip(stated["texts"], rendered["texts"], strict=True), start=1):
        for text in _words(a, b):
            changed.add(number)
            yield Check("text", FAILED, text, f"page {number}")
    looks = compare_pages(path, again)
    for page in looks["changed"]:
        if page["page"] not in changed:
            changed.add(page["page"])
            yield Check("figures", FAILED, _look(page, rendered), f"page {page['page']}")
    if stated["title"] != rendered["title"]:
        changed.add(0)
        text = f"expected the title {rendered['title']!r}, found {stated['title']!r}"
        yield Check("text", FAILED, text, "document")
    if not changed:
        text = (
            f"{rendered['pages']} pages rendered again from the evidence: same text and appearance"
        )
        yield Check("pages", OK, text)


def _look(page: Mapping[str, Any], rendered: Mapping[str, Any]) -> str:
    left, top, right, bottom = (round(100 * share) for share in page["box"])
    captions = _CAPTION.findall(rendered["texts"][page["page"] - 1])
    where = f" (the page contains {'; '.join(captions[:3])})" if captions else ""
    return (
        f"the page looks different between {left} % and {right} % of its width, {top} % and "
        f"{bottom} % of its height, though its text is the same{where}"
    )


def _whole_text(stated: Sequence[str], rendered: Sequence[str]) -> Iterator[Check]:
    differences = list(_words(" ".join(stated), " ".join(rendered)))
    for text in differences:
        yield Check("text", FAILED, text)
    if not differences:
        yield Check("text", OK, "the text rendered again from the evidence: same words")


def _words(stated: str, rendered: str) -> Iterator[str]:
    """Yield each changed passage with the words before it."""
    a, b = stated.split(), rendered.split()
    if a == b:
        return
    matcher = SequenceMatcher(a=b, b=a, autojunk=False)
    if len(a) * len(b) > 4_000_000:
        yield from _first_difference(a, b)
        return
    shown = 0
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag != "equal" and shown < _SHOWN:
            shown += 1
            before = " ".join(b[max(0, i - 6) : i])
            yield (
                f"after “{before}”: expected “{' '.join(b[i:j])[:120]}”, "
                f"found “{' '.join(a[k:m])[:120]}”"
            )


def _first_difference(a: Sequence[str], b: Sequence[str]) -> Iterator[str]:
    unequal = (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y)
    index = next(unequal, min(len(a), len(b)))
    yield (
        f"first difference after “{' '.join(b[max(0, index - 6) : index])}”: expected "
        f"“{' '.join(b[index : index + 12])}”, found “{' '.join(a[index : index + 12])}”"
    )
