"""The tests, in folders like those of the program; helpers are imported as ``tests.NAME``."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""
