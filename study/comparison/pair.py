"""Two dissections compared: which concepts both networks share and which only one has."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, TypeVar

from study.comparison.differences import METHOD, Separating, separating
from study.comparison.overlap import Null, Overlap, chance
from study.dissection import word_forms
from study.dissection.table import Dissection
from study.errors import StudyError

T = TypeVar("T")
Labels = Mapping[str, Sequence[str]]
"""The labels of one network's units by layer; a pair of networks shares the layer keys."""


@dataclass(frozen=True, slots=True)
class Part:
    """The overlap and its null, of one layer or of all layers together."""

    overlap: Overlap
    null: Null | None

    @classmethod
    def of(cls, a: Sequence[str], b: Sequence[str], *, permutations: int, seed: int) -> "Part":
        """Compare two label lists."""
        return cls(Overlap.of(a, b), chance(a, b, permutations=permutations, seed=seed))

    def counts(self) -> dict[str, Any]:
        """Return the numbers of the overlap and its null under their keys in the results."""
        return {**self.overlap.counts(), "null": asdict(self.null) if self.null else None}

    def to_json(self) -> dict[str, Any]:
        """Return the part's entry in the results, its ceiling and interval still unknown."""
        sets = self.overlap.sets()
        return {**self.counts(), "ceiling": None, "interval": None, "sets": sets}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of `compare`; its mappings have the same keys.

    ``mapping`` holds the layer of A and that of B, ``labels_a`` and ``labels_b`` the labels that
    were compared.
    """

    a: str
    b: str
    mapping: Mapping[str, tuple[str, str]]
    labels_a: Labels
    labels_b: Labels
    layers: Mapping[str, Part]
    overall: Part

    @property
    def separating(self) -> tuple[Separating, ...]:
        """The concepts by how clearly their share of units differs."""
        return separating(pooled(self.labels_a), pooled(self.labels_b))

    def shared_top(self) -> list[tuple[str, int, int]]:
        """Return the shared concepts with their units in A and B.

        They are sorted by the smaller count, then by the sum (both descending), then by word.
        """
        in_a, in_b = (Counter(pooled(labels)) for labels in (self.labels_a, self.labels_b))
        words = [(word, in_a[word], in_b[word]) for word in self.overall.overlap.shared]
        return sorted(words, key=lambda entry: (-min(entry[1:]), -sum(entry[1:]), entry[0]))

    def merged(self) -> tuple[Mapping[str, Overlap], Overlap]:
        """Return the overlap by layer and overall, word forms counted as one concept."""
        a, b = (
            {key: word_forms.merged(labels) for key, labels in side.items()}
            for side in (self.labels_a, self.labels_b)
        )
        return parts(a, b, Overlap.of)

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as one element of the results' ``pairs``."""
        merged, merged_overall = self.merged()
        concepts = [asdict(concept) for concept in self.separating]
        return {
            "a": self.a,
            "b": self.b,
            "layers": {key: part.to_json() for key, part in self.layers.items()},
            "overall": self.overall.to_json(),
            "variants": {
                "merged": {
                    "method": word_forms.METHOD,
                    "layers": {key: overlap.counts() for key, overlap in merged.items()},
                    "overall": merged_overall.counts(),
                },
                "without_dead": None,
                "confident": None,
            },
            "separating": {"tested": len(concepts), "method": METHOD, "concepts": concepts},
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
    permutations, seed
        Size of the null, at least 1, and its seed.

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
    compared = parts(labels_a, labels_b, partial(Part.of, permutations=permutations, seed=seed))
    return Comparison(a.name, b.name, mapping, labels_a, labels_b, *compared)


def pooled(labels: Labels) -> list[str]:
    """Return the labels of all layers in one list."""
    return [label for layer in labels.values() for label in layer]


def parts(
    a: Labels, b: Labels, compared: Callable[[Sequence[str], Sequence[str]], T]
) -> tuple[dict[str, T], T]:
    """Compare the labels of each layer, and those of all layers together."""
    return {key: compared(a[key], b[key]) for key in a}, compared(pooled(a), pooled(b))


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
