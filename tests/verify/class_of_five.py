"""A class of five made-up submissions from the miniature, each with one defect.

``python -m tests.verify.class_of_five DIR`` writes it, a sixth folder without a defect, and the
list of concepts that all should have used; `DEFECTS` says which defect is whose.
"""

import json
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from PIL import Image

from tests.verify.faults import base
from tests.verify.faults.base import Base, Numbers
from tests.verify.faults.folders import put

SOUND = "Francis"


def write(folder: Path) -> Path:
    """Write the class into an empty or a new folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise SystemExit(f"{folder.name}: expected an empty folder")
    with tempfile.TemporaryDirectory() as temporary:
        miniature = base.miniature(Path(temporary))
        for number, (name, (plant, _)) in enumerate(DEFECTS.items()):
            hand_in(miniature, folder / name, number)
            plant(miniature, folder / name)
        hand_in(miniature, folder / SOUND, len(DEFECTS))
        listed = "".join(f"{concept}\n" for concept in miniature.concepts)
        (folder / miniature.list_name).write_text(listed, encoding="utf-8")
    return folder


def hand_in(study: Base, root: Path, number: int) -> None:
    """Write a folder without a defect: two tables, their settings, two pictures and a text."""
    for run in study.runs.values():
        (root / run).mkdir(parents=True)
        for name in ("descriptions.csv", "labels.csv", "manifest.json"):
            shutil.copyfile(study.folder / run / name, root / run / name)
        stated = {"target_layers": study.numbers.layers, "concept_set": study.list_name}
        (root / run / "args.txt").write_text(json.dumps(stated), encoding="utf-8")
    for picture in (1, 2):
        (root / f"figure-{picture}.png").write_bytes(
            base.drawn(random.Random(10 * number + picture))
        )
    text = f"{said(study.numbers)}\nHanded in by {root.name}.\n"
    (root / "README.md").write_text(text, encoding="utf-8")


def said(n: Numbers) -> str:
    """Return a text whose every number is true."""
    last = n.layers[-1]
    lines = [f"# {n.names[0]} and {n.names[1]}", ""]
    lines += [f"The {name} network has {n.unique(name)} unique concepts." for name in n.names]
    lines += ["", f"Both networks share {n.shared()} concepts."]
    lines += [f"The Jaccard similarity of {last} is {n.jaccard(last):.3f}.", ""]
    lines += ["![Figure 1](figure-1.png)", "", "![Figure 2](figure-2.png)", ""]
    return "\n".join(lines)


def swapped(study: Base, root: Path) -> None:
    """The text puts the numbers under the other network's name."""
    a, b = study.numbers.names
    path = root / "README.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(a, "\0").replace(b, a).replace("\0", b), encoding="utf-8")


def other_layer(study: Base, root: Path) -> None:
    """One table is of another layer than its settings state."""
    name = study.numbers.names[1]
    last = study.numbers.layers[-1]
    rows = [
        ("layer1" if layer == last else layer, *others)
        for layer, *others in study.numbers.tables[name]
    ]
    put(study, root, name, rows)
    (root / "README.md").write_text(f"# Two networks\n\nBy {root.name}.\n", encoding="utf-8")


def number_edited(study: Base, root: Path) -> None:
    """The text gives a number of unique concepts that the table does not."""
    value = study.numbers.unique(study.numbers.names[0])
    path = root / "README.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"{value} unique", f"{value + 17} unique"), encoding="utf-8")


def noise(study: Base, root: Path) -> None:
    """One picture is noise."""
    data = random.Random(5).randbytes(320 * 240 * 3)
    Image.frombytes("RGB", (320, 240), data).save(root / "figure-2.png")


def other_list(study: Base, root: Path) -> None:
    """The labels of one table are from another list of concepts than its settings state."""
    name = study.numbers.names[1]
    made = [f"w{number:03}" for number in range(60)]
    rows = [
        (layer, unit, made[place % len(made)], similarity)
        for place, (layer, unit, _, similarity) in enumerate(study.numbers.tables[name])
    ]
    put(study, root, name, rows)
    (root / "README.md").write_text(f"# Two networks\n\nBy {root.name}.\n", encoding="utf-8")


DEFECTS: Mapping[str, tuple[Callable[[Base, Path], None], str]] = {
    "Ada": (swapped, "names_swapped"),
    "Blaise": (other_layer, "wrong_layers"),
    "Carla": (number_edited, "number_against_table"),
    "Dmitri": (noise, "placeholder_picture"),
    "Emmy": (other_list, "other_concept_set"),
}
"""The plant of each submission, and the finding that names its defect."""


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m tests.verify.class_of_five DIR")
    write(Path(sys.argv[1]))
