"""Networks: the vision models that are dissected, with their weights, layers, preprocessing."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
import torchvision
from torch import nn

from study import checkpoints
from study.architectures import ARCHITECTURES
from study.errors import StudyError
from study.names import dotted
from study.preprocessing import Preprocessing
from study.settings import NetworkSettings

__all__ = [
    "Network",
    "Preprocessing",
    "architecture_names",
    "canonical_layer",
    "load_network",
]

# Left unsaid, torchvision warns that its default will change; this is what it does today.
_INIT: Mapping[str, Any] = MappingProxyType({"init_weights": True})
_OPTIONS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {"googlenet": _INIT, "inception_v3": _INIT}
)
# What torchvision's builders switch on along with the weights that they bring.
_OPTIONS_WITH_WEIGHTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {name: {"transform_input": True} for name in _OPTIONS}
)


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A network in eval mode; its name travels with it.

    Parameters
    ----------
    name, role, slug
        As the study states them.
    module
        The network itself, float32 on the CPU.
    layers
        The layers to dissect, in dotted spelling.
    preprocessing
        What its weights ask for.
    sha256
        Digest of its weights, see `study.checkpoints.digest`.
    settings
        What the study says about it.
    """

    name: str
    role: str
    slug: str
    module: nn.Module
    layers: tuple[str, ...]
    preprocessing: Preprocessing
    sha256: str
    settings: NetworkSettings


def load_network(
    settings: NetworkSettings,
    *,
    layers: Sequence[str] | None = None,
    weights_path: Path | None = None,
) -> Network:
    """Build a network and give it its weights.

    Parameters
    ----------
    settings
        What the study says. Weights ``"random:SEED"`` are those that torch makes after
        ``torch.manual_seed(SEED)``; the caller's generator is left as it was.
    layers
        The layers to dissect, in either spelling (``layer4[1].conv2``, ``layer4.1.conv2``);
        those of the settings when left out.
    weights_path
        Where the file of the weights lies; a path in ``"file:PATH"`` needs none.

    Raises
    ------
    StudyError
        If the architecture or a layer is unknown, or the weights cannot be read or do not fit.
    """
    kind, _, value = settings.weights.partition(":")
    if kind not in _LOADERS:
        raise StudyError(
            f"{settings.name}: weights: expected {' or '.join(f'{k}:…' for k in _LOADERS)}, "
            f"found {settings.weights!r}"
        )
    module, stated = _LOADERS[kind](settings, value, weights_path)
    module.requires_grad_(False).eval()
    return Network(
        name=settings.name,
        role=settings.role,
        slug=settings.slug,
        module=module,
        layers=_canonical_layers(module, settings, layers),
        preprocessing=stated.with_settings(settings.preprocessing or {}, owner=settings.name),
        sha256=checkpoints.digest(module.state_dict()),
        settings=settings,
    )


def architecture_names() -> tuple[str, ...]:
    """Return every architecture that a study may name: the project's own, then torchvision's."""
    return (*ARCHITECTURES, *torchvision.models.list_models(module=torchvision.models))


def canonical_layer(module: nn.Module, layer: str) -> str:
    """Return a layer's name in dotted spelling.

    Raises
    ------
    StudyError
        If the network has no such layer: with the nearest names that it has.
    """
    name = dotted(layer)
    names = [name for name, _ in module.named_modules() if name]
    if name not in names:
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.4) or names[:3]
        raise StudyError(
            f"expected a layer of the network, found {layer!r}: the nearest are {', '.join(near)}"
        )
    return name


def _canonical_layers(
    module: nn.Module, settings: NetworkSettings, layers: Sequence[str] | None
) -> tuple[str, ...]:
    stated = settings.layers if layers is None else layers
    try:
        names = tuple(canonical_layer(module, layer) for layer in stated)
    except StudyError as error:
        raise StudyError(f"{settings.name}: layers: {error}") from None
    if len(set(names)) != len(names) or not names:
        raise StudyError(
            f"{settings.name}: layers: expected each layer once, found "
            f"{', '.join(stated) or 'none'}"
        )
    return names


def _build(settings: NetworkSettings, *, seed: int = 0, **options: Any) -> nn.Module:
    name, classes = settings.architecture, settings.classes
    known = architecture_names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known[:3]
        raise StudyError(
            f"{settings.name}: architecture: expected a name that torchvision or this program "
            f"knows, found {name!r}: the nearest are {', '.join(near)}"
        )
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        if name in ARCHITECTURES:
            return ARCHITECTURES[name](classes)
        options = {**_OPTIONS.get(name, {}), **options}
        module: nn.Module = torchvision.models.get_model(name, num_classes=classes, **options)
    return module


_Loaded = tuple[nn.Module, Preprocessing]


def _load_random(settings: NetworkSettings, value: str, _: Path | None) -> _Loaded:
    if not re.fullmatch(r"[0-9]{1,18}", value):
        raise StudyError(f"{settings.name}: weights: expected random:SEED, found random:{value}")
    return _build(settings, seed=int(value)), Preprocessing()


def _load_file(settings: NetworkSettings, value: str, path: Path | None) -> _Loaded:
    module = _build(settings)
    _fill(module, path or Path(value), settings)
    return module, Preprocessing()


def _load_artifact(settings: NetworkSettings, value: str, path: Path | None) -> _Loaded:
    if path is None:
        raise StudyError(f"{settings.name}: expected the file of {value}, found no path to it")
    return _load_file(settings, value, path)


def _load_torchvision(settings: NetworkSettings, value: str, path: Path | None) -> _Loaded:
    if settings.architecture in ARCHITECTURES:
        raise StudyError(
            f"{settings.name}: weights: expected an architecture of torchvision's for "
            f"torchvision:{value}, found {settings.architecture!r}"
        )
    module = _build(settings, **_OPTIONS_WITH_WEIGHTS.get(settings.architecture, {}))
    known = torchvision.models.get_model_weights(settings.architecture).__members__
    if value not in known:
        raise StudyError(
            f"{settings.name}: weights: expected one of "
            f"{', '.join(f'torchvision:{name}' for name in known)}, found torchvision:{value}"
        )
    weights = known[value]
    if path is None:
        raise StudyError(
            f"{settings.name}: expected the file of torchvision:{value}, found no path to it: "
            f"bring {weights.url}"
        )
    _fill(module, path, settings)
    return module, _stated(weights.transforms())


_LOADERS: Mapping[str, Callable[[NetworkSettings, str, Path | None], _Loaded]] = MappingProxyType(
    {
        "torchvision": _load_torchvision,
        "file": _load_file,
        "artifact": _load_artifact,
        "random": _load_random,
    }
)


def _stated(transform: Any) -> Preprocessing:
    """Return what torchvision's weights say about their preprocessing."""
    return Preprocessing(
        resize=transform.resize_size[0],
        crop=transform.crop_size[0],
        mean=tuple(transform.mean),
        std=tuple(transform.std),
        interpolation=transform.interpolation.value,
    )


def _fill(module: nn.Module, path: Path, settings: NetworkSettings) -> None:
    """Load a file's weights, every one of them, or say what does not fit."""
    state, own = checkpoints.read_state_dict(path), module.state_dict()
    # Older checkpoints lack these counters, which only training uses.
    missing = [key for key in own if key not in state and not key.endswith("num_batches_tracked")]
    unexpected = [key for key in state if key not in own]
    if missing or unexpected:
        found = [f"no {key}" for key in missing[:3]] + unexpected[:3]
        raise StudyError(
            f"{settings.name}: {path.name}: expected the weights of {settings.architecture}, found "
            f"{', '.join(found)} ({len(missing)} missing, {len(unexpected)} unknown): "
            "set the architecture that the file was made for"
        )
    other = [key for key in state if state[key].shape != own[key].shape]
    if other:
        key = other[0]
        classes = {state[key].shape[0] for key in other if state[key].ndim}
        advice = (
            f"set classes = {classes.pop()}"
            if len(classes) == 1 and all(own[key].shape[:1] == (settings.classes,) for key in other)
            else "set the architecture that the file was made for"
        )
        raise StudyError(
            f"{settings.name}: {path.name}: expected {key} of shape {tuple(own[key].shape)}, "
            f"found {tuple(state[key].shape)}: {advice}"
        )
    module.load_state_dict(state, strict=False)
