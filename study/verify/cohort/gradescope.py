"""``results.json`` as Gradescope's autograder reads it, one for each submission.

A test is a kind of finding, or a claim. It has a status, "passed" or "failed", and an output that
names the files; one that could not be decided has no status. Marks come from the teacher alone: a
TOML file gives points to findings, causes and claims by name, ``[points]`` with the line
``names_swapped = 5``. Each of these becomes a test with ``max_score``, whose ``score`` is all of it
or nothing. Without such a file there are no scores. Nothing about other submissions is in the
file, and students see it only after the marks are published.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.files.documents import loads_toml
from study.files.output import read_bytes
from study.verify.claims.mistakes import MISTAKES
from study.verify.cohort.record import UNREAD, Record
from study.verify.submission.findings import ADVICE
from study.verify.verdict import FAILED, NOTE, OK, UNDECIDED, Check

Points = Mapping[str, float]
VISIBILITY = "after_published"
"""When students see the tests: findings are for a person to look at first."""
_MOST = 1 << 20


def read_points(path: Path) -> Points:
    """Read points by the names of findings and claims.

    Raises
    ------
    StudyError
        If it is no TOML file with a table of numbers from 0 called ``points``.
    """
    try:
        document = loads_toml(read_bytes(path, most=_MOST))
    except ValueError as error:
        raise StudyError(f"{path.name}: not a TOML file: {str(error)[:200]}") from None
    points = document.get("points")
    if not isinstance(points, dict) or not points or set(document) - {"points"}:
        raise StudyError(f"{path.name}: expected one table, [points], found {', '.join(document)}")
    for name, value in points.items():
        if type(value) not in (int, float) or not 0 <= value < 1e6:
            raise StudyError(f"{path.name}: {name}: expected points from 0, found {value!r}")
    return {name: float(value) for name, value in points.items()}


def results(record: Record, points: Points) -> dict[str, Any]:
    """Return what Gradescope reads of a submission.

    Points for a claim go by its id, others by the kind of finding. A submission that could not be
    read, and a check that could not be decided, get no score: a person gives it.
    """
    by_name: dict[str, list[Check]] = {}
    notes = []
    for check in record.verdict.checks:
        if check.status == NOTE:
            notes.append(check)
        else:
            by_name.setdefault(_name(check), []).append(check)
    for cause in record.verdict.causes:
        if cause.cause in points and cause.cause not in by_name:
            by_name[cause.cause] = [Check(cause.cause, FAILED, text) for text in cause.evidence]
    unread = record.status == UNREAD
    names = dict.fromkeys([*by_name, *(() if unread else points)])
    tests = [_test(name, by_name.get(name, []), None if unread else points) for name in names]
    tests.sort(key=lambda test: (_ORDER[test.get("status", "")], test["name"]))
    if not tests:
        tests = [{"name": "findings", "status": "passed", "output": "none"}]
    return {
        "visibility": VISIBILITY,
        "output": _listed(record.verdict.verdict, notes),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "tests": tests,
    }


_ORDER: Mapping[str, int] = {"failed": 0, "": 1, "passed": 2}


def _name(check: Check) -> str:
    """Return the test of a check: the id of a claim, or the kind of finding."""
    if "claim" in check.facts and check.check not in ADVICE and check.check not in MISTAKES:
        return check.place or check.check
    return check.check.replace(" ", "_")


def _test(name: str, checks: Sequence[Check], points: Points | None) -> dict[str, Any]:
    statuses = {check.status for check in checks}
    test: dict[str, Any] = {"name": name}
    if FAILED in statuses:
        test["status"] = "failed"
    elif UNDECIDED not in statuses:
        test["status"] = "passed"
    if points is not None and name in points and "status" in test:
        test["score"] = points[name] if test["status"] == "passed" else 0.0
        test["max_score"] = points[name]
    failed = [check for check in checks if check.status != OK] or checks
    test["output"] = "\n\n".join(map(_line, failed)) or "no such finding"
    return test


def _line(check: Check) -> str:
    place = f"{check.place}: " if check.place else ""
    return "\n".join(filter(None, (f"{place}{check.detail}", check.advice)))


def _listed(sentence: str, notes: Sequence[Check]) -> str:
    return "\n".join([sentence, *(f"note: {check.check}: {_line(check)}" for check in notes)])
