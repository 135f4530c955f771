"""Stability and prediction sets against fresh probes: is what they say of another probe so?

``python -m tests.simulations.calibration`` draws probes of 3,000 pictures, labels every network on
each, and compares what one probe says about a unit's label with the labels of the others.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from study.labelling.stability import CHECKED, Halves, agreement, half_masks, margin, set_sizes
from study.labelling.stability import reproduced as estimated
from study.progress import void
from tests.simulations.probes import Arrays, fresh, parser

SET_LIMIT = 3
FIFTHS = (0.2, 0.4, 0.6, 0.8)


def of_unit(
    probe: Arrays, activations: np.ndarray, *, splits: int
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return a layer's similarities, and what one probe says of another, by unit."""
    scores = probe.scorer.of_activations(activations)
    masks = half_masks(len(activations), splits=splits, seed=0)
    labels = probe.scorer.labels_of_resamples(activations, masks.astype(np.int64), void)
    checked = masks[: 2 * CHECKED]
    whole = [probe.scorer.of_images(activations, np.flatnonzero(mask)) for mask in checked]
    halves, share = Halves.of(whole, labels), agreement(labels)
    said = {
        "stability": share,
        "reproduced": estimated(share, margin(scores), halves),
        "sets": set_sizes(scores, halves),
    }
    return scores, said


def compared(probes: Sequence[Arrays], *, splits: int = 25) -> Mapping[str, dict[str, np.ndarray]]:
    """Return for each network what was said of its units, and what the other probes gave.

    Returns
    -------
    dict
        Network to "stability", "reproduced", "sets", "found" (share of the other probes with the
        same label) and "covered" (share whose label is in the set): (units of all layers and
        probes,).
    """
    result: dict[str, dict[str, list[np.ndarray]]] = {}
    for network in probes[0].activations:
        for layer in probes[0].layers:
            known = [of_unit(p, p.activations[network][layer], splits=splits) for p in probes]
            labels = np.stack([scores.argmax(axis=1) for scores, _ in known])
            units = np.arange(labels.shape[1])
            for own, (scores, said) in enumerate(known):
                others = np.delete(labels, own, axis=0)
                rank = [(scores > scores[units, o][:, None]).sum(axis=1) for o in others]
                entry = {
                    **said,
                    "found": (others == labels[own]).mean(axis=0),
                    "covered": (np.stack(rank) < said["sets"]).mean(axis=0),
                }
                for name, values in entry.items():
                    result.setdefault(network, {}).setdefault(name, []).append(values)
    return {
        network: {name: np.concatenate(parts) for name, parts in entries.items()}
        for network, entries in result.items()
    }


def pooled(networks: Mapping[str, dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return the units of all networks together."""
    names = next(iter(networks.values()))
    return {name: np.concatenate([one[name] for one in networks.values()]) for name in names}


def fifths(said: np.ndarray, found: np.ndarray) -> list[tuple[int, float, float]]:
    """Return for each fifth of what was said: units, mean said, mean found."""
    fifth = np.digitize(said, FIFTHS, right=True)
    return [
        (int((fifth == n).sum()), float(said[fifth == n].mean()), float(found[fifth == n].mean()))
        for n in range(5)
        if (fifth == n).any()
    ]


def main() -> None:
    options = parser(__doc__, probes=4, first=75, splits=25).parse_args()
    folder: Path = options.folder
    seeds = range(options.first, options.first + options.probes)
    networks = compared([fresh(seed, folder) for seed in seeds], splits=options.splits)
    for name, units in {**networks, "all": pooled(networks)}.items():
        sure = units["sets"] <= SET_LIMIT
        print(
            f"{name}: stability {units['stability'].mean():.3f}, reproduced "
            f"{units['reproduced'].mean():.3f}, found {units['found'].mean():.3f}; sets of nominal "
            f"90 % cover {units['covered'].mean():.3f}; confident {sure.mean():.3f} of units, "
            f"cover {units['covered'][sure].mean():.3f}"
        )
    units = pooled(networks)
    for name in ("stability", "reproduced"):
        for count, said, found in fifths(units[name], units["found"]):
            print(f"{name}: {count} units, said {said:.3f}, found {found:.3f}")


if __name__ == "__main__":
    main()
