"""Faults in the text of a folder that a team hands in: ``verify submission``."""

import re
from collections.abc import Callable

from study.report import pdf
from tests.verify.faults.folders import readme
from tests.verify.faults.submissions import Change, Team, kind


def _edited(team: Team, change: Callable[[str], str]) -> str | bool:
    """Change the text; False if it stays as it is."""
    path = team.root / "README.md"
    before = path.read_text(encoding="utf-8")
    path.write_text(change(before), encoding="utf-8")
    return "README" if change(before) != before else False


def probe_written(*probes: str) -> Change:
    def change(team: Team) -> str | bool:
        sentence = f"\nAs probe images we used {team.rng.choice(probes)}.\n"
        return _edited(team, lambda text: text + sentence) if team.base.manifest is None else False

    return change


def _rewritten(team: Team, old: str, new: str) -> str | bool:
    return _edited(team, lambda text: re.sub(old, new, text, count=1))


def _unique_written(team: Team, off: int) -> str | bool:
    value = team.base.numbers.unique(team.name)
    return _rewritten(team, rf"(?<![\d.]){value} unique", f"{value + off} unique")


def number_wrong(team: Team) -> str | bool:
    return _unique_written(team, team.rng.choice([11, -17, 60]))


def sum_written(team: Team) -> str | bool:
    n = team.base.numbers
    total = sum(n.unique(team.name, layer) for layer in n.layers)
    return _unique_written(team, total - n.unique(team.name))


def jaccard_wrong(team: Team) -> str | bool:
    layer = team.rng.choice(team.base.numbers.layers)
    wrong = f"{team.base.numbers.jaccard(layer) + team.rng.choice([0.04, -0.05, 0.2]):.3f}"
    return _rewritten(team, rf"({layer} is |{layer}  Jaccard: )0\.\d+", rf"\g<1>{wrong}")


def count_wrong(team: Team) -> str | bool:
    n, last = team.base.numbers, team.base.numbers.layers[-1]
    word, count = n.top(team.name, last)[0]
    wrong = team.rng.choice([count * 3, count + 9, n.units(team.name, last) + 88])
    return _rewritten(team, rf"“{re.escape(word)}” \({count} in", f"“{word}” ({wrong} in")


def names_written(team: Team) -> str:
    """The text puts every number under the other network's name."""
    a, b = team.base.runs
    _edited(team, lambda text: re.sub(f"{a}|{b}", lambda m: b if m[0] == a else a, text))
    return ""


def number_in_pdf(team: Team) -> str | bool:
    """A report set by another program, one of its numbers wrong."""
    text, value = readme(team.rng, team.base.numbers, []), team.base.numbers.unique(team.name)
    if f" {value} unique" not in text:
        return False
    wrong = value + team.rng.choice([13, -19, 70])
    paragraphs = text.replace(f" {value} unique", f" {wrong} unique", 1).splitlines()
    html = "".join(f"<p>{line.strip('#*- ')}</p>" for line in paragraphs if line)
    made = pdf.write(f'<html lang="en"><title>Report</title>{html}', {"note.csv": b"a\n1\n"})[0]
    (team.root / "README.md").unlink()
    (team.root / "report.pdf").write_bytes(made)
    return "report.pdf"


WORDS = probe_written("the CIFAR-100 test set", "the ImageNet validation set")
SETTINGS = probe_written("imagenet_val", "`cifar100_train`")
KINDS = [
    kind("names exchanged in the text", (1, 22), "names_swapped", names_written),
    kind("other probe written", (16, 22), "other_probe", WORDS),
    kind("other probe's setting written", (16, 22), "other_probe", SETTINGS),
    kind("number wrong in text", (10, 22), "number_against_table", number_wrong),
    kind("Jaccard wrong in text", (10, 22), "number_against_table", jaccard_wrong),
    kind("count wrong in text", (8, 10), "number_against_table impossible_count", count_wrong),
    kind("sum written for union", (4,), "sum_instead_of_union", sum_written),
    kind("number wrong in a PDF", (10,), "number_against_table", number_in_pdf),
]
