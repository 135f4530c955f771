"""Networks: the vision models to dissect, with their weights, layers and preprocessing."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torchvision
from torch import nn

from study.dissection.provenance import dotted
from study.errors import StudyError
from study.inputs.settings import WEIGHTS, NetworkSettings, slugify
from study.models import checkpoints
from study.models.architectures import build, nearest, parse_seed, structure_digest
from study.models.layouts import Layout, Reading
from study.models.preprocessing import Preprocessing
from study.models.weight_names import needed


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Network:
    """A vision network in eval mode, and what is known about it. Layers are spelt with dots."""

    name: str
    role: str  # one of `study.inputs.settings.ROLES`
    twin_of: str | None = None  # for a twin: the name of the network whose task it shares
    slug: str  # its name as a folder name
    module: nn.Module
    dissected: tuple[str, ...]  # the layers whose units are described
    class_layer: str | None  # its units are the classes of `class_names`; None without names
    class_names: tuple[str, ...]
    preprocessing: Preprocessing
    sha256: str  # digest of the weights, see `study.models.checkpoints.digest`
    architecture: str  # what it computes: a name, or else the digest of its structure
    notes: tuple[str, ...] = ()  # what of its weights was left out, or left at 0
    units: Mapping[str, int] = field(default_factory=dict)
    """Layer to its number of units; empty until `study.pipeline.opening.ready` has run it."""
    layouts: Mapping[str, Layout] = field(default_factory=dict)
    """Layer to how its output is laid out; filled together with `units`."""

    @classmethod
    def of(
        cls,
        module: nn.Module,
        *,
        name: str,
        layers: Sequence[str],
        role: str = "compared",
        twin_of: str | None = None,
        preprocessing: Preprocessing | None = None,
        class_layer: str | None = None,
        class_names: Sequence[str] = (),
        architecture: str | None = None,
        notes: Sequence[str] = (),
    ) -> "Network":
        """Make a network from a copy of any module.

        Parameters
        ----------
        module
            Takes images (n, 3, height, width).
        name, role, twin_of, preprocessing, class_names, notes
            As the attributes; the preprocessing defaults to ImageNet's.
        layers
            The layers to dissect, in either spelling: ``layer4[1].conv2`` or ``layer4.1.conv2``.
        class_layer
            The layer whose units are the classes; read only if `class_names` are given.
        architecture
            Name of what the module computes; its structure is digested if there is none.

        Raises
        ------
        StudyError
            If a layer is unknown or stated twice, or the name gives no folder name.

        Examples
        --------
        >>> network = Network.of(nn.Sequential(nn.Conv2d(3, 8, 1)), name="Mine", layers=["0"])
        >>> network.slug, network.dissected
        ('mine', ('0',))
        """
        clone = copy.deepcopy(module).cpu().float().requires_grad_(False).eval()
        try:
            dissected = tuple(canonical_layer(clone, layer) for layer in layers)
            known = canonical_layer(clone, class_layer) if class_layer and class_names else None
            if len(set(dissected)) != len(dissected) or not dissected:
                raise StudyError(f"expected each layer once, found {', '.join(layers) or 'none'}")
        except StudyError as error:
            raise StudyError(f"{name}: layers: {error}") from None
        return cls(
            name=name,
            role=role,
            twin_of=twin_of,
            slug=slugify(name),
            module=clone,
            dissected=dissected,
            class_layer=known,
            class_names=tuple(class_names),
            preprocessing=preprocessing or Preprocessing(),
            sha256=checkpoints.digest(clone.state_dict()),
            architecture=architecture or structure_digest(clone),
            notes=tuple(notes),
        )

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that is read: the dissected ones, then the class layer if not among them."""
        if self.class_layer is None or self.class_layer in self.dissected:
            return self.dissected
        return (*self.dissected, self.class_layer)

    @property
    def dissected_units(self) -> int:
        """The number of units that are described; `StudyError` before they were counted."""
        if not self.units:
            raise StudyError(f"{self.name}: its units are not counted; call `opening.ready` first")
        return sum(self.units[layer] for layer in self.dissected)


def load_network(
    settings: NetworkSettings,
    *,
    weights_path: Path | None = None,
    class_names: Sequence[str] = (),
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

    Raises
    ------
    StudyError
        If the architecture or a layer is unknown, or the weights cannot be read or do not fit.
    """
    kind, _, value = settings.weights.partition(":")
    try:
        if kind not in _LOADERS:
            choices = " or ".join(f"{name}:…" for name in WEIGHTS)
            raise StudyError(f"weights: expected {choices}, found {settings.weights!r}")
        module, preprocessing, notes = _LOADERS[kind](settings, value, weights_path)
    except StudyError as error:
        raise StudyError(f"{settings.name}: {error}") from None
    return Network.of(
        module,
        name=settings.name,
        layers=settings.layers,
        role=settings.role,
        twin_of=settings.of,
        preprocessing=preprocessing.with_settings(
            settings.preprocessing or {}, owner=settings.name
        ),
        class_layer=settings.class_layer,
        class_names=class_names,
        architecture=settings.architecture,
        notes=notes,
    )


def canonical_layer(module: nn.Module, layer: str) -> str:
    """Return a layer's name in dotted spelling.

    Raises
    ------
    StudyError
        If the network has no such layer, with the nearest names that it has.
    """
    name = Reading.of(layer).module
    names = [name for name, _ in module.named_modules() if name]
    if name not in names:
        raise StudyError(
            f"the network has no layer {layer!r}; the nearest are {nearest(name, names)}"
        )
    return dotted(layer)


_Loaded = tuple[nn.Module, Preprocessing, tuple[str, ...]]


def _load_random(settings: NetworkSettings, value: str, _: Path | None) -> _Loaded:
    module = build(settings.architecture, settings.classes, seed=parse_seed(value))
    return module, Preprocessing(), ()


def _load_file(settings: NetworkSettings, value: str, path: Path | None) -> _Loaded:
    module = build(settings.architecture, settings.classes)
    notes = _fill(module, path or Path(value), settings)
    return module, Preprocessing(), notes


def _load_artifact(settings: NetworkSettings, value: str, path: Path | None) -> _Loaded:
    if path is None:
        raise StudyError(f"the file of artifact {value} was not located")
    return _load_file(settings, value, path)


def _load_torchvision(settings: NetworkSettings, value: str, path: Path | None) -> _Loaded:
    module = build(settings.architecture, settings.classes, pretrained=True)
    try:
        known = torchvision.models.get_model_weights(settings.architecture).__members__
    except ValueError:
        raise StudyError(
            f"weights: torchvision:{value} needs an architecture of torchvision, and "
            f"{settings.architecture!r} is not one"
        ) from None
    if value not in known:
        choices = ", ".join(f"torchvision:{name}" for name in known)
        raise StudyError(f"weights: expected one of {choices}, found torchvision:{value}")
    if path is None:
        raise StudyError(
            f"the file of torchvision:{value} was not located: get it at {known[value].url}"
        )
    notes = _fill(module, path, settings)
    return module, _stated(known[value].transforms()), notes


def _fill(module: nn.Module, path: Path, settings: NetworkSettings) -> tuple[str, ...]:
    layers = [dotted(layer) for layer in settings.layers]
    layers += [dotted(settings.class_layer)] if settings.class_names else []
    size = (settings.preprocessing or {}).get("crop") or Preprocessing().crop
    return checkpoints.fill(
        module,
        checkpoints.read_state_dict(path),
        file=path.name,
        model=settings.architecture,
        classes=settings.classes,
        prefix=settings.prefix,
        needed=needed(module.eval(), layers, size if isinstance(size, int) else 224),
    )


_LOADERS: Mapping[str, Callable[[NetworkSettings, str, Path | None], _Loaded]] = MappingProxyType(
    {
        "torchvision": _load_torchvision,
        "file": _load_file,
        "artifact": _load_artifact,
        "random": _load_random,
    }
)
"""What loads each of `study.inputs.settings.WEIGHTS`."""


def _stated(transform: Any) -> Preprocessing:
    """Return the preprocessing that torchvision states with its weights."""
    return Preprocessing(
        resize=transform.resize_size[0],
        crop=transform.crop_size[0],
        mean=tuple(transform.mean),
        std=tuple(transform.std),
        interpolation=transform.interpolation.value,
    )
