"""``descriptions.csv``: the description of every unit of a network, layer by layer."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from study.dissection.inspection import COLUMNS, MAX_BYTES, MAX_SIMILARITY, Inspection, Row, inspect
from study.errors import StudyError
from study.files import csv_text
from study.files.documents import is_text
from study.files.html_table import html_table
from study.files.output import read_bytes, write_atomic
from study.files.spelling import hidden, plain

if TYPE_CHECKING:
    import pandas as pd


SHOWN = 5
"""Labels of a layer that a notebook shows."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """The descriptions of one layer's units, unit 0 first.

    Parameters
    ----------
    similarities
        Shape (units,), each from -1e9 to 1e9, all NaN if not `scored`. Single precision is taken
        at its shortest decimal text, as CLIP-Dissect writes it, so that a table in memory equals
        the table read back.
    units
        The units' numbers, ascending; by default 0, 1, 2 and so on.
    scored
        Whether similarities are known.

    Raises
    ------
    StudyError
        If the name is empty, there is no unit, a description is blank or holds a control
        character, the lengths differ, or a similarity is not as above.
    """

    name: str
    descriptions: tuple[str, ...]
    similarities: npt.NDArray[np.float64]
    units: tuple[int, ...] = ()
    scored: bool = True

    def __post_init__(self) -> None:
        values = np.asarray(self.similarities)
        if values.dtype == np.float32:
            values = np.array([float(str(value)) for value in values])
        values = np.array(values, dtype=np.float64)
        values.setflags(write=False)
        object.__setattr__(self, "similarities", values)
        object.__setattr__(self, "units", self.units or tuple(range(len(self.descriptions))))
        count = (len(self.descriptions),)
        ascending = len(self.units) == len(self.descriptions) and self.units == tuple(
            sorted(set(self.units))
        )
        if not self.name or not self.descriptions or values.shape != count or not ascending:
            raise StudyError(
                f"layer {self.name!r}: expected a name and one similarity per description, found "
                f"{len(self.descriptions)} descriptions and similarities of shape {values.shape}"
            )
        if not is_text("".join([self.name, *self.descriptions])):
            raise StudyError(f"layer {self.name!r}: expected name and descriptions in UTF-8")
        names = (self.name, *self.descriptions)
        if name := next((name for name in names if hidden(plain(name))), ""):
            raise StudyError(
                f"layer {self.name[:60]!a}: expected names without control characters and marks "
                f"that nobody sees, found {name[:60]!a}"
            )
        for unit, label, value in self.rows():
            fits = abs(value) <= MAX_SIMILARITY if self.scored else math.isnan(value)
            if not label.strip() or not fits:
                raise StudyError(
                    f"layer {self.name}: unit {unit}: expected a description and a "
                    f"similarity within 1e9, found {label!r} and {value}"
                )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Layer):
            return NotImplemented
        own, others = (
            (layer.name, layer.units, layer.descriptions, layer.scored) for layer in (self, other)
        )
        same = np.array_equal(self.similarities, other.similarities, equal_nan=True)
        return own == others and same

    def __hash__(self) -> int:
        return hash((self.name, self.descriptions))

    def __len__(self) -> int:
        return len(self.descriptions)

    @property
    def missing(self) -> int:
        """How many numbers below the largest are no unit of the table; 0 for a whole layer."""
        return self.units[-1] + 1 - len(self.units)

    def rows(self) -> Iterator[tuple[int, str, float]]:
        """Yield each unit's number, description and similarity (NaN if not scored)."""
        return zip(self.units, self.descriptions, self.similarities.tolist(), strict=True)


@dataclass(frozen=True, slots=True)
class Dissection:
    """The descriptions of one network's units, layers in network order."""

    name: str
    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        if not self.layers or len(set(self.layer_names)) != len(self.layers):
            raise StudyError(
                f"{self.name}: expected at least one layer, each once, found {self.layer_names}"
            )

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers' names, in order."""
        return tuple(layer.name for layer in self.layers)

    @property
    def units(self) -> int:
        """The number of units in all layers together."""
        return sum(len(layer) for layer in self.layers)

    @property
    def scored(self) -> bool:
        """Whether the similarities of all units are known."""
        return all(layer.scored for layer in self.layers)

    @property
    def descriptions(self) -> tuple[str, ...]:
        """The descriptions of all units, layer by layer."""
        return tuple(label for layer in self.layers for label in layer.descriptions)

    def layer(self, name: str) -> Layer:
        """Return a layer by name; raises `StudyError` with the known layers if there is none."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        known = ", ".join(self.layer_names)
        raise StudyError(f"{self.name}: expected one of the layers {known}, found {name!r}")

    @classmethod
    def read_csv(cls, path: Path, *, name: str) -> "Dissection":
        """Read ``descriptions.csv``, strictly.

        Raises
        ------
        StudyError
            If the file cannot be read; else for the first defect that `inspect` lists.
        """
        where = f"{path.parent.name}/{path.name}" if path.parent.name else path.name
        return cls.from_inspection(inspect(read_bytes(path, most=MAX_BYTES)), where, name=name)

    @classmethod
    def from_inspection(cls, inspection: Inspection, where: str, *, name: str) -> "Dissection":
        """Make the table of an inspected file, which must have no defect (`StudyError`).

        Rows may be in any order: layers are in the order of their first row, units are sorted.
        `where` is what messages call the file.
        """
        if inspection.defects:
            first, *others = inspection.defects
            more = f" (and {len(others)} more)" if others else ""
            raise StudyError(f"{where}: {first.message}{more}")
        rows: dict[str, list[Row]] = defaultdict(list)
        for row in inspection.rows:
            rows[row.layer].append(row)
        layers = []
        for layer, members in rows.items():
            members.sort(key=lambda row: row.unit)
            values = np.array([row.similarity for row in members])
            words, units = zip(*((row.description, row.unit) for row in members), strict=True)
            layers.append(Layer(layer, words, values, units, inspection.scored))
        return cls(name, tuple(layers))

    def to_frame(self) -> "pd.DataFrame":
        """Return the table with the columns layer, unit, description, similarity."""
        import pandas as pd

        frames = [
            pd.DataFrame(
                {
                    "layer": layer.name,
                    "unit": layer.units,
                    "description": layer.descriptions,
                    "similarity": layer.similarities,
                }
            )
            for layer in self.layers
        ]
        return pd.concat(frames, ignore_index=True)

    def _repr_html_(self) -> str:
        """Show the table in a notebook: of each layer the units and the commonest labels."""
        rows = []
        for layer in self.layers:
            top = Counter(layer.descriptions).most_common(SHOWN)
            shown = ", ".join(f"{label} ({units})" for label, units in top)
            rows.append((layer.name, len(layer), len(set(layer.descriptions)), shown))
        return html_table(self.name, ("layer", "units", "distinct labels", "commonest"), rows)

    def dumps(self) -> bytes:
        """Return ``descriptions.csv`` as CLIP-Dissect writes it: UTF-8, LF, one row per unit.

        Where similarities are not known, there is no column of them.
        """
        columns = tuple(COLUMNS)[: None if self.scored else -1]
        rows = [(layer.name, *row)[: len(columns)] for layer in self.layers for row in layer.rows()]
        return csv_text.dumps([columns, *rows]).encode()

    def write_csv(self, path: Path) -> None:
        """Write ``descriptions.csv``, whole or not at all."""
        write_atomic(path, self.dumps())
