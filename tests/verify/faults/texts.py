"""Faults in the text of a folder that a team hands in: ``verify submission``."""

import re
from pathlib import Path

from study.report import pdf
from tests.verify.faults.folders import readme
from tests.verify.faults.submissions import kind


def other_probe_written(rng, base, root, name):
    wrong = rng.choice(["the CIFAR-100 test set", "the ImageNet validation set"])
    return _probe_written(base, root, wrong)


def other_setting_written(rng, base, root, name):
    return _probe_written(base, root, rng.choice(["imagenet_val", "`cifar100_train`"]))


def _probe_written(base, root, wrong):
    path = root / "README.md"
    sentence = f"\nAs probe images we used {wrong}.\n"
    path.write_text(path.read_text(encoding="utf-8") + sentence, encoding="utf-8")
    return ({"other_probe"}, "README") if base.manifest is None else None


def _rewritten(root: Path, old: str, new: str) -> bool:
    path = root / "README.md"
    text = path.read_text(encoding="utf-8")
    if not re.search(old, text):
        return False
    path.write_text(re.sub(old, new, text, count=1), encoding="utf-8")
    return True


def number_wrong(rng, base, root, name):
    n = base.numbers
    value = n.unique(name)
    wrong = rng.choice([value + 11, value - 17, value + 60])
    done = _rewritten(root, rf"(?<![\d.]){value} unique", f"{wrong} unique")
    return ({"number_against_table"}, "README") if done else None


def jaccard_wrong(rng, base, root, name):
    layer = rng.choice(base.numbers.layers)
    wrong = f"{base.numbers.jaccard(layer) + rng.choice([0.04, -0.05, 0.2]):.3f}"
    done = _rewritten(root, rf"({layer} is |{layer}  Jaccard: )0\.\d+", rf"\g<1>{wrong}")
    return ({"number_against_table"}, "README") if done else None


def sum_written(rng, base, root, name):
    n = base.numbers
    wrong = sum(n.unique(name, layer) for layer in n.layers)
    done = _rewritten(root, rf"(?<![\d.]){n.unique(name)} unique", f"{wrong} unique")
    return ({"sum_instead_of_union"}, "README") if done else None


def names_written(rng, base, root, name):
    """The text puts every number under the other network's name."""
    a, b = base.runs
    path = root / "README.md"
    pictures = [f"figures/{p.name}" for p in sorted((root / "figures").iterdir())]
    text = readme(rng, base, pictures)
    mixed = re.sub(f"{a}|{b}", lambda m: b if m[0] == a else a, text)
    path.write_text(mixed, encoding="utf-8")
    return {"names_swapped"}, ""


def count_wrong(rng, base, root, name):
    n = base.numbers
    last = n.layers[-1]
    word, count = n.top(name, last)[0]
    wrong = rng.choice([count * 3, count + 9, n.units(name, last) + 88])
    done = _rewritten(root, rf"“{re.escape(word)}” \({count} in", f"“{word}” ({wrong} in")
    return ({"number_against_table", "impossible_count"}, "README") if done else None


def number_in_pdf(rng, base, root, name):
    """A report set by another program, one of its numbers wrong."""
    text = readme(rng, base, [])
    value = base.numbers.unique(name)
    if f" {value} unique" not in text:
        return None
    wrong = value + rng.choice([13, -19, 70])
    paragraphs = text.replace(f" {value} unique", f" {wrong} unique", 1).splitlines()
    html = "".join(f"<p>{line.strip('#*- ')}</p>" for line in paragraphs if line)
    made = pdf.write(f'<html lang="en"><title>Report</title>{html}', {"note.csv": b"a\n1\n"})[0]
    (root / "README.md").unlink()
    (root / "report.pdf").write_bytes(made)
    return {"number_against_table"}, "report.pdf"


KINDS = [
    kind("names exchanged in the text", (1, 22), names_written),
    kind("other probe written", (16, 22), other_probe_written),
    kind("other probe's setting written", (16, 22), other_setting_written),
    kind("number wrong in text", (10, 22), number_wrong),
    kind("Jaccard wrong in text", (10, 22), jaccard_wrong),
    kind("count wrong in text", (8, 10), count_wrong),
    kind("sum written for union", (4,), sum_written),
    kind("number wrong in a PDF", (10,), number_in_pdf),
]
