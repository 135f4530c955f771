"""Draw overlaps of labels over their nulls, and say what is drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes

from study.report import charts
from study.report.node import Node
from study.report.pen import Pen


def draw_overlaps(overlaps: Mapping[str, Node], titles: Sequence[str], ax: Axes) -> None:
    """Draw overlaps side by side: the index, its null, repeatability, interval and anchor."""
    entries = list(overlaps.values())
    indices = [entry["jaccard"] for entry in entries]
    bands = {
        band: [_ends(entry.get(band).value) for entry in entries]
        for band in ("null", "ceiling", "interval")
    }
    charts.overlaps(
        [np.nan if index.value is None else index.value for index in indices],
        categories=titles,
        independent=[entry.get("independent").value for entry in entries],
        keys=[index.key for index in indices],
        ax=ax,
        **bands,
    )


def _ends(entry: Mapping[str, Any] | None) -> tuple[float, float] | None:
    if not entry or entry["low"] is None or entry["high"] is None:
        return None
    return entry["low"], entry["high"]


def overlap_in_words(pen: Pen, name: Markup, overlap: Node) -> Markup:
    """Write an index and its null, for readers who cannot see the figure."""
    text = "{}: {overlap[jaccard]:share}"
    if overlap["null"]:
        text += ", null {overlap[null][low]:share} to {overlap[null][high]:share}"
    return pen.say(text, name, overlap=overlap)


def explained(pen: Pen, pair: Node) -> Markup:
    """Say what the marks of `draw_overlaps` are, those that are drawn for a pair."""
    entries = [*pair["layers"], pair["overall"]]
    text = "Hatched: central {:percent} of the index if labels did not depend on the network."
    parts = [pen.say(text, pen.document["null"]["level"])]
    if any(entry.get("ceiling", "low").value is not None for entry in entries):
        kind = pair["overall"].get("ceiling", "kind")
        text = "Thick lines: each network with itself ({}), larger for having the same units."
        parts.append(pen.say(text, kind))
    if any(entry.get("interval").value for entry in entries):
        parts.append(pen.say("Vertical: its interval."))
    if any(entry.get("independent").value is not None for entry in entries):
        text = "Dashed: as many concepts drawn independently."
        parts.append(pen.say(text))
    return Markup(" ").join(parts)
