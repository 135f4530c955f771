"""What all commands share: their options, and errors said in one line with an exit code."""

import argparse
import errno
import sys
from collections.abc import Callable
from pathlib import Path

from study.errors import Exit, StudyError
from study.settings import PRECISIONS

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def guarded(command: Callable[[], int]) -> int:
    """Run a command; bad input becomes one line on stderr and exit code 2, never a traceback."""
    try:
        return command()
    except StudyError as error:
        _say(str(error))
    except KeyboardInterrupt:
        _say("interrupted; what was computed is kept, run the same command again to go on")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            _say("the disk is full; nothing was half-written, make room and run it again")
        else:
            name = Path(str(error.filename)).name if error.filename else "a file"
            _say(f"{name}: expected to read or write it, found {error.strerror or error}")
    return int(Exit.BAD_INPUT)


def _say(text: str) -> None:
    sys.stderr.write(f"study: {text.strip()}\n")


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that dissects."""
    group = parser.add_argument_group("dissecting")
    group.add_argument(
        "--artifacts",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="a folder with weights, images or words that you brought by hand (repeatable)",
    )
    group.add_argument("--store", type=Path, metavar="DIR", help="where arrays are kept for reuse")
    group.add_argument(
        "--limit", type=int, metavar="N", help="a first look: N images, drawn from all folders"
    )
    group.add_argument(
        "--skip-unreadable", action="store_true", help="leave out images that cannot be read"
    )
    group.add_argument(
        "--allow-duplicates", action="store_true", help="keep the first of a concept given twice"
    )
    group.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), help="where to compute")
    group.add_argument(
        "--precision",
        choices=tuple(PRECISIONS),
        help=f"bfloat16: {PRECISIONS['bfloat16']}".replace("%", "%%"),
    )
    group.add_argument(
        "--units",
        metavar="LAYER:UNIT,...",
        default="",
        help="units to show besides those chosen by rule, e.g. layer4:17,layer3:2",
    )
    group.add_argument(
        "--dry-run", action="store_true", help="say what would be done and how long it takes"
    )


def stated_run_options(options: argparse.Namespace) -> list[str]:
    """Return the options of `add_run_options` that were given."""
    alone = argparse.ArgumentParser(add_help=False)
    add_run_options(alone)
    defaults = vars(alone.parse_args([]))
    return [
        "--" + name.replace("_", "-")
        for name, default in defaults.items()
        if getattr(options, name) != default
    ]


def add_out(parser: argparse.ArgumentParser, default: str) -> None:
    """Add where a command writes."""
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(default),
        metavar="DIR",
        help=f"folder to write (default: {default}); swapped in whole when all is done",
    )
    parser.add_argument(
        "--force", action="store_true", help="write into a folder that holds other files as well"
    )
