"""``python -m tests.bench``: measure the named rows, or all."""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.bench import (
    growth,
    images,
    machine,
    null,
    reports,
    similarity,
    stability,
    text,
    whole,
)
from tests.bench.measure import isolated, timed
from tests.bench.table import Line, fill, markdown

ROWS: Mapping[str, Callable[[], list[Line]]] = {
    "miniature": reports.of_miniature,
    "busy": reports.of_busy,
    "runs": reports.of_runs,
    "similarity-1000": similarity.against_published,
    "similarity-20000": similarity.against_products,
    "text": text.by_length,
    "images": images.against_plain_loop,
    "whole": whole.from_nothing,
    "growth": growth.by_stage,
    "stability": stability.of_resamples,
    "null": null.of_hands,
}


def main(arguments: list[str] | None = None) -> int:
    """Print the table; each row appears on stderr as soon as it is measured."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Measure what the fast paths of study gain on this machine.",
        epilog="Both tables of the project from one run: python -m tests.bench --into README.md "
        "--into tests/bench/README.md",
    )
    rows_help = f"one of {', '.join(ROWS)}; default: all"
    parser.add_argument("rows", nargs="*", metavar="ROW", help=rows_help)
    parser.add_argument(
        "--into",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="write the table between the <!-- bench --> marks of FILE, or its short form between "
        "the <!-- summary --> marks (repeatable)",
    )
    options = parser.parse_args(arguments)
    for row in options.rows:
        if row not in ROWS:
            parser.error(f"unknown row {row}; the rows are {', '.join(ROWS)}")
    for file in options.into:
        try:
            fill(file.read_text(encoding="utf-8"), [], "")
        except (OSError, ValueError) as error:
            parser.error(f"--into {file}: {error}")
    lines, total = [], 0.0
    for name in options.rows or ROWS:
        seconds, row = timed(lambda name=name: isolated(ROWS[name]))
        lines, total = lines + row, total + seconds
        sys.stderr.write(f"{markdown(row)}\n({name}: {seconds:.0f} s)\n")
    rows = f"{len(options.rows or ROWS)} rows in {total / 60:.1f} min"
    measured = f"Measured on {isolated(machine.description)}; {rows}."
    sys.stdout.write(f"{markdown(lines)}\n\n{measured}\n")
    for file in options.into:
        page = fill(file.read_text(encoding="utf-8"), lines, measured)
        file.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
