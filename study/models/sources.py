"""Sources: networks that other packages, folders or the user's own code build."""

import functools
import importlib
import importlib.util
import inspect
import math
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, TypeAlias

import torch
import torchvision
from torch import nn
from torchvision.models.vision_transformer import VisionTransformer, interpolate_embeddings

from study.errors import StudyError
from study.files.documents import sha256_file
from study.files.resolving import resolved
from study.inputs.settings import NetworkSettings
from study.models import architectures, checkpoints
from study.models.hugging_face import read_folder
from study.models.preprocessing import Preprocessing

State: TypeAlias = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Base:
    """A network as it was built, before it has weights from a file."""

    module: nn.Module
    identity: str  # what it computes, as the manifest and the store's keys name it
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    filled: bool = False  # whether it has weights already
    lacking: tuple[str, ...] = ()  # names of weights that were not in its folder
    translate: Callable[[State], State] = lambda state: state
    """Turns weights as their makers published them into the module's own."""
    notes: tuple[str, ...] = ()


def build(
    settings: NetworkSettings, *, seed: int = 0, pretrained: bool = False, trust_code: bool = False
) -> Base:
    """Build the network that a study's ``architecture`` names.

    Parameters
    ----------
    settings
        The study's section on the network.
    seed
        Starts torch's generator, which gives weights where none are loaded; the caller's is left as
        it was.
    pretrained
        See `study.models.architectures.build`.
    trust_code
        Whether the user permits running code of the user's own, for ``code:FILE.py:FUNCTION``.

    Raises
    ------
    StudyError
        If there is no such architecture, a package that it needs is not installed, or its code is
        not trusted or fails.
    """
    name = settings.architecture
    kind, _, rest = _kind(name)
    check_known(name)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        if kind in SOURCES:
            return SOURCES[kind](rest, settings, trust_code)
    module = architectures.build(
        name, settings.classes, seed=seed, pretrained=pretrained, size=_size(settings)
    )
    return Base(module, name, translate=functools.partial(_resized, module))


def _size(settings: NetworkSettings) -> int | None:
    """Return the side of the images that a study states, or that torchvision's weights are for."""
    stated = (settings.preprocessing or {}).get("crop")
    kind, _, tag = settings.weights.partition(":")
    if stated is None and kind == "torchvision" and settings.architecture.startswith("vit_"):
        known = torchvision.models.get_model_weights(settings.architecture).__members__
        return int(known[tag].transforms().crop_size[0]) if tag in known else None
    return stated if isinstance(stated, int) else None


def _resized(module: nn.Module, state: State) -> State:
    """Return the weights of torchvision's ViT with positions for the module's size of images."""
    key, positions = _POSITIONS, state.get(_POSITIONS)
    if not isinstance(module, VisionTransformer) or positions is None:
        return state
    if positions.shape == module.encoder.pos_embedding.shape or positions.ndim != 3:
        return state
    try:
        resized = interpolate_embeddings(
            module.image_size, module.patch_size, OrderedDict({key: positions})
        )
    except ValueError:  # no square of patches: the mismatch is named when the weights are loaded
        return state
    return state | {key: resized[key]}


_POSITIONS = "encoder.pos_embedding"


def _kind(name: str) -> tuple[str, str, str]:
    if name.startswith("timm/"):  # as the hub spells it
        return "timm", ":", name.removeprefix("timm/")
    return name.partition(":")


def check_known(name: str) -> None:
    """Raise `StudyError` unless an architecture is torchvision's, this program's or a source's."""
    if _kind(name)[0] in SOURCES or name in architectures.architecture_names():
        return
    timm: Any = importlib.import_module("timm")
    if name.partition(".")[0] in timm.list_models():
        raise StudyError(f'architecture: {name} is one of timm, so write "timm:{name}"')
    architectures.check_known(name)


def _timm(name: str, settings: NetworkSettings, _trust: bool) -> Base:
    timm: Any = importlib.import_module("timm")
    known = timm.list_models()
    plain, _dot, tag = name.partition(".")
    if plain not in known:
        raise StudyError(
            f"timm has no model {name!r}; the nearest are {architectures.nearest(plain, known)}"
        )
    tags = [full.partition(".")[2] for full in timm.list_pretrained(f"{plain}.*")]
    if tag and tag not in tags:
        raise StudyError(f"timm knows {plain} with the tags {', '.join(tags)}, not {tag!r}")
    options: dict[str, Any] = {"num_classes": settings.classes} if settings.classes else {}
    size = (settings.preprocessing or {}).get("crop")
    try:
        module = timm.create_model(name, pretrained=False, **options, **_sized(size))
    except TypeError:  # a network that takes images of any size
        module = timm.create_model(name, pretrained=False, **options)
    preprocessing = timm_preprocessing(module, name=name)
    translate = getattr(sys.modules[type(module).__module__], "checkpoint_filter_fn", None)
    if translate is None:
        return Base(module, f"timm:{name}", preprocessing)
    return Base(module, f"timm:{name}", preprocessing, translate=_guarded(translate, module))


def timm_preprocessing(module: nn.Module, *, name: str) -> Preprocessing:
    """Return the preprocessing that a network of timm carries with it.

    Raises
    ------
    StudyError
        If it is one that this program cannot do.
    """
    config: dict[str, Any] = importlib.import_module("timm").data.resolve_model_data_config(module)
    height, width = config["input_size"][1:]
    if height != width:
        raise StudyError(f"{name}: expected square images, found {height} x {width}")
    if config["crop_mode"] not in _TIMM_MODES:
        raise StudyError(f"{name}: its preprocessing has crop_mode {config['crop_mode']!r}")
    return Preprocessing(
        resize=math.floor(height / config["crop_pct"]),
        crop=height,
        mean=tuple(config["mean"]),
        std=tuple(config["std"]),
        interpolation=config["interpolation"],
        mode=_TIMM_MODES[config["crop_mode"]],
    )


_TIMM_MODES: Mapping[str, str] = MappingProxyType({"center": "shortest", "squash": "squash"})


def _sized(size: Any) -> dict[str, Any]:
    return {"img_size": size} if isinstance(size, int) and size else {}


def _guarded(translate: Callable[..., State], module: nn.Module) -> Callable[[State], State]:
    """Return a translation that leaves weights alone which it does not know."""

    def attempt(state: State) -> State:
        try:
            return dict(translate(dict(state), module))
        except (KeyError, IndexError, RuntimeError, TypeError, ValueError, AttributeError):
            return state

    return attempt


def _hf(folder: str, settings: NetworkSettings, _trust: bool) -> Base:
    found = read_folder(Path(folder), weights=not settings.weights)
    return Base(
        found.module,
        found.identity,
        found.preprocessing,
        filled=not settings.weights,
        lacking=found.lacking,
    )


def _code(place: str, settings: NetworkSettings, trust_code: bool) -> Base:
    path, _, function = place.rpartition(":")
    file = Path(path)
    if not path or not function.isidentifier():
        raise StudyError(
            f"architecture: expected code:FILE.py:FUNCTION, found code:{file.name}:{function}"
        )
    if not file.is_file():
        raise StudyError(f"cannot read {file.name}: no such file")
    if not trust_code:
        raise StudyError(
            f"{file.name} is a program that would run with your rights: read it, and add "
            "--trust-code if you trust it"
        )
    digest = sha256_file(file)
    maker = _functions(_imported(file, digest)).get(function)
    if maker is None:
        raise StudyError(f"{file.name}: expected a function {function}, found none of that name")
    try:
        module = maker(settings.classes) if _takes_classes(maker) else maker()
    except Exception as error:
        raise StudyError(
            f"{file.name}: {function} failed: {checkpoints.one_line(error)}"
        ) from error
    if not isinstance(module, nn.Module):
        found = type(module).__name__
        raise StudyError(f"{file.name}: expected {function} to return a Module, found {found}")
    note = f"built by code of its own, {file.name} (SHA-256 {digest}), which was run"
    identity = f"code:{file.name}:{function} {digest}"
    return Base(module, identity, filled=not settings.weights, notes=(note,))


def _imported(file: Path, digest: str) -> ModuleType:
    """Run a file as a module; others beside it can be imported by it."""
    spec = importlib.util.spec_from_file_location(f"study_code_{digest[:16]}", file)
    if spec is None or spec.loader is None:
        raise StudyError(f"{file.name}: expected a Python file, one that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses and pickles look themselves up there
    sys.path.insert(0, str(resolved(file).parent))
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise StudyError(f"{file.name}: failed: {checkpoints.one_line(error)}") from error
    finally:
        sys.path.remove(str(resolved(file).parent))
    return module


def _functions(module: ModuleType) -> dict[str, Callable[..., Any]]:
    return {name: value for name, value in vars(module).items() if callable(value)}


def _takes_classes(maker: Callable[..., Any]) -> bool:
    return any(
        parameter.default is inspect.Parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        for parameter in inspect.signature(maker).parameters.values()
    )


SOURCES: Mapping[str, Callable[[str, NetworkSettings, bool], Base]] = MappingProxyType(
    {"timm": _timm, "hf": _hf, "code": _code}
)
"""What builds an architecture by the word before its colon."""
