"""Copies of CLIP-Dissect in a submission: what they bring along is not the student's."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from study.verify.verdict import NOTE, Check

_PROGRAM = "describe_neurons.py"
_MODULES = frozenset({"similarity.py", "data_utils.py", "utils.py"})
_FOLDERS = frozenset({"concept_sets", "data", "clip", "experiments", "netdissect-lite"})
_OWN = _FOLDERS | {"saved_activations", "figs", "images"}
"""Folders that such a copy brings along."""
_MARKS = ("describe_neurons.py", "trustworthy-ml-lab", "official", "dlbroden", "iclr", "@article")
"""Phrases of its own README, of which a student's contains few."""
_OUTPUTS = frozenset({"results", "outputs"})
_MAX_README = 64 << 10


@dataclass(slots=True)
class Clones:
    """The copies found so far, and how many files of each were left out, by folder or name."""

    roots: list[Path] = field(default_factory=list)
    left: dict[Path, Counter[str]] = field(default_factory=dict)

    def see(self, folder: Path, folders: Collection[str], names: Collection[str]) -> None:
        """Note a folder if it has the shape of a copy: its program and modules, or its folders."""
        modules = len(_MODULES & set(names))
        own = _FOLDERS & {name.casefold() for name in folders}
        if (_PROGRAM in names and modules >= 2) or (modules == 3 and len(own) >= 2):
            self.roots.append(folder)

    def holds(self, path: Path) -> bool:
        """Whether a file came with a copy, rather than from the student; count it if so."""
        root = next((root for root in reversed(self.roots) if path.is_relative_to(root)), None)
        if root is None:
            return False
        first, *deeper = path.relative_to(root).parts
        run = (path.parent / "args.txt").is_file()
        if deeper:
            own = first.casefold() in _OWN and not run
            table = path.suffix.casefold() == ".csv" and first.casefold() in _OUTPUTS and not run
            what = f"{first}/" if own else f"{first}/ without args.txt" if table else ""
        else:
            listed = first.casefold() in ("license", "license.txt", "requirements.txt")
            what = first if listed or (_is_readme(path) and _is_its_own(path)) else ""
        if what:
            self.left.setdefault(root, Counter())[what] += 1
        return bool(what)

    def notes(self, root: Path) -> Iterator[Check]:
        """Yield a note on each copy."""
        for copy, counts in self.left.items():
            listed = ", ".join(f"{what} ({count})" for what, count in sorted(counts.items()))
            place = copy.relative_to(root).as_posix() if copy != root else root.name
            text = f"a copy of CLIP-Dissect; its own files are not judged: {listed}"
            yield Check("copy of a program", NOTE, text, place, facts=dict(counts))


def _is_readme(path: Path) -> bool:
    return path.name.casefold().startswith("readme")


def _is_its_own(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_README).decode("utf-8", errors="replace").casefold()
    except OSError:
        return False
    return sum(mark in text for mark in _MARKS) >= 3
