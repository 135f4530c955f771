"""Where the time of a run went: on stderr and in ``timings.json``, never in a product."""

import json
from pathlib import Path

from study.output import write_atomic
from study.progress import Progress

FILE = "timings.json"


def report_timings(progress: Progress, out: Path) -> None:
    """Say where the time went, and write it beside the output, not into it.

    The file ``timings.json`` lies in the output's folder but is listed as ours, is never attached
    to a report, digested or compared.
    """
    total = sum(progress.timings.values())
    parts = sorted(progress.timings.items(), key=lambda item: -item[1])
    shares = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in parts if seconds >= 0.05)
    progress.note(f"time: {total:.1f} s ({shares})")
    rounded = {name: round(seconds, 3) for name, seconds in progress.timings.items()}
    write_atomic(out / FILE, json.dumps(rounded, indent=1).encode() + b"\n")
