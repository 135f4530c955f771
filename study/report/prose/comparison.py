"""Write about the comparison of two networks."""

from collections.abc import Mapping

from markupsafe import Markup

from study.report import decisions
from study.report.decisions import ABOVE, BELOW, UNCLEAR, UNDECIDED, WITHIN
from study.report.lookup import compared_pairs, parts, sides
from study.report.node import Node
from study.report.pen import Pen, say

MANY = 8
"""The most concepts that a sentence lists."""
_VERDICTS: Mapping[str, str] = {
    BELOW: " is significantly lower than the null in {}.",
    ABOVE: " is significantly higher than the null in {}.",
    UNCLEAR: " lies outside the range of the null in {}, but not significantly after Holm "
    "correction.",
    WITHIN: " does not differ significantly from the null in {}.",
    UNDECIDED: " could not be tested in {}: too few permutations or labels.",
}


def compared(pen: Pen, pair: Node) -> dict[str, list[Markup]]:
    """Write about a pair: overlap, null, noise ceiling, word forms, and concepts that differ."""
    first = pair == compared_pairs(pen)[0]  # what holds for every pair is said of the first
    variants = (_merged(pen, pair), _noise(pen, pair, first=first))
    return {
        "overlap": [_overall(pen, pair), *_extremes(pen, pair)],
        "chance": _chance(pen, pair),
        "ceiling": _ceiling(pen, pair, first=first),
        "variants": [sentence for sentence in variants if sentence],
        "separating": _separating(pen, pair),
        "shared": _shared(pen, pair),
    }


def _overall(pen: Pen, pair: Node) -> Markup:
    a, b = sides(pen, pair)
    overlap = pair["overall"]
    return say(
        "Together the networks carry {} distinct labels: {} occur only in {}, {} only in {}, and "
        "{} are shared, a Jaccard index of {}.",
        pen.n(overlap["union"]),
        pen.n(overlap["only_a"]),
        pen.name(a),
        pen.n(overlap["only_b"]),
        pen.name(b),
        pen.n(overlap["shared"]),
        pen.n(overlap["jaccard"], "share"),
    )


def _extremes(pen: Pen, pair: Node) -> list[Markup]:
    layers = pair["layers"]
    values = {name: layer["jaccard"].value for name, layer in layers.items()}
    high, low = (decisions.extremes(values, largest=largest) for largest in (True, False))
    if high == low:
        return []

    def shown(names: list[str]) -> Markup:
        index = pen.n(layers[names[0]]["jaccard"], "share")
        return say("{} ({})", pen.layers(names), index)

    return [say("By layer, the index is highest in {} and lowest in {}.", shown(high), shown(low))]


def _chance(pen: Pen, pair: Node) -> list[Markup]:
    verdicts = decisions.overlaps_against_chance(pair, pen.document["null"]["level"].value)
    overlaps = parts(pair)
    sentences: list[Markup] = []
    for verdict, predicate in _VERDICTS.items():
        names = [name for name, decided in verdicts.items() if decided == verdict]
        if names:
            tested = verdict != UNDECIDED
            shown = [_against(pen, overlaps[name], name, tested=tested) for name in names]
            subject = "It" if sentences else "The overlap"
            sentences.append(say(subject + predicate, pen.list(shown)))
    return sentences


def _against(pen: Pen, overlap: Node, name: str, *, tested: bool) -> Markup:
    where = pen.layer(name) if name else Markup("all layers together")
    if not tested:
        return where
    low, high = (pen.n(overlap["null"][end], "share") for end in ("low", "high"))
    index = pen.n(overlap["jaccard"], "share")
    return say("{} ({}; null {} to {})", where, index, low, high)


def _ceiling(pen: Pen, pair: Node, *, first: bool) -> list[Markup]:
    ceilings = {name: layer["ceiling"] for name, layer in pair["layers"].items()}
    known = {name: one for name, one in ceilings.items() if one.get("low").value is not None}
    if not known and not first:
        return []
    if not known:
        return [
            say(
                "The noise ceiling, the overlap of repeated dissections of a network, needs a "
                "repeated run or labels from parts of the probe; these tables have neither."
            )
        ]
    sentences = [
        say(
            "The noise ceiling is the overlap of each network with itself ({}).",
            pen.t(next(iter(known.values()))["kind"]),
        )
    ]
    lower = [
        name
        for name, ceiling in known.items()
        if ceiling["across"].value is not None and ceiling["across"].value < ceiling["low"].value
    ]
    if lower:
        sentences.append(
            say(
                "In {}, the networks overlap less with each other than either does with itself, at "
                "equal numbers of labels.",
                pen.layers(lower),
            )
        )
    if len(lower) < len(known):
        rest = pen.layers(name for name in known if name not in lower)
        sentences.append(
            say("In {}, they overlap no less with each other than a network with itself.", rest)
        )
    return sentences


def _merged(pen: Pen, pair: Node) -> Markup:
    merged, exact = pair.get("variants", "merged", "overall"), pair["overall"]
    if not merged or merged["jaccard"].value is None or exact["jaccard"].value is None:
        return Markup("")
    change = merged["jaccard"].value - exact["jaccard"].value
    verb = "rises to" if change > 0 else "falls to" if change < 0 else "stays at"
    same = merged["shared"].value == exact["shared"].value
    sharing = say(
        "{} concepts are shared, as before" if same else "{} concepts are shared instead of {}",
        *(pen.n(overlap["shared"]) for overlap in (merged, exact)[: 1 if same else 2]),
    )
    return say(
        f"With word forms merged, the overall Jaccard index {verb} {{}}; {{}}. The null above is "
        "for labels as spelt, not for merged forms.",
        pen.n(merged["jaccard"], "share"),
        sharing,
    )


def _noise(pen: Pen, pair: Node, *, first: bool) -> Markup:
    interval = pair["overall"]["interval"]
    if interval:
        return say(
            "Given the measured variation ({}), the overall index lies between {} and {}.",
            pen.t(interval["source"]),
            pen.n(interval["low"], "share"),
            pen.n(interval["high"], "share"),
        )
    if not first:
        return Markup("")
    noise = pen.document.get("manifest", "report", "rerun_noise")
    start = "No interval is printed for the Jaccard index itself: a table of labels does not show "
    start += "how they would vary in another run."
    if not noise:
        return say(start)
    return say(
        start
        + " For scale: published reruns of such a study on other hardware reproduced {} to {} "
        "of the labels and changed a Jaccard index by up to {} and a count by up to {}.",
        pen.n(noise["labels_low"], "percent"),
        pen.n(noise["labels_high"], "percent"),
        pen.n(noise["jaccard"], "share"),
        pen.n(noise["count"]),
    )


def _separating(pen: Pen, pair: Node) -> list[Markup]:
    a, b = sides(pen, pair)
    tested, concepts = pair["separating"]["tested"], pair["separating"]["concepts"]
    if not concepts:
        return [say("There is no concept to test.")]
    separating = decisions.separates(pair, pen.document["null"]["level"].value)
    if not separating:
        clearest = concepts[0]
        return [
            say(
                "No concept's share of units differs significantly between {} and {}: after Holm "
                "correction for the {} concepts tested, even the clearest difference ({}, {} "
                "units against {}) has an adjusted p of {}. A larger count in the table below is "
                "therefore no evidence that a network favours a concept.",
                pen.name(a),
                pen.name(b),
                pen.n(tested),
                pen.t(clearest["concept"]),
                pen.n(clearest["a"]),
                pen.n(clearest["b"]),
                pen.n(clearest["p_adjusted"], "p"),
            )
        ]
    sentences = []
    for network, more, less in ((a, "a", "b"), (b, "b", "a")):
        leading = [concept for concept in separating if _larger_share(concept, a, b) == more]
        if leading:
            sentences.append(_leading(pen, network, leading, more, less))
    correction = "The p values are Holm-adjusted for the {} concepts tested."
    return [*sentences, say(correction, pen.n(tested))]


def _larger_share(concept: Node, a: Node, b: Node) -> str:
    """Return the side with the larger share of units ("" if equal): shares are tested."""
    of_a, of_b = (
        concept[side].value / max(network["units"].value, 1)
        for side, network in (("a", a), ("b", b))
    )
    return "a" if of_a > of_b else "b" if of_b > of_a else ""


def _leading(pen: Pen, network: Node, concepts: list[Node], more: str, less: str) -> Markup:
    shown = [
        say(
            "{} ({} against {})",
            pen.t(concept["concept"]),
            pen.n(concept[more]),
            pen.n(concept[less]),
        )
        for concept in concepts[:MANY]
    ]
    return say(
        "A significantly larger share of the units of {} is labelled {}{}.",
        pen.name(network),
        pen.list(shown),
        Markup(", among others") if len(concepts) > MANY else Markup(""),
    )


def _shared(pen: Pen, pair: Node) -> list[Markup]:
    shared = pair["shared_top"]
    if not shared:
        return [say("The networks share no concept.")]
    shown = []
    for number, (concept, of_a, of_b) in enumerate(shared[:6]):
        counts = pen.n(of_a), pen.n(of_b)
        if number:
            shown.append(say("{} ({}, {})", pen.t(concept), *counts))
            continue
        a, b = map(pen.name, sides(pen, pair))
        text = "{} ({} units in {}, {} in {})"
        shown.append(say(text, pen.t(concept), counts[0], a, counts[1], b))
    return [
        say(
            "Ranked by the smaller of their counts, the most shared concepts are {}.",
            pen.list(shown),
        )
    ]
