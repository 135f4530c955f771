"""A folder in which the main job was done, shared by all tests of the docs stage."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the main job has been done, as the README's first line leaves it."""
    folder = tmp_path_factory.mktemp("desk")
    run("python -m study.report", folder)
    assert (folder / "report" / "report.pdf").is_file()
    return folder


def run(command: str, folder: Path, expected: tuple[int, ...] = (0,)) -> str:
    words = command.split()
    assert words[0] == "python", command
    words[0] = sys.executable
    done = subprocess.run(
        words,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in expected, f"{command}: {done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stdout
