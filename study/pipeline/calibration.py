"""Calibration: times single pieces of work here and scales them to a plan, for ``--dry-run``."""

import statistics
import time
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import torch

from study.inputs.batches import Transform, batches
from study.labelling.scoring import TOGETHER, Scorer
from study.labelling.top_images import ranked_images
from study.models.networks import Network
from study.pipeline import features
from study.pipeline.cards import maps, tiles
from study.pipeline.memory import peak_bytes
from study.pipeline.opening import Inputs
from study.pipeline.plan import DEPTH, Plan, distinct, labellings

_IMAGES = 16
"""Images in a calibration: about a second of work at 224 px."""
_FEW, _MANY, _WORDS = 8, 256, 512
"""Numbers of units, and concepts, of the calibration of the similarity function."""
_ENOUGH, _REPEATS, _LONG = 0.2, 9, 1.0
"""Work is repeated for so many seconds and times at most; longer work is timed once."""


class Calibration:
    """Estimates the time of a run from short measurements.

    Parameters
    ----------
    inputs
        The open study.
    """

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self._forward: dict[tuple[str, tuple[str, ...]], float] = {}

    def lines(self, plan: Plan, *, batch: int) -> list[str]:
        """Return a plan with times, memory and disk space, as lines for a person.

        Parameters
        ----------
        plan
            The study's plan.
        batch
            Images in one forward pass.
        """
        seconds = [
            plan.checking.missing and plan.checking.missing * self.loading_seconds([]),
            self.activations_seconds(plan),
            plan.concepts.missing and plan.concepts.missing * self.word_seconds(),
            plan.images.missing and plan.images.missing * self.embedding_seconds(),
            self.labels_seconds(),
            self.cards_seconds(),
        ]
        timed = zip(plan.stages, seconds, strict=False)  # A study without cards lacks the last.
        disk = sum(stage.disk for stage in plan.stages)
        memory = peak_bytes(self.inputs, batch=batch)
        return [
            *plan.head(),
            *(stage.line(f", about {_time(took)}") for stage, took in timed),
            f"  in all about {_time(sum(seconds))}, memory about {_size(memory)}, "
            f"the store grows by about {_size(disk)}",
        ]

    def activations_seconds(self, plan: Plan) -> float:
        """Return the seconds of all forward passes that the store lacks."""
        lacking = [network for network in self.inputs.networks if plan.missing[network.slug]]
        if not lacking:
            return 0.0
        forward = sum(self.forward_seconds(net) * plan.missing[net.slug] for net in lacking)
        loading = self.loading_seconds([network.preprocessing.apply for network in lacking])
        return self.together(forward, loading * plan.activations.missing)

    def embedding_seconds(self) -> float:
        """Return the encoder's seconds for one image, loading included."""
        encoder = self.inputs.encoder
        [batch] = self._sample(encoder.preprocessing.apply)
        computing = seconds_of(lambda: encoder.encode_images(batch)) / len(batch)
        return self.together(computing, self.loading_seconds([encoder.preprocessing.apply]))

    def cards_seconds(self) -> float:
        """Return the seconds of all cards: one more pass over the top images, and drawing."""
        count, seconds = self.inputs.measures.cards, 0.0
        if not count:
            return 0.0
        for network in self.inputs.networks:
            units = network.dissected_units
            passing = self.together(
                self.forward_seconds(network), self.loading_seconds([network.preprocessing.apply])
            )
            seconds += distinct(len(self.inputs.probe), units, count) * passing
            seconds += units * self._card_seconds
        return seconds

    def together(self, computing: float, loading: float) -> float:
        """Return what computing and loading take at once: on the CPU they share its cores."""
        on_cpu = self.inputs.device.type == "cpu"
        return computing + loading if on_cpu else max(computing, loading)

    def loading_seconds(self, transforms: Sequence[Transform]) -> float:
        """Return the seconds of decoding an image and preparing it for some models."""
        return seconds_of(lambda: self._sample(*transforms)) / len(self._chosen)

    def forward_seconds(self, network: Network) -> float:
        """Return a network's seconds for one image; one measurement serves an architecture."""
        kind = (network.architecture, network.layers)
        if kind not in self._forward:
            [batch] = self._sample(network.preprocessing.apply)
            names = [self.inputs.probe.names[index] for index in self._chosen]
            pool = self.inputs.dissection.pool
            taken = seconds_of(lambda: features.pooled(network, batch, names, pool=pool))
            self._forward[kind] = taken / len(batch)
        return self._forward[kind]

    def word_seconds(self) -> float:
        """Return the encoder's seconds for one concept."""
        words = self.inputs.concepts.words
        sample = words[:: max(1, len(words) // 256)][:256]
        return seconds_of(lambda: self.inputs.encoder.encode_concepts(sample)) / len(sample)

    def labels_seconds(self) -> float:
        """Return the seconds of all labels: softmaxes of images over concepts, and units' sums.

        Both are measured on made-up features with few and with many units.
        """
        few, many = self._labelling_seconds(_FEW), self._labelling_seconds(_MANY)
        unit_seconds = max(many - few, 0) / (_MANY - _FEW)
        shared = max(few - _FEW * unit_seconds, 0)
        concepts = len(self.inputs.concepts) / self._words
        resamples, top_k = self.inputs.measures.resamples, self.inputs.top_k
        seconds = 0.0
        for network in self.inputs.networks:
            for layer, units in network.units.items():
                drawn = resamples if layer in network.dissected else 0
                times = labellings(self.inputs) if layer in network.dissected else 1
                passes = times if top_k is None else times - drawn + -(-drawn // TOGETHER)
                images = self._images_of(units, times) / self._made_up_images
                sums = times * units * unit_seconds * (images if top_k is None else 1.0)
                seconds += concepts * (passes * shared * images + sums)
                seconds += units * (times - drawn + 3) * self._ranking_seconds
        return seconds

    @cached_property
    def _chosen(self) -> list[int]:
        """Images spread over the probe: its parts may differ in size."""
        total = len(self.inputs.probe)
        return list(range(0, total, max(1, total // _IMAGES)))[:_IMAGES]

    def _sample(self, *transforms: Transform) -> list[torch.Tensor]:
        named = dict(enumerate(transforms))
        probe, chosen = self.inputs.probe, self._chosen
        _, images = next(iter(batches(probe, named, indices=chosen, size=len(chosen))))
        return [images[key] for key in named]

    @property
    def _words(self) -> int:
        return min(_WORDS, len(self.inputs.concepts))

    @property
    def _made_up_images(self) -> int:
        return 4 * (self.inputs.top_k or 100)

    def _images_of(self, units: int, times: int) -> int:
        total, top_k = len(self.inputs.probe), self.inputs.top_k
        return total if top_k is None else distinct(total, units, top_k * (DEPTH, 1)[times == 1])

    def _labelling_seconds(self, units: int) -> float:
        generator = torch.Generator().manual_seed(0)
        inputs, images = self.inputs, self._made_up_images

        def normal(*shape: int) -> torch.Tensor:
            return torch.randn(shape, generator=generator)

        scorer = Scorer(
            inputs.dissection.similarity,
            inputs.dissection.settings,
            normal(images, inputs.encoder.width).to(inputs.device),
            np.arange(images),
            normal(self._words, inputs.encoder.width).to(inputs.device),
        )
        activations = normal(images, units).numpy()
        if inputs.top_k is None:
            return seconds_of(lambda: scorer.of_activations(activations))
        # Every image is some unit's, however few units there are: one softmax over all of them.
        top = np.resize(np.arange(images), (units, inputs.top_k)).astype(np.int64)
        return seconds_of(lambda: scorer.of_top_images(top))

    @cached_property
    def _ranking_seconds(self) -> float:
        """The seconds of ranking all images by one unit."""
        values = np.random.default_rng(0).random((len(self.inputs.probe), 4), dtype=np.float32)
        return seconds_of(lambda: ranked_images(values)) / 4

    @cached_property
    def _card_seconds(self) -> float:
        """The seconds of drawing one unit's card."""
        count, side = self.inputs.measures.cards, tiles.TILE
        grid = maps.Grid(8.0, 16.0, 8.0, 16.0)
        values = np.random.default_rng(0).random((14, 14), dtype=np.float32)
        picture = np.zeros((side, side, 3), dtype=np.uint8)

        def work() -> None:
            shown = [maps.spread(values, grid, (side, side)) for _ in range(count)]
            tiles.strip([picture] * count, shown)

        return seconds_of(work)


def seconds_of(work: Callable[[], object]) -> float:
    """Return the time of some work: the median of runs after a first one, which warms up.

    Short work is timed several times, so that a pause of the machine does not count. In long work
    warming up is a small part, and the first run is enough.
    """
    first = _once(work)
    if first > _LONG:
        return first
    runs: list[float] = []
    while not runs or (sum(runs) < _ENOUGH and len(runs) < _REPEATS):
        runs.append(_once(work))
    return statistics.median(runs)


def _once(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _time(seconds: float) -> str:
    for limit, unit, size in ((90, "s", 1), (5400, "min", 60), (float("inf"), "h", 3600)):
        if seconds < limit:
            return f"{max(seconds / size, 1):.0f} {unit}"
    return ""


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(count / 1e6, 1):.0f} MB"
