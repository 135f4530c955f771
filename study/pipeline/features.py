"""Features: activations and embeddings of a study, computed once and stored shard by shard."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import torch

from study.errors import StudyError
from study.inputs.batches import batches
from study.labelling import significance, stability
from study.labelling.top_images import Wanted, needed_images
from study.models.activations import Hooks
from study.models.networks import Network
from study.models.speed import pieces
from study.pipeline.opening import Inputs
from study.pipeline.store import Entry, Store
from study.progress import Advance, Progress, void

SHARD = 512
"""Images in one shard: the most that a killed run loses."""
WORDS = 2048
"""Concepts in one shard."""
_ARITHMETIC = 1
"""To be raised when this program computes arrays differently, so that stored ones are not used."""
PACKAGES = ("torch", "torchvision", "open_clip_torch", "numpy", "pillow")
"""Packages whose versions can change a number."""

Activations = Mapping[str, Mapping[str, np.ndarray]]
"""Network slug, then layer, to float32 (images, units)."""


def activations(
    inputs: Inputs, store: Store, progress: Progress, *, batch: int
) -> dict[str, dict[str, np.ndarray]]:
    """Return the pooled activations of every network, decoding each image once for all.

    Parameters
    ----------
    inputs, store
        The open study; what the store holds already is not computed again.
    progress
        Advanced by every image.
    batch
        Images in one forward pass.

    Raises
    ------
    StudyError
        If an activation is not finite, naming network, layer and image.
    """
    entries = activation_entries(inputs, store)
    missing = {slug: set(entry.missing()) for slug, entry in entries.items()}
    ranges = sorted(set().union(*missing.values()), key=lambda shard: shard.start)
    work = sum(len(shard) for shard in ranges)
    with progress.stage("activations", work, "images") as advance:
        for shard in ranges:
            networks = [n for n in inputs.networks if shard in missing[n.slug]]
            collected = forward(inputs, networks, shard, batch=batch, advance=advance)
            for slug, layers in collected.items():
                entries[slug].write(shard, layers)
    return {slug: entry.read() for slug, entry in entries.items()}


def forward(
    inputs: Inputs,
    networks: Sequence[Network],
    chosen: Sequence[int],
    *,
    batch: int,
    advance: Advance = void,
) -> dict[str, dict[str, np.ndarray]]:
    """Decode some images and return the networks' activations, as `activations` does."""
    transforms = {network.slug: network.preprocessing.apply for network in networks}
    blocks: dict[str, dict[str, list[torch.Tensor]]] = {
        network.slug: {layer: [] for layer in network.layers} for network in networks
    }
    pool = inputs.dissection.pool
    for indices, images in batches(inputs.probe, transforms, indices=chosen, size=batch):
        names = [inputs.probe.names[index] for index in indices]
        for network in networks:
            for layer, values in _pooled(network, images[network.slug], names, pool).items():
                blocks[network.slug][layer].append(values)
        advance(len(indices))
    return {
        slug: {layer: torch.cat(values).numpy() for layer, values in layers.items()}
        for slug, layers in blocks.items()
    }


def _pooled(
    network: Network, batch: torch.Tensor, names: Sequence[str], pool: str
) -> dict[str, torch.Tensor]:
    try:
        with Hooks(network.module, network.layers, pool=pool) as hooks:
            parts, done = [], 0
            for piece in pieces(batch, network.module):
                parts.append(hooks(piece, names=names[done : done + len(piece)]))
                done += len(piece)
    except StudyError as error:
        raise StudyError(f"{network.name}: {error}") from None
    return {layer: torch.cat([part[layer] for part in parts]) for layer in parts[0]}


def wanted_images(inputs: Inputs) -> Wanted:
    """Return which images each label is made from: of the probe, its resamples and its halves."""
    images, measures = len(inputs.probe), inputs.measures
    share = inputs.dissection.settings.get("top_fraction", 1.0)
    halves = np.zeros((0, images), bool)
    if images // 2 >= max(inputs.top_k or 1, 2) and int(images // 2 * share) >= 1:
        halves = stability.half_masks(images, splits=measures.splits, seed=measures.seed)
    counts = stability.draw_counts(images, resamples=measures.resamples, seed=measures.seed)
    top_k, seed = inputs.top_k, measures.seed
    random = None if top_k is None else significance.random_sets(images, top_k, seed=seed)
    return Wanted(top_k, measures.sensitivity, inputs.dissection.ties, counts, halves, random)


def images_to_embed(inputs: Inputs, activations: Activations, wanted: Wanted) -> np.ndarray:
    """Return the images that decide a label, int64 (needed,), sorted."""
    if wanted.top_k is None:
        return np.arange(len(inputs.probe))
    layers = (
        (activations[network.slug][layer], layer in network.dissected)
        for network in inputs.networks
        for layer in network.layers
    )
    return needed_images(layers, wanted)


def image_features(
    inputs: Inputs, store: Store, progress: Progress, *, needed: np.ndarray, batch: int
) -> np.ndarray:
    """Return the encoder's features of some images, float32 (needed, width), not normalised.

    Parameters
    ----------
    inputs, store, progress, batch
        As for `activations`.
    needed
        Sorted indices of the images, int64 (needed,).

    Raises
    ------
    StudyError
        If a feature is not finite, naming the image.
    """
    entry = image_entry(inputs, store, needed)
    missing = entry.missing()
    with progress.stage("image features", sum(map(len, missing)), "images") as advance:
        for shard in missing:
            chosen = [int(needed[index]) for index in shard]
            features = encoded(inputs, chosen, batch=batch, advance=advance)
            entry.write(shard, {"features": features})
    return entry.read()["features"]


def encoded(
    inputs: Inputs, chosen: Sequence[int], *, batch: int, advance: Advance = void
) -> np.ndarray:
    """Decode some images and return the encoder's features of them, float32 (chosen, width)."""
    rows = []
    transforms = {"encoder": inputs.encoder.preprocessing.apply}
    for indices, images in batches(inputs.probe, transforms, indices=chosen, size=batch):
        features = inputs.encoder.encode_images(images["encoder"])
        _check_finite(features, [inputs.probe.names[index] for index in indices])
        rows.append(features)
        advance(len(indices))
    return torch.cat(rows).cpu().numpy()


def concept_features(inputs: Inputs, store: Store, progress: Progress) -> np.ndarray:
    """Return the encoder's features of the concepts, float32 (concepts, width).

    Raises
    ------
    StudyError
        If a feature is not finite, naming the concept.
    """
    words = inputs.concepts.words
    entry = concept_entry(inputs, store)
    missing = entry.missing()
    with progress.stage("concept features", sum(map(len, missing)), "concepts") as advance:
        for shard in missing:
            chosen = words[shard.start : shard.stop]
            features = inputs.encoder.encode_concepts(chosen, progress=advance)
            _check_finite(features, chosen)
            entry.write(shard, {"features": features.cpu().numpy()})
    return entry.read()["features"]


def _check_finite(features: torch.Tensor, names: Sequence[str]) -> None:
    """Refuse features that are not finite before they are stored."""
    broken = (~torch.isfinite(features)).nonzero()
    if len(broken):
        row, column = broken[0].tolist()
        raise StudyError(
            f"encoder: expected finite features, found {features[row, column].item()} at column "
            f"{column} for {names[row]}: the weights or the preprocessing are broken"
        )


def activation_entries(inputs: Inputs, store: Store) -> dict[str, Entry]:
    """Return the store's entry for each network's activations, by slug."""
    return {
        network.slug: store.entry(
            "activations", activation_parts(inputs, network), total=len(inputs.probe), shard=SHARD
        )
        for network in inputs.networks
    }


def activation_parts(inputs: Inputs, network: Network) -> dict[str, Any]:
    """Return everything that decides a network's activations."""
    return {
        "architecture": network.architecture,
        "weights": network.sha256,
        # An option that torchvision sets with some weights; in neither weights nor preprocessing.
        "transform_input": bool(getattr(network.module, "transform_input", False)),
        "preprocessing": network.preprocessing.to_json(),
        "layers": list(network.layers),
        "pool": inputs.dissection.pool,
        "probe": inputs.probe.digest,
    } | _numerics(inputs)


def concept_entry(inputs: Inputs, store: Store) -> Entry:
    """Return the store's entry for the features of the concepts."""
    parts = _encoder_parts(inputs) | {"concepts": inputs.concepts.digest}
    return store.entry("concept-features", parts, total=len(inputs.concepts), shard=WORDS)


def image_entry(inputs: Inputs, store: Store, needed: np.ndarray) -> Entry:
    """Return the store's entry for the features of some images."""
    parts = _encoder_parts(inputs) | {
        "preprocessing": inputs.encoder.preprocessing.to_json(),
        "probe": inputs.probe.digest,
        "images": [int(index) for index in needed],
    }
    return store.entry("image-features", parts, total=len(needed), shard=SHARD)


def _encoder_parts(inputs: Inputs) -> dict[str, Any]:
    return {
        "encoder": inputs.encoder.model_name,
        "configuration": inputs.encoder.configuration,
        "weights": inputs.encoder.sha256,
    } | _numerics(inputs)


def _numerics(inputs: Inputs) -> dict[str, Any]:
    return {
        "arithmetic": _ARITHMETIC,
        "precision": inputs.dissection.precision,
        "device": inputs.device.type,
        "versions": {name: version(name) for name in PACKAGES},
    }
