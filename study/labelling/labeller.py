"""Labeller: describes the units of a network, with everything measured about each label."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from study.dissection import labels
from study.dissection.null_table import NullTable
from study.dissection.table import Dissection, Layer
from study.inputs.settings import MeasureSettings
from study.inputs.truth_table import TruthTable
from study.labelling import significance, stability, truth
from study.labelling.scoring import Scorer, best_labels
from study.labelling.top_images import ranked_images
from study.models.networks import Network
from study.progress import Advance, Progress

Activations = npt.NDArray[np.float32]

_ALWAYS = ("layer", "unit", "dead", "similarity")
"""Columns that dead units have too."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The finished tables of one network."""

    dissection: Dissection  # descriptions.csv: a label for every unit, by the published method
    labels: pd.DataFrame  # labels.csv
    sensitivity: pd.DataFrame | None  # labels under further values of top_k, if the study has any
    classes: pd.DataFrame | None  # labels of class units beside the names of their classes, if any
    resamples: Mapping[str, list[list[str]]]  # resamples.csv: by layer, resample and unit
    null: NullTable = field(default_factory=dict)  # null.csv: its pairs with later networks


@dataclass(frozen=True, slots=True)
class Labeller:
    """Labels the units of networks, with one similarity function and concept set."""

    scorer: Scorer
    words: tuple[str, ...]
    measures: MeasureSettings  # what is measured in addition to the labels
    truth: TruthTable | None  # what the images show, where it is known
    halves: npt.NDArray[np.bool_] | None  # of the probe, (2, images); None if one were too small
    counts: npt.NDArray[np.int64]  # (resamples, images): how often each image was drawn
    random: npt.NDArray[np.float32] | None = None  # (sets, concepts): scores of random images

    def tables(
        self, network: Network, activations: Mapping[str, Activations], progress: Progress
    ) -> Tables:
        """Return the tables of one network, from float32 (images, units) of each layer."""
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
        columns |= self._significance(activations, dead)
        drawn = self.scorer.labels_of_resamples(activations, self.counts, advance)
        if len(drawn):
            columns |= stability.stability(drawn, best.indices, set_limit=self.measures.set_limit)
        halves = self._halves(activations)
        if halves:
            columns |= {"half_a": halves[0], "half_b": halves[1]}
        columns |= self._truth(activations, best.descriptions, halves)
        frame = _without_dead(pd.DataFrame(columns), dead)
        texts = [["" if d else words[i] for i, d in zip(row, dead, strict=True)] for row in drawn]
        return Layer(name, best.descriptions, best.similarities), frame, texts

    def _significance(
        self, activations: Activations, dead: npt.NDArray[np.bool_]
    ) -> dict[str, object]:
        if self.random is None:
            return {}
        scores, lam = self.scorer.uncorrected(activations)
        p = significance.p_of_units(scores, self.random, lam=lam)
        passes = np.zeros(len(dead), np.int64)
        passes[~dead] = significance.significant(p[~dead])
        return {"p_random": p, "significant": passes}

    def _halves(self, activations: Activations) -> list[tuple[str, ...]]:
        scores = [
            self.scorer.of_images(activations, np.flatnonzero(half))
            for half in (() if self.halves is None else self.halves)
        ]
        return [best_labels(half, self.words).descriptions for half in scores]

    def _truth(
        self,
        activations: Activations,
        described: Sequence[str],
        halves: Sequence[Sequence[str]],
    ) -> dict[str, object]:
        table = self.truth
        if table is None:
            return {}
        seed = self.measures.seed
        categories = [table.categories.get(label, "") for label in described]
        top = ranked_images(activations)[:, : self.scorer.top_k or 100]
        columns: dict[str, object] = {"category": categories}
        columns |= truth.in_sample(top, described, table, seed=seed)
        if halves and self.halves is not None:
            columns |= truth.held_out(activations, self.halves, halves, table, seed=seed)
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
                values_of_layer = activations[layer.name]
                scores = self.scorer.of_activations(values_of_layer, top_k=value)
                best = best_labels(scores, self.words)
                right = self._truth(values_of_layer, best.descriptions, [])
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
        ranks = [
            int((row > row[columns[name]]).sum()) + 1 if name in columns else None
            for row, name in zip(scores, names, strict=True)
        ]
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
