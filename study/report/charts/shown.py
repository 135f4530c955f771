"""Charts of dissections and comparisons, drawn on matplotlib axes that are given or made.

>>> import study
>>> a, b = study.charts.sample()
>>> ax = study.charts.venn(study.compare(a, b))
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from study.comparison.pair import Comparison, Part
from study.comparison.statistics import share_interval
from study.dissection.families import FAMILIES, UNKNOWN, own
from study.dissection.run import Run
from study.dissection.table import Dissection, Layer
from study.errors import StudyError
from study.report import charts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH = 22


def sample() -> tuple[Run, Run]:
    """Return two small dissections with two layers each, to try the charts on."""
    words = {
        "Objects": (["dotted", "striped", "dotted", "red"], ["dog", "cat", "bus", "kitchen"]),
        "Scenes": (["dotted", "green", "grid", "red"], ["kitchen", "beach", "kitchen", "dog"]),
    }

    def layer(name: str, labels: Sequence[str]) -> Layer:
        return Layer(name, tuple(labels), np.arange(1, len(labels) + 1) / 10)

    first, second = (
        Run(Dissection(name, (layer("layer3", early), layer("layer4", late))))
        for name, (early, late) in words.items()
    )
    return first, second


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

    Examples
    --------
    >>> import study
    >>> ax = venn(study.compare(*sample()), layer="layer4")
    >>> sorted(text.get_text() for text in ax.texts if text.get_text().isdecimal())
    ['1', '2', '2']
    """
    overlap = _part(pair, layer).overlap
    regions = {
        "10": len(overlap.only_a),
        "01": len(overlap.only_b),
        "11": len(overlap.shared),
    }
    keys, names = {key: key for key in regions}, [_short(pair.a), _short(pair.b)]
    with charts.style():
        return charts.venn(regions, names=names, keys=keys, title=layer or "all layers", ax=ax)


def overlaps(pair: Comparison, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the Jaccard index of each layer, and of all, over its null (hatched: central 95 %).

    Parameters
    ----------
    pair
        What `study.compare` returned.
    ax
        Where to draw; a new figure by default.

    Examples
    --------
    >>> import study
    >>> ax = overlaps(study.compare(*sample()))
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['layer3', 'layer4', 'all layers']
    """
    parts: Mapping[str, Part] = {**pair.layers, "all layers": pair.overall}
    known = [part.null for part in parts.values()]
    nothing = [None for _ in parts]
    with charts.style():
        axes = ax or charts.new_figure(4 + 3.0 * len(parts), 6.6).add_subplot()
        return charts.overlaps(
            [np.nan if part.jaccard is None else part.jaccard for part in parts.values()],
            categories=[_short(name) for name in parts],
            null=[(null.low, null.high) if null else None for null in known],
            ceiling=nothing,
            interval=nothing,
            keys=list(parts),
            ax=axes,
        )


def families(
    *runs: Run,
    layer: str | None = None,
    categories: Mapping[str, str] | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw which kinds of concept label the units of dissections, as shares with 95 % intervals.

    Parameters
    ----------
    runs
        One dissection or several, side by side.
    layer
        One of their layers; all together if left out.
    categories
        Concept to its kind; by default those of the project's table (WordNet, DTD, Places365).
    ax
        Where to draw; a new figure by default.

    Examples
    --------
    >>> ax = families(*sample(), layer="layer4")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['object', 'scene', 'animal']
    """
    if not runs:
        raise StudyError("charts.families: expected at least one dissection, found none")
    kind_of = own().of if categories is None else lambda word: categories.get(word, UNKNOWN)
    counts = [_kinds(run.counts(_known(run, layer)), kind_of) for run in runs]
    found = set().union(*counts)
    names = [name for name in (*FAMILIES, *sorted(found - {*FAMILIES, UNKNOWN})) if name in found]
    names += [UNKNOWN] * (UNKNOWN in found)
    shares = [
        [share_interval(own_counts[name], sum(own_counts.values())) for name in names]
        for own_counts in counts
    ]
    ends = [[[one[end] for one in row] for row in shares] for end in ("low", "high")]
    with charts.style():
        height = 2.2 + (0.24 + 0.19 * len(runs)) * len(names)
        axes = ax or charts.new_figure(10, height).add_subplot()
        charts.bars(
            np.array([[one["share"] for one in row] for row in shares], float),
            categories=[_short(name) for name in names],
            errors=np.array(ends, float),
            horizontal=True,
            title=layer or "all layers",
            ax=axes,
        )
        axes.set_xlabel("share of labels")
        charts.legend(axes, [_short(run.name) for run in runs])
    return axes


def bars(run: Run, *, layer: str | None = None, top: int = 20, ax: "Axes | None" = None) -> "Axes":
    """Draw how many units have each of the most frequent labels.

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

    Examples
    --------
    >>> ax = bars(sample()[0], layer="layer3", top=2)
    >>> [int(patch.get_width()) for patch in ax.patches]
    [2, 1]
    """
    counts = dict(list(run.counts(_known(run, layer)).items())[:top])
    with charts.style():
        axes = ax or charts.new_figure(10, 1.5 + 0.5 * len(counts)).add_subplot()
        charts.bars(
            np.array([list(counts.values())], float),
            categories=[_short(word) for word in counts],
            keys=[list(counts)],
            horizontal=True,
            title=f"{_short(run.name)}, {layer or 'all layers'}",
            ax=axes,
        )
        axes.set_xlabel("units")
    return axes


def heatmap(run: Run, *, top: int = 20, ax: "Axes | None" = None) -> "Axes":
    """Draw the units of the most frequent labels, layer by layer; empty where there is none.

    Parameters
    ----------
    run
        A dissection.
    top
        How many labels.
    ax
        Where to draw; a new figure by default.

    Examples
    --------
    >>> ax = heatmap(sample()[1], top=3)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['kitchen', 'beach', 'dog']
    """
    layers = list(run.dissection.layer_names)
    words = list(run.counts())[:top]
    by_layer = [run.counts(name) for name in layers]
    counts = np.array([[own.get(word, 0) for own in by_layer] for word in words], float)
    with charts.style():
        axes = ax or charts.new_figure(4 + 1.9 * len(layers), 1.5 + 0.4 * len(words)).add_subplot()
        return charts.heatmap(
            counts.reshape(len(words), len(layers)),
            rows=[_short(word) for word in words],
            columns=[_short(name) for name in layers],
            largest=float(counts.max(initial=1)),
            keys=[[f"{word} {name}" for name in layers] for word in words],
            title=_short(run.name),
            ax=axes,
        )


def similarities(*runs: Run, layer: str, ax: "Axes | None" = None) -> "Axes":
    """Draw the share of a layer's units whose label has at least a similarity, a line for each run.

    Parameters
    ----------
    runs
        One dissection or several, of the same list of concepts.
    layer
        A layer that all of them have.
    ax
        Where to draw; a new figure by default.

    Raises
    ------
    StudyError
        If a run lacks the layer, or its table holds no similarities.

    Examples
    --------
    >>> ax = similarities(*sample(), layer="layer4")
    >>> [float(line.get_ydata()[0]) for line in ax.lines]
    [1.0, 1.0]
    """
    values = []
    for run in runs:
        part = run.dissection.layer(_known(run, layer) or "")
        if not part.scored:
            raise StudyError(
                f"charts.similarities: the table of {run.name!r} holds no similarities"
            )
        values.append(np.asarray(part.similarities, float)[run.live(part.name)])
    if not values:
        raise StudyError("charts.similarities: expected at least one dissection, found none")
    every = np.concatenate(values)
    edges = np.linspace(float(every.min()), float(every.max()), 41)
    counts = np.array([np.histogram(own, edges)[0] for own in values], float)
    with charts.style():
        axes = ax or charts.new_figure(9, 6).add_subplot()
        charts.cumulative(edges, counts, title=layer, ax=axes)
        axes.set(xlabel="similarity", ylabel="share of units")
        charts.legend(axes, [_short(run.name) for run in runs], lines=True)
    return axes


def _short(text: str) -> str:
    return charts.bounded(text, width=_WIDTH)


def _kinds(counts: Mapping[str, int], kind_of: Callable[[str], str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for word, units in counts.items():
        found[kind_of(word)] += units
    return found


def _known(run: Run, layer: str | None) -> str | None:
    names = list(run.dissection.layer_names)
    if layer is not None and layer not in names:
        raise StudyError(
            f"{run.name}: expected one of the layers {', '.join(names)}, found {layer!r}"
        )
    return layer


def _part(pair: Comparison, layer: str | None) -> Part:
    if layer is None:
        return pair.overall
    if layer not in pair.layers:
        raise StudyError(f"expected one of the layers {', '.join(pair.layers)}, found {layer!r}")
    return pair.layers[layer]
