"""A finished dissection with everything that its files state, parsed once."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from study.dissection import (
    best_table,
    card_table,
    labels,
    map_table,
    neighbour_table,
    null_table,
    pair_tables,
    picture_table,
    profile_table,
    unit_tables,
)
from study.dissection import resamples as resamples_table
from study.dissection.args_file import parse_args
from study.dissection.inspection import inspect
from study.dissection.provenance import (
    Origin,
    network_of,
    parse_manifest,
)
from study.dissection.run_files import (
    TABLE,
    check_card,
    table_digest,
)
from study.dissection.table import Dissection
from study.errors import StudyError
from study.files.html_table import html_table
from study.files.output import output_folder

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Run:
    """One network's finished dissection and what its files state; its name is the network's.

    Parameters
    ----------
    labels
        Rows in the order of the dissection's units.
    manifest
        `None` unless it is about one network.
    files
        The files themselves, by name relative to the run's folder; pictures of cards included.
    role
        "compared", "control" or "twin".
    twin_of
        For a twin: the name of the network whose task it shares.
    trusted
        Whether the name was kept although the files next to the table contradict it.
    extra_columns
        Columns of ``descriptions.csv`` that are ignored.
    reading
        How the table was read, where it is not as this program writes it: column names, spaces.
    read_from
        The SHA-256 of the file, where the table had to be written anew.
    """

    dissection: Dissection
    labels: "pd.DataFrame | None" = None
    manifest: dict[str, Any] | None = None
    args: dict[str, Any] | None = None
    resamples: resamples_table.Drawn | None = None
    halves: resamples_table.Drawn | None = None
    classes: tuple[float, ...] = ()
    sensitivity: tuple[unit_tables.OtherLabel, ...] = ()
    null: null_table.NullTable = field(default_factory=dict)
    matches: tuple[pair_tables.Match, ...] = ()
    alignment: tuple[pair_tables.Alignment, ...] = ()
    best: tuple[best_table.Best, ...] = ()
    profiles: tuple[profile_table.Profile, ...] = ()
    neighbours: tuple[neighbour_table.Neighbour, ...] = ()
    cards: Mapping[card_table.Unit, card_table.Card] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    role: str = "compared"
    twin_of: str | None = None
    trusted: bool = False
    extra_columns: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    read_from: str | None = None

    @property
    def name(self) -> str:
        """The network's name."""
        return self.dissection.name

    @property
    def origin(self) -> Origin:
        """What the files next to the table state about the network."""
        return Origin.of(self.args, self.manifest)

    def measured(self, column: str, layer: str | None = None) -> npt.NDArray[np.float64]:
        """Return a number of ``labels.csv`` by unit, of one layer or of all; NaN if unknown."""
        frame = self.labels
        if frame is None or column not in frame:
            units = self.dissection.units if layer is None else len(self.dissection.layer(layer))
            return np.full(units, np.nan)
        rows = frame if layer is None else frame[frame["layer"] == layer]
        return rows[column].to_numpy(dtype=np.float64, na_value=np.nan)

    def notes(self) -> list[str]:
        """Say how the table was read, and what it does not hold."""
        notes = list(self.reading)
        if not self.dissection.scored:
            notes.append("no column of similarities: labels are compared, similarities left out")
        notes += [
            f"{layer.name}: {len(layer)} units are numbered up to {layer.units[-1]}, so "
            f"{layer.missing} are not in the table: taken as a sample of the layer's units"
            for layer in self.dissection.layers
            if layer.missing
        ]
        if self.extra_columns:
            notes.append(f"columns ignored: {', '.join(self.extra_columns)}")
        return notes

    def live(self, layer: str) -> npt.NDArray[np.bool_]:
        """Return which units of a layer are not dead, bool (units,); all, where it is unknown."""
        return np.not_equal(self.measured("dead", layer), 1)

    @property
    def descriptions(self) -> "pd.DataFrame":
        """The label of every unit: columns layer, unit, description, similarity."""
        return self.dissection.to_frame()

    def to_frame(self) -> "pd.DataFrame":
        """Return every unit's label with what was measured about it, or its label alone.

        Of its columns, ``reproduced`` is the share of resamples of the probe that give the same
        label, ``set_size`` the number of labels that cover 90 % of them, ``confident`` whether that
        set is small, ``precision`` the share of the unit's top images that show the label, where
        the truth is known. REFERENCE.md describes all of them.
        """
        return self.descriptions if self.labels is None else self.labels.copy()

    def counts(self, layer: str | None = None) -> dict[str, int]:
        """Return how many units have each label, the commonest first; dead units have none."""
        layers = [layer] if layer else list(self.dissection.layer_names)
        found: Counter[str] = Counter()
        for name in layers:
            found.update(compress(self.dissection.layer(name).descriptions, self.live(name)))
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def pictures(self) -> dict[str, bytes]:
        """Return the images of all cards in WebP, by name in the probe; none without cards.

        Raises
        ------
        StudyError
            If ``pictures.csv``, which is only read here, is defective.
        """
        data = self.files.get(picture_table.FILE)
        where = f"{self.name}/{picture_table.FILE}"
        rows = () if data is None else picture_table.parse(data, name=where)
        return {row.image: row.webp for row in rows}

    def maps(self) -> dict[card_table.Unit, map_table.Maps]:
        """Return the activation maps of every unit that has any, by layer and unit.

        Raises
        ------
        StudyError
            If ``maps.csv``, which is only read here, is defective.
        """
        data = self.files.get(map_table.FILE)
        where = f"{self.name}/{map_table.FILE}"
        rows = () if data is None else map_table.parse(data, name=where)
        return {(row.layer, row.unit): row for row in rows}

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Write the run as a folder that every command reads; return the folder.

        It is replaced as a whole. With `force` it may hold files of others.
        """
        files = self.files or {TABLE: self.dissection.dumps()}
        with output_folder(Path(folder), force=force) as place:
            for name, data in files.items():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                (place / name).write_bytes(data)
        return Path(folder)

    def __repr__(self) -> str:
        """Return one line on the run: its name, layers, units and distinct labels."""
        layers = ", ".join(
            f"{layer.name} {len(layer)} units, {len(self.counts(layer.name))} distinct labels"
            for layer in self.dissection.layers
        )
        return f"<Run {self.name!r}: {layers}>"

    def _repr_html_(self) -> str:
        """Show the run in a notebook: units, distinct labels and the commonest of each layer."""
        rows = []
        for name in self.dissection.layer_names:
            counts = self.counts(name)
            top = ", ".join(f"{label} ({n})" for label, n in list(counts.items())[:5])
            rows.append((name, len(self.dissection.layer(name)), len(counts), top))
        head = ("layer", "units", "distinct labels", "commonest")
        return html_table(self.name, head, rows)

    @property
    def digest(self) -> str:
        """The first 16 digits of the sha256 of ``descriptions.csv``; "" without the file."""
        return table_digest(self.files[TABLE]) if TABLE in self.files else ""

    @classmethod
    def of(cls, files: Mapping[str, bytes], *, name: str, table: str = TABLE) -> "Run":
        """Make a run of a name from its files, by name relative to its folder.

        `table` is what messages call ``descriptions.csv``, which must be there.

        Raises
        ------
        StudyError
            Where a file is defective, or ``labels.csv`` is not about the same units and labels.
        """
        if TABLE not in files:
            raise StudyError(f"{name}: expected {TABLE}, found {sorted(files)[:5]}")

        for file in files:
            if file.startswith("cards/"):
                check_card(files[file], f"{name}/{file}")

        def parsed(file: str, parse: Callable[..., T], default: T) -> T:
            return parse(files[file], name=f"{name}/{file}") if file in files else default

        inspection = inspect(files[TABLE], partial=True)
        dissection = Dissection.from_inspection(inspection, f"{name}/{table}", name=name)
        frame = parsed("labels.csv", labels.parse, None)
        document = parsed("manifest.json", parse_manifest, None)
        network = network_of(document)
        best: tuple[best_table.Best, ...] = parsed(best_table.FILE, best_table.parse, ())
        best_table.check(best, dissection, name=f"{name}/{best_table.FILE}")
        return cls(
            dissection=dissection,
            labels=None if frame is None else _aligned(frame, dissection),
            manifest=None if network is None else document,
            args=parsed("args.txt", parse_args, None),
            resamples=parsed("resamples.csv", resamples_table.parse, None),
            halves=parsed("halves.csv", resamples_table.parse, None),
            classes=parsed("classes.csv", unit_tables.parse_classes, ()),
            sensitivity=parsed("sensitivity.csv", unit_tables.parse_sensitivity, ()),
            null=parsed(null_table.FILE, null_table.parse, {}),
            matches=parsed(pair_tables.MATCHES_FILE, pair_tables.parse_matches, ()),
            alignment=parsed(pair_tables.ALIGNMENT_FILE, pair_tables.parse_alignment, ()),
            best=best,
            profiles=parsed(profile_table.FILE, profile_table.parse, ()),
            neighbours=parsed(neighbour_table.FILE, neighbour_table.parse, ()),
            cards=parsed("cards.csv", card_table.parse, {}),
            files=files,
            role=str((network or {}).get("role") or "compared"),
            twin_of=None if not (network or {}).get("of") else str((network or {})["of"]),
            extra_columns=inspection.extra_columns,
        )


def _aligned(frame: "pd.DataFrame", dissection: Dissection) -> "pd.DataFrame":
    """Return the measurements in the order of the dissection, and check that they are about it."""
    where, order = f"{dissection.name}/labels.csv", []
    keys = zip(frame["layer"].tolist(), frame["unit"].tolist(), strict=True)
    rows = dict(zip(keys, enumerate(frame["label"].tolist()), strict=True))
    for layer in dissection.layers:
        for unit, label, _ in layer.rows():
            row, measured = rows.get((layer.name, unit), (-1, None))
            if measured not in ("", label):
                raise StudyError(
                    f"{where}: expected {label!r} for {layer.name} unit {unit} as in {TABLE}, "
                    f"found {'no row' if measured is None else repr(measured)}"
                )
            order.append(row)
    if len(order) != len(rows):
        raise StudyError(f"{where}: expected the {len(order)} units of {TABLE}, found {len(rows)}")
    return frame.iloc[order].reset_index(drop=True)
