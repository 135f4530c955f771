"""Pixels: what a network saw of an image, and the same as WebP."""

import hashlib
import io
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from study.models.networks import Network
from study.models.preprocessing import Preprocessing

Tile = npt.NDArray[np.uint8]
QUALITY, _METHOD = 70, 2
"""The quality of a WebP from 0 to 100, and the encoder's effort from 0 to 6."""


def seen(batch: torch.Tensor, network: Network) -> Tile:
    """Undo the normalisation of a batch: uint8 (images, height, width, 3).

    What a user's own function did to a picture is not known: its values are stretched to 0 to 255.
    """
    if not isinstance(network.preprocessing, Preprocessing):
        low, high = batch.amin((1, 2, 3), keepdim=True), batch.amax((1, 2, 3), keepdim=True)
        shares = (batch - low) / (high - low).clamp(min=1e-12)
        return _bytes(shares[:, :3] if shares.shape[1] >= 3 else shares[:, :1])
    mean = torch.tensor(network.preprocessing.mean).view(1, -1, 1, 1)
    std = torch.tensor(network.preprocessing.std).view(1, -1, 1, 1)
    return _bytes((batch.float() * std + mean).clamp(0, 1))


def _bytes(shares: torch.Tensor) -> Tile:
    """Return shares from 0 to 1, (images, 3 or 1, height, width), as pixels of three colours."""
    pixels = (shares * 255).expand(-1, 3, -1, -1)
    return pixels.round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()


@dataclass(frozen=True, slots=True)
class WebPs:
    """Pictures as WebP, each encoded once although several networks saw it."""

    known: dict[bytes, bytes] = field(default_factory=dict)  # by the digest of shape and pixels

    def of(self, pixels: Tile) -> bytes:
        """Return a picture, uint8 (height, width, 3), as WebP of the quality `QUALITY`."""
        key = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).digest()
        if key not in self.known:
            data = io.BytesIO()
            Image.fromarray(pixels).save(data, "WEBP", quality=QUALITY, method=_METHOD)
            self.known[key] = data.getvalue()
        return self.known[key]
