"""Opening: everything that a study names is located, loaded and checked before any work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from study.dissection.families import Families
from study.errors import StudyError
from study.inputs import artifacts
from study.inputs.concepts import ConceptSet
from study.inputs.pictures import UnreadablePicture
from study.inputs.probe import Probe, open_probe
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
from study.models.speed import choose_device, optimise
from study.pipeline.distinct import distinguishable, told_apart
from study.pipeline.store import Entry, Store
from study.progress import Progress, counted

_CHECKED = 4096  # images that are checked before the store remembers them


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

    Raises
    ------
    StudyError
        If a setting is unknown, a file is missing or damaged, a layer does not exist, or weights
        do not fit.
    """
    settings = resolved_settings(study.dissection.similarity, study.dissection.settings)
    device = choose_device(study.dissection.device)
    paths = artifacts.locate_all(artifacts.needed_artifacts(study), folders=folders)
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
    clip = None if is_truth else _load_encoder(study, paths, device, batch)
    if clip is not None and concepts is not None:
        concepts = distinguishable(concepts, clip, merge=allow_duplicates)
    families = study.concepts.families
    probe = open_probe(
        study.probe,
        path=_given(study.probe.path, study.probe.artifact, paths),
        skip_unreadable=skip_unreadable,
        limit=limit,
        seed=study.measures.seed,
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
    )


def _load_encoder(
    study: Study, paths: Mapping[str, Path], device: torch.device, batch: int
) -> Encoder:
    encoder = load_encoder(
        study.encoder,
        weights_path=_weights_path(study.encoder.weights, paths),
        precision=study.dissection.precision,
        device=device,
    )
    return replace(encoder, most=batch)


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
    module = optimise(network.module, network.layers, device=device, precision=dissection.precision)
    image = network.preprocessing.apply(probe.image(0))[None]
    try:
        layouts = layouts_of(module, network.layers, image, tokens=dissection.tokens)
        with Hooks(module, network.layers, tokens=dissection.tokens, layouts=layouts) as hooks:
            rows = hooks(image, names=probe.names[:1])
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


def check_images(inputs: Inputs, store: Store, progress: Progress) -> int:
    """Decode every image once, so that none stops the run half-way; the store remembers it.

    Returns
    -------
    int
        How many images are of one colour.

    Raises
    ------
    StudyError
        Naming the first image that cannot be read, or if all are of one colour: pictures whose
        range of values is not what their format says decode to that.
    """
    checked = checked_entry(store).gather(inputs.probe.image_digests)
    if missing := checked.missing:
        unreadable: list[UnreadablePicture] = []
        with progress.stage("checking images", len(missing), "images") as advance:
            for start in range(0, len(missing), _CHECKED):
                some = missing[start : start + _CHECKED]
                looks = inputs.probe.check(some, progress=advance)
                unreadable += [look for look in looks if isinstance(look, UnreadablePicture)]
                read = {
                    image: look
                    for image, look in zip(some, looks, strict=True)
                    if isinstance(look, bool)
                }
                if read:
                    checked.add(list(read), {"one_colour": np.array(list(read.values()))})
        if unreadable:
            more = f" ({len(unreadable)} such images of {len(inputs.probe)} in all)"
            raise StudyError(f"{unreadable[0]}{more if len(unreadable) > 1 else ''}")
    flat = checked.arrays()["one_colour"]
    count, images = int(flat.sum()), len(inputs.probe)
    example = inputs.probe.names[int(flat.argmax())]
    if count == images:
        raise StudyError(
            f"{inputs.probe.name}: each image decodes to one colour, such as {example}: save them "
            "so that the least value is black and the largest white"
        )
    if count:
        progress.note(f"{counted(count, 'images')} of {images} of one colour, such as {example}")
    copies = images - len(set(inputs.probe.image_digests))
    if copies:
        progress.note(f"{counted(copies, 'images')} of {images} equal to another, byte by byte")
    return count


def checked_entry(store: Store) -> Entry:
    """Return the store's entry of the images, by digest, that could be read."""
    return store.entry("checked-images", {"pillow": version("pillow"), "looked_for": "one colour"})


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
