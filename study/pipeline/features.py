"""Features: activations and embeddings of a study, computed once and stored row by row."""

from collections.abc import Mapping, Sequence

import numpy as np

from study.labelling import significance, stability
from study.labelling.top_images import Wanted, needed_images
from study.models.encoder import TruthEncoder
from study.pipeline import shards
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
from study.pipeline.passes import LOOKED, check_finite, looking
from study.pipeline.shards import LOCAL, Shard, Workers, chunks
from study.pipeline.store import Store
from study.progress import Progress

WORDS = 2048
"""Concepts in one shard."""
Activations = Mapping[str, Mapping[str, np.ndarray]]
"""Network slug, then layer, to float32 (images, units)."""


def activations(
    inputs: Inputs, store: Store, progress: Progress, *, batch: int, workers: Workers = LOCAL
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
    workers
        Where shards of images are run.

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
        parts = [
            Shard(tuple(shard), places)
            for places, chosen in alike.items()
            for shard in chunks(chosen, shards.SHARD)
        ]
        for shard, arrays in workers.run(inputs, parts, batch=batch, advance=advance):
            fresh = [n for n, image in enumerate(shard.positions) if image in unchecked]
            if fresh:
                looks = arrays[LOOKED, LOOKED][fresh] > 0
                checked.add([shard.positions[n] for n in fresh], {"one_colour": looks})
            for place in shard.places:
                gathered[place].add(shard.positions, {"activations": arrays[place]})
    return {
        network.slug: dict(network.recorded)
        or {
            layer: gathered[network.slug, layer].arrays()["activations"] for layer in network.layers
        }
        for network in inputs.networks
    }


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
    inputs: Inputs,
    store: Store,
    progress: Progress,
    *,
    needed: np.ndarray,
    batch: int,
    workers: Workers = LOCAL,
) -> np.ndarray:
    """Return the encoder's features of some images, float32 (needed, width), not normalised.

    Parameters
    ----------
    inputs, store, progress, batch, workers
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
        place = {int(needed[position]): position for position in missing}
        parts = [Shard(tuple(shard)) for shard in chunks(list(place), shards.SHARD)]
        for shard, arrays in workers.run(inputs, parts, batch=batch, advance=advance):
            positions = [place[image] for image in shard.positions]
            gathered.add(positions, {"features": arrays["", ""]})
    return gathered.arrays()["features"]


def encoded_words(inputs: Inputs, words: Sequence[str]) -> np.ndarray:
    """Return the encoder's features of some words, float32 (words, width)."""
    return looking(inputs).encode_concepts(words).cpu().numpy()


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
            features = looking(inputs).encode_concepts(chosen, progress=advance)
            check_finite(features, chosen)
            gathered.add(shard, {"features": features.cpu().numpy()})
    return gathered.arrays()["features"]
