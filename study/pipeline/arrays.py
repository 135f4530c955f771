"""Activations and features of a study, computed once and kept in the store shard by shard."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import torch

from study.activations import Hooks
from study.errors import StudyError
from study.loading import batches
from study.networks import Network
from study.pieces import pieces
from study.pipeline.inputs import Inputs
from study.progress import Advance, Progress
from study.store import Entry, Store

SHARD = 512
"""Images in one shard: what a killed run loses at most."""
WORDS = 2048
"""Concepts in one shard."""
_ARITHMETIC = 1
"""Raised when this program computes arrays in another way: those kept from before then miss."""

Arrays = Mapping[str, np.ndarray]


def activations(
    inputs: Inputs, store: Store, progress: Progress, *, batch: int
) -> dict[str, dict[str, np.ndarray]]:
    """Return the pooled activations of every network, decoding each image once for all of them.

    Parameters
    ----------
    inputs
        The open study.
    store
        Where shards are kept; what is there already is not computed again.
    progress
        Told about each image.
    batch
        Images in one forward pass.

    Returns
    -------
    dict
        Network slug, then layer, to float32 (images, units).

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
            collected = _forward(inputs, networks, shard, batch=batch, advance=advance)
            for slug, arrays in collected.items():
                entries[slug].write(shard, arrays)
    return {slug: dict(entry.read()) for slug, entry in entries.items()}


def _forward(
    inputs: Inputs, networks: list[Network], shard: range, *, batch: int, advance: Advance
) -> dict[str, dict[str, np.ndarray]]:
    transforms = {network.slug: network.preprocessing.apply for network in networks}
    blocks: dict[str, dict[str, list[torch.Tensor]]] = {
        network.slug: {layer: [] for layer in network.layers} for network in networks
    }
    pool = inputs.study.dissection.pool
    for indices, images in batches(inputs.probe, transforms, indices=shard, size=batch):
        names = [inputs.probe.names[index] for index in indices]
        for network in networks:
            for layer, values in pooled(network, images[network.slug], names, pool=pool).items():
                blocks[network.slug][layer].append(values)
        advance(len(indices))
    return {
        slug: {layer: torch.cat(values).numpy() for layer, values in layers.items()}
        for slug, layers in blocks.items()
    }


def pooled(
    network: Network, batch: torch.Tensor, names: Sequence[str], *, pool: str
) -> dict[str, torch.Tensor]:
    """Return a network's pooled activations of a batch, see `study.activations.Hooks`.

    Raises
    ------
    StudyError
        As `Hooks`, and naming the network as well.
    """
    try:
        with Hooks(network.module, network.layers, pool=pool) as hooks:
            found, done = [], 0
            for piece in pieces(batch, network.module):
                found.append(hooks(piece, names=names[done : done + len(piece)]))
                done += len(piece)
    except StudyError as error:
        raise StudyError(f"{network.name}: {error}") from None
    return {layer: torch.cat([part[layer] for part in found]) for layer in found[0]}


def image_features(
    inputs: Inputs, store: Store, progress: Progress, *, needed: np.ndarray, batch: int
) -> np.ndarray:
    """Return the encoder's features of the images that are needed.

    Parameters
    ----------
    inputs, store, progress, batch
        As for `activations`.
    needed
        Sorted indices of the images, int64 (needed,).

    Returns
    -------
    numpy.ndarray
        float32 (needed, width), not normalised.

    Raises
    ------
    StudyError
        If a feature is not finite, naming the image.
    """
    entry = image_entry(inputs, store, needed)
    transforms = {"encoder": inputs.encoder.preprocessing.apply}
    missing = entry.missing()
    with progress.stage("image features", sum(map(len, missing)), "images") as advance:
        for shard in missing:
            rows = []
            chosen = [int(needed[index]) for index in shard]
            for indices, images in batches(inputs.probe, transforms, indices=chosen, size=batch):
                features = inputs.encoder.encode_images(images["encoder"])
                _check_finite(features, [inputs.probe.names[index] for index in indices])
                rows.append(features)
                advance(len(indices))
            entry.write(shard, {"features": torch.cat(rows).cpu().numpy()})
    return entry.read()["features"]


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
    """Refuse features that are not finite before they are kept."""
    broken = (~torch.isfinite(features)).nonzero()
    if len(broken):
        row, column = broken[0].tolist()
        raise StudyError(
            f"encoder: expected finite features, found {features[row, column].item()} at column "
            f"{column} for {names[row]}: the weights or the preprocessing are broken"
        )


def activation_entries(inputs: Inputs, store: Store) -> dict[str, Entry]:
    """Return where the activations of each network, by slug, are kept."""
    total = len(inputs.probe)
    return {
        network.slug: store.entry(
            "activations", activation_parts(inputs, network), total=total, shard=SHARD
        )
        for network in inputs.networks
    }


def concept_entry(inputs: Inputs, store: Store) -> Entry:
    """Return where the features of the concepts are kept."""
    words = len(inputs.concepts)
    return store.entry("concept-features", concept_parts(inputs), total=words, shard=WORDS)


def image_entry(inputs: Inputs, store: Store, needed: np.ndarray) -> Entry:
    """Return where the features of some images are kept."""
    parts = image_parts(inputs, needed)
    return store.entry("image-features", parts, total=len(needed), shard=SHARD)


def activation_parts(inputs: Inputs, network: Network) -> dict[str, Any]:
    """Return everything that decides a network's activations."""
    return {
        "architecture": network.settings.architecture,
        "weights": network.sha256,
        # What torchvision switches on with some weights; part of neither weights nor preprocessing.
        "transform_input": bool(getattr(network.module, "transform_input", False)),
        "preprocessing": network.preprocessing.to_json(),
        "layers": list(network.layers),
        "pool": inputs.study.dissection.pool,
        "probe": inputs.probe.digest,
    } | _numerics(inputs)


def concept_parts(inputs: Inputs) -> dict[str, Any]:
    """Return everything that decides the features of the concepts."""
    return encoder_parts(inputs) | {"concepts": inputs.concepts.digest}


def image_parts(inputs: Inputs, needed: np.ndarray) -> dict[str, Any]:
    """Return everything that decides the features of some images."""
    return encoder_parts(inputs) | {
        "preprocessing": inputs.encoder.preprocessing.to_json(),
        "probe": inputs.probe.digest,
        "images": [int(index) for index in needed],
    }


def encoder_parts(inputs: Inputs) -> dict[str, Any]:
    """Return everything about the encoder that decides its features."""
    return {
        "encoder": inputs.encoder.model_name,
        "configuration": inputs.encoder.configuration,
        "weights": inputs.encoder.sha256,
    } | _numerics(inputs)


def _numerics(inputs: Inputs) -> dict[str, Any]:
    packages = ("torch", "torchvision", "open_clip_torch", "pillow", "numpy")
    return {
        "arithmetic": _ARITHMETIC,
        "precision": inputs.precision,
        "device": inputs.device.type,
        "versions": {name: version(name) for name in packages},
    }
