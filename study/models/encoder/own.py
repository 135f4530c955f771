"""Own encoder: any object that embeds images and words, in the place of an open_clip model."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from study.errors import StudyError
from study.models.behaviour import of_features, pictures
from study.models.pieces import Room, memory_named, run_pieces
from study.models.preparation import preparation_of

_CUT = 256
"""Words that are embedded at once."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnEncoder:
    """An object with ``encode_images``, ``encode_concepts`` and ``preprocessing``."""

    given: Any
    preprocessing: Any
    model_name: str
    sha256: str  # as the object states it; empty if it does not
    width: int
    device: torch.device
    configuration: str
    """Tells stored features apart: those of an object without a digest are not found again."""
    digest_of: str = ""  # "features" where those stand for weights that it states no digest of
    tokenizer: Any = None
    most: int | None = None
    room: Room = field(default_factory=Room)

    @classmethod
    def of(cls, given: Any, *, device: torch.device) -> "OwnEncoder":
        """Look at an object, and embed one word with it.

        Raises
        ------
        StudyError
            If it lacks one of the three attributes, or its features have another shape.
        """
        wanted = ("encode_images", "encode_concepts", "preprocessing")
        if lacking := [name for name in wanted if not hasattr(given, name)]:
            raise StudyError(
                f"encoder: expected an object with {', '.join(wanted)}, found "
                f"{type(given).__name__} without {', '.join(lacking)}"
            )
        preprocessing = given.preprocessing
        if not (hasattr(preprocessing, "apply") and hasattr(preprocessing, "to_json")):
            preprocessing = preparation_of(preprocessing)
        features = _features(given.encode_concepts(["a word"]), 1, "encode_concepts")
        return cls(
            given,
            preprocessing,
            str(getattr(given, "name", "") or type(given).__name__),
            str(getattr(given, "sha256", "") or ""),
            features.shape[1],
            device,
            "" if getattr(given, "sha256", "") else uuid.uuid4().hex,
        )

    def observed(self, words: Sequence[str]) -> "OwnEncoder":
        """Return this with a digest of some of its features, unless it states one of its own."""
        if self.sha256:
            return self
        prepared = [self.preprocessing.apply(picture) for picture in pictures()]
        seen = [self.encode_images(image[None]) for image in prepared]
        seen.append(self.encode_concepts(list(words[:_CUT])))
        return replace(self, sha256=of_features(seen), digest_of="features")

    def encode_images(self, images: Tensor) -> Tensor:
        """Return the features of preprocessed images, float32 (images, width)."""
        encode, module = self.given.encode_images, torch.nn.Identity()
        with memory_named("encoder"):
            parts = run_pieces(images, module, encode, most=self.most, room=self.room)
            found = [_features(part, None, "encode_images")[:count] for part, count in parts]
        return torch.cat(found)

    def encode_concepts(
        self, words: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> Tensor:
        """Return the features of words, float32 (concepts, width)."""
        parts = []
        for start in range(0, len(words), _CUT):
            some = list(words[start : start + _CUT])
            parts.append(_features(self.given.encode_concepts(some), len(some), "encode_concepts"))
            if progress is not None:
                progress(len(some))
        return torch.cat(parts)


def _features(found: Any, rows: int | None, method: str) -> Tensor:
    features = torch.as_tensor(found).detach().float()
    if features.ndim != 2 or rows not in (None, len(features)):
        raise StudyError(
            f"encoder: expected {method} to return (rows, width), one row each, found shape "
            f"{tuple(features.shape)}"
        )
    return features
