"""Similarities of one layer's units, from features of only the images that decide them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from study import similarity, stability
from study.errors import StudyError
from study.progress import Advance

TOGETHER = 10
"""Resamples scored in one pass over the concepts; what is said of progress is as coarse."""


@dataclass(frozen=True, slots=True)
class Scorer:
    """The study's similarity function with its features at hand.

    Attributes
    ----------
    function
        Name in `study.similarity.SIMILARITY_FUNCTIONS`.
    settings
        All its settings, the published ones where the study states none.
    image_features
        float32 (needed, width).
    rows
        int64 (images,): an image's row in `image_features`, -1 where it has none.
    concept_features
        float32 (concepts, width).
    ties
        One of `study.settings.TIES`.
    """

    function: str
    settings: Mapping[str, Any]
    image_features: torch.Tensor
    rows: np.ndarray
    concept_features: torch.Tensor
    ties: str = "index"

    @property
    def top_k(self) -> int | None:
        """How many images of a unit count; None where all do."""
        if self.function not in similarity.NEEDS_TOP_IMAGES_ONLY:
            return None
        return int(self.settings["top_k"])

    def of_activations(self, activations: np.ndarray, **changes: Any) -> np.ndarray:
        """Return the similarities of a layer.

        Parameters
        ----------
        activations
            float32 (images, units).
        **changes
            Settings to use instead of the study's, e.g. ``top_k=100``.

        Returns
        -------
        numpy.ndarray
            float32 (units, concepts).
        """
        if self.top_k is not None:
            top_k = int(changes.get("top_k", self.top_k))
            return self.of_top_images(TOPS[self.ties](activations, top_k), **changes)
        return self.of_images(activations, np.arange(len(activations)))

    def of_top_images(self, top: np.ndarray, **changes: Any) -> np.ndarray:
        """Return the similarities of a layer whose units' top images are known.

        Parameters
        ----------
        top
            int64 (units, top_k): images, the strongest first.

        Returns
        -------
        numpy.ndarray
            float32 (units, concepts).

        Raises
        ------
        StudyError
            If an image is among them whose features were not computed.
        """
        function = similarity.TOP_FUNCTIONS[self.function]
        scores = function(
            self.image_features,
            self.concept_features,
            torch.from_numpy(self._rows(top)),
            **{**self.settings, **changes, "top_k": top.shape[1]},
        )
        return np.asarray(scores.cpu().numpy())

    def labels_of_resamples(
        self, activations: np.ndarray, counts: np.ndarray, advance: Advance
    ) -> np.ndarray:
        """Return the concept of highest similarity in each resample of the probe.

        Parameters
        ----------
        activations
            float32 (images, units).
        counts
            int64 (resamples, images): how often each image was drawn.
        advance
            Told about each resample.

        Returns
        -------
        numpy.ndarray
            int64 (resamples, units): places in the concept set, the first of equals.
        """
        parts = [np.empty((0, activations.shape[1]), dtype=np.int64)]
        if self.top_k is None:
            for count in counts:
                drawn = np.repeat(np.arange(len(count)), count)
                parts.append(self.of_images(activations, drawn).argmax(axis=1)[None])
                advance(1)
            return np.concatenate(parts)
        ranked = stability.ranked_images(activations)
        for start in range(0, len(counts), TOGETHER):
            tops = [
                stability.top_of_resample(ranked, count, self.top_k)
                for count in counts[start : start + TOGETHER]
            ]
            best = similarity.best_concepts(
                self.function,
                self.image_features,
                self.concept_features,
                torch.from_numpy(self._rows(np.stack(tops))),
                **self.settings,
            )
            parts.append(best.cpu().numpy())
            advance(len(tops))
        return np.concatenate(parts)

    def of_half(self, activations: np.ndarray, half: np.ndarray) -> np.ndarray:
        """Return the similarities from the images of a mask, float32 (units, concepts)."""
        chosen = np.flatnonzero(half)
        if self.top_k is not None:
            top = stability.ranked_images(activations[chosen])[:, : self.top_k]
            return self.of_top_images(chosen[top])
        return self.of_images(activations, chosen)

    def _rows(self, images: np.ndarray) -> np.ndarray:
        rows = self.rows[images]
        if (rows < 0).any():
            raise StudyError("expected features of every top image, found images without them")
        return np.asarray(rows)

    def of_images(self, activations: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """Return the similarities from some images, for a function to which all images count."""
        function = similarity.SIMILARITY_FUNCTIONS[self.function]
        scores = function(
            self.image_features[torch.from_numpy(self.rows[chosen])],
            self.concept_features,
            torch.from_numpy(activations[chosen]).to(self.image_features.device),
            **self.settings,
        )
        return np.asarray(scores.cpu().numpy())


def _published_top(activations: np.ndarray, top_k: int) -> np.ndarray:
    return np.asarray(torch.topk(torch.from_numpy(activations), top_k, dim=0).indices.T.numpy())


TOPS: Mapping[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "index": lambda activations, top_k: stability.ranked_images(activations)[:, :top_k],
    "published": _published_top,
}
"""How a layer's top images, int64 (units, top_k), are chosen from float32 (images, units)."""


_ALIASES = {"scale": "a"}
"""The sharpness of the softmax has one letter in the published code."""


def resolved_settings(function: str, stated: Mapping[str, int | float]) -> dict[str, Any]:
    """Return all settings of a similarity function: the stated ones over the published ones.

    Raises
    ------
    StudyError
        If a setting is stated that the function does not have, or part of an image is to count.
    """
    known = similarity.DEFAULTS[function]
    for alias, name in _ALIASES.items():
        if alias in stated and name in stated:
            raise StudyError(
                f"[dissection.settings] {name}: expected it once, found it as {alias!r} as well"
            )
    stated = {_ALIASES.get(name, name): value for name, value in stated.items()}
    for name in stated:
        if name not in known:
            raise StudyError(
                f"[dissection.settings] {name}: expected a setting of {function}: "
                f"{', '.join(known)}"
            )
    if not isinstance(stated.get("top_k", 1), int):
        raise StudyError(
            f"[dissection.settings] top_k: expected whole images, found {stated['top_k']}"
        )
    return {**known, **stated}
