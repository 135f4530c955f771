"""Truth encoder: what images are known to show, in the place of an image-text model.

Network Dissection names units by annotations of the images. Here a table of truth, images by
concepts, is laid out as features whose cosine is that truth: all five similarity functions work on
it unchanged.

References
----------
D. Bau et al., "Network Dissection: Quantifying Interpretability of Deep Visual Representations",
CVPR 2017.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from study.errors import StudyError
from study.inputs.truth_table import TruthTable
from study.models.preprocessing import Preprocessing

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NoPictures:
    """The preprocessing of an encoder that looks at no picture."""

    def apply(self, image: Image.Image) -> torch.Tensor:
        """Return a picture as a network would see it; for estimates of time alone."""
        return Preprocessing().apply(image)

    def to_json(self) -> dict[str, Any]:
        """Return nothing: no setting changes what a table says."""
        return {}


@dataclass(frozen=True, slots=True, eq=False)
class TruthEncoder:
    """A truth table as an encoder of its images and concepts.

    The cosine of an image's feature with a concept's is their truth divided by `length`, the length
    of the longest row: a further number fills each row up to it. `sharpened` makes up for it.
    """

    shown: Floats  # (images, concepts), from 0 to 1
    words: tuple[str, ...]
    sha256: str
    length: float
    device: torch.device
    preprocessing: NoPictures = NoPictures()
    model_name: str = "truth table"
    configuration: str = "truth"
    tokenizer: None = None

    @classmethod
    def of(cls, table: TruthTable, words: Sequence[str], *, device: torch.device) -> "TruthEncoder":
        """Make an encoder of the columns that decide some concepts.

        Raises
        ------
        StudyError
            If the table decides nothing about a concept.
        """
        columns = []
        for word in words:
            column = table.words.get(word)
            if column is None:
                raise StudyError(
                    f'[encoder] kind = "truth": the truth table says nothing about {word!r}: add a '
                    "column, or leave the concept out"
                )
            columns.append(table.columns.index(column))
        shown = np.ascontiguousarray(table.grades[:, columns], dtype=np.float32)
        lengths = np.sqrt((shown.astype(np.float64) ** 2).sum(axis=1))
        digest = hashlib.sha256(repr(tuple(words)).encode() + shown.tobytes()).hexdigest()
        return cls(shown, tuple(words), digest, float(max(lengths.max(), 1.0)), device)

    @property
    def width(self) -> int:
        """Numbers in a feature."""
        return len(self.words) + 1

    def image_features(self, images: npt.NDArray[np.int64]) -> Floats:
        """Return the features of some images of the probe, float32 (images, width)."""
        rows = self.shown[images].astype(np.float64)
        rest = np.sqrt(np.maximum(self.length**2 - (rows**2).sum(axis=1), 0))
        return np.concatenate([rows, rest[:, None]], axis=1).astype(np.float32)

    def concept_features(self) -> Floats:
        """Return the features of the concepts, float32 (concepts, width)."""
        return np.eye(len(self.words), self.width, dtype=np.float32)

    def sharpened(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Return settings of a similarity function for which the cosine is the truth itself."""
        scaled = {"a": settings["a"] * self.length} if "a" in settings else {}
        return settings | scaled
