"""`Drawing`, a figure of the report, and what all figures share: sizes, short names, counts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from study.report import charts
from study.report.charts import bounded
from study.report.figures.layer_names import beginnings_noted, layer_titles
from study.report.lookup import count_of, networks
from study.report.node import Node
from study.report.pen import Pen

NARROW = 22
"""The most characters of a concept or name in a figure."""
WIDTH = 16.6
"""The width of a page's text, in centimetres."""
TALLEST = 22.0
"""The greatest height of a figure, in centimetres: a page with its caption."""
FEW = 6
"""The most panels that are large; more of them are small, so that a page holds them all."""
ACROSS = 4
"""The most layers that stand side by side in a figure where each needs room for words."""
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure of the report."""

    name: str  # of its file, without ending; also the anchor in the page
    svg: bytes
    png: bytes | None  # for programs that take no SVG, where it was asked for
    caption: Markup
    words: Markup  # the numbers in words, for readers who cannot see the picture
    data: str  # the attached table (or results) that holds the numbers
    paper: bool = True  # whether it stands on paper as well as on screen


Figures = tuple[Callable[[Pen], Iterator[Drawing]], ...]


def short(text: str) -> str:
    """Return a given text as it stands in a figure."""
    return bounded(text, width=NARROW)


def shorts(texts: Iterable[str]) -> list[str]:
    """Return different given texts as they stand in a figure: numbered where cut alike."""
    shown: list[str] = []
    for text in map(short, texts):
        again = sum(one == text or one.startswith(f"{text} (") for one in shown)
        shown.append(f"{text} ({again + 1})" if again else text)
    return shown


def legend(
    ax: Axes,
    networks: Iterable[Node],
    *,
    lines: bool = False,
    place: charts.Place = "outside upper left",
) -> None:
    """Add the legend that names the networks."""
    names = shorts(network["name"].value for network in networks)
    charts.legend(ax, names, lines=lines, place=place)


def finish(
    pen: Pen,
    figure: Figure,
    name: str,
    caption: Markup,
    words: Iterable[Markup],
    table: str,
    *,
    layers: Sequence[str] = (),
    paper: bool = True,
) -> Drawing:
    """Make a drawing of a figure; its data is the named table, else the results themselves.

    `layers` are those that it names; not for `paper` are those that a PDF has no room for.
    """
    caption += beginnings_noted(pen, layers)
    text = pen.say("{}.", Markup("; ").join(words))
    data = f"tables/{table}.csv"
    where = data if pen.document["attachments"].get(data) else "results.json"
    svg, png = charts.to_svg(figure, name), charts.to_png(figure) if pen.png else None
    return Drawing(name, svg, png, caption, text, where, paper)


def cells(parts: Sequence[Node], words: Sequence[str]) -> tuple[Numbers, list[list[str | None]]]:
    """Return the counts of concepts (rows) in parts of the results (columns), and their keys."""
    counts = [[count_of(part, word) for part in parts] for word in words]
    values = [[count.value if count else 0 for count in row] for row in counts]
    keys = [[count.key if count else None for count in row] for row in counts]
    return np.array(values, dtype=float).reshape(len(words), len(parts)), keys


def largest(pen: Pen) -> float:
    """Return the largest count in any layer: the dark end of every heatmap's scale."""
    layers = [layer for network in networks(pen) for layer in network["layers"]]
    return float(max(count for layer in layers for _, count in layer["top"].value))


def sheet(width: float, height: float) -> Figure:
    """Return an empty figure of a size in centimetres, at most as wide as a page."""
    return charts.new_figure(min(WIDTH, width), height)


def slant(columns: Iterable[str]) -> float:
    """Return the further height, in centimetres, of a heatmap whose column names are slanted."""
    return 1.4 if max(map(len, shorts(columns)), default=0) > charts.UPRIGHT else 0.0


def panels(count: int, width: float, height: float) -> tuple[Figure, list[Any]]:
    """Return a figure with panels of a size in centimetres, as many in a row as fit a page."""
    columns = min(count, max(1, int(WIDTH // width)))
    rows = -(-count // columns)
    figure = sheet(width * columns, height * rows)
    grid = list(np.atleast_1d(figure.subplots(rows, columns)).ravel())
    for spare in grid[count:]:
        spare.remove()
    return figure, grid[:count]


def distributions(
    layers: Sequence[str],
    of_layer: Callable[[str], tuple[Numbers, Sequence[Sequence[float] | None]]],
    every: Sequence[Node],
    label: str,
) -> Figure:
    """Draw the share of units that reach a measure, a line for each network, a panel a layer.

    Parameters
    ----------
    layers
        Their names.
    of_layer
        Returns the edges of a layer's bins and the counts of each network, `None` for one that
        lacks the layer.
    every
        The networks.
    label
        What is measured.
    """
    figure, grid = panels(len(layers), 5.5, 4.6)
    for name, title, ax in zip(layers, layer_titles(layers), grid, strict=True):
        edges, counts = of_layer(name)
        rows = [row or [0] * (len(edges) - 1) for row in counts]
        charts.cumulative(edges, np.array(rows, float), title=title, ax=ax)
        ax.set_xlabel(label)
    grid[0].set_ylabel("share of units")
    legend(grid[0], every, lines=True)
    return figure
