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


def _planted(data: bytes, folder: Path, *places: str) -> Planted:
    path = folder / "report.pdf"
    path.write_bytes(data)
    return Planted(["report", str(path)], frozenset(), places)


def _text(html: str) -> list[tuple[int, int]]:
    """Where the running text of a page stands, between its tags."""
    start = html.index("<body")
    return [m.span(1) for m in re.finditer(r">([^<>]+)<", html) if m.start() > start]


def _reworded(rng: random.Random, base: Base, old: str, new: str) -> bytes | None:
    """Set the page with one word of its text changed."""
    html = base.page
    spots = [
        (a + m.start(), a + m.end())
        for a, b in _text(html)
        for m in re.finditer(rf"(?<![\w.,]){old}(?![\w])", html[a:b])
    ]
    if not spots:
        return None
    a, b = rng.choice(spots)
    return base.printed(html[:a] + new + html[b:])


def digit(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """One digit on one page."""
    made = pages.retyped(base.pdf, rng, lambda c: DIGITS if c in DIGITS else None)
    return _planted(made[0], folder, rf"page {made[1]}\b") if made else None


def letter(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """One letter of one word on one page."""
    made = pages.retyped(base.pdf, rng, lambda c: LETTERS if c in LETTERS else None)
    return _planted(made[0], folder, rf"page {made[1]}\b") if made else None


def number_typed(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """A number of the report typed over before it was printed."""
    n, name = base.numbers, rng.choice(list(base.runs))
    layer = rng.choice([None, *n.layers])
    old = str(rng.choice([n.unique(name, layer), n.shared(layer), n.only(name, layer)]))
    new = str(int(old) + rng.choice([-1, 1, 10, 100]))
    made = _reworded(rng, base, old, new)
    return _planted(made, folder, rf"\b{new}\b") if made else None


def word_typed(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """A label of the report replaced by another word."""
    n, name = base.numbers, rng.choice(list(base.runs))
    word, _ = rng.choice(n.top(name)[:15])
    new = rng.choice(["zebra", "lighthouse", "cathedral", "orchid"])
    made = _reworded(rng, base, re.escape(word), new)
    return _planted(made, folder, rf"\b{new}\b") if made else None


def trend_typed(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """A word of comparison turned round."""
    pairs = [("below", "above"), ("more", "fewer"), ("lowest", "highest"), ("highest", "lowest")]
    pairs += [("above", "below"), ("fewer", "more"), ("less", "more"), ("most", "fewest")]
    rng.shuffle(pairs)
    for old, new in pairs:
        made = _reworded(rng, base, old, new)
        if made:
            return _planted(made, folder, rf"\b{new}\b")
    return None


def names_typed(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """One mention of a network, or every one, under the other's name."""
    a, b = rng.sample(list(base.runs), 2)
    if rng.random() < 0.5:
        made = _reworded(rng, base, a, b)
        return _planted(made, folder, rf"\b({a}|{b})\b") if made else None
    html, parts, last = base.page, [], 0
    for start, end in _text(html):
        changed = re.sub(rf"\b({a}|{b})\b", lambda m: b if m[0] == a else a, html[start:end])
        parts += [html[last:start], changed]
        last = end
    return _planted(base.printed("".join(parts) + html[last:]), folder, rf"\b({a}|{b})\b")


def _redrawn(base: Base, drawn: list[str], folder: Path) -> Planted:
    """Set the page with other figures."""
    return _planted(base.printed(pages.with_figures(base.page, drawn)), folder, r"page \d+")


def figures_exchanged(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """One network's figure under the other's heading, or one figure twice."""
    drawn = pages.figures(base.page)
    pairs = [(i, j) for i in range(len(drawn)) for j in range(i) if drawn[i] != drawn[j]]
    if not pairs:
        return None
    i, j = rng.choice(pairs)
    first, second = drawn[i], drawn[j]
    drawn[i], drawn[j] = second, rng.choice([first, second])
    return _redrawn(base, drawn, folder)


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
    return _redrawn(base, drawn, folder)


def figure_text(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """A number or a word inside a figure."""
    pattern = r"<text[^>]*>([^<]*\w[^<]*)</text>"
    new = lambda old: str(int(old) + 3) if old.isdigit() else "zebra"  # noqa: E731
    return _figure_edited(rng, base, folder, pattern, new)


def figure_shape(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """A bar or a cell in another colour: no text changes."""
    pattern = r"fill: (#(?!ffffff|000000|222222)[0-9a-f]{6})"  # not paper, nor ticks without area
    colours = ("#ff0000", "#00aa00", "#0000ff")
    new = lambda old: rng.choice([colour for colour in colours if colour != old])  # noqa: E731
    return _figure_edited(rng, base, folder, pattern, new)


def attachment_edited(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """One digit or word in an attached table."""
    tables = [n for n in base.evidence if n.endswith(("descriptions.csv", "labels.csv"))]
    name = rng.choice([*tables, *(n for n in base.evidence if n.startswith("tables/"))])
    lines = base.evidence[name].decode().split("\n")
    places = [i for i, line in enumerate(lines) if i and re.search(r"\d", line)]
    i = rng.choice(places)
    at = rng.choice([m.start() for m in re.finditer(r"\d", lines[i])])
    lines[i] = (
        lines[i][:at] + str((int(lines[i][at]) + rng.randint(1, 9)) % 10) + lines[i][at + 1 :]
    )
    new = "\n".join(lines).encode()
    made = pages.attached(base.pdf, lambda n, _: new if n == name else None)
    return _planted(made, folder, re.escape(name))


def label_in_attachment(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """One label in an attached table of labels."""
    run = base.runs[rng.choice(list(base.runs))]
    found = [n for n in base.evidence if n.endswith("/descriptions.csv") and n.startswith(run)]
    lines = base.evidence[found[0]].decode().split("\n")
    i = rng.randrange(1, len(lines) - 1)
    parts = lines[i].split(",")
    parts[2] = rng.choice([w for w in base.concepts if w != parts[2]])
    lines[i] = ",".join(parts)
    made = pages.attached(
        base.pdf, lambda n, _: "\n".join(lines).encode() if n == found[0] else None
    )
    return _planted(made, folder, re.escape(found[0]), "results follow from the tables")


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
    made = render(files, formats=("pdf",)).pdf
    return _planted(made, folder, "manifest", part)


def attachment_lost(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """An attached file is gone."""
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
    """A page taken out."""
    number = rng.randint(1, len(pages.opened(base.pdf).pages))
    return _planted(pages.without_page(base.pdf, number), folder, r"pages?\b")


KINDS = [
    Kind("report: digit on a page", (10,), digit),
    Kind("report: letter on a page", (10,), letter),
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
