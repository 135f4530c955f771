"""Write about the comparison of two networks."""

from collections.abc import Mapping

from markupsafe import Markup

from study.comparison.null import LABELS, UNITS
from study.report import decisions
from study.report.decisions import ABOVE, BELOW, UNCLEAR, UNDECIDED, UNSAFE, UNSCORED, WITHIN
from study.report.lookup import ceilings, compared_pairs, left_out, level_of, parts, sides
from study.report.node import Node
from study.report.pen import ELSEWHERE, MANY_LAYERS, OVERALL, Pen
from study.report.prose.relation import pairing

MANY = 8
"""The most concepts that a sentence lists."""
_VERDICTS: Mapping[str, str] = {
    BELOW: " is significantly lower than the null in {}.",
    ABOVE: " is significantly higher than the null in {}.",
    UNSAFE: " lies above the null in {}, from which nothing follows: where similarities are sharp, "
    "permuting labels sets the null too low.",
    UNSCORED: " lies above the null in {}, from which nothing follows: the tables hold no "
    "similarities, and where these are sharp, permuting labels sets the null too low.",
    UNCLEAR: " lies outside the range of the null in {}, but not significantly after correction "
    "for all overlaps of this report.",
    WITHIN: " does not differ significantly from the null in {}.",
    UNDECIDED: " could not be tested in {}: too few permutations or labels.",
}
_KINDS: Mapping[str, str] = {
    UNITS: "The null permutes the units of each layer between the networks and scores them anew.",
    LABELS: "The null permutes the labels of each layer between the networks; the tables hold no "
    "more. Labels that were scored within a network are not independent of each other, which this "
    "null leaves out.",
}


def compared(pen: Pen, pair: Node) -> dict[str, list[Markup]]:
    """Write about a pair: overlap, null, repeatability, variants, and concepts that differ."""
    first = pair == compared_pairs(pen)[0]  # what holds for every pair is said of the first
    variants = (_merged(pen, pair), _significant(pen, pair), _noise(pen, pair, first=first))
    return {
        "overlap": [_overall(pen, pair), *pairing(pen, pair)],
        "null": _against_null(pen, pair),
        "ceiling": _ceiling(pen, pair, first=first),
        "variants": [sentence for sentence in variants if sentence],
        "separating": _separating(pen, pair),
        "shared": _shared(pen, pair),
    }


def _overall(pen: Pen, pair: Node) -> Markup:
    where = "In the layers that are compared" if left_out(pair) else "Together"
    return pen.say(
        where + " the networks carry {overlap[union]} distinct labels: {overlap[only_a]} occur "
        "only in {}, {overlap[only_b]} only in {}, and {overlap[shared]} are shared, a Jaccard "
        "index of {overlap[jaccard]:share}.",
        *sides(pen, pair),
        overlap=pair["overall"],
    )


def _against_null(pen: Pen, pair: Node) -> list[Markup]:
    verdicts = decisions.overlaps_against_null(pair, level_of(pen))
    overlaps = parts(pair)
    kind = next((str(o["null"]["kind"].value) for o in overlaps.values() if o["null"]), "")
    known = _KINDS.get(kind, "")
    if not pair["layers"]:
        known = known.replace("labels of each layer", "labels of all units")
    sentences = [pen.say(known)] if known else []
    started = False
    for predicate, names in decisions.grouped(verdicts, _VERDICTS):
        tested = verdicts[names[0]] != UNDECIDED
        brief = len(overlaps) > MANY_LAYERS  # the table has the numbers
        shown = [
            _against(pen, overlaps[name], name, tested=tested and not (brief and name))
            for name in names
        ]
        subject = "It" if started else "The overlap"
        sentences.append(pen.say(subject + predicate, pen.some(shown[::-1] if brief else shown)))
        started = True
    unseen = [name for name, verdict in verdicts.items() if verdict in (WITHIN, UNCLEAR)]
    if len(overlaps) > MANY_LAYERS:
        unseen = [name for name in unseen if name == OVERALL]
    sentences += [_detectable(pen, {name: overlaps[name] for name in unseen})]
    sharp = [name for name, overlap in overlaps.items() if decisions.is_sharp(overlap)]
    return [sentence for sentence in (*sentences, _sharp(pen, sharp)) if sentence]


def _against(pen: Pen, overlap: Node, name: str, *, tested: bool) -> Markup:
    where = pen.layer(name) if name else Markup("all layers together")
    text = "{} ({overlap[jaccard]:share}; null {overlap[null][low]:share} to "
    text += "{overlap[null][high]:share}; adjusted p {overlap[null][p_adjusted]:p})"
    return pen.say(text, where, overlap=overlap) if tested else where


def _detectable(pen: Pen, overlaps: Mapping[str, Node]) -> Markup:
    """Say which indices would have been called different: no difference seen is not likeness."""
    shown = []
    for name, overlap in overlaps.items():
        bounds = overlap["null"]["detectable"]
        known = [
            pen.say(text, bounds[end])
            for end, text in (("low", "below {:share}"), ("high", "above {:share}"))
            if bounds[end].value is not None
        ]
        where = pen.layer(name) if name else Markup("all layers together")
        shown.append(pen.say("{} in {}", pen.list(known, "or"), where))
    if not shown:
        return Markup("")
    text = "Only an index {} would have been called different: that none was does not show that "
    return pen.say(text + "networks are alike.", pen.list(shown))


def _sharp(pen: Pen, names: list[str]) -> Markup:
    if not names:
        return Markup("")
    text = (
        "Similarities are sharp in {}, where the null of permuted labels is too low. Networks that "
        "are dissected together are permuted by units and scored anew, which holds."
    )
    shown = [pen.layer(name) if name else Markup("all layers together") for name in names]
    return pen.say(text, pen.some(shown))


def _ceiling(pen: Pen, pair: Node, *, first: bool) -> list[Markup]:
    known = ceilings(pair)
    if not known:
        unknown = pen.say(
            "The repeatability of the labels, the overlap of a network with itself, needs a "
            "repeated run or labels from parts of the probe; these tables have neither."
        )
        return [unknown] if first else []
    a, b = sides(pen, pair)
    shown = [
        pen.say("{one[a]:share} and {one[b]:share} in {}", pen.layer(name), one=ceiling)
        for name, ceiling in known.items()
    ]
    text = "The repeatability, the overlap of {} and of {} with itself ({}), is {}."
    kind = next(iter(known.values()))["kind"]
    measured = pen.say(text, a, b, kind, pen.some(shown, rest=ELSEWHERE))
    text = (
        "It measures how much noise labels hold. It is no yardstick for the overlap of networks, "
        "because a network beside itself has the same units."
    )
    return [measured, *([pen.say(text)] if first else [])]


def _merged(pen: Pen, pair: Node) -> Markup:
    merged = pair.get("variants", "merged", "overall")
    if not merged or merged["jaccard"].value is None:
        return Markup("")
    return _variant(
        pen, merged, pen.say("With word forms merged, {} concepts are shared", merged["shared"])
    )


def _significant(pen: Pen, pair: Node) -> Markup:
    """Say how the units with a significant concept compare, where that was measured."""
    entry = pair.get("variants", "significant", "overall")
    if not entry:
        return Markup("")
    a, b = sides(pen, pair)
    text = "Counting only units with a significant concept ({entry[units_a]} of {a}, "
    start = pen.say(text + "{entry[units_b]} of {b})", entry=entry, a=a, b=b)
    if not entry["null"]:
        return start + Markup(", nothing can be compared.")
    said = _variant(pen, entry, start + pen.say(", {} concepts are shared", entry["shared"]))
    main, level = pair["overall"], level_of(pen)
    if decisions.counted_otherwise(entry, main, level, selected=True) != UNSAFE:
        return said
    text = " Nothing follows from an index above this null: units are chosen by their labels, and "
    return said + pen.say(text + "labels scored anew need not pass that choice.")


def _variant(pen: Pen, entry: Node, start: Markup) -> Markup:
    if not entry["null"]:
        return start + pen.say("; the index is {:share}.", entry["jaccard"])
    text = (
        "{}; the overall index is {entry[jaccard]:share} (null {entry[null][low]:share} to "
        "{entry[null][high]:share}; adjusted p {entry[null][p_adjusted]:p})."
    )
    return pen.say(text, start, entry=entry)


def _noise(pen: Pen, pair: Node, *, first: bool) -> Markup:
    interval = pair["overall"]["interval"]
    if interval:
        return pen.say(
            "The mean overall index of probes of this size and kind lies between "
            "{interval[low]:share} and {interval[high]:share} at a confidence level of "
            "{interval[level]:percent} ({interval[source]}).",
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
    separating = decisions.separates(pair, level_of(pen))
    if not separating:
        text = (
            "No concept's share of units differs significantly between {} and {}: even the "
            "clearest difference ({first[concept]}, {first[a]} units against {first[b]}) has a p "
            "of {first[p_adjusted]:p}, adjusted for the {} concepts tested. A larger count in the "
            "table below is therefore no evidence that a network favours a concept."
        )
        return [pen.say(text, a, b, tested, first=concepts[0])]
    sentences = []
    for network, more, less in ((a, "a", "b"), (b, "b", "a")):
        leading = [concept for concept in separating if _larger_share(concept, pair) == more]
        if leading:
            sentences.append(_leading(pen, network, leading, more, less))
    correction = "The p values are adjusted for the {} concepts tested."
    return [*sentences, pen.say(correction, tested)]


def _larger_share(concept: Node, pair: Node) -> str:
    """Return the side with the larger share of its compared units ("" if equal)."""
    units = {side: pair["overall"][f"units_{side}"].value for side in ("a", "b")}
    shares = {side: concept[side].value / max(units[side], 1) for side in units}
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
