"""Find claims that cannot all be true, whatever the runs.

Set algebra demands that only + shared = unique and that Jaccard = shared / union, and one quantity
cannot have two different numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from study.verify.claims.ledger import Contradiction
from study.verify.claims.quantities import NUMBERS
from study.verify.claims.questions import Question, plain_layer
from study.verify.claims.written_numbers import WrittenNumber

_KINDS = frozenset({"unique", "only", "shared", "union", "jaccard", "units"})
_ALL = "all layers"
_OF_ONE = "of one layer"


@dataclass(frozen=True, slots=True)
class _Layer:
    """The claimed numbers of one layer, or of all."""

    networks: tuple[str, str]
    numbers: dict[tuple[str, str | None], tuple[str, WrittenNumber]] = field(default_factory=dict)
    """With the first claim's id, by kind and network; `None` for what belongs to two networks."""

    def get(self, kind: str, network: str | None = None) -> int | None:
        """Return a claimed whole number; `None` if it is not claimed, or only roughly."""
        _, number = self.numbers.get((kind, network), ("", None))
        return None if number is None or number.low != number.high else round(number.number)


ADVICE = "count again: only + shared = unique, Jaccard = shared / union"


def contradictions(questions: Sequence[Question]) -> Iterator[Contradiction]:
    """Yield each contradiction among the sets that the claims state, with the claims that do.

    Parameters
    ----------
    questions
        The claims with their networks; no runs are needed.
    """
    for layer, text in _contradictions(questions):
        ids = [
            question.claim.id
            for question in questions
            if question.claim.kind in _KINDS
            and (_named(question) == layer or text.endswith(_OF_ONE))
        ]
        yield Contradiction(tuple(ids), f"{layer}: {text}", "set_algebra")


def _named(question: Question) -> str:
    return plain_layer(question.claim.layer) if question.claim.layer else _ALL


def _contradictions(questions: Sequence[Question]) -> Iterator[tuple[str, str]]:
    """Yield the layer and the text of each contradiction."""
    layers: dict[str, _Layer] = {}
    for question in questions:
        claim = question.claim
        if claim.kind not in _KINDS:
            continue
        key = (claim.kind, None if NUMBERS[claim.kind].symmetric else question.networks[0])
        name = _named(question)
        again = question.number()
        numbers = layers.setdefault(name, _Layer(question.networks)).numbers
        first, number = numbers.setdefault(key, (claim.id, again))
        if number.high < again.low or again.high < number.low:
            yield name, f"{claim.kind} is {number.text} in {first} and {again.text} in {claim.id}"
    for name, layer in layers.items():
        for text in (*_each_network(layer), *_both_networks(layer)):
            yield name, text
    whole = layers.pop(_ALL, _Layer(("", "")))
    for text in _over_layers(whole, list(layers.values())):
        yield _ALL, text


def _each_network(layer: _Layer) -> Iterator[str]:
    shared = layer.get("shared")
    for network in layer.networks:
        unique, only, units = (layer.get(kind, network) for kind in ("unique", "only", "units"))
        if unique is None:
            continue
        if only is not None and shared is not None and only + shared != unique:
            yield f"{network}: only {only} + shared {shared} = {only + shared}, not {unique}"
        if shared is not None and shared > unique:
            yield f"{network}: shared {shared} is more than its unique {unique}"
        if units is not None and unique > units:
            yield f"{network}: {unique} unique concepts on {units} units"


def _both_networks(layer: _Layer) -> Iterator[str]:
    shared, union, total = layer.get("shared"), layer.get("union"), _union(layer)
    if total is not None and union is not None and total != union:
        yield f"the union is {total} by the other numbers, not {union}"
    total = union if union is not None else total
    _, jaccard = layer.numbers.get(("jaccard", None), ("", None))
    if jaccard and shared is not None and total and not jaccard.holds(shared / total):
        value = f"{shared}/{total} = {shared / total:.4f}"
        yield f"Jaccard: shared/union is {value}, not {jaccard.text}"


def _union(layer: _Layer) -> int | None:
    """Return the size of the union that the other numbers give."""
    shared = layer.get("shared")
    for kind, sign in (("unique", -1), ("only", 1)):
        parts = [layer.get(kind, network) for network in layer.networks]
        if shared is not None and None not in parts:
            return sum(part or 0 for part in parts) + sign * shared
    return None


def _over_layers(whole: _Layer, layers: Sequence[_Layer]) -> Iterator[str]:
    """Yield what all layers together hold less of than one layer."""
    for key, (_, number) in whole.numbers.items():
        parts = [layer.numbers[key][1].low for layer in layers if key in layer.numbers]
        largest = max(parts, default=number.high)
        if key[0] in {"unique", "shared", "union"} and number.high < largest:
            yield f"{key[0]} of all layers {number.text} is less than {largest:g} {_OF_ONE}"
