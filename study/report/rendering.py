"""Render the report from its files alone, so that anyone can repeat it."""

import base64
import json
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from study.dissection.run import Run, attached_runs
from study.errors import StudyError
from study.files.folders import resource
from study.report import FORMATS, bindings, lookup, pdf, prose, view
from study.report.attachments import by_slug
from study.report.cards import cards
from study.report.charts import flattened
from study.report.figures import Drawing, drawings
from study.report.pen import Pen
from study.report.prose.quality import MEASURES

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
    runs: Mapping[str, Run] | None = None,
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
    runs
        The runs inside `files` by slug, if they are parsed already.

    Raises
    ------
    StudyError
        If the evidence is not that of a report, a system library is missing, or the page holds
        a number that no key accounts for.
    """
    inside = _inside(files) if runs is None else runs
    results = document(files, inside)
    figures = drawings(Pen(results, paper=True))
    for drawing in figures.values():
        _check_bound(bindings.unbound_in_figure(drawing.svg), f"figure {drawing.name}")
    pages = {}
    for medium in formats:
        paper = medium == "pdf"
        shown = files if paper else {**files, **(pictures or {})}
        of_medium = results if paper else {**results, "cards": _cards(results, inside, shown)}
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


def document(files: Mapping[str, bytes], runs: Mapping[str, Run] | None = None) -> dict[str, Any]:
    """Return the document that a page is written from: results, manifest, attachments, cards.

    Parameters
    ----------
    files
        As for `render`.
    runs
        The runs inside `files` by slug, if they are parsed already.

    Raises
    ------
    StudyError
        If the results or the manifest are missing or not JSON.
    """
    results = _json(files, "results.json")
    return {
        **results,
        "manifest": _json(files, "manifest.json"),
        "attachments": pdf.describe(files),
        "cards": _cards(results, _inside(files) if runs is None else runs, files),
    }


def _json(files: Mapping[str, bytes], name: str) -> Any:
    try:
        return json.loads(files[name])
    except (KeyError, ValueError, RecursionError) as error:
        raise StudyError(f"cannot read {name} in the evidence: {error!r}") from None


def _inside(files: Mapping[str, bytes]) -> dict[str, Run]:
    """Return the runs inside a report that have cards, by slug."""
    results = _json(files, "results.json")
    networks = [*results["networks"], *results["controls"]]
    with_cards = [network for network in networks if f"{network['slug']}/cards.csv" in files]
    return by_slug(attached_runs(files, with_cards), results)


def _cards(
    results: Mapping[str, Any], runs: Mapping[str, Run], files: Container[str]
) -> dict[str, Any]:
    slugs = [network["slug"] for network in [*results["networks"], *results["controls"]]]
    return {slug: cards(runs[slug], slug, files) if slug in runs else [] for slug in slugs}


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

    def picture(name: str) -> str:
        svg = figures[name].svg
        return embedded(f"{name}.svg", flattened(svg) if pen.paper else svg)

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
        picture=picture,
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
