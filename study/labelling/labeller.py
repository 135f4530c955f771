"""Labeller: describes the units of a network, with everything measured about each label."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from study.dissection import labels
from study.dissection.table import Dissection, Layer
from study.inputs.settings import MeasureSettings
from study.inputs.truth_table import TruthTable
from study.labelling import stability, truth
from study.labelling.scoring import Scorer, best_labels
from study.labelling.top_images import ranked_images
from study.models.networks import Network
from study.progress import Advance, Progress

Activations = npt.NDArray[np.float32]

_ALWAYS = ("layer", "unit", "dead", "similarity")
"""Columns that dead units have too."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The finished tables of one network.

    Attributes
    ----------
    dissection
        The contents of ``descriptions.csv``: a label for every unit, by the published method.
    labels
        The contents of ``labels.csv``.
    sensitivity
        Labels under further values of ``top_k``; None where the study states none.
    classes
        Labels of a classifier's class units beside the classes' names; None without names.
    resamples
        The contents of ``resamples.csv``: layer to one list of labels per resample, "" for dead
        units.
    """

    dissection: Dissection
    labels: pd.DataFrame
    sensitivity: pd.DataFrame | None
    classes: pd.DataFrame | None
    resamples: Mapping[str, list[list[str]]]


@dataclass(frozen=True, slots=True)
class Labeller:
    """Labels the units of networks, with one similarity function and concept set.

    Attributes
    ----------
    scorer
        The similarity function, with the features of images and concepts.
    words
        The concepts.
    measures
        What is measured in addition to the labels.
    truth
        What the images are known to show; None where nothing is known.
    halves
        bool (2, images): two random halves of the probe; None where a half would be too small.
    counts
        int64 (resamples, images): the resamples of the probe.
    """

    scorer: Scorer
    words: tuple[str, ...]
    measures: MeasureSettings
    truth: TruthTable | None
    halves: npt.NDArray[np.bool_] | None
    counts: npt.NDArray[np.int64]

    def tables(
        self, network: Network, activations: Mapping[str, Activations], progress: Progress
    ) -> Tables:
        """Return the tables of one network.

        Parameters
        ----------
        network
            The network.
        activations
            Layer to float32 (images, units).
        progress
            Advanced by every layer and resample.
        """
        described, frames, resamples = [], [], {}
        work = len(network.dissected) * (1 + len(self.counts))
        with progress.stage(f"labels of {network.name}", work, "labellings") as advance:
            for layer in network.dissected:
                description, frame, drawn = self._layer(layer, activations[layer], advance)
                described.append(description)
                frames.append(frame)
                resamples[layer] = drawn
        dissection = Dissection(network.name, tuple(described))
        classes = None
        if network.class_layer is not None:
            classes = self._classes(activations[network.class_layer], network.class_names)
        return Tables(
            dissection,
            pd.concat(frames, ignore_index=True),
            self._sensitivity(dissection, activations),
            classes,
            resamples,
        )

    def _layer(
        self, name: str, activations: Activations, advance: Advance
    ) -> tuple[Layer, pd.DataFrame, list[list[str]]]:
        words = self.words
        dead = activations.max(axis=0) == activations.min(axis=0)
        scores = self.scorer.of_activations(activations)
        best = best_labels(scores, words)
        advance(1)
        columns: dict[str, object] = {
            "layer": name,
            "unit": np.arange(len(dead)),
            "label": best.descriptions,
            "similarity": best.similarities,
            "runner_up": best.runner_up,
            "margin": best.margins,
            "dead": dead.astype(np.int64),
        }
        drawn = self.scorer.labels_of_resamples(activations, self.counts, advance)
        columns |= self._stability(drawn, best.indices)
        halves = self._halves(activations)
        if halves:
            columns |= {"half_a": halves[0], "half_b": halves[1]}
        columns |= self._truth(activations, best.descriptions, halves)
        frame = _without_dead(pd.DataFrame(columns), dead)
        texts = [["" if d else words[i] for i, d in zip(row, dead, strict=True)] for row in drawn]
        return Layer(name, best.descriptions, best.similarities), frame, texts

    def _stability(
        self, drawn: npt.NDArray[np.int64], best: npt.NDArray[np.int64]
    ) -> dict[str, object]:
        if not len(drawn):
            return {}
        sure = stability.stability(drawn, best, set_limit=self.measures.set_limit)
        return {
            "stability": sure.share,
            "set_size": sure.set_size,
            "confident": sure.confident.astype(np.int64),
        }

    def _halves(self, activations: Activations) -> list[tuple[str, ...]]:
        if self.halves is None:
            return []
        return [
            best_labels(self.scorer.of_half(activations, half), self.words).descriptions
            for half in self.halves
        ]

    def _truth(
        self,
        activations: Activations,
        described: Sequence[str],
        halves: Sequence[Sequence[str]],
    ) -> dict[str, object]:
        table = self.truth
        if table is None:
            return {}
        columns_of = {
            word: None if column is None else table.columns.index(column)
            for word, column in table.words.items()
        }
        shown = truth.Shown(table.values, columns_of)
        seed = self.measures.seed
        columns: dict[str, object] = {
            "category": [table.categories.get(label, "") for label in described]
        }
        top_k = self.scorer.top_k or min(100, len(activations))
        top = ranked_images(activations)[:, :top_k]
        columns |= truth.in_sample(top, described, shown, seed=seed)
        if halves and self.halves is not None:
            columns |= truth.held_out(activations, self.halves, halves, shown, seed=seed)
        return columns

    def _sensitivity(
        self, dissection: Dissection, activations: Mapping[str, Activations]
    ) -> pd.DataFrame | None:
        """Label every unit again with other values of ``top_k``."""
        values = [k for k in self.measures.sensitivity if k != self.scorer.top_k]
        if self.scorer.top_k is None or not values:
            return None
        frames = []
        for value in values:
            for layer in dissection.layers:
                given = activations[layer.name]
                scores = self.scorer.of_activations(given, top_k=value)
                best = best_labels(scores, self.words)
                right = self._truth(given, best.descriptions, [])
                frames.append(
                    pd.DataFrame(
                        {
                            "setting": "top_k",
                            "value": value,
                            "layer": layer.name,
                            "unit": np.arange(len(best.descriptions)),
                            "label": best.descriptions,
                            "similarity": best.similarities,
                            "precision": right.get("precision", np.nan),
                        }
                    )
                )
        return pd.concat(frames, ignore_index=True)

    def _classes(self, activations: Activations, names: Sequence[str]) -> pd.DataFrame:
        """Label the class units. A class whose name is not a concept has no rank."""
        scores = self.scorer.of_activations(activations)
        columns = {word: index for index, word in enumerate(self.words)}
        ranks = []
        for unit, name in enumerate(names):
            column = columns.get(name)
            above = None if column is None else int((scores[unit] > scores[unit, column]).sum())
            ranks.append(None if above is None else above + 1)
        return pd.DataFrame(
            {
                "unit": np.arange(len(names)),
                "class": list(names),
                "label": best_labels(scores, self.words).descriptions,
                "rank": pd.array(ranks, dtype="Int64"),
            }
        )


def _without_dead(frame: pd.DataFrame, dead: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Return the table with everything but the deadness of dead units left out."""
    frame = frame.astype({column: labels.COLUMNS[column] for column in frame.columns})
    for column in frame.columns:
        if column not in _ALWAYS:
            frame.loc[dead, column] = "" if labels.COLUMNS[column] == "str" else pd.NA
    return frame
