"""What an image-text model asks of its images."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import torch
from open_clip.transform import PreprocessCfg, image_transform_v2, merge_preprocess_dict
from PIL import Image

from study.preprocessing import Preprocessing


class ImagePreprocessing(Protocol):
    """From a picture to a tensor."""

    def apply(self, image: Image.Image) -> torch.Tensor:
        """Return a float32 tensor (3, height, width) of an RGB picture."""

    def to_json(self) -> dict[str, Any]:
        """Return what it does as JSON values."""


@dataclass(frozen=True, slots=True)
class OpenClipPreprocessing:
    """Preprocessing that is no resize and crop to one square: open_clip's own, by its settings.

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


def preprocessing_of(module: Any, stated: Mapping[str, Any]) -> ImagePreprocessing:
    """Return a model's preprocessing: what its configuration states over open_clip's defaults.

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
