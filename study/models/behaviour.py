"""Behaviour: digests of what functions and networks give for fixed pictures.

Source code and plain attributes do not say all that a function computes: it may read a global, a
default argument, a hook. What it gives does. These digests tell stored arrays apart; one that
changes although nothing did costs a computation and nothing else.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np
import torch
from PIL import Image

_SIZES = ((97, 61), (64, 64), (33, 120))
"""Widths and heights of the fixed pictures: wide, square, high."""


@cache
def pictures() -> tuple[Image.Image, ...]:
    """Return a few fixed RGB pictures of noise over gradients, of different shapes."""
    drawn, noise = [], np.random.default_rng(0)
    for width, height in _SIZES:
        rows, columns = np.mgrid[0:height, 0:width]
        ramps = np.stack([255 * rows / height, 255 * columns / width, rows + columns], axis=2)
        values = ramps + noise.normal(0, 24, ramps.shape)
        drawn.append(Image.fromarray(np.clip(values, 0, 255).astype(np.uint8)))
    return tuple(drawn)


def of_function(function: Callable[[Image.Image], torch.Tensor]) -> str:
    """Return the digest of what a function of a picture gives; empty if it refuses the pictures."""
    total = hashlib.sha256()
    for picture in pictures():
        try:
            given = function(picture.copy())
            values = given.detach().cpu().contiguous()
            total.update(repr((tuple(values.shape), str(values.dtype))).encode())
            total.update(values.float().numpy().tobytes())
        except Exception:
            return ""
    return total.hexdigest()


def noise(shape: Sequence[int]) -> torch.Tensor:
    """Return fixed noise from 0 to 1, shape (1, channels, height, width) for that of an image."""
    return torch.rand((1, *shape), generator=torch.Generator().manual_seed(0))


def of_rows(rows: Mapping[str, torch.Tensor]) -> str:
    """Return the digest of what a network's layers give, e.g. for `noise`."""
    total = hashlib.sha256()
    for layer, values in rows.items():
        total.update(layer.encode() + values.detach().cpu().float().numpy().tobytes())
    return total.hexdigest()


def of_features(features: Sequence[torch.Tensor]) -> str:
    """Return a digest of features that does not depend on their last digits.

    A few fixed projections, to three digits: the same encoder on another machine has the same,
    nearly always; one with other weights has another.
    """
    total = hashlib.sha256()
    for part in features:
        values = part.detach().cpu().double().flatten().numpy()
        signs = np.random.default_rng(values.size).choice((-1.0, 1.0), (_PROJECTIONS, values.size))
        scale = float(np.linalg.norm(values)) or 1.0
        shown = " ".join(f"{number:.3g}" for number in signs @ values)
        total.update(f"{values.size} {scale:.3g} {shown}".encode())
    return total.hexdigest()


_PROJECTIONS = 16
