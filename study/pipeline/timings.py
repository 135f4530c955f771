"""The seconds of each stage of a run, for people: no product holds them."""

import json
from pathlib import Path

from study.files.output import write_atomic
from study.progress import Progress

TIMINGS = "timings.json"
"""Name of the file of durations: listed as ours, but never attached, digested or compared."""


def write_timings(progress: Progress, folder: Path) -> None:
    """Show the seconds of each stage and write them to `TIMINGS`."""
    total = sum(progress.timings.values())
    parts = sorted(progress.timings.items(), key=lambda item: -item[1])
    shares = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in parts if seconds >= 0.05)
    progress.note(f"time: {total:.1f} s ({shares})")
    rounded = {name: round(seconds, 3) for name, seconds in progress.timings.items()}
    write_atomic(folder / TIMINGS, json.dumps(rounded, indent=1).encode() + b"\n")
