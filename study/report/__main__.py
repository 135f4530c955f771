"""``python -m study.report``: write the report of a study or of finished dissections."""

import argparse
import gc
import shlex
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from study.command import (
    add_columns,
    add_comparing_options,
    add_out,
    add_run_options,
    check_study,
    given_text,
    guarded,
    loaded,
    stated_run_options,
)
from study.errors import Exit, StudyError
from study.files.documents import decoded
from study.report.about import NAMES, add_about_options, stated_about

if TYPE_CHECKING:
    from study.comparison.pairing import Pairing
    from study.dissection.run import Run
    from study.inputs.settings import AboutSettings, ComparisonSettings


_FORMATS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"all": ("pdf", "html", "units"), "pdf": ("pdf",), "html": ("html", "units")}
)
"""What is written for each choice of the format."""
_FILES = {"pdf": "report.pdf", "html": "report.html", "units": "units.html"}
_NAMES = ("--columns", "--names", "--pair", *NAMES)
"""Options whose values are names, not paths."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m study.report",
        description="Write the report of a study as PDF and HTML, with its data inside.",
        epilog="Without arguments, it runs the bundled miniature study and writes to report/.",
    )
    parser.add_argument(
        "study",
        type=given_text,
        nargs="?",
        metavar="STUDY",
        help="a preset (miniature, imagenet-places365) or a TOML file; default: miniature",
    )
    parser.add_argument(
        "--runs",
        nargs="+",
        metavar="[NAME=]RUN",
        help="finished dissections instead: folders or descriptions.csv files of any origin",
    )
    parser.add_argument("--names", nargs="+", metavar="NAME", help="names of the runs, in order")
    parser.add_argument(
        "--trust-names",
        action="store_true",
        help="keep a name even if the files found with the table suggest another",
    )
    add_columns(parser)
    add_comparing_options(parser)
    parser.add_argument(
        "--format",
        choices=tuple(_FORMATS),
        default="all",
        help="html (the page and the browser of units) needs no system libraries",
    )
    parser.add_argument(
        "--browser-only", action="store_true", help="write units.html alone, the browser of units"
    )
    parser.add_argument(
        "--png", action="store_true", help="write each figure as PNG (300 dpi) beside its SVG"
    )
    parser.add_argument(
        "--system-fonts",
        action="store_true",
        help="print labels in scripts that the program's fonts lack with fonts of this machine; "
        "such a report is verified only where the same fonts are",
    )
    add_about_options(parser)
    add_out(parser, "report")
    add_run_options(parser)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(given)
    return guarded(lambda: _report(options, given))


def _report(options: argparse.Namespace, given: list[str]) -> int:
    from study.files.output import check_apart, check_replaceable

    if options.runs and options.study:
        raise StudyError(
            f"expected either a study or --runs, found both: {options.study} and --runs"
        )
    if options.columns is not None and not options.runs:
        raise StudyError("--columns is about finished dissections: add --runs")
    if options.runs and (stated := stated_run_options(options)):
        raise StudyError(
            f"--runs takes finished dissections, so options for dissecting do not apply: remove "
            f"{', '.join(stated)}"
        )
    check_replaceable(options.out, force=options.force)
    if options.runs:
        from study.dissection.run_files import named_paths

        check_apart(options.out, named_paths(options.runs, None)[0])
        return _from_runs(options, given)
    return _from_study(options, given)


@contextmanager
def _no_collections() -> Iterator[None]:
    """Search for no garbage cycles: nearly all objects of a page live until it is written."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_no_collections()
def _from_runs(options: argparse.Namespace, given: list[str]) -> int:
    pairing, about = _pairing(options), stated_about(options, None)
    return _build(options, given, loaded(options), pairing=pairing, about=about)


def _pairing(options: argparse.Namespace, stated: "ComparisonSettings | None" = None) -> "Pairing":
    """Return how layers are paired: as the command says, else as the study does."""
    from study.comparison.pairing import Pairing

    rule = Pairing.stated(
        options.pair,
        by_depth=options.by_depth,
        overall_only=options.overall_only,
        common_layers=options.common_layers,
    )
    if stated is None or rule != Pairing():
        return rule
    return Pairing(stated.pair, stated.by_depth, stated.overall_only).checked()


def _from_study(options: argparse.Namespace, given: list[str]) -> int:
    check_study(options, options.study or "miniature")
    from study.comparison.pairing import check_layers
    from study.dissection.loaded import read_output
    from study.files import leftovers
    from study.inputs.study_file import read_study

    study = read_study(options.study or "miniature")
    pairing, about = _pairing(options, study.comparison), stated_about(options, study.report)
    if not options.overall_only:
        check_layers(study, pairing)
    from study.pipeline import TIMINGS, dissect  # torch, once all that needs none is checked

    options.out.parent.mkdir(parents=True, exist_ok=True)
    leftovers.sweep(options.out.parent, "study-run")
    begins = leftovers.prefix("study-run")
    with tempfile.TemporaryDirectory(prefix=begins, dir=options.out.parent) as folder:
        run = Path(folder) / "run"
        if not dissect(options, options.study or "miniature", run):
            return int(Exit.OK)
        manifest, runs = read_output(run)
        further = {TIMINGS: (run / TIMINGS).read_bytes()}
        return _build(options, given, runs, manifest, further, pairing=pairing, about=about)


@_no_collections()
def _build(
    options: argparse.Namespace,
    given: list[str],
    runs: "tuple[Run, ...]",
    manifest: dict[str, Any] | None = None,
    further: Mapping[str, bytes] = MappingProxyType({}),
    *,
    pairing: "Pairing",
    about: "AboutSettings",
) -> int:
    from study.report import build

    formats = ("units",) if options.browser_only else _FORMATS[options.format]
    out = build(
        runs,
        out=options.out,
        manifest=manifest,
        formats=formats,
        force=options.force,
        command=_printed(given),
        about=about,
        system_fonts=options.system_fonts,
        pairing=pairing,
        different_inputs=options.allow_different_inputs,
        same_network=options.same_network,
        png=options.png,
        warn=_note,
        further=further,
    )
    for kind in formats:
        _note(f"wrote {(out / _FILES[kind]).as_posix()}")
    sys.stdout.write(f"{(options.out / _FILES[formats[0]]).as_posix()}\n")
    return int(Exit.OK)


def _printed(given: list[str]) -> str:
    """Return the command as the report prints it: file names only, no folders."""
    words: list[str] = []
    option = ""
    for word in given:
        option = word if word.startswith("--") else option
        if option in _NAMES:
            words.append(word)
            continue
        name, equals, value = word.partition("=")
        shown = f"{name}={Path(value).name}" if equals else word
        words.append(Path(shown).name if "/" in shown or "\\" in shown else shown)
    line = shlex.join(["python", "-m", "study.report", *map(decoded, words)])
    return line.encode("utf-8", "replace").decode()


def _note(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
