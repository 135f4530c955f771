"""Entries of the store: what decides each array of a study, and what its rows are called."""

import hashlib
from importlib.metadata import version
from typing import Any, TypeAlias

import numpy as np
from torch import nn

from study.models.networks import Network
from study.pipeline.opening import Inputs
from study.pipeline.store import Entry, Store

_ARITHMETIC = 2
"""To be raised when this program computes arrays differently, so that stored ones are not used."""
PACKAGES = ("torch", "torchvision", "open_clip_torch", "numpy", "pillow")
"""Packages whose versions can change a number."""

Place: TypeAlias = tuple[str, str]
"""A network's slug and the name of a layer."""


def activation_entries(inputs: Inputs, store: Store) -> dict[Place, Entry]:
    """Return the store's entry for each layer's activations; its rows are images' digests."""
    return {
        (network.slug, layer): store.entry("activations", activation_parts(inputs, network, layer))
        for network in inputs.networks
        if not network.recorded
        for layer in network.layers
    }


def activation_parts(inputs: Inputs, network: Network, layer: str) -> dict[str, Any]:
    """Return everything that decides a layer's activations for an image."""
    reduced = {"layer": layer, "pool": inputs.dissection.pool}
    layout = network.layouts.get(layer)
    if layout is not None and layout.axes == 3:
        reduced["tokens"] = inputs.dissection.tokens
    return network_parts(inputs, network) | reduced


def network_parts(inputs: Inputs, network: Network) -> dict[str, Any]:
    """Return everything that decides a network's outputs for an image."""
    modules = network.module.named_modules()
    return {
        "architecture": network.architecture,
        **_builder(network.architecture),
        "weights": network.sha256,
        **({"behaviour": network.behaviour} if network.behaviour else {}),
        # An option that torchvision sets with some weights; in neither weights nor preprocessing.
        "transform_input": bool(getattr(network.module, "transform_input", False)),
        # Which batch norms are folded follows from the layers, and folding changes the last bits.
        "norms_kept": [name for name, module in modules if isinstance(module, nn.BatchNorm2d)],
        "preprocessing": network.preprocessing.to_json(),
    } | _numerics(inputs)


def _builder(architecture: str) -> dict[str, str]:
    """Return the version of the package that builds an architecture, if it is another's."""
    kind = architecture.partition(":")[0]
    packages = {"timm": "timm", "hf": "transformers"}
    return {"built_by": version(packages[kind])} if kind in packages else {}


def concept_entry(inputs: Inputs, store: Store) -> Entry:
    """Return the store's entry for the features of concepts; its rows are `word_rows`."""
    return store.entry("concept-features", _encoder_parts(inputs))


def word_rows(inputs: Inputs) -> list[str]:
    """Return the name of each concept's row: the SHA-256 of the word."""
    return [hashlib.sha256(word.encode()).hexdigest() for word in inputs.concepts.words]


def image_entry(inputs: Inputs, store: Store) -> Entry:
    """Return the store's entry for the encoder's features; its rows are images' digests."""
    parts = {"preprocessing": inputs.encoder.preprocessing.to_json()}
    return store.entry("image-features", _encoder_parts(inputs) | parts)


def picture_entry(store: Store, network: Network, tile: int) -> Entry:
    """Return the store's entry for images as a network saw them; its rows are images' digests."""
    parts = {"preprocessing": network.preprocessing.to_json(), "tile": tile}
    return store.entry("pictures", parts | _versions())


def map_entry(inputs: Inputs, store: Store, network: Network, layer: str) -> Entry:
    """Return the store's entry for a layer's activation maps; its rows are `map_row`."""
    return store.entry("maps", network_parts(inputs, network) | {"layer": layer})


def map_row(digest: str, unit: int) -> str:
    """Return the name of the row of one unit's map for the image of a digest."""
    return hashlib.sha256(f"{digest} {unit}".encode()).hexdigest()


def digests_of(inputs: Inputs, images: np.ndarray) -> list[str]:
    """Return the digests of some of the probe's images."""
    return [inputs.probe.image_digests[int(index)] for index in images]


def _encoder_parts(inputs: Inputs) -> dict[str, Any]:
    return {
        "encoder": inputs.encoder.model_name,
        "configuration": inputs.encoder.configuration,
        "weights": inputs.encoder.sha256,
    } | _numerics(inputs)


def _numerics(inputs: Inputs) -> dict[str, Any]:
    return {"precision": inputs.dissection.precision, "device": inputs.device.type} | _versions()


def _versions() -> dict[str, Any]:
    return {
        "arithmetic": _ARITHMETIC,
        "versions": {name: version(name) for name in PACKAGES},
    }
