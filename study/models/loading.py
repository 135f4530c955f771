"""Loading: the network that a study names, built and given its weights."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch import nn

from study.dissection.provenance import dotted
from study.errors import StudyError
from study.inputs.settings import WEIGHTS, NetworkSettings
from study.models import checkpoints, sources
from study.models.architectures import parse_seed
from study.models.layouts import Reading
from study.models.networks import Network, last_linear
from study.models.preprocessing import Preprocessing
from study.models.sources import Base
from study.models.weight_names import needed


def load_network(
    settings: NetworkSettings,
    *,
    weights_path: Path | None = None,
    class_names: Sequence[str] = (),
    trust_code: bool = False,
) -> Network:
    """Build the network that a study names, and give it its weights.

    Parameters
    ----------
    settings
        What the study says. Weights ``"random:SEED"`` are those that torch draws after
        ``torch.manual_seed(SEED)``; the caller's generator is left as it was.
    weights_path
        The file of the weights; a path in ``"file:PATH"`` needs none.
    class_names
        Names of the units of the settings' class layer, where they are known.
    trust_code
        Whether to run code of the user's own that the study names.

    Raises
    ------
    StudyError
        If the architecture or a layer is unknown, or the weights cannot be read or do not fit.
    """
    try:
        base, notes = _loaded(settings, weights_path, trust_code)
        preprocessing = base.preprocessing.with_settings(
            settings.preprocessing or {}, owner="preprocessing"
        )
    except StudyError as error:
        raise StudyError(f"{settings.name}: {error}") from None
    return Network.of(
        base.module,
        name=settings.name,
        layers=settings.layers,
        role=settings.role,
        twin_of=settings.of,
        preprocessing=preprocessing,
        class_layer=settings.class_layer or None,
        class_names=class_names,
        architecture=base.identity,
        weights=settings.weights or settings.architecture.partition(":")[0],
        notes=(*base.notes, *notes),
    )


def _loaded(
    settings: NetworkSettings, path: Path | None, trust_code: bool
) -> tuple[Base, tuple[str, ...]]:
    """Return a network with its weights, and what is to be said of them."""
    kind, _, value = settings.weights.partition(":")
    if settings.weights and kind not in WEIGHTS:
        choices = " or ".join(f"{name}:…" for name in WEIGHTS)
        raise StudyError(f"weights: expected {choices}, found {settings.weights!r}")
    seed = parse_seed(value) if kind == "random" else 0
    base = sources.build(
        settings, seed=seed, pretrained=kind == "torchvision", trust_code=trust_code
    )
    if _stated_channels(settings) == 1:
        _make_grey(base.module, seed)
    if kind == "torchvision":
        base = replace(base, preprocessing=_torchvision_preprocessing(settings, value, path))
    if kind in ("artifact", "torchvision") and path is None:
        raise StudyError(f"the file of artifact {value} was not located")
    if kind == "random":
        return base, ()
    if base.filled:
        return base, _lacking(base, settings)
    return base, _fill(base, path or Path(value), settings)


def _lacking(base: Base, settings: NetworkSettings) -> tuple[str, ...]:
    """Return what to say of weights that a folder lacks, such as of an untrained head."""
    if not base.lacking:
        return ()
    used = needed(base.module.eval(), *_used(base, settings))
    missed = [name for name in base.lacking if used is None or name in used]
    if missed:
        raise StudyError(
            f"its folder has no weights for {', '.join(missed[:3])} ({len(missed)} in all), which "
            "the dissected layers need"
        )
    names = ", ".join(base.lacking[:4])
    return (f"{names} not in its folder, which the dissected layers do not need",)


def _torchvision_preprocessing(
    settings: NetworkSettings, tag: str, path: Path | None
) -> Preprocessing:
    try:
        known = torchvision.models.get_model_weights(settings.architecture).__members__
    except ValueError:
        raise StudyError(
            f"weights: torchvision:{tag} needs an architecture of torchvision, and "
            f"{settings.architecture!r} is not one"
        ) from None
    if tag not in known:
        choices = ", ".join(f"torchvision:{name}" for name in known)
        raise StudyError(f"weights: expected one of {choices}, found torchvision:{tag}")
    if path is None:
        raise StudyError(
            f"the file of torchvision:{tag} was not located: get it at {known[tag].url}"
        )
    return _stated(known[tag].transforms())


def _fill(base: Base, file: Path, settings: NetworkSettings) -> tuple[str, ...]:
    state = base.translate(checkpoints.read_state_dict(file))
    _check_stem(base.module, state, settings, file.name)
    return checkpoints.fill(
        base.module,
        state,
        file=file.name,
        model=settings.architecture,
        classes=settings.classes or None,
        prefix=settings.prefix,
        needed=needed(base.module.eval(), *_used(base, settings)),
    )


def _used(base: Base, settings: NetworkSettings) -> tuple[list[str], torch.Tensor]:
    """Return the layers that a study reads, and an image that the network takes."""
    layers = [Reading.of(layer).module for layer in settings.layers]
    if settings.class_names:
        layers.append(dotted(settings.class_layer) or last_linear(base.module) or "")
    stated = (settings.preprocessing or {}).get("crop") or base.preprocessing.crop
    return layers, torch.zeros(1, _stated_channels(settings), *[stated or 224] * 2)


def _stated_channels(settings: NetworkSettings) -> int:
    mean = (settings.preprocessing or {}).get("mean")
    return 1 if isinstance(mean, list | tuple) and len(mean) == 1 else 3


def _stem(module: nn.Module) -> tuple[str, nn.Conv2d] | None:
    """Return the first convolution of a network that takes colours."""
    convolutions = ((n, m) for n, m in module.named_modules() if isinstance(m, nn.Conv2d))
    return next((found for found in convolutions if found[1].in_channels == 3), None)


def _make_grey(module: nn.Module, seed: int) -> None:
    """Give a network's first convolution one input channel in place of three."""
    found = _stem(module)
    if found is None:
        return
    name, old = found
    window: Any = {"stride": old.stride, "padding": old.padding, "bias": old.bias is not None}
    size: Any = old.kernel_size
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        new = nn.Conv2d(1, old.out_channels, size, **window)
    module.set_submodule(name, new)


def _check_stem(
    module: nn.Module, state: Mapping[str, torch.Tensor], settings: NetworkSettings, file: str
) -> None:
    """Say what to set where a file's first convolution is of another kind than the network's."""
    found = _stem(module)
    key = f"{found[0]}.weight" if found else ""
    weight = next((state[name] for name in state if name == key or name.endswith(f".{key}")), None)
    if found is None or weight is None or weight.ndim != 4:
        return
    if weight.shape[1] == 1:
        raise StudyError(
            f"{file}: its first layer takes grey pictures: set one number each, such as "
            "preprocessing = {mean = [0.5], std = [0.5]}"
        )
    if settings.architecture == "resnet18" and tuple(weight.shape[2:]) == (3, 3):
        raise StudyError(
            f"{file}: its first layer is of 3 x 3 pixels, as usual for pictures of 32 x 32: set "
            'architecture = "cifar_resnet18"'
        )


def _stated(transform: Any) -> Preprocessing:
    """Return the preprocessing that torchvision states with its weights."""
    return Preprocessing(
        resize=transform.resize_size[0],
        crop=transform.crop_size[0],
        mean=tuple(transform.mean),
        std=tuple(transform.std),
        interpolation=transform.interpolation.value,
    )
