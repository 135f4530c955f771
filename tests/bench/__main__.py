"""``python -m tests.bench``: the rows that are named, or all."""

import argparse
import sys
from pathlib import Path

import torch

from tests.bench import machine
from tests.bench.measure import THREADS, timed
from tests.bench.rows import ROWS
from tests.bench.table import between_marks, markdown, plain_text


def main(arguments: list[str] | None = None) -> int:
    """Print the table; each row is said on stderr as it is done."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}")
    parser.add_argument("--markdown", action="store_true", help="the table as the README has it")
    parser.add_argument(
        "--into", type=Path, metavar="FILE", help="put it between the <!-- bench --> marks of FILE"
    )
    options = parser.parse_args(arguments)
    unknown = [row for row in options.rows if row not in ROWS]
    if unknown:
        parser.error(f"expected rows among {', '.join(ROWS)}, found {unknown[0]}")
    if options.into is not None:
        try:
            between_marks(options.into.read_text(encoding="utf-8"), "")
        except (OSError, ValueError) as error:
            parser.error(f"--into {options.into}: {error}")
    torch.set_num_threads(THREADS)
    lines, total = [], 0.0
    for name in options.rows or ROWS:
        seconds, found = timed(ROWS[name])
        lines += found
        total += seconds
        sys.stderr.write(f"{plain_text(found)}\n({name}: {seconds:.0f} s)\n")
    rows = f"{len(options.rows or ROWS)} rows in {total / 60:.1f} min"
    measured = f"Measured on {machine.description()}; {rows}."
    table = markdown(lines) if options.markdown else plain_text(lines)
    sys.stdout.write(f"{table}\n\n{measured}\n")
    if options.into is not None:
        page = options.into.read_text(encoding="utf-8")
        page = between_marks(page, f"{markdown(lines)}\n\n{measured}")
        options.into.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
