"""Labeller: describes the units of a network, with everything measured about each label."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from study.dissection import labels
from study.dissection.best_table import RANKS, Best
from study.dissection.families import Families
from study.dissection.neighbour_table import Neighbour
from study.dissection.null_table import NullTable
from study.dissection.pair_tables import Alignment, Match
from study.dissection.profile_table import Profile
from study.dissection.table import Dissection, Layer
from study.inputs.settings import MeasureSettings
from study.inputs.truth_table import TruthTable
from study.labelling import significance, stability, truth
from study.labelling.scoring import Scorer, best_labels, leading
from study.labelling.top_images import first_images
from study.models.networks import Network
from study.progress import Advance, Progress

Activations = npt.NDArray[np.float32]
Relabelled = Mapping[str, list[list[str]]]
"""Layer, resample or half, and unit to its label; "" for a dead unit."""

_ALWAYS = ("layer", "unit", "dead", "similarity")
"""Columns that dead units have too."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The finished tables of one network."""

    dissection: Dissection  # descriptions.csv: a label for every unit, by the published method
    labels: pd.DataFrame  # labels.csv
    sensitivity: pd.DataFrame | None  # labels under further values of top_k, if the study has any
    classes: pd.DataFrame | None  # labels of class units beside the names of their classes, if any
    resamples: Relabelled  # resamples.csv
    halves: Relabelled  # halves.csv
    best: tuple[Best, ...] = ()  # best.csv
    # Of its pairs with later networks: null.csv, matches.csv, alignment.csv.
    null: NullTable = field(default_factory=dict)
    matches: tuple[Match, ...] = ()
    alignment: tuple[Alignment, ...] = ()
    # Of its live units: profiles.csv, neighbours.csv.
    profiles: tuple[Profile, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()


@dataclass(frozen=True, slots=True)
class Labeller:
    """Labels the units of networks, with one similarity function and concept set."""

    scorer: Scorer
    words: tuple[str, ...]
    measures: MeasureSettings  # what is measured in addition to the labels
    truth: TruthTable | None  # what the images show, where it is known
    halves: npt.NDArray[np.bool_]  # (halves, images): two of each split; none if too small
    counts: npt.NDArray[np.int64]  # (resamples, images): how often each image was drawn
    random: npt.NDArray[np.float32] | None = None  # (sets, concepts): scores of random images
    families: Families | None = None  # what kinds of thing concepts name, where the study states it

    def tables(
        self, network: Network, activations: Mapping[str, Activations], progress: Progress
    ) -> Tables:
        """Return the tables of one network, from float32 (images, units) of each layer."""
        described, frames, resamples, halves, best = [], [], {}, {}, []
        work = len(network.dissected) * (1 + len(self.counts) + len(self.halves))
        with progress.stage(f"labels of {network.name}", work, "labellings") as advance:
            for layer in network.dissected:
                description, frame, drawn, own = self._layer(layer, activations[layer], advance)
                best += own
                described.append(description)
                frames.append(frame)
                resamples[layer], halves[layer] = drawn
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
            halves,
            tuple(best),
        )

    def _layer(
        self, name: str, activations: Activations, advance: Advance
    ) -> tuple[Layer, pd.DataFrame, list[list[list[str]]], list[Best]]:
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
        counts = self.counts, self.halves
        drawn, halves = (
            self.scorer.labels_of_resamples(activations, count, advance) for count in counts
        )
        columns |= self._stability(activations, scores, halves, ~dead)
        columns |= self._truth(activations, best.descriptions, halves, ~dead)
        frame = _without_dead(pd.DataFrame(columns), dead)
        texts = [
            [["" if d else words[i] for i, d in zip(row, dead, strict=True)] for row in labels]
            for labels in (drawn, halves)
        ]
        layer = Layer(name, best.descriptions, best.similarities)
        return layer, frame, texts, self._best(name, scores, ~dead)

    def _best(
        self, layer: str, scores: npt.NDArray[np.float32], live: npt.NDArray[np.bool_]
    ) -> list[Best]:
        """Return the rows of ``best.csv`` of a layer; numbers as `Layer` takes them."""
        order, rows = leading(scores, RANKS), []
        for unit in np.flatnonzero(live).tolist():
            for rank, concept in enumerate(order[unit].tolist(), start=1):
                similarity = float(str(scores[unit, concept]))
                rows.append(Best(layer, unit, rank, self.words[concept], similarity))
        return rows

    def _stability(
        self,
        activations: Activations,
        scores: npt.NDArray[np.float32],
        labels: stability.Ints,
        live: npt.NDArray[np.bool_],
    ) -> dict[str, object]:
        """Measure stability from the labels of all halves, int64 (halves, units)."""
        if not len(labels):
            return {}
        checked = self.halves[: 2 * stability.CHECKED]
        whole = [self.scorer.of_images(activations, np.flatnonzero(half)) for half in checked]
        halves = stability.Halves.of(whole, labels).of_units(live)
        share = stability.agreement(labels)
        sizes = stability.set_sizes(scores, halves)
        confident = sizes <= self.measures.set_limit
        order = np.argsort(-scores, axis=1, kind="stable")[:, : self.measures.set_limit]
        sets = [
            json.dumps([self.words[index] for index in best[:size]], ensure_ascii=False)
            for best, size in zip(order, sizes, strict=True)
        ]
        return {
            "stability": share,
            "reproduced": stability.reproduced(share, stability.margin(scores), halves),
            "set_size": sizes,
            "confident": confident.astype(np.int64),
            "set": np.where(confident, np.array(sets, dtype=object), ""),
        }

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

    def _truth(
        self,
        activations: Activations,
        described: Sequence[str],
        halves: stability.Ints,
        live: npt.NDArray[np.bool_],
    ) -> dict[str, object]:
        table, columns = self.truth, dict[str, object]()
        if self.families is not None:
            columns["category"] = [self.families.of(label) for label in described]
        if table is None:
            return columns
        seed = self.measures.seed
        top = first_images(activations, self.scorer.top_k or 100)
        columns.setdefault("category", [table.categories.get(label, "") for label in described])
        columns |= truth.in_sample(top, described, table, live, seed=seed)
        if len(halves):
            labels = [[self.words[index] for index in half] for half in halves[:2]]
            columns |= truth.held_out(activations, self.halves[:2], labels, table, live, seed=seed)
        return columns

    def _precision(
        self, activations: Activations, labels: Sequence[str], top_k: int
    ) -> npt.NDArray[np.float64] | float:
        """Return the precision of labels on so many top images; NaN where it is unknown."""
        if self.truth is None:
            return float("nan")
        top, live = first_images(activations, top_k), np.ones(len(labels), bool)
        return truth.in_sample(top, labels, self.truth, live, seed=self.measures.seed)["precision"]

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
                frames.append(
                    pd.DataFrame(
                        {
                            "setting": "top_k",
                            "value": value,
                            "layer": layer.name,
                            "unit": np.arange(len(best.descriptions)),
                            "label": best.descriptions,
                            "similarity": best.similarities,
                            "precision": self._precision(values_of_layer, best.descriptions, value),
                            "own_precision": self._precision(
                                values_of_layer, layer.descriptions, value
                            ),
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
