"""Defects of one table of descriptions, judged by the table and the settings beside it."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np

from study.comparison.word_lists import WordList, source_of
from study.dissection.provenance import dotted
from study.dissection.word_forms import merged
from study.verify.reading.descriptions import Table, fold
from study.verify.reading.known import Known
from study.verify.submission.findings import Finding

_MISSING = frozenset({"nan", "null", "none", "na", "n/a", "<na>", "#n/a", "true", "false"})
"""Words that programs read as missing values, and write with capitals."""
_STUB = re.compile(
    r"(concept|label|unit|neuron|class|word|placeholder|dummy|test|foo)?[ _-]?\d+"
    r"|todo|tbd|placeholder|dummy|unknown|label|concept|\?"
)
_SHOWN = 5


def check_table(
    table: Table, place: str, lists: Sequence[WordList], known: Known
) -> Iterator[Finding]:
    """Yield the defects of one table, which do not stop it from being read.

    The labels must come from one of the `lists`; without any, from the one that the settings state.
    """
    for check in (_defects, _layers, _stub, _spelling, _missing, _duplicates, _ties):
        yield from check(table, place)
    yield from _units(table, place, known)
    yield from _outside(table, place, lists, (*lists, *known.lists))


_DEFECTS: Mapping[str, str] = {
    "missing_unit": "unit_counts",
    "duplicate_unit": "unit_counts",
    "bad_unit": "unit_counts",
    "empty_description": "read_as_missing",
    "empty_file": "empty_results",
}


def _defects(table: Table, place: str) -> Iterator[Finding]:
    for defect in table.defects[:20]:
        kind = _DEFECTS.get(defect.kind, "defective_table")
        yield Finding(kind, place, defect.message, confidence=0.8 if kind == "unit_counts" else 0.9)
    for message in table.damaged:
        yield Finding("missing_evidence", place, message)
    if table.extra_columns:
        names = ", ".join(table.extra_columns)[:200]
        yield Finding("defective_table", place, f"columns that are not read: {names}", note=True)


def _units(table: Table, place: str, known: Known) -> Iterator[Finding]:
    """Compare each layer's rows with the units that the architecture has there."""
    stated = table.stated("network", "architecture") or table.target
    name = known.architecture(str(stated)) or _fitting_architecture(table, known)
    sizes = known.architectures.get(name, {})
    for layer, part in table.parts.items():
        expected = sizes.get(layer, sizes.get(layer.split(".")[0]))
        if expected not in (None, len(part)):
            text = f"{layer}: {name} has {expected} units there, found {len(part)} rows"
            others = [other for other, size in sizes.items() if size == len(part)]
            text += f", as many as {others[-1]} has" if others else ""
            yield Finding("wrong_layers" if others else "unit_counts", place, text)


def _fitting_architecture(table: Table, known: Known) -> str:
    """Return the architecture that most layers fit, at least two, so that the others stand out."""
    for name, sizes in known.architectures.items():
        right = sum(sizes.get(layer) == len(part) for layer, part in table.parts.items())
        if right >= 2 and right * 2 > len(table.parts):
            return name
    return ""


def _layers(table: Table, place: str) -> Iterator[Finding]:
    """Compare the table's layers with those that the settings state."""
    stated = table.args.get("target_layers")
    if isinstance(stated, str):
        stated = re.split(r"[,\s]+", stated.strip("[]() ").replace("'", "").replace('"', ""))
    if not isinstance(stated, list):
        return
    layers = {dotted(str(layer)) for layer in stated if layer}
    if layers and layers != set(table.parts):
        shown = f"{', '.join(sorted(layers))}; the table has {', '.join(table.parts)}"
        yield Finding("wrong_layers", place, f"the settings state {shown}")


def _stub(table: Table, place: str) -> Iterator[Finding]:
    """Find labels and similarities that were filled in instead of measured."""
    labels, values = table.labels(), table.similarities()
    distinct, finite = set(labels), values[np.isfinite(values)]
    fillers = sorted(word for word in distinct if _STUB.fullmatch(fold(word)))
    texts = []
    if len(labels) >= 10 and len(distinct) == 1:
        texts.append(f"all {len(labels)} units have the label {labels[0]!r}")
    elif len(fillers) > max(2, len(distinct) // 10):
        texts.append(f"placeholders instead of labels: {', '.join(fillers[:_SHOWN])}")
    if len(finite) >= 10 and np.ptp(finite) == 0:
        texts.append(f"all similarities are {finite[0]:g}")
    elif not len(finite) and len(values):
        texts.append("no similarity can be read")
    yield from (Finding("empty_results", place, text) for text in texts)


def _spelling(table: Table, place: str) -> Iterator[Finding]:
    """Find one concept written in several ways, and labels with outer or double spaces."""
    distinct = set(table.labels())
    spaced = sorted(word for word in distinct if word != " ".join(word.split()))
    if spaced:
        shown = ", ".join(map(repr, spaced[:_SHOWN]))
        yield Finding("case_and_spacing", place, f"{len(spaced)} labels with stray space: {shown}")
    split = _several(distinct, map(fold, distinct))
    if split:
        shown = "; ".join(", ".join(map(repr, words)) for words in split[:_SHOWN])
        yield Finding("case_and_spacing", place, f"one concept in several spellings: {shown}")


def _several(words: Iterable[str], forms: Iterable[str]) -> list[list[str]]:
    """Return the groups of two or more words that share a form, sorted."""
    groups = defaultdict(list)
    for word, form in zip(words, forms, strict=True):
        groups[form].append(word)
    return sorted(sorted(group) for group in groups.values() if len(group) > 1)


def _missing(table: Table, place: str) -> Iterator[Finding]:
    """Find missing-value words with capitals among labels in lower case."""
    counts = Counter(table.labels())
    written = [word for word in counts if word != word.casefold()]
    if len(written) >= 0.1 * len(counts):
        return
    for word in sorted(written):
        if word.casefold() in _MISSING:
            text = f"{counts[word]} units are labelled {word!r} among labels in lower case"
            yield Finding("read_as_missing", place, text)


def _duplicates(table: Table, place: str) -> Iterator[Finding]:
    distinct = sorted({fold(word) for word in table.labels()})
    forms = merged(distinct)
    near = _several(distinct, forms)
    if near:
        shown = "; ".join(", ".join(words) for words in near[:_SHOWN])
        text = (
            f"{len(distinct)} labels are {len(set(forms))} words: {len(near)} occur in several "
            f"forms, e.g. {shown}"
        )
        yield Finding("near_duplicates", place, text, note=True)


def _ties(table: Table, place: str) -> Iterator[Finding]:
    for layer, part in table.parts.items():
        counts = sorted(Counter(part.labels).values(), reverse=True)
        if len(counts) > 10 and counts[9] == counts[10]:
            tied = f"{counts.count(counts[9])} labels of {counts[9]} units each"
            cut = f"{layer}: a top 10 cuts through {tied}"
            yield Finding("tie_at_the_cut", place, cut, note=True)


def named_list(name: str, lists: Sequence[WordList]) -> WordList | None:
    """Return the list that a file name means: by its own name, or by what it is called ("10k")."""
    plain = name.casefold().replace(",", "")
    exact = [words for words in lists if words.name.casefold().replace(",", "") == plain]
    called = [words for words in lists if any(part in plain for part in words.called)]
    if exact or not called:
        return exact[0] if exact else None
    return next(words for words in lists if words.count == called[0].count)


def _outside(
    table: Table, place: str, given: Sequence[WordList], lists: Sequence[WordList]
) -> Iterator[Finding]:
    """Compare the labels with the given lists, and with the one that the settings state."""
    path = str(table.stated("concepts", "name") or table.args.get("concept_set") or "")
    labels, name = set(table.labels()), PurePosixPath(path.replace("\\", "/")).name
    stated = named_list(name, lists)
    if given:
        best = min(given, key=lambda words: len(words.outside(labels)))
        yield from _foreign(labels, place, best, "given with --concepts", lists)
    if stated is not None and stated.sha256 not in {words.sha256 for words in given}:
        yield from _foreign(labels, place, stated, f"stated as {name}", lists)
    elif stated is None and name and (source := source_of(labels, lists)):
        text = f"the settings state {name}; the labels fit {source.name}"
        yield Finding("other_concept_set", place, text, note=True)
    if stated is not None and (shorter := _shorter(labels, stated, lists)):
        text = (
            f"the settings state {name}, but all {len(labels)} distinct labels fit {shorter.name}; "
            f"about half of the labels from {stated.name} would lie outside it"
        )
        yield Finding("other_concept_set", place, text)


def _shorter(labels: set[str], stated: WordList, lists: Sequence[WordList]) -> WordList | None:
    """Return a much shorter list that holds all labels: the full list would have been used."""
    source = source_of(labels, lists) if stated.fits(labels) and len(labels) >= 60 else None
    if source is None or source.count * 3 > stated.count * 2 or source.outside(labels):
        return None
    return source


def _foreign(
    labels: set[str], place: str, expected: WordList, why: str, lists: Sequence[WordList]
) -> Iterator[Finding]:
    """Report labels outside the expected list, and the list that they come from instead."""
    outside = expected.outside(labels)
    if not outside:
        return
    shown = ", ".join(map(repr, outside[:_SHOWN]))
    text = f"{len(outside)} of {len(labels)} labels are not in {expected.name} ({why}): {shown}"
    if expected.fits(labels) or len(outside) <= 0.1 * len(labels):
        missing = _MISSING & set(map(fold, outside))
        kind = "read_as_missing" if len(outside) <= len(missing) else "not_in_concept_set"
        yield Finding(kind, place, text)
    else:
        source = source_of(labels, lists)
        text += f"; all of them fit {source.name}" if source else ""
        yield Finding("other_concept_set", place, text)
