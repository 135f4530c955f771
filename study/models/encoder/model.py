"""Encoder: the loaded image-text model, which turns images and words into features."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from study.errors import StudyError
from study.models.encoder import text
from study.models.encoder.images import ImagePreprocessing
from study.models.pieces import Room, memory_named, run_pieces
from study.models.speed import DTYPES


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """An image-text model in eval mode, with the preprocessing that its weights expect."""

    module: nn.Module  # the open_clip model
    tokenizer: Any  # words to int64 (words, context)
    preprocessing: ImagePreprocessing
    model_name: str  # the architecture, as the manifest names it
    sha256: str  # digest of the weights in float32, see `study.models.checkpoints.digest`
    configuration: str
    """Digest of what else determines features, except preprocessing and precision: the model's
    settings and the tokenizer's tokens. Encoders of equal name and weights may differ in it."""
    width: int  # numbers in a feature
    device: torch.device
    precision: str = "float32"  # of weights and activations; features are always float32
    most: int | None = None
    """The most images that another device than the CPU computes at once; 64 if None."""
    room: Room = field(default_factory=Room)
    """What has been learnt about the memory."""

    def to(self, *, device: torch.device | str, precision: str = "float32") -> "Encoder":
        """Return the encoder on a device, with weights and activations of one precision.

        The module is moved, not copied. In bfloat16 both weights and activations are cast (no
        autocast), to about 3 significant digits; a cast back to float32 does not restore them.

        Raises
        ------
        StudyError
            If the precision is neither float32 nor bfloat16.
        """
        if precision not in DTYPES:
            raise StudyError(
                f"encoder: expected precision {' or '.join(DTYPES)}, found {precision!r}"
            )
        device = torch.device(device)
        with memory_named("encoder"):
            self.module.to(device=device, dtype=DTYPES[precision])
            self.module.to(memory_format=torch.channels_last)
        return replace(self, device=device, precision=precision)

    def encode_images(self, images: Tensor) -> Tensor:
        """Return the features of preprocessed images, not normalised.

        Parameters
        ----------
        images
            float32 (images, 3, height, width).

        Returns
        -------
        torch.Tensor
            float32 (images, width), on the encoder's device.
        """
        dtype, layout = DTYPES[self.precision], torch.channels_last
        batch = images.to(device=self.device, dtype=dtype, memory_format=layout)
        module: Any = self.module
        room = self.room
        with torch.inference_mode(), memory_named("encoder"):
            parts = run_pieces(batch, module, module.encode_image, most=self.most, room=room)
            return torch.cat([features[:count] for features, count in parts]).float()

    def encode_concepts(
        self, words: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> Tensor:
        """Return the features of words or phrases as they are, without a prompt, not normalised.

        A text longer than the model's context (77 tokens for CLIP) loses its end, as in open_clip.

        Parameters
        ----------
        words
            At least one.
        progress
            Called with the number of words done since the last call.

        Returns
        -------
        torch.Tensor
            float32 (concepts, width), on the encoder's device.

        Raises
        ------
        StudyError
            If there are no words.
        """
        if not words:
            raise StudyError("encoder: expected at least one concept, found none")
        tokens = self.tokenizer(list(words)).to(self.device)
        with torch.inference_mode(), memory_named("encoder"):
            return text.encode(self.module, tokens, progress=progress, room=self.room)
