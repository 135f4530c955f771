"""Making unit cards: a second pass over the few images that are in some unit's top."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
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
from study.models.preprocessing import Preprocessing
from study.pipeline import entries, features
from study.pipeline.cards import maps, tiles
from study.pipeline.opening import Inputs
from study.pipeline.store import Gathered, Store
from study.progress import Advance, Progress

Tile = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float32]


def write_cards(
    inputs: Inputs,
    store: Store,
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
    store
        Where pictures and maps are kept: a unit whose top images stay is not computed again.
    folder
        The network's folder of the run.
    progress
        Advanced by every image and every unit.
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
    looks = _Looks.of(inputs, store, network, tops)
    height, width = network.preprocessing.apply(inputs.probe.image(0)).shape[1:]
    rows: dict[Unit, list[TopImage]] = {}
    (folder / "cards").mkdir(parents=True, exist_ok=True)
    missing = looks.missing()
    work = len(missing) + len(tops)
    with progress.stage(f"cards of {network.name}", work, "images and units") as advance:
        looks.complete(inputs, network, missing, advance, batch=batch)
        for (layer, unit), data in looks.drawn(network, (height, width)):
            # The whole folder is swapped in at the end: no need to sync each picture.
            (folder / "cards" / card_table.card_name(layer, unit)).write_bytes(data)
            images = tops[layer, unit]
            label = tables.dissection.layer(layer).descriptions[unit]
            rows[layer, unit] = [
                TopImage(
                    inputs.probe.names[image],
                    float(activations[layer][image, unit]),
                    _shows(inputs, image, label),
                )
                for image in images
            ]
            advance(1)
    chosen = tiles.choose_units(labels, asked)
    write_atomic(folder / "cards.csv", card_table.dumps(rows, chosen).encode())


@dataclass(frozen=True, slots=True)
class _Looks:
    """What a network's cards are drawn from, kept in the store until the next run."""

    images: list[int]  # every image in some unit's top, in order
    pairs: dict[str, list[tuple[int, int]]]  # by layer: each unit with each image of its top
    pictures: Gathered  # of `images`, as the network saw them
    maps: dict[str, Gathered]  # of `pairs`, (rows, columns); none of a layer without space

    @classmethod
    def of(
        cls, inputs: Inputs, store: Store, network: Network, tops: Mapping[Unit, Sequence[int]]
    ) -> "_Looks":
        """Read what the store holds of it."""
        digests = inputs.probe.image_digests
        images = sorted(set().union(*tops.values()))
        pairs: dict[str, list[tuple[int, int]]] = {layer: [] for layer in network.dissected}
        for (layer, unit), top in tops.items():
            pairs[layer] += [(unit, image) for image in top]
        found = {}
        for layer, places in pairs.items():
            rows = [entries.map_row(digests[image], unit) for unit, image in places]
            found[layer] = entries.map_entry(inputs, store, network, layer).gather(rows)
        rows = [digests[image] for image in images]
        pictures = entries.picture_entry(store, network, tiles.TILE).gather(rows)
        return cls(images, pairs, pictures, found)

    def missing(self) -> dict[int, list[tuple[str, int]]]:
        """Return each image that the store lacks something of, with the layers' missing maps.

        A map is given by its layer and its position among the layer's `pairs`.
        """
        lacking: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for position in self.pictures.missing:
            lacking[self.images[position]] = []
        for layer, gathered in self.maps.items():
            for position in gathered.missing:
                lacking[self.pairs[layer][position][1]].append((layer, position))
        return lacking

    def complete(
        self,
        inputs: Inputs,
        network: Network,
        missing: Mapping[int, list[tuple[str, int]]],
        advance: Advance,
        *,
        batch: int,
    ) -> None:
        """Run the network once more on the images of `missing`, and store what it needs."""
        pictures = {self.images[position]: position for position in self.pictures.missing}
        transforms = {"network": network.preprocessing.apply}
        for shard in features.chunks(sorted(missing), features.SHARD):
            tiled: dict[int, Tile] = {}
            raw: dict[str, dict[int, Map]] = {layer: {} for layer in self.maps}
            for indices, tensors in batches(inputs.probe, transforms, indices=shard, size=batch):
                photos = tensors["network"]
                shown = {
                    layer: network.layouts[layer]
                    for layer in network.dissected
                    if network.layouts[layer].axes == 4
                    or (network.layouts[layer].axes == 3 and inputs.dissection.tokens != "class")
                }
                found = maps.raw_maps(network.module, shown, photos, most=inputs.batch)
                pixels = _pixels(photos, network)
                for row, image in enumerate(indices):
                    if image in pictures:
                        tiled[pictures[image]] = tiles.tile(pixels[row])
                    for layer, position in missing[image]:
                        unit = self.pairs[layer][position][0]
                        raw[layer][position] = _map(found.get(layer), row, unit)
                advance(len(indices))
            if tiled:
                self.pictures.add(list(tiled), {"picture": np.stack(list(tiled.values()))})
            for layer, values in raw.items():
                if values:
                    self.maps[layer].add(list(values), {"map": np.stack(list(values.values()))})

    def drawn(self, network: Network, size: tuple[int, int]) -> Iterator[tuple[Unit, bytes]]:
        """Yield the card of each unit; `size` is that of the network's input."""
        pictures = dict(zip(self.images, self.pictures.arrays().get("picture", ()), strict=True))
        found = {layer: gathered.arrays().get("map") for layer, gathered in self.maps.items()}
        raw = {layer: values for layer, values in found.items() if values is not None}
        for layer, values in raw.items():
            own = maps.Grid.of(network.layouts[layer]) if values[0].size else None
            grid = own.scaled(size, tiles.TILE) if own else None
            rows = zip(self.pairs[layer], values, strict=True)
            for unit, group in groupby(rows, key=lambda row: row[0][0]):
                top = list(group)
                shown = [
                    maps.spread(value, grid, (tiles.TILE, tiles.TILE)) for _, value in top if grid
                ]
                yield (layer, unit), tiles.strip([pictures[pair[1]] for pair, _ in top], shown)


def _map(found: torch.Tensor | None, image: int, unit: int) -> Map:
    """Return a unit's map for one image, float32 (rows, columns); (0, 0) without space."""
    if found is None:
        return np.empty((0, 0), np.float32)
    return found[image, unit].float().cpu().numpy()


def _pixels(batch: torch.Tensor, network: Network) -> npt.NDArray[np.uint8]:
    """Undo the normalisation: uint8 (images, height, width, 3).

    What a user's own function did to a picture is not known: its values are stretched to 0 to 255.
    """
    if not isinstance(network.preprocessing, Preprocessing):
        low, high = batch.amin((1, 2, 3), keepdim=True), batch.amax((1, 2, 3), keepdim=True)
        shares = (batch - low) / (high - low).clamp(min=1e-12)
        return _bytes(shares[:, :3] if shares.shape[1] >= 3 else shares[:, :1])
    mean = torch.tensor(network.preprocessing.mean).view(1, -1, 1, 1)
    std = torch.tensor(network.preprocessing.std).view(1, -1, 1, 1)
    return _bytes((batch.float() * std + mean).clamp(0, 1))


def _bytes(shares: torch.Tensor) -> npt.NDArray[np.uint8]:
    """Return shares from 0 to 1, (images, 3 or 1, height, width), as pixels of three colours."""
    pixels = (shares * 255).expand(-1, 3, -1, -1)
    return pixels.round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()


def _shows(inputs: Inputs, image: int, label: str) -> bool | None:
    truth = inputs.probe.truth
    if truth is None or label not in truth.words:
        return None
    column = truth.words[label]
    return column is not None and bool(truth.values[image, truth.columns.index(column)])
