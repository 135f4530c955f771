"""Scores one layer: similarities of its units, and the concepts that they give as labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from study import similarity
from study.errors import StudyError
from study.labelling.top_images import (
    TOPS,
    blocks_of_units,
    ranked_images,
    tops_of_resamples,
)
from study.progress import Advance
from study.similarity.information import information, most_informed, scores_of_top
from study.similarity.scores import CosineScores

TOGETHER = 10
"""Resamples scored in one pass over the concepts; progress advances by as many."""

_ALIASES = MappingProxyType({"scale": "a"})
"""The sharpness of the softmax has one letter in the published code."""


@dataclass(frozen=True, slots=True, eq=False)
class BestLabels:
    """The best concept of every unit of a layer; each field has one entry per unit.

    The top images of a dead unit are an arbitrary choice among ties, and so is its description.
    """

    indices: npt.NDArray[np.int64]
    descriptions: tuple[str, ...]  # the words of `indices`, as CLIP-Dissect writes them
    similarities: npt.NDArray[Any]  # in the precision of the scores
    runner_up: tuple[str, ...]  # the second best concept; "" where there is one concept only
    margins: npt.NDArray[np.float64]  # best minus second similarity; NaN for one concept only


def best_labels(scores: npt.NDArray[np.floating], words: Sequence[str]) -> BestLabels:
    """Choose each unit's concept of highest similarity; of equal ones, the first in the list.

    Parameters
    ----------
    scores
        Shape (units, concepts), finite.
    words
        The concepts.

    Raises
    ------
    StudyError
        If the shapes do not agree, or a similarity is not finite.

    Examples
    --------
    >>> best = best_labels(np.array([[0.5, 2.0, 1.5]]), ["dog", "cat", "grass"])
    >>> best.descriptions, best.runner_up, best.margins.tolist()
    (('cat',), ('grass',), [0.5])
    """
    if scores.ndim != 2 or scores.shape[1] != len(words) or 0 in scores.shape:
        raise StudyError(
            f"expected similarities of shape (units, {len(words)}), found {scores.shape}"
        )
    if not (finite := np.isfinite(scores).all(axis=1)).all():
        raise StudyError(f"expected finite similarities, found others in unit {finite.argmin()}")
    units, best = np.arange(len(scores)), scores.argmax(axis=1)
    values = scores[units, best]
    runner_up, margins = ("",) * len(scores), np.full(len(scores), np.nan)
    if len(words) > 1:
        others = scores.copy()
        others[units, best] = -np.inf
        second = others.argmax(axis=1)
        runner_up = tuple(words[index] for index in second)
        margins = values.astype(np.float64) - scores[units, second]
    return BestLabels(best, tuple(words[index] for index in best), values, runner_up, margins)


def leading(scores: npt.NDArray[np.floating], count: int) -> npt.NDArray[np.int64]:
    """Return each unit's concepts of highest similarity, of equal ones the first in the list.

    Parameters
    ----------
    scores
        Shape (units, concepts), finite.
    count
        How many; all, in order, if there are fewer.

    Returns
    -------
    numpy.ndarray
        int64 (units, count), the highest first.

    Examples
    --------
    >>> leading(np.array([[0.5, 2.0, 1.5, 2.0]]), 3).tolist()
    [[1, 3, 2]]
    """
    left, units, found = scores.copy(), np.arange(len(scores)), []
    for _ in range(min(count, scores.shape[1])):
        found.append(left.argmax(axis=1))
        left[units, found[-1]] = -np.inf
    return np.stack(found, axis=1)


@dataclass(frozen=True, slots=True)
class Scorer:
    """The study's similarity function, with its settings and the features it scores from."""

    function: str  # a name in `study.similarity.SIMILARITY_FUNCTIONS`
    settings: Mapping[str, Any]  # all of them, as `resolved_settings` returns them
    image_features: Tensor  # float32 (needed, width)
    rows: np.ndarray  # int64 (images,): an image's row in `image_features`, -1 if it has none
    concept_features: Tensor  # float32 (concepts, width)
    ties: str = "index"  # one of `study.inputs.settings.TIES`

    @property
    def top_k(self) -> int | None:
        """How many images of a unit count; None if all do."""
        looks_at_top = self.function in similarity.NEEDS_TOP_IMAGES_ONLY
        return int(self.settings["top_k"]) if looks_at_top else None

    def of_activations(self, activations: np.ndarray, *, top_k: int | None = None) -> np.ndarray:
        """Return the similarities of a layer, float32 (units, concepts), from (images, units).

        `top_k` replaces the number of a unit's images in the settings.
        """
        if self.top_k is not None:
            return self.of_top_images(TOPS[self.ties](activations, top_k or self.top_k))
        return self.of_images(activations, np.arange(len(activations)))

    def of_top_images(self, top: np.ndarray) -> np.ndarray:
        """Return the similarities of a layer, (units, concepts), from its (units, top_k) images.

        Raises
        ------
        StudyError
            If the features of one of these images were not computed.
        """
        scores = information(*self._scores(top), **self._weights)
        return np.asarray(scores.cpu().numpy())

    def uncorrected(
        self, activations: np.ndarray, *, top_k: int | None = None
    ) -> tuple[np.ndarray, float]:
        """Return scores before the correction for what a layer's units share, and its weight.

        Parameters
        ----------
        activations
            float32 (images, units).
        top_k
            Replaces the number of a unit's images in the settings.

        Returns
        -------
        information : numpy.ndarray
            float32 (units, concepts); a unit's row does not depend on the other units.
        lam : float
            Weight of the correction; 0 for functions without one.
        """
        if self.top_k is None:
            return self.of_activations(activations), 0.0
        top = TOPS[self.ties](activations, top_k or self.top_k)
        return self.of_sets(top), float(self.settings["lam"])

    def of_sets(self, sets: np.ndarray) -> np.ndarray:
        """Return the uncorrected scores of sets of images, (sets, top_k), the strongest first."""
        scores = information(*self._scores(sets), **{**self._weights, "lam": 0.0})
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
            (resamples, images), whole numbers or booleans: how often each image was drawn.
        advance
            Called with the number of resamples done since the last call.

        Returns
        -------
        numpy.ndarray
            int64 (resamples, units): indices of concepts, the first of equal ones.
        """
        parts = [np.empty((0, activations.shape[1]), dtype=np.int64)]
        if self.top_k is None:
            for count in counts:
                drawn = np.repeat(np.arange(len(count)), count.astype(np.int64))
                parts.append(self.of_images(activations, drawn).argmax(axis=1)[None])
                advance(1)
            return np.concatenate(parts)
        found = tops_of_resamples(activations, counts, self.top_k)
        for start in range(0, len(counts), TOGETHER):
            tops = found[start : start + TOGETHER]
            parts.append(most_informed(*self._scores(tops), **self._weights).cpu().numpy())
            advance(len(tops))
        return np.concatenate(parts)

    def of_images(self, activations: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """Return the similarities from some images alone, given by their indices."""
        if self.top_k is not None:
            shown = [
                chosen[ranked_images(activations[chosen, block])[:, : self.top_k]]
                for block in blocks_of_units(activations)
            ]
            return self.of_top_images(np.concatenate(shown))
        function = similarity.SIMILARITY_FUNCTIONS[self.function]
        scores = function(
            self.image_features[torch.from_numpy(self.rows[chosen])],
            self.concept_features,
            torch.from_numpy(activations[chosen]).to(self.image_features.device),
            **self.settings,
        )
        return np.asarray(scores.cpu().numpy())

    @property
    def _weights(self) -> dict[str, Any]:
        """The settings of the sum over top images: all but their number."""
        return {name: value for name, value in self.settings.items() if name != "top_k"}

    def _scores(self, tops: np.ndarray) -> tuple[CosineScores, Tensor]:
        """Return P of the images in `tops`, and `tops` as rows of it."""
        rows = self.rows[tops]
        if (rows < 0).any():
            raise StudyError("expected features of every top image, found images without them")
        return scores_of_top(self.image_features, self.concept_features, torch.from_numpy(rows))


def resolved_settings(function: str, stated: Mapping[str, int | float]) -> dict[str, Any]:
    """Return all settings of a similarity function: those stated, else the published ones.

    Raises
    ------
    StudyError
        If a stated setting is unknown or stated twice, or `top_k` is not a whole number.
    """
    known = similarity.DEFAULTS[function]
    for alias, name in _ALIASES.items():
        if alias in stated and name in stated:
            raise _unfit(name, f"it once, found {alias!r} as well")
    stated = {_ALIASES.get(name, name): value for name, value in stated.items()}
    for name in stated:
        if name not in known:
            raise _unfit(name, f"a setting of {function}: {', '.join(known)}")
    if not isinstance(stated.get("top_k", 1), int):
        raise _unfit("top_k", f"a whole number, found {stated['top_k']}")
    return {**known, **stated}


def _unfit(name: str, expected: str) -> StudyError:
    return StudyError(f"[dissection.settings] {name}: expected {expected}")
