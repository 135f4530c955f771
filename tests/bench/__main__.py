"""``python -m tests.bench``: the rows that are named, or all."""

import argparse
import sys

import torch

from tests.bench import machine
from tests.bench.measure import THREADS, timed
from tests.bench.rows import ROWS
from tests.bench.table import markdown, plain_text


def main(arguments: list[str] | None = None) -> int:
    """Print the table; each row is said on stderr as it is done."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}")
    parser.add_argument("--markdown", action="store_true", help="the table as the README has it")
    options = parser.parse_args(arguments)
    unknown = [row for row in options.rows if row not in ROWS]
    if unknown:
        parser.error(f"expected rows among {', '.join(ROWS)}, found {unknown[0]}")
    torch.set_num_threads(THREADS)
    lines = []
    for name in options.rows or ROWS:
        seconds, found = timed(ROWS[name])
        lines += found
        sys.stderr.write(f"{plain_text(found)}\n({name}: {seconds:.0f} s)\n")
    table = markdown(lines) if options.markdown else plain_text(lines)
    sys.stdout.write(f"{table}\n\nMeasured on {machine.description()}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
