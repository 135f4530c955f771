"""Faults in a report of this program: ``verify report``."""

import json
import random
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from string import ascii_lowercase, digits

from study.comparison import results
from study.files import documents
from study.report import pdf
from study.report.rendering import render
from tests.verify.faults import pages
from tests.verify.faults.base import Base, Kind, Planted

Changed = tuple[bytes, *tuple[str, ...]]
"""A changed PDF, and patterns of which a finding must match one."""
Spans = list[tuple[int, int]]
Change = Callable[[random.Random, Base], Changed | None]


def plant(change: Change, rng: random.Random, base: Base, folder: Path) -> Planted | None:
    changed = change(rng, base)
    if changed is None:
        return None
    path = folder / "report.pdf"
    path.write_bytes(changed[0])
    return Planted(["report", str(path)], places=changed[1:])


def _one_of(rng: random.Random, text: str, spans: Spans, change: Callable[[str], str]) -> str:
    """Change one of the spans of a text; an empty text if there is none."""
    if not spans:
        return ""
    a, b = rng.choice(spans)
    return text[:a] + change(text[a:b]) + text[b:]


def _text(html: str) -> Spans:
    """Where the running text of a page stands, between its tags."""
    start = html.index("<body")
    return [m.span(1) for m in re.finditer(r">([^<>]+)<", html) if m.start() > start]


def _reworded(rng: random.Random, base: Base, old: str, new: str) -> Changed | None:
    """Set the page with one word of its text changed."""
    word = re.compile(rf"(?<![\w.,]){re.escape(old)}(?![\w])")
    spans = [m.span() for a, b in _text(base.page) for m in word.finditer(base.page, a, b)]
    html = _one_of(rng, base.page, spans, lambda _: new)
    return (pdf.write(html, base.evidence)[0], rf"\b{new}\b") if html else None


def number_typed(rng, base):
    n, name = base.numbers, rng.choice(list(base.runs))
    layer = rng.choice([None, *n.layers])
    old = rng.choice([n.unique(name, layer), n.shared(layer), n.only(name, layer)])
    return _reworded(rng, base, str(old), str(old + rng.choice([-1, 1, 10, 100])))


def word_typed(rng, base):
    word, _ = rng.choice(base.numbers.top(rng.choice(list(base.runs)))[:15])
    return _reworded(rng, base, word, rng.choice(["zebra", "lighthouse", "cathedral", "orchid"]))


def trend_typed(rng, base):
    pairs = [("below", "above"), ("more", "fewer"), ("lowest", "highest"), ("highest", "lowest")]
    pairs += [("above", "below"), ("fewer", "more"), ("less", "more"), ("most", "fewest")]
    rng.shuffle(pairs)
    return next(filter(None, (_reworded(rng, base, *pair) for pair in pairs)), None)


def names_typed(rng, base):
    """One mention of a network, or every one, under the other's name."""
    a, b = rng.sample(list(base.runs), 2)
    if rng.random() < 0.5:
        return _reworded(rng, base, a, b)
    html, names = base.page, rf"\b({a}|{b})\b"
    for start, end in reversed(_text(html)):
        exchanged = re.sub(names, lambda m: b if m[0] == a else a, html[start:end])
        html = html[:start] + exchanged + html[end:]
    return pdf.write(html, base.evidence)[0], names


def _redrawn(base: Base, figures: list[str]) -> Changed:
    html = pages.with_figures(base.page, figures)
    return pdf.write(html, base.evidence)[0], r"page \d+"


def figures_exchanged(rng, base):
    """One network's figure under the other's heading, or one figure twice."""
    drawn = pages.figures(base.page)
    pairs = [(i, j) for i in range(len(drawn)) for j in range(i) if drawn[i] != drawn[j]]
    if not pairs:
        return None
    i, j = rng.choice(pairs)
    drawn[i], drawn[j] = drawn[j], rng.choice([drawn[i], drawn[j]])
    return _redrawn(base, drawn)


def _figure_edited(rng, base, pattern, change):
    drawn = "\0".join(pages.figures(base.page))
    edited = _one_of(rng, drawn, [m.span(1) for m in re.finditer(pattern, drawn)], change)
    return _redrawn(base, edited.split("\0")) if edited else None


def figure_text(rng, base):
    new = lambda old: str(int(old) + 3) if old.isdigit() else "zebra"  # noqa: E731
    return _figure_edited(rng, base, r"<text[^>]*>([^<]*\w[^<]*)</text>", new)


def figure_shape(rng, base):
    """A bar or a cell in another colour: no text changes."""
    pattern = r"fill: (#(?!ffffff|000000|222222)[0-9a-f]{6})"  # not paper, nor ticks without area
    colours = ("#ff0000", "#00aa00", "#0000ff")
    new = lambda old: rng.choice([colour for colour in colours if colour != old])  # noqa: E731
    return _figure_edited(rng, base, pattern, new)


def _line_edited(rng, base, name, change):
    lines = base.evidence[name].decode().split("\n")
    i = rng.choice([i for i, line in enumerate(lines) if i and re.search(r"\d", line)])
    lines[i] = change(lines[i])
    return pages.attached(base.pdf, name, "\n".join(lines).encode()), re.escape(name)


def attachment_edited(rng, base):
    def other_digit(line: str) -> str:
        spans = [m.span() for m in re.finditer(r"\d", line)]
        return _one_of(rng, line, spans, lambda d: str((int(d) + rng.randint(1, 9)) % 10))

    ends = ("descriptions.csv", "labels.csv")
    names = [n for n in base.evidence if n.endswith(ends) or n.startswith("tables/")]
    return _line_edited(rng, base, rng.choice(names), other_digit)


def label_in_attachment(rng, base):
    def other_label(line: str) -> str:
        layer, unit, label, *rest = line.split(",")
        return ",".join([layer, unit, rng.choice([w for w in base.concepts if w != label]), *rest])

    run = base.runs[rng.choice(list(base.runs))]
    name = next(n for n in base.evidence if n.endswith("/descriptions.csv") and n.startswith(run))
    return _line_edited(rng, base, name, other_label)


def result_edited(rng, base):
    """A number of results.json changed and everything printed from it."""
    document = json.loads(base.evidence["results.json"])
    n, name = base.numbers, rng.choice(list(base.runs))
    network = next(x for x in document["networks"] if x["name"] == name)
    if rng.random() < 0.5:
        network["unique"], key = sum(n.unique(name, layer) for layer in n.layers), "unique"
    else:
        layer, key = rng.choice(n.layers), "jaccard"
        document["pairs"][0]["layers"][layer][key] += 0.01
        document["comparison"] = document["pairs"][0]
    files = base.evidence | {"results.json": results.dumps(document).encode()}
    return render(files, formats=("pdf",)).pdf, key


def manifest_edited(rng, base):
    """What made the results is stated otherwise, and printed so."""
    document = json.loads(base.evidence["manifest.json"])
    part, value = rng.choice([("probe", "imagenet_val"), ("concepts", "10k.txt")])
    document[part] = {**(document[part] or {}), "name": value}
    files = base.evidence | {"manifest.json": documents.dumps(document).encode()}
    return render(files, formats=("pdf",)).pdf, "manifest", part


def attachment_lost(rng, base):
    name = rng.choice([n for n in base.evidence if n.endswith(".csv")])
    return pages.detached(base.pdf, name), re.escape(name), Path(name).name


def picture_replaced(rng, base):
    """One unit's picture in place of another's, in the attachments."""
    cards = sorted(n for n in base.evidence if n.endswith(".jpg"))
    if len(cards) < 2:
        return None
    name, other = rng.sample(cards, 2)
    return pages.attached(base.pdf, name, base.evidence[other]), re.escape(name)


def page_lost(rng, base):
    number = rng.randint(1, len(pages.opened(base.pdf).pages))
    return pages.without_page(base.pdf, number), r"pages?\b"


CHANGES = [
    ("digit on a page", (10,), lambda rng, base: pages.retyped(base.pdf, rng, digits)),
    ("letter on a page", (10,), lambda rng, base: pages.retyped(base.pdf, rng, ascii_lowercase)),
    ("number typed over", (10, 4), number_typed),
    ("word typed over", (13,), word_typed),
    ("comparison turned round", (11,), trend_typed),
    ("names exchanged", (1,), names_typed),
    ("figures exchanged", (2, 19), figures_exchanged),
    ("text in a figure", (20, 24), figure_text),
    ("shape in a figure", (3,), figure_shape),
    ("attached number edited", (22,), attachment_edited),
    ("attached label edited", (14,), label_in_attachment),
    ("results edited", (4, 5), result_edited),
    ("manifest edited", (15, 16), manifest_edited),
    ("attachment lost", (21,), attachment_lost),
    ("picture replaced", (18,), picture_replaced),
    ("page lost", (21,), page_lost),
]
KINDS = [Kind(f"report: {name}", of, partial(plant, change)) for name, of, change in CHANGES]
