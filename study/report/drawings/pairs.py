"""The figures that compare networks: sets, overlaps, counts in the same rows."""

from typing import Any

import numpy as np
from markupsafe import Markup

from study import figures
from study.report.drawings.drawing import (
    Drawing,
    cells,
    finish,
    largest,
    panels,
    short,
    shorts,
    slant,
)
from study.report.pen import Pen, say
from study.report.prose.heatmaps import ROWS
from study.report.prose.places import (
    layer,
    layer_of,
    name,
    network_of,
    sides,
)
from study.report.view import stem


def of_pair(pen: Pen, pair: str) -> list[Drawing]:
    """Draw the sets, the overlap and the shared concepts of a pair."""
    made = [_venn(pen, pair), _jaccard(pen, pair)]
    if pen.value(f"{pair}.shared_top"):
        made.append(_shared(pen, pair))
    return made


def _venn(pen: Pen, pair: str) -> Drawing:
    a, b = sides(pen, pair)
    names = [short(pen.value(f"{key}.name")) for key in (a, b)]
    layers = list(pen.value(f"{pair}.layers"))
    parts = {"all layers": f"{pair}.overall"}
    parts |= {one: f"{pair}.layers.{one}" for one in layers}
    if len(layers) == 1:
        parts.pop("all layers")
    figure, grid = panels(len(parts), 8.2, 4.3)
    for (title, part), ax in zip(parts.items(), grid, strict=True):
        keys = {"10": f"{part}.only_a", "01": f"{part}.only_b", "11": f"{part}.shared"}
        regions = {region: int(pen.value(key)) for region, key in keys.items()}
        figures.venn(regions, names=names, keys=keys, title=short(title), ax=ax)
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
    return finish(
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
        categories=shorts(list(parts)),
        null=bands["null"],
        ceiling=bands["ceiling"],
        interval=bands["interval"],
        across=[(pen.value(f"{part}.ceiling") or {}).get("across") for part in parts.values()],
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
            " The thick lines are the ceiling, each network's overlap with itself ({}); the hollow "
            "square is the overlap between them at as many labels.",
            pen.t(f"{pair}.overall.ceiling.kind"),
        )
    if any(bands["interval"]):
        extra += say(" A vertical stroke is the interval of the index.")
    return finish(
        pen,
        figure,
        f"jaccard{stem(pen, pair)}",
        say(
            "Jaccard index of {} and {} (dots) and the range in which {} of redealings by chance "
            "lie (hatched). A dot below its range stands for less overlap than chance gives, a dot "
            "above it for more; whether that counts, the table says.{}",
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
    names = [layer_of(pen, key, one, side) for side, key in enumerate(both) for one in layers]
    height = 1.6 + slant(names) + 0.5 * len(words)
    figure = figures.new_figure(min(16.6, 4 + 3.8 * len(layers)), height)
    grid = figure.subplots(1, len(both), sharey=True)
    for side, (key, ax) in enumerate(zip(both, grid, strict=True)):
        parts = [f"{key}.layers.{layer_of(pen, key, one, side)}" for one in layers]
        counts, keys = cells(pen, parts, words)
        figures.heatmap(
            counts,
            rows=shorts(words),
            columns=shorts([layer_of(pen, key, one, side) for one in layers]),
            largest=largest(pen),
            keys=keys,
            title=short(pen.value(f"{key}.name")),
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
    return finish(
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


def top(pen: Pen, pair: str) -> Drawing:
    """Draw the commonest concepts of a pair side by side, layer beside layer."""
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
        counts, keys = cells(pen, parts, words)
        values = np.where(counts == 0, np.nan, counts).T
        by_network = [[row[side] for row in keys] for side in range(2)]
        figures.bars(
            values,
            series=["", ""],
            categories=shorts(words),
            keys=by_network,
            horizontal=True,
            title=short(one),
            ax=ax,
        )
        ax.set_xlabel("units")
        ax.label_outer()
    figures.legend(grid[0], [short(pen.value(f"{key}.name")) for key in both])
    a, b = both
    return finish(
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


def of_triple(pen: Pen) -> list[Drawing]:
    """Draw the sets of three networks, where there are three."""
    if not pen.get("triples"):
        return []
    names = pen.value("triples.names")
    keys = {region: f"triples.regions.{region}" for region in pen.value("triples.regions")}
    regions = {region: int(pen.value(key)) for region, key in keys.items()}
    figure = figures.new_figure(10, 8)
    figures.venn(regions, names=shorts(names), keys=keys, ax=figure.add_subplot())
    said = []
    for region, key in keys.items():
        inside = [
            name(pen, network_of(pen, one))
            for one, digit in zip(names, region, strict=True)
            if digit == "1"
        ]
        said.append(say("only in {}: {}", pen.list(inside), pen.n(key)))
    return [
        finish(
            pen,
            figure,
            "venn-all",
            say("Concepts that the networks name alone and together, all layers."),
            say("{}.", Markup("; ").join(said)),
            "tables/regions.csv",
        )
    ]
