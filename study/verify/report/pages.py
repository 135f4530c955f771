"""Compare a report's pages with pages rendered again from the evidence inside it."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from study.report.charts.system_fonts import located
from study.report.rendering import fonts_of, render
from study.verify.reading.guard import compare_pages, read_facts, read_pdf
from study.verify.report.evidence import Evidence
from study.verify.verdict import FAILED, OK, UNDECIDED, Check

_CAPTION = re.compile(r"\b(?:Figure|Table) \d+[.:]? [^\n]{0,80}")
_SHOWN = 8
_PLACE = re.compile(r"^(?:page )?\d+: ")
_EVERY_RENDERER = {
    "actions",
    "forms",
    "layers",
    "annotations",
    "pictures",
    "alternative texts",
    "file",
}
"""Kinds of facts that do not depend on the renderer: where it puts a thing is left out."""
_SLOW = 4_000_000
"""Product of two texts' lengths in words above which only the first difference is looked for."""

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
    _, missing = located(fonts_of(evidence.manifest))
    if missing:
        text = "not rendered again: the report was set with fonts of a machine that are not on "
        text += f"this one: {'; '.join(missing)[:300]}: install them, or verify it there"
        yield Check("pages", UNDECIDED, text)
        return
    rendered = maker(evidence.files)
    if rendered == path.read_bytes():
        text = f"{len(evidence.pdf['texts'])} pages rendered again from the evidence: equal bytes"
        yield Check("pages", OK, text)
        return
    again = folder / "again.pdf"
    again.write_bytes(rendered)
    other = read_pdf(again, seconds=30)
    same_renderer = other["producer"] == evidence.pdf["producer"]
    yield from _structure(path, again, same_renderer=same_renderer)
    if same_renderer:
        yield from _by_page(path, again, evidence.pdf, other)
        return
    text = (
        f"set by {evidence.pdf['producer'] or 'an unnamed program'}, rendered again by "
        f"{other['producer']}: what the pages look like cannot be compared, only their text, "
        "pictures, links and actions; verify it where the first is installed"
    )
    yield Check("appearance", UNDECIDED, text)
    yield from _whole_text(evidence.pdf["texts"], other["texts"])


def _structure(path: Path, again: Path, *, same_renderer: bool) -> Iterator[Check]:
    """Report what readers see, hear, click or save that the report made again does not hold.

    Another renderer may place and number things otherwise; what it cannot add is compared.
    """
    found, expected = (
        Counter(
            (kind, text if same_renderer else _PLACE.sub("", text))
            for kind, text in read_facts(file)
            if same_renderer or kind in _EVERY_RENDERER
        )
        for file in (path, again)
    )
    for fact in expected.keys() - found.keys():
        if fact[0] == "entries":  # saved again, a file may do without some
            del expected[fact]
    for label, difference in (
        ("not of this report", found - expected),
        ("missing", expected - found),
    ):
        if label == "missing" and not same_renderer:
            continue
        kinds = Counter(kind for kind, _ in difference.elements())
        for kind, count in kinds.items():
            text = next(one for own, one in sorted(difference) if own == kind)
            yield Check(
                "structure", FAILED, f"{count} {kind} {label}, such as {text[:160]!r}", kind
            )
    if found == expected:
        text = "actions, links, alternative texts, pictures and attachments are the report's"
        yield Check("structure", OK, text)


def _by_page(
    path: Path, again: Path, stated: Mapping[str, Any], rendered: Mapping[str, Any]
) -> Iterator[Check]:
    if stated["pages"] != rendered["pages"]:
        text = f"expected {rendered['pages']} pages, found {stated['pages']}"
        yield Check("pages", FAILED, text)
        yield from _whole_text(stated["texts"], rendered["texts"])
        return
    intact = True
    looks = compare_pages(path, again)["changed"]
    for number, (a, b) in enumerate(zip(stated["texts"], rendered["texts"], strict=True), start=1):
        checks = [Check("text", FAILED, text, f"page {number}") for text in _changes(a, b)]
        if not checks and (box := looks.get(str(number))):
            checks = [Check("figures", FAILED, _look(box, b), f"page {number}")]
        intact = intact and not checks
        yield from checks
    if stated["title"] != rendered["title"]:
        text = f"expected the title {rendered['title']!r}, found {stated['title']!r}"
        yield Check("text", FAILED, text, "document")
    elif intact:
        text = f"{rendered['pages']} pages rendered again from the evidence"
        yield Check("pages", OK, f"{text}: same text and appearance")


def _look(box: Sequence[float], text: str) -> str:
    left, top, right, bottom = (round(100 * share) for share in box)
    captions = _CAPTION.findall(text)
    where = f" (the page contains {'; '.join(captions[:3])})" if captions else ""
    return (
        f"the page looks different between {left} % and {right} % of its width, {top} % and "
        f"{bottom} % of its height, though its text is the same{where}"
    )


def _whole_text(stated: Sequence[str], rendered: Sequence[str]) -> Iterator[Check]:
    changes = list(_changes(" ".join(stated), " ".join(rendered)))
    for text in changes:
        yield Check("text", FAILED, text)
    if not changes:
        yield Check("text", OK, "the text rendered again from the evidence: same words")


def _changes(stated: str, rendered: str) -> list[str]:
    """Describe the first changed passages, each with the words before it."""
    found, expected = stated.split(), rendered.split()
    if found == expected:
        return []
    if len(found) * len(expected) > _SLOW:
        equal = [x == y for x, y in zip(found, expected, strict=False)]
        start = equal.index(False) if False in equal else len(equal)
        return [_change(expected, found, start, start + 12, start, start + 12)]
    matcher = SequenceMatcher(a=expected, b=found, autojunk=False)
    changed = [spans for tag, *spans in matcher.get_opcodes() if tag != "equal"]
    return [_change(expected, found, *spans) for spans in changed[:_SHOWN]]


def _change(a: list[str], b: list[str], i: int, j: int, k: int, m: int) -> str:
    before, expected, found = (" ".join(x) for x in (a[max(0, i - 6) : i], a[i:j], b[k:m]))
    return f"after “{before}”: expected “{expected[:120]}”, found “{found[:120]}”"
