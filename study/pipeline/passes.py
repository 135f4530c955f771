"""Passes: images through the networks, or through the encoder, in this process."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import torch
from PIL import Image

from study.errors import StudyError
from study.inputs.batches import Transform, batches
from study.inputs.pictures import one_colour
from study.models.activations import Hooks
from study.models.encoder import Encoder, OwnEncoder, TruthEncoder
from study.models.networks import Network
from study.models.pieces import run_pieces
from study.pipeline.opening import Inputs
from study.progress import Advance, void

LOOKED = "*"
"""In the place of a network and its layer: whether images are of one colour."""


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


def encoded(
    inputs: Inputs, chosen: Sequence[int], *, batch: int, advance: Advance = void
) -> np.ndarray:
    """Decode some images and return the encoder's features of them, float32 (chosen, width)."""
    rows = []
    transforms = {"encoder": inputs.encoder.preprocessing.apply}
    for indices, images in batches(inputs.probe, transforms, indices=chosen, size=batch):
        features = looking(inputs).encode_images(images["encoder"])
        check_finite(features, [inputs.probe.names[index] for index in indices])
        rows.append(features)
        advance(len(indices))
    return torch.cat(rows).cpu().numpy()


def looking(inputs: Inputs) -> Encoder | OwnEncoder:
    """Return the encoder; raises `StudyError` for a truth table, which sees nothing."""
    if isinstance(inputs.encoder, TruthEncoder):
        raise StudyError("a truth table looks at no picture and reads no word")
    return inputs.encoder


def check_finite(features: torch.Tensor, names: Sequence[str]) -> None:
    """Refuse features that are not finite before they are stored."""
    broken = (~torch.isfinite(features)).nonzero()
    if len(broken):
        row, column = broken[0].tolist()
        raise StudyError(
            f"encoder: expected finite features, found {features[row, column].item()} at column "
            f"{column} for {names[row]}: the weights or the preprocessing are broken"
        )
