"""The figures about labels: how stable they are, what kind of thing they name."""

import numpy as np
from markupsafe import Markup

from study import figures
from study.report.drawings.drawing import (
    Drawing,
    Numbers,
    common_layers,
    finish,
    having,
    panels,
    short,
    shorts,
)
from study.report.pen import Pen, say
from study.report.prose.places import (
    layer,
    name,
)


def stability(pen: Pen) -> list[Drawing]:
    """Draw how stable labels are, where that was measured."""
    keys = having(pen, "stability")
    if not keys:
        return []
    layers = common_layers(pen, keys)
    figure, grid = panels(len(layers), 5.5, 6.0)
    for number, (one, ax) in enumerate(zip(layers, grid, strict=True)):
        parts = [pen.get(f"{key}.stability.layers.{one}.deciles") for key in keys]
        bins = len(next(part for part in parts if part))
        figures.distributions(
            np.linspace(0, 1, bins + 1),
            np.array([part or [0] * bins for part in parts], float),
            series=[],
            title=short(one),
            ax=ax,
        )
        ax.set_xlabel("share of resamples")
        if number == 0:
            ax.set_ylabel("units")
    figures.legend(grid[0], shorts([pen.value(f"{key}.name") for key in keys]), lines=True)
    words = [
        say(
            "{}: on average {} of resamples keep a label",
            name(pen, key),
            pen.n(f"{key}.stability.overall.mean", "share"),
        )
        for key in keys
    ]
    return [
        finish(
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


def categories(pen: Pen) -> list[Drawing]:
    """Draw what kind of thing labels name, where that is known."""
    keys = having(pen, "categories")
    if not keys:
        return []
    layers = common_layers(pen, keys)
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
            categories=shorts(kinds),
            errors=np.stack([taken("low"), taken("high")]),
            horizontal=True,
            written=None,
            title=short(one),
            ax=ax,
        )
        ax.set_xlabel("share of labels")
        ax.label_outer()
    figures.legend(grid[0], shorts([pen.value(f"{key}.name") for key in keys]))
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
        finish(
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
