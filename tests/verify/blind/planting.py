"""The tables that faults are planted in, plain counting over them, and what a trial is."""

import io
import json
import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd
import pypdf

from tests import ROOT

SHARED = Path(os.environ.get("STUDY_SHARED", "/nowhere"))
LAYERS = ["layer2", "layer3", "layer4"]
SETS = ("unique", "only", "shared", "union")
PAIRED = ("shared", "union", "jaccard")
SIMILARITIES = ("mean_similarity", "median_similarity", "min_similarity", "max_similarity")
WORDS = {name: SHARED / "concepts" / f"{name}.txt" for name in ("10k", "20k")}


@dataclass
class Pair:
    """Two networks' tables, and their plain counting."""

    name: str
    names: tuple[str, str]
    tables: dict[str, pd.DataFrame]
    args: dict[str, str] = field(default_factory=dict)

    def other(self, network: str) -> str:
        """The other network's name."""
        return self.names[1] if network == self.names[0] else self.names[0]

    def rows(self, network: str, layer: str | None) -> pd.DataFrame:
        """The rows of a layer, or of all."""
        table = self.tables[network]
        return table if layer is None else table[table.layer == layer]

    def counts(self, network: str, layer: str | None) -> Counter:
        """How many units each label has."""
        return Counter(self.rows(network, layer).description)

    def top(self, network: str, layer: str | None, k: int) -> list[tuple[str, int]]:
        """The most frequent labels, equal counts by name."""
        counts = self.counts(network, layer)
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:k]

    def number(self, kind: str, network: str, layer: str | None, words: tuple = ()) -> float:
        """The true number of a quantity, counted here."""
        mine, theirs = (set(self.counts(n, layer)) for n in (network, self.other(network)))
        if kind == "count":
            return sum(self.counts(network, layer)[word] for word in words)
        if kind == "units":
            return len(self.rows(network, layer))
        if kind == "jaccard":
            return len(mine & theirs) / len(mine | theirs)
        if kind in SETS:
            return len(
                {
                    "unique": mine,
                    "only": mine - theirs,
                    "shared": mine & theirs,
                    "union": mine | theirs,
                }[kind]
            )
        values = self.rows(network, layer).similarity
        return float(getattr(values, kind.removesuffix("_similarity"))())

    def explained(
        self, kind: str, network: str, layer: str | None, words: tuple, shown: str
    ) -> set[str]:
        """Which mistakes give the shown number by arithmetic."""

        def number(kind=kind, network=network, layer=layer, words=words):
            return self.number(kind, network, layer, words)

        digits = len(shown.split(".")[1]) if "." in shown else 0

        def same(value: float) -> bool:
            return f"{value:.{digits}f}" == shown if digits else value == float(shown)

        true, other, found = number(), self.other(network), set()
        if same(true):
            return {"true"}
        rest = [one for one in LAYERS if one != layer]
        if same(number(network=other)):
            found.add("names_swapped")
        if layer and any(same(number(layer=one)) for one in rest):
            found.add("other_layer")
        if layer and same(number(layer=None)):
            found.add("total_for_one_layer")
        if any(same(number(network=other, layer=one)) for one in [*rest, None]):
            found.add("other_network_and_layer")
        layers = [number(layer=one) for one in LAYERS]
        if not layer:
            found |= {"one_layer_for_all"} if any(map(same, layers)) else set()
            found |= {"mean_of_layers"} if same(sum(layers) / 3) else set()
            found |= {"mean_of_layers"} if not digits and same(round(sum(layers) / 3)) else set()
            if kind in SETS and same(sum(layers)):
                found.add("sum_instead_of_union")
        if kind in {*SETS, "count", "units"}:
            if abs(true - float(shown)) == 1:
                found.add("off_by_one")
            if float(shown) > number("units"):
                found.add("impossible_count")
        if kind in SETS and any(same(number(one)) for one in SETS if one != kind):
            found.add("other_quantity")
        if kind == "count" and len(words) == 1:
            forms = family(words[0]) & set(self.counts(network, layer))
            if same(number(words=tuple(forms | set(words)))):
                found.add("word_forms")
        if digits:
            step = 10**-digits
            found |= {"rounding"} if abs(true - float(shown)) < 1.2 * step else set()
            found |= {"percent_as_fraction"} if same(true * 100) or same(true / 100) else set()
        return found


def family(word: str) -> set[str]:
    """A word's plural, or singular."""
    ends = {word + "s", word + "es", word.removesuffix("s"), word.removesuffix("es")}
    return {end for end in ends if end != word and len(end) > 2}


@dataclass
class Trial:
    """A planted fault, or an honest variant (without causes), and what is wanted."""

    kind: str
    label: str
    arguments: list[str]
    note: str
    exits: set[int]
    causes: set[str] = field(default_factory=set)
    typo: bool = False


Maker = Callable[[random.Random, Path], Trial]
KINDS: dict[str, tuple[int, bool, Callable]] = {}


def kind(name: str, times: int, *, honest: bool = False):
    """Register a kind: its function takes a generator, an empty folder and its number."""

    def enter(function):
        assert name not in KINDS, name
        KINDS[name] = (times, honest, function)
        return function

    return enter


@cache
def attachments() -> dict[str, bytes]:
    """What the sample report carries: the miniature's tables."""
    reader = pypdf.PdfReader(ROOT / "report" / "sample" / "report.pdf")
    return {name: data[0] for name, data in reader.attachments.items()}


def read(source) -> pd.DataFrame:
    """A table as it is, "nan" and "null" being words."""
    return pd.read_csv(source, keep_default_na=False, dtype={"description": str})


@cache
def pair(name: str) -> Pair:
    """The pair of a name: 1 and 2 are published, mini is the miniature."""
    if name == "mini":
        tables = {
            network: read(io.BytesIO(attachments()[f"{network.lower()}/descriptions.csv"]))
            for network in ("Objects", "Scenes")
        }
        return Pair(name, ("Objects", "Scenes"), tables)
    folder = SHARED / "reference-runs" / f"published-{name}"
    places = {"ImageNet": folder / "imagenet", "Places365": folder / "places"}
    return Pair(
        name,
        ("ImageNet", "Places365"),
        {network: read(place / "descriptions.csv") for network, place in places.items()},
        {network: (place / "args.txt").read_text() for network, place in places.items()},
    )


def pick(number: int, among: str = "1 2 mini") -> Pair:
    """The pair of a trial's number, in turn."""
    names = among.split()
    return pair(names[number % len(names)])


def write_table(table: pd.DataFrame, file: Path, **more) -> None:
    """A table as CLIP-Dissect writes it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(file, index=False, **more)


def write_runs(
    pair: Pair, folder: Path, *, tables: dict | None = None, records: bool = True
) -> list[str]:
    """Both runs in folders; the arguments NAME=FOLDER."""
    arguments = []
    for network in pair.names:
        place = folder / "runs" / network.lower()
        write_table((tables or pair.tables)[network], place / "descriptions.csv")
        if network in pair.args:
            (place / "args.txt").write_text(pair.args[network])
        elif records and pair.name == "mini" and not tables:
            prefix = f"{network.lower()}/"
            for name, data in attachments().items():
                if name.startswith(prefix) and name.count("/") == 1:
                    (place / name.removeprefix(prefix)).write_bytes(data)
        arguments.append(f"{network}={place}")
    return arguments


def vocabulary(pair: Pair) -> set[str]:
    """All labels of both networks."""
    return {word for table in pair.tables.values() for word in table.description}


@cache
def word_list(name: str) -> tuple[str, ...]:
    """The words of a concept list."""
    return tuple(WORDS[name].read_text().splitlines())


def toml(value) -> str:
    """A value in TOML."""
    return json.dumps(value, ensure_ascii=False)
