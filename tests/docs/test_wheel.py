"""A wheel, once installed, writes the same report as the checkout."""

import os
import subprocess
import sys
from pathlib import Path

from tests.docs.conftest import ROOT


def test_a_wheel_makes_the_same_report(desk: Path, tmp_path: Path) -> None:
    """In another folder, on two threads, with another hash seed, no home, no cache, no network."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    make = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run([*pip, *make], check=True)
    (wheel,) = tmp_path.glob("study-*.whl")
    installed = tmp_path / "installed"
    subprocess.run(
        [*pip, "install", "--no-deps", "--target", str(installed), str(wheel)], check=True
    )
    home = tmp_path / "home"
    home.mkdir()
    nowhere = "http://127.0.0.1:9"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(installed),
        "PYTHONHASHSEED": "4242",
        "OMP_NUM_THREADS": "2",
        "http_proxy": nowhere,
        "https_proxy": nowhere,
    }

    def python(*words: str) -> str:
        return subprocess.check_output(
            [sys.executable, *words], cwd=home, env=environment, text=True
        )

    imported = python("-c", "import study; print(study.__file__)")
    assert Path(imported.strip()).is_relative_to(installed)
    python("-m", "study.report", "--out", "elsewhere")
    for name in ("results.json", "objects/descriptions.csv", "scenes/descriptions.csv"):
        assert (home / "elsewhere" / name).read_bytes() == (desk / "report" / name).read_bytes()
    assert (home / "elsewhere" / "report.pdf").is_file()
