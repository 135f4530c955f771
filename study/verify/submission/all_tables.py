"""Defects between the tables of one submission: names, settings, one table submitted twice."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from types import MappingProxyType
from typing import Any

import numpy as np

from study.verify.reading.concept_lists import source_of
from study.verify.reading.descriptions import Table, letters
from study.verify.reading.known import Known, KnownNetwork
from study.verify.submission.findings import Finding
from study.verify.submission.subjects import exchanged

_COMPARED: Mapping[str, str] = MappingProxyType(
    {
        "d_probe": "other_probe",
        "concept_set": "other_concept_set",
        "clip_model": "stated_settings",
        "similarity_fn": "stated_settings",
        "pool_mode": "stated_settings",
        "target_layers": "wrong_layers",
    }
)
"""Settings that the runs of one comparison share, and the defect if they do not."""
_MAX_EVIDENCE = 600

Placed = Sequence[tuple[str, Table]]
"""Tables, each with the name of its file as printed."""


def check_set(tables: Placed, known: Known) -> Iterator[Finding]:
    """Yield the defects between tables."""
    yield from _names(tables, known)
    yield from _manifest_names(tables)
    yield from _subjects(tables, known)
    yield from _same(tables)
    yield from _settings(tables)
    yield from _vocabularies(tables, known)
    for place, table in tables:
        yield from _probe(place, table, known)
        yield from _preprocessing(place, table, known)
    yield from _normalised(tables)


def _names(tables: Placed, known: Known) -> Iterator[Finding]:
    """Compare the names of folder and file with the settings beside the table."""
    for place, table in tables:
        named, stated = known.subject(place.split("/")[-2:]), _stated_subject(table, known)
        if named and stated and named is not stated:
            settings = str(table.args.get("target_model") or "") or table.origin.texts
            text = f"the name {place} contradicts the settings beside the table: {settings}"
            yield Finding("names_swapped", place, text)


def _stated_subject(table: Table, known: Known, *names: str) -> KnownNetwork | None:
    evidence = table.origin
    return known.subject([*names, evidence.name or "", *evidence.texts], evidence.bare)


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


def _subjects(tables: Placed, known: Known) -> Iterator[Finding]:
    """Compare what the tables of one folder are about with what their names say."""
    for (place, a), (other, b) in combinations(tables, 2):
        if place.rsplit("/", 2)[:-2] != other.rsplit("/", 2)[:-2]:
            continue
        about_a = _stated_subject(a, known, *place.split("/")[-2:])
        about_b = _stated_subject(b, known, *other.split("/")[-2:])
        if about_a and about_b and about_a is not about_b:
            text = exchanged(a, b, about_a, about_b)
            if text is not None:
                yield Finding("names_swapped", f"{place}, {other}", text)


def _same(tables: Placed) -> Iterator[Finding]:
    """Find equal tables; copies of one network's table under equal names are only noted."""
    for (place, a), (other, b) in combinations(tables, 2):
        if a.units < 10 or list(a.parts) != list(b.parts) or a.labels() != b.labels():
            continue
        copies = a.origin.bare == b.origin.bare and _folder(place) == _folder(other)
        equal = all(
            np.array_equal(part.similarities, b.parts[layer].similarities, equal_nan=True)
            for layer, part in a.parts.items()
        )
        text = f"the labels of {other} are those of {place}" + (", the similarities too" * equal)
        yield Finding("same_table_twice", place, text, note=copies and place != other and equal)


def _settings(tables: Placed) -> Iterator[Finding]:
    for key, kind in _COMPARED.items():
        stated = {place: table.args[key] for place, table in tables if key in table.args}
        if len({str(value) for value in stated.values()}) > 1:
            text = f"the runs state different values of {key}: {_listed(stated)}"
            yield Finding(kind, ", ".join(stated), text[:_MAX_EVIDENCE])


def _listed(values: Mapping[str, Any]) -> str:
    return "; ".join(f"{place}: {value}" for place, value in values.items())


def _vocabularies(tables: Placed, known: Known) -> Iterator[Finding]:
    """Find tables whose labels come from different lists: their scores cannot be compared."""
    sources = {}
    for place, table in tables:
        source = source_of(table.labels(), known.lists)
        if source is not None:
            values = np.concatenate([part.similarities for part in table.parts.values()])
            mean = float(np.nanmean(values))
            sources[place] = (source.name, f"fits {source.name}, mean similarity {mean:.3f}")
    if len({name for name, _ in sources.values()}) > 1:
        text = _listed({place: shown for place, (_, shown) in sources.items()})
        text = f"labels from different concept lists: {text}"
        yield Finding("other_concept_set", ", ".join(sources), text)


def _probe(place: str, table: Table, known: Known) -> Iterator[Finding]:
    """Find probes whose annotation masks were counted as images."""
    stated = _mapping(_mapping(table.document).get("probe"))
    name, images = str(stated.get("name", "")).casefold(), stated.get("images")
    for probe in known.probes:
        if probe.name.casefold() in name and images is not None and images == probe.with_masks:
            expected = "" if probe.images is None else f"expected {probe.images:,} images, "
            text = f"{name}: {expected}found {images:,}: annotation masks were read as images"
            yield Finding("other_probe", place, text)


def _preprocessing(place: str, table: Table, known: Known) -> Iterator[Finding]:
    """Find images that were normalised otherwise than known weights expect."""
    network = _mapping(_mapping(table.document).get("network"))
    stated, name = _mapping(network.get("preprocessing")), str(network.get("weights", ""))
    for weights in known.weights:
        if not any(part in name.casefold() for part in weights.names):
            continue
        for key, expected in (("mean", list(weights.mean)), ("std", list(weights.std))):
            value = stated.get(key)
            if isinstance(value, list) and _rounded(value) != _rounded(expected):
                text = f"{key} {value} for these weights, expected {expected}"
                yield Finding("wrong_preprocessing", place, text)


def _normalised(tables: Placed) -> Iterator[Finding]:
    """Find networks of one architecture whose images were normalised differently."""
    runs: dict[str, dict[str, Mapping[str, Any]]] = {}
    for place, table in tables:
        network = _mapping(_mapping(table.document).get("network"))
        preprocessing = _mapping(network.get("preprocessing"))
        if preprocessing and network.get("architecture"):
            runs.setdefault(str(network["architecture"]), {})[place] = preprocessing
    for of_architecture in runs.values():
        for key in ("mean", "std"):
            stated = {
                place: str(preprocessing.get(key))
                for place, preprocessing in of_architecture.items()
            }
            if len(set(stated.values())) > 1:
                text = f"networks of one architecture with different {key}: {_listed(stated)}"
                yield Finding("wrong_preprocessing", ", ".join(stated), text[:_MAX_EVIDENCE])


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _rounded(values: list[Any]) -> tuple[float, ...]:
    return tuple(round(float(v), 3) if isinstance(v, int | float) else -1.0 for v in values)
