"""Hugging Face: vision models from local folders as the library transformers writes them."""

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from study.errors import StudyError
from study.files.documents import sha256_file
from study.files.output import read_bytes
from study.models import checkpoints
from study.models.preprocessing import Preprocessing


@dataclass(frozen=True, slots=True)
class Folder:
    """A model as a folder describes it."""

    module: nn.Module
    identity: str  # its class and the digest of its configuration
    preprocessing: Preprocessing
    lacking: tuple[str, ...]  # names of weights that the folder does not have


def read_folder(folder: Path, *, weights: bool) -> Folder:
    """Build the model that a folder describes; no code from the folder is run.

    Parameters
    ----------
    folder
        Contains ``config.json``; ``preprocessor_config.json`` states the preprocessing.
    weights
        Whether to load the folder's weights, ``model.safetensors`` or ``pytorch_model.bin``.

    Raises
    ------
    StudyError
        If transformers is not installed or cannot build the model, or the pictures' preparation
        cannot be told.
    """
    if not (folder / "config.json").is_file():
        raise StudyError(f"hf:{folder.name}: expected a folder with config.json, found none")
    try:
        transformers: Any = importlib.import_module("transformers")
    except ImportError:
        raise StudyError(
            f"hf:{folder.name} needs the package transformers: install study[hf], or transformers"
        ) from None
    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        config = transformers.AutoConfig.from_pretrained(folder, **options)
        config = getattr(config, "vision_config", config)  # of a model of images and texts
        names = getattr(config, "architectures", None) or [""]
        auto = transformers.AutoModel
        if names[0].endswith("ForImageClassification"):
            auto = transformers.AutoModelForImageClassification
        module: nn.Module
        lacking: list[str] = []
        if not weights:
            module = auto.from_config(config, trust_remote_code=False)
        else:
            transformers.utils.logging.set_verbosity_error()
            transformers.utils.logging.disable_progress_bar()
            # Reads .safetensors, and .bin with weights_only: neither runs code.
            module, report = auto.from_pretrained(
                folder, config=config, output_loading_info=True, **options
            )
            lacking = sorted(report["missing_keys"])
    except Exception as error:  # whatever the library raises
        raise StudyError(
            f"hf:{folder.name}: transformers cannot build it: {checkpoints.one_line(error)}"
        ) from None
    identity = f"hf:{type(module).__name__} {sha256_file(folder / 'config.json')[:16]}"
    return Folder(module, identity, _preprocessing(folder), tuple(lacking))


def _preprocessing(folder: Path) -> Preprocessing:
    path = folder / "preprocessor_config.json"
    if not path.is_file():
        return Preprocessing()
    stated = _table(path)
    try:
        return _stated(stated)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise StudyError(
            f"{path.name}: cannot tell how it resizes pictures: state preprocessing in the study"
        ) from None


def _stated(stated: Mapping[str, Any]) -> Preprocessing:
    size, crop = stated.get("size", 224), stated.get("crop_size")
    mode, resize = "squash", size
    if isinstance(size, Mapping):
        if "shortest_edge" in size:
            mode, resize = "shortest", size["shortest_edge"]
        else:
            resize = _square(size)
    if stated.get("crop_pct") and mode == "shortest":  # of ConvNeXt
        crop, resize = resize, int(resize / stated["crop_pct"])
    elif stated.get("do_center_crop", crop is not None) and crop is not None:
        crop = _square(crop)
    else:
        crop = resize
    normalised = stated.get("do_normalize", True)
    mean = tuple(stated["image_mean"]) if normalised else (0.0, 0.0, 0.0)
    std = tuple(stated["image_std"]) if normalised else (1.0, 1.0, 1.0)
    return Preprocessing(
        resize=int(resize) if stated.get("do_resize", True) else None,
        crop=int(crop),
        mean=mean,
        std=std,
        interpolation=_PIL_FILTERS[stated.get("resample", 2)],
        mode=mode,
    )


_PIL_FILTERS = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")
"""By Pillow's numbers."""


def _square(size: Any) -> int:
    sides = {size["height"], size["width"]} if isinstance(size, Mapping) else {size}
    if len(sides) != 1:
        raise ValueError("not square")
    return int(sides.pop())


def _table(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(read_bytes(path, most=16 << 20))
    except ValueError as error:
        raise StudyError(f"{path.name}: expected JSON, found {error}") from None
    if not isinstance(value, dict):
        raise StudyError(f"{path.name}: expected a table in braces")
    return value
