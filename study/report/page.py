"""The report as one HTML document, for the screen or for paper."""

import base64
import re
from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from study.dissection.run_files import SHOWN
from study.files.folders import resource
from study.report import lookup, prose, view
from study.report.browser.address import address
from study.report.charts import flattened
from study.report.figures import Drawing
from study.report.methodology import layer_list
from study.report.pen import Pen

TYPES: Mapping[str, str] = {
    ".csv": "text/csv",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
SECTIONS: Mapping[str, str] = {
    "methodology": "How the study was made",
    "networks": "What each network’s units respond to",
    "comparison": "Comparison",
    "kinds": "Kinds of concepts",
    "same": "Shared concepts, side by side",
    "cards": "Unit cards",
    "quality": "Stability and correctness of labels",
    "conclusions": "Conclusions",
    "limits": "Limitations",
    "references": "References",
    "reproduction": "Reproduction",
    "appendix": "The data inside this report",
}
"""Anchor and heading of every section, in order."""


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
    pairs = lookup.all_pairs(pen)
    kinds, quality = prose.categories(pen), prose.quality(pen)
    concluded, same = prose.conclusions(pen), view.side_by_side(pen)
    style = resource("templates/report.css").read_text(encoding="utf-8")

    def picture(name: str) -> str:
        svg = figures[name].svg
        return embedded(f"{name}.svg", flattened(svg) if pen.paper else svg)

    absent = {
        "comparison": not (pairs or lookup.unlike_pairs(pen) or lookup.state_pairs(pen)),
        "cards": not any(pen.document["cards"]),
        "kinds": not kinds,
        "same": not same,
        "conclusions": not concluded,
        "appendix": pen.paper,
        "quality": not any(quality.values()),
    }
    html = template("report.html.j2").render(
        style=Markup(style),  # noqa: S704 - the program's own sheet
        pen=pen,
        n=pen.n,
        t=pen.t,
        prose=prose,
        view=view,
        paper=pen.paper,
        title=title(pen),
        headings=SECTIONS,
        contents=[name for name in SECTIONS if not absent.get(name)],
        results=pen.document,
        manifest=pen.document["manifest"],
        networks=lookup.networks(pen, controls=True),
        twins=list(pen.document["twins"]),
        lookup=lookup,
        layer_list=layer_list,
        heatmaps=[f"figure-{name}" for name in figures if name.startswith("heatmap")],
        pairs=pairs,
        unlike=lookup.unlike_pairs(pen),
        compared=lookup.compared_pairs(pen),
        detailed=lookup.detailed_pairs(pen),
        kinds=kinds,
        concluded=concluded,
        same=same,
        shown=[name for name, drawing in figures.items() if drawing.paper or not pen.paper],
        quality=quality if any(quality.values()) else {},
        measures=view.MEASURES,
        figures=figures,
        picture=picture,
        anchor=anchor,
        address=address,
        file=lambda name: embedded(name, files[name]),
        listed=[name for name in sorted(files) if _is_listed(name)],
    )
    return html if pen.paper else _boxed(html)


def _is_listed(name: str) -> bool:
    """Whether the list of files names one: pictures are shown where they belong."""
    return "/cards/" not in name and name.rpartition("/")[2] not in SHOWN


def _boxed(html: str) -> str:
    """Return a page whose tables scroll by themselves where a screen is narrow."""
    html = html.replace("<table", '<div class="tablebox" tabindex="0"><table')
    return html.replace("</table>", "</table></div>")


@cache
def template(name: str) -> Template:
    """Return a page's template by its path below ``templates/``; all that it shows is escaped."""
    environment = Environment(
        loader=FileSystemLoader(resource("templates")),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def anchor(kind: str, name: str) -> str:
    """Return an id for a part of the page: letters, digits, and - for the rest."""
    return f"{kind}-" + re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()


def embedded(name: str, content: bytes) -> str:
    """Return a file as an address that needs no network."""
    ending = name[name.rfind(".") :]
    kind = TYPES.get(ending, "text/plain")
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


_CAPTION = re.compile(r'<(figure|table)(?: class="[^"]*")? id="((?:figure|table)-[^"]+)"')
_REFERENCE = re.compile(r'(<a class="ref" href="#([^"]+)">)(</a>)')


def numbered(html: str) -> str:
    """Return a page with every reference to a table or figure under its number.

    Tables and figures are numbered in the order of the page, as the style sheet numbers their
    captions.
    """
    numbers: dict[str, str] = {}
    counts = {"figure": 0, "table": 0}
    for kind, name in _CAPTION.findall(html):
        counts[kind] += 1
        numbers[name] = f"{kind.capitalize()} {counts[kind]}"
    return _REFERENCE.sub(lambda match: f"{match[1]}{numbers[match[2]]}{match[3]}", html)


def title(pen: Pen) -> Markup:
    """Return the report's title: the one that is stated, else one from the networks' names."""
    stated = pen.document.get("manifest", "report", "about", "title")
    if not stated:
        stated = pen.document["manifest"].get("title")
    if stated:
        return pen.t(stated, 160)
    return Markup("Network dissection of ") + prose.subtitle(pen)
