"""Faults in a folder that a team hands in: ``verify submission``."""

import random
import shutil
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PIL import Image

from tests.verify.faults.base import Base, Kind, Planted, Table
from tests.verify.faults.folders import hand_in, put, restate, table

Change = Callable[[random.Random, Base, Path, str], "tuple[set[str], str] | None"]
Rows = Callable[[random.Random, Table], Table]


def plant(change: Change, rng: random.Random, base: Base, folder: Path) -> Planted | None:
    """One change in an honest folder: what it must be called, and the file that must be named."""
    for attempt in range(8):  # not every text holds the sentence that is to be changed
        root = hand_in(rng, base, folder / str(attempt))
        made = change(rng, base, root, rng.choice(list(base.runs)))
        if made is not None:
            break
    if made is None:
        return None
    causes, place = made
    listed = root.parent / base.list_name
    given = ["--concepts", str(listed)] if listed.is_file() else []
    return Planted(["submission", str(root), *given], frozenset(causes), (place,) if place else ())


def exchanged(*files):
    """Files of the two runs that take each other's place."""

    def change(rng, base, root, name):
        for file in files:
            a, b = (root / run / file for run in base.runs.values())
            if a.is_file():
                one, two = a.read_bytes(), b.read_bytes()
                a.write_bytes(two), b.write_bytes(one)
        if "descriptions.csv" in files:
            for labels in root.glob("*/labels.csv"):
                labels.unlink()
        return {"names_swapped"}, ""

    return change


def stated(causes, key, *values, both=False):
    """A setting stated otherwise, of one run or of both."""

    def change(rng, base, root, name):
        changed = {key: rng.choice(values)}
        runs = base.runs.values() if both else [base.runs[name]]
        done = [restate(root / run / "args.txt", **changed) for run in runs]
        return (causes, "" if both else base.runs[name]) if all(done) else None

    return change


def layer_renamed(rng, base, root, name):
    rows = base.numbers.tables[name]
    layers = base.numbers.layers
    a, b = rng.sample(layers, 2)
    put(base, root, name, [({a: b, b: a}.get(r[0], r[0]), *r[1:]) for r in rows])
    return {"wrong_layers", "unit_counts"}, base.runs[name]


def class_layer(rng, base, root, name):
    if base.manifest is not None:
        return None
    last, listed = base.numbers.layers[-1], base.numbers.tables[name]
    rows = [row for row in listed if row[0] != last]
    put(base, root, name, rows + [("fc", n, listed[n][2], 0.2) for n in range(365)])
    return {"wrong_layers"}, base.runs[name]


def rows_missing(rng, rows):
    start = rng.randrange(len(rows) - 20)
    return rows[:start] + rows[start + rng.randint(1, 20) :]


def cut_short(rng, rows):
    return rows[: rng.randint(len(rows) // 2, len(rows) - 1)]


def row_twice(rng, rows):
    return [*rows, rng.choice(rows)]


def numbered_from_one(rng, rows):
    return [(a, b + 1, c, d) for a, b, c, d in rows]


def one_label(rng, rows):
    return [(a, b, rows[0][2], d) for a, b, _, d in rows]


def filler_labels(rng, rows):
    word = rng.choice(["TODO", "unit", "concept_{}", "label {}"])
    return [(a, b, word.format(n), d) for n, (a, b, _, d) in enumerate(rows)]


def lost(*instead):
    """One label throughout the table is read as a missing value, and written as one."""

    def change(rng, rows):
        word, new = rows[rng.randrange(50)][2], rng.choice(instead)
        return [(a, b, new if c == word else c, d) for a, b, c, d in rows]

    return change


def spelt(*forms):
    """A third of a common label's units have it in another form."""

    def change(rng, rows):
        common = rng.choice(Counter(row[2] for row in rows).most_common(3))[0]
        places = [i for i, row in enumerate(rows) if row[2] == common]
        form, chosen = rng.choice(forms), rng.sample(places, max(1, len(places) // 3))
        return [(a, b, form(c) if i in chosen else c, d) for i, (a, b, c, d) in enumerate(rows)]

    return change


def label_invented(rng, base, root, name):
    rows = list(base.numbers.tables[name])
    for place in rng.sample(range(len(rows)), rng.randint(1, 6)):
        invented = rng.choice(["striped wallpaper", "dog-like", "qzx", "blurry thing"])
        rows[place] = (*rows[place][:2], invented, rows[place][3])
    put(base, root, name, rows)
    (root.parent / base.list_name).write_text("\n".join(base.concepts) + "\n", encoding="utf-8")
    return {"not_in_concept_set"}, base.runs[name]


def settings_differ(rng, base, root, name):
    differing = {"similarity_fn": "wpmi", "clip_model": "RN50", "pool_mode": "max"}
    key = rng.choice(list(differing))
    return stated({"stated_settings"}, key, differing[key])(rng, base, root, name)


def _manifest(base, root, run):
    return root / base.runs[run] / "manifest.json"


def masks_counted(rng, base, root, name):
    images = {"name": "broden1_224.zip", "images": 210365}
    done = restate(_manifest(base, root, name), "probe", **images)
    return ({"other_probe"}, base.runs[name]) if done else None


def preprocessing_wrong(rng, base, root, name):
    """Other numbers than published weights were trained with, for both networks alike."""
    wrong = rng.choice([0.5, 0.0])
    changed = {
        "preprocessing": {"mean": [wrong] * 3, "std": [wrong or 1.0] * 3},
        "weights": "torchvision:ResNet18_Weights.IMAGENET1K_V1",
    }
    done = [restate(_manifest(base, root, one), "network", **changed) for one in base.runs]
    return ({"wrong_preprocessing"}, "for these weights") if all(done) else None


def normalised_apart(rng, base, root, name):
    """Two networks of one architecture, trained by the team: the images of one were shifted."""
    shifted = {"mean": [rng.choice([0.4, 0.6])] * 3, "std": [1.0] * 3}
    changed = {"preprocessing": shifted, "weights": "file:own.pt"}
    done = restate(_manifest(base, root, name), "network", **changed)
    return ({"wrong_preprocessing"}, base.runs[name]) if done else None


def blank(rng, path):
    Image.new("RGB", (320, 240), rng.choice(["white", "black", (200, 200, 200)])).save(path)


def noise(rng, path):
    Image.frombytes("RGB", (320, 240), rng.randbytes(320 * 240 * 3)).save(path)


def no_picture(rng, path):
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + rng.randbytes(rng.randint(0, 300)))


def copied(rng, path):
    others = [other for other in sorted(path.parent.iterdir()) if other != path]
    shutil.copyfile(path, rng.choice(others))


def resized(rng, path):
    with Image.open(path) as image:
        larger = image.convert("RGB").resize(rng.choice([(640, 480), (400, 300)]))
    larger.save(path.with_name("again.jpg"), quality=rng.randint(75, 95))


def no_rows(rng, base, root, name):
    header = "layer,unit,description,similarity\n"
    table(base, root, name).write_text(rng.choice(["", header]), encoding="utf-8")
    return {"empty_results"}, base.runs[name]


def same_table(rng, base, root, name):
    rows = base.numbers.tables[base.numbers.other(name)]
    put(base, root, name, rows)
    return {"same_table_twice"}, ""


def pdf_damaged(rng, base, root, name):
    data = b"%PDF-1.7\n" + rng.randbytes(rng.randint(50, 5000))
    (root / "report.pdf").write_bytes(data)
    return {"missing_evidence"}, "report.pdf"


def kind(name: str, defects: tuple[int, ...], change: Change) -> Kind:
    return Kind(f"folder: {name}", defects, partial(plant, change))


def of_picture(name: str, defect: int, cause: str, change: Callable) -> Kind:
    """A fault of one picture."""

    def planted(rng, base, root, network):
        path = rng.choice(sorted((root / "figures").iterdir()))
        change(rng, path)
        return {cause}, path.name

    return kind(name, (defect,), planted)


def of_rows(name: str, defects: tuple[int, ...], cause: str, change: Rows) -> Kind:
    """A fault that changes one table alone."""

    def planted(rng, base, root, network):
        put(base, root, network, change(rng, list(base.numbers.tables[network])))
        return {cause}, base.runs[network]

    return kind(name, defects, planted)


LAYERS = (["layer3", "layer4", "fc"], ["layer1", "layer2", "layer3"], ["layer4"])
LISTS = ("data/10k.txt", "data/10k.txt", "google-10000-english-no-swears.txt")
PROBES = ("imagenet_val", "cifar100_train", "imagenet_broden", "places365_val")
OTHER_LIST = {"other_concept_set", "not_in_concept_set"}
KINDS = [
    kind("tables exchanged", (1,), exchanged("descriptions.csv")),
    kind("settings exchanged", (1,), exchanged("args.txt", "manifest.json")),
    kind("other layers stated", (6,), stated({"wrong_layers"}, "target_layers", *LAYERS)),
    kind("layers renamed", (6, 7), layer_renamed),
    kind("class layer dissected", (6,), class_layer),
    of_rows("rows missing", (7,), "unit_counts", rows_missing),
    of_rows("table cut short", (7,), "unit_counts", cut_short),
    of_rows("row twice", (7,), "unit_counts", row_twice),
    of_rows("units from one", (25,), "unit_counts", numbered_from_one),
    kind("label invented", (14,), label_invented),
    kind("other list stated", (15,), stated(OTHER_LIST, "concept_set", *LISTS, both=True)),
    kind("other probe stated", (16,), stated({"other_probe"}, "d_probe", *PROBES)),
    kind("masks counted", (16,), masks_counted),
    kind("preprocessing wrong", (17,), preprocessing_wrong),
    kind("networks normalised differently", (17,), normalised_apart),
    kind("settings differ", (27,), settings_differ),
    of_picture("blank picture", 18, "placeholder_picture", blank),
    of_picture("noise picture", 18, "placeholder_picture", noise),
    of_picture("no picture", 18, "placeholder_picture", no_picture),
    of_picture("picture twice", 19, "picture_twice", copied),
    of_picture("picture resized", 19, "picture_twice", resized),
    of_picture("picture missing", 21, "missing_evidence", lambda _, path: path.unlink()),
    kind("table without rows", (26,), no_rows),
    of_rows("one label for all", (26,), "empty_results", one_label),
    of_rows("filler labels", (26,), "empty_results", filler_labels),
    kind("one table for both", (26,), same_table),
    of_rows("label emptied", (32,), "read_as_missing", lost("")),
    of_rows("null read as missing", (32,), "read_as_missing", lost("NaN", "None", "True")),
    of_rows("case", (31,), "case_and_spacing", spelt(str.title, str.upper)),
    of_rows("spacing", (31,), "case_and_spacing", spelt("{} ".format, " {}".format)),
    kind("PDF damaged", (26,), pdf_damaged),
]
