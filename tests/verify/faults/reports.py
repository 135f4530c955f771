"""Faults in a report of this program: ``verify report``."""

import json
import random
import re
from collections.abc import Callable
from pathlib import Path

from study.comparison import results
from study.files import documents
from study.report.rendering import render
from tests.verify.faults import pages
from tests.verify.faults.base import Base, Kind, Planted

DIGITS = "0123456789"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
Plant = Callable[[random.Random, Base, Path], Planted | None]


def _planted(data: bytes, folder: Path, *places: str) -> Planted:
    path = folder / "report.pdf"
    path.write_bytes(data)
    return Planted(["report", str(path)], frozenset(), places)


def _text(html: str) -> list[tuple[int, int]]:
    """Where the running text of a page stands, between its tags."""
    start = html.index("<body")
    return [m.span(1) for m in re.finditer(r">([^<>]+)<", html) if m.start() > start]


def _reworded(rng: random.Random, base: Base, folder: Path, old: str, new: str) -> Planted | None:
    """Set the page with one word of its text changed."""
    html = base.page
    spots = [
        (a + m.start(), a + m.end())
        for a, b in _text(html)
        for m in re.finditer(rf"(?<![\w.,]){re.escape(old)}(?![\w])", html[a:b])
    ]
    if not spots:
        return None
    a, b = rng.choice(spots)
    return _planted(base.printed(html[:a] + new + html[b:]), folder, rf"\b{new}\b")


def glyph(characters: str) -> Plant:
    def plant(rng: random.Random, base: Base, folder: Path) -> Planted | None:
        made = pages.retyped(base.pdf, rng, lambda c: characters if c in characters else None)
        return _planted(made[0], folder, rf"page {made[1]}\b") if made else None

    return plant


def number_typed(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    n, name = base.numbers, rng.choice(list(base.runs))
    layer = rng.choice([None, *n.layers])
    old = rng.choice([n.unique(name, layer), n.shared(layer), n.only(name, layer)])
    return _reworded(rng, base, folder, str(old), str(old + rng.choice([-1, 1, 10, 100])))


def word_typed(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    word, _ = rng.choice(base.numbers.top(rng.choice(list(base.runs)))[:15])
    new = rng.choice(["zebra", "lighthouse", "cathedral", "orchid"])
    return _reworded(rng, base, folder, word, new)


def trend_typed(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    pairs = [("below", "above"), ("more", "fewer"), ("lowest", "highest"), ("highest", "lowest")]
    pairs += [("above", "below"), ("fewer", "more"), ("less", "more"), ("most", "fewest")]
    rng.shuffle(pairs)
    return next(filter(None, (_reworded(rng, base, folder, *pair) for pair in pairs)), None)


def names_typed(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """One mention of a network, or every one, under the other's name."""
    a, b = rng.sample(list(base.runs), 2)
    if rng.random() < 0.5:
        return _reworded(rng, base, folder, a, b)
    html, parts, last = base.page, [], 0
    for start, end in _text(html):
        changed = re.sub(rf"\b({a}|{b})\b", lambda m: b if m[0] == a else a, html[start:end])
        parts += [html[last:start], changed]
        last = end
    return _planted(base.printed("".join(parts) + html[last:]), folder, rf"\b({a}|{b})\b")


def figures_exchanged(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """One network's figure under the other's heading, or one figure twice."""
    drawn = pages.figures(base.page)
    pairs = [(i, j) for i in range(len(drawn)) for j in range(i) if drawn[i] != drawn[j]]
    if not pairs:
        return None
    i, j = rng.choice(pairs)
    drawn[i], drawn[j] = drawn[j], rng.choice([drawn[i], drawn[j]])
    return _planted(base.printed(pages.with_figures(base.page, drawn)), folder, r"page \d+")


def _figure_edited(
    rng: random.Random, base: Base, folder: Path, pattern: str, change: Callable[[str], str]
) -> Planted | None:
    """Change one match of a pattern in one figure."""
    drawn = pages.figures(base.page)
    spots = [(i, *m.span(1)) for i, svg in enumerate(drawn) for m in re.finditer(pattern, svg)]
    if not spots:
        return None
    i, a, b = rng.choice(spots)
    drawn[i] = drawn[i][:a] + change(drawn[i][a:b]) + drawn[i][b:]
    return _planted(base.printed(pages.with_figures(base.page, drawn)), folder, r"page \d+")


def figure_text(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    pattern = r"<text[^>]*>([^<]*\w[^<]*)</text>"
    return _figure_edited(
        rng, base, folder, pattern, lambda old: str(int(old) + 3) if old.isdigit() else "zebra"
    )


def figure_shape(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """A bar or a cell in another colour: no text changes."""
    pattern = r"fill: (#(?!ffffff|000000|222222)[0-9a-f]{6})"  # not paper, nor ticks without area
    colours = ("#ff0000", "#00aa00", "#0000ff")
    new = lambda old: rng.choice([colour for colour in colours if colour != old])  # noqa: E731
    return _figure_edited(rng, base, folder, pattern, new)


def _line_edited(
    rng: random.Random, base: Base, folder: Path, name: str, change: Callable[[str], str]
) -> Planted:
    """Change one line of an attached table."""
    lines = base.evidence[name].decode().split("\n")
    i = rng.choice([i for i, line in enumerate(lines) if i and re.search(r"\d", line)])
    lines[i] = change(lines[i])
    new = "\n".join(lines).encode()
    made = pages.attached(base.pdf, lambda n, _: new if n == name else None)
    return _planted(made, folder, re.escape(name))


def attachment_edited(rng: random.Random, base: Base, folder: Path) -> Planted:
    tables = [n for n in base.evidence if n.endswith(("descriptions.csv", "labels.csv"))]

    def other_digit(line: str) -> str:
        at = rng.choice([m.start() for m in re.finditer(r"\d", line)])
        return line[:at] + str((int(line[at]) + rng.randint(1, 9)) % 10) + line[at + 1 :]

    name = rng.choice([*tables, *(n for n in base.evidence if n.startswith("tables/"))])
    return _line_edited(rng, base, folder, name, other_digit)


def label_in_attachment(rng: random.Random, base: Base, folder: Path) -> Planted:
    def other_label(line: str) -> str:
        layer, unit, label, *rest = line.split(",")
        return ",".join([layer, unit, rng.choice([w for w in base.concepts if w != label]), *rest])

    run = base.runs[rng.choice(list(base.runs))]
    name = next(n for n in base.evidence if n.endswith("/descriptions.csv") and n.startswith(run))
    return _line_edited(rng, base, folder, name, other_label)


def result_edited(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """A number of results.json changed and everything printed from it."""
    document = json.loads(base.evidence["results.json"])
    n, name = base.numbers, rng.choice(list(base.runs))
    one = next(x for x in document["networks"] if x["name"] == name)
    if rng.random() < 0.5:
        one["unique"], key = sum(n.unique(name, layer) for layer in n.layers), "unique"
    else:
        layer = rng.choice(n.layers)
        document["pairs"][0]["layers"][layer]["jaccard"] += 0.01
        document["comparison"] = document["pairs"][0]
        key = "jaccard"
    files = base.evidence | {"results.json": results.dumps(document).encode()}
    return _planted(render(files, formats=("pdf",)).pdf, folder, key)


def manifest_edited(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """What made the results is stated otherwise, and printed so."""
    document = json.loads(base.evidence["manifest.json"])
    part, value = rng.choice([("probe", "imagenet_val"), ("concepts", "10k.txt")])
    document[part] = {**(document[part] or {}), "name": value}
    files = base.evidence | {"manifest.json": documents.dumps(document).encode()}
    return _planted(render(files, formats=("pdf",)).pdf, folder, "manifest", part)


def attachment_lost(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    name = rng.choice([n for n in base.evidence if n.endswith(".csv")])
    return _planted(pages.detached(base.pdf, name), folder, re.escape(name), Path(name).name)


def picture_replaced(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """One unit's picture in place of another's, in the attachments."""
    cards = sorted(n for n in base.evidence if n.endswith(".jpg"))
    if len(cards) < 2:
        return None
    one, two = rng.sample(cards, 2)
    new = base.evidence[two]
    made = pages.attached(base.pdf, lambda n, _: new if n == one else None)
    return _planted(made, folder, re.escape(one))


def page_lost(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    number = rng.randint(1, len(pages.opened(base.pdf).pages))
    return _planted(pages.without_page(base.pdf, number), folder, r"pages?\b")


KINDS = [
    Kind("report: digit on a page", (10,), glyph(DIGITS)),
    Kind("report: letter on a page", (10,), glyph(LETTERS)),
    Kind("report: number typed over", (10, 4), number_typed),
    Kind("report: word typed over", (13,), word_typed),
    Kind("report: comparison turned round", (11,), trend_typed),
    Kind("report: names exchanged", (1,), names_typed),
    Kind("report: figures exchanged", (2, 19), figures_exchanged),
    Kind("report: text in a figure", (20, 24), figure_text),
    Kind("report: shape in a figure", (3,), figure_shape),
    Kind("report: attached number edited", (22,), attachment_edited),
    Kind("report: attached label edited", (14,), label_in_attachment),
    Kind("report: results edited", (4, 5), result_edited),
    Kind("report: manifest edited", (15, 16), manifest_edited),
    Kind("report: attachment lost", (21,), attachment_lost),
    Kind("report: picture replaced", (18,), picture_replaced),
    Kind("report: page lost", (21,), page_lost),
]
