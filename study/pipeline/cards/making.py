"""Making unit cards: a second pass over the few images that are in some unit's top."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from study.dissection import card_table
from study.dissection.card_table import TopImage, Unit
from study.files.output import write_atomic
from study.inputs.batches import batches
from study.labelling.labeller import Tables
from study.labelling.top_images import ranked_images
from study.models.networks import Network
from study.pipeline.cards import maps, tiles
from study.pipeline.opening import Inputs
from study.progress import Progress

Tile = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float32]


def write_cards(
    inputs: Inputs,
    network: Network,
    tables: Tables,
    activations: Mapping[str, npt.NDArray[np.float32]],
    folder: Path,
    progress: Progress,
    *,
    asked: Collection[Unit] = (),
    batch: int = 64,
) -> None:
    """Write ``cards.csv`` and the card of every live unit of a network.

    Parameters
    ----------
    network, tables, activations
        One network of the open study `inputs`, with its tables and activations.
    folder
        The network's folder of the run.
    progress
        Advanced by every image.
    asked
        Units to show in addition to those chosen by rule.
    batch
        Images in one forward pass.
    """
    count, labels = min(inputs.measures.cards, len(inputs.probe)), tables.labels
    ranked = {layer: ranked_images(activations[layer])[:, :count] for layer in network.dissected}
    live = labels[labels["dead"] == 0]
    tops = {
        (str(layer), int(unit)): ranked[layer][unit].tolist()
        for layer, unit in zip(live["layer"], live["unit"], strict=True)
    }
    pictures, unit_maps = _look(inputs, network, tops, progress, batch=batch)
    rows: dict[Unit, list[TopImage]] = {}
    (folder / "cards").mkdir(parents=True, exist_ok=True)
    for (layer, unit), images in tops.items():
        keys = [(layer, unit, image) for image in images]
        shown = [unit_maps[key] for key in keys if key in unit_maps]
        data = tiles.strip([pictures[image] for image in images], shown)
        # The whole folder is swapped in at the end: no need to sync each picture.
        (folder / "cards" / card_table.card_name(layer, unit)).write_bytes(data)
        label = tables.dissection.layer(layer).descriptions[unit]
        rows[layer, unit] = [
            TopImage(
                inputs.probe.names[image],
                float(activations[layer][image, unit]),
                _shows(inputs, image, label),
            )
            for image in images
        ]
    chosen = tiles.choose_units(labels, asked)
    write_atomic(folder / "cards.csv", card_table.dumps(rows, chosen).encode())


def _look(
    inputs: Inputs,
    network: Network,
    tops: Mapping[Unit, Sequence[int]],
    progress: Progress,
    *,
    batch: int,
) -> tuple[dict[int, Tile], dict[tuple[str, int, int], Map]]:
    """Return each image as the network saw it, and units' maps by layer, unit and image.

    A layer without space has no maps.
    """
    units_of: dict[int, list[Unit]] = defaultdict(list)
    for key, images in tops.items():
        for image in images:
            units_of[image].append(key)
    pictures: dict[int, Tile] = {}
    unit_maps: dict[tuple[str, int, int], Map] = {}
    grids: dict[str, maps.Grid] = {}
    transforms, chosen = {"network": network.preprocessing.apply}, sorted(units_of)
    with progress.stage(f"cards of {network.name}", len(chosen), "images") as advance:
        for indices, prepared in batches(inputs.probe, transforms, indices=chosen, size=batch):
            photos = prepared["network"]
            outputs = maps.raw_outputs(network.module, network.dissected, photos)
            spatial = {layer: output for layer, output in outputs.items() if output.ndim == 4}
            if spatial and not grids:
                size = (photos.shape[2], photos.shape[3])
                known = maps.find_grids(network.module, list(spatial), size)
                grids = {layer: grid.scaled(size, tiles.TILE) for layer, grid in known.items()}
            pixels = _pixels(photos, network)
            for row, image in enumerate(indices):
                pictures[image] = tiles.tile(pixels[row])
                for layer, unit in units_of[image]:
                    if layer in spatial:
                        values = spatial[layer][row, unit].float().cpu().numpy()
                        unit_maps[layer, unit, image] = maps.spread(
                            values, grids[layer], (tiles.TILE, tiles.TILE)
                        )
            advance(len(indices))
    return pictures, unit_maps


def _pixels(batch: torch.Tensor, network: Network) -> npt.NDArray[np.uint8]:
    """Undo the normalisation: uint8 (images, height, width, 3)."""
    mean = torch.tensor(network.preprocessing.mean).view(1, 3, 1, 1)
    std = torch.tensor(network.preprocessing.std).view(1, 3, 1, 1)
    pixels = (batch.float() * std + mean).clamp(0, 1) * 255
    return pixels.round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()


def _shows(inputs: Inputs, image: int, label: str) -> bool | None:
    truth = inputs.probe.truth
    if truth is None or label not in truth.words:
        return None
    column = truth.words[label]
    return column is not None and bool(truth.values[image, truth.columns.index(column)])
