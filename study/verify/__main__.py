"""``python -m study.verify``: verify reports, runs, claims, submissions and classes."""

import argparse
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from study.command import given_path, given_text, guarded
from study.errors import StudyError
from study.verify.class_options import add_class

if TYPE_CHECKING:
    from study.verify.verdict import Verdict

Verify = Callable[[argparse.Namespace], "Verdict"]
_VERDICT = re.compile(rb'"study-verdict/|<testsuite\b|^\s*$')
_HEAD = 4096
"""Bytes at the start of a file that tell whether it is a verdict."""
_EXITS = "exit codes: 0 all well, 1 a check failed, 2 bad input or usage, 3 could not be decided"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m study.verify",
        description="Grading checks: is a result reproduced, and if not, why?",
        epilog=f"{_EXITS}. GRADING.md in this package's folder explains how to grade with it.",
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, verify: Verify, does: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=does, description=does, epilog=_EXITS)
        for flag, form in (("--json", "the verdict as JSON"), ("--junit", "it as JUnit XML")):
            text = f"write {form} (- = stdout)"
            added.add_argument(flag, type=given_text, metavar="FILE", help=text)
        text = "write verdict.json, .xml, .txt"
        if name == "class":
            text = (
                "write class.html, .csv, .json, .xml, .txt and each submission's verdict; replaced "
                "as a whole, once all is done; the same command goes on after an interruption"
            )
        added.add_argument("--out", type=given_path, metavar="DIR", help=text)
        added.set_defaults(verify=verify)
        return added

    report = verb("report", _report, "does everything printed follow from the data inside it?")
    text = "the report; with --html, by default report.pdf beside that file"
    report.add_argument("pdf", type=given_path, nargs="?", metavar="FILE.pdf", help=text)
    text = "check the browser of units, units.html, against the report's data too"
    report.add_argument("--html", type=given_path, metavar="FILE", help=text)

    runs = verb("runs", _runs, "do two runs of one network agree, and if not, why?")
    runs.add_argument("runs", nargs=2, type=given_path, metavar="RUN", help="folders or CSV files")
    text = "second runs: the first two RUNs are then two networks, each compared with its own"
    runs.add_argument("--against", nargs=2, type=given_path, metavar="RUN", help=text)
    _add_lists(runs)

    claims = verb("claims", _claims, "do a report's claims hold for its runs? (format: GRADING.md)")
    text = "a file, or bundled claims: imagenet-places365, miniature"
    claims.add_argument("claims", type=given_path, nargs="?", metavar="CLAIMS.toml", help=text)
    text = (
        "write claims drafted from a report to standard output, for a grader to check: a PDF, "
        "Markdown, text or notebook; uncertain ones are comments"
    )
    claims.add_argument("--draft", type=given_path, metavar="REPORT", help=text)
    text = (
        "the runs; further ones of a name are reruns, whose differences are tolerated; without "
        "runs, claims are checked against each other, the architecture and --concepts"
    )
    claims.add_argument("--runs", nargs="+", default=[], metavar="[NAME=]RUN", help=text)
    claims.add_argument("--names", nargs="+", metavar="NAME", help="names of the runs, in order")
    text = "accept names that the runs' own records contradict"
    claims.add_argument("--trust-names", action="store_true", help=text)
    text = "the runs are a rerun: tolerate the differences of honest reruns"
    claims.add_argument("--rerun", action="store_true", help=text)
    _add_lists(claims)

    submission = verb("submission", _submission, "which defects do a submission's files show?")
    submission.add_argument("folder", type=given_path, metavar="DIR")
    submission.add_argument("--claims", type=given_path, metavar="CLAIMS.toml")
    text = "the tables are a rerun of the study that the texts describe"
    submission.add_argument("--rerun", action="store_true", help=text)
    _add_concepts(submission)
    _add_expect(submission)

    cohort = verb("class", _class, "which defects does each submission below a folder show?")
    _add_concepts(cohort)
    _add_expect(cohort)
    add_class(cohort)

    rerun = verb("rerun", _rerun, "run a report's study again and diagnose the differences")
    rerun.add_argument("pdf", type=given_path, metavar="FILE.pdf")
    _add_files(rerun, "--artifacts", "DIR", "a folder with inputs (repeatable)")
    rerun.add_argument("--store", type=given_path, metavar="DIR", help="cache of computed arrays")
    return parser


def _add_concepts(parser: argparse.ArgumentParser) -> None:
    text = "a concept list that the labels must come from (repeatable)"
    _add_files(parser, "--concepts", "FILE", text)


def _add_expect(parser: argparse.ArgumentParser) -> None:
    text = "what is asked for, and facts about the study: a file, or the bundled: assignment"
    parser.add_argument("--expect", type=given_path, metavar="FILE.toml", help=text)
    parser.add_argument("--known", type=given_path, dest="expect", help=argparse.SUPPRESS)


def _add_lists(parser: argparse.ArgumentParser) -> None:
    _add_concepts(parser)
    text = "facts about the study to use in place of known.toml in this package's folder"
    parser.add_argument("--known", type=given_path, metavar="FILE.toml", help=text)


def _add_files(parser: argparse.ArgumentParser, flag: str, metavar: str, text: str) -> None:
    parser.add_argument(
        flag, type=given_path, action="append", default=[], metavar=metavar, help=text
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    return guarded(lambda: _answer(options))


def _answer(options: argparse.Namespace) -> int:
    from study.files.output import write_atomic

    if getattr(options, "draft", None) is not None:
        return _draft(options)
    verdict: Verdict = options.verify(options)
    if "-" not in (options.json, options.junit):
        sys.stdout.write(verdict.table(color=_colored()))
    texts = {"json": verdict.dumps, "xml": verdict.junit, "txt": verdict.table}
    targets = [(options.json, "json"), (options.junit, "xml")]
    if options.out is not None:
        targets += [(options.out / f"verdict.{kind}", kind) for kind in texts]
    for target, kind in targets:
        if target == "-":
            sys.stdout.write(texts[kind]())
        elif target:
            _check_free(Path(target))
            write_atomic(Path(target), texts[kind]().encode("utf-8", "replace"))
    return int(verdict.exit)


def _draft(options: argparse.Namespace) -> int:
    from study.verify.draft import draft

    other = {"CLAIMS.toml": options.claims, "--runs": options.runs, "--rerun": options.rerun}
    other |= {"--json": options.json, "--junit": options.junit, "--out": options.out}
    if given := [name for name, value in other.items() if value]:
        raise StudyError(f"--draft writes claims and gives no verdict: take {given[0]} out")
    sys.stdout.write(draft(options.draft, names=options.names or ()))
    return 0


def _colored() -> bool:
    """Return whether standard output is a terminal that shows colours."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain


def _check_free(target: Path) -> None:
    """Refuse to write a verdict over a file that is none."""
    if target.is_file() and not _VERDICT.search(target.read_bytes()[:_HEAD]):
        raise StudyError(f"{target.name}: this file is no verdict, so it is not replaced")


def _given(options: argparse.Namespace) -> dict[str, Any]:
    """Read what `_add_lists` adds."""
    from study.comparison.word_lists import read_list
    from study.verify.reading.known import read_known

    lists = tuple(map(read_list, options.concepts))
    return {"lists": lists, "known": read_known(options.known) if options.known else None}


def _report(options: argparse.Namespace) -> "Verdict":
    from study.verify.report import verify_report

    pdf, html = options.pdf, options.html
    if pdf is None and html is None:
        raise StudyError("expected FILE.pdf, the report to verify")
    if pdf is None:
        inside = html.name == "index.html"
        pdf = (html.parent.parent if inside else html.parent) / "report.pdf"
    return verify_report(pdf, html=html)


def _runs(options: argparse.Namespace) -> "Verdict":
    from study.verify.reading.descriptions import check_records, named, read_table
    from study.verify.runs import verify_pairs, verify_runs

    paths = [*options.runs, *(options.against or [])]
    tables = [read_table(path) for path in paths]
    check_records(tables)
    a, b, *against = named(tables)
    if against:
        return verify_pairs((a, b), (against[0], against[1]), **_given(options))
    return verify_runs(a, b, **_given(options))


def _claims(options: argparse.Namespace) -> "Verdict":
    from study.verify.claims import verify_claims
    from study.verify.claims.claim_file import read_claims
    from study.verify.reading.descriptions import given_tables, read_table

    if options.claims is None:
        raise StudyError("expected CLAIMS.toml, the claims to verify, or --draft REPORT")
    claims = read_claims(options.claims)
    if not options.runs:
        from study.verify.claims.alone import verify_alone
        from study.verify.reading.known import assignment

        given = _given(options)
        return verify_alone(claims, lists=given["lists"], known=given["known"] or assignment())
    first, again = _further(options.runs)
    tables = given_tables(first, names=options.names, trust_names=options.trust_names)
    further = [read_table(Path(path), name=name) for name, path in again]
    return verify_claims(claims, tables, rerun=options.rerun, further=further)


def _further(items: list[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """Part NAME=RUN items into the first of each name, and the further runs of a name."""
    first, again, names = [], [], set()
    for item in items:
        name, equals, path = item.partition("=")
        if equals and name in names and path and not Path(item).exists():
            again.append((name, path))
        else:
            first.append(item)
            names.add(name)
    return first, again


def _submission(options: argparse.Namespace) -> "Verdict":
    from study.comparison.word_lists import read_list
    from study.verify.reading.known import read_expected
    from study.verify.submission import verify_submission

    return verify_submission(
        options.folder,
        lists=tuple(map(read_list, options.concepts)),
        claims=options.claims,
        rerun=options.rerun,
        known=read_expected(options.expect) if options.expect else None,
    )


def _class(options: argparse.Namespace) -> "Verdict":
    from study.progress import StderrProgress
    from study.verify.cohort import verify_class
    from study.verify.cohort.judging import Settings

    settings = Settings(tuple(options.concepts), options.claims, options.expect, options.rerun)
    out, options.out = options.out, None  # the class's folder is written as a whole
    return verify_class(
        options.folder,
        out=out,
        settings=settings,
        points=options.points,
        jobs=options.jobs,
        force=options.force,
        progress=StderrProgress(),
    )


def _rerun(options: argparse.Namespace) -> "Verdict":
    import tempfile

    from study.inputs.settings import with_overrides
    from study.inputs.study_file import read_study
    from study.pipeline import Options, run_study
    from study.progress import StderrProgress
    from study.verify.rerun import verify_rerun

    def dissect(preset: str, out: Path, precision: str | None, limit: int | None) -> None:
        study = with_overrides(read_study(preset), precision=precision)
        with tempfile.TemporaryDirectory(prefix="study-store-") as temporary:
            store = options.store or Path(temporary)
            settings = Options(artifacts=tuple(options.artifacts), store=store, limit=limit)
            run_study(study, out=out, options=settings, progress=StderrProgress())

    return verify_rerun(options.pdf, dissect=dissect)


if __name__ == "__main__":
    sys.exit(main())
