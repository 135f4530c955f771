"""Twins and other tasks: twins overlap as the null says, networks of other tasks less.

``python -m tests.simulations.twins WEIGHTS...`` reads object.safetensors, object-twin.safetensors,
scene.safetensors and scene-twin.safetensors in each folder, as the training command writes them,
and states every overlap.
"""

from collections.abc import Iterable
from pathlib import Path

from study.comparison.null import JACCARD, UNITS, Null, Words, tally
from study.comparison.overlap import Overlap
from study.comparison.pair import pooled
from study.comparison.rescoring import Scores, units_redealt
from study.inputs.settings import NetworkSettings
from study.inputs.study_file import read_study
from tests.simulations.probes import Arrays, own, parser

PAIRS = (("object", "object-twin"), ("scene", "scene-twin"), ("object", "scene"))
_CLASSES = {"object": 48, "scene": 27}


def networks(folder: Path) -> list[NetworkSettings]:
    """Return the four trained networks of a folder."""
    first = read_study("miniature").networks[0]
    return [
        NetworkSettings(
            name=name,
            architecture=first.architecture,
            classes=_CLASSES[name.split("-")[0]],
            weights=f"file:{folder / name}.safetensors",
            layers=first.layers,
            preprocessing=first.preprocessing,
        )
        for name in ("object", "object-twin", "scene", "scene-twin")
    ]


def statements(arrays: Arrays, *, hands: int) -> Iterable[tuple[str, str, str, Null]]:
    """Yield every pair's null by layer and, under "total", over all layers."""
    words = arrays.inputs.concepts.words
    live = {
        (name, layer): values.max(axis=0) > values.min(axis=0)
        for name, layers in arrays.activations.items()
        for layer, values in layers.items()
    }
    for a, b in PAIRS:
        labels, deals = ({}, {}), {}
        for layer in arrays.layers:
            sides = []
            for name, side in zip((a, b), labels, strict=True):
                values, alive = arrays.activations[name][layer], live[name, layer]
                best = arrays.scorer.of_activations(values).argmax(axis=1)
                side[layer] = [words[c] for c, one in zip(best, alive, strict=True) if one]
                sides.append(Scores(*arrays.scorer.uncorrected(values), dealt=alive))
            deals[layer] = units_redealt(*sides, layer=layer, hands=hands, seed=0)
        tallies = tally(deals, Words(words))
        for key, counts in tallies.items():
            lists = [pooled(side) if not key else side[key] for side in labels]
            null = Null.of(Overlap.of(*lists).jaccard, counts[JACCARD], kind=UNITS)
            assert null is not None
            yield a, b, key or "total", null


def main() -> None:
    options = parser(__doc__, hands=2000)
    options.add_argument("weights", nargs="+", type=Path)
    given = options.parse_args()
    for folder in given.weights:
        arrays = own(given.folder, networks=networks(folder.resolve()))
        found = list(statements(arrays, hands=given.hands))
        for a, b, key, null in found:
            verdict = "not different" if null.p > 0.05 / len(found) else "different"
            print(
                f"{folder.name}: {a} and {b}, {key}: {null.jaccard:.3f}, null {null.mean:.3f} "
                f"[{null.low:.3f}, {null.high:.3f}], p {null.p:.4f}: {verdict}"
            )


if __name__ == "__main__":
    main()
