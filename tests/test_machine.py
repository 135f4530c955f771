"""Threads: as many as the process may use, and none that spins."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from study import machine


@pytest.mark.parametrize(
    ("text", "expected"),
    [("100000 100000", 1), ("150000 100000", 2), ("max 100000", 8), ("", 8), ("x", 8)],
)
def test_the_quota_of_a_control_group_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: int
) -> None:
    (tmp_path / "cpu.max").write_text(text)
    monkeypatch.setattr(machine, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert machine.cores() == expected
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert machine.cores() == 1


def test_a_command_sets_threads_before_torch_is_loaded_and_keeps_what_is_stated() -> None:
    code = (
        "import os, sys; from study.command import guarded; "
        "assert 'torch' not in sys.modules; guarded(lambda: 0); "
        "print(os.environ['OMP_WAIT_POLICY'], os.environ['OMP_NUM_THREADS'])"
    )
    stated = {name: value for name, value in os.environ.items() if not name.startswith("OMP")}
    for further, expected in (
        ({}, f"passive {machine.cores()}"),
        ({"OMP_WAIT_POLICY": "active", "OMP_NUM_THREADS": "7"}, "active 7"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**stated, **further},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == expected
