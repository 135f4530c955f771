"""Halves of one network: nothing distinguishes them, so no overlap should be called different.

``python -m tests.simulations.halves`` splits the units of each layer at random, scores the halves
separately, as two networks are, and counts how often their overlap is called above or below the
null of units scored anew, and that of redealt labels.
"""

from collections import Counter

import numpy as np

from study.comparison.null import JACCARD, LABELS, UNITS, Null, Words, tally
from study.comparison.overlap import Overlap
from study.comparison.pair import redealt
from study.comparison.rescoring import Scores, units_redealt
from tests.simulations.probes import own, parser, standard_error

LEVEL = 0.05


def labelled(information: np.ndarray, lam: float) -> np.ndarray:
    """Return the best concept of each unit of a layer that is scored alone."""
    values = information.astype(np.float64)
    peak = values.max(axis=0)
    shared = peak + np.log(np.exp(values - peak).sum(axis=0))
    return (values - lam * shared).argmax(axis=1)


def verdicts(
    information: np.ndarray, lam: float, *, splits: int, hands: int, seed: int
) -> dict[str, Counter]:
    """Count by null how often the halves of a layer are called above or below it, two-sided."""
    generator = np.random.default_rng(seed)
    found = {UNITS: Counter(), LABELS: Counter()}
    words = tuple(f"w{n}" for n in range(information.shape[1]))
    for split in range(splits):
        halves = np.array_split(generator.permutation(len(information)), 2)
        labels = [[words[c] for c in labelled(information[half], lam)] for half in halves]
        index = Overlap.of(*labels).jaccard
        sides = [Scores(information[half], lam, np.ones(len(half), bool)) for half in halves]
        anew = units_redealt(*sides, layer="l", hands=hands, seed=split)
        tallies = {
            UNITS: tally({"l": anew}, Words(words)),
            LABELS: redealt({"l": labels[0]}, {"l": labels[1]}, permutations=hands, seed=split),
        }
        for kind, tallied in tallies.items():
            null = Null.of(index, tallied["l"][JACCARD], kind=kind)
            if null is not None and null.p <= LEVEL:
                found[kind]["below" if null.p_low < null.p_high else "above"] += 1
    return found


def main() -> None:
    options = parser(__doc__, splits=200, hands=399).parse_args()
    print(f"{options.splits} splits; at most {LEVEL} + 2 SE is right")
    arrays = own(options.folder)
    for network, layers in arrays.activations.items():
        for layer in arrays.layers:
            information, lam = arrays.scorer.uncorrected(layers[layer])
            counted = verdicts(information, lam, splits=options.splits, hands=options.hands, seed=0)
            shown = [
                f"{kind}: above {count['above'] / options.splits:.3f}, "
                f"below {count['below'] / options.splits:.3f}"
                for kind, count in counted.items()
            ]
            print(f"{network} {layer}: {'; '.join(shown)}", flush=True)
    print(f"SE of {LEVEL}: {standard_error(LEVEL, options.splits):.3f}")


if __name__ == "__main__":
    main()
