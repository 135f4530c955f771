"""What faults are planted in: two dissected networks, their tables, claims, folder and report."""

import csv
import io
import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import fmean

import pandas as pd
from PIL import Image, ImageDraw

from study.comparison.analysis import analyse
from study.dissection.loaded import load_runs
from study.report.attachments import evidence, report_manifest
from study.report.bindings import without_marks
from study.report.figures import drawings
from study.report.page import page
from study.report.pdf import extract
from study.report.pen import Pen
from study.report.rendering import document, render
from tests import ROOT

Row = tuple[str, int, str, float]
Table = list[Row]
COLUMNS = ("layer", "unit", "description", "similarity")
TIED = 2e-4
"""A lead that the noise of a rerun takes."""


@dataclass(frozen=True)
class Planted:
    """One command, and what its verdict must say."""

    words: list[str]
    causes: frozenset[str] = frozenset()
    """Any of these names a right cause; empty: the finding need only stand at `place`."""
    places: tuple[str, ...] = ()
    """One of these must stand in what the finding says."""


@dataclass(frozen=True)
class Kind:
    """A kind of fault: numbers of the list of known defects, and what plants it."""

    name: str
    defects: tuple[int, ...]
    plant: Callable[[random.Random, "Base", Path], Planted | None]
    weight: int = 1


def read(path: Path) -> Table:
    frame = pd.read_csv(path, dtype={"description": str}, keep_default_na=False)
    return list(frame[list(COLUMNS)].itertuples(index=False, name=None))


def text(rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([COLUMNS, *rows])
    return out.getvalue()


def write(rows: Iterable[Sequence[object]], path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(rows), encoding="utf-8")
    return path


def two_runs(folder: Path, words: Sequence[str], layers: Sequence[str], units: int) -> list[Path]:
    chance, paths = random.Random(0), [folder / "one", folder / "two"]
    for path in paths:
        places = itertools.product(layers, range(units))
        rows = [(*place, chance.choice(words), chance.uniform(0, 0.5)) for place in places]
        write(rows, path / "descriptions.csv")
    return paths


@dataclass(frozen=True)
class Numbers:
    """The numbers of two tables, counted plainly: in one layer, or in all."""

    tables: dict[str, Table]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.tables)

    def other(self, name: str) -> str:
        return next(other for other in self.tables if other != name)

    @property
    def layers(self) -> list[str]:
        return list(dict.fromkeys(row[0] for row in self.tables[self.names[0]]))

    def rows(self, name: str, layer: str | None = None) -> Table:
        return [row for row in self.tables[name] if layer in (None, row[0])]

    def words(self, name: str, layer: str | None = None) -> list[str]:
        return [row[2] for row in self.rows(name, layer)]

    def set(self, name: str, layer: str | None = None) -> set[str]:
        return set(self.words(name, layer))

    def unique(self, name: str, layer: str | None = None) -> int:
        return len(self.set(name, layer))

    def units(self, name: str, layer: str | None = None) -> int:
        return len(self.rows(name, layer))

    def shared(self, layer: str | None = None) -> int:
        return len(set.intersection(*(self.set(name, layer) for name in self.tables)))

    def only(self, name: str, layer: str | None = None) -> int:
        return self.unique(name, layer) - self.shared(layer)

    def union(self, layer: str | None = None) -> int:
        return len(set.union(*(self.set(name, layer) for name in self.tables)))

    def jaccard(self, layer: str | None = None) -> float:
        return self.shared(layer) / self.union(layer)

    def count(self, name: str, word: str, layer: str | None = None) -> int:
        return self.words(name, layer).count(word)

    def mean(self, name: str, layer: str | None = None) -> float:
        return fmean(row[3] for row in self.rows(name, layer))

    def top(self, name: str, layer: str | None = None) -> list[tuple[str, int]]:
        counts = Counter(self.words(name, layer))
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


@dataclass(eq=False)
class Base:
    """A study to plant faults in: ``folder/<run>`` holds each network's files."""

    name: str
    folder: Path
    runs: dict[str, str]
    concepts: list[str] = field(repr=False)
    list_name: str
    manifest: dict | None = field(default=None, repr=False)

    @cached_property
    def numbers(self) -> Numbers:
        return Numbers({n: read(self.path(n) / "descriptions.csv") for n in self.runs})

    def path(self, name: str) -> Path:
        return self.folder / self.runs[name]

    def ties(self, name: str) -> dict[tuple[str, int], str]:
        """The units whose label leads by next to nothing, and the next word, where stated."""
        path = self.path(name) / "labels.csv"
        if not path.is_file():
            return {}
        rows = pd.read_csv(path, keep_default_na=False)
        tied = rows[pd.to_numeric(rows["margin"]) < TIED]
        return {(r.layer, r.unit): r.runner_up for r in tied.itertuples()}

    @cached_property
    def evidence(self) -> dict[str, bytes]:
        """What a report carries, made anew by the program as it is."""
        control = [self.folder / "untrained"] if (self.folder / "untrained").is_dir() else []
        names = None if self.manifest else list(self.runs)
        runs = load_runs([*(self.path(name) for name in self.runs), *control], names=names)
        made_by = report_manifest(runs, given=self.manifest, command="python -m study.report")
        return evidence(runs, analyse(runs), made_by)

    @cached_property
    def pdf(self) -> bytes:
        return render(self.evidence, formats=("pdf",)).pdf

    @cached_property
    def page(self) -> str:
        """The page that the PDF is set from."""
        pen = Pen(document(self.evidence), paper=True)
        return without_marks(page(pen, drawings(pen), self.evidence))


def miniature(folder: Path) -> Base:
    """The miniature, from the tables inside the sample report that is committed."""
    files = extract(ROOT / "report" / "sample" / "report.pdf")
    for name, content in files.items():
        if "/" in name and not name.startswith("tables/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    manifest = json.loads(files["manifest.json"])
    manifest.pop("report")
    listed = (ROOT / "fixtures" / "miniature" / "concepts.txt").read_text(encoding="utf-8")
    runs = {"Objects": "objects", "Scenes": "scenes"}
    return Base("miniature", folder, runs, listed.split("\n")[:-1], "concepts.txt", manifest)


def published(shared: Path, folder: Path) -> Base:
    runs = {"ImageNet": "imagenet", "Places365": "places"}
    for run in runs.values():
        (folder / run).mkdir(parents=True)
        for name in ("descriptions.csv", "args.txt"):
            source = shared / "reference-runs" / "published-1" / run / name
            (folder / run / name).write_bytes(source.read_bytes())
    listed = (shared / "concepts" / "20k.txt").read_text(encoding="utf-8").split()
    return Base("published", folder, runs, listed, "20k.txt")


def drawn(chance: random.Random) -> bytes:
    """A plain bar chart: a picture that is neither noise nor a placeholder."""
    image, out = Image.new("RGB", (320, 240), "white"), io.BytesIO()
    pen = ImageDraw.Draw(image)
    for left in range(20, 300, 28):
        pen.rectangle((left, chance.randint(40, 210), left + 20, 220), fill=(31, 119, 180))
    image.save(out, "PNG")
    return out.getvalue()
