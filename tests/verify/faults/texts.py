"""Faults in the text of a folder that a team hands in: ``verify submission``."""

import re

from study.report import pdf
from tests.verify.faults.folders import readme
from tests.verify.faults.submissions import Change, Team, kind


def probe_written(*probes: str) -> Change:
    def change(team: Team) -> str | bool:
        path = team.root / "README.md"
        sentence = f"\nAs probe images we used {team.rng.choice(probes)}.\n"
        path.write_text(path.read_text(encoding="utf-8") + sentence, encoding="utf-8")
        return "README" if team.base.manifest is None else False

    return change


def _rewritten(team: Team, old: str, new: object) -> str | bool:
    """Replace the first match of a pattern in the text, if there is one."""
    path = team.root / "README.md"
    text, count = re.subn(old, str(new), path.read_text(encoding="utf-8"), count=1)
    path.write_text(text, encoding="utf-8")
    return "README" if count else False


def _unique_written(team: Team, wrong: int) -> str | bool:
    value = team.base.numbers.unique(team.name)
    return _rewritten(team, rf"(?<![\d.]){value} unique", f"{wrong} unique")


def number_wrong(team: Team) -> str | bool:
    wrong = team.base.numbers.unique(team.name) + team.rng.choice([11, -17, 60])
    return _unique_written(team, wrong)


def sum_written(team: Team) -> str | bool:
    n = team.base.numbers
    return _unique_written(team, sum(n.unique(team.name, layer) for layer in n.layers))


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
    pictures = [f"figures/{path.name}" for path in sorted((team.root / "figures").iterdir())]
    text = readme(team.rng, team.base, pictures)
    mixed = re.sub(f"{a}|{b}", lambda m: b if m[0] == a else a, text)
    (team.root / "README.md").write_text(mixed, encoding="utf-8")
    return ""


def number_in_pdf(team: Team) -> str | bool:
    """A report set by another program, one of its numbers wrong."""
    text, value = readme(team.rng, team.base, []), team.base.numbers.unique(team.name)
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
