"""``python -m study``: dissect, compare, fetch, and say what is missing."""

import argparse
import sys
from pathlib import Path

from study import __version__
from study.command import add_out, add_run_options, guarded
from study.errors import Exit
from study.settings import DEVICES, PRECISIONS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m study",
        description="Name what the units of vision networks respond to, and compare networks.",
        epilog="The report: python -m study.report --help. Grading: python -m study.verify --help.",
    )
    parser.add_argument("--version", action="version", version=f"study {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    run = verbs.add_parser("run", help="dissect the networks of a study")
    run.add_argument("study", metavar="STUDY", help="a preset's name or a TOML file")
    add_out(run, "dissection")
    add_run_options(run)
    run.set_defaults(command=_run)

    compare = verbs.add_parser("compare", help="compare finished dissections: results.json")
    compare.add_argument("runs", nargs="+", metavar="[NAME=]RUN", help="folders or CSV files")
    compare.add_argument("--names", nargs="+", metavar="NAME", help="names, in order")
    compare.add_argument("--trust-names", action="store_true", help="keep a name against evidence")
    compare.add_argument("--common-layers", action="store_true", help="only layers that all have")
    compare.add_argument(
        "--out", type=Path, metavar="DIR", help="write DIR/results.json instead of stdout"
    )
    compare.set_defaults(command=_compare)

    fetch = verbs.add_parser("fetch", help="bring the weights, images and words of a study")
    fetch.add_argument("study", metavar="STUDY", help="a preset's name or a TOML file")
    fetch.add_argument("--out", type=Path, metavar="DIR", help="folder to keep them in")
    fetch.add_argument("--list", action="store_true", help="only list what to bring by hand")
    fetch.set_defaults(command=_fetch)

    doctor = verbs.add_parser("doctor", help="versions, fonts, caches: what is missing and why")
    doctor.add_argument("study", nargs="?", metavar="STUDY", help="look at this study's inputs too")
    doctor.add_argument(
        "--artifacts",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="files brought by hand",
    )
    doctor.add_argument("--store", type=Path, metavar="DIR", help="the folder of kept arrays")
    doctor.add_argument("--limit", type=int, metavar="N", help="as for the run asked about")
    doctor.add_argument("--precision", choices=tuple(PRECISIONS), help="as for the run asked about")
    doctor.add_argument("--device", choices=DEVICES, help="as for the run asked about")
    for option in ("--skip-unreadable", "--allow-duplicates"):
        doctor.add_argument(option, action="store_true", help="as for the run asked about")
    doctor.add_argument("--clear", action="store_true", help="delete the kept arrays")
    doctor.add_argument("--out", type=Path, metavar="DIR", help="write DIR/doctor.txt as well")
    doctor.set_defaults(command=_doctor)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    return guarded(lambda: int(options.command(options)))


def _run(options: argparse.Namespace) -> int:
    from study.pipeline.command import dissect

    if dissect(options, options.study, options.out):
        sys.stderr.write(f"wrote {options.out.as_posix()}\n")
    return int(Exit.OK)


def _compare(options: argparse.Namespace) -> int:
    from study import results
    from study.analysis import analyse
    from study.runs import load_named_runs

    runs = load_named_runs(options.runs, names=options.names, trust_names=options.trust_names)
    document = analyse(runs, common_layers=options.common_layers)
    if options.out is None:
        sys.stdout.write(results.dumps(document))
    else:
        results.write(document, options.out / "results.json")
        sys.stderr.write(f"wrote {(options.out / 'results.json').as_posix()}\n")
    return int(Exit.OK)


def _fetch(options: argparse.Namespace) -> int:
    from study.fetching import fetch_study

    return fetch_study(options.study, folder=options.out, only_list=options.list)


def _doctor(options: argparse.Namespace) -> int:
    from study.doctor import examine

    text, code = examine(
        options.study,
        folders=options.artifacts,
        store=options.store,
        clear=options.clear,
        limit=options.limit,
        precision=options.precision,
        device=options.device,
        skip_unreadable=options.skip_unreadable,
        allow_duplicates=options.allow_duplicates,
    )
    sys.stdout.write(text)
    if options.out is not None:
        from study.output import write_atomic

        write_atomic(options.out / "doctor.txt", text.encode())
    return code


if __name__ == "__main__":
    sys.exit(main())
