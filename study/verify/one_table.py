"""What is wrong with one table of labels, seen from the table and the settings beside it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from types import MappingProxyType

import numpy as np

from study.inflections import merged
from study.verify.concept_lists import WordList, known_lists, source_of
from study.verify.findings import Finding
from study.verify.tables import Table, canonical, fold

_RESNET: Mapping[str, int] = MappingProxyType(
    {"conv1": 64, "bn1": 64, "layer1": 64, "layer2": 128, "layer3": 256, "layer4": 512}
)
_WIDE: Mapping[str, int] = MappingProxyType(
    {"conv1": 64, "bn1": 64, "layer1": 256, "layer2": 512, "layer3": 1024, "layer4": 2048}
)
UNITS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "resnet18": _RESNET,
        "resnet34": _RESNET,
        "resnet50": _WIDE,
        "resnet101": _WIDE,
        "resnet152": _WIDE,
        "narrow_resnet18": {"layer1": 16, "layer2": 32, "layer3": 64, "layer4": 128},
    }
)
"""Units of each layer by architecture."""
_MISSING = frozenset(
    {"nan", "NaN", "NAN", "-nan", "None", "NULL", "Null", "N/A", "n/a", "NA", "<NA>", "#N/A"}
    | {"True", "False", "TRUE", "FALSE"}
)
"""What other programs write where they read a word of a concept list as a missing value."""
_WORDS_READ_AS_MISSING = {"nan", "null", "none", "na", "n/a", "true", "false"}
_STUB = re.compile(r"(concept|label|unit|neuron|class|word|placeholder|dummy|test|foo)?[ _-]?\d+")
_STUB_WORDS = frozenset(("todo", "tbd", "placeholder", "dummy", "unknown", "label", "concept", "?"))
_SHOWN = 5


def check_table(table: Table, place: str, lists: Sequence[WordList]) -> Iterator[Finding]:
    """Yield what is wrong with a table by itself.

    Parameters
    ----------
    table
        As found.
    place
        The file's name as printed.
    lists
        The concept lists that were given to check against.
    """
    for check in (_defects, _units, _layers, _stub, _spelling, _missing, _duplicates, _ties):
        yield from check(table, place)
    yield from _outside(table, place, lists)


def _defects(table: Table, place: str) -> Iterator[Finding]:
    for defect in table.defects[:20]:
        kind = _DEFECTS.get(defect.kind, "defective_table")
        yield Finding(kind, place, defect.message, confidence=0.8 if kind == "unit_counts" else 0.9)
    if table.extra_columns:
        names = ", ".join(table.extra_columns)[:200]
        yield Finding("defective_table", place, f"further columns: {names}", note=True)


_DEFECTS: Mapping[str, str] = MappingProxyType(
    {
        "missing_unit": "unit_counts",
        "duplicate_unit": "unit_counts",
        "bad_unit": "unit_counts",
        "empty_description": "read_as_missing",
        "empty_file": "empty_results",
    }
)


def architecture(table: Table) -> str:
    """Return the architecture that the settings beside a table name, "" if none is known."""
    network = (table.document or {}).get("network")
    stated = network.get("architecture") if isinstance(network, dict) else None
    text = str(stated or table.args.get("target_model") or "").casefold()
    return next(
        (name for name in sorted(UNITS, key=len, reverse=True) if text.startswith(name)), ""
    )


def _units(table: Table, place: str) -> Iterator[Finding]:
    """Compare each layer's rows with the units that the architecture has there."""
    model = architecture(table)
    sizes = UNITS.get(model, _RESNET if _looks_like_resnet(table) else {})
    for layer, part in table.parts.items():
        expected = sizes.get(layer.split(".")[0])
        if expected is None or len(part) == expected:
            continue
        text = f"{layer}: {model or 'ResNet18'} has {expected} units there, found {len(part)} rows"
        others = [name for name, size in sizes.items() if size == len(part)]
        if others:
            yield Finding("wrong_layers", place, f"{text}, as {others[-1]} has")
        else:
            yield Finding("unit_counts", place, text)


def _looks_like_resnet(table: Table) -> bool:
    """Whether most layers have the sizes of a ResNet18: one that differs is then a finding."""
    right = sum(_RESNET.get(layer) == len(part) for layer, part in table.parts.items())
    return right >= 2 and right * 2 > len(table.parts)


def _layers(table: Table, place: str) -> Iterator[Finding]:
    stated = table.args.get("target_layers")
    if isinstance(stated, str):
        stated = re.split(r"[,\s]+", stated.strip("[]() ").replace("'", "").replace('"', ""))
    if not isinstance(stated, list) or not stated:
        return
    wanted, there = {canonical(str(one)) for one in stated if one}, set(table.parts)
    if wanted != there:
        missing, further = sorted(wanted - there), sorted(there - wanted)
        text = f"the settings state {', '.join(sorted(wanted))}; the table has {', '.join(there)}"
        if missing or further:
            yield Finding("wrong_layers", place, text)


def _stub(table: Table, place: str) -> Iterator[Finding]:
    labels = table.labels()
    kinds = set(labels)
    fillers = [word for word in kinds if _STUB.fullmatch(fold(word)) or fold(word) in _STUB_WORDS]
    if len(labels) >= 10 and len(kinds) == 1:
        yield Finding(
            "empty_results", place, f"all {len(labels)} units have the label {labels[0]!r}"
        )
    elif len(fillers) > max(2, len(kinds) // 10):
        shown = ", ".join(sorted(fillers)[:_SHOWN])
        yield Finding("empty_results", place, f"labels that only hold a place: {shown}")
    values = np.concatenate([part.similarities for part in table.parts.values()])
    finite = values[np.isfinite(values)]
    if len(finite) >= 10 and np.ptp(finite) == 0:
        yield Finding("empty_results", place, f"all similarities are {finite[0]:g}")
    elif len(finite) < len(values) and len(finite) == 0:
        yield Finding("empty_results", place, "no similarity can be read")


def _spelling(table: Table, place: str) -> Iterator[Finding]:
    """Find one concept written in several ways, and labels with outer or double spaces."""
    kinds = set(table.labels())
    spaced = sorted(word for word in kinds if word != " ".join(word.split()))
    if spaced:
        shown = ", ".join(map(repr, spaced[:_SHOWN]))
        yield Finding("case_and_spacing", place, f"{len(spaced)} labels with stray space: {shown}")
    forms: dict[str, list[str]] = {}
    for word in kinds:
        forms.setdefault(fold(word), []).append(word)
    split = sorted(sorted(words) for words in forms.values() if len(words) > 1)
    if split:
        shown = "; ".join(", ".join(map(repr, words)) for words in split[:_SHOWN])
        yield Finding("case_and_spacing", place, f"one concept in several spellings: {shown}")


def _missing(table: Table, place: str) -> Iterator[Finding]:
    counts = Counter(table.labels())
    lower = sum(word == word.casefold() for word in counts) > 0.9 * len(counts)
    for word in sorted(_MISSING & set(counts)):
        if lower and word != word.casefold():
            text = f"{counts[word]} units are labelled {word!r} in a list of lower-case words"
            yield Finding("read_as_missing", place, text)


def _duplicates(table: Table, place: str) -> Iterator[Finding]:
    kinds = sorted({fold(word) for word in table.labels()})
    groups: dict[str, list[str]] = {}
    for word, form in zip(kinds, merged(kinds), strict=True):
        groups.setdefault(form, []).append(word)
    near = [words for words in groups.values() if len(words) > 1]
    if near:
        shown = "; ".join(", ".join(words) for words in near[:_SHOWN])
        text = (
            f"{len(kinds)} labels are {len(groups)} words: {len(near)} occur in several forms, "
            f"e.g. {shown}"
        )
        yield Finding("near_duplicates", place, text, note=True)


def _ties(table: Table, place: str) -> Iterator[Finding]:
    for layer, part in table.parts.items():
        counted = sorted(Counter(part.labels).items(), key=lambda item: (-item[1], item[0]))
        if len(counted) > 10 and counted[9][1] == counted[10][1]:
            count = counted[9][1]
            tied = [word for word, n in counted if n == count]
            text = f"{layer}: a top 10 cuts through {len(tied)} labels of {count} units each"
            yield Finding("tie_at_the_cut", place, text, note=True)


def stated_list(table: Table) -> str:
    """Return the concept list that the settings beside a table name, "" if they name none."""
    concepts = (table.document or {}).get("concepts")
    stated = concepts.get("name") if isinstance(concepts, dict) else None
    path = str(stated or table.args.get("concept_set") or "").replace("\\", "/")
    return PurePosixPath(path).name


def named_list(name: str, lists: Sequence[WordList]) -> WordList | None:
    """Return the known list that a file name means: by name, or by the count in it ("10k")."""
    plain = name.casefold()
    counts = {"20k": 20_000, "20000": 20_000, "10k": 9_894, "10000": 9_894, "no-swears": 9_894}
    for one in lists:
        if one.name.casefold() == plain:
            return one
    wanted = next((count for key, count in counts.items() if key in plain.replace(",", "")), None)
    return next((one for one in lists if one.count == wanted), None)


def _outside(table: Table, place: str, lists: Sequence[WordList]) -> Iterator[Finding]:
    """Compare the labels with the lists that they must come from, or are said to come from."""
    every = (*lists, *known_lists())
    labels, name = set(table.labels()), stated_list(table)
    stated = named_list(name, every)
    if (lists and not any(one.fits(labels) for one in lists) and len(labels) >= _SHOWN) or lists:
        best = min(lists, key=lambda one: len(one.outside(labels)))
        yield from _foreign(table, place, best, "given with --concepts", every)
    given = {one.sha256 for one in lists}
    if stated is not None and stated.sha256 not in given:
        yield from _foreign(table, place, stated, f"stated as {name}", every)
    elif stated is None and name and (source := source_of(labels, every)):
        text = f"the settings state {name}; the labels fit {source.name}"
        yield Finding("other_concept_set", place, text, note=True)
    if stated is not None and stated.fits(labels):
        yield from _shorter(place, labels, stated, name, every)


def _foreign(
    table: Table, place: str, wanted: WordList, why: str, every: Sequence[WordList]
) -> Iterator[Finding]:
    labels = set(table.labels())
    outside = wanted.outside(labels)
    if not outside:
        return
    shown = ", ".join(map(repr, outside[:_SHOWN]))
    text = f"{len(outside)} of {len(labels)} labels are not in {wanted.name} ({why}): {shown}"
    if wanted.fits(labels) or len(outside) <= 0.1 * len(labels):
        lost = _WORDS_READ_AS_MISSING & {fold(word) for word in outside}
        kind = "read_as_missing" if lost and len(outside) <= len(lost) else "not_in_concept_set"
        yield Finding(kind, place, text)
        return
    source = source_of(labels, every)
    if source is not None:
        text += f"; they all fit {source.name}"
    yield Finding("other_concept_set", place, text)


def _shorter(
    place: str, labels: set[str], stated: WordList, name: str, every: Sequence[WordList]
) -> Iterator[Finding]:
    """Say when all labels lie in a list half as long: a full list would have been used fully."""
    source = source_of(labels, every)
    if source is None or source.count * 3 > stated.count * 2 or len(labels) < 60:
        return
    if source.outside(labels):
        return
    text = (
        f"the settings state {name}, but all {len(labels)} different labels fit {source.name}: "
        f"of labels from {stated.name} about half would be outside it"
    )
    yield Finding("other_concept_set", place, text)
