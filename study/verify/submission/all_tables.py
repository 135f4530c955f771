"""Defects between the tables of one submission: names, settings, one table submitted twice."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from study.comparison.word_lists import source_of
from study.dissection.word_forms import merged
from study.verify.reading.descriptions import Table, letters
from study.verify.reading.known import Known, KnownNetwork
from study.verify.submission.findings import Finding

_COMPARED: Mapping[str, str] = {
    "d_probe": "other_probe",
    "concept_set": "other_concept_set",
    "clip_model": "stated_settings",
    "similarity_fn": "stated_settings",
    "pool_mode": "stated_settings",
    "target_layers": "wrong_layers",
}
"""Settings that the runs of one comparison share, and the defect if they do not."""
_MAX_EVIDENCE = 600
_MIN_LABELS = 20
_STANDARD_ERRORS = 3.5
"""By how many the shares must differ. (In the published runs, 94 % of the places network's layer-4
labels among animals and places are places, and 60 % of the ImageNet network's.)"""

Placed = Sequence[tuple[str, Table]]
"""Tables, each with the name of its file as printed."""


def check_set(tables: Placed, known: Known) -> Iterator[Finding]:
    """Yield the defects between tables."""
    for place, table in tables:
        yield from _name(place, table, known)
    yield from _manifest_names(tables)
    for (place, a), (other, b) in combinations(tables, 2):
        yield from _subjects(place, a, other, b, known)
    for (place, a), (other, b) in combinations(tables, 2):
        yield from _same(place, a, other, b)
    for key, kind in _COMPARED.items():
        stated = {place: table.args[key] for place, table in tables if key in table.args}
        yield from _apart(stated, kind, f"the runs state different values of {key}")
    yield from _vocabularies(tables, known)
    for place, table in tables:
        yield from _probe(place, table, known)
        yield from _preprocessing(place, table, known)
    yield from _normalised(tables)


def _apart(stated: Mapping[str, Any], kind: str, text: str) -> Iterator[Finding]:
    """Report places whose values differ."""
    if len(set(map(str, stated.values()))) > 1:
        yield Finding(kind, ", ".join(stated), f"{text}: {_listed(stated)}"[:_MAX_EVIDENCE])


def _listed(values: Mapping[str, Any]) -> str:
    return "; ".join(f"{place}: {value}" for place, value in values.items())


def _name(place: str, table: Table, known: Known) -> Iterator[Finding]:
    """Compare the names of folder and file with the settings beside the table."""
    named = known.subject(place.split("/")[-2:], table.stamped)
    stated = stated_subject(table, known)
    if named and stated and named is not stated:
        settings = str(table.args.get("target_model") or "") or table.origin.texts
        text = f"the name {place} contradicts the settings beside the table: {settings}"
        yield Finding("names_swapped", place, text)


def stated_subject(table: Table, known: Known, *names: str) -> KnownNetwork | None:
    """Return the network that a table is of, by the files beside it and by some names."""
    origin = table.origin
    bare = origin.bare or ("" if origin.name else table.target)
    return known.subject([*names, origin.name or "", *origin.texts, bare], bare)


def _manifest_names(tables: Placed) -> Iterator[Finding]:
    """Find manifests in the folder that is named after another run's network."""
    folders = {place: letters(_folder(place)) for place, _ in tables}
    stated = {place: letters(table.origin.name or "") for place, table in tables}
    for place, name in stated.items():
        others = [other for other, folder in folders.items() if folder == name and other != place]
        if name and folders[place] != name and others and stated[others[0]] != name:
            text = f"the manifest beside {place} is that of {name}, whose folder holds {others[0]}"
            yield Finding("names_swapped", place, text)


def _folder(place: str) -> str:
    return place.rsplit("/", 2)[-2] if "/" in place else place


def _subjects(place: str, a: Table, other: str, b: Table, known: Known) -> Iterator[Finding]:
    """Compare what two tables of one folder are about with what their names say."""
    if place.rsplit("/", 2)[:-2] != other.rsplit("/", 2)[:-2]:
        return
    about_a = stated_subject(a, known, *place.split("/")[-2:])
    about_b = stated_subject(b, known, *other.split("/")[-2:])
    text = _exchanged(a, b, about_a, about_b) if about_a and about_b else None
    if text and about_a is not about_b:
        yield Finding("names_swapped", f"{place}, {other}", text)


def _exchanged(a: Table, b: Table, about_a: KnownNetwork, about_b: KnownNetwork) -> str | None:
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


def _same(place: str, a: Table, other: str, b: Table) -> Iterator[Finding]:
    """Find equal tables; copies of one network's table under equal names are only noted."""
    if a.units < 10 or list(a.parts) != list(b.parts) or a.labels() != b.labels():
        return
    copies = a.origin.bare == b.origin.bare and _folder(place) == _folder(other)
    equal = np.array_equal(a.similarities(), b.similarities(), equal_nan=True)
    text = f"the labels of {other} are those of {place}" + (", the similarities too" * equal)
    yield Finding("same_table_twice", place, text, note=copies and equal)


def _vocabularies(tables: Placed, known: Known) -> Iterator[Finding]:
    """Find tables whose labels come from different lists: their scores cannot be compared."""
    sources = {}
    for place, table in tables:
        if source := source_of(table.labels(), known.lists):
            mean = float(np.nanmean(table.similarities()))
            sources[place] = (source.name, f"fits {source.name}, mean similarity {mean:.3f}")
    if len({name for name, _ in sources.values()}) > 1:
        text = _listed({place: shown for place, (_, shown) in sources.items()})
        text = f"labels from different concept lists: {text}"
        yield Finding("other_concept_set", ", ".join(sources), text)


def _probe(place: str, table: Table, known: Known) -> Iterator[Finding]:
    """Find probes whose annotation masks were counted as images."""
    name = str(table.stated("probe", "name") or "").casefold()
    images = table.stated("probe", "images")
    for probe in known.probes:
        if probe.name.casefold() in name and probe.with_masks and images == probe.with_masks:
            expected = f"expected {probe.images:,} images, " if probe.images else ""
            text = f"{name}: {expected}found {images:,}: annotation masks were read as images"
            yield Finding("other_probe", place, text)


def _preprocessing(place: str, table: Table, known: Known) -> Iterator[Finding]:
    """Find images that were normalised otherwise than known weights expect."""
    name = str(table.stated("network", "weights") or "").casefold()
    for weights in known.weights:
        if not any(part in name for part in weights.names):
            continue
        for key, expected in (("mean", list(weights.mean)), ("std", list(weights.std))):
            value = table.stated("network", "preprocessing", key)
            if isinstance(value, list) and _rounded(value) != _rounded(expected):
                text = f"{key} {value} for these weights, expected {expected}"
                yield Finding("wrong_preprocessing", place, text)


def _rounded(values: list[Any]) -> list[float]:
    return [round(float(v), 3) if isinstance(v, int | float) else -1.0 for v in values]


def _normalised(tables: Placed) -> Iterator[Finding]:
    """Find networks of one architecture whose images were normalised differently."""
    stated = [(place, table.stated("network", "architecture"), table) for place, table in tables]
    for architecture in dict.fromkeys(str(name) for _, name, _ in stated if name):
        for key in ("mean", "std"):
            values = {
                place: str(table.stated("network", "preprocessing", key))
                for place, name, table in stated
                if str(name) == architecture
                and isinstance(table.stated("network", "preprocessing"), dict)
            }
            text = f"networks of one architecture with different {key}"
            yield from _apart(values, "wrong_preprocessing", text)
