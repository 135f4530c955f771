"""Rows `miniature` and `runs`: reports by the commands that a user types."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tests.bench import inputs
from tests.bench.measure import Cost, command
from tests.bench.table import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Units of each of two networks by layer, words, and further options of the command."""

    units: tuple[int, ...] = (128, 256, 512)
    concepts: int = 2000
    options: tuple[str, ...] = ()


def of_miniature(sizes: Sizes = Sizes()) -> list[Line]:
    """Return a line: the main job, with nothing kept from earlier runs."""
    with tempfile.TemporaryDirectory() as folder:
        cost = command("study.report", "--store", "store", *sizes.options, folder=Path(folder))
    return [_line("miniature", "python -m study.report", cost, "nothing kept from earlier runs")]


def of_busy(sizes: Sizes = Sizes()) -> list[Line]:
    """Return a line: the main job on an idle machine, and beside a program that takes a core."""
    words = ("study.report", "--store", "store", *sizes.options)
    with tempfile.TemporaryDirectory() as idle, tempfile.TemporaryDirectory() as busy:
        alone = command(*words, folder=Path(idle), threads=None)
        other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        try:
            shared = command(*words, folder=Path(busy), threads=None)
        finally:
            other.kill()
            other.wait()
    note = "plain: the same beside a program that keeps one core busy; threads as by default"
    case = "python -m study.report, idle machine"
    line = Line(row="busy", case=case, ours=alone.seconds, peak=alone.peak, note=note)
    return [replace(line, plain=shared.seconds)]


def of_runs(sizes: Sizes = Sizes()) -> list[Line]:
    """Return a line: the report of two finished dissections, made-up tables."""
    with tempfile.TemporaryDirectory() as folder:
        for seed, name in enumerate(("first", "second")):
            text = _table(seed, sizes)
            (Path(folder) / f"{name}.csv").write_text(text, encoding="utf-8")
        runs = ("First=first.csv", "Second=second.csv")
        cost = command("study.report", "--runs", *runs, *sizes.options, folder=Path(folder))
    case = f"python -m study.report --runs, 2 x {sum(sizes.units)} units"
    return [_line("runs", case, cost, "made-up tables")]


def _table(seed: int, sizes: Sizes) -> str:
    """Return a descriptions.csv in which few words label many units, as in real ones."""
    generator = np.random.default_rng(seed)
    words, _ = inputs.words(sizes.concepts)
    shares = 1 / np.arange(1, len(words) + 1)
    rows = ["layer,unit,description,similarity"]
    for layer, units in zip(inputs.LAYERS, sizes.units, strict=True):
        labels = generator.choice(len(words), units, p=shares / shares.sum())
        values = generator.uniform(0.05, 0.4, units)
        rows += [
            f"{layer},{unit},{words[label]},{value:.6f}"
            for unit, (label, value) in enumerate(zip(labels, values, strict=True))
        ]
    return "\n".join(rows) + "\n"


def _line(row: str, case: str, cost: Cost, what: str) -> Line:
    note = f"{cost.processor:.1f} s of processor time; peak of the whole process; {what}"
    return Line(row=row, case=case, ours=cost.seconds, peak=cost.peak, note=note)
