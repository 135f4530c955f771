"""The options of ``verify class``."""

import argparse

from study.command import given_path

_MOST_JOBS = 256


def add_class(cohort: argparse.ArgumentParser) -> None:
    """Add the options of ``verify class`` that no other verb has, or has in other words."""
    text = "the folder that holds the submissions, each in a folder of its own"
    cohort.add_argument("folder", type=given_path, metavar="DIR", help=text)
    cohort.add_argument("--claims", type=given_path, metavar="CLAIMS.toml")
    text = "the tables are a rerun of the study that the texts describe"
    cohort.add_argument("--rerun", action="store_true", help=text)
    text = "points by finding and claim, [points] with NAME = NUMBER, for Gradescope's results.json"
    cohort.add_argument("--points", type=given_path, metavar="FILE.toml", help=text)
    text = "submissions verified at once (default: one for each core)"
    cohort.add_argument("--jobs", type=_jobs, metavar="N", help=text)
    text = "write into the folder of --out even if it holds other files"
    cohort.add_argument("--force", action="store_true", help=text)


def _jobs(text: str) -> int:
    """Read a whole number of processes from 1."""
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_JOBS:
        raise argparse.ArgumentTypeError(
            f"expected a whole number from 1 to {_MOST_JOBS}, found {text}"
        )
    return int(text)
