"""What a report says of its makers and their expectations: options, and entries of its manifest."""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from study.comparison.results import members
from study.dissection.families import FAMILIES, OWN
from study.errors import StudyError

if TYPE_CHECKING:
    from study.inputs.settings import AboutSettings

NAMES = ("--title", "--authors", "--team", "--course", "--date", "--repository", "--expect")
"""Options whose values are printed as they are given."""
_HELP: Mapping[str, str] = {
    "--title": "title of the report",
    "--team": "team of the authors",
    "--course": "course or project",
    "--date": "date, printed as given",
    "--repository": "where code and data are kept",
}


def add_about_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that state what a study's file states under ``[report]``."""
    group = parser.add_argument_group("about the report (of a study: its file's [report])")
    group.add_argument(
        "--authors", nargs="+", action="extend", metavar="NAME", help="who made the report"
    )
    for option, text in _HELP.items():
        group.add_argument(option, metavar="TEXT", help=text)
    group.add_argument(
        "--expect",
        nargs="+",
        action="extend",
        metavar="NETWORK=KIND,...",
        help="kinds of concepts of which a network is expected to have more, such as "
        "Places365=scene: the report says what became of it",
    )


def stated_about(options: argparse.Namespace, study: "AboutSettings | None") -> "AboutSettings":
    """Return what options state about a report and, where they are silent, its study.

    Raises
    ------
    StudyError
        If an expectation is not NETWORK=KIND,...
    """
    from study.inputs import study_file

    given = {
        "expected" if name == "expect" else name: getattr(options, name)
        for name in (option.removeprefix("--") for option in NAMES)
        if getattr(options, name) is not None
    }
    if "expected" in given:
        expected: dict[str, list[str]] = {}
        for network, kinds in map(_expectation, given["expected"]):
            expected.setdefault(network, []).extend(kinds)
        given["expected"] = expected
    known = study.to_json() if study else {}
    before = {**known.get("about", {}), "expected": known.get("expected", {})}
    return study_file.stated_about(before | given, caller="study.report")


def _expectation(text: str) -> tuple[str, list[str]]:
    network, _, kinds = text.rpartition("=")
    words = [word.strip() for word in kinds.split(",") if word.strip()]
    if not network or not words:
        raise StudyError(
            f"--expect: expected NETWORK=KIND,... such as Places365=scene, found {text!r}"
        )
    return network, words


def checked_about(about: "AboutSettings", document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stated about a report for its manifest, once expectations fit its results.

    Raises
    ------
    StudyError
        If something is expected of a network that is not compared, of a kind of concept that
        there is not, or of both networks.
    """
    names = [network["name"] for network in document["networks"]]
    grouped = [one["categories"] for one in members(document) if one["categories"]]
    known = {kind for categories in grouped for kind in categories["names"]}
    if any(categories.get("source") == OWN for categories in grouped):
        known |= set(FAMILIES)  # one that no label has can be expected in vain
    for network, kinds in about.expected.items():
        if network not in names:
            raise StudyError(
                f"expected of {network!r}: expected one of the compared networks {', '.join(names)}"
            )
        unknown = [kind for kind in kinds if kind not in known]
        if unknown and known:  # where none are known, the report says that nothing is judged
            raise StudyError(
                f"expected of {network!r}: found the kind {unknown[0]!r}, the kinds are "
                f"{', '.join(sorted(known))}"
            )
    if len(names) == len(about.expected) == 2:
        one, other = about.expected.values()
        if twice := [kind for kind in one if kind in other]:
            raise StudyError(
                f"expected: more of the kind {twice[0]!r} cannot be expected of both "
                f"{names[0]!r} and {names[1]!r}"
            )
    return about.to_json()
