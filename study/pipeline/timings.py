"""Where the time of a run went: on stderr and in ``timings.json``, never in a product."""

import json
from pathlib import Path

from study.output import MARKER, write_atomic
from study.progress import Progress

_FILE = "timings.json"


def keep_timings(run: Path, out: Path) -> None:
    """Copy a run's ``timings.json`` into the folder of its report, and list it there as ours."""
    write_atomic(out / _FILE, (run / _FILE).read_bytes())
    marker = out / MARKER
    names = {*marker.read_text(encoding="utf-8").splitlines(), _FILE}
    write_atomic(marker, "".join(f"{name}\n" for name in sorted(names)).encode())


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
    write_atomic(out / _FILE, json.dumps(rounded, indent=1).encode() + b"\n")
