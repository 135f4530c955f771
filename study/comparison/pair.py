"""Two dissections compared: which concepts both networks share and which only one has."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from study.comparison.differences import Separating, separating, tests_of_concepts
from study.comparison.null import (
    JACCARD,
    LABELS,
    LEAST_P,
    MERGED,
    TOTAL,
    Labels,
    Null,
    Words,
    adjust,
    labels_redealt,
    tally,
)
from study.comparison.overlap import Overlap
from study.comparison.pairing import WHOLE, Mapped, Pairing, check_given, pair_layers
from study.dissection import word_forms
from study.dissection.null_table import Tallies
from study.dissection.table import Dissection
from study.files import documents
from study.files.html_table import html_table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Part:
    """The overlap of one layer or of all layers together, its null and the units compared."""

    overlap: Overlap
    null: Null | None
    units_a: int
    units_b: int

    @property
    def jaccard(self) -> float | None:
        """Shared concepts over all, from 0 to 1; None if there are none."""
        return self.overlap.jaccard

    def row(self) -> dict[str, Any]:
        """Return the overlap and its null as one row of a table."""
        keys = ("mean", "low", "high", "kind", "p_low", "p_high")
        null = {f"null_{key}": getattr(self.null, key, None) for key in keys}
        counts = self.overlap.counts()
        return {key: counts[key] for key in ("shared", "only_a", "only_b", "jaccard")} | null

    def counts(self) -> dict[str, Any]:
        """Return the numbers under their keys in the results; the null is not yet adjusted."""
        units = {"units_a": self.units_a, "units_b": self.units_b}
        return {**units, **self.overlap.counts(), "null": self.null and self.null.to_json()}


@dataclass(frozen=True, slots=True)
class Version:
    """The overlaps of two networks, by layer and overall, counted in one way."""

    layers: Mapping[str, Part]
    overall: Part

    @classmethod
    def of(
        cls,
        a: Labels,
        b: Labels,
        tallies: Tallies | None = None,
        *,
        kind: str = LABELS,
        merge: bool = False,
    ) -> "Version":
        """Compare two networks' labels by layer.

        Parameters
        ----------
        a, b
            The labels, by layer key.
        tallies
            What redealing gave; without them there is no null.
        kind
            How it was redealt.
        merge
            Whether word forms count as one concept.
        """
        statistic = MERGED if merge else JACCARD

        def part(key: str, x: Sequence[str], y: Sequence[str]) -> Part:
            words = (word_forms.merged(x), word_forms.merged(y)) if merge else (x, y)
            overlap = Overlap.of(*words)
            counts = (tallies or {}).get(key, {}).get(statistic, {})
            return Part(overlap, Null.of(overlap.jaccard, counts, kind=kind), len(x), len(y))

        layers = {key: part(key, a[key], b[key]) for key in a if key != WHOLE}
        return cls(layers, part(TOTAL, pooled(a), pooled(b)))

    def counts(self) -> dict[str, Any]:
        """Return the numbers by layer and overall, under their keys in the results."""
        layers = {key: part.counts() for key, part in self.layers.items()}
        return {"layers": layers, "overall": self.overall.counts()}

    def statements(self, entry: Mapping[str, Any]) -> Iterable[tuple[Null, dict[str, Any]]]:
        """Yield each null with its entry in what `counts` returned."""
        parts = [(part, entry["layers"][key]) for key, part in self.layers.items()]
        for part, numbers in [*parts, (self.overall, entry["overall"])]:
            if part.null is not None:
                yield part.null, numbers["null"]


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """The result of `compare`: layers of A and B, the labels compared, what redealing them gave."""

    a: str
    b: str
    mapping: Mapped
    labels_a: Labels
    labels_b: Labels
    tallies: Tallies
    spelt: Version
    merged: Version

    @property
    def layers(self) -> Mapping[str, Part]:
        """The overlap of each layer."""
        return self.spelt.layers

    @property
    def overall(self) -> Part:
        """The overlap of all layers."""
        return self.spelt.overall

    @property
    def separating(self) -> tuple[Separating, ...]:
        """The concepts by how clearly their share of units differs."""
        least = self.tallies.get(TOTAL, {}).get(LEAST_P, {})
        return separating(pooled(self.labels_a), pooled(self.labels_b), least)

    def to_frame(self) -> "pd.DataFrame":
        """Return a row for each layer and one for all: shared, only one's, index and its null.

        ``null_p_low`` and ``null_p_high`` are the shares of redealings at or below, and at or
        above, the index, not corrected for the number of rows. The kind "labels redealt" can lie
        too low where similarities are sharp: an index above it says nothing by itself.
        """
        import pandas as pd

        return pd.DataFrame(self._rows())

    def save(self, path: str | Path) -> Path:
        """Write `to_json` to a file; return its path."""
        documents.write(self.to_json(), path := Path(path))
        return path

    def __repr__(self) -> str:
        """Return one line: both names and the Jaccard index of each layer and of all."""
        indices = ((row["layer"], row["jaccard"]) for row in self._rows())
        shown = ", ".join(f"{layer} {f'{j:.3f}' if j else j}" for layer, j in indices)
        return f"<Comparison of {self.a!r} and {self.b!r}: Jaccard {shown}>"

    def _repr_html_(self) -> str:
        """Show the comparison in a notebook, as `to_frame` has it."""
        rows = self._rows()
        return html_table(f"{self.a} and {self.b}", list(rows[0]), [row.values() for row in rows])

    def _rows(self) -> list[dict[str, Any]]:
        parts = {**self.layers, "all layers": self.overall}
        return [{"layer": layer, **part.row()} for layer, part in parts.items()]

    def shared_top(self) -> list[tuple[str, int, int]]:
        """Return the shared concepts with their units in A and B.

        They are sorted by the smaller count, then by the sum (both descending), then by word.
        """
        in_a, in_b = (Counter(pooled(labels)) for labels in (self.labels_a, self.labels_b))
        words = [(word, in_a[word], in_b[word]) for word in self.overall.overlap.shared]
        return sorted(words, key=lambda entry: (-min(entry[1:]), -sum(entry[1:]), entry[0]))

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as one element of the results' ``pairs``.

        p values are adjusted within this pair.
        """
        document = self.document()
        for version, entry in self.versions(document):
            adjust(list(version.statements(entry)))
        return document

    def versions(self, document: Mapping[str, Any]) -> list[tuple[Version, Mapping[str, Any]]]:
        """Return the ways of counting, each with its entry in `document`."""
        return [(self.spelt, document), (self.merged, document["variants"]["merged"])]

    def document(self) -> dict[str, Any]:
        """Return what `to_json` does, with p values not yet adjusted."""
        labels = pooled(self.labels_a), pooled(self.labels_b)
        least = self.tallies.get(TOTAL, {}).get(LEAST_P, {})
        document = {"a": self.a, "b": self.b, **self.spelt.counts()}
        parts = [*self.layers.items(), (None, self.overall)]
        for key, part in parts:
            entry = document["overall"] if key is None else document["layers"][key]
            entry |= {"ceiling": None, "interval": None, "sets": part.overlap.sets()}
        return {
            **document,
            "variants": {
                "merged": {"method": word_forms.METHOD, **self.merged.counts()},
                "as_published": None,
                "significant": None,
                "confident": None,
            },
            "separating": tests_of_concepts(*labels, least),
            "shared_top": [list(concept) for concept in self.shared_top()],
        }


def compare(
    a: Dissection,
    b: Dissection,
    *,
    layers: Mapping[str, str] | None = None,
    common_layers: bool = False,
    pairing: Pairing | None = None,
    permutations: int = 2000,
    seed: int = 0,
) -> Comparison:
    """Compare the labels of two networks, by layer and overall.

    Concepts are compared as spelt. "Overall" pools the units of all compared layers, so its
    numbers are not sums. Labels are redealt for the null, always within layers; that of a layer
    does not depend on which other layers are compared.

    Parameters
    ----------
    a, b
        The dissections. Layers of the same name may differ in width.
    layers
        Layer of A to the layer of B that it is compared with; layers of different names are keyed
        ``A~B``. Default: layers of the same name, which both networks must then have.
    common_layers
        Compare only the layers that both have.
    pairing
        Pair layers by another rule, instead of the two above.
    permutations, seed
        Size of the null, at least 1, and its seed.

    Raises
    ------
    StudyError
        If the layers differ and no rule is given, or no layer is left.
    """
    rule = pairing or Pairing(common_layers=common_layers)
    if layers is not None:
        rule = Pairing(tuple(layers.items()), exactly=True)
    check_given((a, b), rule)
    paired = pair_layers(a, b, rule)
    mapping = paired.layers
    labels_a: Labels = {key: a.layer(x).descriptions for key, (x, _) in mapping.items()}
    labels_b: Labels = {key: b.layer(y).descriptions for key, (_, y) in mapping.items()}
    if paired.whole:
        labels_a, labels_b = {WHOLE: a.descriptions}, {WHOLE: b.descriptions}
    tallies = redealt(labels_a, labels_b, permutations=permutations, seed=seed)
    return compared((a.name, b.name), mapping, (labels_a, labels_b), tallies, kind=LABELS)


def redealt(
    a: Labels,
    b: Labels,
    *,
    permutations: int,
    seed: int,
    categories: Mapping[str, str] | None = None,
) -> Tallies:
    """Return what redealing the labels of two networks within layers gives."""
    words, deals = labels_redealt(a, b, hands=permutations, seed=seed)
    return tally(deals, Words(words, categories or {}))


def compared(
    names: tuple[str, str],
    mapping: Mapped,
    labels: tuple[Labels, Labels],
    tallies: Tallies,
    *,
    kind: str,
) -> Comparison:
    """Compare labels with what redealing gave, `tallies`, in a way that `kind` names."""
    spelt, merged = (
        Version.of(*labels, tallies, kind=kind, merge=merge) for merge in (False, True)
    )
    return Comparison(*names, mapping, *labels, tallies, spelt, merged)


def pooled(labels: Labels) -> list[str]:
    """Return the labels of all layers in one list."""
    return [label for layer in labels.values() for label in layer]
