"""The numbers of one network: labels, similarity, stability, label quality, categories."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np

from study.comparison.class_units import classes
from study.comparison.forecast import forecast
from study.comparison.grouping import grouping
from study.comparison.rarefaction import rarefied
from study.comparison.statistics import Floats, mean_interval, share_interval
from study.dissection.families import FAMILIES, UNKNOWN
from study.dissection.labels import TRUTH
from study.dissection.run import Run
from study.dissection.table import Layer
from study.dissection.unit_tables import OtherLabel

if TYPE_CHECKING:
    pass

BINS = 30
DECILES = 10
MEASURES = tuple(name for name in TRUTH if "_" not in name)
"""The measures of label quality without their baselines and tests."""
BASELINES, TESTS = ("_others", "_constant"), ("_missing", "_extra")
PASS = 0.9
"""A measure passes a test if it falls for at least this share of the units whose label has a
positive value: a measure that ignores the fault falls for half of them, one that rewards it for
fewer."""


def shared_edges(runs: Sequence[Run]) -> Floats:
    """Return the bin edges of the similarity histograms, the same for all networks, shape (31,)."""
    layers = [layer for run in runs for layer in run.dissection.layers if layer.scored]
    values = [np.zeros(0), *(layer.similarities for layer in layers)]
    return np.histogram_bin_edges(np.concatenate(values), bins=BINS)


def narrowest(runs: Sequence[Run]) -> int:
    """Return the number of live units of the layer that has the fewest, 0 left out; 0 if none."""
    widths = [int(run.live(name).sum()) for run in runs for name in run.dissection.layer_names]
    return min(filter(None, widths), default=0)


def network_numbers(run: Run, *, slug: str, edges: Floats, size: int) -> dict[str, Any]:
    """Return a network's entry of the results.

    Parameters
    ----------
    run
        The finished dissection.
    slug
        The network's folder name.
    edges
        Shape (bins + 1,): bin edges of the similarity histograms.
    size
        Units at which distinct labels are rarefied.
    """
    dissection = run.dissection
    live = {layer.name: run.live(layer.name) for layer in dissection.layers}
    labels = {
        layer.name: tuple(compress(layer.descriptions, live[layer.name]))
        for layer in dissection.layers
    }
    similarities = {
        layer.name: np.asarray(layer.similarities)[live[layer.name]] for layer in dissection.layers
    }
    dead = {
        (layer.name, unit)
        for layer in dissection.layers
        for unit in compress(layer.units, ~live[layer.name])
    }
    kept = [row for row in run.sensitivity if (row.layer, row.unit) not in dead]
    gaps = {layer.name: layer.missing for layer in dissection.layers if layer.missing}
    limit = (run.manifest or {}).get("limit")
    forecasts = _by_layer(run, _forecast, "stability")
    return {
        "name": run.name,
        "slug": slug,
        "role": run.role,
        **({"twin_of": run.twin_of} if run.role == "twin" else {}),
        "units": dissection.units,
        **_described(
            [label for layer in labels.values() for label in layer],
            np.concatenate(list(similarities.values())),
            edges,
        ),
        "rarefied": {
            "units": size,
            "layers": {
                name: {"unique": rarefied(list(Counter(layer).values()), size)}
                for name, layer in labels.items()
            },
        },
        "dead": _dead(run),
        "as_published": _as_published(run, dissection.layers),
        "trusted": run.trusted,
        **({"limit": limit} if isinstance(limit, int) else {}),
        **({"missing_units": gaps} if gaps else {}),
        "layers": {
            layer.name: {
                "units": len(layer),
                **_described(labels[layer.name], similarities[layer.name], edges),
                "dead": _dead(run, layer.name),
                "as_published": _as_published(run, [layer]),
            }
            for layer in dissection.layers
        },
        "unit_tests": _by_layer(run, _unit_tests, "significant"),
        "stability": _by_layer(run, _stability, "stability"),
        "truth": _by_layer(run, _truth, "precision"),
        "categories": _categories(run),
        "classes": classes(run.classes),
        "sensitivity": sensitivity(
            kept,
            {
                layer.name: dict(zip(layer.units, layer.descriptions, strict=True))
                for layer in dissection.layers
            },
        ),
        "foretelling": forecasts if forecasts and forecasts["overall"] else None,
    }


def _described(labels: Sequence[str], values: Floats, edges: Floats) -> dict[str, Any]:
    counts = Counter(labels)
    points = [0, 0.25, 0.5, 0.75, 1]
    known = not np.isnan(values).any()
    values = values if known else values[:0]
    quantiles = np.quantile(values, points).tolist() if len(values) else [None] * len(points)
    low, q1, median, q3, high = quantiles
    return {
        "unique": len(counts),
        "mean_similarity": float(values.mean()) if len(values) else None,
        "top": [[word, -n] for n, word in sorted((-n, word) for word, n in counts.items())],
        "similarity": {
            "min": low,
            "q1": q1,
            "median": median,
            "q3": q3,
            "max": high,
            "histogram": {
                "edges": edges.tolist(),
                "counts": np.histogram(values, edges)[0].tolist(),
            }
            if known
            else None,
        },
    }


def _as_published(run: Run, layers: Sequence[Layer]) -> dict[str, Any] | None:
    """Return the counts with dead units; `None` if there are none."""
    if all(run.live(layer.name).all() for layer in layers):
        return None
    values = np.concatenate([layer.similarities for layer in layers])
    words = {word for layer in layers for word in layer.descriptions}
    return {"unique": len(words), "mean_similarity": mean_interval(values)["mean"]}


def _dead(run: Run, layer: str | None = None) -> int | None:
    return None if run.labels is None else int(run.measured("dead", layer).sum())


def _by_layer(
    run: Run, numbers: Callable[[Run, str | None], dict[str, Any] | None], column: str
) -> dict[str, Any] | None:
    """Apply a function to each layer and to all layers; `None` if the column has no value."""
    if np.isnan(run.measured(column)).all():
        return None
    layers = {layer: numbers(run, layer) for layer in run.dissection.layer_names}
    return {"layers": layers, "overall": numbers(run, None)}


def _unit_tests(run: Run, layer: str | None) -> dict[str, Any]:
    flags = run.measured("significant", layer)
    tested = int((~np.isnan(flags)).sum())
    return {"tested": tested, **share_interval(int(np.nansum(flags)), tested)}


def _stability(run: Run, layer: str | None) -> dict[str, Any]:
    shares, flags = run.measured("stability", layer), run.measured("confident", layer)
    known = shares[~np.isnan(shares)]
    confident, judged = int(np.nansum(flags)), int((~np.isnan(flags)).sum())
    # The last tenth includes 1: a label on which the halves of every split agree.
    tenths = np.minimum((known * DECILES + 1e-9).astype(int), DECILES - 1)
    return {
        **mean_interval(shares, least=0.0, most=1.0),
        "confident": confident if judged else None,
        "confident_share": confident / judged if judged else None,
        "deciles": np.bincount(tenths, minlength=DECILES).tolist(),
        "reproduced": mean_interval(run.measured("reproduced", layer))["mean"],
    }


def _forecast(run: Run, layer: str | None) -> dict[str, Any] | None:
    return forecast(
        run.measured("stability", layer),
        run.measured("precision", layer),
        {name: run.measured(name, layer) for name in ("base_rate", "similarity")},
    )


def _truth(run: Run, layer: str | None) -> dict[str, Any]:
    values = {name: run.measured(name, layer) for name in TRUTH}
    entries = {name: mean_interval(known, least=-1.0, most=1.0) for name, known in values.items()}
    shown = {
        name: entry if entry["units"] else None
        for name, entry in entries.items()
        if not name.endswith(TESTS)
    }
    known = [measure for measure in MEASURES if shown[measure]]
    return {
        "units": entries["precision"]["units"],
        "base_rate": mean_interval(run.measured("base_rate", layer))["mean"],
        **shown,
        "gains": {
            measure: {
                baseline.strip("_"): mean_interval(values[measure] - values[measure + baseline])
                for baseline in BASELINES
            }
            for measure in known
        },
        "sanity": {
            measure: _sanity(values[measure], [values[measure + test] for test in TESTS])
            for measure in known
        },
    }


def _sanity(values: Floats, changed: Sequence[Floats]) -> dict[str, Any]:
    """Return the share of units whose measure falls when the truth is made wrong on purpose."""
    falls: dict[str, Any] = {}
    for name, other in zip(TESTS, changed, strict=True):
        known = ~(np.isnan(values) | np.isnan(other)) & (values > 0)
        falls[name.strip("_")] = float((other < values)[known].mean()) if known.any() else None
    shares = [share for share in falls.values() if share is not None]
    return {**falls, "passes": min(shares) >= PASS if len(shares) == len(TESTS) else None}


def _categories(run: Run) -> dict[str, Any] | None:
    known = grouping([run])
    if known is None:
        return None
    named = {
        layer.name: [
            known.categories.get(label, UNKNOWN)
            for label in compress(layer.descriptions, run.live(layer.name))
        ]
        for layer in run.dissection.layers
    }
    every = [name for names in named.values() for name in names]
    order = [*FAMILIES, *sorted(set(every) - {UNKNOWN})] if known.sha256 else sorted(set(every))
    names = [name for name in dict.fromkeys(order) if name in every and name != UNKNOWN]
    names += [UNKNOWN] if UNKNOWN in every else []

    def shares(labels: Sequence[str]) -> dict[str, Any]:
        counts = Counter(labels)
        return {name: share_interval(counts[name], len(labels)) for name in names}

    layers = {name: shares(labels) for name, labels in named.items()}
    source = {"source": known.source, "sha256": known.sha256}
    return {**source, "names": names, "layers": layers, "overall": shares(every)}


def sensitivity(
    rows: Sequence[OtherLabel], labels: Mapping[str, Mapping[int, str]]
) -> list[dict[str, Any]] | None:
    """Compare the labels under other settings with those of the run, by layer and unit.

    There is one entry per setting and value, sorted; `None` if there are no rows.
    """
    groups: dict[tuple[str, float], dict[str, list[OtherLabel]]] = {}
    for row in rows:
        layers = groups.setdefault((row.setting, row.value), {})
        layers.setdefault(row.layer, []).append(row)
    return [
        {
            "setting": setting,
            "value": int(value) if value.is_integer() else value,
            "layers": {
                layer: _agreement(part, labels.get(layer, {})) for layer, part in layers.items()
            },
        }
        for (setting, value), layers in sorted(groups.items())
    ] or None


def _agreement(rows: Sequence[OtherLabel], labels: Mapping[int, str]) -> dict[str, Any]:
    return {
        "unique": len({row.label for row in rows}),
        "agreement": sum(labels.get(row.unit) == row.label for row in rows) / len(rows),
        "precision": mean_interval([row.precision for row in rows])["mean"],
        "own_precision": mean_interval([row.own_precision for row in rows])["mean"],
    }
