"""Image preprocessing of an image-text model, as open_clip defines it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import torch
from open_clip.transform import PreprocessCfg, image_transform_v2, merge_preprocess_dict
from PIL import Image

from study.models.preprocessing import CHANNELS, Checks, Preprocessing, check_values


@dataclass(frozen=True, slots=True)
class OpenClipPreprocessing:
    """open_clip's own preprocessing, for models that do not resize and crop to a square."""

    size: tuple[int, int]  # height and width in pixels
    mean: tuple[float, ...]  # by channel, on the scale of [0, 1], as `std`
    std: tuple[float, ...]
    interpolation: str
    resize_mode: str
    fill_color: int  # grey of the margins, 0 to 255

    def apply(self, image: Image.Image) -> torch.Tensor:
        """Return a float32 tensor (3, height, width)."""
        transform = image_transform_v2(PreprocessCfg(**asdict(self)), is_train=False)
        tensor: torch.Tensor = transform(image)
        return tensor

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return asdict(self)


ImagePreprocessing: TypeAlias = Preprocessing | OpenClipPreprocessing


def check_preprocessing(stated: Mapping[str, Any], *, owner: str) -> None:
    """Refuse settings in ``preprocess_cfg`` that open_clip would ignore, or fail on later.

    Null means the default, as for open_clip.

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
    height, width = map(int, size if isinstance(size, tuple | list) else (size, size))
    mean, std, interpolation = tuple(config.mean), tuple(config.std), config.interpolation
    if config.resize_mode == "shortest" and height == width:
        return Preprocessing(height, height, mean, std, interpolation)
    return OpenClipPreprocessing(
        (height, width), mean, std, interpolation, config.resize_mode, config.fill_color
    )


def _is_size(value: Any) -> bool:
    sides = value if isinstance(value, list) and len(value) == 2 else [value]
    return all(type(side) is int and side > 0 for side in sides)


_RESIZE_MODES = ("shortest", "longest", "squash")
_CHECKS: Checks = MappingProxyType(
    {
        "size": ("pixels, one number or height and width", _is_size),
        "mode": ("'RGB'", lambda value: value == "RGB"),
        **CHANNELS,
        "interpolation": ("bicubic or bilinear", lambda value: value in ("bicubic", "bilinear")),
        "resize_mode": ("shortest, longest or squash", lambda value: value in _RESIZE_MODES),
        "fill_color": (
            "a grey from 0 to 255",
            lambda value: type(value) is int and 0 <= value <= 255,
        ),
    }
)
