"""Which labeller to trust, where the truth is known: similarity functions and their settings.

``python -m tests.simulations.labellers`` labels the trained networks of the miniature with every
labeller on one drawn probe, from which to choose, and on another, which is to be believed, and
prints a table. Quality is held out: labels from one half of a probe are judged on the other, less
what the labels of the layer's other units reach there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from study.comparison.statistics import mean_interval
from study.labelling import truth
from study.labelling.significance import significant
from study.labelling.stability import agreement, half_masks
from study.similarity import DEFAULTS
from tests.simulations.probes import Arrays, fresh, parser

Scores = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From activations (images, units) and chosen images to similarities (units, concepts)."""
DEFAULT = "soft_wpmi, top_k 20"
_NETWORKS = ("Objects", "Scenes")


@dataclass(frozen=True, slots=True)
class Labeller:
    """One or several similarity functions; several are averaged after standardising by unit."""

    name: str
    parts: tuple[tuple[str, Mapping[str, float]], ...]

    def scores(self, arrays: Arrays) -> Scores:
        """Return the function that scores some images of a probe."""
        scorers = [
            replace(arrays.scorer, function=function, settings={**DEFAULTS[function], **settings})
            for function, settings in self.parts
        ]

        def of_images(activations: np.ndarray, chosen: np.ndarray) -> np.ndarray:
            values = [scorer.of_images(activations, chosen) for scorer in scorers]
            return (
                values[0] if len(values) == 1 else np.mean([_standard(v) for v in values], axis=0)
            )

        return of_images


def _standard(scores: np.ndarray) -> np.ndarray:
    spread = scores.std(axis=1, keepdims=True)
    return (scores - scores.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1)


def labellers() -> list[Labeller]:
    """Return the labellers of the table, the published default of each function first."""
    soft, wpmi = "soft_wpmi", "wpmi"
    some = [Labeller(f"{soft}, top_k {k}", ((soft, {"top_k": k}),)) for k in (20, 5, 10, 50, 100)]
    some += [
        Labeller(f"{soft}, top_k 20, a {a}", ((soft, {"top_k": 20, "a": a}),)) for a in (2, 20)
    ]
    some += [
        Labeller(f"{soft}, top_k 20, lam {lam}", ((soft, {"top_k": 20, "lam": lam}),))
        for lam in (0.0, 0.5)
    ]
    some += [Labeller(f"{wpmi}, published", ((wpmi, {}),))]
    others = ("rank_reorder", "cos_similarity", "cos_similarity_cubed")
    some += [Labeller(f"{name}, published", ((name, {}),)) for name in others]
    top: tuple[str, Mapping[str, float]] = (soft, {"top_k": 20})
    some += [Labeller(f"{soft}, top_k 20 + {name}", (top, (name, {}))) for name in others[1:]]
    return some


def measured(
    arrays: Arrays, labeller: Labeller, *, splits: int, shuffles: int
) -> Mapping[str, np.ndarray]:
    """Return a labeller's measures by unit of all layers of both trained networks."""
    of_images, table = labeller.scores(arrays), arrays.inputs.probe.truth
    words, images = arrays.inputs.concepts.words, len(arrays.inputs.probe)
    assert table is not None
    masks = half_masks(images, splits=splits, seed=0)
    result: dict[str, list[np.ndarray]] = {}
    for network in _NETWORKS:
        for layer in arrays.layers:
            values = arrays.activations[network][layer]
            live = values.max(axis=0) > values.min(axis=0)
            halves = np.stack(
                [of_images(values, np.flatnonzero(mask)).argmax(axis=1) for mask in masks]
            )
            labels = [[words[c] for c in half] for half in halves[:2]]
            judged = truth.held_out(values, masks[:2], labels, table, live, seed=0)
            every = np.arange(images)
            best = of_images(values, every).max(axis=1)
            draw, reached = np.random.default_rng(1), np.zeros(values.shape[1])
            for _ in range(shuffles):
                reached += of_images(values[draw.permutation(images)], every).max(axis=1) >= best
            found = {
                "Pearson": judged["pearson"] - judged["pearson_others"],
                "AUPRC": judged["auprc"] - judged["auprc_others"],
                "significant": significant((reached + 1) / (shuffles + 1)).astype(float),
                "stability": agreement(halves),
            }
            for name, part in found.items():
                result.setdefault(name, []).append(np.where(live, part, np.nan))
    return {name: np.concatenate(parts) for name, parts in result.items()}


def table(
    first: Mapping[str, Mapping[str, np.ndarray]], second: Mapping[str, Mapping[str, np.ndarray]]
) -> list[str]:
    """Return the rows of a Markdown table: chosen on the first probe, reported on the second."""
    names = ("Pearson", "AUPRC", "significant", "stability")
    lines = [
        "| labeller | Pearson, first probe | " + " | ".join(names) + " | Pearson less default |",
        "|---|" + "---|" * (len(names) + 2),
    ]
    ranked = sorted(first, key=lambda name: -np.nanmean(first[name]["Pearson"]))
    for name in ranked:
        cells = [_interval(second[name][measure]) for measure in names]
        less = _interval(second[name]["Pearson"] - second[DEFAULT]["Pearson"])
        chosen = f"{np.nanmean(first[name]['Pearson']):.3f}"
        lines.append("| " + " | ".join([name, chosen, *cells, less]) + " |")
    return lines


def _interval(values: np.ndarray) -> str:
    entry = mean_interval(values)
    if entry["low"] is None:
        return f"{entry['mean']:.3f}"
    return f"{entry['mean']:.3f} [{entry['low']:.3f}, {entry['high']:.3f}]"


def run(
    probes: Sequence[Arrays], some: Sequence[Labeller], *, splits: int, shuffles: int
) -> list[dict[str, Mapping[str, np.ndarray]]]:
    """Measure every labeller on every probe."""
    return [
        {one.name: measured(probe, one, splits=splits, shuffles=shuffles) for one in some}
        for probe in probes
    ]


def main() -> None:
    options = parser(__doc__, first=91, splits=10, shuffles=199).parse_args()
    probes = [fresh(options.first + n, options.folder) for n in range(2)]
    results = run(probes, labellers(), splits=options.splits, shuffles=options.shuffles)
    print("\n".join(table(*results)))


if __name__ == "__main__":
    main()
