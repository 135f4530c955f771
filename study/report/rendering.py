"""Render the report from its files alone, so that anyone can repeat it."""

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from study.comparison.results import members
from study.dissection.loaded import attached_runs
from study.dissection.run import Run
from study.errors import StudyError
from study.report import FORMATS, bindings, pdf
from study.report.attachments import by_slug
from study.report.cards import cards
from study.report.charts.system_fonts import located, using
from study.report.exhibits import exhibits
from study.report.figures import drawings
from study.report.page import numbered, page
from study.report.pen import Pen


@dataclass(frozen=True, slots=True)
class Rendered:
    """A report in memory; a page is empty where its format was not asked for."""

    html: str
    pdf: bytes
    figures: Mapping[str, bytes]  # file name to SVG, and to PNG where it was asked for
    warnings: tuple[str, ...]  # of WeasyPrint and fontTools; empty when all is well


def render(
    files: Mapping[str, bytes],
    *,
    formats: tuple[str, ...] = FORMATS,
    runs: Mapping[str, Run] | None = None,
    png: bool = False,
) -> Rendered:
    """Render the report from its evidence alone.

    Parameters
    ----------
    files
        What `study.report.pdf.extract` takes out of a report: ``results.json``,
        ``manifest.json``, the tables and the runs' files.
    formats
        Of "pdf" and "html"; the browser of units is no page of these.
    runs
        The runs inside `files` by slug, if they are parsed already.
    png
        Draw each figure as PNG too.

    Raises
    ------
    StudyError
        If the evidence is not that of a report, a system library is missing, or the page holds
        a number that no key accounts for.
    """
    inside = _inside(files) if runs is None else runs
    results = document(files, inside)
    fonts, _ = located(fonts_of(results["manifest"]))
    with using(fonts):
        return _rendered(files, results, inside, formats, png=png)


def fonts_of(manifest: Any) -> list[Mapping[str, Any]]:
    """Return the fonts of a machine that a report's manifest names; none for most."""
    report = manifest.get("report") if isinstance(manifest, dict) else None
    stated = report.get("fonts") if isinstance(report, dict) else None
    return [one for one in stated if isinstance(one, dict)] if isinstance(stated, list) else []


def _rendered(
    files: Mapping[str, bytes],
    results: Mapping[str, Any],
    inside: Mapping[str, Run],
    formats: tuple[str, ...],
    *,
    png: bool,
) -> Rendered:
    figures = drawings(Pen(results, paper=True, png=png))
    for drawing in figures.values():
        _check_bound(bindings.unbound_in_figure(drawing.svg), f"figure {drawing.name}")
    pages = {"html": "", "pdf": ""}
    for medium in [name for name in pages if name in formats]:
        pages[medium] = numbered(page(Pen(results, paper=medium == "pdf"), figures, files))
        _check_bound(bindings.Page(pages[medium]).unbound(), f"the {medium} page")
    plain = bindings.without_marks(pages["pdf"])
    written, warnings = pdf.write(plain, files, date=_date(results)) if plain else (b"", ())
    drawn = {f"{name}.svg": drawing.svg for name, drawing in figures.items()}
    drawn |= {f"{name}.png": drawing.png for name, drawing in figures.items() if drawing.png}
    return Rendered(html=pages["html"], pdf=written, figures=drawn, warnings=warnings)


def document(files: Mapping[str, bytes], runs: Mapping[str, Run] | None = None) -> dict[str, Any]:
    """Return the document that a page is written from: results, manifest, attachments, cards.

    The files and runs are those of `render`; results and manifest must be there and be JSON.
    """
    results = _json(files, "results.json")
    inside = _inside(files) if runs is None else runs
    return {
        **results,
        "manifest": _json(files, "manifest.json"),
        "attachments": pdf.describe(files),
        "cards": _cards(results, inside, files),
        "exhibits": exhibits(results, inside),
    }


def _json(files: Mapping[str, bytes], name: str) -> Any:
    try:
        return json.loads(files[name])
    except (KeyError, ValueError, RecursionError) as error:
        raise StudyError(f"cannot read {name} in the evidence: {error!r}") from None


def _inside(files: Mapping[str, bytes]) -> dict[str, Run]:
    """Return the runs inside a report that have cards, by slug."""
    results = _json(files, "results.json")
    networks = members(results)
    with_cards = [network for network in networks if f"{network['slug']}/cards.csv" in files]
    return by_slug(attached_runs(files, with_cards), results)


def _cards(
    results: Mapping[str, Any], runs: Mapping[str, Run], files: Container[str]
) -> dict[str, Any]:
    slugs = [network["slug"] for network in members(results)]
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
