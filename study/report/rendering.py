"""Evidence → pages: a pure function of the files, so that anyone can do it again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from study.errors import StudyError
from study.report import evidence, html, law, pdf
from study.report.cards import cards
from study.report.drawings import drawings
from study.report.pen import Pen
from study.resources import resource

FORMATS = ("pdf", "html")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A report in memory.

    Attributes
    ----------
    html, pdf
        The pages; "" and b"" where that format was not asked for.
    figures
        File name to SVG.
    warnings
        What the program that sets the PDF complained of; empty when all is well.
    """

    html: str
    pdf: bytes
    figures: Mapping[str, bytes]
    warnings: tuple[str, ...]


def render(
    files: Mapping[str, bytes],
    *,
    formats: tuple[str, ...] = FORMATS,
    pictures: Mapping[str, bytes] | None = None,
) -> Rendered:
    """Make the report from its evidence alone.

    Parameters
    ----------
    files
        What `study.report.evidence.extract` takes out of a report: ``results.json``,
        ``manifest.json``, the tables and the runs' files.
    formats
        "pdf", "html" or both.
    pictures
        Further unit cards, for the HTML page alone: a PDF carries those that it shows.

    Raises
    ------
    StudyError
        If the evidence is not that of a report, a system library is missing, or the page holds
        a number that no key accounts for.
    """
    seen = document(files)
    style = resource("templates/report.css").read_text(encoding="utf-8")
    drawn = drawings(Pen(seen, paper=True))
    for drawing in drawn.values():
        _lawful(law.unbound_in_figure(drawing.svg), f"figure {drawing.name}")
    pages = {}
    for medium in formats:
        paper = medium == "pdf"
        held = files if paper else {**files, **(pictures or {})}
        of_medium = seen if paper else {**seen, "cards": _cards(seen, held)}
        pages[medium] = html.page(Pen(of_medium, paper=paper), drawn, held, style=style)
        _lawful(law.Page(pages[medium]).unbound(), f"the {medium} page")
    made: bytes = b""
    warnings: tuple[str, ...] = ()
    if "pdf" in formats:
        plain = law.without_marks(pages["pdf"])
        made, warnings = pdf.write(plain, files, date=_date(seen))
    return Rendered(
        html=pages.get("html", ""),
        pdf=made,
        figures={f"{name}.svg": drawing.svg for name, drawing in drawn.items()},
        warnings=warnings,
    )


def document(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what a pen writes from: the results, and manifest, attachments and cards beside them.

    Raises
    ------
    StudyError
        If the results or the manifest are missing or no JSON.
    """
    parts = {}
    for name in ("results.json", "manifest.json"):
        try:
            parts[name] = json.loads(files[name])
        except (KeyError, ValueError, RecursionError) as error:
            raise StudyError(f"expected {name} in the evidence, found {error!r}") from None
    made = {
        **parts["results.json"],
        "manifest": parts["manifest.json"],
        "attachments": evidence.describe(files),
    }
    return {**made, "cards": _cards(made, files)}


def _cards(results: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, Any]:
    every = [*results["networks"], *results["controls"]]
    return {one["slug"]: cards(files, one["slug"]) for one in every}


def _date(seen: Mapping[str, Any]) -> datetime | None:
    day = (seen["manifest"].get("report") or {}).get("date")
    return datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None


def _lawful(unbound: list[str], where: str) -> None:
    if unbound:
        raise StudyError(
            f"{where}: expected a key for every number, found none for {', '.join(unbound[:5])}; "
            "this is a fault of the program, not of your data"
        )
