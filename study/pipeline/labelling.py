"""From activations and features to the tables of one network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from study import labels, stability, truth
from study.dissection import Dissection, Layer
from study.names import dotted
from study.networks import Network
from study.pipeline.inputs import Inputs
from study.pipeline.scoring import Scorer, best_labels
from study.progress import Advance, Progress
from study.top_images import ranked_images

Activations = npt.NDArray[np.float32]

_ALWAYS = ("layer", "unit", "dead", "similarity")
"""Columns that a dead unit has as well."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The finished tables of one network.

    Attributes
    ----------
    dissection
        What ``descriptions.csv`` holds: a label for every unit, as the published method gives it.
    labels
        What ``labels.csv`` holds.
    sensitivity
        Labels under further values of ``top_k``; None where none was asked for.
    classes
        The known answer: a classifier's class units and their labels; None where not known.
    resamples
        What ``resamples.csv`` holds: layer to one list of labels per resample, "" for dead units.
    """

    dissection: Dissection
    labels: pd.DataFrame
    sensitivity: pd.DataFrame | None
    classes: pd.DataFrame | None
    resamples: Mapping[str, list[list[str]]]


@dataclass(frozen=True, slots=True)
class Labeller:
    """Labels the units of a study's networks.

    Attributes
    ----------
    inputs
        The open study.
    scorer
        Its similarity function and features.
    halves
        bool (2, images): two random halves of the probe; None where a half would be too small.
    counts
        int64 (resamples, images): the resamples of the probe.
    """

    inputs: Inputs
    scorer: Scorer
    halves: npt.NDArray[np.bool_] | None
    counts: npt.NDArray[np.int64]

    def tables(
        self, network: Network, activations: Mapping[str, Activations], progress: Progress
    ) -> Tables:
        """Return the tables of one network.

        Parameters
        ----------
        network
            The network; its dissected layers come before its class layer.
        activations
            Layer to float32 (images, units).
        progress
            Told about each layer and resample.
        """
        layers = network.layers[: len(network.settings.layers)]
        described, frames, resamples = [], [], {}
        work = len(layers) * (1 + len(self.counts))
        with progress.stage(f"labels of {network.name}", work, "labellings") as advance:
            for layer in layers:
                description, frame, drawn = self._layer(layer, activations[layer], advance)
                described.append(description)
                frames.append(frame)
                resamples[layer] = drawn
        dissection = Dissection(network.name, tuple(described))
        names = self.inputs.class_names.get(network.slug)
        return Tables(
            dissection,
            pd.concat(frames, ignore_index=True),
            self._sensitivity(dissection, activations),
            self._classes(activations[dotted(network.settings.class_layer)], names)
            if names
            else None,
            resamples,
        )

    def _layer(
        self, name: str, activations: Activations, advance: Advance
    ) -> tuple[Layer, pd.DataFrame, list[list[str]]]:
        words = self.inputs.concepts.words
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
        limit = self.inputs.study.measures.set_limit
        sure = stability.stability(drawn, best, set_limit=limit)
        return {
            "stability": sure.share,
            "set_size": sure.set_size,
            "confident": sure.confident.astype(np.int64),
        }

    def _halves(self, activations: Activations) -> list[tuple[str, ...]]:
        if self.halves is None:
            return []
        words = self.inputs.concepts.words
        return [
            best_labels(self.scorer.of_half(activations, half), words).descriptions
            for half in self.halves
        ]

    def _truth(
        self,
        activations: Activations,
        described: Sequence[str],
        halves: Sequence[Sequence[str]],
    ) -> dict[str, object]:
        table = self.inputs.probe.truth
        if table is None:
            return {}
        places = {
            word: None if column is None else table.columns.index(column)
            for word, column in table.words.items()
        }
        shown = truth.Shown(table.values, places)
        seed = self.inputs.study.measures.seed
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
        values = [k for k in self.inputs.study.measures.sensitivity if k != self.scorer.top_k]
        if self.scorer.top_k is None or not values:
            return None
        frames = []
        for value in values:
            for layer in dissection.layers:
                given = activations[layer.name]
                scores = self.scorer.of_activations(given, top_k=value)
                best = best_labels(scores, self.inputs.concepts.words)
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
        """Label the class units; a class whose name is no concept has no rank."""
        words = self.inputs.concepts.words
        scores = self.scorer.of_activations(activations)
        places = {word: index for index, word in enumerate(words)}
        ranks = []
        for unit, name in enumerate(names):
            place = places.get(name)
            above = None if place is None else int((scores[unit] > scores[unit, place]).sum())
            ranks.append(None if above is None else above + 1)
        return pd.DataFrame(
            {
                "unit": np.arange(len(names)),
                "class": list(names),
                "label": best_labels(scores, words).descriptions,
                "rank": pd.array(ranks, dtype="Int64"),
            }
        )


def _without_dead(frame: pd.DataFrame, dead: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Return the table with nothing said of dead units but that they are dead."""
    frame = frame.astype({column: labels.COLUMNS[column] for column in frame.columns})
    for column in frame.columns:
        if column not in _ALWAYS:
            frame.loc[dead, column] = "" if labels.COLUMNS[column] == "str" else pd.NA
    return frame
