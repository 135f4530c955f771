"""A report of what was measured: any of its parts may be missing."""

from pathlib import Path

import pytest
from report_samples import full_runs

from study.analysis import analyse
from study.report import build

PARTS = ("stability", "truth", "categories", "classes", "sensitivity")


@pytest.mark.parametrize("kept", PARTS)
def test_each_measure_can_stand_alone(tmp_path: Path, kept: str) -> None:
    """A probe without a truth table still has stability, and so on."""
    manifest, runs = full_runs(tmp_path / "runs")
    results = analyse(runs)
    for network in [*results["networks"], *results["controls"]]:
        network |= {part: None for part in PARTS if part != kept}
    out = build(runs, out=tmp_path / "out", manifest=manifest, results=results, formats=("html",))
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "How sure and how right the labels are" in page
