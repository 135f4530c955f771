"""Row `growth`: the cost of each stage as images, and then concepts, increase."""

from dataclasses import dataclass

import numpy as np
import torch

from study.labelling import stability
from study.labelling.scoring import Scorer, resolved_settings
from study.labelling.top_images import Wanted, needed_images
from tests.bench.measure import peak, timed
from tests.bench.table import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Images and concepts of each step, and what they are scored with."""

    steps: tuple[tuple[int, int], ...] = (
        (1000, 5000),
        (4000, 5000),
        (16_000, 5000),
        (16_000, 20_000),
    )
    units: tuple[int, ...] = (128, 256, 512)
    width: int = 512
    resamples: int = 10
    top_k: int = 100


def by_stage(sizes: Sizes = Sizes()) -> list[Line]:
    """Return a line for each stage and step, relative to the first step.

    Holding all images × concepts at once would make the peak grow as their product; it must not.
    """
    first, *others = [_step(*step, sizes) for step in sizes.steps]
    (images, concepts), *larger = sizes.steps
    return [
        Line(
            row="growth",
            case=f"{stage}, {step[0]} images x {step[1]} concepts",
            plain=first[stage][0],
            ours=figure,
            unit=unit,
            growth=True,
            aim=aim.format(images=step[0] / images, both=step[0] * step[1] / (images * concepts)),
            note=f"relative to {images} x {concepts}; made-up activations, "
            f"{sum(sizes.units)} units",
        )
        for step, figures in zip(larger, others, strict=True)
        for stage, (figure, unit, aim) in figures.items()
    ]


def _step(count: int, concepts: int, sizes: Sizes) -> dict[str, tuple[float, str, str]]:
    """Return what a number of images and concepts took by stage: figure, unit, aim."""
    activations = _activations(count, sizes)
    counts = stability.draw_counts(count, resamples=sizes.resamples, seed=0)
    wanted = Wanted(sizes.top_k, (), "index", counts, np.zeros((0, count), bool), None)
    layers = [(layer, True) for layer in activations]
    with peak() as ranking:
        finding, needed = timed(lambda: needed_images(layers, wanted))
    rows = np.full(count, -1, dtype=np.int64)
    rows[needed] = np.arange(len(needed))
    generator = torch.Generator().manual_seed(1)
    scorer = Scorer(
        "soft_wpmi",
        resolved_settings("soft_wpmi", {"top_k": sizes.top_k}),
        torch.randn(len(needed), sizes.width, generator=generator),
        rows,
        torch.randn(concepts, sizes.width, generator=generator),
    )
    scorer.of_activations(activations[0][:, :8])
    with peak() as labelling:
        labels, _ = timed(lambda: [scorer.of_activations(layer).argmax(1) for layer in activations])
    with peak() as sampling:
        resamples, _ = timed(
            lambda: [scorer.labels_of_resamples(x, counts, lambda _: None) for x in activations]
        )
    above = max(ranking.above, labelling.above, sampling.above)
    return {
        "finding the images that count": (finding, "s", ""),
        "encoder calls": (float(len(needed)), "images", "< {images:g} x, as images"),
        "labels": (labels, "s", ""),
        f"{sizes.resamples} resamples": (resamples, "s", ""),
        "peak above inputs": (above / 1e6, "MB", "< {both:g} x, as images x concepts"),
    }


def _activations(count: int, sizes: Sizes) -> list[np.ndarray]:
    """Simulate activations whose top images are shared by units, as in real networks.

    An image has some of 64 traits, few of them strongly; a unit responds to a few traits.
    """
    generator = np.random.default_rng(5)
    traits = generator.gamma(0.3, 1.0, (count, 64)).astype(np.float32)
    return [
        traits @ generator.gamma(0.1, 1.0, (64, units)).astype(np.float32)
        + 0.1 * generator.random((count, units), dtype=np.float32)
        for units in sizes.units
    ]
