"""Describing the units of all networks by their activations: profiles and neighbours."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from study.dissection.run_files import table_digest
from study.labelling.labeller import Tables
from study.pipeline.features import Activations
from study.pipeline.opening import Inputs
from study.pipeline.units.neighbours import Side, neighbours
from study.pipeline.units.profiles import profiles
from study.progress import Progress


def with_units(
    inputs: Inputs, tables: Mapping[str, Tables], activations: Activations, progress: Progress
) -> dict[str, Tables]:
    """Return the tables of all networks with the profiles and neighbours of their units, by slug.

    Neighbours are looked for in a network itself, then in each network with the role "compared".
    Networks whose ``descriptions.csv`` are equal byte by byte are known by one digest: only the
    first of them is searched.

    Parameters
    ----------
    inputs, tables, activations
        The open study, and each network's tables and activations.
    progress
        Advanced by every network.
    """
    sides = {
        network.slug: Side(
            table_digest(tables[network.slug].dissection.dumps()),
            activations[network.slug],
            {layer: _live(tables[network.slug], layer) for layer in network.dissected},
        )
        for network in inputs.networks
    }
    compared = [sides[network.slug] for network in inputs.networks if network.role == "compared"]
    described = {}
    with progress.stage("describing units", len(sides), "networks") as advance:
        for slug, own in sides.items():
            searched: dict[str, Side] = {}
            for side in (own, *compared):
                searched.setdefault(side.digest, side)
            described[slug] = replace(
                tables[slug],
                profiles=tuple(
                    row
                    for layer, live in own.live.items()
                    for row in profiles(layer, own.activations[layer], live)
                ),
                neighbours=tuple(
                    row for side in searched.values() for row in neighbours(own, side)
                ),
            )
            advance(1)
    return described


def _live(table: Tables, layer: str) -> np.ndarray:
    frame = table.labels[table.labels["layer"] == layer]
    return np.asarray(frame["dead"] == 0, dtype=bool)
