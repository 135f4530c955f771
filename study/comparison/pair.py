"""Two dissections compared: which concepts both networks share and which only one has."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from study.comparison.differences import METHOD, Separating, separating
from study.comparison.overlap import Null, Overlap, chance
from study.dissection import word_forms
from study.dissection.table import Dissection
from study.errors import StudyError

Labels = Mapping[str, Sequence[str]]
"""The labels of one network's units by layer; a pair of networks shares the layer keys."""


@dataclass(frozen=True, slots=True)
class Part:
    """The overlap and its null, of one layer or of all layers together."""

    overlap: Overlap
    null: Null | None

    def to_json(self) -> dict[str, Any]:
        """Return the part's entry in the results, its ceiling and interval still unknown."""
        return {
            **self.overlap.counts(),
            "null": self.null.to_json() if self.null else None,
            "ceiling": None,
            "interval": None,
            "sets": self.overlap.sets(),
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of `compare`.

    ``mapping`` maps each layer key to the layer of A and that of B; ``labels_a``, ``labels_b``
    (the compared labels) and ``layers`` have the same keys. In ``merged`` and ``merged_overall``
    word forms count as one concept.
    """

    a: str
    b: str
    mapping: Mapping[str, tuple[str, str]]
    labels_a: Labels
    labels_b: Labels
    layers: Mapping[str, Part]
    overall: Part
    merged: Mapping[str, Overlap]
    merged_overall: Overlap
    separating: tuple[Separating, ...]

    def shared_top(self) -> list[tuple[str, int, int]]:
        """Return the shared concepts with their units in A and B.

        They are sorted by the smaller count, then by the sum (both descending), then by word.
        """
        in_a, in_b = (Counter(pooled(labels)) for labels in (self.labels_a, self.labels_b))
        words = [(word, in_a[word], in_b[word]) for word in self.overall.overlap.shared]
        return sorted(words, key=lambda entry: (-min(entry[1:]), -sum(entry[1:]), entry[0]))

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as one element of the results' ``pairs``."""
        return {
            "a": self.a,
            "b": self.b,
            "layers": {key: part.to_json() for key, part in self.layers.items()},
            "overall": self.overall.to_json(),
            "variants": {
                "merged": {
                    "method": word_forms.METHOD,
                    "layers": {key: overlap.counts() for key, overlap in self.merged.items()},
                    "overall": self.merged_overall.counts(),
                },
                "without_dead": None,
                "confident": None,
            },
            "separating": {
                "tested": len(self.separating),
                "method": METHOD,
                "concepts": [concept.to_json() for concept in self.separating],
            },
            "shared_top": [list(concept) for concept in self.shared_top()],
        }


def compare(
    a: Dissection,
    b: Dissection,
    *,
    layers: Mapping[str, str] | None = None,
    common_layers: bool = False,
    permutations: int = 2000,
    seed: int = 0,
) -> Comparison:
    """Compare the labels of two networks, by layer and overall.

    Concepts are compared as spelt. "Overall" pools the units of all compared layers, so its
    numbers are not sums. Each null starts from `seed` again: that of a layer does not depend on
    which other layers are compared.

    Parameters
    ----------
    a, b
        The dissections. Layers of the same name may differ in width.
    layers
        Layer of A to the layer of B that it is compared with; layers of different names are keyed
        ``A~B``. Default: layers of the same name, which both networks must then have.
    common_layers
        Compare only the layers that both have.
    permutations
        Size of the null, at least 1.
    seed
        Seed of the null.

    Raises
    ------
    StudyError
        If the layers differ and neither `layers` nor `common_layers` is given, or no layer is
        left.
    """
    chosen = _mapping(a, b, layers, common_layers)
    mapping = {x if x == y else f"{x}~{y}": (x, y) for x, y in chosen.items()}
    labels_a = {key: a.layer(x).descriptions for key, (x, _) in mapping.items()}
    labels_b = {key: b.layer(y).descriptions for key, (_, y) in mapping.items()}

    def part(in_a: Sequence[str], in_b: Sequence[str]) -> Part:
        null = chance(in_a, in_b, permutations=permutations, seed=seed)
        return Part(Overlap.of(in_a, in_b), null)

    merged_a, merged_b = (
        {key: word_forms.merged(labels) for key, labels in side.items()}
        for side in (labels_a, labels_b)
    )
    merged, merged_overall = overlaps(merged_a, merged_b)
    return Comparison(
        a.name,
        b.name,
        mapping,
        labels_a,
        labels_b,
        {key: part(labels_a[key], labels_b[key]) for key in labels_a},
        part(pooled(labels_a), pooled(labels_b)),
        merged,
        merged_overall,
        separating(pooled(labels_a), pooled(labels_b)),
    )


def pooled(labels: Labels) -> list[str]:
    """Return the labels of all layers in one list."""
    return [label for layer in labels.values() for label in layer]


def overlaps(a: Labels, b: Labels) -> tuple[dict[str, Overlap], Overlap]:
    """Return the overlap of each layer and of all layers together, without a null."""
    return {key: Overlap.of(a[key], b[key]) for key in a}, Overlap.of(pooled(a), pooled(b))


def _mapping(
    a: Dissection, b: Dissection, layers: Mapping[str, str] | None, common_layers: bool
) -> Mapping[str, str]:
    if layers is not None:
        if not layers or len(set(layers.values())) != len(layers):
            raise StudyError(f"expected pairs of layers, each layer once, found {dict(layers)}")
        for x, y in layers.items():
            a.layer(x), b.layer(y)
        return layers
    common = {name: name for name in a.layer_names if name in b.layer_names}
    if not common or not (common_layers or set(a.layer_names) == set(b.layer_names)):
        raise StudyError(
            f"expected the same layers in both networks, found {', '.join(a.layer_names)} in "
            f"{a.name!r} and {', '.join(b.layer_names)} in {b.name!r}"
            + ("; add --common-layers to compare those that both have" if common else "")
        )
    return common
