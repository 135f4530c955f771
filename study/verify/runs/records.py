"""What two runs' own records, manifest or ``args.txt``, state differently."""

from collections.abc import Iterator, Mapping
from typing import Any

from study.comparison.conditions import Record, described, same_weights, stated
from study.dissection.provenance import dotted
from study.verify.reading.descriptions import Table, letters
from study.verify.verdict import NOTE, Cause, Check

RECORDS = "records"
"""The check that names what the records state differently."""
ADVICE = "correct the record that is wrong: one result cannot come from both"
_OF_INPUT: Mapping[str, str] = {
    "probe": "other_probe",
    "limit": "other_probe",
    "concepts": "other_concepts",
}
"""The cause that a stated difference of an input is; any other input is a setting."""


def with_records(causes: list[Cause], a: Table, b: Table) -> list[Cause]:
    """Put what both runs' records state before what the labels suggest, and drop what they refute.

    Tables that are equal need no cause.
    """
    if any(cause.cause == "identical" for cause in causes):
        return causes
    records = _records(a, b)
    found: dict[str, list[str]] = {}
    for one in stated(*records):
        cause = _OF_INPUT.get(one.input, "other_settings")
        found.setdefault(cause, []).append(f"stated: {described(one, a.name, b.name)}")
    same = same_weights(*records)
    if same is False:
        text = f"stated: {a.name} and {b.name} have weights of different digests"
        found.setdefault("swapped_or_other_network", []).append(text)
    refuted = {"swapped_or_other_network", "unrelated"} if same else set()
    for cause, part in (("other_probe", "probe"), ("other_concepts", "concepts")):
        digests = [record.part(part).get("digest") for record in records]
        if None not in digests and digests[0] == digests[1]:
            refuted |= {cause} | ({"probe_variant"} if part == "probe" else set())
    if found or (refuted and all(record.part("dissection") for record in records)):
        refuted |= {"other_settings"}
    kept = [c for c in causes if c.cause not in refuted and c.cause not in found]
    return [*(Cause(cause, 1.0, tuple(texts)) for cause, texts in found.items()), *kept]


def contradictions(a: Table, b: Table) -> list[str]:
    """Return what the records state differently, of which one result has only one.

    That is the inputs and settings, the weights, and the network and layers that ``args.txt``
    names. Machines, batches and places of files may differ between runs of one network.
    """
    records = _records(a, b)
    texts = [described(one, a.name, b.name) for one in stated(*records)]
    if same_weights(*records) is False:
        texts.append("weights (of different digests)")
    models = [str(table.args.get("target_model") or "") for table in (a, b)]
    if all(models) and not _of_one_network(a, b):
        texts.append(f"target_model ({models[0]} in {a.name}, {models[1]} in {b.name})")
    layers = [_layers(table.args.get("target_layers")) for table in (a, b)]
    if all(layers) and layers[0] != layers[1]:
        shown = [", ".join(sorted(names)) for names in layers]
        texts.append(f"target_layers ({shown[0]} in {a.name}, {shown[1]} in {b.name})")
    return texts


def other_entries(a: Table, b: Table) -> Iterator[Check]:
    """Name each entry in which the two runs' ``args.txt`` differ."""
    for key, ours in sorted(a.args.items()):
        if key in b.args and str(ours) != str(b.args[key]):
            text = f"{a.name} states {ours!r}, {b.name} states {b.args[key]!r}"
            yield Check(f"stated {key}", NOTE, text)


def _records(a: Table, b: Table) -> tuple[Record, Record]:
    return Record(a.document, a.args), Record(b.document, b.args)


def _of_one_network(a: Table, b: Table) -> bool:
    """Whether two names are of one network: equal, or longer and shorter for one training set.

    The published runs call one network ``resnet18_places`` and ``resnet18_places365``.
    """
    short, long = sorted((letters(table.origin.bare) for table in (a, b)), key=len)
    alike = long.startswith(short) and bool(a.origin.datasets & b.origin.datasets)
    return short == long or alike


def _layers(stated: Any) -> frozenset[str]:
    """Return the layers that ``args.txt`` lists; empty where it holds no list."""
    names = stated if isinstance(stated, list | tuple) else []
    return frozenset(dotted(str(name)) for name in names)
