"""Dissecting from Python: the same steps as ``study run``, with networks in memory."""

import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from study.dissection.loaded import read_output
from study.errors import StudyError
from study.inputs import study_file
from study.inputs.concepts import ConceptSet
from study.inputs.given import open_probe, read_concepts
from study.inputs.probe import Probe
from study.inputs.settings import (
    ConceptSettings,
    DissectionSettings,
    EncoderSettings,
    MeasureSettings,
    NetworkSettings,
    ProbeSettings,
    Study,
)
from study.inputs.value_kinds import LARGEST
from study.labelling.scoring import resolved_settings
from study.models.activations import Hooks
from study.models.behaviour import noise, of_rows
from study.models.encoder import Encoder, OwnEncoder, TruthEncoder
from study.models.networks import Network
from study.models.pieces import Room
from study.models.speed import choose_device
from study.pipeline import Options, run_inputs
from study.pipeline.distinct import distinguishable
from study.pipeline.given_networks import is_recorded, network_of
from study.pipeline.opening import Inputs, by_truth, ready
from study.pipeline.shards import Workers
from study.progress import Progress, StderrProgress


def dissect(
    model: Any,
    *,
    probe: Any,
    concepts: Any = None,
    encoder: Any,
    layers: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    name: str = "Mine",
    preprocessing: Any = None,
    class_names: Sequence[str] = (),
    class_layer: str | None = None,
    pool: str = "avg",
    tokens: str = "class",
    similarity: str = "soft_wpmi",
    settings: Mapping[str, float] | None = None,
    ties: str = "index",
    precision: str = "float32",
    device: str = "auto",
    resamples: int = 50,
    splits: int = 25,
    cards: int = 6,
    picture_size: int = 96,
    sensitivity: Sequence[int] = (),
    seed: int = 0,
    batch: int = 64,
    allow_duplicates: bool = False,
    store: str | Path | None = None,
    executor: Executor | None = None,
    progress: bool | Progress = True,
) -> Any:
    """Name what the units of a network respond to.

    Parameters
    ----------
    model
        A torch module on any device (a copy is run, in eval mode); a network of `load_network`;
        recorded activations: an array (images, units) in the probe's order, a dictionary of such
        arrays by layer, or the path of a file of them; their layer is called ``recorded`` unless
        `layers` names it. A dictionary of name to any of these, arrays excepted, dissects several
        networks together: pairs whose layers have the same names are then compared by units
        redealt and scored anew.
    probe, concepts
        What `open_probe` and `read_concepts` return or take.
    encoder
        What `load_encoder` returns; ``"truth"`` for the probe's truth table, whose concepts may be
        left out; or any object with ``encode_images`` (tensor (n, channels, height, width) to
        features (n, width), tensor or array, of any length), ``encode_concepts`` (list of words to
        features (words, width)) and ``preprocessing`` (picture to tensor).
    layers
        Names of the layers; of several networks the same for all, or by network.
    name
        The network's name; by default that given to `load_network`, else "Mine".
    preprocessing
        A function of an RGB picture, known by its source or as ``("name", function)``; a dictionary
        of ``resize``, ``crop``, ``mean``, ``std``, ``interpolation``, ``mode``; None for that of
        `load_network`, or that a module of timm carries, else ImageNet's.
    class_names, class_layer
        Names of the units of the class layer, which is the last linear one if left out.
    pool, tokens
        What becomes of a map, ``"avg"`` or ``"max"``; which token of a transformer is read,
        ``"class"``, ``"mean"`` or ``"max"`` of the patches.
    similarity, settings, ties
        The function, of `study.similarity.SIMILARITY_FUNCTIONS`; its settings, such as
        ``{"top_k": 100}``; ``"index"`` or ``"published"``, as in a study file's ``[dissection]``.
    precision, device
        ``"float32"`` or ``"bfloat16"``; ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:N"``, ``"mps"``.
    resamples, splits, seed
        How often the probe is drawn anew, and halved, for the stability of labels; 0 leaves it out.
    cards
        Images on each unit's card; 0 draws none, which saves most of the time of a small probe.
    picture_size
        Pixels of the width and height of the pictures of ``Run.pictures``, 64 to 512.
    sensitivity
        Other values of ``top_k`` to label the units with.
    batch
        Images that are decoded, and on a GPU computed, at once.
    allow_duplicates
        Keep the first of words that the encoder cannot tell apart, instead of refusing the list.
    store
        A folder where computed arrays are kept for the next call; None keeps nothing.
    executor
        A `concurrent.futures.Executor` of threads that runs the images in parts; networks in memory
        do not leave this process. For other processes and machines there is ``--cluster``.
    progress
        Whether to show progress on stderr.

    Returns
    -------
    Run or tuple of Run
        One for each network: ``labels`` and ``descriptions`` are tables, ``save`` writes a folder
        that the command line reads.

    Raises
    ------
    StudyError
        If an input cannot be used, naming it and what to do.
    """
    if not isinstance(name, str):
        raise StudyError(f"dissect: name: expected text, found {type(name).__name__}")
    for setting, value in (settings or {}).items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not abs(value) <= LARGEST:
            raise StudyError(f"dissect: settings: {setting}: expected a number, found {value!r}")
    measured = {"resamples": resamples, "splits": splits, "cards": cards, "seed": seed}
    measured["picture_size"] = picture_size
    measures = study_file.section(
        MeasureSettings,
        measured | {"sensitivity": list(sensitivity)},
        caller="dissect",
        name="measures",
    )
    chosen = {"pool": pool, "tokens": tokens, "similarity": similarity, "precision": precision}
    dissection = study_file.section(
        DissectionSettings,
        chosen | {"device": device, "ties": ties, "layers": ["any"]},
        caller="dissect",
        name="dissection",
    )
    dissection = replace(
        dissection, layers=(), settings=resolved_settings(similarity, dict(settings or {}))
    )
    if not isinstance(batch, int) or batch < 1:
        raise StudyError(f"batch: expected a whole number from 1, found {batch!r}")
    opened = open_probe(probe)
    shown = StderrProgress() if progress is True else progress or Progress()
    place = choose_device(device)
    several = isinstance(model, Mapping) and not is_recorded(model)
    models = dict(model) if several else {name: model}
    if isinstance(layers, Mapping) and (unknown := sorted(set(layers) - set(models))):
        raise StudyError(
            f"layers: expected the networks {', '.join(models)}, found {unknown[0]!r}: name the "
            "layers of each network, or give one list for all"
        )
    if not models:
        raise StudyError("dissect: expected at least one network, found an empty dictionary")
    networks: list[Network] = []
    for each, given in models.items():
        own = layers.get(each) if isinstance(layers, Mapping) else layers
        own = [own] if isinstance(own, str) else own
        network = network_of(
            given,
            each,
            own,
            probe=opened,
            preprocessing=preprocessing,
            class_names=class_names,
            class_layer=class_layer,
        )
        if alike := next((other for other in networks if other.slug == network.slug), None):
            raise StudyError(
                f"dissect: expected networks whose names differ in letters and digits, found "
                f"{alike.name!r} and {network.name!r}: rename one"
            )
        if not network.recorded:
            network = _observed(ready(network, opened, place, dissection), opened, dissection)
        networks.append(network)
    words, reader = _reader(encoder, concepts, opened, place, merge=allow_duplicates)
    room = Room(shown.note)
    if not isinstance(reader, TruthEncoder):
        reader = replace(reader, most=batch, room=room)
    inputs = Inputs(
        probe=opened,
        concepts=words,
        encoder=reader,
        networks=tuple(networks),
        dissection=dissection,
        measures=measures,
        device=place,
        batch=batch,
        room=room,
    )
    with tempfile.TemporaryDirectory(prefix="study-") as folder:
        options = Options(
            store=Path(folder) / "store" if store is None else Path(store).expanduser(),
            batch=batch,
            workers=Workers(executor),
        )
        out = Path(folder) / "out"
        run_inputs(_described(inputs), inputs, out=out, options=options, progress=shown)
        _, runs = read_output(out)
    return runs if several else runs[0]


def _observed(network: Network, probe: Probe, dissection: DissectionSettings) -> Network:
    """Return a network with the digest of what it gives: code in memory may do anything."""
    shape = network.preprocessing.apply(probe.image(0)).shape
    module, layers, layouts = network.module, network.layers, network.layouts
    with Hooks(module, layers, tokens=dissection.tokens, layouts=layouts) as hooks:
        seen = of_rows(hooks(noise(shape), names=["noise"]))
    return replace(network, behaviour=seen)


def _reader(
    encoder: Any, concepts: Any, probe: Probe, device: torch.device, *, merge: bool
) -> tuple[ConceptSet, Encoder | OwnEncoder | TruthEncoder]:
    """Return the concepts, and what says how much an image shows of them."""
    if isinstance(encoder, str):
        if encoder != "truth":
            raise StudyError(
                f'encoder: expected load_encoder(…), an object or "truth", found {encoder!r}'
            )
        given = None if concepts is None else read_concepts(concepts)
        return by_truth(probe, given, device, merge=merge)
    words = read_concepts(concepts)
    reader = encoder
    if not isinstance(encoder, Encoder):
        reader = OwnEncoder.of(encoder, device=device).observed(words.words)
    return distinguishable(words, reader, merge=merge), reader


def _described(inputs: Inputs) -> Study:
    """Return what a study file would have said, for the manifests."""
    networks = [
        NetworkSettings(
            name=network.name,
            architecture=network.architecture,
            weights="recorded" if network.recorded else network.weights,
            layers=network.dissected,
        )
        for network in inputs.networks
    ]
    return Study(
        title=" and ".join(network.name for network in inputs.networks),
        source="study.toml",
        probe=ProbeSettings(kind=inputs.probe.kind, path=Path(inputs.probe.name)),
        concepts=ConceptSettings(),
        encoder=EncoderSettings(model=inputs.encoder.model_name, weights="memory"),
        dissection=DissectionSettings(
            layers=inputs.networks[0].dissected,
            pool=inputs.dissection.pool,
            tokens=inputs.dissection.tokens,
            similarity=inputs.dissection.similarity,
            precision=inputs.dissection.precision,
            ties=inputs.dissection.ties,
        ),
        measures=inputs.measures,
        networks=tuple(networks),
    )
