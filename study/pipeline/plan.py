"""What a run is going to do, said before it starts: work, time, memory and disk."""

import contextlib
import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from study.pipeline import arrays
from study.pipeline.calibration import Calibration
from study.pipeline.inputs import Inputs, checked_parts
from study.pipeline.needed import needed_by, wanted_by
from study.settings import PRECISIONS
from study.store import Store

_BASE = 500_000_000
"""Bytes that the program and torch take, where the system does not tell."""


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
    """The stages of a run, and its memory in bytes.

    ``needed`` are the images that the encoder will see; None while activations are missing.
    """

    headline: str
    precision: str
    stages: tuple[Stage, ...]
    memory: int
    needed: npt.NDArray[np.int64] | None = None

    @property
    def seconds(self) -> float:
        """The estimated time of all stages."""
        return sum(stage.seconds for stage in self.stages)

    def lines(self) -> list[str]:
        """Return the plan as lines for a person."""
        disk = sum(stage.disk for stage in self.stages)
        return [
            f"plan: {self.headline}",
            f"  {self.precision}: {PRECISIONS[self.precision]}",
            *(stage.line() for stage in self.stages),
            f"  in all about {_time(self.seconds)}, memory about {_size(self.memory)}, "
            f"the store grows by about {_size(disk)}",
        ]


def make_plan(measured: Calibration, store: Store, *, batch: int) -> Plan:
    """Time a few images, words and units, and scale them to the whole run.

    Parameters
    ----------
    measured
        The study's calibration.
    store
        What it holds already is not counted.
    batch
        Images in one forward pass.
    """
    inputs = measured.inputs
    entries = arrays.activation_entries(inputs, store)
    missing = {slug: sum(map(len, entry.missing())) for slug, entry in entries.items()}
    needed = None
    if not any(missing.values()):
        kept = {slug: entry.read() for slug, entry in entries.items()}
        needed = needed_by(inputs, kept, wanted_by(inputs, measured.settings))
    stages = (
        _checking(measured, store),
        _activations(measured, missing),
        _concepts(measured, store),
        _images(measured, store, needed),
        _labels(measured),
        *(_cards(measured) if inputs.study.measures.cards else ()),
    )
    images, words, units = len(inputs.probe), len(inputs.concepts), sum(measured.units)
    floats = 3 * images * units + 2 * (images + words) * inputs.encoder.width
    floats += 3 * max(measured.units) * words
    memory = _used(inputs) + measured.working(batch) + 4 * floats
    part = "" if inputs.probe.limit is None else "a first look, not the whole probe: "
    headline = (
        f"{part}{images} images, {len(inputs.networks)} networks with {units} units, {words} "
        f"concepts, encoder {inputs.encoder.model_name}, on {inputs.device.type} in "
        f"{inputs.precision}"
    )
    return Plan(headline, inputs.precision, stages, memory, needed)


def _used(inputs: Inputs) -> int:
    """Return the bytes taken so far: by the program, torch and all models."""
    with contextlib.suppress(ImportError):  # Windows has no such module.
        resource = importlib.import_module("resource")
        highest: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return highest if sys.platform == "darwin" else 1024 * highest
    modules = [inputs.encoder.module, *(network.module for network in inputs.networks)]
    return _BASE + 4 * sum(p.numel() for module in modules for p in module.parameters())


def _checking(measured: Calibration, store: Store) -> Stage:
    total = len(measured.inputs.probe)
    missing = total if store.get("checked-probe", checked_parts(measured.inputs)) is None else 0
    seconds = missing * measured.loading([]) if missing else 0.0
    return Stage("checking images", missing, total, "images", seconds, 0)


def _activations(measured: Calibration, lacking: Mapping[str, int]) -> Stage:
    inputs = measured.inputs
    missing, loaded, seconds, disk = max(lacking.values()), [], 0.0, 0
    for network, units in zip(inputs.networks, measured.units, strict=True):
        if images := lacking[network.slug]:
            loaded.append(network.preprocessing.apply)
            seconds += measured.forward(network) * images
            disk += 4 * images * units
    if missing:
        seconds = measured.together(seconds, measured.loading(loaded) * missing)
    return Stage("activations", missing, len(inputs.probe), "images", seconds, disk)


def _concepts(measured: Calibration, store: Store) -> Stage:
    inputs = measured.inputs
    missing = sum(map(len, arrays.concept_entry(inputs, store).missing()))
    seconds = measured.word() * missing if missing else 0.0
    disk = 4 * missing * inputs.encoder.width
    return Stage("concept features", missing, len(inputs.concepts), "concepts", seconds, disk)


def _images(measured: Calibration, store: Store, needed: npt.NDArray[np.int64] | None) -> Stage:
    """Plan the encoder's images: those known, else all that unrelated units would have on top."""
    inputs, name = measured.inputs, "image features"
    if needed is None:
        name, total = f"{name} (at most)", measured.needed()
        missing = total
    else:
        total = len(needed)
        missing = sum(map(len, arrays.image_entry(inputs, store, needed).missing()))
    if not missing:
        return Stage(name, 0, total, "images", 0.0, 0)
    loading = measured.loading([inputs.encoder.preprocessing.apply])
    seconds = measured.together(measured.encoding(), loading) * missing
    return Stage(name, missing, total, "images", seconds, 4 * missing * inputs.encoder.width)


def _labels(measured: Calibration) -> Stage:
    units, times = sum(measured.units), measured.labellings
    return Stage("labels", units, units, f"units, {times} times", measured.labels(), 0)


def _cards(measured: Calibration) -> list[Stage]:
    """Plan the unit cards: one more forward pass over images that are some unit's strongest."""
    inputs = measured.inputs
    units, seconds = sum(measured.dissected), 0.0
    for network, count in zip(inputs.networks, measured.dissected, strict=True):
        shown = measured.distinct(count, inputs.study.measures.cards)
        passing = measured.together(
            measured.forward(network), measured.loading([network.preprocessing.apply])
        )
        seconds += shown * passing + count * measured.card()
    return [Stage("unit cards", units, units, "units", seconds, 0)]


def _time(seconds: float) -> str:
    for limit, unit, size in ((90, "s", 1), (5400, "min", 60), (float("inf"), "h", 3600)):
        if seconds < limit:
            return f"{max(seconds / size, 1):.0f} {unit}"
    return ""


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(count / 1e6, 1):.0f} MB"
