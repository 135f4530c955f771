"""Row `null`: units of two networks redealt and scored anew, against a plain loop."""

from dataclasses import dataclass

import numpy as np

from study.comparison.null import JACCARD, Words, tally
from study.comparison.rescoring import Scores, units_redealt
from tests.bench.measure import peak, timed
from tests.bench.table import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Units of each of two networks by layer; the plain loop runs so many hands of the first."""

    units: tuple[int, ...] = (128, 256, 512)
    concepts: int = 20_000
    hands: int = 1000
    plain: int = 3


def of_hands(sizes: Sizes = Sizes()) -> list[Line]:
    """Return a line: all hands of all layers, and what they give counted."""
    generator = np.random.default_rng(0)

    def side(units: int) -> Scores:
        scores = generator.standard_normal((units, sizes.concepts), dtype=np.float32)
        return Scores(scores * 4, 1.0, np.ones(units, bool))

    words = Words(tuple(f"word{n}" for n in range(sizes.concepts)))
    layers = {f"layer{n}": (side(units), side(units)) for n, units in enumerate(sizes.units)}

    def all_hands() -> dict[str, object]:
        deals = {
            name: units_redealt(*sides, layer=name, hands=sizes.hands, seed=0)
            for name, sides in layers.items()
        }
        return dict(tally(deals, words))

    with peak() as memory:
        ours, tallies = timed(all_hands)
    assert sum(tallies[""][JACCARD].values()) == sizes.hands  # type: ignore[index]
    first = np.concatenate([part.information for part in layers["layer0"]]).astype(np.float64)
    units = sizes.units[0]

    def plain() -> list[float]:
        overlaps = []
        for _ in range(sizes.plain):
            order = generator.permutation(2 * units)
            labels = []
            for hand in (order[:units], order[units:]):
                scores = first[hand]
                highest = scores.max(axis=0)
                shared = highest + np.log(np.exp(scores - highest).sum(axis=0))
                labels.append(set((scores - shared).argmax(axis=1).tolist()))
            overlaps.append(len(labels[0] & labels[1]) / len(labels[0] | labels[1]))
        return overlaps

    slow, _ = timed(plain)
    slow *= sizes.hands / sizes.plain * sum(sizes.units) / units
    total = sum(sizes.units)
    return [
        Line(
            row="null",
            case=f"2 x {total} units x {sizes.concepts} concepts x {sizes.hands} hands",
            plain=slow,
            ours=ours,
            peak=memory.above,
            aim="< 60 s; < 1 GB",
            note=f"plain: {sizes.plain} hands of the first layer, scaled",
        )
    ]
