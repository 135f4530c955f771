"""Write about the comparison of two networks."""

from collections.abc import Mapping

from markupsafe import Markup

from study.report import decisions
from study.report.decisions import ABOVE, BELOW, UNCLEAR, UNDECIDED, WITHIN
from study.report.lookup import ceilings, compared_pairs, parts, sides
from study.report.node import Node
from study.report.pen import Pen

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
_CEILINGS: Mapping[str, str] = {
    BELOW: "In {}, the networks overlap less with each other than either does with itself, at "
    "equal numbers of labels.",
    WITHIN: "In {}, they overlap no less with each other than a network with itself.",
}


def compared(pen: Pen, pair: Node) -> dict[str, list[Markup]]:
    """Write about a pair: overlap, null, noise ceiling, word forms, and concepts that differ."""
    first = pair == compared_pairs(pen)[0]  # what holds for every pair is said of the first
    variants = (_merged(pen, pair), _noise(pen, pair, first=first))
    return {
        "overlap": [_overall(pen, pair), *_extremes(pen, pair)],
        "null": _against_null(pen, pair),
        "ceiling": _ceiling(pen, pair, first=first),
        "variants": [sentence for sentence in variants if sentence],
        "separating": _separating(pen, pair),
        "shared": _shared(pen, pair),
    }


def _overall(pen: Pen, pair: Node) -> Markup:
    return pen.say(
        "Together the networks carry {overlap[union]} distinct labels: {overlap[only_a]} occur "
        "only in {}, {overlap[only_b]} only in {}, and {overlap[shared]} are shared, a Jaccard "
        "index of {overlap[jaccard]:share}.",
        *sides(pen, pair),
        overlap=pair["overall"],
    )


def _extremes(pen: Pen, pair: Node) -> list[Markup]:
    layers = pair["layers"]
    values = {name: layer["jaccard"].value for name, layer in layers.items()}
    high, low = decisions.extremes(values)
    if high == low:
        return []

    def shown(names: list[str]) -> Markup:
        return pen.say("{} ({:share})", pen.layers(names), layers[names[0]]["jaccard"])

    return [
        pen.say("By layer, the index is highest in {} and lowest in {}.", shown(high), shown(low))
    ]


def _against_null(pen: Pen, pair: Node) -> list[Markup]:
    verdicts = decisions.overlaps_against_null(pair, pen.document["null"]["level"].value)
    overlaps = parts(pair)
    sentences: list[Markup] = []
    for predicate, names in decisions.grouped(verdicts, _VERDICTS):
        tested = verdicts[names[0]] != UNDECIDED
        shown = [_against(pen, overlaps[name], name, tested=tested) for name in names]
        subject = "It" if sentences else "The overlap"
        sentences.append(pen.say(subject + predicate, pen.list(shown)))
    return sentences


def _against(pen: Pen, overlap: Node, name: str, *, tested: bool) -> Markup:
    where = pen.layer(name) if name else Markup("all layers together")
    text = "{} ({overlap[jaccard]:share}; null {overlap[null][low]:share} to "
    text += "{overlap[null][high]:share})"
    return pen.say(text, where, overlap=overlap) if tested else where


def _ceiling(pen: Pen, pair: Node, *, first: bool) -> list[Markup]:
    known = {name: ceiling for name, ceiling in ceilings(pair).items() if name}
    if not known:
        unknown = pen.say(
            "The noise ceiling, the overlap of repeated dissections of a network, needs a "
            "repeated run or labels from parts of the probe; these tables have neither."
        )
        return [unknown] if first else []
    text = "The noise ceiling is the overlap of each network with itself ({})."
    sentences = [pen.say(text, next(iter(known.values()))["kind"])]
    decided = {name: _against_ceiling(ceiling) for name, ceiling in known.items()}
    groups = decisions.grouped(decided, _CEILINGS)
    return sentences + [pen.say(text, pen.layers(names)) for text, names in groups]


def _against_ceiling(ceiling: Node) -> str:
    across, low = ceiling["across"].value, ceiling["low"].value
    return BELOW if across is not None and across < low else WITHIN


def _merged(pen: Pen, pair: Node) -> Markup:
    merged, exact = pair.get("variants", "merged", "overall"), pair["overall"]
    if not merged or merged["jaccard"].value is None or exact["jaccard"].value is None:
        return Markup("")
    change = merged["jaccard"].value - exact["jaccard"].value
    verb = "rises to" if change > 0 else "falls to" if change < 0 else "stays at"
    same = merged["shared"].value == exact["shared"].value
    before = "as before" if same else "instead of {exact[shared]}"
    comma = "," if same else ""
    return pen.say(
        f"With word forms merged, the overall Jaccard index {verb} {{merged[jaccard]:share}}; "
        f"{{merged[shared]}} concepts are shared{comma} {before}. The null above is for labels as "
        "spelt, not for merged forms.",
        merged=merged,
        exact=exact,
    )


def _noise(pen: Pen, pair: Node, *, first: bool) -> Markup:
    interval = pair["overall"]["interval"]
    if interval:
        return pen.say(
            "Given the measured variation ({interval[source]}), the overall index lies between "
            "{interval[low]:share} and {interval[high]:share}.",
            interval=interval,
        )
    if not first:
        return Markup("")
    start = pen.say(
        "No interval is printed for the Jaccard index itself: a table of labels does not show how "
        "they would vary in another run."
    )
    noise = pen.document.get("manifest", "report", "rerun_noise")
    if not noise:
        return start
    return start + pen.say(
        " For scale: published reruns of such a study on other hardware reproduced "
        "{noise[labels_low]:percent} to {noise[labels_high]:percent} of the labels and changed a "
        "Jaccard index by up to {noise[jaccard]:share} and a count by up to {noise[count]}.",
        noise=noise,
    )


def _separating(pen: Pen, pair: Node) -> list[Markup]:
    a, b = sides(pen, pair)
    tested, concepts = pair["separating"]["tested"], pair["separating"]["concepts"]
    if not concepts:
        return [pen.say("There is no concept to test.")]
    separating = decisions.separates(pair, pen.document["null"]["level"].value)
    if not separating:
        text = (
            "No concept's share of units differs significantly between {} and {}: after Holm "
            "correction for the {} concepts tested, even the clearest difference "
            "({first[concept]}, {first[a]} units against {first[b]}) has an adjusted p of "
            "{first[p_adjusted]:p}. A larger count in the table below is therefore no evidence "
            "that a network favours a concept."
        )
        return [pen.say(text, a, b, tested, first=concepts[0])]
    sentences = []
    for network, more, less in ((a, "a", "b"), (b, "b", "a")):
        leading = [concept for concept in separating if _larger_share(concept, a, b) == more]
        if leading:
            sentences.append(_leading(pen, network, leading, more, less))
    correction = "The p values are Holm-adjusted for the {} concepts tested."
    return [*sentences, pen.say(correction, tested)]


def _larger_share(concept: Node, a: Node, b: Node) -> str:
    """Return the side with the larger share of units ("" if equal): shares are tested."""
    shares = {
        side: concept[side].value / max(network["units"].value, 1)
        for side, network in (("a", a), ("b", b))
    }
    (side, *others), _ = decisions.extremes(shares)
    return "" if others else side


def _leading(pen: Pen, network: Node, concepts: list[Node], more: str, less: str) -> Markup:
    one = f"{{one[concept]}} ({{one[{more}]}} against {{one[{less}]}})"
    shown = pen.list(pen.say(one, one=concept) for concept in concepts[:MANY])
    others = ", among others" if len(concepts) > MANY else ""
    text = "A significantly larger share of the units of {} is labelled {}{}."
    return pen.say(text, network, shown, others)


def _shared(pen: Pen, pair: Node) -> list[Markup]:
    if not pair["shared_top"]:
        return [pen.say("The networks share no concept.")]
    a, b = sides(pen, pair)
    first, *others = pair["shared_top"][:6]
    start = pen.say("{one[0]} ({one[1]} units in {a}, {one[2]} in {b})", one=first, a=a, b=b)
    shown = [start, *(pen.say("{one[0]} ({one[1]}, {one[2]})", one=other) for other in others)]
    text = "Ranked by the smaller of their counts, the most shared concepts are {}."
    return [pen.say(text, pen.list(shown))]
