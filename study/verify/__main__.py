"""``python -m study.verify``: verify reports, runs, claims and submissions."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from study.command import guarded

if TYPE_CHECKING:
    from study.verify.reading.concept_lists import WordList
    from study.verify.reading.known import Known
    from study.verify.verdict import Verdict

_EXITS = "exit codes: 0 all well, 1 a check failed, 2 bad input or usage, 3 could not be decided"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m study.verify",
        description="Grading checks: is a result reproduced, and if not, why?",
        epilog=f"{_EXITS}. GRADING.md in this package's folder explains how to grade with it.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=text, description=text, epilog=_EXITS)
        added.add_argument("--json", metavar="FILE", help="write the verdict as JSON (- = stdout)")
        added.add_argument("--junit", metavar="FILE", help="write it as JUnit XML (- = stdout)")
        added.add_argument("--out", type=Path, metavar="DIR", help="write verdict.json, .xml, .txt")
        return added

    report = verb("report", "does everything printed in a report follow from the data inside it?")
    report.add_argument("pdf", type=Path, metavar="FILE.pdf")

    runs = verb("runs", "do two runs of one network agree, and if not, why?")
    runs.add_argument("runs", nargs=2, type=Path, metavar="RUN", help="folders or CSV files")
    runs.add_argument(
        "--against",
        nargs=2,
        type=Path,
        metavar="RUN",
        help="second runs: the first two RUNs are then two networks, each compared with its own",
    )
    _add_lists(runs)

    claims = verb("claims", "do a report's claims hold for its runs? (format: GRADING.md)")
    claims.add_argument(
        "claims",
        type=Path,
        metavar="CLAIMS.toml",
        help="a file, or bundled claims: imagenet-places365, miniature",
    )
    claims.add_argument("--runs", nargs="+", required=True, metavar="[NAME=]RUN")
    claims.add_argument("--names", nargs="+", metavar="NAME", help="names of the runs, in order")
    claims.add_argument(
        "--trust-names",
        action="store_true",
        help="accept names that the runs' own records contradict",
    )
    claims.add_argument(
        "--rerun",
        action="store_true",
        help="the runs are a rerun: tolerate the differences of honest reruns",
    )

    submission = verb("submission", "which defects do the files of a submission show?")
    submission.add_argument("folder", type=Path, metavar="DIR")
    submission.add_argument("--claims", type=Path, metavar="CLAIMS.toml")
    submission.add_argument(
        "--rerun",
        action="store_true",
        help="the tables are a rerun of the study that the texts describe",
    )
    _add_lists(submission)

    rerun = verb("rerun", "run a report's study again and diagnose the differences")
    rerun.add_argument("pdf", type=Path, metavar="FILE.pdf")
    rerun.add_argument(
        "--artifacts",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="a folder with inputs (repeatable)",
    )
    rerun.add_argument("--store", type=Path, metavar="DIR", help="cache of computed arrays")
    return parser


def _add_lists(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--concepts",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a concept list that the labels must come from (repeatable)",
    )
    parser.add_argument(
        "--known",
        type=Path,
        metavar="FILE.toml",
        help="facts about the study to use in place of known.toml in this package's folder",
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    return guarded(lambda: _answer(options))


def _answer(options: argparse.Namespace) -> int:
    verdict = _VERBS[options.verb](options)
    texts = {"json": verdict.dumps, "junit": verdict.junit}
    if options.json != "-" and options.junit != "-":
        sys.stdout.write(verdict.table())
    for kind, text in texts.items():
        target = getattr(options, kind)
        if target == "-":
            sys.stdout.write(text())
        elif target:
            _write(Path(target), text())
    if options.out is not None:
        for name, text in (("json", verdict.dumps), ("xml", verdict.junit), ("txt", verdict.table)):
            _write(options.out / f"verdict.{name}", text())
    return int(verdict.exit)


def _write(path: Path, text: str) -> None:
    from study.files.output import write_atomic

    write_atomic(path, text.encode("utf-8", "replace"))


def _lists(options: argparse.Namespace) -> "tuple[WordList, ...]":
    from study.verify.reading.concept_lists import read_list

    return tuple(read_list(path) for path in options.concepts)


def _known(options: argparse.Namespace) -> "Known | None":
    from study.verify.reading.known import read_known

    return read_known(options.known) if options.known else None


def _report(options: argparse.Namespace) -> "Verdict":
    from study.verify.report import verify_report

    return verify_report(options.pdf)


def _runs(options: argparse.Namespace) -> "Verdict":
    from study.verify.reading.descriptions import named_tables
    from study.verify.runs import verify_pairs, verify_runs

    tables = named_tables([*options.runs, *(options.against or [])])
    lists, known = _lists(options), _known(options)
    if options.against:
        pairs = (tables[0], tables[1]), (tables[2], tables[3])
        return verify_pairs(*pairs, lists=lists, known=known)
    return verify_runs(tables[0], tables[1], lists=lists, known=known)


def _claims(options: argparse.Namespace) -> "Verdict":
    from study.verify.claims import verify_claims
    from study.verify.claims.claim_file import read_claims
    from study.verify.reading.descriptions import given_tables

    tables = given_tables(options.runs, names=options.names, trust_names=options.trust_names)
    return verify_claims(read_claims(options.claims), tables, rerun=options.rerun)


def _submission(options: argparse.Namespace) -> "Verdict":
    from study.verify.submission import verify_submission

    return verify_submission(
        options.folder,
        lists=_lists(options),
        claims=options.claims,
        rerun=options.rerun,
        known=_known(options),
    )


def _rerun(options: argparse.Namespace) -> "Verdict":
    import tempfile

    from study.inputs.settings import with_overrides
    from study.inputs.study_file import read_study
    from study.pipeline import Options, run_study
    from study.progress import StderrProgress
    from study.verify.rerun import Again, verify_rerun

    with tempfile.TemporaryDirectory(prefix="study-store-") as store:

        def dissect(again: Again) -> None:
            study = with_overrides(read_study(again.preset), precision=again.precision)
            settings = Options(
                artifacts=tuple(options.artifacts),
                store=options.store or Path(store),
                limit=again.limit,
            )
            run_study(study, out=again.out, options=settings, progress=StderrProgress())

        return verify_rerun(options.pdf, dissect=dissect)


_VERBS = {
    "report": _report,
    "runs": _runs,
    "claims": _claims,
    "submission": _submission,
    "rerun": _rerun,
}


if __name__ == "__main__":
    sys.exit(main())
