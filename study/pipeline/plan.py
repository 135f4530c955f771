"""What a run is going to do, said before it starts: work, time, memory and disk."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from study.activations import Hooks
from study.loading import batches
from study.networks import Network
from study.pipeline import arrays
from study.pipeline.inputs import Inputs
from study.pipeline.scoring import Scorer
from study.store import Store

_IMAGES = 16
"""Images in a calibration: about a second of work at 224 px."""
_UNITS, _WORDS = 32, 512
"""Units and concepts of the calibration of the similarity function."""
_BASE = 500_000_000
"""Bytes that the program and torch take before any array."""
_DEPTH = 2.0
"""How much deeper than top_k the resamples and halves of the probe reach into it, measured."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the plan: how much of it the store lacks, its seconds, and bytes to be kept."""

    name: str
    missing: int
    total: int
    unit: str
    seconds: float
    disk: int

    def line(self) -> str:
        """Return the stage as a line for a person."""
        kept = self.total - self.missing
        before = f" ({kept} kept from before)" if kept else ""
        return f"  {self.name}: {self.missing} {self.unit}{before}, about {_time(self.seconds)}"


@dataclass(frozen=True, slots=True)
class Plan:
    """The stages of a run, and its memory in bytes."""

    headline: str
    stages: tuple[Stage, ...]
    memory: int

    @property
    def seconds(self) -> float:
        """The estimated time of all stages."""
        return sum(stage.seconds for stage in self.stages)

    def lines(self) -> list[str]:
        """Return the plan as lines for a person."""
        disk = sum(stage.disk for stage in self.stages)
        return [
            f"plan: {self.headline}",
            *(stage.line() for stage in self.stages),
            f"  in all about {_time(self.seconds)}, memory about {_size(self.memory)}, "
            f"the store grows by about {_size(disk)}",
        ]


def make_plan(inputs: Inputs, store: Store, scorer_settings: dict[str, float]) -> Plan:
    """Time a few images, words and units, and scale them to the whole run.

    Parameters
    ----------
    inputs
        The open study.
    store
        What it holds already is not counted.
    scorer_settings
        All settings of the similarity function.
    """
    units = [_units(inputs, network) for network in inputs.networks]
    stages = (
        _activations(inputs, store, sum(units)),
        _concepts(inputs, store),
        _images(inputs, sum(units), scorer_settings),
        _labels(inputs, sum(units), scorer_settings),
    )
    images, words, width = len(inputs.probe), len(inputs.concepts), inputs.encoder.width
    parameters = sum(p.numel() for n in inputs.networks for p in n.module.parameters())
    parameters += sum(p.numel() for p in inputs.encoder.module.parameters())
    floats = 3 * images * sum(units) + 2 * (images + words) * width + 3 * max(units) * words
    headline = (
        f"{images} images, {len(inputs.networks)} networks with {sum(units)} units, {words} "
        f"concepts, encoder {inputs.encoder.model_name}, on {inputs.device.type} in "
        f"{inputs.precision}"
    )
    return Plan(headline, stages, _BASE + 4 * (floats + parameters))


def _sample(inputs: Inputs, transform: Callable[..., torch.Tensor], count: int) -> torch.Tensor:
    indices = list(range(min(count, len(inputs.probe))))
    _, images = next(
        iter(batches(inputs.probe, {"sample": transform}, indices=indices, size=len(indices)))
    )
    return images["sample"]


def _units(inputs: Inputs, network: Network) -> int:
    with Hooks(network.module, network.layers, pool="avg") as hooks:
        pooled = hooks(_sample(inputs, network.preprocessing.apply, 1))
    return sum(values.shape[1] for values in pooled.values())


def _seconds(work: Callable[[], object]) -> float:
    """Return the time of the second of two runs; the first one warms up."""
    work()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _activations(inputs: Inputs, store: Store, units: int) -> Stage:
    total = len(inputs.probe)
    missing = 0
    seconds = 0.0
    for network in inputs.networks:
        parts = arrays.activation_parts(inputs, network)
        entry = store.entry("activations", parts, total=total, shard=arrays.SHARD)
        images = sum(map(len, entry.missing()))
        if not images:
            continue
        missing = max(missing, images)
        batch = _sample(inputs, network.preprocessing.apply, _IMAGES)

        def forward(network: Network = network, batch: torch.Tensor = batch) -> None:
            with Hooks(network.module, network.layers, pool="avg") as hooks:
                hooks(batch)

        seconds += _seconds(forward) / len(batch) * images
    if missing:
        decoding = _seconds(
            lambda: _sample(inputs, inputs.networks[0].preprocessing.apply, _IMAGES)
        )
        seconds += decoding / min(_IMAGES, total) * missing / 2  # overlapped with computing
    return Stage("activations", missing, total, "images", seconds, 4 * missing * units)


def _concepts(inputs: Inputs, store: Store) -> Stage:
    words = inputs.concepts.words
    entry = store.entry(
        "concept-features", arrays.concept_parts(inputs), total=len(words), shard=len(words)
    )
    missing = sum(map(len, entry.missing()))
    seconds = 0.0
    if missing:
        sample = words[:: max(1, len(words) // 256)][:256]
        seconds = _seconds(lambda: inputs.encoder.encode_concepts(sample)) / len(sample) * missing
    disk = 4 * missing * inputs.encoder.width
    return Stage("concept features", missing, len(words), "concepts", seconds, disk)


def _images(inputs: Inputs, units: int, settings: dict[str, float]) -> Stage:
    """Plan the encoder's images: how many distinct ones unrelated units would have on top."""
    total = len(inputs.probe)
    needed = total
    if "top_k" in settings:
        measures = inputs.study.measures
        deep = _DEPTH if measures.resamples else 1.0
        depth = max(settings["top_k"] * deep, *measures.sensitivity, 0)
        needed = round(total * (1 - (1 - min(1.0, depth / total)) ** units))
    batch = _sample(inputs, inputs.encoder.preprocessing.apply, _IMAGES)
    seconds = _seconds(lambda: inputs.encoder.encode_images(batch)) / len(batch) * needed
    disk = 4 * needed * inputs.encoder.width
    return Stage("image features (at most)", needed, needed, "images", seconds, disk)


def _labels(inputs: Inputs, units: int, settings: dict[str, float]) -> Stage:
    """Plan the labels: one labelling of made-up features, scaled to units, concepts, resamples."""
    times = 1 + inputs.study.measures.resamples + 2 + len(inputs.study.measures.sensitivity)
    scorer, activations = _made_up(inputs, settings)
    one = _seconds(lambda: scorer.of_activations(activations))
    scale = units / _UNITS * len(inputs.concepts) / len(scorer.concept_features)
    return Stage("labels", units, units, f"units, {times} times", one * scale * times, 0)


def _made_up(inputs: Inputs, settings: dict[str, float]) -> tuple[Scorer, npt.NDArray[np.float32]]:
    generator = torch.Generator().manual_seed(0)
    width, images = inputs.encoder.width, int(settings.get("top_k", 100)) * 4
    words = min(_WORDS, len(inputs.concepts))

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    scorer = Scorer(
        inputs.study.dissection.similarity,
        settings,
        normal(images, width).to(inputs.device),
        torch.arange(images).numpy(),
        normal(words, width).to(inputs.device),
    )
    return scorer, normal(images, _UNITS).numpy()


def _time(seconds: float) -> str:
    for limit, unit, size in ((90, "s", 1), (5400, "min", 60), (float("inf"), "h", 3600)):
        if seconds < limit:
            return f"{max(seconds / size, 1):.0f} {unit}"
    return ""


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(count / 1e6, 1):.0f} MB"
