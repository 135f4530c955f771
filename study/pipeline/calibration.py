"""How long single pieces of a run take here: what its plan is scaled from."""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from study import cards, maps
from study.activations import check_axes
from study.errors import StudyError
from study.loading import Transform, batches
from study.networks import Network
from study.pieces import pieces
from study.pipeline import arrays
from study.pipeline.inputs import Inputs
from study.pipeline.scoring import TOGETHER, Scorer
from study.pipeline.stopwatch import seconds_of
from study.top_images import ranked_images

_IMAGES = 16
"""Images in a calibration: about a second of work at 224 px."""
_FEW, _MANY, _WORDS = 8, 256, 512
"""Numbers of units, and concepts, of the calibration of the similarity function."""
_DEPTH = 2.0
"""How much deeper than top_k the resamples and halves of the probe reach into it, measured."""


class Calibration:
    """Seconds of single pieces of work.

    Parameters
    ----------
    inputs
        The open study.
    settings
        All settings of the similarity function.
    """

    def __init__(self, inputs: Inputs, settings: dict[str, float]) -> None:
        self.inputs, self.settings = inputs, settings
        self.top_k = int(settings["top_k"]) if "top_k" in settings else None
        self._layers = [self._layer_units(network) for network in inputs.networks]
        self._forward: dict[tuple[str, tuple[str, ...]], float] = {}

    @property
    def layer_units(self) -> list[dict[str, int]]:
        """Units of each network's hooked layers."""
        pairs = zip(self.inputs.networks, self._layers, strict=True)
        return [dict(zip(network.layers, units, strict=True)) for network, units in pairs]

    @property
    def dissected_layers(self) -> list[dict[str, int]]:
        """Units of each network's described layers."""
        pairs = zip(self.inputs.networks, self.layer_units, strict=True)
        return [
            dict(list(layers.items())[: len(network.settings.layers)]) for network, layers in pairs
        ]

    @property
    def units(self) -> list[int]:
        """Hooked units of each network, those of a class layer among them."""
        return [sum(layers) for layers in self._layers]

    @property
    def dissected(self) -> list[int]:
        """Units of each network that are described."""
        pairs = zip(self._layers, self.inputs.networks, strict=True)
        return [sum(layers[: len(network.settings.layers)]) for layers, network in pairs]

    @property
    def labellings(self) -> int:
        """How many times each unit is labelled."""
        measures = self.inputs.study.measures
        return 1 + measures.resamples + 2 + len(measures.sensitivity)

    def together(self, computing: float, loading: float) -> float:
        """Return what computing and loading take at once: on the CPU they share its cores."""
        on_cpu = self.inputs.device.type == "cpu"
        return computing + loading if on_cpu else max(computing, loading)

    def loading(self, transforms: Sequence[Transform]) -> float:
        """Return the seconds of decoding an image and preparing it for some models."""
        return seconds_of(lambda: self._sample(*transforms)) / len(self._chosen)

    def forward(self, network: Network) -> float:
        """Return a network's seconds for one image; those of one architecture are measured once."""
        kind = (network.settings.architecture, network.layers)
        if kind not in self._forward:
            [batch] = self._sample(network.preprocessing.apply)
            self._forward[kind] = seconds_of(lambda: self._pooled(network, batch)) / len(batch)
        return self._forward[kind]

    def encoding(self) -> float:
        """Return the encoder's seconds for one image."""
        encoder = self.inputs.encoder
        [batch] = self._sample(encoder.preprocessing.apply)
        return seconds_of(lambda: encoder.encode_images(batch)) / len(batch)

    def word(self) -> float:
        """Return the encoder's seconds for one concept."""
        words = self.inputs.concepts.words
        sample = words[:: max(1, len(words) // 256)][:256]
        return seconds_of(lambda: self.inputs.encoder.encode_concepts(sample)) / len(sample)

    def card(self) -> float:
        """Return the seconds of drawing one unit's card."""
        count, side = self.inputs.study.measures.cards, cards.TILE
        grid = maps.Grid(8.0, 16.0, 8.0, 16.0)
        values = np.random.default_rng(0).random((14, 14), dtype=np.float32)
        picture = np.zeros((side, side, 3), dtype=np.uint8)

        def work() -> None:
            shown = [maps.spread(values, grid, (side, side)) for _ in range(count)]
            cards.strip([picture] * count, shown)

        return seconds_of(work)

    def distinct(self, units: int, depth: float) -> int:
        """Return how many images are on top of units that have nothing in common."""
        total = len(self.inputs.probe)
        return round(total * (1 - (1 - min(1.0, depth / total)) ** units))

    def needed(self) -> int:
        """Return how many images the encoder sees at most."""
        if self.top_k is None:
            return len(self.inputs.probe)
        measures, total = self.inputs.study.measures, len(self.inputs.probe)
        depth = max(self.top_k * (_DEPTH if measures.resamples else 1.0), *measures.sensitivity, 0)
        classes = sum(self.units) - sum(self.dissected)
        apart = 1 - self.distinct(sum(self.dissected), depth) / total
        apart *= 1 - self.distinct(classes, self.top_k) / total
        return round(total * (1 - apart))

    def labels(self) -> float:
        """Return the seconds of all labels: softmaxes of images over concepts, and units' sums.

        Both are measured on made-up features with few and with many units.
        """
        concepts = len(self.inputs.concepts) / self._words
        few, many = self._labelling(_FEW), self._labelling(_MANY)
        each = max(many - few, 0) / (_MANY - _FEW)
        shared = max(few - _FEW * each, 0)
        seconds = 0.0
        for layers, network in zip(self._layers, self.inputs.networks, strict=True):
            for place, units in enumerate(layers):
                measures = self.inputs.study.measures
                described = place < len(network.settings.layers)
                times = self.labellings if described else 1
                passes = times
                if described and self.top_k is not None:
                    passes = times - measures.resamples + -(-measures.resamples // TOGETHER)
                images = self._images_of(units, times) / self._made_up_images
                units_scale = 1.0 if self.top_k is not None else images
                seconds += concepts * (
                    passes * shared * images + times * units * each * units_scale
                )
                seconds += units * (times - measures.resamples * described + 3) * self._ranking
        return seconds

    def working(self, batch: int) -> int:
        """Return the bytes that a batch takes: images in the making, and a model's largest arrays.

        A layer's input and output are there at once; three batches are prepared ahead.
        """
        encoder = self.inputs.encoder
        taken = [
            self._taken(network.module, network.preprocessing.apply, network.module, batch)
            for network in self.inputs.networks
        ]
        prepare = encoder.preprocessing.apply
        taken.append(self._taken(encoder.module, prepare, encoder.encode_images, batch))
        return 4 * max(taken)

    def _taken(
        self,
        module: nn.Module,
        prepare: Transform,
        forward: Callable[[torch.Tensor], object],
        batch: int,
    ) -> int:
        image = prepare(self.inputs.probe.image(0))[None]
        given = image.to(next(module.parameters()))
        with torch.inference_mode():
            output = largest_output(module, lambda: forward(given))
        together = len(pieces(given.expand(batch, -1, -1, -1), module)[0])
        return together * 2 * output + batch * 4 * image.numel()

    @cached_property
    def _chosen(self) -> list[int]:
        """Images spread over the probe: its parts may differ in size."""
        total = len(self.inputs.probe)
        return list(range(0, total, max(1, total // _IMAGES)))[:_IMAGES]

    def _sample(self, *transforms: Transform) -> list[torch.Tensor]:
        named = dict(enumerate(transforms))
        probe, chosen = self.inputs.probe, self._chosen
        _, images = next(iter(batches(probe, named, indices=chosen, size=len(chosen))))
        return [images[place] for place in named]

    def _layer_units(self, network: Network) -> list[int]:
        [batch] = self._sample(network.preprocessing.apply)
        try:
            check_axes(network.module, network.layers, batch[:1])
        except StudyError as error:
            raise StudyError(f"{network.name}: {error}") from None
        pooled = self._pooled(network, batch[:1])
        return [pooled[layer].shape[1] for layer in network.layers]

    def _pooled(self, network: Network, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        names = [self.inputs.probe.names[index] for index in self._chosen[: len(batch)]]
        pool = self.inputs.study.dissection.pool
        return arrays.pooled(network, batch, names, pool=pool)

    @property
    def _words(self) -> int:
        return min(_WORDS, len(self.inputs.concepts))

    @property
    def _made_up_images(self) -> int:
        return 4 * (self.top_k or 100)

    def _images_of(self, units: int, times: int) -> int:
        if self.top_k is None:
            return len(self.inputs.probe)
        return self.distinct(units, self.top_k * (_DEPTH if times > 1 else 1.0))

    def _labelling(self, units: int) -> float:
        generator = torch.Generator().manual_seed(0)
        inputs, images = self.inputs, self._made_up_images

        def normal(*shape: int) -> torch.Tensor:
            return torch.randn(shape, generator=generator)

        scorer = Scorer(
            inputs.study.dissection.similarity,
            self.settings,
            normal(images, inputs.encoder.width).to(inputs.device),
            np.arange(images),
            normal(self._words, inputs.encoder.width).to(inputs.device),
        )
        # Every image is some unit's, however few units there are: one softmax over all of them.
        activations = normal(images, units).numpy()
        if self.top_k is None:
            return seconds_of(lambda: scorer.of_activations(activations))
        top = _all_images(images, units, self.top_k)
        return seconds_of(lambda: scorer.of_top_images(top))

    @cached_property
    def _ranking(self) -> float:
        """The seconds of ranking all images by one unit."""
        values = np.random.default_rng(0).random((len(self.inputs.probe), 4), dtype=np.float32)
        return seconds_of(lambda: ranked_images(values)) / 4


def largest_output(module: nn.Module, forward: Callable[[], object]) -> int:
    """Return how many numbers the largest output has that a module or one inside it gives."""
    largest = 0

    def look(_: nn.Module, __: object, output: object) -> None:
        nonlocal largest
        if isinstance(output, torch.Tensor):
            largest = max(largest, output.numel())

    handles = [part.register_forward_hook(look) for part in module.modules()]
    try:
        forward()
    finally:
        for handle in handles:
            handle.remove()
    return largest


def _all_images(images: int, units: int, top_k: int) -> npt.NDArray[np.int64]:
    """Return made-up top images, int64 (units, top_k), in which each image occurs."""
    return np.resize(np.arange(images), (units, top_k)).astype(np.int64)
