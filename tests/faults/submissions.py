"""Faults in a folder that a team hands in: ``verify submission``."""

import io
import json
import random
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.faults.base import Base, Kind, Planted
from tests.faults.folders import hand_in, put, restate, table

Change = Callable[[random.Random, Base, Path, str], "tuple[set[str], str] | None"]


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


def tables_exchanged(rng, base, root, name):
    a, b = (table(base, root, one) for one in base.runs)
    one, two = a.read_bytes(), b.read_bytes()
    a.write_bytes(two), b.write_bytes(one)
    for run in base.runs.values():
        (root / run / "labels.csv").unlink(missing_ok=True)
    return {"names_swapped"}, ""


def settings_exchanged(rng, base, root, name):
    beside = "args.txt" if base.manifest is None else "manifest.json"
    a, b = (root / run / beside for run in base.runs.values())
    one, two = a.read_bytes(), b.read_bytes()
    a.write_bytes(two), b.write_bytes(one)
    return {"names_swapped"}, ""


def layers_misstated(rng, base, root, name):
    wrong = rng.choice([["layer3", "layer4", "fc"], ["layer1", "layer2", "layer3"], ["layer4"]])
    if not restate(base, root, name, target_layers=wrong):
        return None
    return {"wrong_layers"}, base.runs[name]


def layer_renamed(rng, base, root, name):
    rows = base.numbers.tables[name]
    layers = base.numbers.layers
    a, b = rng.sample(layers, 2)
    put(base, root, name, [({a: b, b: a}.get(r[0], r[0]), *r[1:]) for r in rows])
    return {"wrong_layers", "unit_counts"}, base.runs[name]


def rows_missing(rng, base, root, name):
    rows = list(base.numbers.tables[name])
    change = rng.randrange(3)
    if change == 0:
        start = rng.randrange(len(rows) - 20)
        del rows[start : start + rng.randint(1, 20)]
    elif change == 1:
        rows = rows[: rng.randint(len(rows) // 2, len(rows) - 1)]
    else:
        rows.append(rng.choice(rows))
    put(base, root, name, rows)
    return {"unit_counts"}, base.runs[name]


def numbered_from_one(rng, base, root, name):
    put(base, root, name, [(a, b + 1, c, d) for a, b, c, d in base.numbers.tables[name]])
    return {"unit_counts"}, base.runs[name]


def label_invented(rng, base, root, name):
    rows = list(base.numbers.tables[name])
    for place in rng.sample(range(len(rows)), rng.randint(1, 6)):
        invented = rng.choice(["striped wallpaper", "dog-like", "qzx", "blurry thing"])
        rows[place] = (*rows[place][:2], invented, rows[place][3])
    put(base, root, name, rows)
    (root.parent / base.list_name).write_text("\n".join(base.concepts) + "\n", encoding="utf-8")
    return {"not_in_concept_set"}, base.runs[name]


def other_list_stated(rng, base, root, name):
    wrong = rng.choice(["data/10k.txt", "data/10k.txt", "google-10000-english-no-swears.txt"])
    if not all(restate(base, root, one, concept_set=wrong) for one in base.runs):
        return None
    return {"other_concept_set", "not_in_concept_set"}, ""


def other_probe_stated(rng, base, root, name):
    wrong = rng.choice(["imagenet_val", "cifar100_train", "imagenet_broden", "places365_val"])
    if not restate(base, root, name, d_probe=wrong):
        return None
    return {"other_probe"}, ""


def masks_counted(rng, base, root, name):
    path = root / base.runs[name] / "manifest.json"
    if not path.is_file():
        return None
    stated = json.loads(path.read_text(encoding="utf-8"))
    stated["probe"] |= {"name": "broden1_224.zip", "images": 210365}
    path.write_text(json.dumps(stated), encoding="utf-8")
    return {"other_probe"}, base.runs[name]


def preprocessing_wrong(rng, base, root, name):
    path = root / base.runs[name] / "manifest.json"
    if not path.is_file():
        return None
    stated = json.loads(path.read_text(encoding="utf-8"))
    wrong = rng.choice([0.5, 0.0])
    stated["network"]["preprocessing"] |= {"mean": [wrong] * 3, "std": [wrong or 1.0] * 3}
    path.write_text(json.dumps(stated), encoding="utf-8")
    return {"wrong_preprocessing"}, base.runs[name]


def settings_differ(rng, base, root, name):
    key, value = rng.choice(
        [("similarity_fn", "wpmi"), ("clip_model", "RN50"), ("pool_mode", "max")]
    )
    if not restate(base, root, name, **{key: value}):
        return None
    return {"stated_settings"}, ""


def placeholder(rng, base, root, name):
    from PIL import Image

    path = rng.choice(sorted((root / "figures").iterdir()))
    if rng.random() < 0.5:
        image = Image.new("RGB", (320, 240), rng.choice(["white", "black", (200, 200, 200)]))
    else:
        image = Image.frombytes("RGB", (320, 240), rng.randbytes(320 * 240 * 3))
    out = io.BytesIO()
    image.save(out, "PNG")
    path.write_bytes(out.getvalue())
    return {"placeholder_picture"}, path.name


def picture_twice(rng, base, root, name):
    from PIL import Image

    one, two = rng.sample(sorted((root / "figures").iterdir()), 2)
    if rng.random() < 0.5:
        shutil.copyfile(one, two)
    else:
        image = Image.open(one).convert("RGB").resize((640, 480))
        image.save(two, "PNG")
    return {"picture_twice"}, one.name


def picture_missing(rng, base, root, name):
    path = rng.choice(sorted((root / "figures").iterdir()))
    path.unlink()
    return {"missing_evidence"}, path.name


def empty_results(rng, base, root, name):
    path = table(base, root, name)
    change = rng.randrange(4)
    rows = base.numbers.tables[name]
    if change == 0:
        path.write_text("layer,unit,description,similarity\n", encoding="utf-8")
    elif change == 1:
        path.write_bytes(b"")
    else:
        word = rng.choice(["TODO", "unit", "concept"]) if change == 2 else rows[0][2]
        put(base, root, name, [(a, b, word, d) for a, b, _, d in rows])
    return {"empty_results"}, base.runs[name]


def same_table(rng, base, root, name):
    rows = base.numbers.tables[base.numbers.other(name)]
    put(base, root, name, rows)
    return {"same_table_twice"}, ""


def read_as_missing(rng, base, root, name):
    word = base.numbers.tables[name][rng.randrange(50)][2]
    lost = rng.choice(["", "NaN", "None"])
    rows = [(a, b, lost if c == word else c, d) for a, b, c, d in base.numbers.tables[name]]
    put(base, root, name, rows)
    return {"read_as_missing"}, base.runs[name]


def spelling(rng, base, root, name):
    rows = list(base.numbers.tables[name])
    common = base.numbers.top(name)[rng.randrange(3)][0]
    places = [i for i, r in enumerate(rows) if r[2] == common]
    form = rng.choice([str.title, str.upper, lambda w: w + " ", lambda w: " " + w])
    for place in rng.sample(places, max(1, len(places) // 3)):
        rows[place] = (*rows[place][:2], form(common), rows[place][3])
    put(base, root, name, rows)
    return {"case_and_spacing"}, base.runs[name]


def pdf_damaged(rng, base, root, name):
    data = b"%PDF-1.7\n" + rng.randbytes(rng.randint(50, 5000))
    (root / "report.pdf").write_bytes(data)
    return {"missing_evidence"}, "report.pdf"


def kind(name: str, defects: tuple[int, ...], change: Change) -> Kind:
    return Kind(f"folder: {name}", defects, partial(plant, change))


KINDS = [
    kind("tables exchanged", (1,), tables_exchanged),
    kind("settings exchanged", (1,), settings_exchanged),
    kind("other layers stated", (6,), layers_misstated),
    kind("layers renamed", (6, 7), layer_renamed),
    kind("rows missing", (7,), rows_missing),
    kind("units from one", (25,), numbered_from_one),
    kind("label invented", (14,), label_invented),
    kind("other list stated", (15,), other_list_stated),
    kind("other probe stated", (16,), other_probe_stated),
    kind("masks counted", (16,), masks_counted),
    kind("preprocessing wrong", (17,), preprocessing_wrong),
    kind("settings differ", (27,), settings_differ),
    kind("placeholder picture", (18,), placeholder),
    kind("picture twice", (19,), picture_twice),
    kind("picture missing", (21,), picture_missing),
    kind("results empty", (26,), empty_results),
    kind("one table for both", (26,), same_table),
    kind("null read as missing", (32,), read_as_missing),
    kind("case and spacing", (31,), spelling),
    kind("PDF damaged", (26,), pdf_damaged),
]
