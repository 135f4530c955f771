"""Faults in a second table of one network: ``verify runs``."""

import csv
import random
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import pstdev

from tests.verify.faults.base import Base, Kind, Planted, Table, text, write

Change = Callable[[random.Random, Base, str, Table], Table | str]
"""Returns the second table of a network, given its name and its rows: as rows or as CSV text."""


def plant(change: Change, cause: str, rng: random.Random, base: Base, folder: Path) -> Planted:
    name = rng.choice(list(base.runs))
    table = change(rng, base, name, list(base.numbers.tables[name]))
    path = folder / "second" / "descriptions.csv"
    path.parent.mkdir()
    path.write_text(table if isinstance(table, str) else text(table), encoding="utf-8")
    words = ["runs", str(base.path(name) / "descriptions.csv"), str(path)]
    return Planted(words, frozenset({cause}))


def exchanged(rng, base, name, rows):
    return base.numbers.tables[base.numbers.other(name)]


def exchanged_pair(rng: random.Random, base: Base, folder: Path) -> Planted:
    """A pair whose networks changed names, with a rerun's noise."""
    names = rng.sample(list(base.runs), 2)
    ours = [str(base.path(name)) for name in names]
    for name in names:
        rows = [(*row[:3], row[3] + rng.gauss(0, 1e-4)) for row in base.numbers.tables[name]]
        write(rows, folder / name / "descriptions.csv")
    words = ["runs", *ours, "--against", *(str(folder / name) for name in names[::-1])]
    return Planted(words, frozenset({"swapped_or_other_network"}))


def last_layer_fc(rng, base, name, rows):
    """Another module was dissected than stated: one layer goes by another name."""
    layer = rng.choice(base.numbers.layers)
    new = rng.choice(["fc", "avgpool", "layer1", "conv1"])
    return [(new if a == layer else a, b, c, d) for a, b, c, d in rows]


def layers_exchanged(rng, base, name, rows):
    a, b = rng.sample(base.numbers.layers, 2)
    return [({a: b, b: a}.get(r[0], r[0]), *r[1:]) for r in rows]


def units_missing(rng, base, name, rows):
    layer = rng.choice(base.numbers.layers)
    size = base.numbers.units(name, layer)
    kept = rng.choice([0, size // 2, size - 1, size - rng.randint(2, 10)])
    return [r for r in rows if r[0] != layer or r[1] < kept]


def units_from_one(rng, base, name, rows):
    return [(a, b + 1, c, d) for a, b, c, d in rows]


def units_shuffled(rng, base, name, rows):
    """A layer sorted by similarity and numbered again, or shuffled."""
    layer = rng.choice(base.numbers.layers)
    mixed = [r for r in rows if r[0] == layer]
    rng.shuffle(mixed)
    if rng.random() < 0.5:
        mixed.sort(key=lambda r: -r[3])
    fresh = iter(mixed)
    return [(r[0], r[1], *next(fresh)[2:]) if r[0] == layer else r for r in rows]


def _retyped(rng, rows, most, change):
    for place in rng.sample(range(len(rows)), rng.randint(1, most)):
        layer, unit, word, value = rows[place]
        rows[place] = (layer, unit, *change(word, value))
    return rows


def edited(rng, base, name, rows):
    other = lambda word: rng.choice([each for each in base.concepts if each != word])  # noqa: E731
    return _retyped(rng, rows, 5, lambda word, value: (other(word), value))


def edited_in_noise(rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """One label with a wide margin retyped in a rerun: noise hides that no other row changed."""
    name = rng.choice(list(base.runs))
    labels = base.path(name) / "labels.csv"
    if not labels.is_file():
        return None
    with labels.open(encoding="utf-8", newline="") as file:
        wide = [r for r in csv.DictReader(file) if float(r["margin"] or 0) > 0.5]
    place = rng.choice(wide)
    rows = [(*row[:3], row[3] + rng.uniform(-9e-4, 9e-4)) for row in base.numbers.tables[name]]
    rows = [
        (a, b, "zebra" if (a, b) == (place["layer"], int(place["unit"])) else c, d)
        for a, b, c, d in rows
    ]
    path = write(rows, folder / "second" / "descriptions.csv")
    words = ["runs", str(base.path(name) / "descriptions.csv"), str(path)]
    return Planted(words, frozenset({"edited_table"}))


def score_edited(rng, base, name, rows):
    return _retyped(rng, rows, 4, lambda x, s: (x, round(s + rng.choice([-1, 1, 2]) * 0.1, 8)))


def _seen_anew(rng, rows, stay, noise, new):
    """A share of the labels stays; the others' words and scores are made by `new`."""
    changed = []
    for layer, unit, word, value in rows:
        same = rng.random() < stay
        seen = (word, value + rng.gauss(0, noise)) if same else new(layer, value)
        changed.append((layer, unit, *seen))
    return changed


def probe_variant(rng, base, name, rows):
    """Annotation masks left in: 80 to 92 % of labels stay, similarities shift a little."""
    size, known = pstdev(row[3] for row in rows), base.numbers.words(name)

    def new(layer, value):
        word = rng.choice(known if rng.random() < 0.7 else base.concepts)
        return word, value + rng.gauss(0, size * 0.25)

    return _seen_anew(rng, rows, rng.uniform(0.80, 0.92), size * 0.06, new)


def other_probe(rng, base, name, rows):
    """Half of the labels stay; the rest are other words of the same list, with other scores."""
    size, stay = pstdev(row[3] for row in rows), rng.uniform(0.50, 0.62)

    def new(layer, value):
        known = base.numbers.words(name, layer)
        return rng.choice(known if rng.random() < 0.8 else base.concepts), rng.choice(rows)[3]

    return _seen_anew(rng, rows, stay, size * 0.5, new)


def other_concepts(rng, base, name, rows):
    """A list half as long: its words stay for the most part, scores lie on a line."""
    kept = sorted(rng.sample(base.concepts, len(base.concepts) // 2))
    nearest = {word: rng.choice(kept) for word in base.concepts} | {word: word for word in kept}
    slope, changed = rng.choice([1.0, 0.5, 1.8]) * rng.uniform(0.95, 1.05), []
    for layer, unit, word, value in rows:
        new = rng.choice(kept) if rng.random() < 0.05 else nearest[word]
        changed.append((layer, unit, new, slope * value + rng.gauss(0, 0.01 * abs(value))))
    return changed


def disjoint(rng, base, name, rows):
    """Another tool's table: other words, other scores."""
    listed = [f"{rng.choice('bcdfgk')}{n}-{rng.choice(['c', 's', 'color'])}" for n in range(300)]
    return [(a, b, rng.choice(listed), round(rng.uniform(0.04, 0.3), 6)) for a, b, _, _ in rows]


def other_settings(rng, base, name, rows):
    """Another similarity function or a rescaled one: the same labels, other scores."""
    power, scale = rng.uniform(0.4, 0.8), rng.uniform(0.1, 0.5)
    low = min(r[3] for r in rows) - 0.01
    return [(a, b, c, round(scale * (d - low) ** power, 8)) for a, b, c, d in rows]


def spelling(rng, base, name, rows):
    form = rng.choice([str.title, str.upper, lambda w: w + " ", lambda w: " " + w])
    share = rng.choice([1.0, 0.5, 0.1])
    (layer, unit, word, value), *others = rows
    others = [(a, b, form(c) if rng.random() < share else c, d) for a, b, c, d in others]
    return [(layer, unit, form(word), value), *others]


def rows_broken(rng, base, name, rows):
    """Rows twice, cut off, or with labels lost on the way through a spreadsheet."""
    place, change = rng.randrange(len(rows)), rng.randrange(4)
    layer, unit, word, _ = rows[place]
    if change == 0:
        return text([*rows[:place], rows[place], *rows[place:]])
    if change == 1:
        return text([(a, b, "" if c == word else c, d) for a, b, c, d in rows])
    if change == 2:
        value = rng.choice(["", "#REF!", "nan", "0,31 "])
        return text([*rows[:place], (layer, unit, word, value), *rows[place + 1 :]])
    lines = text(rows).splitlines(keepends=True)
    lines[place + 1] = re.sub(r",[^,]*$", "\n", lines[place + 1])
    return "".join(lines)


KINDS = [
    Kind("networks exchanged", (1,), partial(plant, exchanged, "swapped_or_other_network")),
    Kind("pair exchanged", (1,), exchanged_pair),
    Kind("other module dissected", (6,), partial(plant, last_layer_fc, "other_layers")),
    Kind("layers exchanged", (6, 25), partial(plant, layers_exchanged, "other_layers")),
    Kind("units missing", (7,), partial(plant, units_missing, "other_layers")),
    Kind("units from one", (25,), partial(plant, units_from_one, "other_layers")),
    Kind("units shuffled", (25,), partial(plant, units_shuffled, "other_layers")),
    Kind("labels edited", (27,), partial(plant, edited, "edited_table")),
    Kind("a label edited in noise", (27,), edited_in_noise),
    Kind("scores edited", (27,), partial(plant, score_edited, "edited_table")),
    Kind("masks in the probe", (16,), partial(plant, probe_variant, "probe_variant")),
    Kind("other probe", (16,), partial(plant, other_probe, "other_probe")),
    Kind("other concept list", (15, 33), partial(plant, other_concepts, "other_concepts")),
    Kind("another tool's table", (28,), partial(plant, disjoint, "other_concepts")),
    Kind("other scoring", (17,), partial(plant, other_settings, "other_settings")),
    Kind("case and spacing of labels", (31,), partial(plant, spelling, "label_spelling")),
    Kind("rows broken", (26, 32), partial(plant, rows_broken, "defective_table")),
]
