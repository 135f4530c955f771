"""One run of the main job, shared by all tests of the documentation."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the main job has been done, as the README's first line leaves it."""
    folder = tmp_path_factory.mktemp("desk")
    run("python -m study.report", folder)
    assert (folder / "report" / "report.pdf").is_file()
    return folder


def run(command: str, folder: Path, expected: int = 0) -> str:
    words = command.split()
    assert words[0] == "python", command
    words[0] = sys.executable
    process = subprocess.run(
        words,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == expected, f"{command}: {process.stdout}{process.stderr}"
    assert "Traceback" not in process.stderr
    return process.stdout
