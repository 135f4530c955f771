"""The two runs of a pair side by side: which units are compared, and what redealing them gave."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt

from study.comparison.grouping import grouping
from study.comparison.null import CATEGORY, LABELS, TOTAL, UNITS, Labels
from study.comparison.pair import Version, redealt
from study.comparison.pairing import WHOLE, Mapped, Paired
from study.dissection import null_table
from study.dissection.null_table import Tallies
from study.dissection.run import Run

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sides:
    """Two runs, and their layers that are compared with one another.

    As a `whole`, their layers are not told apart: all units are of one layer, `WHOLE`.
    """

    a: Run
    b: Run
    mapping: Mapped
    whole: bool = False

    @classmethod
    def of(cls, a: Run, b: Run, paired: Paired) -> "Sides":
        """Set two runs side by side."""
        return cls(a, b, paired.layers, paired.whole)

    def layers(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the layers of each that are compared."""
        if self.whole:
            return self.a.dissection.layer_names, self.b.dissection.layer_names
        a, b = zip(*self.mapping.values(), strict=True)
        return a, b

    def labels(self, column: str | None = None) -> tuple[Labels, Labels]:
        """Return the labels of both, by layer key: of live units, or of those flagged in a column.

        Flags are columns of ``labels.csv``; a dead unit has none.
        """
        return self._of_units(
            lambda run, layer: run.dissection.layer(layer).descriptions,
            lambda run, layer: (
                run.live(layer) if column is None else run.measured(column, layer) == 1
            ),
        )

    def tallies(self, null: Mapping[str, int]) -> tuple[Tallies, str]:
        """Return what redealing the live units gave, and how they were redealt."""
        return self._tallies(null_table.Version(), self.labels(), null)

    def as_published(self) -> dict[str, Any] | None:
        """Count all units, dead ones included; `None` if no unit is dead."""
        everyone = self._of_units(
            lambda run, layer: run.dissection.layer(layer).descriptions,
            lambda run, layer: np.ones_like(run.live(layer)),
        )
        return None if everyone == self.labels() else Version.of(*everyone).counts()

    def subset(self, column: str) -> dict[str, Any] | None:
        """Count the units flagged in a column of labels.csv; `None` if it was not measured."""
        return Version.of(*self.labels(column)).counts() if self._measured(column) else None

    def version(self, column: str, null: Mapping[str, int]) -> Version | None:
        """Compare the units flagged in a column, with their null; `None` if it was not measured."""
        if not self._measured(column):
            return None
        labels = self.labels(column)
        tallies, kind = self._tallies(null_table.Version(column), labels, null)
        return Version.of(*labels, tallies, kind=kind)

    def settings(self) -> list[tuple[str, int | float]]:
        """Return the settings, with their values, under which both runs were labelled again."""
        named = [{(row.setting, row.value) for row in run.sensitivity} for run in (self.a, self.b)]
        return [
            (setting, int(value) if value.is_integer() else value)
            for setting, value in sorted(named[0] & named[1])
        ]

    def under(self, setting: str, value: float, null: Mapping[str, int]) -> Version:
        """Compare the labels under another setting."""
        others = {
            run.name: {
                (row.layer, row.unit): row.label
                for row in run.sensitivity
                if (row.setting, row.value) == (setting, value)
            }
            for run in (self.a, self.b)
        }
        labels = self._of_units(
            lambda run, layer: [
                others[run.name].get((layer, unit), "")
                for unit in run.dissection.layer(layer).units
            ],
            lambda run, layer: run.live(layer),
        )
        version = null_table.Version(setting=setting, value=repr(value))
        tallies, kind = self._tallies(version, labels, null)
        return Version.of(*labels, tallies, kind=kind)

    def sharpness(self, names: Sequence[Sequence[str]]) -> float | None:
        """Return the largest mean similarity of layers of A and of B, over the log of their units.

        With lam = 1 a similarity cannot exceed that logarithm: near 1 every concept has an owner.
        `None` where a table holds no similarities.
        """
        if not all(run.dissection.scored for run in (self.a, self.b)):
            return None
        ratios = [
            float(np.mean(layer.similarities)) / math.log(len(layer))
            for run, side in zip((self.a, self.b), names, strict=True)
            for name in side
            for layer in [run.dissection.layer(name)]
            if len(layer) > 1
        ]
        return max(ratios, default=0.0)

    def categories(self) -> Mapping[str, str]:
        """Return the category of each label that has one."""
        known = grouping([self.a, self.b])
        return known.categories if known else {}

    def _of_units(
        self, texts: Callable[[Run, str], Sequence[str]], chosen: Callable[[Run, str], Bools]
    ) -> tuple[Labels, Labels]:
        """Return the texts of the chosen units of both, by layer key."""
        mapping = (
            {WHOLE: self.layers()}
            if self.whole
            else {key: ((x,), (y,)) for key, (x, y) in self.mapping.items()}
        )
        first, second = (
            {
                key: tuple(
                    text
                    for name in names[side]
                    for text in compress(texts(run, name), chosen(run, name))
                )
                for key, names in mapping.items()
            }
            for side, run in enumerate((self.a, self.b))
        )
        return first, second

    def _measured(self, column: str) -> bool:
        return not any(np.isnan(run.measured(column)).all() for run in (self.a, self.b))

    def _tallies(
        self,
        version: null_table.Version,
        labels: tuple[Labels, Labels],
        null: Mapping[str, int],
    ) -> tuple[Tallies, str]:
        layers = {*self.mapping, TOTAL}
        for run, other in ((self.a, self.b), (self.b, self.a)):
            tallies = run.null.get((other.digest, version), {}) if other.digest else {}
            if tallies.keys() == layers and not self.whole:
                return tallies if run is self.a else _swapped(tallies), UNITS
        return redealt(
            *labels,
            permutations=null["permutations"],
            seed=null["seed"],
            categories=self.categories(),
        ), LABELS


def _swapped(tallies: Tallies) -> Tallies:
    """Return the tallies with the networks' units in the other order."""
    return {
        layer: {
            statistic: {
                (values[::-1] if statistic.startswith(CATEGORY) else values): hands
                for values, hands in counts.items()
            }
            for statistic, counts in tally.items()
        }
        for layer, tally in tallies.items()
    }
