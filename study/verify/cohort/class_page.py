"""A class as one page that opens offline, runs no script and fetches nothing."""

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from study.files.folders import resource
from study.files.resolving import resolved
from study.progress import plain_line
from study.report.page import template
from study.verify.cohort.class_verdict import STATUSES, ClassVerdict, Entry
from study.verify.cohort.members import Member
from study.verify.verdict import FAILED, NOTE, UNDECIDED, Check

LARGEST_PICTURES = 12_000_000
"""The most characters of small copies of pictures on a page; further ones are counted."""
_CHECKS = 40
"""Findings of one submission that the page lists; verdict.json has all."""


def html(verdict: ClassVerdict, members: list[Member], folder: Path, out: Path) -> str:
    """Return the page of a class.

    Parameters
    ----------
    verdict
        The class.
    members
        Its submissions, in the order of the verdict's entries.
    folder
        The folder of the class.
    out
        The folder that the page is for; where both lie in a common folder other than the root,
        the names of files are links.
    """
    style = resource("templates/class.css").read_text(encoding="utf-8")
    base = _base(resolved(folder), resolved(out))
    paths = {m.slug: m.path.name for m in members}
    budget = LARGEST_PICTURES
    shown = []
    for entry in verdict.ordered():
        pictures = {}
        for name, data in entry.record.pictures.items():
            if len(data) <= budget:
                budget -= len(data)
                pictures[name] = data
        shown.append(_section(entry, pictures, base, paths[entry.slug]))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return template("class.html.j2").render(
        verdict=verdict,
        statuses=STATUSES,
        counts=verdict.counts(),
        sections=shown,
        in_common=_in_common(verdict),
        style=Markup(style),  # noqa: S704 - the program's own sheet
        style_digest=f"sha256-{digest}",
    )


def _section(
    entry: Entry, pictures: Mapping[str, str], base: str | None, folder: str
) -> dict[str, Any]:
    """Return what the page shows of one submission."""
    record = entry.record
    checks = record.verdict.checks
    found = [check for check in checks if check.status in (FAILED, UNDECIDED)]
    return {
        "name": entry.name,
        "slug": entry.slug,
        "status": record.status,
        "sentence": plain_line(record.verdict.verdict).removeprefix(f"{entry.name}: "),
        "findings": record.findings(),
        "causes": list(dict.fromkeys(cause.cause for cause in record.verdict.causes)),
        "claims": record.claims,
        "checks": [_row(check, pictures) for check in found[:_CHECKS]],
        "more": max(0, len(found) - _CHECKS),
        "notes": [_plain(check) for check in checks if check.status == NOTE],
        "files": [(plain_line(name), _link(base, folder, name)) for name in record.files],
        "unshown": record.unshown + len(record.pictures) - len(pictures),
    }


def _row(check: Check, pictures: Mapping[str, str]) -> dict[str, Any]:
    """Return one finding with the small copies of the pictures that it is about."""
    mentioned = [name for name in pictures if name == check.place]
    if mentioned:
        mentioned += [name for name in pictures if f"shows what {name} shows (" in check.detail]
    shown = [(plain_line(name), pictures[name]) for name in mentioned]
    return {"check": _plain(check), "pictures": shown}


def _plain(check: Check) -> Check:
    """Return a check without characters that turn or hide the text around them."""
    place, detail, advice = map(plain_line, (check.place, check.detail, check.advice))
    return replace(check, place=place, detail=detail, advice=advice)


def _in_common(verdict: ClassVerdict) -> list[dict[str, Any]]:
    return [
        {
            "sentence": likeness.sentence(len(verdict.entries)),
            "who": [verdict.entries[member] for member in likeness.members],
            "shared": {kind: list(map(plain_line, n)) for kind, n in likeness.shared.items()},
            "common": likeness.common,
        }
        for likeness in verdict.likenesses
    ]


def _base(folder: Path, out: Path) -> str | None:
    """Return the way from the page to the class's folder; `None` if it leads over the root."""
    try:
        common = Path(os.path.commonpath([folder, out]))
    except ValueError:
        return None
    if common == Path(common.anchor):
        return None
    return Path(os.path.relpath(folder, out)).as_posix()


def _link(base: str | None, folder: str, name: str) -> str:
    if base is None:
        return ""
    return quote(os.fsencode(f"{base}/{folder}/{name}"))
