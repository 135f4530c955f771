"""Render the report from its files alone, so that anyone can repeat it."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from study.errors import StudyError
from study.report import bindings, lookup, pdf, prose, view
from study.report.cards import cards
from study.report.drawings import Drawing, drawings
from study.report.pen import Pen
from study.report.prose.quality import MEASURES
from study.resources import resource

FORMATS = ("pdf", "html")
TYPES: Mapping[str, str] = {
    ".csv": "text/csv",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
SECTIONS: Mapping[str, str] = {
    "introduction": "Introduction",
    "methodology": "Methodology",
    "networks": "What each network’s units respond to",
    "comparison": "Comparison",
    "heatmaps": "Heatmap insights",
    "visualisations": "Visualisations",
    "cards": "Unit cards",
    "quality": "Stability and correctness of labels",
    "limits": "Limitations",
    "reproduction": "Reproduction",
    "appendix": "Appendix: the data inside this report",
}
"""Anchor and heading of every section, in order."""


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
        What WeasyPrint and fontTools complained about; empty when all is well.
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
    """Render the report from its evidence alone.

    Parameters
    ----------
    files
        What `study.report.pdf.extract` takes out of a report: ``results.json``,
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
    results = document(files)
    figures = drawings(Pen(results, paper=True))
    for drawing in figures.values():
        _check_bound(bindings.unbound_in_figure(drawing.svg), f"figure {drawing.name}")
    pages = {}
    for medium in formats:
        paper = medium == "pdf"
        shown = files if paper else {**files, **(pictures or {})}
        of_medium = results if paper else {**results, "cards": _cards(results, shown)}
        pages[medium] = page(Pen(of_medium, paper=paper), figures, shown)
        _check_bound(bindings.Page(pages[medium]).unbound(), f"the {medium} page")
    written: bytes = b""
    warnings: tuple[str, ...] = ()
    if "pdf" in formats:
        plain = bindings.without_marks(pages["pdf"])
        written, warnings = pdf.write(plain, files, date=_date(results))
    return Rendered(
        html=pages.get("html", ""),
        pdf=written,
        figures={f"{name}.svg": drawing.svg for name, drawing in figures.items()},
        warnings=warnings,
    )


def document(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the document that a page is written from: results, manifest, attachments, cards.

    Raises
    ------
    StudyError
        If the results or the manifest are missing or not JSON.
    """
    parsed = {}
    for name in ("results.json", "manifest.json"):
        try:
            parsed[name] = json.loads(files[name])
        except (KeyError, ValueError, RecursionError) as error:
            raise StudyError(f"cannot read {name} in the evidence: {error!r}") from None
    results = {
        **parsed["results.json"],
        "manifest": parsed["manifest.json"],
        "attachments": pdf.describe(files),
    }
    return {**results, "cards": _cards(results, files)}


def _cards(results: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, Any]:
    slugs = [network["slug"] for network in [*results["networks"], *results["controls"]]]
    return {slug: cards(files, slug) for slug in slugs}


def _date(results: Mapping[str, Any]) -> datetime | None:
    day = (results["manifest"].get("report") or {}).get("date")
    return datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None


def _check_bound(unbound: list[str], where: str) -> None:
    if unbound:
        raise StudyError(
            f"{where}: expected a key for every number, found none for {', '.join(unbound[:5])}; "
            "this is a bug of the program, not of your data"
        )


def page(pen: Pen, figures: Mapping[str, Drawing], files: Mapping[str, bytes]) -> str:
    """Return the report as one HTML document without links to the outside.

    Parameters
    ----------
    pen
        Holds the document; its medium decides what the page is for.
    figures
        The figures by name.
    files
        The attached files; on a screen they are embedded for saving, on paper they travel in
        the PDF.
    """
    pairs, compared = lookup.all_pairs(pen), lookup.compared_pairs(pen)
    quality = prose.quality(pen)
    has_cards = any(pen.document["cards"])
    style = resource("templates/report.css").read_text(encoding="utf-8")
    absent = {"comparison": not pairs, "cards": not has_cards, "quality": not any(quality.values())}
    return _template().render(
        style=Markup(style),  # noqa: S704 - the program's own sheet
        pen=pen,
        n=pen.n,
        t=pen.t,
        prose=prose,
        view=view,
        paper=pen.paper,
        title=_title(pen),
        headings=SECTIONS,
        contents=[name for name in SECTIONS if not absent.get(name)],
        results=pen.document,
        manifest=pen.document["manifest"],
        networks=lookup.networks(pen, controls=True),
        is_control=lookup.is_control,
        parts=lookup.parts,
        pairs=pairs,
        compared=compared,
        detailed=compared[: lookup.DETAILED],
        quality=quality if any(quality.values()) else {},
        measures=MEASURES,
        figures=figures,
        picture=lambda name: embedded(f"{name}.svg", figures[name].svg),
        anchor=anchor,
        file=lambda name: embedded(name, files[name]),
        listed=[name for name in sorted(files) if "/cards/" not in name],
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(resource("templates")),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")


def anchor(kind: str, name: str) -> str:
    """Return an id for a part of the page: letters, digits, and - for the rest."""
    return f"{kind}-" + re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()


def embedded(name: str, content: bytes) -> str:
    """Return a file as an address that needs no network."""
    ending = name[name.rfind(".") :]
    kind = TYPES.get(ending, "text/plain")
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _title(pen: Pen) -> Markup:
    title = pen.document["manifest"].get("title")
    if title:
        return pen.t(title, 160)
    return Markup("Network dissection of ") + prose.subtitle(pen)
