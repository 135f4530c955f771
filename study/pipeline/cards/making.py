"""Making unit cards: a second pass over the few images that are in some unit's top."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from study.dissection import card_table
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
Wiring = dict[tuple[str, tuple[str, ...], tuple[int, int]], dict[str, maps.Grid]]
"""Cache of receptive-field grids by architecture, layers and input size, filled in place."""


def write_cards(
    inputs: Inputs,
    network: Network,
    tables: Tables,
    activations: Mapping[str, npt.NDArray[np.float32]],
    folder: Path,
    progress: Progress,
    *,
    wiring: Wiring,
    asked: Collection[card_table.Unit] = (),
    batch: int = 64,
) -> None:
    """Write ``cards.csv`` and the card of every live unit of a network.

    Parameters
    ----------
    inputs
        The open study.
    network, tables, activations
        One network with its tables and activations.
    folder
        The network's folder of the run.
    progress
        Advanced by every image.
    wiring
        Cache that networks of one architecture share.
    asked
        Units to show in addition to those chosen by rule.
    batch
        Images in one forward pass.
    """
    count, layers = min(inputs.measures.cards, len(inputs.probe)), network.dissected
    tops = {layer: ranked_images(activations[layer])[:, :count] for layer in layers}
    shown_on = _units_by_image(tops, tables)
    pictures, unit_maps = _look(inputs, network, shown_on, progress, wiring=wiring, batch=batch)
    rows: dict[card_table.Unit, list[card_table.TopImage]] = {}
    (folder / "cards").mkdir(parents=True, exist_ok=True)
    for layer, unit in sorted(unit_maps, key=lambda key: (layers.index(key[0]), key[1])):
        order = [int(image) for image in tops[layer][unit]]
        drawn = [unit_maps[layer, unit][image] for image in order]
        data = tiles.strip(
            [pictures[image] for image in order], [values for values in drawn if values is not None]
        )
        # The whole folder is swapped in at the end: no need to sync each picture.
        (folder / "cards" / card_table.card_name(layer, unit)).write_bytes(data)
        label = tables.dissection.layer(layer).descriptions[unit]
        rows[layer, unit] = [
            card_table.TopImage(
                inputs.probe.names[image],
                float(activations[layer][image, unit]),
                _shows(inputs, image, label),
            )
            for image in order
        ]
    chosen = tiles.choose_units(tables.labels, asked)
    write_atomic(folder / "cards.csv", card_table.dumps(rows, chosen).encode())


def _units_by_image(
    tops: Mapping[str, npt.NDArray[np.int64]], tables: Tables
) -> dict[int, list[card_table.Unit]]:
    """Return the live units that each image is to be shown for."""
    frame = tables.labels
    flags = zip(frame["layer"], frame["unit"], frame["dead"], strict=True)
    dead = {(layer, unit) for layer, unit, flag in flags if flag}
    units: dict[int, list[card_table.Unit]] = defaultdict(list)
    for layer, images in tops.items():
        for unit, row in enumerate(images):
            if (layer, unit) not in dead:
                for image in row:
                    units[int(image)].append((layer, unit))
    return units


def _look(
    inputs: Inputs,
    network: Network,
    shown_on: Mapping[int, Sequence[card_table.Unit]],
    progress: Progress,
    *,
    wiring: Wiring,
    batch: int,
) -> tuple[dict[int, Tile], dict[card_table.Unit, dict[int, Map | None]]]:
    """Return each image as the network saw it, and each unit's map on its top images.

    A layer without space has no map, but None.
    """
    layers = network.dissected
    pictures: dict[int, Tile] = {}
    unit_maps: dict[card_table.Unit, dict[int, Map | None]] = defaultdict(dict)
    grids: dict[str, maps.Grid] = {}
    transforms = {"network": network.preprocessing.apply}
    chosen = sorted(shown_on)
    with progress.stage(f"cards of {network.name}", len(chosen), "images") as advance:
        for indices, images in batches(inputs.probe, transforms, indices=chosen, size=batch):
            size = (int(images["network"].shape[2]), int(images["network"].shape[3]))
            outputs = maps.raw_outputs(network.module, layers, images["network"])
            spatial = [layer for layer in layers if outputs[layer].ndim == 4]
            if spatial and not grids:
                known = wiring.setdefault((network.architecture, tuple(spatial), size), {})
                if not known:
                    known.update(maps.find_grids(network.module, spatial, size))
                grids = {layer: grid.scaled(size, tiles.TILE) for layer, grid in known.items()}
            plain = _pixels(images["network"], network)
            for row, image in enumerate(indices):
                pictures[image] = tiles.tile(plain[row])
                for layer, unit in shown_on[image]:
                    if layer not in grids:
                        unit_maps[layer, unit][image] = None
                        continue
                    values = outputs[layer][row, unit].float().cpu().numpy()
                    unit_maps[layer, unit][image] = maps.spread(
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
