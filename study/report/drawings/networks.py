"""The figures that show networks by themselves, or all of them side by side."""

import numpy as np
from markupsafe import Markup

from study import figures
from study.report.drawings.drawing import (
    Drawing,
    cells,
    common_layers,
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
    name,
    networks,
)


def heatmap(pen: Pen, key: str) -> Drawing:
    """Draw a network's commonest concepts by layer."""
    layers = list(pen.value(f"{key}.layers"))
    words = [word for word, _ in pen.value(f"{key}.top")[:ROWS]]
    counts, keys = cells(pen, [f"{key}.layers.{one}" for one in layers], words)
    height = 1.1 + slant(layers) + 0.4 * len(words)
    figure = figures.new_figure(min(16.6, 3.6 + 1.9 * len(layers)), height)
    figures.heatmap(
        counts,
        rows=shorts(words),
        columns=shorts(layers),
        largest=largest(pen),
        keys=keys,
        title=short(pen.value(f"{key}.name")),
        ax=figure.add_subplot(),
    )
    shown = Markup("; ").join(
        say("{} {}", pen.given(word), pen.n(f"{key}.top.{i}.1")) for i, word in enumerate(words)
    )
    slug = pen.value(f"{key}.slug")
    return finish(
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


def unique(pen: Pen) -> Drawing:
    """Draw how many different concepts each layer names."""
    keys = networks(pen, controls=True)
    layers = common_layers(pen, keys)
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
        categories=shorts(layers),
        keys=at,
        ax=figure.add_subplot(),
    )
    ax.set_ylabel("different concepts")
    figures.legend(ax, shorts([pen.value(f"{key}.name") for key in keys]))
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
    return finish(
        pen,
        figure,
        "unique",
        say("Different concepts by layer and network. Layers differ in their number of units."),
        say("{}.", Markup("; ").join(words)),
        "tables/unique.csv",
    )


def similarities(pen: Pen) -> Drawing:
    """Draw how well labels fit, by layer."""
    keys = networks(pen, controls=True)
    layers = common_layers(pen, keys)
    figure, grid = panels(len(layers), 5.5, 6.0)
    for number, (one, ax) in enumerate(zip(layers, grid, strict=True)):
        held = [key for key in keys if one in pen.value(f"{key}.layers")]
        parts = [pen.value(f"{key}.layers.{one}.similarity.histogram") for key in held]
        empty = [0] * len(parts[0]["counts"])
        counts = {key: part["counts"] for key, part in zip(held, parts, strict=True)}
        figures.distributions(
            np.array(parts[0]["edges"], float),
            np.array([counts.get(key, empty) for key in keys], float),
            series=[],
            title=short(one),
            ax=ax,
        )
        ax.set_xlabel("similarity")
        if number == 0:
            ax.set_ylabel("units")
    figures.legend(grid[0], shorts([pen.value(f"{key}.name") for key in keys]), lines=True)
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
    return finish(
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
