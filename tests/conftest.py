"""What every test shares: hypothesis profiles, the seed, and the folder of published runs."""

import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from study import machine
from tests import ROOT

machine.share()  # before any test loads torch

PROFILE = os.environ.get("STUDY_PROFILE", "ci")

_DRAWN = random.SystemRandom().randrange(2**32) if PROFILE == "thorough" else 0
SEED = os.environ.setdefault("STUDY_SEED", str(_DRAWN))
"""Draws kills, damage and planted faults: fixed, fresh only under ``thorough``."""

settings.register_profile("ci", derandomize=True, deadline=None, max_examples=50)
settings.register_profile(
    "thorough",
    deadline=None,
    max_examples=1000,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "mutation",
    derandomize=True,
    deadline=None,
    max_examples=10,
    phases=(Phase.explicit, Phase.generate),  # a mutant is dead at the first failure, however large
    report_multiple_bugs=False,
)
settings.load_profile(PROFILE)


def pytest_report_header() -> str:
    return f"seed {SEED} (STUDY_SEED={SEED} draws the same kills, damage and planted faults again)"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of published runs and oracles: ``STUDY_SHARED``, else beside the checkout.

    It is not part of the project. A folder that ``STUDY_SHARED`` names must exist; without the
    variable, tests that need an absent folder are skipped.
    """
    named = os.environ.get("STUDY_SHARED")
    folder = (ROOT / named) if named else ROOT.parent / "shared"
    if not folder.is_dir():
        if named:
            pytest.fail(f"STUDY_SHARED names {named}, which is no folder")
        pytest.skip("no shared folder beside the checkout, and STUDY_SHARED does not name one")
    return folder
