"""Features: activations and embeddings of a study, computed once and stored row by row."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import torch
from PIL import Image

from study.errors import StudyError
from study.inputs.batches import Transform, batches
from study.inputs.pictures import one_colour
from study.labelling import significance, stability
from study.labelling.top_images import Wanted, needed_images
from study.models.activations import Hooks
from study.models.encoder import Encoder, OwnEncoder, TruthEncoder
from study.models.networks import Network
from study.models.pieces import run_pieces
from study.pipeline.checking import checked_entry
from study.pipeline.entries import (
    Place,
    activation_entries,
    concept_entry,
    digests_of,
    image_entry,
    word_rows,
)
from study.pipeline.opening import Inputs
from study.pipeline.store import Store
from study.progress import Advance, Progress, void

SHARD = 512
"""Images in one shard: the most that a killed run loses."""
WORDS = 2048
"""Concepts in one shard."""
LOOKED = "*"
"""In the place of a network and its layer: whether images are of one colour."""
Activations = Mapping[str, Mapping[str, np.ndarray]]
"""Network slug, then layer, to float32 (images, units)."""


def activations(
    inputs: Inputs, store: Store, progress: Progress, *, batch: int
) -> dict[str, dict[str, np.ndarray]]:
    """Return the pooled activations of every network, decoding each image once for all.

    Parameters
    ----------
    inputs, store
        The open study; what the store holds already, image by image and layer by layer, is not
        computed again.
    progress
        Advanced by every image.
    batch
        Images in one forward pass.

    Raises
    ------
    StudyError
        If an activation is not finite, naming network, layer and image.
    """
    images = inputs.probe.image_digests
    gathered = {
        key: entry.gather(images) for key, entry in activation_entries(inputs, store).items()
    }
    lacking = {key: set(rows.missing) for key, rows in gathered.items()}
    checked = checked_entry(store).gather(images)
    unchecked = set(checked.missing)
    # Images that lack the same layers go together: one new layer or one new image is all that runs.
    alike: dict[tuple[Place, ...], list[int]] = {}
    for image in sorted(set().union(*lacking.values())):
        places = tuple(key for key, missing in lacking.items() if image in missing)
        alike.setdefault(places, []).append(image)
    with progress.stage("activations", sum(map(len, alike.values())), "images") as advance:
        for places, chosen in alike.items():
            layers = {
                network: [layer for layer in network.layers if (network.slug, layer) in places]
                for network in inputs.networks
            }
            watched = {network: names for network, names in layers.items() if names}
            for shard in chunks(chosen, SHARD):
                collected = forward(inputs, watched, shard, batch=batch, advance=advance)
                if fresh := [n for n, image in enumerate(shard) if image in unchecked]:
                    looks = collected[LOOKED][LOOKED][fresh] > 0
                    checked.add([shard[n] for n in fresh], {"one_colour": looks})
                for slug, layer in places:
                    values = collected[slug][layer]
                    gathered[slug, layer].add(shard, {"activations": values})
    return {
        network.slug: dict(network.recorded)
        or {
            layer: gathered[network.slug, layer].arrays()["activations"] for layer in network.layers
        }
        for network in inputs.networks
    }


def chunks(positions: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """Yield positions in groups of at most `size`."""
    for start in range(0, len(positions), size):
        yield positions[start : start + size]


def forward(
    inputs: Inputs,
    watched: Mapping[Network, Sequence[str]],
    chosen: Sequence[int],
    *,
    batch: int,
    advance: Advance = void,
) -> dict[str, dict[str, np.ndarray]]:
    """Decode some images and return activations of some networks' layers, as `activations` does.

    Under `LOOKED`, which is no slug, is 1 for each image of one colour, else 0.
    """
    transforms: dict[str, Transform] = {
        network.slug: network.preprocessing.apply for network in watched
    }
    transforms[LOOKED] = _look
    blocks: dict[str, dict[str, list[torch.Tensor]]] = {
        network.slug: {layer: [] for layer in layers} for network, layers in watched.items()
    }
    blocks[LOOKED] = {LOOKED: []}
    for indices, images in batches(inputs.probe, transforms, indices=chosen, size=batch):
        names = [inputs.probe.names[index] for index in indices]
        for network, layers in watched.items():
            pooled = _pooled(inputs, network, layers, images[network.slug], names)
            for layer, values in pooled.items():
                blocks[network.slug][layer].append(values)
        blocks[LOOKED][LOOKED].append(images[LOOKED].flatten())
        advance(len(indices))
    return {
        slug: {layer: torch.cat(values).numpy() for layer, values in layers.items()}
        for slug, layers in blocks.items()
    }


def _look(image: Image.Image) -> torch.Tensor:
    return torch.full((1, 1, 1), float(one_colour(image)))


def _pooled(
    inputs: Inputs,
    network: Network,
    layers: Sequence[str],
    batch: torch.Tensor,
    names: Sequence[str],
) -> dict[str, torch.Tensor]:
    settings = inputs.dissection
    layouts = network.layouts
    try:
        with Hooks(
            network.module, layers, pool=settings.pool, tokens=settings.tokens, layouts=layouts
        ) as hooks:
            parts: list[dict[str, torch.Tensor]] = []
            done = 0

            def run(piece: torch.Tensor) -> dict[str, torch.Tensor]:
                shown = [*names[done:], *[names[-1]] * len(piece)]  # a piece may repeat the last
                return hooks(piece, names=shown)

            parts_of = partial(run_pieces, most=inputs.batch, room=inputs.room)
            for pooled, count in parts_of(batch, network.module, run):
                parts.append({layer: values[:count] for layer, values in pooled.items()})
                done += count
    except StudyError as error:
        raise StudyError(f"{network.name}: {error}") from None
    return {layer: torch.cat([part[layer] for part in parts]) for layer in parts[0]}


def kept_activations(inputs: Inputs, store: Store) -> Activations | None:
    """Return the activations of every network if the store holds them whole, else None."""
    kept = {network.slug: dict(network.recorded) for network in inputs.networks}
    for (slug, layer), entry in activation_entries(inputs, store).items():
        gathered = entry.gather(inputs.probe.image_digests)
        if gathered.missing:
            return None
        kept[slug][layer] = gathered.arrays()["activations"]
    return kept


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
    if isinstance(inputs.encoder, TruthEncoder):
        return inputs.encoder.image_features(needed)
    gathered = image_entry(inputs, store).gather(digests_of(inputs, needed))
    missing = gathered.missing
    with progress.stage("image features", len(missing), "images") as advance:
        for shard in chunks(missing, SHARD):
            chosen = [int(needed[position]) for position in shard]
            features = encoded(inputs, chosen, batch=batch, advance=advance)
            gathered.add(shard, {"features": features})
    return gathered.arrays()["features"]


def encoded(
    inputs: Inputs, chosen: Sequence[int], *, batch: int, advance: Advance = void
) -> np.ndarray:
    """Decode some images and return the encoder's features of them, float32 (chosen, width)."""
    rows = []
    transforms = {"encoder": inputs.encoder.preprocessing.apply}
    for indices, images in batches(inputs.probe, transforms, indices=chosen, size=batch):
        features = _clip(inputs).encode_images(images["encoder"])
        _check_finite(features, [inputs.probe.names[index] for index in indices])
        rows.append(features)
        advance(len(indices))
    return torch.cat(rows).cpu().numpy()


def encoded_words(inputs: Inputs, words: Sequence[str]) -> np.ndarray:
    """Return the encoder's features of some words, float32 (words, width)."""
    return _clip(inputs).encode_concepts(words).cpu().numpy()


def concept_features(inputs: Inputs, store: Store, progress: Progress) -> np.ndarray:
    """Return the encoder's features of the concepts, float32 (concepts, width).

    Raises
    ------
    StudyError
        If a feature is not finite, naming the concept.
    """
    words = inputs.concepts.words
    if isinstance(inputs.encoder, TruthEncoder):
        return inputs.encoder.concept_features()
    gathered = concept_entry(inputs, store).gather(word_rows(inputs))
    missing = gathered.missing
    with progress.stage("concept features", len(missing), "concepts") as advance:
        for shard in chunks(missing, WORDS):
            chosen = [words[position] for position in shard]
            features = _clip(inputs).encode_concepts(chosen, progress=advance)
            _check_finite(features, chosen)
            gathered.add(shard, {"features": features.cpu().numpy()})
    return gathered.arrays()["features"]


def _clip(inputs: Inputs) -> Encoder | OwnEncoder:
    if isinstance(inputs.encoder, TruthEncoder):
        raise StudyError("a truth table looks at no picture and reads no word")
    return inputs.encoder


def _check_finite(features: torch.Tensor, names: Sequence[str]) -> None:
    """Refuse features that are not finite before they are stored."""
    broken = (~torch.isfinite(features)).nonzero()
    if len(broken):
        row, column = broken[0].tolist()
        raise StudyError(
            f"encoder: expected finite features, found {features[row, column].item()} at column "
            f"{column} for {names[row]}: the weights or the preprocessing are broken"
        )
