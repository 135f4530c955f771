"""What all commands share: their options, and errors as one line with an exit code."""

import argparse
import errno
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from study import machine
from study.errors import Exit, StudyError
from study.files.folders import store_folder
from study.files.output import check_replaceable
from study.inputs.settings import DEVICES, PICTURE_SIZES, PRECISIONS, is_device
from study.progress import plain_line

if TYPE_CHECKING:
    from study.dissection.run import Run

INTERRUPTED = 130
"""Exit code after Ctrl-C, as in shells."""


def guarded(command: Callable[[], int]) -> int:
    """Run a command; bad input becomes one line on stderr and exit code 2, never a traceback."""
    machine.share()
    machine.open_streams()
    try:
        return command()
    except StudyError as error:
        _complain(str(error))
    except KeyboardInterrupt:
        _complain("interrupted; finished work is kept, run the same command again to resume")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
    except UnicodeEncodeError as error:
        text = error.object[error.start : error.end]
        _complain(f"{text!r} is no text in {error.encoding}: rename it, or set PYTHONUTF8=1")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            _complain("the disk is full; no file is half-written; free some space and run it again")
        else:
            name = Path(str(error.filename)).name if error.filename else "a file"
            _complain(f"cannot read or write {name}: {error.strerror or error}")
    return int(Exit.BAD_INPUT)


def _complain(text: str) -> None:
    sys.stderr.write(f"study: {plain_line(text)}\n")


def add_input_options(parser: argparse._ActionsContainer) -> None:
    """Add the options that decide which inputs a study opens, and so which arrays it uses."""
    parser.add_argument(
        "--artifacts",
        type=given_path,
        action="append",
        default=[],
        metavar="DIR",
        help="folder with downloaded weights, images or words, searched first (repeatable)",
    )
    parser.add_argument(
        "--store",
        type=given_path,
        metavar="DIR",
        help="folder where computed arrays are kept for reuse",
    )
    parser.add_argument(
        "--limit", type=_positive, metavar="N", help="use only N images, drawn from all folders"
    )
    parser.add_argument(
        "--skip-unreadable", action="store_true", help="leave out images that cannot be read"
    )
    parser.add_argument(
        "--rehash",
        action="store_true",
        help="read every image file again, also those whose size and time have not changed",
    )
    parser.add_argument(
        "--allow-duplicates", action="store_true", help="keep the first of repeated concepts"
    )
    parser.add_argument(
        "--device",
        type=_device,
        metavar="{" + ",".join((*DEVICES, "cuda:N")) + "}",
        help="where to compute (default: what the study says)",
    )
    parser.add_argument(
        "--batch",
        type=_positive,
        default=64,
        metavar="N",
        help="images that are decoded, and on a GPU computed, at once (default: 64); a batch that "
        "does not fit the GPU's memory is halved by itself",
    )
    parser.add_argument(
        "--precision",
        choices=tuple(PRECISIONS),
        help=f"bfloat16: {PRECISIONS['bfloat16']}".replace("%", "%%"),
    )
    parser.add_argument(
        "--trust-code",
        action="store_true",
        help="run the Python files that the study names as architectures, with your rights",
    )


def check_study(options: argparse.Namespace, source: str) -> None:
    """Check a study's file, the files that it names and the output folder, before torch is loaded.

    Raises
    ------
    StudyError
        For the first thing that no run could use.
    """
    from study.inputs.readiness import check_files
    from study.inputs.study_file import read_study

    study = read_study(source)
    check_replaceable(options.out, force=options.force)
    check_files(
        study,
        out=options.out,
        store=options.store or store_folder(),
        folders=tuple(options.artifacts),
        allow_duplicates=options.allow_duplicates,
    )


def given_text(text: str) -> str:
    """Read what must not be empty, as it is where a shell's variable is not set."""
    if not text.strip():
        raise argparse.ArgumentTypeError("expected a name or a path, found an empty text")
    return text


def given_path(text: str) -> Path:
    """Read a path, which must be stated: an empty one would be the current folder."""
    return Path(given_text(text))


def _device(text: str) -> str:
    if not is_device(text):
        raise argparse.ArgumentTypeError(
            f"expected one of {', '.join(DEVICES)} or cuda:N, found {text}"
        )
    return text


def _picture_size(text: str) -> int:
    """Read a whole number within `PICTURE_SIZES`."""
    least, most = PICTURE_SIZES
    if not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(
            f"expected a whole number from {least} to {most}, found {text}"
        )
    return int(text)


def _positive(text: str) -> int:
    """Read a whole number from 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, found {text}")
    return number


def add_comparing_options(parser: argparse._ActionsContainer) -> None:
    """Add the options that decide which networks and layers are compared, and how."""
    parser.add_argument(
        "--common-layers", action="store_true", help="compare only the layers that all runs have"
    )
    parser.add_argument(
        "--pair",
        action="append",
        metavar="A-LAYER=B-LAYER",
        help="compare these layers although their names differ (repeatable); layers of the same "
        "name are compared as well, others are left out, which the report says",
    )
    parser.add_argument(
        "--by-depth",
        action="store_true",
        help="compare the first layer with the first, the second with the second and so on",
    )
    parser.add_argument(
        "--overall-only",
        action="store_true",
        help="compare all units of the networks together, whatever their layers",
    )
    parser.add_argument(
        "--same-network",
        action="store_true",
        help="the runs are states of one network (checkpoints, probes, word lists): compare them "
        "unit by unit",
    )
    parser.add_argument(
        "--allow-different-inputs",
        action="store_true",
        help="go on if probe, word list, encoder or settings differ; states nothing between "
        "networks then",
    )


def add_columns(parser: argparse._ActionsContainer) -> None:
    """Add the option that says what the columns of other tools' tables are called."""
    parser.add_argument(
        "--columns",
        metavar="layer=COLUMN,...",
        help="columns of tables that other tools wrote, e.g. unit=neuron,description=concept,"
        "similarity=metric; layer==NAME names the one layer of a table without such a column; "
        "similarity= leaves similarities out",
    )


def loaded(options: argparse.Namespace) -> "tuple[Run, ...]":
    """Load the finished dissections that a command names, and say how their tables were read."""
    from study.dissection.foreign_tables import Columns
    from study.dissection.loaded import load_runs
    from study.dissection.run_files import TABLE

    runs = load_runs(
        options.runs,
        names=options.names,
        trust_names=options.trust_names,
        columns=None if options.columns is None else Columns.parse(options.columns),
    )
    for run in runs:
        for note in run.notes():
            sys.stderr.write(f"{plain_line(f'{run.name}: {note}')}\n")
    for run, other in combinations(runs, 2):
        if run.files[TABLE] == other.files[TABLE]:
            text = f"{run.name} and {other.name}: one table, byte for byte"
            sys.stderr.write(f"{plain_line(text)}\n")
    return runs


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that dissects."""
    group = parser.add_argument_group("dissecting")
    add_input_options(group)
    group.add_argument(
        "--units",
        metavar="LAYER:UNIT,...",
        default="",
        help="units to show in addition to those chosen by rule, e.g. layer4:17,layer3:2",
    )
    least, most = PICTURE_SIZES
    group.add_argument(
        "--picture-size",
        type=_picture_size,
        metavar="N",
        help=f"pixels of the width and height of the pictures in pictures.csv, {least} to {most} "
        "(default: what the study says, else 96)",
    )
    group.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="run the images on a Dask cluster: tcp://HOST:PORT of its scheduler, or local:N for N "
        "processes of this machine",
    )
    group.add_argument(
        "--dry-run",
        action="store_true",
        help="print what would be done and how long it would take, then stop",
    )


def stated_run_options(options: argparse.Namespace) -> list[str]:
    """Return the options of `add_run_options` that were given."""
    parser = argparse.ArgumentParser(add_help=False)
    add_run_options(parser)
    defaults = vars(parser.parse_args([]))
    return [
        "--" + name.replace("_", "-")
        for name, default in defaults.items()
        if getattr(options, name) != default
    ]


def add_out(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the options that say where a command writes."""
    parser.add_argument(
        "--out",
        type=given_path,
        default=Path(default),
        metavar="DIR",
        help=f"folder to write (default: {default}); replaced as a whole, once all is done",
    )
    parser.add_argument(
        "--force", action="store_true", help="write into DIR even if it holds other files"
    )
