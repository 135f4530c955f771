"""What a study needs, found, opened and checked before any work is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torchvision.models import get_model_weights

from study import artifacts
from study.artifacts import needed_artifacts, pinned
from study.concepts import ConceptSet
from study.encoder import Encoder, load_encoder
from study.errors import StudyError
from study.folding import optimise
from study.names import dotted
from study.networks import Network, load_network
from study.probe import Probe, open_probe
from study.progress import Progress
from study.settings import NetworkSettings, Study
from study.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a run is done; no option changes a label unless the manifest says so.

    ``artifacts`` are folders with files brought by hand; ``store`` is where arrays are kept
    between runs; ``limit`` takes that many images of the probe for a first look.
    """

    artifacts: tuple[Path, ...] = ()
    store: Path | None = None
    limit: int | None = None
    skip_unreadable: bool = False
    allow_duplicates: bool = False
    force: bool = False
    units: tuple[str, ...] = ()
    batch: int = 64
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Inputs:
    """The open inputs of a study."""

    study: Study
    probe: Probe
    concepts: ConceptSet
    encoder: Encoder
    networks: tuple[Network, ...]
    class_names: Mapping[str, tuple[str, ...]]
    device: torch.device
    precision: str


def open_inputs(study: Study, options: Options, progress: Progress) -> Inputs:
    """Find and open all inputs of a study; nothing is computed yet.

    Raises
    ------
    StudyError
        If a file is missing or damaged, an image cannot be read, a layer does not exist or the
        weights do not fit: always before any work is done.
    """
    device = choose_device(study.dissection.device)
    places = artifacts.locate_all(needed_artifacts(study), folders=options.artifacts)
    concepts = ConceptSet.read(
        _given(study.concepts.file, study.concepts.artifact, places),
        allow_duplicates=options.allow_duplicates,
    )
    precision = study.dissection.precision
    networks = tuple(
        _fast(_network(settings, places), device, precision) for settings in study.networks
    )
    class_names = {
        settings.slug: _class_names(settings, places)
        for settings in study.networks
        if settings.class_names
    }
    encoder = load_encoder(
        study.encoder,
        weights_path=_weights_path(study.encoder.weights, places),
        precision=precision,
        device=device,
    )
    probe = open_probe(
        study.probe,
        path=_given(study.probe.path, study.probe.artifact, places),
        skip_unreadable=options.skip_unreadable,
        limit=options.limit,
        seed=study.measures.seed,
    )
    return Inputs(study, probe, concepts, encoder, networks, class_names, device, precision)


def check_images(inputs: Inputs, store: Store, progress: Progress) -> None:
    """Decode every image once, so that none stops the run half-way; a checked probe is remembered.

    Raises
    ------
    StudyError
        Naming the first image that cannot be read.
    """
    made_of = checked_parts(inputs)
    if store.get("checked-probe", made_of) is None:
        with progress.stage("checking images", len(inputs.probe), "images") as advance:
            inputs.probe.check(progress=advance)
        store.put("checked-probe", made_of, {"images": np.array([len(inputs.probe)])})


def checked_parts(inputs: Inputs) -> dict[str, str]:
    """Return what decides whether a probe's images can be read."""
    return {"probe": inputs.probe.digest, "pillow": version("pillow")}


def choose_device(name: str) -> torch.device:
    """Return the device that a study asks for; ``auto`` is CUDA where there is one, else the CPU.

    Raises
    ------
    StudyError
        If the device is not there.
    """
    present = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if name == "auto":
        return torch.device("cuda" if present["cuda"] else "cpu")
    if not present[name]:
        found = ", ".join(device for device, there in present.items() if there)
        raise StudyError(f"device: expected {name}, found only {found} on this machine")
    return torch.device(name)


def _network(settings: NetworkSettings, places: Mapping[str, Path]) -> Network:
    layers = settings.layers
    if settings.class_names and dotted(settings.class_layer) not in map(dotted, layers):
        layers = (*layers, settings.class_layer)
    path = _weights_path(settings.weights, places)
    if settings.weights.startswith("torchvision:"):
        path = places[_torchvision_artifact(settings)]
    return load_network(settings, layers=layers, weights_path=path)


def _fast(network: Network, device: torch.device, precision: str) -> Network:
    """Return the network folded, laid out and placed for speed; what it is stays as it was."""
    module = optimise(network.module, network.layers, device=device, precision=precision)
    return replace(network, module=module)


def _torchvision_artifact(settings: NetworkSettings) -> str:
    return artifacts.torchvision_name(
        settings.architecture, settings.weights.removeprefix("torchvision:")
    )


def _weights_path(weights: str, places: Mapping[str, Path]) -> Path | None:
    if weights.startswith("file:"):
        return Path(weights.removeprefix("file:"))
    name = pinned(weights)
    return places[name] if name else None


def _given(path: Path | None, artifact: str | None, places: Mapping[str, Path]) -> Path:
    if artifact is not None:
        return places[artifact]
    if path is None:
        raise StudyError("expected a path or an artifact, found neither")
    return path


def _class_names(settings: NetworkSettings, places: Mapping[str, Path]) -> tuple[str, ...]:
    """Read a classifier's class names, as words that can be compared with concepts."""
    source = settings.class_names or ""
    kind, _, rest = source.partition(":")
    if kind == "torchvision":
        names = _torchvision_categories(settings, rest)
    else:
        names = _read_class_names(places[rest] if kind == "artifact" else Path(rest))
    if len(names) != settings.classes:
        raise StudyError(
            f"network {settings.name!r}: expected {settings.classes} class names, found "
            f"{len(names)} in {source}"
        )
    return tuple(names)


def _read_class_names(path: Path) -> list[str]:
    """Read lines such as ``ice cream`` or, as Places365 has them, ``/a/airport_terminal 2``."""
    try:
        lines = path.read_bytes().decode("utf-8-sig").splitlines()
    except OSError as error:
        raise StudyError(
            f"{path.name}: expected a file of class names, found {error.strerror}"
        ) from None
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise StudyError(
            f"{path.name}: expected class names in UTF-8, found byte 0x{byte:02x}"
        ) from None
    names = []
    for number, line in enumerate(lines, start=1):
        name = line.strip()
        if name.startswith("/"):
            parts = name.rsplit(" ", 1)[0].split("/", 2)
            if len(parts) < 3 or not parts[2]:
                raise StudyError(
                    f"{path.name}: line {number}: expected a class name or Places365's form "
                    f"'/a/airport_terminal 2', found {line!r}"
                )
            name = parts[2]
        if name:
            names.append(name.replace("_", " ").replace("/", " "))
    return names


def _torchvision_categories(settings: NetworkSettings, tag: str) -> Sequence[str]:
    try:
        weights = get_model_weights(settings.architecture)
    except ValueError:
        raise StudyError(
            f"network {settings.name!r}: expected class names in a file, as torchvision has no "
            f"weights of {settings.architecture}, found torchvision:{tag}"
        ) from None
    if tag not in weights.__members__:
        raise StudyError(
            f"network {settings.name!r}: expected class names of one of "
            f"{', '.join(weights.__members__)}, found {tag!r}"
        )
    names: Sequence[str] = weights[tag].meta["categories"]
    return names
