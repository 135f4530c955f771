"""Making unit cards: a second pass over the few images that are in some unit's top."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from study.dissection import card_table, map_table, picture_table
from study.dissection.card_table import TopImage, Unit
from study.dissection.picture_table import Picture
from study.files.output import write_atomic
from study.inputs.batches import batches
from study.labelling.labeller import Tables
from study.labelling.top_images import first_images
from study.models.networks import Network
from study.pipeline import entries
from study.pipeline.cards import maps, tiles
from study.pipeline.cards.maps import Grid
from study.pipeline.cards.pixels import Tile, WebPs, seen
from study.pipeline.opening import Inputs
from study.pipeline.shards import SHARD, chunks
from study.pipeline.store import Entry, Gathered, Store
from study.progress import Advance, Progress, counted

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
    webps: WebPs | None = None,
) -> None:
    """Write the card of every live unit of a network, and the tables of what cards show.

    They are ``cards.csv``, ``pictures.csv`` and ``maps.csv``.

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
    webps
        Pictures that were encoded for other networks.
    """
    count, labels = min(inputs.measures.cards, len(inputs.probe)), tables.labels
    ranked = {layer: first_images(activations[layer], count) for layer in network.dissected}
    live = labels[labels["dead"] == 0]
    tops = {
        (str(layer), int(unit)): ranked[layer][unit].tolist()
        for layer, unit in zip(live["layer"], live["unit"], strict=True)
    }
    looks = _Looks.of(inputs, store, network, tops)
    height, width = network.preprocessing.apply(inputs.probe.image(0)).shape[1:]
    rows: dict[Unit, list[TopImage]] = {}
    drawn: list[map_table.Maps | None] = []
    (folder / "cards").mkdir(parents=True, exist_ok=True)
    missing = looks.missing()
    work = len(missing) + len(tops)
    with progress.stage(f"cards of {network.name}", work, "images and units") as advance:
        looks.complete(inputs, network, missing, advance, batch=batch)
        for (layer, unit), pictures, values, grid in looks.shown(network):
            scaled = grid.scaled((height, width), tiles.TILE) if grid else None
            size = tiles.TILE, tiles.TILE
            spread = [maps.spread(value, scaled, size) for value in values if scaled]
            # The whole folder is swapped in at the end: no need to sync each picture.
            path = folder / "cards" / card_table.card_name(layer, unit)
            path.write_bytes(tiles.strip(pictures, spread))
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
            if grid:
                drawn.append(maps.in_bytes((layer, unit), np.stack(values), grid, (height, width)))
            advance(1)
    chosen = tiles.choose_units(labels, asked)
    write_atomic(folder / "cards.csv", card_table.dumps(rows, chosen).encode())
    kept = [row for row in drawn if row is not None]
    if lost := len(drawn) - len(kept):
        progress.note(
            f"{network.name}: {counted(lost, 'units')} left out of {map_table.FILE}: their maps "
            f"are not finite, or of more than {map_table.MAX_VALUES:,} values"
        )
    order = dict.fromkeys(image for unit in rows for image in tops[unit])
    webp = looks.encoded(WebPs() if webps is None else webps)
    own = [Picture(inputs.probe.names[image], webp[image]) for image in order]
    for file, text, most in (
        (map_table.FILE, map_table.dumps(kept), map_table.MAX_BYTES),
        (picture_table.FILE, picture_table.dumps(own), picture_table.MAX_BYTES),
    ):
        if len(data := text.encode()) <= most:
            write_atomic(folder / file, data)
        else:
            progress.note(
                f"{network.name}: no {file}: it would have {len(data):,} bytes, more than the "
                f"{most:,} that are read; take fewer cards or a smaller --picture-size"
            )


@dataclass(frozen=True, slots=True)
class _Looks:
    """What a network's cards are drawn from, kept in the store until the next run."""

    images: list[int]  # every image in some unit's top, in order
    pairs: dict[str, list[tuple[int, int]]]  # by layer: each unit with each image of its top
    pictures: Gathered  # of `images`, as the network saw them
    maps: dict[str, Gathered]  # of `pairs`, (rows, columns); none of a layer without space
    side: int  # of the pictures of ``pictures.csv``
    larger: Entry  # of these pictures, unless they are those of cards
    unseen: list[int]  # the positions of `images` that it lacks

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
        rows, side = [digests[image] for image in images], inputs.measures.picture_size
        pictures = entries.picture_entry(store, network, tiles.TILE).gather(rows)
        larger = entries.picture_entry(store, network, side)
        unseen = [] if side == tiles.TILE else larger.missing(rows, verify=True)
        return cls(images, pairs, pictures, found, side, larger, unseen)

    def missing(self) -> dict[int, list[tuple[str, int]]]:
        """Return each image that the store lacks something of, with the layers' missing maps.

        A map is given by its layer and its position among the layer's `pairs`.
        """
        lacking: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for position in (*self.pictures.missing, *self.unseen):
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
        unseen = {self.images[position]: self.pictures.rows[position] for position in self.unseen}
        transforms = {"network": network.preprocessing.apply}
        for shard in chunks(sorted(missing), SHARD):
            tiled: dict[int, Tile] = {}
            larger: dict[str, Tile] = {}
            raw: dict[str, dict[int, Map]] = {layer: {} for layer in self.maps}
            for indices, tensors in batches(inputs.probe, transforms, indices=shard, size=batch):
                photos = tensors["network"]
                shown = {
                    layer: network.layouts[layer]
                    for layer in network.dissected
                    if network.layouts[layer].axes == 4
                    or (network.layouts[layer].axes == 3 and inputs.dissection.tokens != "class")
                }
                found = maps.raw_maps(
                    network.module, shown, photos, most=inputs.batch, room=inputs.room
                )
                pixels = seen(photos, network)
                for row, image in enumerate(indices):
                    if image in pictures:
                        tiled[pictures[image]] = tiles.tile(pixels[row])
                    if image in unseen:
                        larger[unseen[image]] = tiles.tile(pixels[row], self.side)
                    for layer, position in missing[image]:
                        unit = self.pairs[layer][position][0]
                        raw[layer][position] = _map(found.get(layer), row, unit)
                advance(len(indices))
            if tiled:
                self.pictures.add(list(tiled), {"picture": np.stack(list(tiled.values()))})
            if larger:
                self.larger.write(list(larger), {"picture": np.stack(list(larger.values()))})
            for layer, values in raw.items():
                if values:
                    self.maps[layer].add(list(values), {"map": np.stack(list(values.values()))})

    def shown(self, network: Network) -> Iterator[tuple[Unit, list[Tile], list[Map], Grid | None]]:
        """Yield of each unit its pictures, its maps and, if these have space, their grid."""
        pictures = dict(zip(self.images, self.pictures.arrays().get("picture", ()), strict=True))
        found = {layer: gathered.arrays().get("map") for layer, gathered in self.maps.items()}
        raw = {layer: values for layer, values in found.items() if values is not None}
        for layer, values in raw.items():
            grid = Grid.of(network.layouts[layer]) if values[0].size else None
            rows = zip(self.pairs[layer], values, strict=True)
            for unit, group in groupby(rows, key=lambda row: row[0][0]):
                top = list(group)
                own = [pictures[image] for (_, image), _ in top]
                yield (layer, unit), own, [value for _, value in top], grid

    def encoded(self, webps: WebPs) -> dict[int, bytes]:
        """Return the pictures of ``pictures.csv`` by image; few at once are in memory."""
        if self.side == tiles.TILE:
            tiled = self.pictures.arrays().get("picture", ())
            return {i: webps.of(pixels) for i, pixels in zip(self.images, tiled, strict=True)}
        encoded = {}
        for positions in chunks(range(len(self.images)), SHARD):
            rows = self.larger.gather([self.pictures.rows[position] for position in positions])
            for position, pixels in zip(positions, rows.arrays()["picture"], strict=True):
                encoded[self.images[position]] = webps.of(pixels)
        return encoded


def _map(found: torch.Tensor | None, image: int, unit: int) -> Map:
    """Return a unit's map for one image, float32 (rows, columns); (0, 0) without space."""
    if found is None:
        return np.empty((0, 0), np.float32)
    return found[image, unit].float().cpu().numpy()


def _shows(inputs: Inputs, image: int, label: str) -> bool | None:
    truth = inputs.probe.truth
    if truth is None or label not in truth.words:
        return None
    column = truth.words[label]
    return column is not None and bool(truth.values[image, truth.columns.index(column)])
