"""The plan: what a run will compute, in counts, and how much of it the store already holds."""

from collections.abc import Mapping
from dataclasses import dataclass

from study.inputs.probe import Probe
from study.inputs.settings import PRECISIONS
from study.labelling.significance import POOL
from study.models.encoder import TruthEncoder
from study.pipeline import entries, features
from study.pipeline.checking import apart
from study.pipeline.opening import Inputs
from study.pipeline.pairs.redealing import hands_of, pairs_of, versions_of
from study.pipeline.store import Store
from study.progress import counted

_DEPTH = 2.0
"""How much deeper than top_k the resamples and halves of the probe reach, measured."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a run: units of work that the store lacks, and the bytes that it will store."""

    name: str
    missing: int
    total: int
    unit: str
    disk: int = 0

    def __str__(self) -> str:
        """Return the stage as a line for a person."""
        stored = self.total - self.missing
        cached = f" ({stored} kept from before)" if stored else ""
        return f"  {self.name}: {counted(self.missing, self.unit)}{cached}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The stages of a run, and for each network, by slug, the images that it has yet to see."""

    head: tuple[str, ...]
    missing: Mapping[str, int]
    stages: tuple[Stage, ...]

    def lines(self) -> list[str]:
        """Return the plan as lines for a person."""
        return [*self.head, *map(str, self.stages)]


def make_plan(inputs: Inputs, store: Store, *, exact: bool = False) -> Plan:
    """Count what a run will do. Nothing is computed, and only the store's index is read.

    Parameters
    ----------
    inputs, store
        The open study; what the store holds already is not counted.
    exact
        Count the images that the encoder will see, not their maximum, if all activations are
        stored: they are read and ranked, which takes a while.
    """
    probe, words, width = len(inputs.probe), len(inputs.concepts), inputs.encoder.width
    precision = inputs.dissection.precision
    images = inputs.probe.image_digests
    activations = entries.activation_entries(inputs, store)
    lacking = {place: set(entry.missing(images)) for place, entry in activations.items()}
    missing = {
        network.slug: len(
            set().union(*(lacking.get((network.slug, layer), ()) for layer in network.layers))
        )
        for network in inputs.networks
    }
    units = {network.slug: sum(network.units.values()) for network in inputs.networks}
    total = sum(units.values())
    pairs = pairs_of(inputs.networks)
    hands = hands_of(pairs) * versions_of(inputs)
    unchecked = len(apart(inputs, store))
    words_missing = 0
    if not isinstance(inputs.encoder, TruthEncoder):
        words_missing = len(entries.concept_entry(inputs, store).missing(entries.word_rows(inputs)))
    decoded = len(set().union(*lacking.values()))
    arrays = sum(
        len(lacking.get((network.slug, layer), ())) * network.units[layer]
        for network in inputs.networks
        for layer in network.layers
    )
    stages = [
        Stage("checking images", unchecked, unchecked, "images that no network decodes"),
        Stage("activations", decoded, probe if lacking else 0, "images", 4 * arrays),
        Stage("concept features", words_missing, words, "concepts", 4 * words_missing * width),
        _image_features(inputs, store, exact=exact and not any(missing.values())),
        Stage("labels", total, total, f"units, {counted(labellings(inputs), 'times')}"),
    ]
    if pairs:
        text = f"pairs of networks, {hands} times"
        stages.append(Stage("redealing", len(pairs), len(pairs), text))
    if inputs.shown:
        shown = sum(network.dissected_units for network in inputs.shown)
        stages.append(Stage("unit cards", shown, shown, "units"))
    first_look = "" if inputs.probe.limit is None else "a first look, not the whole probe: "
    headline = (
        f"plan: {first_look}{counted(probe, 'images')}, {counted(len(units), 'networks')} with "
        f"{counted(total, 'units')}, {counted(words, 'concepts')}, encoder "
        f"{inputs.encoder.model_name}, on {inputs.device.type} in {precision}"
    )
    head = [headline, f"  {precision}: {PRECISIONS[precision]}", *_left_out(inputs.probe)]
    head += [f"  {inputs.concepts.name}: {note}" for note in inputs.concepts.notes]
    truth = inputs.probe.truth
    head += [f"  the truth table: {note}" for note in (truth.notes if truth else ())]
    head += [f"  {net.name}: {note}" for net in inputs.networks for note in net.notes]
    return Plan(head=tuple(head), missing=missing, stages=tuple(stages))


def _left_out(probe: Probe) -> list[str]:
    """Return a line on the files of a probe that no network will see, if there are any."""
    kinds = dict(probe.left_out)
    if probe.skipped:
        kinds["unreadable"] = len(probe.skipped)
    if not kinds:
        return []
    named = ", ".join(f"{ending} {count}" for ending, count in kinds.items())
    return [f"  left out: {counted(sum(kinds.values()), 'files')} beside the images ({named})"]


def _image_features(inputs: Inputs, store: Store, *, exact: bool) -> Stage:
    if isinstance(inputs.encoder, TruthEncoder):
        return Stage("image features, by the truth", 0, 0, "images")
    width = inputs.encoder.width
    kept = features.kept_activations(inputs, store) if exact else None
    if kept is None:
        most = most_images(inputs)
        return Stage("image features (at most)", most, most, "images", 4 * most * width)
    needed = features.images_to_embed(inputs, kept, features.wanted_images(inputs))
    missing = len(entries.image_entry(inputs, store).missing(entries.digests_of(inputs, needed)))
    return Stage("image features", missing, len(needed), "images", 4 * missing * width)


def labellings(inputs: Inputs) -> int:
    """Return how many times each unit is labelled: once, in resamples, halves and variants."""
    measures = inputs.measures
    return 1 + measures.resamples + 2 * measures.splits + len(measures.sensitivity)


def distinct(images: int, units: int, depth: float) -> int:
    """Return how many images are in the top `depth` of units that have nothing in common."""
    return round(images * (1 - (1 - min(1.0, depth / images)) ** units))


def most_images(inputs: Inputs) -> int:
    """Return the most images that the encoder sees: units that share nothing need the most."""
    total = len(inputs.probe)
    if inputs.top_k is None:
        return total
    described = sum(network.dissected_units for network in inputs.networks)
    classes = sum(sum(network.units.values()) for network in inputs.networks) - described
    deepest = inputs.top_k * (_DEPTH if inputs.measures.resamples else 1.0)
    depth = max(deepest, *inputs.measures.sensitivity, 0)
    apart = 1 - distinct(total, described, depth) / total
    apart *= 1 - distinct(total, classes, inputs.top_k) / total
    apart *= 1 - min(POOL, total) / total
    return round(total * (1 - apart))
