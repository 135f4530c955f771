"""Claims that cannot all be true, whatever the runs: only + shared = unique, J = shared/union.

Nor can two different numbers be the same quantity.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from study.verify.questions import Question, written
from study.verify.verdict import FAILED, Check
from study.verify.written import Written

_KINDS = frozenset({"unique", "only", "shared", "union", "jaccard", "units"})
Key = tuple[str, str | None]
"""A kind of quantity, and the network it is of; `None` for what two networks have together."""


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The claimed numbers of one layer, or of all, by kind and network."""

    values: Mapping[Key, tuple[str, Written]]
    networks: tuple[str, str]

    def get(self, kind: str, network: str | None = None) -> int | None:
        """Return a claimed whole number; `None` if it is not claimed, or only roughly."""
        found = self.values.get((kind, network))
        if found is None or found[1].low != found[1].high:
            return None
        return round(found[1].number)


def check_algebra(questions: Sequence[Question]) -> Iterator[Check]:
    """Yield what does not add up among the claims themselves."""
    layers: dict[str | None, dict[Key, tuple[str, Written]]] = {}
    pairs: dict[str | None, tuple[str, str]] = {}
    for question in questions:
        claim = question.claim
        if claim.kind not in _KINDS or claim.value is None:
            continue
        own = claim.kind in {"unique", "only", "units"}
        key = (claim.kind, question.networks[0] if own else None)
        layer = claim.layer and "".join(claim.layer.casefold().split())
        first, number = layers.setdefault(layer, {}).setdefault(key, (claim.id, written(question)))
        pairs.setdefault(layer, question.networks)
        again = written(question)
        if number.high < again.low or again.high < number.low:
            said = f"{claim.kind} is {number.text} in {first} and {again.text} in {claim.id}"
            yield _failed(layer or "all layers", said)
    for layer, values in layers.items():
        yield from _of_layer(_Numbers(values, pairs[layer]), layer or "all layers")
    yield from _over_layers(layers)


def _of_layer(numbers: _Numbers, layer: str) -> Iterator[Check]:
    shared, union = numbers.get("shared"), numbers.get("union")
    unique = [numbers.get("unique", network) for network in numbers.networks]
    only = [numbers.get("only", network) for network in numbers.networks]
    for network, u, o in zip(numbers.networks, unique, only, strict=True):
        if None not in (u, o, shared) and (o or 0) + (shared or 0) != u:
            text = f"{network}: only {o} + shared {shared} = {(o or 0) + (shared or 0)}, not {u}"
            yield _failed(layer, text)
        if u is not None and shared is not None and shared > u:
            yield _failed(layer, f"{network}: shared {shared} is more than its unique {u}")
        units = numbers.get("units", network)
        if u is not None and units is not None and u > units:
            yield _failed(layer, f"{network}: {u} unique concepts on {units} units")
    total = _union(unique, only, shared)
    if total is not None and union is not None and total != union:
        yield _failed(layer, f"the union is {total} by the other numbers, not {union}")
    total = union if union is not None else total
    jaccard = numbers.values.get(("jaccard", None))
    known = jaccard is not None and shared is not None and bool(total)
    if known and jaccard and shared is not None and not jaccard[1].holds(shared / (total or 1)):
        value = f"{shared}/{total} = {shared / (total or 1):.4f}"
        yield _failed(layer, f"Jaccard: shared/union is {value}, not {jaccard[1].text}")


def _union(unique: list[int | None], only: list[int | None], shared: int | None) -> int | None:
    if shared is None:
        return None
    if None not in unique:
        return sum(one or 0 for one in unique) - shared
    return None if None in only else sum(one or 0 for one in only) + shared


def _over_layers(
    layers: Mapping[str | None, Mapping[Key, tuple[str, Written]]],
) -> Iterator[Check]:
    """All layers together hold at least the concepts of the richest and at most their sum."""
    for key, (_, whole) in layers.get(None, {}).items():
        parts = [numbers[key][1] for layer, numbers in layers.items() if layer and key in numbers]
        if key[0] not in {"unique", "shared", "union"} or not parts:
            continue
        largest = max(part.low for part in parts)
        if whole.high < largest:
            text = f"{key[0]} of all layers {whole.text} is less than {largest:g} of one layer"
            yield _failed("all layers", text)


def _failed(layer: str, text: str) -> Check:
    advice = "count again: only + shared = unique, Jaccard = shared / union"
    return Check("set algebra", FAILED, text, layer, advice)
