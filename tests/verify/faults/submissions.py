"""Faults in a folder that a team hands in: ``verify submission``."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image

from tests.verify.faults import runs
from tests.verify.faults.base import Base, Kind, Planted, Table
from tests.verify.faults.folders import hand_in, put, restate


@dataclass(frozen=True)
class Team:
    """An honest folder to change, and the network whose files are changed."""

    rng: Random
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


def plant(change: Change, causes: str, rng: Random, base: Base, folder: Path) -> Planted | None:
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

    def change(team):
        for file in files:
            a, b = (team.root / run / file for run in team.base.runs.values())
            if a.is_file():
                a.rename(other := a.with_name("other")), b.rename(a), other.rename(b)
        return ""

    return change


def restated(
    file: str, part: str, *choices: dict[str, object], both: bool = False, place: str | None = None
) -> Change:
    """What a JSON file states, of one run or of both, replaced by one of the choices."""

    def change(team):
        changed = team.rng.choice(choices)
        folders = team.base.runs.values() if both else [team.run.name]
        done = [restate(team.root / folder / file, part, **changed) for folder in folders]
        return place if all(done) else False

    return change


def setting(key: str, *values: object, **where: Any) -> Change:
    return restated("args.txt", "", *({key: value} for value in values), **where)


def normalised(weights: str, *numbers: float, **where: Any) -> Change:
    """Images shifted and scaled by other numbers than the weights, or than the other network's."""
    made = [{"mean": [x] * 3, "std": [x or 1.0] * 3} for x in numbers]
    networks = ({"weights": weights, "preprocessing": each} for each in made)
    return restated("manifest.json", "network", *networks, **where)


def table_of(change: runs.Change) -> Change:
    return lambda team: team.put(change(team.rng, team.base, team.name, team.rows))


def class_layer(team):
    if team.base.manifest is not None:
        return False
    kept = [row for row in team.rows if row[0] != team.base.numbers.layers[-1]]
    team.put(kept + [("fc", n, team.rows[n][2], 0.2) for n in range(365)])
    return None


def rows_missing(rng, base, name, rows):
    start = rng.randrange(len(rows) - 20)
    return rows[:start] + rows[start + rng.randint(1, 20) :]


def cut_short(rng, base, name, rows):
    return rows[: rng.randint(len(rows) // 2, len(rows) - 1)]


def row_twice(rng, base, name, rows):
    return [*rows, rng.choice(rows)]


def one_label(rng, base, name, rows):
    return [(a, b, rows[0][2], d) for a, b, _, d in rows]


def filler_labels(rng, base, name, rows):
    word = rng.choice(["TODO", "unit", "concept_{}", "label {}"])
    return [(a, b, word.format(n), d) for n, (a, b, _, d) in enumerate(rows)]


def lost(*instead: str) -> Change:
    """One label throughout the table is read as a missing value, and written as one."""

    def change(rng, base, name, rows):
        word, new = rows[rng.randrange(50)][2], rng.choice(instead)
        return [(a, b, new if c == word else c, d) for a, b, c, d in rows]

    return table_of(change)


def spelt(*forms: Callable[[str], str]) -> Change:
    """A third of a common label's units have it in another form."""

    def change(rng, base, name, rows):
        form = rng.choice(forms)
        common = rng.choice(base.numbers.top(name)[:3])[0]
        places = [i for i, row in enumerate(rows) if row[2] == common]
        for i in rng.sample(places, max(1, len(places) // 3)):
            rows[i] = (*rows[i][:2], form(common), rows[i][3])
        return rows

    return table_of(change)


def label_invented(team):
    rows = team.rows
    for i in team.rng.sample(range(len(rows)), team.rng.randint(1, 6)):
        invented = team.rng.choice(["striped wallpaper", "dog-like", "qzx", "blurry thing"])
        rows[i] = (*rows[i][:2], invented, rows[i][3])
    team.put(rows)
    (team.root.parent / team.base.list_name).write_text("\n".join(team.base.concepts) + "\n")


def picture(change: Callable[[Random, Path], object]) -> Change:

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


def saved_again(rng, path):
    """The same pixels in another format."""
    with Image.open(path) as image:
        image.convert("RGB").save(path.with_name(rng.choice(["again.bmp", "again.tiff"])))


def no_rows(team):
    text = team.rng.choice(["", "layer,unit,description,similarity\n"])
    (team.run / "descriptions.csv").write_text(text)


def pdf_damaged(team):
    data = b"%PDF-1.7\n" + team.rng.randbytes(team.rng.randint(50, 5000))
    (team.root / "report.pdf").write_bytes(data)
    return "report.pdf"


def kind(name: str, defects: tuple[int, ...], causes: str, change: Change) -> Kind:
    return Kind(f"folder: {name}", defects, partial(plant, change, causes))


LAYERS = (["layer3", "layer4", "fc"], ["layer1", "layer2", "layer3"], ["layer4"])
LISTS = ("data/10k.txt", "google-10000-english-no-swears.txt")
OTHER_LIST = setting("concept_set", *LISTS, both=True, place="")
PROBES = ("imagenet_val", "cifar100_train", "imagenet_broden", "places365_val")
SETTINGS = ({"similarity_fn": "wpmi"}, {"clip_model": "RN50"}, {"pool_mode": "max"})
MASKS = {"name": "broden1_224.zip", "images": 210365}
PUBLISHED = "torchvision:ResNet18_Weights.IMAGENET1K_V1"
SHIFTED = normalised("file:own.pt", 0.4, 0.6)
PREPROCESSED = normalised(PUBLISHED, 0.5, 0.0, both=True, place="for these weights")
RENAMED = table_of(runs.layers_exchanged)
KINDS = [
    kind("tables exchanged", (1,), "names_swapped", exchanged("descriptions.csv", "labels.csv")),
    kind("settings exchanged", (1,), "names_swapped", exchanged("args.txt", "manifest.json")),
    kind("other layers stated", (6,), "wrong_layers", setting("target_layers", *LAYERS)),
    kind("layers renamed", (6, 7), "wrong_layers unit_counts", RENAMED),
    kind("class layer dissected", (6,), "wrong_layers", class_layer),
    kind("rows missing", (7,), "unit_counts", table_of(rows_missing)),
    kind("table cut short", (7,), "unit_counts", table_of(cut_short)),
    kind("row twice", (7,), "unit_counts", table_of(row_twice)),
    kind("units from one", (25,), "unit_counts", table_of(runs.units_from_one)),
    kind("label invented", (14,), "not_in_concept_set", label_invented),
    kind("other list stated", (15,), "other_concept_set not_in_concept_set", OTHER_LIST),
    kind("other probe stated", (16,), "other_probe", setting("d_probe", *PROBES)),
    kind("masks counted", (16,), "other_probe", restated("manifest.json", "probe", MASKS)),
    kind("preprocessing wrong", (17,), "wrong_preprocessing", PREPROCESSED),
    kind("networks normalised differently", (17,), "wrong_preprocessing", SHIFTED),
    kind("settings differ", (27,), "stated_settings", restated("args.txt", "", *SETTINGS)),
    kind("blank picture", (18,), "placeholder_picture", picture(blank)),
    kind("noise picture", (18,), "placeholder_picture", picture(noise)),
    kind("no picture", (18,), "placeholder_picture", picture(no_picture)),
    kind("picture twice", (19,), "picture_twice", picture(copied)),
    kind("picture saved again", (19,), "picture_twice", picture(saved_again)),
    kind("picture missing", (21,), "missing_evidence", picture(lambda _, path: path.unlink())),
    kind("table without rows", (26,), "empty_results", no_rows),
    kind("one label for all", (26,), "empty_results", table_of(one_label)),
    kind("filler labels", (26,), "empty_results", table_of(filler_labels)),
    kind("one table for both", (26,), "same_table_twice", table_of(runs.exchanged)),
    kind("label emptied", (32,), "read_as_missing", lost("")),
    kind("null read as missing", (32,), "read_as_missing", lost("NaN", "None", "True")),
    kind("case", (31,), "case_and_spacing", spelt(str.title, str.upper)),
    kind("spacing", (31,), "case_and_spacing", spelt("{} ".format, " {}".format)),
    kind("PDF damaged", (26,), "missing_evidence", pdf_damaged),
]
