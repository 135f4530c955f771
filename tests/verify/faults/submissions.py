"""Faults in a folder that a team hands in: ``verify submission``."""

import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image

from tests.verify.faults.base import Base, Kind, Planted, Table
from tests.verify.faults.folders import hand_in, put, restate, table


@dataclass(frozen=True)
class Team:
    """An honest folder to change, and the network whose files are changed."""

    rng: random.Random
    base: Base
    root: Path
    name: str

    @property
    def rows(self) -> Table:
        return list(self.base.numbers.tables[self.name])

    @property
    def run(self) -> Path:
        return self.root / self.base.runs[self.name]

    def put(self, rows: Table) -> None:
        put(self.base, self.root, self.name, rows)


Change = Callable[[Team], "str | bool | None"]
"""Returns what the finding must mention, `None` for the network's folder, False if nothing fits."""


def plant(
    change: Change, causes: str, rng: random.Random, base: Base, folder: Path
) -> Planted | None:
    for attempt in range(8):  # not every text holds the sentence that is to be changed
        root = hand_in(rng, base, folder / str(attempt))
        team = Team(rng, base, root, rng.choice(list(base.runs)))
        place = change(team)
        if place is not False:
            listed = root.parent / base.list_name
            given = ["--concepts", str(listed)] if listed.is_file() else []
            places = (team.run.name if place is None else str(place),)
            return Planted(["submission", str(root), *given], frozenset(causes.split()), places)
    return None


def exchanged(*files: str) -> Change:
    """Files of the two runs that take each other's place."""

    def change(team):
        for file in files:
            a, b = (team.root / run / file for run in team.base.runs.values())
            if a.is_file():
                one, two = a.read_bytes(), b.read_bytes()
                a.write_bytes(two), b.write_bytes(one)
        return ""

    return change


def stated(key: str, *values: object, both: bool = False) -> Change:
    """A setting stated otherwise, of one run or of both."""

    def change(team):
        value = team.rng.choice(values)
        runs = team.base.runs.values() if both else [team.run.name]
        done = [restate(team.root / run / "args.txt", **{key: value}) for run in runs]
        return ("" if both else None) if all(done) else False

    return change


def settings_differ(team):
    key, value = team.rng.choice(
        [("similarity_fn", "wpmi"), ("clip_model", "RN50"), ("pool_mode", "max")]
    )
    return stated(key, value)(team)


def layer_renamed(team):
    a, b = team.rng.sample(team.base.numbers.layers, 2)
    team.put([({a: b, b: a}.get(row[0], row[0]), *row[1:]) for row in team.rows])


def class_layer(team):
    if team.base.manifest is not None:
        return False
    kept = [row for row in team.rows if row[0] != team.base.numbers.layers[-1]]
    team.put(kept + [("fc", n, team.rows[n][2], 0.2) for n in range(365)])
    return None


def rows_missing(team):
    start = team.rng.randrange(len(team.rows) - 20)
    team.put(team.rows[:start] + team.rows[start + team.rng.randint(1, 20) :])


def cut_short(team):
    team.put(team.rows[: team.rng.randint(len(team.rows) // 2, len(team.rows) - 1)])


def numbered_from_one(team):
    team.put([(a, b + 1, c, d) for a, b, c, d in team.rows])


def one_label(team):
    team.put([(a, b, team.rows[0][2], d) for a, b, _, d in team.rows])


def filler_labels(team):
    word = team.rng.choice(["TODO", "unit", "concept_{}", "label {}"])
    team.put([(a, b, word.format(n), d) for n, (a, b, _, d) in enumerate(team.rows)])


def lost(*instead: str) -> Change:
    """One label throughout the table is read as a missing value, and written as one."""

    def change(team):
        word, new = team.rows[team.rng.randrange(50)][2], team.rng.choice(instead)
        team.put([(a, b, new if c == word else c, d) for a, b, c, d in team.rows])

    return change


def spelt(*forms: Callable[[str], str]) -> Change:
    """A third of a common label's units have it in another form."""

    def change(team):
        rows, form = team.rows, team.rng.choice(forms)
        common = team.rng.choice(Counter(row[2] for row in rows).most_common(3))[0]
        places = [i for i, row in enumerate(rows) if row[2] == common]
        for i in team.rng.sample(places, max(1, len(places) // 3)):
            rows[i] = (*rows[i][:2], form(common), rows[i][3])
        team.put(rows)

    return change


def label_invented(team):
    rows = team.rows
    for i in team.rng.sample(range(len(rows)), team.rng.randint(1, 6)):
        invented = team.rng.choice(["striped wallpaper", "dog-like", "qzx", "blurry thing"])
        rows[i] = (*rows[i][:2], invented, rows[i][3])
    team.put(rows)
    (team.root.parent / team.base.list_name).write_text("\n".join(team.base.concepts) + "\n")


def masks_counted(team):
    images = {"name": "broden1_224.zip", "images": 210365}
    return None if restate(team.run / "manifest.json", "probe", **images) else False


def preprocessing_wrong(team):
    """Other numbers than published weights were trained with, for both networks alike."""
    wrong = team.rng.choice([0.5, 0.0])
    changed = {
        "preprocessing": {"mean": [wrong] * 3, "std": [wrong or 1.0] * 3},
        "weights": "torchvision:ResNet18_Weights.IMAGENET1K_V1",
    }
    paths = [team.root / run / "manifest.json" for run in team.base.runs.values()]
    return all(restate(path, "network", **changed) for path in paths) and "for these weights"


def normalised_apart(team):
    """Two networks of one architecture, trained by the team: the images of one were shifted."""
    shifted = {"mean": [team.rng.choice([0.4, 0.6])] * 3, "std": [1.0] * 3}
    changed = {"preprocessing": shifted, "weights": "file:own.pt"}
    return None if restate(team.run / "manifest.json", "network", **changed) else False


def picture(change: Callable[[random.Random, Path], object]) -> Change:
    """A change of one picture."""

    def changed(team):
        path = team.rng.choice(sorted((team.root / "figures").iterdir()))
        change(team.rng, path)
        return path.name

    return changed


def blank(rng, path):
    Image.new("RGB", (320, 240), rng.choice(["white", "black", (200, 200, 200)])).save(path)


def noise(rng, path):
    Image.frombytes("RGB", (320, 240), rng.randbytes(320 * 240 * 3)).save(path)


def no_picture(rng, path):
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + rng.randbytes(rng.randint(0, 300)))


def copied(rng, path):
    shutil.copyfile(path, rng.choice([x for x in sorted(path.parent.iterdir()) if x != path]))


def resized(rng, path):
    with Image.open(path) as image:
        larger = image.convert("RGB").resize(rng.choice([(640, 480), (400, 300)]))
    larger.save(path.with_name("again.jpg"), quality=rng.randint(75, 95))


def no_rows(team):
    header = "layer,unit,description,similarity\n"
    table(team.base, team.root, team.name).write_text(team.rng.choice(["", header]))


def same_table(team):
    team.put(team.base.numbers.tables[team.base.numbers.other(team.name)])
    return ""


def pdf_damaged(team):
    data = b"%PDF-1.7\n" + team.rng.randbytes(team.rng.randint(50, 5000))
    (team.root / "report.pdf").write_bytes(data)
    return "report.pdf"


def kind(name: str, defects: tuple[int, ...], causes: str, change: Change) -> Kind:
    return Kind(f"folder: {name}", defects, partial(plant, change, causes))


LAYERS = (["layer3", "layer4", "fc"], ["layer1", "layer2", "layer3"], ["layer4"])
LISTS = ("data/10k.txt", "google-10000-english-no-swears.txt")
OTHER_LIST = stated("concept_set", *LISTS, both=True)
PROBES = ("imagenet_val", "cifar100_train", "imagenet_broden", "places365_val")
KINDS = [
    kind("tables exchanged", (1,), "names_swapped", exchanged("descriptions.csv", "labels.csv")),
    kind("settings exchanged", (1,), "names_swapped", exchanged("args.txt", "manifest.json")),
    kind("other layers stated", (6,), "wrong_layers", stated("target_layers", *LAYERS)),
    kind("layers renamed", (6, 7), "wrong_layers unit_counts", layer_renamed),
    kind("class layer dissected", (6,), "wrong_layers", class_layer),
    kind("rows missing", (7,), "unit_counts", rows_missing),
    kind("table cut short", (7,), "unit_counts", cut_short),
    kind("row twice", (7,), "unit_counts", lambda t: t.put([*t.rows, t.rng.choice(t.rows)])),
    kind("units from one", (25,), "unit_counts", numbered_from_one),
    kind("label invented", (14,), "not_in_concept_set", label_invented),
    kind("other list stated", (15,), "other_concept_set not_in_concept_set", OTHER_LIST),
    kind("other probe stated", (16,), "other_probe", stated("d_probe", *PROBES)),
    kind("masks counted", (16,), "other_probe", masks_counted),
    kind("preprocessing wrong", (17,), "wrong_preprocessing", preprocessing_wrong),
    kind("networks normalised differently", (17,), "wrong_preprocessing", normalised_apart),
    kind("settings differ", (27,), "stated_settings", settings_differ),
    kind("blank picture", (18,), "placeholder_picture", picture(blank)),
    kind("noise picture", (18,), "placeholder_picture", picture(noise)),
    kind("no picture", (18,), "placeholder_picture", picture(no_picture)),
    kind("picture twice", (19,), "picture_twice", picture(copied)),
    kind("picture resized", (19,), "picture_twice", picture(resized)),
    kind("picture missing", (21,), "missing_evidence", picture(lambda _, path: path.unlink())),
    kind("table without rows", (26,), "empty_results", no_rows),
    kind("one label for all", (26,), "empty_results", one_label),
    kind("filler labels", (26,), "empty_results", filler_labels),
    kind("one table for both", (26,), "same_table_twice", same_table),
    kind("label emptied", (32,), "read_as_missing", lost("")),
    kind("null read as missing", (32,), "read_as_missing", lost("NaN", "None", "True")),
    kind("case", (31,), "case_and_spacing", spelt(str.title, str.upper)),
    kind("spacing", (31,), "case_and_spacing", spelt("{} ".format, " {}".format)),
    kind("PDF damaged", (26,), "missing_evidence", pdf_damaged),
]
