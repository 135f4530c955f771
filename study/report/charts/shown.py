"""Charts of dissections and comparisons, drawn on matplotlib axes that are given or made."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from study.comparison.pair import Comparison, Part
from study.dissection.run import Run
from study.errors import StudyError
from study.report import charts

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def venn(pair: Comparison, *, layer: str | None = None, ax: "Axes | None" = None) -> "Axes":
    """Draw the concepts of two networks as circles: only in A, shared, only in B.

    Parameters
    ----------
    pair
        What `study.compare` returned.
    layer
        One of its layers; all together if left out.
    ax
        Where to draw; a new figure by default.
    """
    overlap = _part(pair, layer).overlap
    regions = {
        "10": len(overlap.only_a),
        "01": len(overlap.only_b),
        "11": len(overlap.shared),
    }
    title = layer or "all layers"
    return charts.venn(
        regions, names=(pair.a, pair.b), keys={key: key for key in regions}, title=title, ax=ax
    )


def bars(run: Run, *, layer: str | None = None, top: int = 20, ax: "Axes | None" = None) -> "Axes":
    """Draw how many units have each of the commonest labels.

    Parameters
    ----------
    run
        A dissection.
    layer
        One of its layers; all together if left out.
    top
        How many labels.
    ax
        Where to draw; a new figure by default.
    """
    counts = run.counts(layer)
    chosen = dict(list(counts.items())[:top])
    axes = ax or charts.new_figure(7, 0.26 * len(chosen) + 1).add_subplot()
    axes.barh(list(chosen), list(chosen.values()))
    axes.invert_yaxis()
    axes.set_xlabel("units")
    axes.set_title(f"{run.name}, {layer or 'all layers'}")
    return axes


def overlaps(pair: Comparison, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the Jaccard index of each layer beside what chance alone gives (95 % of the null)."""
    axes = ax or charts.new_figure(6, 3.5).add_subplot()
    parts: Mapping[str, Part] = {**pair.layers, "all layers": pair.overall}
    for place, part in enumerate(parts.values()):
        if part.null is not None:
            axes.plot([place, place], [part.null.low, part.null.high], color="0.7", linewidth=8)
        if part.jaccard is not None:
            axes.plot(place, part.jaccard, "o", color="C0")
    axes.set_xticks(range(len(parts)), list(parts))
    axes.set_ylabel("Jaccard index")
    axes.set_ylim(bottom=0)
    axes.set_title(f"{pair.a} and {pair.b}: shared concepts, and chance (grey)")
    return axes


def _part(pair: Comparison, layer: str | None) -> Part:
    if layer is None:
        return pair.overall
    if layer not in pair.layers:
        raise StudyError(f"expected one of the layers {', '.join(pair.layers)}, found {layer!r}")
    return pair.layers[layer]
