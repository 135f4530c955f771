"""Preprocessing: turns a picture into the tensor that a network was trained on."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as transforms

from study.errors import StudyError

Checks = Mapping[str, tuple[str, Callable[[Any], bool]]]
"""Name of a setting to its permitted values, in words and as a test."""
LARGEST = 4096
"""The most pixels of a side: one such picture takes 200 MB."""
INTERPOLATIONS: Mapping[str, InterpolationMode] = MappingProxyType(
    {mode.value: mode for mode in InterpolationMode}
)
"""Names of Pillow's filters; each smooths when it shrinks a picture."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """Resize, centre crop, scale to [0, 1], normalise; the defaults are ImageNet's.

    Equal, bit for bit, to torchvision's ``Resize``, ``CenterCrop``, ``ToTensor`` and ``Normalize``
    on a Pillow image.

    Parameters
    ----------
    resize
        Pixels of the shorter side; None leaves the picture at its size.
    crop
        Side of the square cut from the middle, in pixels, padded with black where the picture is
        smaller; None leaves the picture whole.
    mean, std
        By channel, red first, on the scale of [0, 1].
    interpolation
        One of `INTERPOLATIONS`.
    mode
        ``"shortest"`` resizes the shorter side; ``"squash"`` both sides, whatever the picture's.
    """

    resize: int | None = 256
    crop: int | None = 224
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    interpolation: str = "bilinear"
    mode: str = "shortest"

    @property
    def channels(self) -> int:
        """3, or 1 for a network that takes grey pictures."""
        return len(self.mean)

    def apply(self, image: Image.Image) -> torch.Tensor:
        """Return a float32 tensor (channels, height, width); channels lie innermost in memory."""
        if self.channels == 1:
            image = image.convert("L")
        if self.resize is not None:
            mode = INTERPOLATIONS[self.interpolation]
            size = [self.resize] * (2 if self.mode == "squash" else 1)
            image = transforms.resize(image, size, interpolation=mode, antialias=True)
        if self.crop is not None:
            image = transforms.center_crop(image, [self.crop, self.crop])
        # Whole rows at a time: numpy is slow over an innermost axis of three.
        width = image.width * self.channels
        pixels = np.array(image, dtype=np.float32).reshape(image.height, width)
        pixels /= np.float32(255)
        pixels -= np.tile(np.array(self.mean, dtype=np.float32), image.width)
        pixels /= np.tile(np.array(self.std, dtype=np.float32), image.width)
        shape = (image.height, image.width, self.channels)
        return torch.from_numpy(pixels.reshape(shape)).permute(2, 0, 1)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of it: a crop beyond the picture has a black border."""
        if self.resize is None or self.crop is None or self.crop <= self.resize:
            return ()
        return (
            f"preprocessing: crop {self.crop} is larger than resize {self.resize}, so pictures get "
            "a black border",
        )

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values; the usual mode goes without saying."""
        fields = asdict(self)
        if self.mode == "shortest":
            del fields["mode"]
        return fields

    def with_settings(self, settings: Mapping[str, Any], *, owner: str) -> "Preprocessing":
        """Return this preprocessing with some fields replaced by a study's settings.

        Parameters
        ----------
        settings
            Any of the fields. ``resize`` and ``crop`` of 0 leave that step out.
        owner
            What errors call the settings.

        Raises
        ------
        StudyError
            Naming the first field that is unknown or has an impossible value.
        """
        check_values(settings, _CHECKS, owner=owner)
        channels = {key: tuple(map(float, settings[key])) for key in CHANNELS if key in settings}
        sizes = {key: settings[key] or None for key in ("resize", "crop") if key in settings}
        changed = replace(self, **{**settings, **channels, **sizes})
        if len(changed.mean) != len(changed.std):
            raise StudyError(
                f"{owner}: expected as many numbers in mean as in std, found "
                f"{len(changed.mean)} and {len(changed.std)}"
            )
        return changed


def check_values(stated: Mapping[str, Any], checks: Checks, *, owner: str) -> None:
    """Refuse unknown settings and impossible values.

    Raises
    ------
    StudyError
        Naming the owner and the first setting that is refused.
    """
    for key, value in stated.items():
        if key not in checks:
            raise StudyError(f"{owner}: expected one of {', '.join(checks)}, found {key!r}")
        expected, fits = checks[key]
        if not fits(value):
            raise StudyError(f"{owner}: {key}: expected {expected}, found {value!r}")


def _is_size(value: Any) -> bool:
    return value is None or (type(value) is int and 0 <= value <= LARGEST)


def _is_triple(value: Any, least: float) -> bool:
    triple = isinstance(value, list | tuple) and len(value) in (1, 3)
    return triple and all(type(n) in (int, float) and least <= n <= 1e6 for n in value)


CHANNELS: Checks = MappingProxyType(
    {
        "mean": (
            "three numbers up to 1e6, or one for grey pictures",
            lambda value: _is_triple(value, -1e6),
        ),
        "std": (
            "three numbers from 1e-6 to 1e6, or one for grey pictures",
            lambda value: _is_triple(value, 1e-6),
        ),
    }
)
"""The settings with a number for each of red, green and blue, or one for grey."""
_CHECKS: Checks = MappingProxyType(
    {
        "resize": (f"a number of pixels up to {LARGEST:,}, or 0 for none", _is_size),
        "crop": (f"a number of pixels up to {LARGEST:,}, or 0 for none", _is_size),
        **CHANNELS,
        "mode": ("shortest or squash", lambda value: value in ("shortest", "squash")),
        "interpolation": (
            f"one of {', '.join(INTERPOLATIONS)}",
            lambda value: value in list(INTERPOLATIONS),
        ),
    }
)
