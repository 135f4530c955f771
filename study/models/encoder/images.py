"""Image preprocessing of an image-text model, as open_clip defines it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Protocol

import torch
from open_clip.transform import PreprocessCfg, image_transform_v2, merge_preprocess_dict
from PIL import Image

from study.models.preprocessing import Checks, Preprocessing, check_values


class ImagePreprocessing(Protocol):
    """Turns a picture into a tensor."""

    def apply(self, image: Image.Image) -> torch.Tensor:
        """Return a float32 tensor (3, height, width) of an RGB picture."""

    def to_json(self) -> dict[str, Any]:
        """Return its settings as JSON values."""


@dataclass(frozen=True, slots=True)
class OpenClipPreprocessing:
    """open_clip's own preprocessing, for models that do not resize and crop to a square.

    Attributes
    ----------
    size
        Height and width in pixels.
    mean, std
        By channel, on the scale of [0, 1].
    interpolation
        "bicubic" or "bilinear".
    resize_mode
        "shortest", "longest" or "squash".
    fill_color
        Grey of the margins, 0 to 255.
    """

    size: tuple[int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: str
    resize_mode: str
    fill_color: int

    def apply(self, image: Image.Image) -> torch.Tensor:
        """Return a float32 tensor (3, height, width)."""
        tensor: torch.Tensor = image_transform_v2(PreprocessCfg(**asdict(self)), is_train=False)(
            image
        )
        return tensor

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}


def check_preprocessing(stated: Mapping[str, Any], *, owner: str) -> None:
    """Refuse settings that open_clip would ignore, or would fail on with the first image.

    Parameters
    ----------
    stated
        ``preprocess_cfg`` of a configuration; null means the default, as for open_clip.
    owner
        The configuration's name, for errors.

    Raises
    ------
    StudyError
        Naming the first setting that is unknown or has an impossible value.
    """
    given = {key: value for key, value in stated.items() if value is not None}
    check_values(given, _CHECKS, owner=f"{owner}: preprocess_cfg")


def preprocessing_in(tag: Mapping[str, Any]) -> dict[str, Any]:
    """Return the image settings among what open_clip knows of a pretrained tag."""
    return {key: tag[key] for key in _CHECKS if key in tag}


def preprocessing_of(module: Any, stated: Mapping[str, Any]) -> ImagePreprocessing:
    """Return a model's preprocessing: its configuration's settings over open_clip's defaults.

    Equal, bit for bit, to open_clip's evaluation transform.

    Parameters
    ----------
    module
        The open_clip model, which knows its image size.
    stated
        ``preprocess_cfg`` of a configuration; may be empty.
    """
    config = PreprocessCfg(**merge_preprocess_dict(PreprocessCfg(), dict(stated)))
    size = module.visual.image_size
    height, width = size if isinstance(size, tuple | list) else (size, size)
    mean, std = tuple(config.mean), tuple(config.std)
    if config.resize_mode == "shortest" and height == width:
        return Preprocessing(
            resize=int(height),
            crop=int(height),
            mean=mean,
            std=std,
            interpolation=config.interpolation,
        )
    return OpenClipPreprocessing(
        (int(height), int(width)),
        mean,
        std,
        config.interpolation,
        config.resize_mode,
        config.fill_color,
    )


def _is_size(value: Any) -> bool:
    sides = value if isinstance(value, list) and len(value) == 2 else [value]
    return all(type(side) is int and side > 0 for side in sides)


def _is_grey(value: Any) -> bool:
    return type(value) is int and 0 <= value <= 255


def _is_triple(value: Any, least: float) -> bool:
    numbers = isinstance(value, list) and len(value) == 3
    return numbers and all(type(n) in (int, float) and least <= n <= 1e6 for n in value)


_CHECKS: Checks = MappingProxyType(
    {
        "size": ("pixels, one number or height and width", _is_size),
        "mode": ("'RGB'", lambda value: value == "RGB"),
        "mean": ("three numbers up to 1e6", lambda value: _is_triple(value, -1e6)),
        "std": ("three numbers from 1e-6 to 1e6", lambda value: _is_triple(value, 1e-6)),
        "interpolation": ("bicubic or bilinear", lambda value: value in ("bicubic", "bilinear")),
        "resize_mode": (
            "shortest, longest or squash",
            lambda value: value in ("shortest", "longest", "squash"),
        ),
        "fill_color": ("a grey from 0 to 255", _is_grey),
    }
)
