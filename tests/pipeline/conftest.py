"""The small study, written into a folder of its own for each test."""

from pathlib import Path

import pytest

from tests.small_study import write


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write(tmp_path)
