"""Compare a submission with what its assignment asks for: `Expected` of the known facts."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

import numpy as np

from study.comparison.word_lists import WordList, source_of
from study.verify.reading.descriptions import Table
from study.verify.reading.known import Known
from study.verify.submission.all_tables import Placed, stated_subject
from study.verify.submission.findings import Finding
from study.verify.submission.one_table import named_list
from study.verify.verdict import NOTE, Check

_TOLERATED = 0.01
"""Share of a list's words that may be missing or foreign: other line ends, a repaired word."""


def check_expected(tables: Placed, known: Known) -> Iterator[Finding]:
    """Yield every departure from what the assignment asks for."""
    yield from _networks(tables, known)
    for place, table in tables:
        yield from _layers(place, table, known)
        yield from _concepts(place, table, known)
        yield from _probe(place, table, known)


def _networks(tables: Placed, known: Known) -> Iterator[Finding]:
    asked = {name.casefold() for name in known.expected.networks}
    found = {place: stated_subject(t, known, *place.split("/")[-2:]) for place, t in tables}
    there = {network.subject.casefold() for network in found.values() if network}
    if tables and all(found.values()):
        for name in sorted(asked - there):
            listed = ", ".join(sorted(there))
            text = f"expected a table of the network {name!r}, found those of {listed}"
            yield Finding("other_network", ", ".join(found), text)
    for place, network in found.items():
        if asked and network and network.subject.casefold() not in asked:
            text = f"expected {' or '.join(sorted(asked))}, found the network {network.subject!r}"
            yield Finding("other_network", place, text)
    if wanted := known.expected.architecture:
        for place, table in tables:
            stated = str(table.stated("network", "architecture") or table.target)
            if stated and not _is_of(stated, wanted, known):
                text = f"expected the architecture {wanted}, found {stated}"
                yield Finding("other_network", place, text)


def _is_of(stated: str, wanted: str, known: Known) -> bool:
    """Whether a network's name is that of an architecture, or names none at all."""
    plain, architecture = stated.casefold(), known.architecture(stated)
    named = architecture or any(plain.startswith(n.architectures) for n in known.networks)
    return not named or wanted.casefold() in (architecture, plain)


def _layers(place: str, table: Table, known: Known) -> Iterator[Finding]:
    asked, there = known.expected.layers, {layer.casefold(): layer for layer in table.parts}
    if not asked:
        return
    missing, extra = [x for x in asked if x not in there], [x for x in there if x not in asked]
    if missing or extra:
        text = f"expected {', '.join(asked)}, found {', '.join(table.parts)}"
        text += f"; missing: {', '.join(missing)}" if missing else ""
        text += f"; not asked for: {', '.join(extra)}" if extra else ""
        yield Finding("wrong_layers", place, text)
    for layer, units in asked.items():
        if layer in there and (found := len(table.parts[there[layer]])) != units:
            yield Finding("unit_counts", place, f"{layer}: expected {units} units, found {found}")


def _concepts(place: str, table: Table, known: Known) -> Iterator[Finding]:
    """Compare the list with the one asked for: as stated, by the vocabulary, by the similarity."""
    asked = named_list(known.expected.concepts, known.lists)
    if asked is not None:
        path = str(table.stated("concepts", "name") or table.args.get("concept_set") or "")
        name = PurePosixPath(path.replace("\\", "/")).name
        stated = named_list(name, known.lists)
        if name and (stated is None or stated.count != asked.count):
            text = f"expected the list of {asked.name}, the settings state {name}"
            yield Finding("other_concept_set", place, text, note=stated is None)
        labels = set(table.labels())
        source, outside = source_of(labels, known.lists), asked.outside(labels)
        if source is not None and source.count != asked.count and len(labels) >= 60:
            text = f"expected labels from the list of {asked.name}, found labels that all fit "
            yield Finding("other_concept_set", place, text + f"the list of {source.name}")
        elif outside and len(outside) > max(3, 0.03 * len(labels)):
            shown = ", ".join(map(repr, outside[:5]))
            text = f"expected labels from the list of {asked.name}, found {len(outside)} of "
            yield Finding("other_concept_set", place, f"{text}{len(labels)} outside it: {shown}")
    if (span := known.expected.mean_similarity) and set(known.expected.layers) <= set(table.parts):
        parts = [table.parts[x].similarities for x in known.expected.layers or table.parts]
        values = np.concatenate(parts)
        mean = float(np.nanmean(values)) if np.isfinite(values).any() else None
        if mean is not None and not span[0] <= mean <= span[1]:
            text = (
                f"expected a mean similarity of {span[0]:g} to {span[1]:g}, found {mean:.3f}: "
                "another list, another similarity function or other settings"
            )
            yield Finding("other_concept_set", place, text, confidence=0.6)


def _probe(place: str, table: Table, known: Known) -> Iterator[Finding]:
    asked = next((p for p in known.probes if p.name == known.expected.probe), None)
    stated = str(table.args.get("d_probe") or table.stated("probe", "name") or "")
    if asked is None or not stated:
        return
    plain = stated.casefold()
    if plain not in asked.settings and asked.name.casefold() not in plain:
        text = f"expected the probe {asked.name}, the settings state {stated}"
        yield Finding("other_probe", place, text)


def check_list_file(text: str, name: str, place: str, lists: Sequence[WordList]) -> Check | Finding:
    """Say which known list a submitted word list is; one that lies about its name is a finding."""
    words = {line.strip() for line in text.splitlines() if line.strip()}
    called, said = named_list(name, lists), f"{len(words):,} words"
    held = next((listed for listed in lists if _is_list(words, listed)), None)
    if called is None or (held is not None and held.count == called.count):
        said += f": {held.name if held else 'not a known list'}"
        return Check("concept list", NOTE, said, place)
    if held is not None:
        text = f"is called {name}, expected the list of {called.name}, found that of {held.name}"
        return Finding("other_concept_set", place, text)
    outside = called.outside(words)
    few = len(words) < (1 - _TOLERATED) * called.count
    text = f"is called {name}, expected the list of {called.name}, found {said}"
    text += f", {len(outside):,} of them not in it" if outside else ""
    text += ": it was cut short or filtered" if few and not outside else ""
    return Finding("other_concept_set", place, text)


def _is_list(words: set[str], listed: WordList) -> bool:
    off = abs(len(words) - listed.count)
    return max(off, len(listed.outside(words))) <= _TOLERATED * listed.count
