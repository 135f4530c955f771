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
    imported = subprocess.run(
        [sys.executable, "-c", "import study; print(study.__file__)"],
        cwd=home, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert Path(imported.stdout.strip()).is_relative_to(installed)
    report = subprocess.run(
        [sys.executable, "-m", "study.report", "--out", "elsewhere"],
        cwd=home, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert report.returncode == 0, report.stderr
    names = ["results.json", *(f"{slug}/descriptions.csv" for slug in ("objects", "scenes"))]
    for name in names:
        assert (home / "elsewhere" / name).read_bytes() == (desk / "report" / name).read_bytes()
    assert (home / "elsewhere" / "report.pdf").is_file()
