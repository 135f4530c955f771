"""Dissecting from Python: the same steps as ``study run``, with networks in memory."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from study.dissection.loaded import read_output
from study.errors import StudyError
from study.files.documents import sha256_bytes
from study.inputs import study_file
from study.inputs.concepts import ConceptSet
from study.inputs.given import open_probe, read_concepts
from study.inputs.probe import Probe
from study.inputs.recorded import Recorded, read_recorded
from study.inputs.settings import (
    ConceptSettings,
    DissectionSettings,
    EncoderSettings,
    MeasureSettings,
    NetworkSettings,
    ProbeSettings,
    Study,
)
from study.labelling.scoring import resolved_settings
from study.models.encoder import Encoder, OwnEncoder, TruthEncoder
from study.models.networks import Network
from study.models.preparation import preparation_of
from study.models.speed import choose_device
from study.pipeline import Options, run_inputs
from study.pipeline.distinct import distinguishable
from study.pipeline.opening import Inputs, by_truth, ready
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
    sensitivity: Sequence[int] = (),
    seed: int = 0,
    batch: int = 64,
    allow_duplicates: bool = False,
    store: str | Path | None = None,
    progress: bool | Progress = True,
) -> Any:
    """Name what the units of a network respond to.

    Parameters
    ----------
    model
        A torch module on any device (a copy is run, in eval mode); a network of `load_network`;
        recorded activations: an array (images, units) in the probe's order, a dictionary of such
        arrays by layer, or the path of a file of them. A dictionary of name to any of these
        dissects several networks together: pairs of them are then compared by units redealt and
        scored anew.
    probe, concepts
        What `open_probe` and `read_concepts` return or take.
    encoder
        What `load_encoder` returns; ``"truth"`` for the probe's truth table, whose concepts may be
        left out; or any object with ``encode_images`` (tensor to features),
        ``encode_concepts`` (words to features) and ``preprocessing`` (picture to tensor).
    layers
        Names of the layers; of several networks the same for all, or by network.
    name
        The network's name.
    preprocessing
        A function of an RGB picture, known by its source or as ``("name", function)``; a dictionary
        of ``resize``, ``crop``, ``mean``, ``std``, ``interpolation``, ``mode``; None for that of
        `load_network`, else ImageNet's.
    class_names, class_layer
        Names of the units of the class layer, which is the last linear one if left out.
    pool, tokens, similarity, settings, ties, precision, device
        As in a study file's ``[dissection]``.
    resamples, splits, cards, sensitivity, seed
        As in a study file's ``[measures]``.
    batch
        Images that are decoded, and on a GPU computed, at once.
    allow_duplicates
        Keep the first of words that the encoder cannot tell apart, instead of refusing the list.
    store
        A folder where computed arrays are kept for the next call; None keeps nothing.
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
    measured = {"resamples": resamples, "splits": splits, "cards": cards, "seed": seed}
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
    several = isinstance(model, Mapping) and not _is_recorded(model)
    models = dict(model) if several else {name: model}
    if not models:
        raise StudyError("dissect: expected at least one network, found an empty dictionary")
    networks = []
    for each, given in models.items():
        own = layers.get(each) if isinstance(layers, Mapping) else layers
        own = [own] if isinstance(own, str) else own
        network = _network(
            given,
            each,
            own,
            probe=opened,
            preprocessing=preprocessing,
            class_names=class_names,
            class_layer=class_layer,
        )
        networks.append(network if network.recorded else ready(network, opened, place, dissection))
    words, reader = _reader(encoder, concepts, opened, place, merge=allow_duplicates)
    inputs = Inputs(
        probe=opened,
        concepts=words,
        encoder=reader,
        networks=tuple(networks),
        dissection=dissection,
        measures=measures,
        device=place,
        batch=batch,
    )
    with tempfile.TemporaryDirectory(prefix="study-") as folder:
        options = Options(
            store=Path(folder) / "store" if store is None else Path(store).expanduser(),
            batch=batch,
        )
        out = Path(folder) / "out"
        run_inputs(_described(inputs), inputs, out=out, options=options, progress=shown)
        _, runs = read_output(out)
    return runs if several else runs[0]


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
    reader = encoder if isinstance(encoder, Encoder) else OwnEncoder.of(encoder, device=device)
    return distinguishable(read_concepts(concepts), reader, merge=merge), reader


def _is_recorded(model: Mapping[Any, Any]) -> bool:
    return bool(model) and all(isinstance(value, np.ndarray) for value in model.values())


def _network(
    model: Any,
    name: str,
    layers: Sequence[str] | None,
    *,
    probe: Any,
    preprocessing: Any,
    class_names: Sequence[str],
    class_layer: str | None,
) -> Network:
    """Return what is to be dissected, whatever it was given as."""
    if isinstance(model, Network):
        return Network.of(
            model.module,
            name=name if name != "Mine" else model.name,
            layers=layers or model.dissected,
            preprocessing=model.preprocessing
            if preprocessing is None
            else preparation_of(preprocessing),
            class_names=class_names or model.class_names,
            class_layer=class_layer or model.class_layer,
            architecture=model.architecture,
            notes=model.notes,
        )
    model = getattr(model, "_orig_mod", model)  # of torch.compile
    if isinstance(model, torch.jit.ScriptModule):
        raise StudyError(f"{name}: a TorchScript module cannot be copied: give the Python module")
    if isinstance(model, nn.Module):
        if not layers:
            named = [layer for layer, _ in model.named_children()]
            raise StudyError(f"{name}: name the layers to dissect, such as {', '.join(named[-3:])}")
        return Network.of(
            model,
            name=name,
            layers=layers,
            preprocessing=preparation_of(preprocessing),
            class_names=class_names,
            class_layer=class_layer,
        )
    return Network.of_recorded(_recorded(model, name, layers, probe), name=name, preprocessing=None)


def _recorded(model: Any, name: str, layers: Sequence[str] | None, probe: Any) -> Recorded:
    if isinstance(model, str | Path):
        return read_recorded(Path(model), tuple(layers or ("recorded",)), names=probe.names)
    if not isinstance(model, np.ndarray | torch.Tensor | Mapping):
        raise StudyError(
            f"{name}: expected a torch module, recorded activations (an array or a file), or a "
            f"dictionary of several, found {type(model).__name__}"
        )
    if isinstance(model, torch.Tensor):
        model = model.detach().cpu().numpy()
    arrays = model if isinstance(model, Mapping) else {(layers or ("recorded",))[0]: model}
    total = []
    for layer, values in arrays.items():
        array = np.asarray(values)
        if array.dtype.kind not in "fiub" or array.ndim != 2 or len(array) != len(probe):
            raise StudyError(
                f"{name}: {layer}: expected a module, or activations of shape ({len(probe)} images,"
                f" units), found {type(values).__name__} of shape {array.shape}"
            )
        if not np.isfinite(array).all():
            raise StudyError(f"{name}: {layer}: expected finite activations")
        total.append(array.astype(np.float32).tobytes())
    ordered = {str(layer): np.array(values, dtype=np.float32) for layer, values in arrays.items()}
    return Recorded(ordered, sha256_bytes(b"".join(total)))


def _described(inputs: Inputs) -> Study:
    """Return what a study file would have said, for the manifests."""
    networks = [
        NetworkSettings(
            name=network.name,
            architecture=network.architecture,
            weights="recorded" if network.recorded else "memory",
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
