"""The figures of a report: which numbers go where, what each is called, what it says in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from matplotlib.figure import Figure

from study import figures
from study.figures import printable
from study.report.pen import Pen, say
from study.report.prose.heatmaps import ROWS
from study.report.prose.places import (
    DETAILED,
    compared_pairs,
    count_key,
    layer,
    layer_of,
    name,
    network_of,
    networks,
    sides,
)
from study.report.view import stem

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


def drawings(pen: Pen) -> dict[str, Drawing]:
    """Draw every figure that the results have numbers for, by name."""
    with figures.style():
        made = [
            *(_heatmap(pen, key) for key in networks(pen)),
            *(one for pair in compared_pairs(pen)[:DETAILED] for one in _of_pair(pen, pair)),
            *_of_triple(pen),
            _unique(pen),
            *(_top(pen, pair) for pair in compared_pairs(pen)[:DETAILED]),
            _similarities(pen),
            *_stability(pen),
            *_categories(pen),
        ]
    return {drawing.name: drawing for drawing in made}


def _short(text: str) -> str:
    return printable(text, limit=NARROW, named=True)


def _shorts(texts: Sequence[str]) -> list[str]:
    return [_short(text) for text in texts]


def _finish(
    pen: Pen, figure: Figure, name: str, caption: Markup, words: Markup, data: str
) -> Drawing:
    known = pen.value("attachments")
    where = data if data in known else "results.json"
    return Drawing(name, figures.to_svg(figure, name), caption, words, where)


def _cells(
    pen: Pen, parts: Sequence[str], words: Sequence[str]
) -> tuple[Numbers, list[list[str | None]]]:
    """Return the counts of concepts (rows) in parts of the results (columns), and their keys."""
    keys = [[count_key(pen, part, word) for part in parts] for word in words]
    counts = [[pen.value(key) if key else 0 for key in row] for row in keys]
    return np.array(counts, dtype=float).reshape(len(words), len(parts)), keys


def _largest(pen: Pen) -> float:
    """Return the largest count in any layer: the dark end of every heatmap's scale."""
    return float(
        max(
            count
            for key in networks(pen)
            for part in pen.value(f"{key}.layers").values()
            for _, count in part["top"]
        )
    )


def _heatmap(pen: Pen, key: str) -> Drawing:
    layers = list(pen.value(f"{key}.layers"))
    words = [word for word, _ in pen.value(f"{key}.top")[:ROWS]]
    counts, keys = _cells(pen, [f"{key}.layers.{one}" for one in layers], words)
    figure = figures.new_figure(min(16.6, 3.6 + 1.9 * len(layers)), 1.1 + 0.4 * len(words))
    figures.heatmap(
        counts,
        rows=_shorts(words),
        columns=_shorts(layers),
        largest=_largest(pen),
        keys=keys,
        title=_short(pen.value(f"{key}.name")),
        ax=figure.add_subplot(),
    )
    shown = Markup("; ").join(
        say("{} {}", pen.given(word), pen.n(f"{key}.top.{i}.1")) for i, word in enumerate(words)
    )
    slug = pen.value(f"{key}.slug")
    return _finish(
        pen,
        figure,
        f"heatmap-{slug}",
        say(
            "Units of {} by concept and layer: its commonest concepts from top to bottom, darker "
            "for more units; an empty cell is no unit. All heatmaps share the scale of shades.",
            name(pen, key),
        ),
        say("Units of {} in all layers, by concept: {}.", name(pen, key), shown),
        "tables/top.csv",
    )


def _of_pair(pen: Pen, pair: str) -> list[Drawing]:
    made = [_venn(pen, pair), _jaccard(pen, pair)]
    if pen.value(f"{pair}.shared_top"):
        made.append(_shared(pen, pair))
    return made


def _venn(pen: Pen, pair: str) -> Drawing:
    a, b = sides(pen, pair)
    names = [_short(pen.value(f"{key}.name")) for key in (a, b)]
    layers = list(pen.value(f"{pair}.layers"))
    parts = {"all layers": f"{pair}.overall"}
    parts |= {one: f"{pair}.layers.{one}" for one in layers}
    if len(layers) == 1:
        parts.pop("all layers")
    figure, grid = _grid(len(parts), 8.2, 5.0)
    for (title, part), ax in zip(parts.items(), grid, strict=True):
        keys = {"10": f"{part}.only_a", "01": f"{part}.only_b", "11": f"{part}.shared"}
        regions = {region: int(pen.value(key)) for region, key in keys.items()}
        figures.venn(regions, names=names, keys=keys, title=_short(title), ax=ax)
    words = [
        say(
            "{}: {} only in {}, {} shared, {} only in {}",
            layer(pen, title) if part != f"{pair}.overall" else title,
            pen.n(f"{part}.only_a"),
            name(pen, a),
            pen.n(f"{part}.shared"),
            pen.n(f"{part}.only_b"),
            name(pen, b),
        )
        for title, part in parts.items()
    ]
    return _finish(
        pen,
        figure,
        f"venn{stem(pen, pair)}",
        say(
            "Concepts that {} (left) and {} (right) name alone, and those they share (middle), "
            "for all layers and for each. Areas follow the counts within a diagram.",
            name(pen, a),
            name(pen, b),
        ),
        say("{}.", Markup("; ").join(words)),
        "tables/jaccard.csv",
    )


def _grid(panels: int, width: float, height: float) -> tuple[Figure, list[Any]]:
    """Return a figure with panels of a size in centimetres, at most as wide as a page."""
    columns = min(panels, max(1, int(16.6 // width)))
    rows = -(-panels // columns)
    figure = figures.new_figure(min(16.6, width * columns), height * rows)
    grid = list(np.atleast_1d(figure.subplots(rows, columns)).ravel())
    for spare in grid[panels:]:
        spare.remove()
    return figure, grid[:panels]


def _jaccard(pen: Pen, pair: str) -> Drawing:
    a, b = sides(pen, pair)
    parts = {one: f"{pair}.layers.{one}" for one in pen.value(f"{pair}.layers")}
    if len(parts) > 1:
        parts["all layers"] = f"{pair}.overall"
    values = [pen.value(f"{part}.jaccard") for part in parts.values()]
    bands = {
        band: [_ends(pen.value(f"{part}.{band}")) for part in parts.values()]
        for band in ("null", "ceiling", "interval")
    }
    figure = figures.new_figure(min(16.6, 4 + 3.0 * len(parts)), 6.6)
    figures.overlaps(
        [np.nan if value is None else value for value in values],
        categories=_shorts(list(parts)),
        null=bands["null"],
        ceiling=bands["ceiling"],
        interval=bands["interval"],
        keys=[f"{part}.jaccard" for part in parts.values()],
        ax=figure.add_subplot(),
    )
    words = [
        say(
            "{}: {}{}",
            layer(pen, title) if part != f"{pair}.overall" else title,
            pen.n(f"{part}.jaccard", "share"),
            say(
                ", chance {} to {}",
                pen.n(f"{part}.null.low", "share"),
                pen.n(f"{part}.null.high", "share"),
            )
            if pen.value(f"{part}.null")
            else "",
        )
        for title, part in parts.items()
    ]
    extra = Markup("")
    if any(bands["ceiling"]):
        extra += say(
            " The lines above are the ceiling: the overlap of each network with itself ({}).",
            pen.t(f"{pair}.overall.ceiling.kind"),
        )
    if any(bands["interval"]):
        extra += say(" A vertical stroke is the interval of the index.")
    return _finish(
        pen,
        figure,
        f"jaccard{stem(pen, pair)}",
        say(
            "Jaccard index of {} and {} (dots) and the range in which {} of redealings by chance "
            "lie (hatched). A dot below its range: less overlap than chance gives.{}",
            name(pen, a),
            name(pen, b),
            pen.n("null.level", "percent"),
            extra,
        ),
        say("{}.", Markup("; ").join(words)),
        "tables/jaccard.csv",
    )


def _ends(entry: dict[str, Any] | None) -> tuple[float, float] | None:
    if not entry or entry["low"] is None or entry["high"] is None:
        return None
    return entry["low"], entry["high"]


def _shared(pen: Pen, pair: str) -> Drawing:
    both = sides(pen, pair)
    words = [entry[0] for entry in pen.value(f"{pair}.shared_top")[:ROWS]]
    layers = list(pen.value(f"{pair}.layers"))
    figure = figures.new_figure(min(16.6, 4 + 3.8 * len(layers)), 1.6 + 0.5 * len(words))
    grid = figure.subplots(1, len(both), sharey=True)
    for side, (key, ax) in enumerate(zip(both, grid, strict=True)):
        parts = [f"{key}.layers.{layer_of(pen, key, one, side)}" for one in layers]
        counts, keys = _cells(pen, parts, words)
        figures.heatmap(
            counts,
            rows=_shorts(words),
            columns=_shorts([layer_of(pen, key, one, side) for one in layers]),
            largest=_largest(pen),
            keys=keys,
            title=_short(pen.value(f"{key}.name")),
            ax=ax,
        )
    shown = [
        say(
            "{} {} and {}",
            pen.given(word),
            pen.n(f"{pair}.shared_top.{i}.1"),
            pen.n(f"{pair}.shared_top.{i}.2"),
        )
        for i, word in enumerate(words)
    ]
    a, b = both
    return _finish(
        pen,
        figure,
        f"heatmap-shared{stem(pen, pair)}",
        say(
            "The concepts shared most (by the smaller of their counts), in the same rows for {} "
            "(left) and {} (right); shades as in the other heatmaps.",
            name(pen, a),
            name(pen, b),
        ),
        say(
            "Units in {} and {}, by concept: {}.",
            name(pen, a),
            name(pen, b),
            Markup("; ").join(shown),
        ),
        "tables/shared.csv",
    )


def _of_triple(pen: Pen) -> list[Drawing]:
    if not pen.get("triples"):
        return []
    names = pen.value("triples.names")
    keys = {region: f"triples.regions.{region}" for region in pen.value("triples.regions")}
    regions = {region: int(pen.value(key)) for region, key in keys.items()}
    figure = figures.new_figure(10, 8)
    figures.venn(regions, names=_shorts(names), keys=keys, ax=figure.add_subplot())
    said = []
    for region, key in keys.items():
        inside = [
            name(pen, network_of(pen, one))
            for one, digit in zip(names, region, strict=True)
            if digit == "1"
        ]
        said.append(say("only in {}: {}", pen.list(inside), pen.n(key)))
    return [
        _finish(
            pen,
            figure,
            "venn-all",
            say("Concepts that the networks name alone and together, all layers."),
            say("{}.", Markup("; ").join(said)),
            "tables/regions.csv",
        )
    ]


def _common_layers(pen: Pen, keys: Sequence[str]) -> list[str]:
    """Return every layer of any of the networks, in the order of the first that has it."""
    return list(dict.fromkeys(one for key in keys for one in pen.value(f"{key}.layers")))


def _unique(pen: Pen) -> Drawing:
    keys = networks(pen, controls=True)
    layers = _common_layers(pen, keys)
    at = [
        [
            f"{key}.layers.{one}.unique" if one in pen.value(f"{key}.layers") else None
            for one in layers
        ]
        for key in keys
    ]
    values = np.array([[np.nan if k is None else pen.value(k) for k in row] for row in at], float)
    figure = figures.new_figure(min(16.6, 4 + 3.2 * len(layers)), 6)
    ax = figures.bars(
        values,
        series=[pen.value(f"{key}.name") for key in keys],
        categories=_shorts(layers),
        keys=at,
        ax=figure.add_subplot(),
    )
    ax.set_ylabel("different concepts")
    figures.legend(ax, _shorts([pen.value(f"{key}.name") for key in keys]))
    words = [
        say(
            "{}: {}",
            name(pen, key),
            pen.list(
                say("{} in {}", pen.n(k), layer(pen, one))
                for k, one in zip(row, layers, strict=True)
                if k
            ),
        )
        for key, row in zip(keys, at, strict=True)
    ]
    return _finish(
        pen,
        figure,
        "unique",
        say("Different concepts by layer and network. Layers differ in their number of units."),
        say("{}.", Markup("; ").join(words)),
        "tables/unique.csv",
    )


def _top(pen: Pen, pair: str) -> Drawing:
    both = sides(pen, pair)
    layers = list(pen.value(f"{pair}.layers"))
    sums: dict[str, int] = {}
    for side, key in enumerate(both):
        for one in layers:
            top = pen.value(f"{key}.layers.{layer_of(pen, key, one, side)}.top")
            for word, count in top:
                sums[word] = sums.get(word, 0) + count
    words = sorted(sums, key=lambda word: (-sums[word], word))[:ROWS]
    figure = figures.new_figure(16.6, 2.2 + 0.62 * len(words))
    grid = np.atleast_1d(figure.subplots(1, len(layers), sharey=True, sharex=True))
    for one, ax in zip(layers, grid, strict=True):
        parts = [f"{key}.layers.{layer_of(pen, key, one, side)}" for side, key in enumerate(both)]
        counts, keys = _cells(pen, parts, words)
        values = np.where(counts == 0, np.nan, counts).T
        by_network = [[row[side] for row in keys] for side in range(2)]
        figures.bars(
            values,
            series=["", ""],
            categories=_shorts(words),
            keys=by_network,
            horizontal=True,
            title=_short(one),
            ax=ax,
        )
        ax.set_xlabel("units")
        ax.label_outer()
    figures.legend(grid[0], [_short(pen.value(f"{key}.name")) for key in both])
    a, b = both
    return _finish(
        pen,
        figure,
        f"top{stem(pen, pair)}",
        say(
            "Units of {} and {} by concept, layer beside layer, for the commonest concepts of "
            "the networks taken together; the order of rows is the same in every panel. No bar "
            "means no unit.",
            name(pen, a),
            name(pen, b),
        ),
        say("The concepts from top to bottom: {}.", pen.list(pen.given(word) for word in words)),
        "tables/top.csv",
    )


def _similarities(pen: Pen) -> Drawing:
    keys = networks(pen, controls=True)
    layers = _common_layers(pen, keys)
    figure, grid = _grid(len(layers), 5.5, 6.0)
    for number, (one, ax) in enumerate(zip(layers, grid, strict=True)):
        having = [key for key in keys if one in pen.value(f"{key}.layers")]
        parts = [pen.value(f"{key}.layers.{one}.similarity.histogram") for key in having]
        empty = [0] * len(parts[0]["counts"])
        counts = {key: part["counts"] for key, part in zip(having, parts, strict=True)}
        figures.distributions(
            np.array(parts[0]["edges"], float),
            np.array([counts.get(key, empty) for key in keys], float),
            series=[],
            title=_short(one),
            ax=ax,
        )
        ax.set_xlabel("similarity")
        if number == 0:
            ax.set_ylabel("units")
    figures.legend(grid[0], _shorts([pen.value(f"{key}.name") for key in keys]), lines=True)
    words = [
        say(
            "{}: median {}, quartiles from {} to {}",
            name(pen, key),
            pen.n(f"{key}.similarity.median", "share"),
            pen.n(f"{key}.similarity.q1", "share"),
            pen.n(f"{key}.similarity.q3", "share"),
        )
        for key in keys
    ]
    return _finish(
        pen,
        figure,
        "similarity",
        say(
            "How many units have a label of which similarity, by layer. Further right means that "
            "the label fits the unit's images better, within the same list of concepts."
        ),
        say("{}.", Markup("; ").join(words)),
        "tables/similarity.csv",
    )


def _having(pen: Pen, part: str) -> list[str]:
    return [key for key in networks(pen, controls=True) if pen.get(f"{key}.{part}") is not None]


def _stability(pen: Pen) -> list[Drawing]:
    keys = _having(pen, "stability")
    if not keys:
        return []
    layers = _common_layers(pen, keys)
    figure, grid = _grid(len(layers), 5.5, 6.0)
    for number, (one, ax) in enumerate(zip(layers, grid, strict=True)):
        parts = [pen.get(f"{key}.stability.layers.{one}.deciles") for key in keys]
        bins = len(next(part for part in parts if part))
        figures.distributions(
            np.linspace(0, 1, bins + 1),
            np.array([part or [0] * bins for part in parts], float),
            series=[],
            title=_short(one),
            ax=ax,
        )
        ax.set_xlabel("share of resamples")
        if number == 0:
            ax.set_ylabel("units")
    figures.legend(grid[0], _shorts([pen.value(f"{key}.name") for key in keys]), lines=True)
    words = [
        say(
            "{}: on average {} of resamples keep a label",
            name(pen, key),
            pen.n(f"{key}.stability.overall.mean", "share"),
        )
        for key in keys
    ]
    return [
        _finish(
            pen,
            figure,
            "stability",
            say(
                "How many units keep their label in what share of the resamples of the probe, by "
                "layer. At the right end: labels that every sample of images gives."
            ),
            say("{}.", Markup("; ").join(words)),
            "tables/stability.csv",
        )
    ]


def _categories(pen: Pen) -> list[Drawing]:
    keys = _having(pen, "categories")
    if not keys:
        return []
    layers = _common_layers(pen, keys)
    kinds = list(
        dict.fromkeys(kind for key in keys for kind in pen.value(f"{key}.categories.names"))
    )
    figure = figures.new_figure(16.6, 2.4 + (0.3 + 0.27 * len(keys)) * len(kinds))
    grid = np.atleast_1d(figure.subplots(1, len(layers), sharey=True, sharex=True))
    for one, ax in zip(layers, grid, strict=True):
        at = f"categories.layers.{one}"

        def taken(end: str, at: str = at) -> Numbers:
            found = [[pen.get(f"{key}.{at}.{kind}.{end}") for kind in kinds] for key in keys]
            return np.array(found, dtype=float)

        figures.bars(
            taken("share"),
            series=[""] * len(keys),
            categories=_shorts(kinds),
            errors=np.stack([taken("low"), taken("high")]),
            horizontal=True,
            written=None,
            title=_short(one),
            ax=ax,
        )
        ax.set_xlabel("share of labels")
        ax.label_outer()
    figures.legend(grid[0], _shorts([pen.value(f"{key}.name") for key in keys]))
    last = layers[-1]
    words = [
        say(
            "{} in {}: {}",
            name(pen, key),
            layer(pen, last),
            pen.list(
                say(
                    "{} {}",
                    pen.given(kind),
                    pen.n(f"{key}.categories.layers.{last}.{kind}.share", "percent"),
                )
                for kind in kinds
                if pen.get(f"{key}.categories.layers.{last}.{kind}.share") is not None
            ),
        )
        for key in keys
    ]
    return [
        _finish(
            pen,
            figure,
            "categories",
            say(
                "What kind of thing labels name, as shares of a layer's labels, with intervals "
                "(black strokes)."
            ),
            say("{}.", Markup("; ").join(words)),
            "tables/categories.csv",
        )
    ]
