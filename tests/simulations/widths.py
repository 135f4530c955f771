"""Two networks of other widths that draw labels from one distribution: no overlap is different.

``python -m tests.simulations.widths`` counts how often a layer or the total is called different
from redealt labels, and how often it is where a share of B's labels is drawn elsewhere (power).
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from study.comparison.null import JACCARD, LABELS, TOTAL, Null
from study.comparison.overlap import Overlap
from study.comparison.pair import pooled, redealt
from study.comparison.statistics import holm
from tests.simulations.probes import parser, standard_error

A, B = (128, 256, 512), (512, 256, 128)
LEVEL = 0.05
_WORDS, _SLOPE = 900, 0.8


def drawn(
    widths: Sequence[int], generator: np.random.Generator, *, elsewhere: float = 0.0
) -> dict[str, list[str]]:
    """Draw the labels of a network; each layer has Zipf frequencies of its own words.

    ``elsewhere`` is the share of labels drawn from a like distribution over other words.
    """
    chances = 1 / np.arange(1, _WORDS + 1) ** _SLOPE
    chances /= chances.sum()
    labels = {}
    for layer, units in enumerate(widths):
        order = np.random.default_rng(layer).permutation(_WORDS)
        words = order[generator.choice(_WORDS, units, p=chances)]
        other = generator.random(units) < elsewhere
        labels[f"l{layer}"] = [f"x{w}" if o else f"w{w}" for w, o in zip(words, other, strict=True)]
    return labels


def verdicts(
    a: dict[str, list[str]], b: dict[str, list[str]], *, hands: int, seed: int, within: bool = True
) -> tuple[dict[str, float], dict[str, float]]:
    """Return raw and adjusted two-sided p values by layer and, under "", of the total.

    Without `within`, the total is redealt across layers, as it must not be.
    """
    tallies = redealt(a, b, permutations=hands, seed=seed)
    if not within:
        across = redealt({"l": pooled(a)}, {"l": pooled(b)}, permutations=hands, seed=seed)
        tallies = {**tallies, TOTAL: across["l"]}
    lists = {**{key: (a[key], b[key]) for key in a}, TOTAL: (pooled(a), pooled(b))}
    raw = {}
    for key, pair in lists.items():
        null = Null.of(Overlap.of(*pair).jaccard, tallies[key][JACCARD], kind=LABELS)
        assert null is not None
        raw[key] = null.p
    adjusted = holm(np.array(list(raw.values())))
    return raw, dict(zip(raw, adjusted.tolist(), strict=True))


def rates(
    draws: int,
    *,
    hands: int,
    elsewhere: float = 0.0,
    widths: Sequence[Sequence[int]] = (A, B),
    within: bool = True,
) -> Counter:
    """Count the draws in which each statement, raw, and any statement, adjusted, is made."""
    found, generator = Counter(), np.random.default_rng(1)
    for draw in range(draws):
        a = drawn(widths[0], generator)
        b = drawn(widths[1], generator, elsewhere=elsewhere)
        raw, adjusted = verdicts(a, b, hands=hands, seed=draw, within=within)
        found.update(key or "total" for key, p in raw.items() if p <= LEVEL)
        found["any, adjusted"] += min(adjusted.values()) <= LEVEL
    return found


def main() -> None:
    options = parser(__doc__, draws=300, hands=499).parse_args()

    def shown(found: Counter) -> str:
        names = ("l0", "l1", "l2", "total", "any, adjusted")
        return ", ".join(f"{name} {found[name] / options.draws:.3f}" for name in names)

    print(f"{options.draws} draws, widths {A} and {B}; raw two-sided at {LEVEL}")
    print(f"one distribution: {shown(rates(options.draws, hands=options.hands))}")
    across = rates(options.draws, hands=options.hands, within=False)
    print(f"the same, total redealt across layers: {shown(across)}")
    for share in (0.1, 0.2, 0.3, 0.5):
        print(f"power, {share:.0%} of B's labels drawn elsewhere, widths {A} and {A}: ", end="")
        print(shown(rates(options.draws, hands=options.hands, elsewhere=share, widths=(A, A))))
    print(f"SE of {LEVEL}: {standard_error(LEVEL, options.draws):.3f}")


if __name__ == "__main__":
    main()
