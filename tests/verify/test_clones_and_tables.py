"""Copies of CLIP-Dissect are told from the student's files; numbers in texts name their layer."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from study.verify.reading.descriptions import read_table
from study.verify.reading.known import read_expected
from study.verify.submission import verify_submission
from tests.verify.faults import base

SIZES = {"layer2": 128, "layer3": 256, "layer4": 512}
OWN_README = """# CLIP-Dissect
This is the official repository of the paper, ICLR 2023.
Run `python describe_neurons.py`. See Trustworthy-ML-Lab. bash dlbroden.sh
ImageNet has 7000 unique concepts. ![figure](missing.png)
"""


def write_run(folder: Path, seed: int, target: str) -> None:
    rng = np.random.default_rng(seed)
    words = [f"word{chr(97 + n // 26 % 26)}{chr(97 + n % 26)}" for n in range(400)]
    rows = [
        (layer, unit, str(rng.choice(words)), round(rng.uniform(0.1, 0.4), 5))
        for layer, size in SIZES.items()
        for unit in range(size)
    ]
    base.write(rows, folder / "descriptions.csv")
    stated = {"target_model": target, "target_layers": list(SIZES), "d_probe": "broden"}
    (folder / "args.txt").write_text(json.dumps(stated))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of CLIP-Dissect with two runs of the student's among its results."""
    root = tmp_path / "team" / "CLIP-dissect"
    for name in ("describe_neurons.py", "similarity.py", "data_utils.py", "utils.py"):
        root.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("pass\n")
    for name in ("data", "concept_sets", "experiments", "clip"):
        (root / name).mkdir()
    write_run(root / "results" / "resnet18_25_07_20_14_10", 1, "resnet18")
    write_run(root / "results" / "resnet18_places_25_07_20_15_00", 2, "resnet18_places")
    return root


def bring_along(root: Path) -> None:
    """Faults in what the copy brought along."""
    (root / "README.md").write_text(OWN_README)
    (root / "data" / "descriptions.csv").write_text("layer,unit,description,similarity\n")
    (root / "concept_sets" / "20k.txt").write_text("\n".join(f"w{n}" for n in range(900)))
    (root / "results" / "example").mkdir()
    (root / "results" / "example" / "descriptions.csv").write_text("layer,unit\n")
    for name in ("figure.png", "again.png"):
        (root / "experiments" / name).write_bytes(base.drawn(random.Random(0)))
    cell = {"cell_type": "markdown", "source": ["ImageNet has 7000 unique concepts."]}
    (root / "experiments" / "plots.ipynb").write_text(json.dumps({"cells": [cell]}))


def failed(folder: Path) -> dict[str, str]:
    checks = verify_submission(folder).checks
    return {c.check: f"{c.place}: {c.detail}" for c in checks if c.status == "failed"}


def test_what_a_copy_brings_along_is_not_judged_and_a_note_says_so(clone):
    bring_along(clone)
    assert failed(clone.parent) == failed(clone) == {}
    notes = {c.check: c.detail for c in verify_submission(clone.parent).checks}
    for what in ("README.md (1)", "data/ (1)", "experiments/ (3)", "results/ without args.txt (1)"):
        assert what in notes["copy of a program"]


def test_the_student_s_files_within_a_copy_count(clone):
    bring_along(clone)
    (clone / "report.md").write_text("ImageNet has 7000 unique concepts.\n")
    (clone / "results" / "resnet18_25_07_20_14_10" / "blank.png").write_bytes(b"none")
    table = clone / "results" / "resnet18_25_07_20_14_10" / "descriptions.csv"
    table.write_text("\n".join(table.read_text().splitlines()[:-3]) + "\n")
    found = failed(clone.parent)
    assert {"number_against_table", "placeholder_picture", "unit_counts"} <= set(found)


def test_the_same_files_elsewhere_are_judged(clone):
    bring_along(clone)
    (clone / "describe_neurons.py").unlink()
    (clone / "utils.py").unlink()
    assert {"number_against_table", "picture_twice", "empty_results"} <= set(failed(clone))


class Numbers:
    """The true numbers of the two runs."""

    def __init__(self, clone: Path) -> None:
        runs = sorted((clone / "results").iterdir())
        self.a, self.b = (read_table(runs[n]) for n in (0, -1))

    def unique(self, layer: str | None = None) -> int:
        return len(set(self.a.labels(layer)))

    def only(self) -> int:
        return len(set(self.a.labels()) - set(self.b.labels()))

    def shared(self, layer: str | None = None) -> int:
        return len(set(self.a.labels(layer)) & set(self.b.labels(layer)))

    def jaccard(self, layer: str | None = None) -> str:
        both = set(self.a.labels(layer)) | set(self.b.labels(layer))
        return f"{self.shared(layer) / len(both):.4f}"

    def total(self) -> int:
        return sum(self.unique(layer) for layer in SIZES)


TEXTS = [
    "In layer2, layer3 and layer4 the networks share {s} concepts.",
    "Both networks share {s} concepts in total.",
    "Across all layers, ImageNet has {u} unique concepts.",
    "The number of unique concepts of ImageNet is {u}.",
    "The Jaccard index over all layers is {j}.",
    "| Network | Unique concepts |\n|---|---|\n| ImageNet | {u} |\n",
    "| Measure | ImageNet |\n|---|---|\n| Number of distinct labels | {u} |\n",
    "| Scope | Jaccard | Shared concepts |\n|---|---|---|\n| total | {j} | {s} |\n",
    "Measure            All layers\nShared concepts    {s}\n",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("notebook", [False, True])
def test_numbers_of_one_layer_for_all_are_found(clone, text, notebook):
    n = Numbers(clone)

    def say(layer: str | None) -> dict[str, str]:
        said = text.format(u=n.unique(layer), s=n.shared(layer), j=n.jaccard(layer))
        if notebook:
            output = {"text": [f"{line}\n" for line in said.splitlines()]}
            cells = [{"cell_type": "code", "source": "", "outputs": [output]}]
            (clone / "report.ipynb").write_text(json.dumps({"cells": cells}))
        else:
            (clone / "report.md").write_text(said)
        verdict = verify_submission(clone)
        assert verdict.causes == () or verdict.exit == 1
        return {cause.cause: " ".join(cause.evidence) for cause in verdict.causes}

    assert say(None) == {}
    assert "one_layer_for_all" in say("layer4")


def test_one_layer_s_numbers_in_every_row_and_every_sentence(clone):
    n = Numbers(clone)
    rows = "\n".join(f"| {layer} | {n.jaccard('layer4')} |" for layer in SIZES)
    (clone / "report.md").write_text(f"| Layer | Jaccard |\n|---|---|\n{rows}\n")
    assert "number_against_table" in failed(clone)
    rows = "\n".join(f"| {layer} | {n.jaccard(layer)} |" for layer in SIZES)
    (clone / "report.md").write_text(f"| Layer | Jaccard |\n|---|---|\n{rows}\n")
    assert failed(clone) == {}
    (clone / "report.md").write_text(f"Every layer has a Jaccard of {n.jaccard('layer4')}.\n")
    assert "number_against_table" in failed(clone)


def test_sums_for_a_union_and_counts_of_one_network_alone(clone):
    n = Numbers(clone)
    page, table = (
        clone / "report.md",
        "| Network | Unique concepts |\n|---|---|\n| ImageNet | {} |\n",
    )
    page.write_text(table.format(n.total()))
    assert "sum_instead_of_union" in {c.cause for c in verify_submission(clone).causes}
    page.write_text(table.format(n.only()))
    assert failed(clone) == {}
    page.write_text(f"| Part | Concepts |\n|---|---|\n| ImageNet only | {n.only()} |\n")
    assert failed(clone) == {}
    page.write_text(f"Unique concepts (Places365): {len(set(n.b.labels()))}\nShared concepts: 5x\n")
    assert failed(clone) == {}


def sought(folder: Path, **options) -> tuple[str, str]:
    """What was looked for, and what was not and why."""
    checks = verify_submission(folder, **options).checks
    texts = [
        " ".join(f"{check.detail}." for check in checks if check.check == name)
        for name in ("looked for", "not looked for")
    ]
    return texts[0], texts[1]


def test_what_was_looked_for_is_listed_and_what_could_not_be_has_a_reason(clone):
    done, not_done = sought(clone)
    assert "layers other than the settings state" in done
    assert "noise, empty and constant pictures and panels: no pictures" in not_done
    assert "numbers in texts against the tables: no texts and no PDF" in not_done
    assert "layers and units other than asked for: nothing says what was asked for" in not_done
    run = clone / "results" / "resnet18_25_07_20_14_10"
    (run / "args.txt").rename(clone / "settings.json")
    (clone / "report.md").write_text("A page.\n")
    (clone / "map.png").write_bytes(base.drawn(random.Random(0)))
    (clone / "resnet18_25_07_20_14_10").mkdir()
    (run / "descriptions.csv").rename(clone / "resnet18_25_07_20_14_10" / "descriptions.csv")
    done, not_done = sought(clone, known=read_expected(Path("assignment")))
    assert "layers other than the settings state: resnet18_25_07_20_14_10/desc" in not_done
    assert "no args.txt beside it states that" in not_done
    assert "its labels fit no known list; give it with --concepts" in not_done
    for what in ("noise, empty and constant pictures", "numbers in texts", "other than asked for"):
        assert what in done
        assert f"{what} and panels: no" not in not_done


def test_without_tables_nothing_about_tables_was_looked_for(tmp_path):
    (tmp_path / "README.md").write_text("A page.\n")
    done, not_done = sought(tmp_path)
    assert done == "pictures that texts show and that are missing."
    assert "units missing, repeated or too many: no table could be read" in not_done


def test_of_several_runs_of_a_network_a_text_may_describe_any(clone):
    write_run(clone / "results" / "resnet18_25_07_22_09_00", 3, "resnet18")
    again = read_table(clone / "results" / "resnet18_25_07_22_09_00")
    text = "ImageNet has {} unique concepts.\n"
    for number in (len(set(again.labels())), Numbers(clone).unique()):
        (clone / "report.md").write_text(text.format(number))
        assert failed(clone) == {}
    (clone / "report.md").write_text(text.format(77))
    assert "number_against_table" in failed(clone)
