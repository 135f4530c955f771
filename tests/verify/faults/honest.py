"""What honest teams hand in: nothing of it may raise an alarm."""

import csv
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.verify.faults import pages
from tests.verify.faults.base import COLUMNS, Base, Kind, Numbers, Planted, Table
from tests.verify.faults.claims import claim, command, true_claims
from tests.verify.faults.folders import about, hand_in, put

FORMS: list[dict[str, Any]] = [
    {"index": False},
    {"index": False, "columns": ["unit", "similarity", "layer", "description"]},
    {"index": False, "quoting": csv.QUOTE_NONNUMERIC},
    # line ends and byte order mark of Windows' programs
    {"index": False, "lineterminator": "\r\n"},
    {"index": False, "lineterminator": "\r\n", "encoding": "utf-8-sig"},
    {},  # the index that pandas adds where nobody forbids it
]


def form(rng: random.Random, rows: Table, path: Path, forms: Sequence[dict] = FORMS) -> None:
    """Write a table as one program or another does."""
    pd.DataFrame(rows, columns=COLUMNS).to_csv(path, **rng.choice(forms))


def rounded(rng: random.Random, rows: Table) -> Table:
    places = rng.choice([3, 4, 5])
    return [(a, b, c, round(d, places)) for a, b, c, d in rows]


def halved(rng: random.Random, rows: Table) -> Table:
    return [(a, b, c, float(np.float16(d))) for a, b, c, d in rows]


def noisy(rng: random.Random, rows: Table) -> Table:
    """Another GPU: differences of a median of 6 to 9e-5."""
    size = rng.uniform(2e-5, 1.3e-4)
    off = lambda: max(-7e-4, min(7e-4, rng.gauss(0, size)))  # noqa: E731
    return [(a, b, c, round(d + off(), 8)) for a, b, c, d in rows]


def rerun(rng: random.Random, rows: Table, ties: Mapping[tuple[str, int], str]) -> Table:
    """Another GPU, and 0.3 % of labels lost by a hair to the next word, or another of the list."""
    rows = noisy(rng, rows)
    known = [r[2] for r in rows]
    places = [n for n, r in enumerate(rows) if not ties or r[:2] in ties]
    for place in rng.sample(places, max(1, round(0.003 * len(rows)))):
        word = ties.get(rows[place][:2]) or rng.choice(known)
        rows[place] = (*rows[place][:2], word, rows[place][3] + rng.uniform(0, 1e-4))
    return rows


def rerun_of_both(rng: random.Random, base: Base) -> Numbers:
    """Both networks again, as far off as published reruns: up to two words, .005 of overlap."""
    ours = base.numbers
    for _ in range(200):
        theirs = Numbers(
            {name: rerun(rng, rows, base.ties(name)) for name, rows in ours.tables.items()}
        )
        if all(
            abs(theirs.shared(layer) - ours.shared(layer)) <= 2
            and abs(theirs.jaccard(layer) - ours.jaccard(layer)) <= 0.005
            and all(abs(theirs.unique(n, layer) - ours.unique(n, layer)) <= 2 for n in ours.names)
            for layer in [None, *ours.layers]
        ):
            return theirs
    return Numbers({name: noisy(rng, rows) for name, rows in ours.tables.items()})


def same_network(rng: random.Random, base: Base, folder: Path) -> Planted:
    name = rng.choice(list(base.runs))
    again = partial(rerun, ties=base.ties(name))
    change = rng.choice([lambda _, rows: rows, rounded, halved, noisy, again])
    path = folder / "descriptions.csv"
    form(rng, change(rng, base.numbers.tables[name]), path)
    return Planted(["runs", str(base.path(name) / path.name), str(path)])


def same_pair(rng: random.Random, base: Base, folder: Path) -> Planted:
    for name, rows in base.numbers.tables.items():
        (folder / name).mkdir()
        change = rng.choice([noisy, partial(rerun, ties=base.ties(name)), rounded])
        form(rng, change(rng, rows), folder / name / "descriptions.csv")
    ours = [str(base.path(name)) for name in base.runs]
    return Planted(["runs", *ours, "--against", *(str(folder / name) for name in base.runs)])


def true_text(rng: random.Random, base: Base, folder: Path) -> Planted:
    return Planted(command(base, true_claims(rng, base.numbers, 14), folder))


def text_of_a_rerun(rng: random.Random, base: Base, folder: Path) -> Planted:
    """Claims of somebody else's honest run, put to ours."""
    theirs = rerun_of_both(rng, base)
    claims = [claim("shared", value=about(rng, theirs.shared()))]
    for name in theirs.names:
        claims.append(claim("unique", name, value=theirs.unique(name)))
        claims.append(claim("only", name, value=about(rng, theirs.only(name))))
    for layer in theirs.layers:
        claims.append(claim("shared", None, layer, value=theirs.shared(layer)))
        claims.append(claim("jaccard", None, layer, value=f"{theirs.jaccard(layer):.4f}"))
    return Planted(command(base, claims, folder, rerun=True))


def folder(rng: random.Random, base: Base, where: Path) -> Planted:
    root = hand_in(rng, base, where)
    for name, rows in base.numbers.tables.items():
        changed = rng.choice([lambda _, rows: rows, rounded, halved])(rng, rows)
        if rng.random() < 0.6:
            put(base, root, name, changed)
            form(rng, changed, root / base.runs[name] / "descriptions.csv", FORMS[:-1])
    return Planted(["submission", str(root)])


def folder_and_rerun(rng: random.Random, base: Base, where: Path) -> Planted:
    """The text tells of one run, the tables are another: ``--rerun``."""
    root = hand_in(rng, base, where)
    for name, rows in rerun_of_both(rng, base).tables.items():
        put(base, root, name, rows)
    return Planted(["submission", str(root), "--rerun"])


def report(change: Callable[[bytes], bytes], _: random.Random, base: Base, where: Path) -> Planted:
    path = where / "report.pdf"
    path.write_bytes(change(base.pdf))
    return Planted(["report", str(path)])


def written_again(data: bytes) -> bytes:
    """As a viewer does: other bytes, the same pages and files."""
    return pages.saved(pages.opened(data))


HONEST = [
    Kind("honest: run", (), same_network, 10),
    Kind("honest: pair of runs", (), same_pair, 4),
    Kind("honest: claims", (), true_text, 6),
    Kind("honest: claims on a rerun", (), text_of_a_rerun, 4),
    Kind("honest: folder", (), folder, 6),
    Kind("honest: folder and rerun", (), folder_and_rerun, 4),
    Kind("honest: report", (), partial(report, bytes), 1),
    Kind("honest: report written again", (), partial(report, written_again), 2),
]
