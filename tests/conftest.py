"""What every test shares: profiles, the seed of the day and the folder of published runs."""

import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

_ROOT = Path(__file__).resolve().parent.parent

SEED = os.environ.setdefault("STUDY_SEED", str(random.SystemRandom().randrange(2**32)))
"""What kills, damage and planted faults are drawn from; the workers inherit it."""

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
settings.load_profile(os.environ.get("STUDY_PROFILE", "ci"))


def pytest_report_header() -> str:
    return f"seed {SEED} (STUDY_SEED={SEED} draws the same kills, damage and planted faults again)"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of published runs and oracles that lies beside the checkout.

    It is not part of the project: where nobody names it and it is absent, its tests are left out.
    Where ``STUDY_SHARED`` names it, its absence is a failure.
    """
    named = os.environ.get("STUDY_SHARED")
    folder = (_ROOT / named) if named else _ROOT.parent / "shared"
    if not folder.is_dir():
        if named:
            pytest.fail(f"STUDY_SHARED names {named}, which is no folder")
        pytest.skip("no shared folder beside the checkout, and STUDY_SHARED does not name one")
    return folder
