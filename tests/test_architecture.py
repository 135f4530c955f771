"""The house keeps its floors: imports point downwards, and reporting needs no torch."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests import ROOT

STUDY = ROOT / "study"

FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "machine", "progress"),
    ("files", "similarity"),  # files written whole; the five functions of CLIP-Dissect
    ("dissection", "inputs"),  # what a run's folder holds; the study file and what it names
    ("command", "comparison", "models"),  # shared options; numbers of a pair; networks and encoder
    ("labelling", "miniature", "report"),  # units to labels; the drawn world; numbers to the PDF
    ("pipeline", "verify"),  # runs a study; checks what others wrote
    ("doctor", "report.__main__", "verify.__main__"),
    ("__main__",),
)
"""The house, from the ground up: a room imports from the floors below its own alone."""

SAME_NAMES = {"__init__", "__main__", "network", "pair", "quality"}
"""File names used more than once: the numbers, the sentences and the figures about one subject."""

TORCH_FREE = (
    "study.__main__",
    "study.report",
    "study.verify",
    "study.comparison.analysis",
    "study.inputs.settings",
    "study.report.charts",
)


def room_of(path: Path) -> str:
    parts = path.relative_to(STUDY).with_suffix("").parts
    if parts[-1] == "__main__" and parts[0] != "miniature":
        return ".".join(parts)
    return parts[0] if parts != ("__init__",) else ""


def floor_of(room: str) -> int:
    for floor, rooms in enumerate(FLOORS):
        if room in rooms:
            return floor
    raise AssertionError(f"the room {room!r} stands on no floor")


def imports_of(source: str) -> set[str]:
    """Every room of study that a source imports, inside functions too."""
    rooms = set()
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their room in full"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        rooms |= {name.split(".")[1] for name in names if name.startswith("study.")}
    return rooms - {"__version__"}


SOURCES = sorted(STUDY.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(STUDY)))
def test_imports_point_downwards(path: Path) -> None:
    room = room_of(path)
    if not room:
        return
    inner = {room.split(".")[0]} if path.parent != STUDY or path.stem == "__init__" else set()
    for target in imports_of(path.read_text(encoding="utf-8")) - inner:
        assert floor_of(target) < floor_of(room), f"{room} must not import {target}"


def test_the_house_is_seen_at_one_look() -> None:
    rooms = {name for floor in FLOORS for name in floor}
    folders = {path.parent.relative_to(STUDY).parts[0] for path in SOURCES if path.parent != STUDY}
    modules = {path.stem for path in STUDY.glob("*.py")} - {"__init__"}
    assert {room.split(".")[0] for room in rooms} == folders | modules
    assert len(folders | {"presets"}) <= 12
    assert len(modules | {"__init__"}) <= 8
    assert len(FLOORS) <= 9
    assert max(map(len, FLOORS)) <= 20


def test_one_file_name_has_one_meaning() -> None:
    stems = Counter(path.stem for path in SOURCES)
    assert {stem for stem, count in stems.items() if count > 1} == SAME_NAMES


def test_an_upward_import_inside_a_function_is_seen() -> None:
    source = "def f():\n    from study.report import build\n"
    assert imports_of(source) == {"report"}
    assert floor_of("report") > floor_of("comparison")


@pytest.mark.parametrize("module", TORCH_FREE)
def test_reporting_and_verifying_import_no_torch(module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_module_has_grown_a_second_noun() -> None:
    """The drawn world is exempt: its modules are lists of shapes, one call a line."""
    rooms = [path for path in SOURCES if path.parent.name != "world"]
    long = {path.name: n for path in rooms if (n := len(path.read_text().splitlines())) > 300}
    assert long == {}


def test_nothing_loaded_can_run_code() -> None:
    forbidden = ("eval(", "exec(", "weights_only=False", "pickle.load", "shell=True", "print(")
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                call = ast.unparse(node.func).split(".")[-1] + "("
                allowed = call == "print(" and path.stem == "__main__"
                own_method = isinstance(node.func, ast.Attribute) and call in ("eval(",)
                assert call not in forbidden or allowed or own_method, f"{path.name}: {call}"
            if isinstance(node, ast.keyword):
                assert ast.unparse(node) not in forbidden, path.name
