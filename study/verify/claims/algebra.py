"""Find claims that cannot all be true, whatever the runs.

Set algebra demands that only + shared = unique and that Jaccard = shared / union, and one quantity
cannot have two different numbers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from study.verify.claims.quantities import NUMBERS, plain_layer
from study.verify.claims.questions import Question
from study.verify.claims.written_numbers import WrittenNumber
from study.verify.verdict import FAILED, Check

_KINDS = frozenset({"unique", "only", "shared", "union", "jaccard", "units"})
Key = tuple[str, str | None]
"""A kind of number, and its network; `None` for what belongs to two networks together."""


@dataclass(frozen=True, slots=True)
class _Layer:
    """The claimed numbers of one layer, or of all, by kind and network."""

    name: str
    networks: tuple[str, str]
    values: dict[Key, tuple[str, WrittenNumber]]
    """With the id of the claim that first gives each number."""

    def get(self, kind: str, network: str | None = None) -> int | None:
        """Return a claimed whole number; `None` if it is not claimed, or only roughly."""
        _, number = self.values.get((kind, network), ("", None))
        return None if number is None or number.low != number.high else round(number.number)


def check_algebra(questions: Sequence[Question]) -> Iterator[Check]:
    """Yield a failed check for each contradiction among the claims themselves."""
    layers: dict[str | None, _Layer] = {}
    for question in questions:
        claim = question.claim
        if claim.kind not in _KINDS or claim.value is None:
            continue
        key = (claim.kind, None if NUMBERS[claim.kind].symmetric else question.networks[0])
        name = claim.layer and plain_layer(claim.layer)
        layer = layers.setdefault(name, _Layer(name or "all layers", question.networks, {}))
        again = question.number()
        first, number = layer.values.setdefault(key, (claim.id, again))
        if number.high < again.low or again.high < number.low:
            text = f"{claim.kind} is {number.text} in {first} and {again.text} in {claim.id}"
            yield _failed(layer.name, text)
    for layer in layers.values():
        yield from _each_network(layer)
        yield from _both_networks(layer)
    yield from _over_layers(layers)


def _each_network(layer: _Layer) -> Iterator[Check]:
    shared = layer.get("shared")
    for network in layer.networks:
        unique, only, units = (layer.get(kind, network) for kind in ("unique", "only", "units"))
        if unique is None:
            continue
        if only is not None and shared is not None and only + shared != unique:
            text = f"{network}: only {only} + shared {shared} = {only + shared}, not {unique}"
            yield _failed(layer.name, text)
        if shared is not None and shared > unique:
            text = f"{network}: shared {shared} is more than its unique {unique}"
            yield _failed(layer.name, text)
        if units is not None and unique > units:
            yield _failed(layer.name, f"{network}: {unique} unique concepts on {units} units")


def _both_networks(layer: _Layer) -> Iterator[Check]:
    shared, union, total = layer.get("shared"), layer.get("union"), _union(layer)
    if total is not None and union is not None and total != union:
        yield _failed(layer.name, f"the union is {total} by the other numbers, not {union}")
    total = union if union is not None else total
    _, jaccard = layer.values.get(("jaccard", None), ("", None))
    if jaccard is None or shared is None or not total or jaccard.holds(shared / total):
        return
    value = f"{shared}/{total} = {shared / total:.4f}"
    yield _failed(layer.name, f"Jaccard: shared/union is {value}, not {jaccard.text}")


def _union(layer: _Layer) -> int | None:
    """Return the size of the union that the other numbers give."""
    shared = layer.get("shared")
    for kind, sign in (("unique", -1), ("only", 1)):
        parts = [layer.get(kind, network) for network in layer.networks]
        if shared is not None and None not in parts:
            return sum(part or 0 for part in parts) + sign * shared
    return None


def _over_layers(layers: Mapping[str | None, _Layer]) -> Iterator[Check]:
    """Yield what all layers together hold less of than one layer."""
    for key, (_, whole) in layers[None].values.items() if None in layers else ():
        parts = [
            layer.values[key][1] for name, layer in layers.items() if name and key in layer.values
        ]
        largest = max((part.low for part in parts), default=whole.high)
        if key[0] in {"unique", "shared", "union"} and whole.high < largest:
            text = f"{key[0]} of all layers {whole.text} is less than {largest:g} of one layer"
            yield _failed("all layers", text)


def _failed(layer: str, text: str) -> Check:
    advice = "count again: only + shared = unique, Jaccard = shared / union"
    return Check("set algebra", FAILED, text, layer, advice)
