"""Opening: everything that a study names is located, loaded and checked before any work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from study.dissection.families import Families
from study.errors import StudyError
from study.inputs import artifacts
from study.inputs.concepts import ConceptSet
from study.inputs.probe import Probe, open_probe
from study.inputs.probe_index import ProbeIndex
from study.inputs.recorded import read_recorded
from study.inputs.settings import (
    TOKENS,
    DissectionSettings,
    MeasureSettings,
    NetworkSettings,
    Study,
)
from study.labelling.scoring import resolved_settings
from study.models.activations import Hooks, layouts_of
from study.models.class_names import class_names_of
from study.models.encoder import Encoder, OwnEncoder, TruthEncoder, load_encoder
from study.models.loading import load_network
from study.models.networks import Network
from study.models.pieces import Room, TooSmall, memory_named
from study.models.speed import choose_device, optimise
from study.pipeline.distinct import distinguishable, told_apart
from study.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Everything that a dissection is computed from, open and ready to run.

    ``networks`` are on their device and know their units; ``dissection.settings`` holds every
    setting of the similarity function, the published ones where the study states none.
    """

    probe: Probe
    concepts: ConceptSet
    encoder: Encoder | OwnEncoder | TruthEncoder
    networks: tuple[Network, ...]
    dissection: DissectionSettings
    measures: MeasureSettings
    device: torch.device
    families: Families | None = None  # those that the study names, in the place of others
    batch: int = 64  # the most images that a GPU computes at once
    room: Room = field(default_factory=Room)  # what is learnt about the memory

    @property
    def shown(self) -> tuple[Network, ...]:
        """The networks whose units get cards: all but twins, which only serve as a yardstick."""
        networks = self.networks if self.measures.cards else ()
        return tuple(network for network in networks if network.role != "twin")

    @property
    def top_k(self) -> int | None:
        """Images that a unit's label is made from; None where all of them are."""
        top_k = self.dissection.settings.get("top_k")
        return None if top_k is None else int(top_k)


def open_inputs(
    study: Study,
    *,
    folders: Sequence[Path] = (),
    limit: int | None = None,
    skip_unreadable: bool = False,
    allow_duplicates: bool = False,
    batch: int = 64,
    trust_code: bool = False,
    index: ProbeIndex | None = None,
    progress: Progress | None = None,
) -> Inputs:
    """Locate and load the inputs of a study, and run each network on the first image.

    Parameters
    ----------
    study
        The study.
    folders
        Folders with artifacts that the user supplies.
    limit, skip_unreadable, allow_duplicates
        See `study.inputs.probe.open_probe` and `study.inputs.concepts.ConceptSet.read`.
    batch
        The most images that another device than the CPU computes at once.
    trust_code
        Whether to run code of the user's own that the study names.
    index, progress
        See `study.inputs.probe.open_probe`.

    Raises
    ------
    StudyError
        If a setting is unknown, a file is missing or damaged, a layer does not exist, or weights
        do not fit.
    """
    settings = resolved_settings(study.dissection.similarity, study.dissection.settings)
    device = choose_device(study.dissection.device)
    paths = artifacts.locate_all(artifacts.needed_artifacts(study), folders=folders)
    room = Room() if progress is None else Room(progress.note)
    is_truth = study.encoder.kind == "truth"
    concepts = None
    if not is_truth or study.concepts.file is not None or study.concepts.artifact is not None:
        concepts = ConceptSet.read(
            _given(study.concepts.file, study.concepts.artifact, paths),
            allow_duplicates=allow_duplicates,
        )
    networks = {
        settings.name: _load(settings, paths, trust_code)
        for settings in study.networks
        if settings.activations is None
    }
    clip = None if is_truth else _load_encoder(study, paths, device, batch, room)
    if clip is not None and concepts is not None:
        concepts = distinguishable(concepts, clip, merge=allow_duplicates)
    families = study.concepts.families
    probe = open_probe(
        study.probe,
        path=_given(study.probe.path, study.probe.artifact, paths),
        skip_unreadable=skip_unreadable,
        limit=limit,
        seed=study.measures.seed,
        index=index,
        progress=progress,
    )
    if clip is not None and concepts is not None:
        encoder: Encoder | TruthEncoder = clip
    else:
        concepts, encoder = by_truth(probe, concepts, device, merge=allow_duplicates)
    return Inputs(
        probe=probe,
        concepts=concepts,
        families=None if families is None else Families.read(families),
        encoder=encoder,
        networks=tuple(
            _recorded(settings, probe)
            if settings.activations is not None
            else ready(networks[settings.name], probe, device, study.dissection)
            for settings in study.networks
        ),
        dissection=replace(study.dissection, settings=settings),
        measures=study.measures,
        device=device,
        batch=batch,
        room=room,
    )


def _load_encoder(
    study: Study, paths: Mapping[str, Path], device: torch.device, batch: int, room: Room
) -> Encoder:
    encoder = load_encoder(
        study.encoder,
        weights_path=_weights_path(study.encoder.weights, paths),
        precision=study.dissection.precision,
        device=device,
    )
    return replace(encoder, most=batch, room=room)


def by_truth(
    probe: Probe, concepts: ConceptSet | None, device: torch.device, *, merge: bool
) -> tuple[ConceptSet, TruthEncoder]:
    """Return the concepts of a truth table, and the table as their encoder."""
    if probe.truth is None:
        raise StudyError('[encoder] kind = "truth": expected a probe with a truth table')
    if concepts is None:
        decided = [word for word, column in probe.truth.words.items() if column is not None]
        concepts = ConceptSet(tuple(decided), "the truth table")
    return told_apart(concepts, probe.truth, device, merge=merge)


def ready(
    network: Network,
    probe: Probe,
    device: torch.device,
    dissection: DissectionSettings,
) -> Network:
    """Return a network optimised and placed, its layers looked at on the probe's first image.

    Raises
    ------
    StudyError
        If the network rejects the image, or a layer's output cannot be pooled or is not finite.
    """
    precision = dissection.precision
    with memory_named(network.name):
        module = optimise(network.module, network.layers, device=device, precision=precision)
    image = network.preprocessing.apply(probe.image(0))[None]
    try:
        with memory_named(network.name):
            layouts = layouts_of(module, network.layers, image, tokens=dissection.tokens)
            with Hooks(module, network.layers, tokens=dissection.tokens, layouts=layouts) as hooks:
                rows = hooks(image, names=probe.names[:1])
    except TooSmall:
        raise
    except StudyError as error:
        raise StudyError(f"{network.name}: {error}") from None
    units = {layer: values.shape[1] for layer, values in rows.items()}
    classes = len(network.class_names)
    if network.class_layer is not None and classes != units[network.class_layer]:
        raise StudyError(
            f"{network.name}: expected {units[network.class_layer]} class names, one for each unit "
            f"of {network.class_layer}, found {classes}"
        )
    read_tokens = [layer for layer in network.dissected if layouts[layer].axes == 3]
    stretched = [layer for layer in network.dissected if not layouts[layer].derived]
    notes = network.notes
    if read_tokens:
        notes += (f"{', '.join(read_tokens)}: {TOKENS[dissection.tokens]} is read",)
    if stretched:
        notes += (
            f"{', '.join(stretched)}: where the cells look could not be derived; their maps are "
            "stretched evenly over the picture",
        )
    return replace(network, module=module, units=units, layouts=layouts, notes=notes)


def _recorded(settings: NetworkSettings, probe: Probe) -> Network:
    if settings.activations is None:
        raise StudyError(f"{settings.name}: expected recorded activations")
    try:
        recorded = read_recorded(settings.activations, settings.layers, names=probe.names)
    except StudyError as error:
        raise StudyError(f"{settings.name}: {error}") from None
    return Network.of_recorded(
        recorded, name=settings.name, role=settings.role, twin_of=settings.of
    )


def _load(settings: NetworkSettings, paths: Mapping[str, Path], trust_code: bool) -> Network:
    kind, _, tag = settings.weights.partition(":")
    if kind == "torchvision":
        path: Path | None = paths[artifacts.torchvision_name(settings.architecture, tag)]
    else:
        path = _weights_path(settings.weights, paths)
    names = class_names_of(settings, paths) if settings.class_names else ()
    return load_network(settings, weights_path=path, class_names=names, trust_code=trust_code)


def _weights_path(weights: str, paths: Mapping[str, Path]) -> Path | None:
    if weights.startswith("file:"):
        return Path(weights.removeprefix("file:"))
    return paths.get(artifacts.pinned(weights) or "")


def _given(path: Path | None, artifact: str | None, paths: Mapping[str, Path]) -> Path:
    if artifact is not None:
        return paths[artifact]
    if path is None:
        raise StudyError("expected a path or an artifact, found neither")
    return path
