"""Row `stability`: the labels of resamples, against the published method on each."""

from dataclasses import dataclass

import numpy as np
import torch

from study.labelling import stability
from study.labelling.scoring import Scorer, resolved_settings
from tests.bench import published
from tests.bench.measure import peak, timed
from tests.bench.similarity import Sizes as Features
from tests.bench.similarity import made_up
from tests.bench.table import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Two networks with these units by layer; `measured` of the resamples are run."""

    images: int = 1000
    units: tuple[int, ...] = (128, 256, 512)
    networks: int = 2
    concepts: int = 20_000
    resamples: int = 50
    measured: int = 10


def of_resamples(sizes: Sizes = Sizes()) -> list[Line]:
    """Return a line: all resamples of all layers."""
    features = Features(images=sizes.images, units=sum(sizes.units), concepts=sizes.concepts)
    images, concepts, activations = made_up(features)
    settings = resolved_settings("soft_wpmi", {})
    scorer = Scorer("soft_wpmi", settings, images, np.arange(sizes.images), concepts)
    layers = [part.numpy() for part in activations.split(sizes.units, dim=1)]
    counts = stability.draw_counts(sizes.images, resamples=sizes.measured, seed=0)
    with peak() as memory:
        fast, own = timed(
            lambda: [scorer.labels_of_resamples(x, counts, lambda _: None) for x in layers]
        )
    drawn = torch.from_numpy(np.repeat(np.arange(sizes.images), counts[0]))
    slow, expected = timed(
        lambda: published.soft_wpmi(
            published.scores(images[drawn], concepts), torch.from_numpy(layers[0])[drawn]
        )
    )
    equal = int((torch.from_numpy(own[0][0]) == expected.argmax(1)).sum())
    units = sum(sizes.units) * sizes.networks
    fast *= sizes.networks * sizes.resamples / sizes.measured
    slow *= units / sizes.units[0] * sizes.resamples
    return [
        Line(
            row="stability",
            case=f"{units} units x {sizes.concepts} concepts x {sizes.resamples} resamples",
            plain=slow,
            ours=fast,
            peak=memory.above,
            aim="< 180 s; < 3 GB",
            note=(
                f"study on {sizes.measured} resamples of one network, plain on one resample of "
                f"{sizes.units[0]} units, scaled linearly; labels equal {equal} of {sizes.units[0]}"
            ),
        )
    ]
