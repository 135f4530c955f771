"""Known mistakes of reports, and which of them would give what is claimed."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from study.verify.asking import ask
from study.verify.claim_file import Claim
from study.verify.quantities import KINDS, Labels, Unknown
from study.verify.questions import HOLDS, Answer, Question, shown, slack, written

MISTAKES: Mapping[str, str] = MappingProxyType(
    {
        "names_swapped": "the networks' names are exchanged",
        "rounding": "it is rounded wrongly",
        "sum_instead_of_union": "layers were added up, so that concepts of several layers count "
        "several times",
        "one_layer_for_all": "the number of one layer is given for all layers",
        "other_layer": "it is true of another layer",
        "total_for_one_layer": "the number of all layers is given for one",
        "impossible_count": "there is not that much to count",
        "other_denominator": "it was divided by something else",
        "other_quantity": "another quantity is given under this name",
        "mean_of_layers": "layers were averaged instead of taken together",
        "off_by_one": "it is off by one",
        "percent_as_fraction": "a fraction and a percentage are confused",
        "word_forms": "word forms, case or parts of words are counted as the same concept",
        "reversed": "the comparison is the other way round",
        "as_many": "the other has as many",
        "other_network_and_layer": "it is true of another layer of the other network (named only "
        "where nothing simpler explains it)",
    }
)
"""Every mistake that is looked for, the likeliest first."""
_COUNTED = frozenset({"unique", "only", "shared", "union"})
_COUNTS = _COUNTED | {"units"}
_OPPOSITE = {
    "highest": "lowest", "lowest": "highest", "more": "fewer", "fewer": "more",
    "rises": "falls", "falls": "rises", "present": "absent", "absent": "present",
}  # fmt: skip


def explain(question: Question, labels: Labels, answer: Answer) -> dict[str, str]:
    """Return the mistakes that would give the claim, each with a sentence, the likeliest first.

    Parameters
    ----------
    question, answer
        The claim, and what the runs said to it.
    """
    found: dict[str, str] = {}
    for mistake, text, variant in _variants(question, labels):
        if mistake in found:
            continue
        told = ask(variant, labels)
        if (told.status == HOLDS and told.value != answer.value) or _list_holds(question, told):
            found[mistake] = f"{text}: {told.detail}"
    if question.claim.kind in {*KINDS, "share"} and isinstance(answer.value, int | float):
        found |= _numeric(question, labels, float(answer.value))
    if len(found) > 1:
        found.pop("other_network_and_layer", None)
    order = list(MISTAKES)
    return dict(sorted(found.items(), key=lambda item: order.index(item[0])))


def _list_holds(question: Question, told: Answer) -> bool:
    return told.status == HOLDS and question.claim.kind not in {*KINDS, "share"}


def _variants(question: Question, labels: Labels) -> Iterator[tuple[str, str, Question]]:
    """Yield the claim as it would read if a mistake had been made, and asked of the runs so."""
    claim = question.claim
    exchanged = swapped(question)
    yield "names_swapped", MISTAKES["names_swapped"], exchanged
    if claim.layer is None and claim.kind in _COUNTED:
        yield "sum_instead_of_union", "added up over layers", _read(question, "layers_summed")
    if claim.layer is None and claim.kind in {"jaccard", "mean_similarity"}:
        yield "mean_of_layers", "averaged over layers", _read(question, "layers_averaged")
    yield from _layers(question, labels, "one_layer_for_all", "other_layer", "")
    for reading in ("word_forms", "folded", "part_of_word"):
        text = MISTAKES["word_forms"]
        if reading != "part_of_word" or claim.kind in {"count", "present", "absent"}:
            yield "word_forms", text, _read(question, reading)
    yield from _opposites(question)
    yield from _no_emphasis(question, labels)
    if claim.kind in {"label", "similarity"}:
        for step in (-1, 1):
            unit = (claim.unit or 0) + step
            yield "off_by_one", f"it is unit {unit}'s", _with(question, replace(claim, unit=unit))
    others = "other_network_and_layer"
    yield from _layers(exchanged, labels, others, others, "with the names exchanged, ")


def _layers(
    question: Question, labels: Labels, for_all: str, for_one: str, prefix: str
) -> Iterator[tuple[str, str, Question]]:
    claim = question.claim
    for layer in labels.layers(question.networks[0]):
        if claim.layer is None or labels.layer(question.networks[0], claim.layer) != layer:
            name = for_all if claim.layer is None else for_one
            yield name, f"{prefix}of {layer}", _with(question, replace(claim, layer=layer))
    if claim.layer is not None and claim.kind not in {"label", "similarity"}:
        name = "total_for_one_layer" if for_one == "other_layer" else for_one
        yield name, f"{prefix}of all layers", _with(question, replace(claim, layer=None))


def _opposites(question: Question) -> Iterator[tuple[str, str, Question]]:
    claim = question.claim
    if claim.kind == "emphasis":
        return
    if other := _OPPOSITE.get(claim.kind):
        yield "reversed", MISTAKES["reversed"], _with(question, replace(claim, kind=other))
    if claim.kind == "trend" and (other := _OPPOSITE.get(str(claim.value))):
        yield "reversed", MISTAKES["reversed"], _with(question, replace(claim, value=other))
    if claim.kind in {"more", "fewer"}:
        yield "as_many", MISTAKES["as_many"], _with(question, replace(claim, kind="as_many"))


def _no_emphasis(question: Question, labels: Labels) -> Iterator[tuple[str, str, Question]]:
    """Yield each word of an emphasis that the network does not have more often, as a tie."""
    claim = question.claim
    if claim.kind != "emphasis":
        return
    for word in claim.concepts:
        alone = replace(claim, concepts=(word,))
        if ask(_with(question, alone), labels).status != HOLDS:
            tie = replace(alone, kind="as_many", quantity="count")
            yield "as_many", MISTAKES["as_many"], _with(question, tie)


def swapped(question: Question) -> Question:
    """Return the claim with the two networks' names exchanged."""
    a, b = question.networks
    than = {a: b, b: a}.get(question.claim.than or "", question.claim.than)
    return replace(question, networks=(b, a), claim=replace(question.claim, than=than))


def _numeric(question: Question, labels: Labels, value: float) -> dict[str, str]:
    """Find slips of the number itself, and other quantities that have the claimed value."""
    claimed = written(question)
    found: dict[str, str] = {}
    if (bound := _bound(question, labels)) is not None and claimed.low > bound:
        found["impossible_count"] = f"claimed {claimed.text}, there are {shown(bound)} at most"
    whole = float(value).is_integer() and claimed.step >= 1
    if whole and abs(abs(claimed.number - value) - 1) < 1e-9 and claimed.total is None:
        found["off_by_one"] = f"claimed {claimed.text}, found {shown(value)}"
    if not whole and claimed.step / 2 < abs(claimed.number - value) < claimed.step * 1.5:
        found["rounding"] = f"{shown(value)} does not round to {claimed.text}"
    for factor in (0.01, 100.0):
        if value and claimed.scaled(factor).holds(value):
            found["percent_as_fraction"] = f"claimed {claimed.text}, found {shown(value)}"
    for name, rival in _rivals(question, labels).items():
        if claimed.holds(rival, slack=slack(question, labels, question.quantity())):
            mistake = "other_quantity" if name in KINDS else "other_denominator"
            if abs(rival - value) > 1e-12:
                found.setdefault(mistake, f"{name} is {shown(rival)}")
    return found


def _bound(question: Question, labels: Labels) -> float | None:
    """Return what a quantity cannot exceed in any run of these networks and layers."""
    kind = question.claim.kind
    if kind in {"jaccard", "share"}:
        return 1.0
    units = _value(labels, question, "units")
    if units is None or kind not in {"count", "unique", "only", "shared"}:
        return None
    other = _value(labels, swapped(question), "units") if kind == "shared" else None
    return units if other is None else min(units, other)


def _rivals(question: Question, labels: Labels) -> dict[str, float]:
    """Return other quantities of the same place that could be given under this name."""
    kind = question.claim.kind
    names = _COUNTS - {kind} if kind in _COUNTS else frozenset()
    values = {name: _value(labels, question, name) for name in sorted(names)}
    sizes = {name: _value(labels, question, name) for name in (*sorted(_COUNTED), "units")}
    other = _value(labels, swapped(question), "unique")
    if kind == "jaccard" and None not in (*sizes.values(), other):
        s, a, b = float(sizes["shared"] or 0), float(sizes["unique"] or 0), float(other or 0)
        values |= {
            "shared over the first network's concepts": s / a,
            "shared over the other network's concepts": s / b,
            "shared over both networks' concepts added (Dice)": 2 * s / (a + b),
            "shared over the sum of both counts": s / (a + b),
            "shared over the concepts of one network alone": s / max(a + b - 2 * s, 1),
            "shared over units": s / float(sizes["units"] or 1),
        }
    if kind == "share":
        top = _value(labels, question, question.claim.of)
        wholes = {**sizes, "the other network's unique": other}
        everywhere = _with(question, replace(question.claim, layer=None))
        wholes["units of all layers"] = _value(labels, everywhere, "units")
        values |= {
            f"{question.claim.of} per {name}": top / size
            for name, size in wholes.items()
            if top is not None and size and name != question.claim.denominator
        }
    return {name: value for name, value in values.items() if value is not None}


def _value(labels: Labels, question: Question, kind: str) -> float | None:
    try:
        return labels.value(question.quantity(kind))
    except Unknown:
        return None


def _read(question: Question, reading: str) -> Question:
    return replace(question, reading=reading)


def _with(question: Question, claim: Claim) -> Question:
    return replace(question, claim=claim)
