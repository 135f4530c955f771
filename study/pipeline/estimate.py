"""The estimate: time, memory and disk space of a plan, from short measurements (``--dry-run``)."""

import importlib
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import torch

from study.comparison.rescoring import Scores, units_redealt
from study.inputs.probe import Probe
from study.labelling.scoring import TOGETHER, Scorer
from study.labelling.stability import CHECKED, draw_counts
from study.labelling.top_images import ranked_images
from study.models.pieces import piece_size
from study.pipeline import features, passes
from study.pipeline.cards import maps, tiles
from study.pipeline.opening import Inputs
from study.pipeline.pairs.redealing import hands_of, pairs_of, versions_of
from study.pipeline.plan import Plan, distinct, labellings
from study.progress import void

_IMAGES, _TEXTS, _WORDS, _UNITS = 12, 128, 512, 64
"""Images and texts to encode, concepts and units to score in a measurement: seconds at most."""
_RUNS, _LONG = 5, 1.0
"""Work is timed five times and the median counts; once is enough if it takes a second."""
_PROGRAM = 500_000_000
"""Bytes that the program and torch take, where the system does not report them."""


def estimated_lines(inputs: Inputs, plan: Plan, *, batch: int) -> list[str]:
    """Return a plan with times, memory and disk space, as lines for a person.

    Memory depends on `batch`, the images in one forward pass.
    """
    seconds = stage_seconds(inputs, plan)
    disk = sum(stage.disk for stage in plan.stages)
    return [
        *plan.head,
        *(
            f"{stage}, about {_time(took)}"
            for stage, took in zip(plan.stages, seconds, strict=True)
        ),
        f"  in all about {_time(sum(seconds))}, memory about "
        f"{_size(peak_bytes(inputs, batch=batch))}, the store grows by about {_size(disk)}",
    ]


def stage_seconds(inputs: Inputs, plan: Plan) -> list[float]:
    """Return the seconds of each stage; work is timed only where some is missing."""
    sample = replace(inputs, probe=_sample(inputs.probe, _images(inputs)))
    images, words = range(len(sample.probe)), inputs.concepts.words[:_TEXTS]
    watched = {n: n.layers for n in inputs.networks if plan.missing[n.slug]}
    forward = partial(passes.forward, sample, watched, images, batch=len(images))
    encode_words = partial(features.encoded_words, inputs, words)
    encode_images = partial(passes.encoded, sample, images, batch=len(images))
    # In the order of `study.pipeline.plan.make_plan`: missing work to seconds.
    estimates: list[Callable[[int], float]] = [
        lambda missing: missing * seconds_of(lambda: sample.probe.check(images)) / len(images),
        lambda missing: missing * seconds_of(forward) / len(images),
        lambda missing: missing * seconds_of(encode_words) / len(words),
        lambda missing: missing * seconds_of(encode_images) / len(images),
        lambda _: _label_seconds(inputs),
        lambda _: _redealing_seconds(inputs),
        lambda _: _card_seconds(sample, len(inputs.probe)),
    ]
    pairs = zip(plan.stages, estimates, strict=False)  # A study without cards lacks the last.
    return [estimate(stage.missing) if stage.missing else 0.0 for stage, estimate in pairs]


def seconds_of(work: Callable[[], object]) -> float:
    """Return the time of some work: the median of short runs, or that of one long run."""
    runs: list[float] = []
    while len(runs) < _RUNS and max(runs, default=0.0) < _LONG:
        started = time.perf_counter()
        work()
        runs.append(time.perf_counter() - started)
    return statistics.median(runs)


def peak_bytes(inputs: Inputs, *, batch: int) -> int:
    """Return the bytes that a run takes: what the estimate took, prepared batches and all arrays.

    The forward passes of the measurements are as large as those of a run, which splits its batches;
    of the images, three batches are prepared ahead.
    """
    images, words = len(inputs.probe), len(inputs.concepts)
    units = [sum(network.units.values()) for network in inputs.networks]
    floats = 3 * images * sum(units) + 2 * (images + words) * inputs.encoder.width
    floats += 3 * max(units) * words
    picture = inputs.probe.image(0)
    preparations = {inputs.encoder.preprocessing, *(net.preprocessing for net in inputs.networks)}
    floats += 4 * batch * sum(each.apply(picture).numel() for each in preparations)
    return _used_bytes() + 4 * floats


def _used_bytes() -> int:
    try:
        resource = importlib.import_module("resource")
    except ImportError:  # Windows has no such module.
        return _PROGRAM
    highest: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return highest if sys.platform == "darwin" else 1024 * highest


def _images(inputs: Inputs) -> int:
    """Return how many images to measure: as many as are computed at once, so that none is padding.

    Those of the encoder and of the networks are assumed to have about one size.
    """
    height, width = inputs.encoder.preprocessing.apply(inputs.probe.image(0)).shape[1:]
    return max(_IMAGES, piece_size(height * width, inputs.device))


def _sample(probe: Probe, count: int) -> Probe:
    """Return a few images spread over the probe: its parts may differ in size."""
    every = slice(0, None, -(-len(probe) // count))
    return replace(probe, names=probe.names[every], image_digests=probe.image_digests[every])


def _label_seconds(inputs: Inputs) -> float:
    measures, total = inputs.measures, 0.0
    streamed = measures.resamples + 2 * measures.splits
    whole = labellings(inputs) - streamed + 1 + 2 * min(CHECKED, measures.splits)
    widths = {units for network in inputs.networks for units in network.units.values()}
    timed = {units: _labelling_seconds(inputs, units) for units in widths}
    for network in inputs.networks:
        for layer, units in network.units.items():
            once, resampled = timed[units]
            dissected = layer in network.dissected
            total += once * (whole if dissected else 1)
            total += resampled * streamed * dissected
    return total


def _labelling_seconds(inputs: Inputs, units: int) -> tuple[float, float]:
    """Return the seconds of labelling a layer once, and once more in each resample.

    They are measured on made-up numbers, on a part of the concepts and on fewer units and images in
    the same proportion, so that the same share of the images is in some unit's top.
    """
    top_k, width, concepts = inputs.top_k, inputs.encoder.width, len(inputs.concepts)
    words = min(_WORDS, concepts)
    smaller = max(1.0, min(units / _UNITS, len(inputs.probe) / (4 * (top_k or 100))))
    images, drawn = round(len(inputs.probe) / smaller), min(TOGETHER, inputs.measures.resamples)
    generator = np.random.default_rng(0)
    activations, image_features, word_features = (
        generator.standard_normal(shape, dtype=np.float32)
        for shape in ((images, max(2, round(units / smaller))), (images, width), (words, width))
    )
    scorer = Scorer(
        inputs.dissection.similarity,
        inputs.dissection.settings,
        torch.from_numpy(image_features).to(inputs.device),
        np.arange(images),
        torch.from_numpy(word_features).to(inputs.device),
    )
    counts = draw_counts(images, resamples=drawn, seed=0)
    ranking = seconds_of(lambda: ranked_images(activations)) if top_k else 0.0

    def whole(work: Callable[[], object]) -> float:
        scoring = max(seconds_of(work) - ranking, 0) * smaller ** (1 if top_k else 2)
        return ranking * smaller**2 + scoring * concepts / words

    resampled = whole(lambda: scorer.labels_of_resamples(activations, counts, void))
    return whole(lambda: scorer.of_activations(activations)), resampled / max(drawn, 1)


def _redealing_seconds(inputs: Inputs) -> float:
    """Return the seconds of redealing the units of all pairs, from few hands of made-up scores."""
    words, hands = min(_WORDS, len(inputs.concepts)), 8
    scores = np.random.default_rng(0).standard_normal((_UNITS, words), dtype=np.float32)
    side = Scores(scores, 1.0, np.ones(_UNITS, bool))
    took = seconds_of(lambda: units_redealt(side, side, layer="", hands=hands, seed=0))
    each = took / (2 * _UNITS * words * hands)
    pairs = pairs_of(inputs.networks)
    units = sum(
        pair.a.units[layer] + pair.b.units[layer] for pair in pairs for layer in pair.layers
    )
    return each * units * len(inputs.concepts) * hands_of(pairs) * versions_of(inputs)


def _card_seconds(sample: Inputs, images: int) -> float:
    """Return the seconds of all cards: one more pass over the top images, and drawing."""
    count, size, total = sample.measures.cards, (tiles.TILE, tiles.TILE), 0.0
    picture = tiles.tile(np.asarray(sample.probe.image(0)))
    values, grid = np.eye(14, dtype=np.float32), maps.Grid(8.0, 16.0, 8.0, 16.0)

    def draw() -> object:
        return tiles.strip([picture] * count, [maps.spread(values, grid, size)] * count)

    drawing, chosen = seconds_of(draw), range(len(sample.probe))
    for network in sample.shown:
        look = partial(passes.forward, sample, {network: network.layers}, chosen, batch=len(chosen))
        passing = 0.0 if network.recorded else seconds_of(look) / len(chosen)
        units = network.dissected_units
        total += units * drawing + distinct(images, units, count) * passing
    return total


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(count / 1e6, 1):.0f} MB"
