"""Whether two networks' tables are exchanged, judged by what their labels are about."""

import math

from study.dissection.word_forms import merged
from study.verify.reading.descriptions import Table
from study.verify.reading.known import KnownNetwork

_MIN_LABELS = 20
_STANDARD_ERRORS = 3.5
"""By how many the shares must differ. (In the published runs, 94 % of the places network's layer-4
labels among animals and places are places, and 60 % of the ImageNet network's.)"""


def exchanged(a: Table, b: Table, about_a: KnownNetwork, about_b: KnownNetwork) -> str | None:
    """Return why two tables seem to be exchanged; `None` if they do not.

    Among the deepest layer's labels that are words of either network, the share of network b's own
    words must not be clearly lower in table b than in table a.
    """
    (own_a, other_a), (other_b, own_b) = (_counts(table, about_a, about_b) for table in (a, b))
    total_a, total_b = own_a + other_a, own_b + other_b
    if min(total_a, total_b) < _MIN_LABELS:
        return None
    pooled = (other_a + own_b) / (total_a + total_b)
    error = math.sqrt(pooled * (1 - pooled) * (1 / total_a + 1 / total_b))
    if not error or (other_a / total_a - own_b / total_b) / error < _STANDARD_ERRORS:
        return None
    kind_a, kind_b = about_a.kind or about_a.subject, about_b.kind or about_b.subject
    return (
        f"labels of the deepest layer: {own_a} {kind_a} and {other_a} {kind_b} in {a.name}, "
        f"{other_b} {kind_a} and {own_b} {kind_b} in {b.name}; the opposite of what their names say"
    )


def _counts(table: Table, about_a: KnownNetwork, about_b: KnownNetwork) -> tuple[int, int]:
    """Return how many units of the deepest layer have a word of either network as their label."""
    labels = merged(table.labels(list(table.parts)[-1]))
    words_a, words_b = set(merged(about_a.words)), set(merged(about_b.words))
    return sum(label in words_a for label in labels), sum(label in words_b for label in labels)
