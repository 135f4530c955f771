"""What all figures of a report share: what one is, its size, short names, counts with keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from matplotlib.figure import Figure

from study import figures
from study.figures import printable
from study.report.pen import Pen
from study.report.prose.places import count_key, networks

NARROW = 22
"""The most characters of a concept or name in a figure."""
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure of the report.

    Attributes
    ----------
    name
        File name without ending; also the anchor in the page.
    svg
        The picture.
    caption
        What one sees.
    words
        The numbers in words, for those who do not see it.
    data
        The attached table (or results) that holds the numbers.
    """

    name: str
    svg: bytes
    caption: Markup
    words: Markup
    data: str


def short(text: str) -> str:
    """Return a given text as it stands in a figure."""
    return printable(text, limit=NARROW, named=True)


def shorts(texts: Sequence[str]) -> list[str]:
    """Return given texts as they stand in a figure."""
    return [short(text) for text in texts]


def finish(
    pen: Pen, figure: Figure, name: str, caption: Markup, words: Markup, data: str
) -> Drawing:
    """Make a drawing of a figure; its data is the named table, else the results themselves."""
    known = pen.value("attachments")
    where = data if data in known else "results.json"
    return Drawing(name, figures.to_svg(figure, name), caption, words, where)


def cells(
    pen: Pen, parts: Sequence[str], words: Sequence[str]
) -> tuple[Numbers, list[list[str | None]]]:
    """Return the counts of concepts (rows) in parts of the results (columns), and their keys."""
    keys = [[count_key(pen, part, word) for part in parts] for word in words]
    counts = [[pen.value(key) if key else 0 for key in row] for row in keys]
    return np.array(counts, dtype=float).reshape(len(words), len(parts)), keys


def largest(pen: Pen) -> float:
    """Return the largest count in any layer: the dark end of every heatmap's scale."""
    return float(
        max(
            count
            for key in networks(pen)
            for part in pen.value(f"{key}.layers").values()
            for _, count in part["top"]
        )
    )


def slant(columns: Sequence[str]) -> float:
    """Return the further height, in centimetres, of a heatmap whose column names stand aslant."""
    return 1.4 if max(map(len, shorts(columns)), default=0) > figures.UPRIGHT else 0.0


def panels(count: int, width: float, height: float) -> tuple[Figure, list[Any]]:
    """Return a figure with panels of a size in centimetres, at most as wide as a page."""
    columns = min(count, max(1, int(16.6 // width)))
    rows = -(-count // columns)
    figure = figures.new_figure(min(16.6, width * columns), height * rows)
    grid = list(np.atleast_1d(figure.subplots(rows, columns)).ravel())
    for spare in grid[count:]:
        spare.remove()
    return figure, grid[:count]


def common_layers(pen: Pen, keys: Sequence[str]) -> list[str]:
    """Return every layer of any of the networks, in the order of the first that has it."""
    return list(dict.fromkeys(one for key in keys for one in pen.value(f"{key}.layers")))


def having(pen: Pen, part: str) -> list[str]:
    """Return the networks for which a part of the results was measured."""
    return [key for key in networks(pen, controls=True) if pen.get(f"{key}.{part}") is not None]
