"""A folder as an honest team hands it in, its text worded anew each time."""

import json
import random
import shutil
from pathlib import Path

from tests.verify.faults.base import Base, Numbers, Table, drawn, write


def about(rng: random.Random, value: int) -> str:
    """A count as an honest text gives it."""
    ten, below = round(value / 10) * 10, value // 10 * 10
    if value > 60 and rng.random() < 0.25 and abs(ten - value) <= 0.03 * value:
        return f"{rng.choice(['around', 'about', 'roughly', '~'])} {ten}"
    if value > 60 and rng.random() < 0.2 and 0 < value - below <= 0.03 * value:
        return f"{rng.choice(['over', 'at least', 'more than'])} {below}"
    return str(value)


def readme(rng: random.Random, n: Numbers, pictures: list[str]) -> str:
    """Write a text whose every number is true, with one figure per line below."""
    a, b = n.names
    last = n.layers[-1]
    forms = [
        f"We dissected two ResNet18 networks, {a} and {b}, with CLIP-Dissect.",
        f"This report compares a ResNet18 trained on {a} with one trained on {b}.",
        "Which concepts do the units of the two models respond to?",
    ]
    lines = [f"# Network dissection of {a} and {b}", "", rng.choice(forms), ""]
    for name in rng.sample([a, b], 2):
        value = about(rng, n.unique(name))
        forms = [
            f"The {name} model learned {value} unique concepts.",
            f"{name} has {value} unique concepts over the three layers.",
            f"- **{name} Model** learned **{value} unique concepts**.",
        ]
        lines.append(rng.choice(forms))
    shared = n.shared()
    forms = [
        f"A Venn diagram shows an overlap of {shared} concepts.",
        f"Both models share {shared} concepts.",
        f"{shared} concepts are shared between the two networks.",
    ]
    lines += ["", rng.choice(forms), ""]
    for layer in n.layers:
        if rng.random() < 0.7:
            value = f"{n.jaccard(layer):.{rng.choice([3, 4])}f}"
            forms = [
                f"Layer: {layer}  Jaccard: {value}  Shared concepts: {n.shared(layer)}",
                f"The Jaccard similarity of {layer} is {value}.",
            ]
            lines += [rng.choice(forms), ""]
    for name in (a, b):
        top = [f"“{word}” ({count} in {last})" for word, count in n.top(name, last)[:2]]
        lines.append(f"{name}: highest frequencies for {' and '.join(top)}.")
    lines += ["", "## Figures", "", *(f"![Figure {i}]({x})" for i, x in enumerate(pictures, 1))]
    return "\n".join(lines) + "\n"


def hand_in(rng: random.Random, base: Base, folder: Path) -> Path:
    """Write the folder of an honest team: tables, settings, pictures and a text."""
    root = folder / "team"
    for run in base.runs.values():
        (root / run).mkdir(parents=True)
        for name in ("descriptions.csv", "labels.csv", "args.txt", "manifest.json"):
            if (base.folder / run / name).is_file():
                shutil.copyfile(base.folder / run / name, root / run / name)
    (root / "figures").mkdir()
    numbers = rng.sample(range(6), 4)
    names = [f"figures/figure-{number}.png" for number in numbers]
    for number, name in zip(numbers, names, strict=True):
        (root / name).write_bytes(drawn(random.Random(number)))
    (root / "README.md").write_text(readme(rng, base.numbers, names), encoding="utf-8")
    return root


def put(base: Base, root: Path, name: str, rows: Table) -> None:
    """Another table, with nothing beside it that would have to agree."""
    folder = root / base.runs[name]
    write(rows, folder / "descriptions.csv")
    (folder / "labels.csv").unlink(missing_ok=True)
    restate(folder / "manifest.json", files={})


def restate(path: Path, part: str = "", **changed: object) -> bool:
    """Change what a JSON file, or a part of it, states; False where there is none."""
    if not path.is_file():
        return False
    document = json.loads(path.read_text(encoding="utf-8"))
    stated = document[part] if part else document
    stated.update(changed)
    path.write_text(json.dumps(document), encoding="utf-8")
    return True
