"""What two runs were dissected with, and whether their labels can be compared at all."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from study.comparison.pairing import paired
from study.comparison.respelling import otherwise_spelt
from study.comparison.word_lists import known_lists, source_of
from study.dissection.provenance import manifest_parts, network_of
from study.dissection.run import Run
from study.errors import StudyError

APART = 4.0
"""Ratio of mean similarities from which on two tables are no longer of one function and setting.

Networks of one study differ by less than 2: trained, untrained, twins, and the published runs."""
GEOMETRY = ("resize", "crop", "interpolation")
"""Keys of a network's preprocessing that decide which part of an image it sees, and how sharp."""
_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """An input that two runs do not share: its name, and what it was for A and for B."""

    input: str
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Conditions:
    """How two runs relate: the inputs that differ, and whether they are of the same weights.

    ``same_weights`` is None where one of them does not say, and ``words``, the number of
    concepts in the list, where none says or they differ.
    """

    differ: tuple[Difference, ...]
    same_weights: bool | None
    words: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return this under its keys in the results."""
        return {
            "differ": [asdict(one) for one in self.differ],
            "same_weights": self.same_weights,
            "words": self.words,
        }


def conditions(a: Run, b: Run) -> Conditions:
    """Return how the inputs of two runs differ, from what their files state.

    The files are ``manifest.json`` and CLIP-Dissect's ``args.txt``. What they leave open is judged
    by the tables: labels that only one of two known lists of words holds, and mean similarities
    that no two networks have under the same function. Devices may differ: they move few labels.
    """
    records = Record(a.manifest, a.args), Record(b.manifest, b.args)
    differ = list(stated(*records))
    named = {one.input for one in differ}
    differ += [one for one in _from_tables(a, b, records) if one.input not in named]
    counts = [_listed(run, record) for run, record in zip((a, b), records, strict=True)]
    known = [count for count in counts if count is not None]
    words = known[0] if known and known.count(known[0]) == len(known) else None
    return Conditions(tuple(differ), same_weights(*records), words)


@dataclass(frozen=True, slots=True)
class Record:
    """What lies beside a table: its manifest, and CLIP-Dissect's ``args.txt`` where there is none.

    ``entries`` are under the names of a manifest.
    """

    manifest: Mapping[str, Any] | None
    args: Mapping[str, Any] | None

    @property
    def entries(self) -> Mapping[str, Any]:
        """What is stated, by either of them."""
        return self.manifest if self.manifest is not None else manifest_parts(self.args or {})

    @property
    def network(self) -> Mapping[str, Any]:
        """What is stated about the network itself."""
        return network_of(self.manifest) or {}

    def part(self, name: str) -> Mapping[str, Any]:
        """Return a part of the manifest; empty if it is not stated, or is no table."""
        return _part(self.entries, name)


def stated(a: Record, b: Record) -> Iterator[Difference]:
    """Yield the inputs that two records both state, differently."""
    yield from _shared(a.entries, b.entries)
    yield from _networks(a, b)


def same_weights(a: Record, b: Record) -> bool | None:
    """Return whether two networks have the same weights; `None` if one does not say."""
    digests = [record.network.get("sha256") for record in (a, b)]
    return None if None in digests else digests[0] == digests[1]


def check_comparable(runs: Sequence[Run], *, same_network: bool = False) -> None:
    """Refuse to compare runs whose inputs differ.

    Raises
    ------
    StudyError
        Naming each difference, and what to do; `same_network` says that these are states of one
        network, compared unit by unit, whose inputs may differ.
    """
    found = [] if same_network else [(a, b, conditions(a, b)) for a, b in paired(runs)]
    different = [(a, b, one) for a, b, one in found if one.differ]
    if not different:
        return
    a, b, first = different[0]
    texts = "; ".join(described(one, a.name, b.name) for one in first.differ)
    others = f" (and {len(different) - 1} further pairs)" if len(different) > 1 else ""
    hint = "add --allow-different-inputs (in Python: allow_different_inputs=True) for a report "
    hint += "that states nothing between the networks"
    if first.same_weights:
        own = "add --same-network (in Python: same_network=True) to compare unit by unit"
        hint = f"both have the same weights: {own}; or {hint}"
    raise StudyError(
        f"{a.name!r} and {b.name!r} were dissected with different inputs{others}, so their labels "
        f"cannot be compared: {texts}. Dissect them again with the same inputs; {hint}"
    )


def described(one: Difference, a: str, b: str) -> str:
    """Write a difference: its input, and what it was in each run."""
    return f"{one.input} ({one.a} in {a}, {one.b} in {b})"


def _part(document: Mapping[str, Any] | None, name: str) -> Mapping[str, Any]:
    part = (document or {}).get(name)
    return part if isinstance(part, dict) else {}


def _shared(*records: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield the inputs that networks share in a study."""
    for name, digest, size, unit in (
        ("probe", "digest", "images", "images"),
        ("concepts", "digest", "count", "words"),
        ("encoder", "sha256", "", ""),
    ):
        parts = [_part(record, name) for record in records]
        title = "model" if name == "encoder" else "name"
        keys = [key for key in (digest, size, title) if key and all(map(_has(key), parts))]
        if keys and parts[0][keys[0]] != parts[1][keys[0]]:
            same_name = [_plain(part.get(title)) for part in parts]
            if keys[0] == title and same_name[0] == same_name[1]:
                continue
            yield Difference(name, *(_shown(part, (title, size, digest), unit) for part in parts))
    limits = [{"limit": record.get("limit")} for record in records]
    yield from _entries(limits, none="all images")
    encoders = [_part(_part(record, "encoder"), "preprocessing") for record in records]
    yield from _entries(encoders, prefix="encoder's ", none="none")
    parts = [_part(record, "dissection") for record in records]
    chosen = [
        {
            key: part[key]
            for key in ("similarity", "pool", "tokens", "precision", "ties")
            if key in part
        }
        for part in parts
    ]
    yield from _entries(chosen)
    settings = [_part(part, "settings") for part in parts]
    if chosen[0].get("similarity") == chosen[1].get("similarity"):
        yield from _entries(settings)


def _has(key: str) -> Any:
    return lambda part: part.get(key) is not None


def _entries(
    parts: Sequence[Mapping[str, Any]], *, prefix: str = "", none: str = ""
) -> Iterator[Difference]:
    """Yield the entries that both mappings have and that differ; `none` is what None means."""
    for key in [key for key in parts[0] if key in parts[1]]:
        values = [part[key] for part in parts]
        if values[0] == values[1] or (None in values and not none):
            continue
        shown = [_short(none if value is None else value) for value in values]
        yield Difference(f"{prefix}{key}", *shown)


def _networks(a: Record, b: Record) -> Iterator[Difference]:
    """Yield how differently two networks of one architecture are shown the images.

    Normalisation belongs to the weights; which part of an image a network sees does not.
    """
    networks = [record.network for record in (a, b)]
    if not networks[0].get("architecture") or (
        networks[0].get("architecture") != networks[1].get("architecture")
    ):
        return
    same = same_weights(a, b)
    parts = [_part(network, "preprocessing") for network in networks]
    for one in _entries(parts, none="none"):
        if same or one.input in GEOMETRY:
            yield Difference(f"network's {one.input}", one.a, one.b)


def _from_tables(a: Run, b: Run, records: tuple[Record, Record]) -> Iterator[Difference]:
    """Yield what the tables show where the files do not say."""
    words = [_words(run) for run in (a, b)]
    counts = [record.part("concepts").get("count") for record in records]
    if None in counts:
        sources = [source_of(own, known_lists()) for own in words]
        if sources[0] and sources[1] and sources[0].count != sources[1].count:
            longer = int(sources[1].count > sources[0].count)
            shorter = sources[1 - longer]
            outside = len(shorter.outside(words[longer])) if shorter else 0
            shown = [f"labels fit {source.name}" for source in sources if source]
            shown[longer] += f", {outside} of them are not in the other list"
            yield Difference("concepts", *shown)
        for (count, own), other in zip(zip(counts[::-1], words, strict=True), (0, 1), strict=True):
            if isinstance(count, int) and len(own) > count:
                shown = [f"{count} words", f"{count} words"]
                shown[other] = f"{len(own)} distinct labels"
                yield Difference("concepts", *shown)
    if respelt := otherwise_spelt(*words):
        count, *examples = respelt
        yield Difference("spelling", *(f"{count} labels like {_short(one)}" for one in examples))
    means = [_mean(run) for run in (a, b)]
    functions = [record.part("dissection").get("similarity") for record in records]
    if None in functions and None not in means and _far(*map(float, filter(None, means))):
        yield Difference("similarity", *(f"{mean:.3g} on average" for mean in means))


def _listed(run: Run, record: Record) -> int | None:
    """Return how many concepts a run's list has: as stated, or those of the known list it names."""
    concepts = record.part("concepts")
    if isinstance(concepts.get("count"), int):
        return int(concepts["count"])
    name = str(concepts.get("name") or "").casefold()
    named = [one for one in known_lists() if any(part in name for part in one.called)]
    source = source_of(_words(run), named) if name else None
    return source.count if source else None


def _words(run: Run) -> set[str]:
    return {label for layer in run.dissection.layers for label in layer.descriptions}


def _mean(run: Run) -> float | None:
    values = np.concatenate([np.asarray(layer.similarities) for layer in run.dissection.layers])
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) >= 10 and finite.mean() else None


def _far(*means: float) -> bool:
    """Whether two means have different signs, or a ratio of more than `APART`."""
    if len(means) < 2:
        return False
    return means[0] * means[1] < 0 or abs(math.log(abs(means[0] / means[1]))) > math.log(APART)


def _shown(part: Mapping[str, Any], keys: Sequence[str], unit: str) -> str:
    """Write the name, size and digest of an input, as far as they are stated."""
    title, size, digest = keys
    texts = [_short(part[title])] if part.get(title) is not None else []
    if size and part.get(size) is not None:
        texts.append(f"{_short(part[size])} {unit}")
    if part.get(digest) is not None:
        texts.append(f"digest {str(part[digest])[:12]}")
    return ", ".join(texts)


def _plain(value: Any) -> str:
    """Return a name in one spelling: CLIP-Dissect writes ``ViT-B/16``, open_clip ``ViT-B-16``."""
    return str(value).casefold().replace("/", "-").removesuffix("-quickgelu")


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _LENGTH else text[: _LENGTH - 1] + "…"
