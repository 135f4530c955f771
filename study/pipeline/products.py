"""Products: the tables and manifests that a finished dissection writes."""

import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from study import __version__
from study.dissection import (
    best_table,
    labels,
    neighbour_table,
    null_table,
    pair_tables,
    profile_table,
    resamples,
)
from study.files import csv_text, documents
from study.files.output import write_atomic
from study.inputs.memory import IN_MEMORY
from study.inputs.settings import NetworkSettings, Study
from study.labelling.labeller import Tables
from study.pipeline.entries import PACKAGES
from study.pipeline.opening import Inputs


def write_products(
    study: Study, inputs: Inputs, tables: Mapping[str, Tables], folder: Path, *, one_colour: int = 0
) -> None:
    """Write the tables of all networks, their manifests and the study's manifest.

    Parameters
    ----------
    study, inputs, tables
        The study, its open inputs, and each network's tables by its slug.
    folder
        The folder to fill; it may already contain unit cards.
    one_colour
        How many images are of one colour.
    """
    for network in inputs.networks:
        own_folder, table = folder / network.slug, tables[network.slug]
        own_folder.mkdir(parents=True, exist_ok=True)
        table.dissection.write_csv(own_folder / "descriptions.csv")
        labels.write(table.labels, own_folder / "labels.csv")
        best_table.write(table.best, own_folder / best_table.FILE)
        profile_table.write(table.profiles, own_folder / profile_table.FILE)
        neighbour_table.write(table.neighbours, own_folder / neighbour_table.FILE)
        if inputs.measures.resamples:
            resamples.write(table.resamples, own_folder / resamples.FILE)
        if any(table.halves.values()):
            resamples.write(table.halves, own_folder / resamples.HALVES, halves=True)
        if table.null:
            null_table.write(table.null, own_folder / null_table.FILE)
        for rows, file in (
            (table.matches, pair_tables.MATCHES_FILE),
            (table.alignment, pair_tables.ALIGNMENT_FILE),
        ):
            if rows:
                pair_tables.write(rows, own_folder / file)
        for name, frame in (("sensitivity", table.sensitivity), ("classes", table.classes)):
            if frame is not None:
                _write_frame(frame, own_folder / f"{name}.csv")
    document = _document(study, inputs, one_colour)
    for network, entry in zip(inputs.networks, document["networks"], strict=True):
        own = {key: value for key, value in document.items() if key != "networks"}
        own |= {"network": entry, "files": _digests(folder / network.slug)}
        documents.write(own, folder / network.slug / "manifest.json")
    documents.write(document | {"files": _digests(folder)}, folder / "manifest.json")


def _write_frame(frame: pd.DataFrame, path: Path) -> None:
    rows = frame.astype(object).where(frame.notna(), "").values.tolist()
    write_atomic(path, csv_text.dumps([list(frame.columns), *rows]).encode())


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): documents.sha256_file(path) for path in files}


def _document(study: Study, inputs: Inputs, one_colour: int) -> dict[str, Any]:
    probe, encoder = inputs.probe, inputs.encoder
    name = study.probe.artifact or (study.probe.path.name if study.probe.path else None)
    truth = study.probe.truth.name if study.probe.truth else None
    return {
        "schema": documents.SCHEMA,
        "title": study.title,
        "preset": None if study.source.endswith(".toml") else study.source,
        "demonstration": study.demonstration,
        "limit": probe.limit,
        "program": {
            "study": __version__,
            "python": platform.python_version(),
            "packages": {name: version(name) for name in PACKAGES},
        },
        "probe": {
            "kind": study.probe.kind,
            "name": name,
            "images": len(probe),
            "digest": probe.digest,
            **({"digest_of": "pixels"} if probe.kind in IN_MEMORY else {}),
            "skipped": [list(entry) for entry in probe.skipped],
            "left_out": dict(probe.left_out),
            "one_colour": one_colour,
            "copies": len(probe) - len(set(probe.image_digests)),
            "truth": truth,
        },
        "concepts": {
            "name": inputs.concepts.name,
            "count": len(inputs.concepts),
            "digest": inputs.concepts.digest,
            "file_sha256": inputs.concepts.file_sha256,
            "notes": list(inputs.concepts.notes),
            **({"families": inputs.families.to_json()} if inputs.families else {}),
        },
        "encoder": {
            "model": encoder.model_name,
            "weights": _file_name(study.encoder.weights),
            "sha256": encoder.sha256,
            **({"digest_of": seen} if (seen := getattr(encoder, "digest_of", "")) else {}),
            "preprocessing": encoder.preprocessing.to_json(),
        },
        "dissection": {
            "layers": list(study.dissection.layers),
            "pool": study.dissection.pool,
            **_tokens(study, inputs),
            "similarity": study.dissection.similarity,
            "settings": dict(inputs.dissection.settings),
            "ties": study.dissection.ties,
            "precision": inputs.dissection.precision,
            "device": inputs.device.type,
        },
        "measures": {
            "resamples": study.measures.resamples,
            "splits": study.measures.splits,
            "set_limit": study.measures.set_limit,
            "sensitivity": list(study.measures.sensitivity),
            "seed": study.measures.seed,
        },
        "networks": [
            {
                "name": network.name,
                "slug": network.slug,
                "role": network.role,
                **({} if network.twin_of is None else {"of": network.twin_of}),
                "architecture": network.architecture,
                "classes": settings.classes or len(network.class_names) or None,
                "weights": _weights(settings),
                "sha256": network.sha256,
                "layers": list(network.dissected),
                "preprocessing": network.preprocessing.to_json(),
                **({"notes": list(network.notes)} if network.notes else {}),
            }
            for network, settings in zip(inputs.networks, study.networks, strict=True)
        ],
    }


def _tokens(study: Study, inputs: Inputs) -> dict[str, str]:
    """Return what is read of tokens, if a layer gives some."""
    layouts = [
        network.layouts.get(layer) for network in inputs.networks for layer in network.layers
    ]
    has_tokens = any(layout is not None and layout.axes == 3 for layout in layouts)
    return {"tokens": study.dissection.tokens} if has_tokens else {}


def _weights(network: NetworkSettings) -> str:
    """Return where a network's numbers come from."""
    if network.activations is not None:
        return f"activations:{network.activations.name}"
    return _file_name(network.weights) or network.architecture.partition(":")[0]


def _file_name(weights: str) -> str:
    """Return the source of weights, without the folders of this machine."""
    kind, _, rest = weights.partition(":")
    return f"file:{Path(rest).name}" if kind == "file" else weights
