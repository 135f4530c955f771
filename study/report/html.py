"""Evidence → HTML: the template filled by a pen."""

import base64
import re
from collections.abc import Mapping
from functools import partial

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from study.report import prose, view
from study.report.drawings import Drawing
from study.report.pen import Pen
from study.report.prose import places
from study.report.prose.quality import MEASURES
from study.resources import resource

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
    "quality": "How sure and how right the labels are",
    "limits": "Limits",
    "reproduction": "Reproduction",
    "appendix": "Appendix: the data inside this report",
}
"""Anchor and heading of every section, in order."""


def page(
    pen: Pen, drawings: Mapping[str, Drawing], files: Mapping[str, bytes], *, style: str
) -> str:
    """Return the report as one HTML document without links to the outside.

    Parameters
    ----------
    pen
        Holds the document; its medium decides what the page is for.
    drawings
        The figures by name.
    files
        The attached files; on a screen they are embedded for saving, on paper they travel in
        the PDF.
    style
        The style sheet.
    """
    environment = Environment(
        loader=FileSystemLoader(resource("templates")),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    slugs = [pen.value(f"{key}.slug") for key in places.networks(pen, controls=True)]
    has_cards = any(pen.value(f"cards.{slug}") for slug in slugs)
    quality = prose.quality(pen)
    pairs = places.all_pairs(pen)
    absent = {"comparison": not pairs, "cards": not has_cards, "quality": not any(quality.values())}
    return environment.get_template(
        "report.html.j2"
    ).render(
        style=Markup(style),  # noqa: S704 - the program's own sheet
        paper=pen.paper,
        title=_title(pen),
        contents=[(part, text) for part, text in SECTIONS.items() if not absent.get(part)],
        heading=SECTIONS.__getitem__,
        n=pen.n,
        t=pen.t,
        given=pen.given,
        code=pen.code,
        value=pen.value,
        get=pen.get,
        networks=places.networks(pen),
        every=places.networks(pen, controls=True),
        pairs=places.compared_pairs(pen),
        detailed=places.compared_pairs(pen)[: places.DETAILED],
        all_pairs=pairs,
        layer=partial(places.layer, pen),
        verdicts=partial(view.verdicts, pen),
        stem=partial(view.stem, pen),
        chance=partial(view.chance, pen),
        places=partial(view.first, pen),
        own_concepts=partial(view.own_concepts, pen),
        top_places=partial(view.top_places, pen),
        ceilings=partial(view.ceilings, pen),
        variant_names=partial(view.variant_names, pen),
        manifest_place=partial(view.manifest_place, pen),
        methodology=view.methodology(pen),
        has_cards=has_cards,
        cards_by_layer=partial(view.cards_by_layer, pen),
        card_facts=partial(view.card_facts, pen),
        quality=quality if any(quality.values()) else {},
        measures=MEASURES,
        differing=partial(view.differing, pen),
        category_names=view.category_names(pen),
        measure_names=view.MEASURE_NAMES,
        prose={rule: partial(getattr(prose, rule), pen) for rule in prose.__all__},
        draw=drawings,
        picture=lambda name: embedded(f"{name}.svg", drawings[name].svg),
        anchor=anchor,
        file=lambda name: embedded(name, files[name]),
        listed=[name for name in sorted(files) if "/cards/" not in name],
    )


def anchor(kind: str, name: str) -> str:
    """Return an id for a part of the page: letters, digits, and - for the rest."""
    return f"{kind}-" + re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()


def embedded(name: str, content: bytes) -> str:
    """Return a file as an address that needs no network."""
    ending = name[name.rfind(".") :]
    kind = TYPES.get(ending, "text/plain")
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _title(pen: Pen) -> Markup:
    if pen.get("manifest.title"):
        return pen.t("manifest.title", 160)
    return Markup("Network dissection of ") + prose.subtitle(pen)
