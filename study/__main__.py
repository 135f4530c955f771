"""``python -m study``: dissect networks, compare dissections, fetch and check inputs."""

import argparse
import sys
from collections.abc import Mapping
from importlib import import_module

from study import __version__
from study.command import (
    add_columns,
    add_comparing_options,
    add_input_options,
    add_out,
    add_run_options,
    check_study,
    given_path,
    given_text,
    guarded,
    loaded,
)
from study.errors import Exit, StudyError

_EXAMPLES = """\
examples:
  python -m study run miniature                 dissect the study that comes with the program
  python -m study run mine.toml --dry-run       what a run would do, and how long it would take
  python -m study fetch imagenet-places365 --list
                                                files of a study: addresses, sizes, digests, terms
  python -m study compare dissection/objects dissection/scenes
  python -m study view report                   every unit, in a web browser
  python -m study doctor mine.toml              is everything here? what would be reused?

The report: python -m study.report --help. Grading: python -m study.verify --help.
"""
_ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "report": ("study.report.__main__", "write the report (as python -m study.report)"),
    "verify": ("study.verify.__main__", "check what others wrote (as python -m study.verify)"),
}
"""Verbs with a command of their own: its module, and what it does."""
_STUDY = "name of a preset, or a TOML file"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m study",
        description="Describe what the units of vision networks respond to, and compare networks.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"study {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    run = verbs.add_parser("run", help="dissect the networks of a study")
    run.add_argument("study", type=given_text, metavar="STUDY", help=_STUDY)
    add_out(run, "dissection")
    add_run_options(run)
    run.set_defaults(command=_run)

    compare = verbs.add_parser("compare", help="compare finished dissections: results.json")
    compare.add_argument(
        "runs", nargs="+", metavar="[NAME=]RUN", help="folder or CSV file of a dissection"
    )
    compare.add_argument("--names", nargs="+", metavar="NAME", help="names of the runs, in order")
    compare.add_argument(
        "--trust-names", action="store_true", help="accept names that the files contradict"
    )
    add_columns(compare)
    add_comparing_options(compare)
    compare.add_argument(
        "--out", type=given_path, metavar="DIR", help="write DIR/results.json instead of stdout"
    )
    compare.add_argument(
        "--json", action="store_true", help="print results.json even on a terminal"
    )
    compare.set_defaults(command=_compare)

    fetch = verbs.add_parser("fetch", help="download the weights, images and words of a study")
    fetch.add_argument("study", type=given_text, metavar="STUDY", help=_STUDY)
    fetch.add_argument(
        "--out", type=given_path, metavar="DIR", help="folder for the files (default: the cache)"
    )
    fetch.add_argument(
        "--list", action="store_true", help="download nothing; list the files, to get them manually"
    )
    fetch.set_defaults(command=_fetch)

    view = verbs.add_parser("view", help="open the browser of units of a report")
    view.add_argument("out", type=given_path, metavar="OUT", help="the report's folder")
    view.add_argument(
        "unit", type=given_text, nargs="?", default="", help="a unit, e.g. ImageNet/layer4-17"
    )
    view.set_defaults(command=_view)

    for verb, (_, text) in _ELSEWHERE.items():
        verbs.add_parser(verb, help=text, add_help=False)
    doctor = verbs.add_parser("doctor", help="report versions, fonts and caches; what is missing")
    text = "check its inputs and arrays too"
    doctor.add_argument("study", type=given_text, nargs="?", metavar="STUDY", help=text)
    add_input_options(doctor.add_argument_group("the run to check for"))
    doctor.add_argument("--clear", action="store_true", help="delete the kept arrays")
    doctor.add_argument(
        "--out", type=given_path, metavar="DIR", help="write DIR/doctor.txt as well"
    )
    doctor.set_defaults(command=_doctor)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] in _ELSEWHERE:
        module, _ = _ELSEWHERE[given[0]]
        return int(import_module(module).main(given[1:]))
    options = _parser().parse_args(given)
    return guarded(lambda: int(options.command(options)))


def _run(options: argparse.Namespace) -> int:
    check_study(options, options.study)
    from study.pipeline import dissect

    if dissect(options, options.study, options.out):
        sys.stderr.write(f"wrote {options.out.as_posix()}\n")
    return int(Exit.OK)


def _compare(options: argparse.Namespace) -> int:
    from study.comparison import results
    from study.comparison.analysis import analyse
    from study.comparison.brief import brief
    from study.comparison.pairing import Pairing, unpaired_lines

    pairing = Pairing.stated(
        options.pair,
        by_depth=options.by_depth,
        overall_only=options.overall_only,
        common_layers=options.common_layers,
    )
    document = analyse(
        loaded(options),
        pairing=pairing,
        different_inputs=options.allow_different_inputs,
        same_network=options.same_network,
    )
    for line in unpaired_lines(document):
        sys.stderr.write(f"{line}\n")
    if options.out is None:
        to_people = sys.stdout.isatty() and not options.json
        sys.stdout.write(brief(document) if to_people else results.dumps(document))
    else:
        target = options.out / "results.json"
        if target.is_file() and not results.is_results(target):
            raise StudyError(f"{target.name}: the folder holds another file of this name: keep it")
        results.write(document, target)
        sys.stderr.write(f"wrote {(options.out / 'results.json').as_posix()}\n")
    return int(Exit.OK)


def _fetch(options: argparse.Namespace) -> int:
    from study.inputs import artifacts
    from study.inputs.study_file import read_study
    from study.progress import StderrProgress

    study = read_study(options.study)
    names = artifacts.needed_artifacts(study)
    progress = StderrProgress()
    weights = study.encoder.weights
    by_tag = weights and ":" not in weights and artifacts.pinned(weights) is None
    if by_tag:
        progress.note(
            f"[encoder] {study.encoder.model}, {weights}: open_clip brings these weights itself "
            "when the study first runs; without a network, bring their file and write "
            'weights = "file:PATH"'
        )
    if not names and not by_tag:
        progress.note(f"{options.study} needs no files from elsewhere")
    elif options.list:
        pins = artifacts.load_pins()
        for name in names:
            sys.stdout.write(f"{artifacts.announcement(pins[name])}\n")
    else:
        for name, path in artifacts.fetch(names, folder=options.out, progress=progress).items():
            progress.note(f"{name}: {path.as_posix()}")
    return int(Exit.OK)


def _view(options: argparse.Namespace) -> int:
    from study.report.browser.viewing import view

    address, opened = view(options.out, options.unit)
    if not opened:
        sys.stderr.write("no web browser was found: open this address in one\n")
    sys.stdout.write(f"{address}\n")
    return int(Exit.OK)


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
        trust_code=options.trust_code,
        allow_duplicates=options.allow_duplicates,
    )
    sys.stdout.write(text)
    if options.out is not None:
        from study.files.output import write_atomic

        write_atomic(options.out / "doctor.txt", text.encode())
    return code


if __name__ == "__main__":
    sys.exit(main())
