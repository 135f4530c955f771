"""Find what cannot be true of a report by its own numbers, whatever the runs."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from study.comparison.word_lists import WordList
from study.verify.claims.ledger import Contradiction, Ledger, Place
from study.verify.claims.questions import Claim, Question, formatted, plain_layer

Bound = Callable[[str | None], int | None]
"""Returns the units of a layer, or of all; `None` if the architecture is not known."""
_FAMILIES = ("family_units", "family_share", "more_of_family")
_SETS = ("unique", "only", "shared", "count")
_LARGE = 20
"""Concepts of each layer from which two layers of one network are sure to share some."""
_FRACTIONS = ("jaccard", "share", "family_share")


def contradictions(
    questions: Sequence[Question], *, units: Bound, lists: Sequence[WordList] = ()
) -> Iterator[Contradiction]:
    """Yield what the numbers and words of a report rule out among themselves.

    Parameters
    ----------
    questions
        The claims with their networks; no runs are needed.
    units
        The units of a layer.
    lists
        The concept lists that labels must come from.
    """
    ledger = Ledger.of(questions)
    for (_, layer), place in ledger.places.items():
        yield from _counts(place, units(layer or None))
        yield from _sizes(place)
    yield from _over_layers(ledger)
    yield from _exchanged(ledger)
    for question in questions:
        yield from _one(question, ledger, units, lists)


def _counts(place: Place, units: int | None) -> Iterator[Contradiction]:
    """Compare the counts of one network's layer with each other and with its units."""
    total, ids = 0.0, list[str]()
    for word, entries in place.counts.items():
        (first, number), *others = entries
        for key, again in others:
            if number.high < again.low or again.high < number.low:
                text = f"{place.name}: {word!r} labels {number.text} units, and {again.text}"
                yield Contradiction((first, key), text, "set_algebra")
        total, ids = total + max(number.low, 0), [*ids, first]
    if units is None:
        return
    if total > units and len(ids) > 1:
        text = f"{place.name}: the counts of {len(ids)} words add up to {total:g} of {units} units"
        yield Contradiction(tuple(ids), text, "impossible_count")
    elif "unique" in place.sizes:
        key, unique = place.sizes["unique"]
        most = len(ids) + units - total
        if unique.low > most and ids:
            text = (
                f"{place.name}: {len(ids)} words label {total:g} of {units} units, so there are "
                f"at most {most:g} unique concepts, not {unique.text}"
            )
            yield Contradiction((key,), text, "impossible_count")


def _sizes(place: Place) -> Iterator[Contradiction]:
    key, unique = place.sizes.get("unique", ("", None))
    if unique is not None and unique.high < len(place.seen):
        text = f"{place.name}: {len(place.seen)} different labels are named, not {unique.text}"
        yield Contradiction((key,), text, "set_algebra")


def exchanged(questions: Sequence[Question]) -> Iterator[Contradiction]:
    """Yield the regions of Venn diagrams that stand under the wrong names, by a report's numbers.

    Parameters
    ----------
    questions
        The claims with their networks; no runs are needed.
    """
    yield from _exchanged(Ledger.of(questions))


def _exchanged(ledger: Ledger) -> Iterator[Contradiction]:
    """Find regions of a Venn diagram that fit the other network: unique - shared of that one."""
    for layer, numbers in ledger.pairs.items():
        own = [place for (_, name), place in ledger.places.items() if name == layer]
        both = [place for place in own if {"unique", "only"} <= set(place.sizes)]
        if len(both) != 2 or "shared" not in numbers:
            continue
        shared = numbers["shared"][1].number
        unique, only = ([p.sizes[kind] for p in both] for kind in ("unique", "only"))
        crossed = [
            o.number + shared == u.number for (_, o), (_, u) in zip(only, unique[::-1], strict=True)
        ]
        if all(crossed) and unique[0][1].number != unique[1][1].number:
            text = (
                f"the numbers of what one network alone knows fit the other: {both[0].name} "
                f"{only[0][1].text} + {shared:g} = {unique[1][1].text}, {both[1].name} "
                f"{only[1][1].text} + {shared:g} = {unique[0][1].text}"
            )
            yield Contradiction((only[0][0], only[1][0]), text, "names_swapped")


def _over_layers(ledger: Ledger) -> Iterator[Contradiction]:
    """Compare all layers together with each of them and with their sum."""
    for (network, layer), whole in ledger.places.items():
        parts = [p for (name, own), p in ledger.places.items() if name == network and own]
        if layer or not parts:
            continue
        for part in parts:
            for word in part.counts.keys() & whole.counts.keys():
                (key, all_of), (own, one) = whole.counts[word][0], part.counts[word][0]
                if one.low > all_of.high:
                    text = f"{word!r} labels {one.text} units of {part.name}, {all_of.text} of all"
                    yield Contradiction((key, own), text, "set_algebra")
        sizes = [part.sizes["unique"] for part in parts if "unique" in part.sizes]
        key, unique = whole.sizes.get("unique", ("", None))
        if unique is None or len(sizes) < 2:
            continue
        total = sum(number.number for _, number in sizes)
        words = [word for part in parts for word in part.seen]
        twice = sorted({word for word in words if words.count(word) > 1})
        if unique.low > total - len(twice) and unique.number != total:
            text = f"{network}: {unique.text} unique concepts, but the layers have {total:g}"
            yield Contradiction((key,), text, "set_algebra")
        elif unique.number == total:
            shared = f", although {twice[0]!r} is in two of them" if twice else ""
            text = f"{network}: {unique.text} unique concepts are the sum over its layers{shared}"
            large = min(number.number for _, number in sizes) >= _LARGE
            yield Contradiction((key,), text, "sum_instead_of_union", sure=bool(twice) or large)


def _one(
    question: Question, ledger: Ledger, units: Bound, lists: Sequence[WordList]
) -> Iterator[Contradiction]:
    """Compare one claim with the numbers of the others."""
    claim = question.claim
    if claim.kind in _FRACTIONS and question.number().low > 1:
        text = f"{claim.kind} is {claim.value}, but 1 is the maximum"
        yield Contradiction((claim.id,), text, "impossible_count")
    limit = units(claim.layer)
    if claim.kind in _SETS and question.number().high < 0:
        text = f"{question.place}: {claim.kind} is {claim.value}, which is below 0"
        yield Contradiction((claim.id,), text, "impossible_count")
    if limit is not None and claim.kind in _SETS and question.number().low > limit:
        text = f"{question.place}: {claim.kind} is {claim.value}, but there are {limit} units"
        yield Contradiction((claim.id,), text, "impossible_count")
    if claim.unit is not None and limit is not None and not 0 <= claim.unit < limit:
        text = f"{claim.layer} has the units 0 to {limit - 1}, found unit {claim.unit}"
        yield Contradiction((claim.id,), text, "impossible_count")
    if lists and claim.kind not in (*_FAMILIES, "absent") and claim.quantity not in _FAMILIES:
        words = [*claim.concepts, *([str(claim.value)] if claim.kind == "label" else [])]
        outside = [
            word
            for word in words
            if all(each.outside([word]) and each.outside([word.casefold()]) for each in lists)
        ]
        if outside:
            text = f"{', '.join(map(repr, outside[:5]))}: not in {lists[0].name}"
            yield Contradiction((claim.id,), text, "not_in_concept_set")
    place = ledger.places[question.networks[0], plain_layer(claim.layer or "")]
    if claim.kind == "absent":
        for word in claim.concepts:
            if word in place.seen:
                text = f"{place.name}: {word!r} is absent, and labels a unit"
                yield Contradiction((claim.id, place.seen[word]), text, "set_algebra")
    if claim.kind in ("top", "among_top"):
        yield from _ranked(claim, place)
    yield from _compared(question, ledger)


def _ranked(claim: Claim, place: Place) -> Iterator[Contradiction]:
    """Compare a list of the most frequent labels with the counts that are stated."""
    size = len(claim.concepts) if claim.kind == "top" else claim.k
    counts = [(word, place.count(word)) for word in claim.concepts]
    if claim.kind == "top":
        known = [(word, number) for word, number in counts if number is not None]
        for (a, first), (b, second) in pairwise(known):
            if first.high < second.low:
                text = f"{a!r} ({first.text}) stands before {b!r} ({second.text})"
                yield Contradiction((claim.id,), f"{place.name}: {text}", "set_algebra")
    for word, number in counts:
        if number is None:
            continue
        larger = [w for w in place.counts if (n := place.count(w)) and n.low > number.high]
        if len(larger) >= size:
            text = f"{len(larger)} words have more units than {word!r} ({number.text})"
            yield Contradiction((claim.id,), f"{place.name}: {text}", "set_algebra")


def _compared(question: Question, ledger: Ledger) -> Iterator[Contradiction]:
    """Compare what is said to be more, or to rise, with the numbers that are stated."""
    claim = question.claim
    if claim.kind in ("more", "fewer", "as_many", "emphasis"):
        quantity = claim.quantity or "count"
        other = question if claim.than_layer or claim.than_concepts else question.swapped()
        if claim.than_layer:
            other = other.changed(layer=claim.than_layer)
        for word in claim.concepts or ("",):
            words = (word,) if word else ()
            a = ledger.number(question, quantity, words)
            b = ledger.number(other, quantity, claim.than_concepts or words)
            if a is None or b is None:
                continue
            right = {"fewer": a < b, "as_many": a == b}.get(claim.kind, a > b)
            if not right:
                about = f" of {word!r}" if word else ""
                text = f"{quantity}{about}: {formatted(a)} in {question.networks[0]} and "
                text += (
                    f"{formatted(b)} in {other.networks[0]}, {other.claim.layer or 'all layers'}"
                )
                cause = "as_many" if a == b else "reversed"
                yield Contradiction((claim.id,), f"by the report's own numbers, {text}", cause)
    elif claim.kind in ("highest", "lowest", "trend"):
        yield from _ordered(question, ledger)


def _ordered(question: Question, ledger: Ledger) -> Iterator[Contradiction]:
    claim, quantity = question.claim, question.claim.quantity or "jaccard"
    layers = dict.fromkeys([*ledger.pairs, *(layer for _, layer in ledger.places)])
    names = sorted(layer for layer in layers if layer)
    found = {name: ledger.number(question.changed(layer=name), quantity) for name in names}
    values = {name: value for name, value in found.items() if value is not None}
    if len(values) < 2:
        return
    listed = ", ".join(f"{name} {formatted(value)}" for name, value in values.items())
    text = f"by the report's own numbers, {quantity} is {listed}"
    if claim.kind == "trend":
        sign = 1 if claim.value == "rises" else -1
        right = all(sign * (b - a) > 0 for a, b in pairwise(values.values()))
    else:
        own = values.get(plain_layer(str(claim.value)))
        best = max(values.values()) if claim.kind == "highest" else min(values.values())
        right = own is None or own == best
    if not right:
        yield Contradiction((claim.id,), text, "reversed")
