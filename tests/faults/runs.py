"""Faults in a second table of one network: ``verify runs``."""

import random
import re
from pathlib import Path

from tests.faults.base import Base, Kind, Planted, Table, text, write


def _pick(rng: random.Random, base: Base) -> tuple[str, Table]:
    name = rng.choice(list(base.runs))
    return name, list(base.numbers.tables[name])


def _against(base: Base, name: str, rows: Table, folder: Path, *causes: str) -> Planted:
    path = write(rows, folder / "second" / "descriptions.csv")
    first = base.path(name) / "descriptions.csv"
    return Planted(["runs", str(first), str(path)], frozenset(causes))


def _jitter(rng: random.Random, rows: Table, size: float) -> Table:
    return [(a, b, c, round(d + rng.gauss(0, size), 8)) for a, b, c, d in rows]


def _spread(rows: Table) -> float:
    values = sorted(row[3] for row in rows)
    return values[len(values) * 3 // 4] - values[len(values) // 4]


def exchanged(rng: random.Random, base: Base, folder: Path) -> Planted:
    """The other network's table under this one's name."""
    name, _ = _pick(rng, base)
    rows = base.numbers.tables[base.numbers.other(name)]
    return _against(base, name, rows, folder, "swapped_or_other_network")


def exchanged_pair(rng: random.Random, base: Base, folder: Path) -> Planted:
    """A pair whose networks changed names, with a rerun's noise."""
    a, b = rng.sample(list(base.runs), 2)
    for name, run in ((a, "x"), (b, "y")):
        write(_jitter(rng, base.numbers.tables[name], 1e-4), folder / run / "descriptions.csv")
    pair = [str(base.path(a)), str(base.path(b))]
    words = ["runs", *pair, "--against", str(folder / "y"), str(folder / "x")]
    return Planted(words, frozenset({"swapped_or_other_network", "names_swapped", "swapped"}))


def last_layer_fc(rng: random.Random, base: Base, folder: Path) -> Planted:
    """Another module was dissected than stated: one layer goes by another name."""
    name, rows = _pick(rng, base)
    layer = rng.choice(base.numbers.layers)
    new = rng.choice(["fc", "avgpool", "layer1", "conv1"])
    rows = [(new if a == layer else a, b, c, d) for a, b, c, d in rows]
    return _against(base, name, rows, folder, "other_layers")


def layers_exchanged(rng: random.Random, base: Base, folder: Path) -> Planted:
    """Two layers under each other's names."""
    name, rows = _pick(rng, base)
    a, b = rng.sample(base.numbers.layers, 2)
    rows = [({a: b, b: a}.get(r[0], r[0]), *r[1:]) for r in rows]
    return _against(base, name, rows, folder, "other_layers")


def units_missing(rng: random.Random, base: Base, folder: Path) -> Planted:
    """The end of a layer, or all of it, is missing."""
    name, rows = _pick(rng, base)
    layer = rng.choice(base.numbers.layers)
    size = base.numbers.units(name, layer)
    kept = rng.choice([0, size // 2, size - 1, size - rng.randint(2, 10)])
    rows = [r for r in rows if r[0] != layer or r[1] < kept]
    return _against(base, name, rows, folder, "other_layers")


def units_from_one(rng: random.Random, base: Base, folder: Path) -> Planted:
    name, rows = _pick(rng, base)
    rows = [(a, b + 1, c, d) for a, b, c, d in rows]
    return _against(base, name, rows, folder, "other_layers")


def units_shuffled(rng: random.Random, base: Base, folder: Path) -> Planted:
    """A layer sorted by similarity and numbered again, or shuffled."""
    name, rows = _pick(rng, base)
    layer = rng.choice(base.numbers.layers)
    mixed = [r for r in rows if r[0] == layer]
    rng.shuffle(mixed)
    if rng.random() < 0.5:
        mixed.sort(key=lambda r: -r[3])
    fresh = iter(mixed)
    rows = [(r[0], r[1], *next(fresh)[2:]) if r[0] == layer else r for r in rows]
    return _against(base, name, rows, folder, "other_layers")


def edited(rng: random.Random, base: Base, folder: Path) -> Planted:
    """One to five labels typed over by hand; the similarities stay."""
    name, rows = _pick(rng, base)
    for place in rng.sample(range(len(rows)), rng.randint(1, 5)):
        layer, unit, word, value = rows[place]
        rows[place] = (layer, unit, rng.choice([w for w in base.concepts if w != word]), value)
    return _against(base, name, rows, folder, "edited_table")


def score_edited(rng: random.Random, base: Base, folder: Path) -> Planted:
    """One to four similarities typed over."""
    name, rows = _pick(rng, base)
    for place in rng.sample(range(len(rows)), rng.randint(1, 4)):
        layer, unit, word, value = rows[place]
        rows[place] = (layer, unit, word, round(value + rng.choice([-1, 1, 2]) * 0.1, 8))
    return _against(base, name, rows, folder, "edited_table")


def probe_variant(rng: random.Random, base: Base, folder: Path) -> Planted:
    """Annotation masks left in: 80 to 92 % of labels stay, similarities shift a little."""
    name, rows = _pick(rng, base)
    size, stay, known = _spread(rows), rng.uniform(0.80, 0.92), base.numbers.words(name)
    made = []
    for layer, unit, word, value in rows:
        if rng.random() < stay:
            made.append((layer, unit, word, value + rng.gauss(0, size * 0.06)))
        else:
            new = rng.choice(known if rng.random() < 0.7 else base.concepts)
            made.append((layer, unit, new, value + rng.gauss(0, size * 0.25)))
    return _against(base, name, made, folder, "probe_variant")


def other_probe(rng: random.Random, base: Base, folder: Path) -> Planted:
    """Half of the labels stay; the rest are other words of the same list, with other scores."""
    name, rows = _pick(rng, base)
    size, stay = _spread(rows), rng.uniform(0.50, 0.62)
    made = []
    for layer, unit, word, value in rows:
        known = base.numbers.words(name, layer)
        if rng.random() < stay:
            made.append((layer, unit, word, value + rng.gauss(0, size * 0.5)))
        else:
            new = rng.choice(known if rng.random() < 0.8 else base.concepts)
            made.append((layer, unit, new, rng.choice(rows)[3]))
    return _against(base, name, made, folder, "other_probe")


def other_concepts(rng: random.Random, base: Base, folder: Path) -> Planted:
    """A list half as long: its words stay for the most part, scores lie on a line."""
    name, rows = _pick(rng, base)
    half = set(rng.sample(base.concepts, len(base.concepts) // 2))
    kept, nearest = sorted(half), {}
    slope, made = rng.choice([1.0, 0.5, 1.8]) * rng.uniform(0.95, 1.05), []
    for layer, unit, word, value in rows:
        new = word
        if word not in half:
            new = nearest.setdefault(word, rng.choice(kept))
        elif rng.random() < 0.1:
            new = rng.choice(kept)
        made.append((layer, unit, new, slope * value + rng.gauss(0, 0.01 * abs(value))))
    return _against(base, name, made, folder, "other_concepts")


def disjoint(rng: random.Random, base: Base, folder: Path) -> Planted:
    """Another tool's table: other words, other scores."""
    name, rows = _pick(rng, base)
    listed = [f"{rng.choice('bcdfgk')}{n}-{rng.choice(['c', 's', 'color'])}" for n in range(300)]
    rows = [(a, b, rng.choice(listed), round(rng.uniform(0.04, 0.3), 6)) for a, b, _, _ in rows]
    return _against(base, name, rows, folder, "unrelated")


def other_settings(rng: random.Random, base: Base, folder: Path) -> Planted:
    """Another similarity function or a rescaled one: the same labels, other scores."""
    name, rows = _pick(rng, base)
    power, scale = rng.uniform(0.4, 0.8), rng.uniform(0.1, 0.5)
    low = min(r[3] for r in rows) - 0.01
    rows = [(a, b, c, round(scale * (d - low) ** power, 8)) for a, b, c, d in rows]
    return _against(base, name, rows, folder, "other_settings")


def spelling(rng: random.Random, base: Base, folder: Path) -> Planted:
    """Labels capitalised, upper-case or with spaces at the end."""
    name, rows = _pick(rng, base)
    form = rng.choice([str.title, str.upper, lambda w: w + " ", lambda w: " " + w])
    some = rng.choice([1.0, 0.5, 0.1])
    rows = [(a, b, form(c) if rng.random() < some else c, d) for a, b, c, d in rows]
    rows[0] = (rows[0][0], rows[0][1], form(rows[0][2]), rows[0][3])
    return _against(base, name, rows, folder, "label_spelling")


def rows_broken(rng: random.Random, base: Base, folder: Path) -> Planted:
    """Rows twice, cut off, or with labels lost on the way through a spreadsheet."""
    name, rows = _pick(rng, base)
    place, change = rng.randrange(len(rows)), rng.randrange(4)
    if change == 0:
        rows.insert(place, rows[place])
        content = text(rows)
    elif change == 1:
        lost = rows[place][2]
        content = text([(a, b, "" if c == lost else c, d) for a, b, c, d in rows])
    elif change == 2:
        made = [[*row] for row in rows]
        made[place][3] = rng.choice(["", "#REF!", "nan", "0,31 "])
        content = text(made)
    else:
        lines = text(rows).splitlines(keepends=True)
        lines[place + 1] = re.sub(r",[^,]*$", "\n", lines[place + 1])
        content = "".join(lines)
    path = folder / "second" / "descriptions.csv"
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8")
    first = base.path(name) / "descriptions.csv"
    return Planted(["runs", str(first), str(path)], frozenset({"defective_table"}))


KINDS = [
    Kind("networks exchanged", (1,), exchanged),
    Kind("pair exchanged", (1,), exchanged_pair),
    Kind("other module dissected", (6,), last_layer_fc),
    Kind("layers exchanged", (6, 25), layers_exchanged),
    Kind("units missing", (7,), units_missing),
    Kind("units from one", (25,), units_from_one),
    Kind("units shuffled", (25,), units_shuffled),
    Kind("labels edited", (27,), edited),
    Kind("scores edited", (27,), score_edited),
    Kind("masks in the probe", (16,), probe_variant),
    Kind("other probe", (16,), other_probe),
    Kind("other concept list", (15, 33), other_concepts),
    Kind("another tool's table", (28,), disjoint),
    Kind("other scoring", (17,), other_settings),
    Kind("case and spacing of labels", (31,), spelling),
    Kind("rows broken", (26, 32), rows_broken),
]
