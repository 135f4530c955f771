"""What is wrong between the tables of one submission: names, settings, the same table twice."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from types import MappingProxyType
from typing import Any

import numpy as np

from study.verify.concept_lists import known_lists, source_of
from study.verify.findings import Finding
from study.verify.subjects import claimed_subject, exchanged
from study.verify.tables import Table, evidence_of

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
"""Settings that the runs of one comparison share, and what it is called when they do not."""
_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)
_IMAGES = {"broden": (63_305, 210_365)}


def check_set(tables: Sequence[tuple[str, Table]]) -> Iterator[Finding]:
    """Yield what is wrong between tables; each comes with its name as printed."""
    yield from _names(tables)
    yield from _subjects(tables)
    yield from _same(tables)
    yield from _settings(tables)
    yield from _vocabularies(tables)
    for place, table in tables:
        yield from _manifest(place, table)
    yield from _normalised(tables)


def _names(tables: Sequence[tuple[str, Table]]) -> Iterator[Finding]:
    """Compare what folder and file are called with what the settings beside the table say."""
    for place, table in tables:
        evidence = evidence_of(table)
        spoken = claimed_subject([part for part in place.split("/")[-2:] if part])
        target = str(table.args.get("target_model") or "")
        stated = "places" if "places" in evidence.datasets else ""
        stated = stated or ("objects" if "imagenet" in evidence.datasets else "")
        if spoken and stated and spoken != stated:
            text = (
                f"{place} is called so, but the settings beside it state {target or evidence.texts}"
            )
            yield Finding("names_swapped", place, text)
    yield from _beside(tables)


def _beside(tables: Sequence[tuple[str, Table]]) -> Iterator[Finding]:
    """Find manifests that lie in the folder that bears the name of another run's network."""
    folders = {place: _plain(_subject(place)) for place, _ in tables}
    stated = {place: _plain(evidence_of(table).name or "") for place, table in tables}
    for place, name in stated.items():
        others = [other for other, folder in folders.items() if folder == name and other != place]
        if name and folders[place] != name and others and stated[others[0]] != name:
            told = f"the manifest in {place} is that of {name}, whose folder is that of {others[0]}"
            yield Finding("names_swapped", place, told)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _subjects(tables: Sequence[tuple[str, Table]]) -> Iterator[Finding]:
    by_subject: dict[str, list[tuple[str, Table]]] = {"objects": [], "places": []}
    for place, table in tables:
        evidence = evidence_of(table)
        texts = [*place.split("/")[-2:], *filter(None, (evidence.name,)), *evidence.texts]
        subject = claimed_subject(texts)
        if not subject and "imagenet" in evidence.datasets:
            subject = "objects"
        if subject:
            by_subject[subject].append((place, table))
    for place, objects in by_subject["objects"]:
        for other, places in by_subject["places"]:
            if place.rsplit("/", 2)[:-2] == other.rsplit("/", 2)[:-2]:
                text = exchanged(objects, places)
                if text is not None:
                    yield Finding("names_swapped", f"{place}, {other}", text)


def _same(tables: Sequence[tuple[str, Table]]) -> Iterator[Finding]:
    for (place, a), (other, b) in combinations(tables, 2):
        if a.units < 10 or list(a.parts) != list(b.parts) or a.labels() != b.labels():
            continue
        copies = evidence_of(a).bare == evidence_of(b).bare and _subject(place) == _subject(other)
        numbers = all(
            np.array_equal(one.similarities, b.parts[layer].similarities, equal_nan=True)
            for layer, one in a.parts.items()
        )
        text = f"the labels of {other} are those of {place}" + (", the similarities too" * numbers)
        yield Finding("same_table_twice", place, text, note=copies and place != other and numbers)


def _subject(place: str) -> str:
    return place.rsplit("/", 1)[-1] if "/" not in place else place.rsplit("/", 2)[-2]


def _settings(tables: Sequence[tuple[str, Table]]) -> Iterator[Finding]:
    for key, kind in _COMPARED.items():
        stated = {place: table.args[key] for place, table in tables if key in table.args}
        values = {str(value) for value in stated.values()}
        if len(values) > 1:
            told = "; ".join(f"{place}: {value}" for place, value in stated.items())
            places = ", ".join(stated)
            yield Finding(kind, places, f"the runs state different settings {key}: {told}"[:600])


def _vocabularies(tables: Sequence[tuple[str, Table]]) -> Iterator[Finding]:
    """Find tables whose labels come from different lists: their scores cannot be compared."""
    sources = {place: source_of(table.labels(), known_lists()) for place, table in tables}
    names = {source.name for source in sources.values() if source is not None}
    if len(names) < 2:
        return
    means = {
        place: float(np.nanmean(np.concatenate([p.similarities for p in table.parts.values()])))
        for place, table in tables
        if sources[place] is not None
    }
    told = "; ".join(
        f"{place} fits {source.name}, mean similarity {means[place]:.3f}"
        for place, source in sources.items()
        if source is not None
    )
    yield Finding("other_concept_set", ", ".join(means), f"different concept lists: {told}")


def _manifest(place: str, table: Table) -> Iterator[Finding]:
    document = table.document or {}
    probe, network = (_mapping(document.get(key)) for key in ("probe", "network"))
    name, images = str(probe.get("name", "")).casefold(), probe.get("images")
    for known, (images_right, images_wrong) in _IMAGES.items():
        if known in name and images == images_wrong:
            text = (
                f"{name}: expected {images_right:,} images, found {images_wrong:,}: masks were read"
            )
            yield Finding("other_probe", place, text)
    shown = _mapping(network.get("preprocessing"))
    weights = str(network.get("weights", "")).casefold()
    if shown and ("torchvision" in weights or "imagenet" in weights or "places" in weights):
        for key, right in (("mean", _MEAN), ("std", _STD)):
            value = shown.get(key)
            if isinstance(value, list) and _numbers(value) != right:
                text = f"{key} {value} for these weights, expected {list(right)}"
                yield Finding("wrong_preprocessing", place, text)


def _normalised(tables: Sequence[tuple[str, Table]]) -> Iterator[Finding]:
    """Find networks of one architecture that were shown differently normalised images."""
    seen: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for place, table in tables:
        network = _mapping(_mapping(table.document).get("network"))
        shown = _mapping(network.get("preprocessing"))
        if shown and network.get("architecture"):
            seen.setdefault(str(network["architecture"]), []).append((place, shown))
    for runs in seen.values():
        for key in ("mean", "std"):
            told = {place: str(shown.get(key)) for place, shown in runs}
            if len(set(told.values())) > 1:
                text = "; ".join(f"{place}: {value}" for place, value in told.items())
                text = f"networks of one architecture with different {key}: {text}"
                yield Finding("wrong_preprocessing", ", ".join(told), text[:600])


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _numbers(values: list[Any]) -> tuple[float, ...]:
    return tuple(round(float(v), 3) if isinstance(v, int | float) else -1.0 for v in values)
