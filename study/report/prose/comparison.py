"""What the comparison of two networks allows to be said."""

from markupsafe import Markup

from study.report import claims
from study.report.claims import ABOVE, BELOW, UNCLEAR, UNDECIDED, WITHIN
from study.report.pen import Pen, say
from study.report.prose.places import compared_pairs, layer, name, sides

MANY = 8


def compared(pen: Pen, pair: str) -> dict[str, list[Markup]]:
    """Write about a pair: its overlap, chance, ceiling, word forms, and what sets it apart."""
    first = pair == compared_pairs(pen)[0]  # what holds for every pair is said of the first
    return {
        "overlap": [_overall(pen, pair), *_extremes(pen, pair)],
        "chance": _chance(pen, pair),
        "ceiling": _ceiling(pen, pair, first=first),
        "variants": [
            sentence
            for sentence in (_merged(pen, pair), _noise(pen, pair, first=first))
            if sentence
        ],
        "separating": _separating(pen, pair),
        "shared": _shared(pen, pair),
    }


def _overall(pen: Pen, pair: str) -> Markup:
    a, b = sides(pen, pair)
    part = f"{pair}.overall"
    return say(
        "Together the networks name {} concepts: {} are named by {} alone, {} by {} alone, and {} "
        "are shared, a Jaccard index of {}.",
        pen.n(f"{part}.union"),
        pen.n(f"{part}.only_a"),
        name(pen, a),
        pen.n(f"{part}.only_b"),
        name(pen, b),
        pen.n(f"{part}.shared"),
        pen.n(f"{part}.jaccard", "share"),
    )


def _extremes(pen: Pen, pair: str) -> list[Markup]:
    values = {key: part["jaccard"] for key, part in pen.value(f"{pair}.layers").items()}
    high, low = (claims.extremes(values, largest=largest) for largest in (True, False))
    if high == low:
        return []

    def shown(keys: list[str]) -> Markup:
        number = pen.n(f"{pair}.layers.{keys[0]}.jaccard", "share")
        return say("{} ({})", pen.list(layer(pen, key) for key in keys), number)

    return [say("By layer, the index is highest in {} and lowest in {}.", shown(high), shown(low))]


def _chance(pen: Pen, pair: str) -> list[Markup]:
    level = pen.value("null.level")
    decided = claims.overlaps_against_chance(pen.value(pair), level)
    parts = {key: f"{pair}.layers.{key}" if key else f"{pair}.overall" for key in decided}
    sentences: list[Markup] = []
    words = {
        BELOW: " is smaller than chance would give in {}.",
        ABOVE: " is larger than chance would give in {}.",
        UNCLEAR: " lies outside the range of chance in {}, but not clearly: the corrected p does "
        "not reach the level.",
        WITHIN: " cannot be told from chance in {}.",
        UNDECIDED: " could not be tested, for want of permutations or labels, in {}.",
    }
    for side, sentence in words.items():
        found = [key for key, verdict in decided.items() if verdict == side]
        if found:
            shown = [_against(pen, parts[key], key, tested=side != UNDECIDED) for key in found]
            subject = "It" if sentences else "The overlap"
            sentences.append(say(subject + sentence, pen.list(shown)))
    return sentences


def _against(pen: Pen, part: str, key: str, *, tested: bool) -> Markup:
    where = layer(pen, key) if key else Markup("all layers together")
    if not tested:
        return where
    value = pen.n(f"{part}.jaccard", "share")
    low, high = (pen.n(f"{part}.null.{end}", "share") for end in ("low", "high"))
    return say("{} ({}; chance gives {} to {})", where, value, low, high)


def _ceiling(pen: Pen, pair: str, *, first: bool) -> list[Markup]:
    entries = {key: part["ceiling"] for key, part in pen.value(f"{pair}.layers").items()}
    known = {key: entry for key, entry in entries.items() if entry and entry["low"] is not None}
    if not known and not first:
        return []
    if not known:
        return [
            say(
                "How much a network overlaps with itself (the ceiling of any comparison) cannot "
                "be had from these tables: it needs a further run, or labels from parts of the "
                "probe."
            )
        ]
    kind = next(iter(known))
    sentences = [
        say(
            "How much overlap can be reached at all is shown by each network beside itself ({}).",
            pen.t(f"{pair}.layers.{kind}.ceiling.kind"),
        )
    ]
    lower = [k for k, e in known.items() if e["across"] is not None and e["across"] < e["low"]]
    if lower:
        sentences.append(
            say(
                "In {}, the networks overlap less with each other than either does with itself, at "
                "equal numbers of labels.",
                pen.list(layer(pen, key) for key in lower),
            )
        )
    if len(lower) < len(known):
        rest = pen.list(layer(pen, key) for key in known if key not in lower)
        sentences.append(say("In {}, they overlap no less than a network with itself.", rest))
    return sentences


def _merged(pen: Pen, pair: str) -> Markup:
    variant = f"{pair}.variants.merged"
    if not pen.get(variant):
        return Markup("")
    exact, merged = (pen.value(f"{key}.overall.jaccard") for key in (pair, variant))
    if exact is None or merged is None:
        return Markup("")
    word = "raises" if merged > exact else "lowers" if merged < exact else "leaves"
    counts = [f"{key}.overall.shared" for key in (variant, pair)]
    same = pen.value(counts[0]) == pen.value(counts[1])
    sharing = say(
        "as many concepts are shared, {}" if same else "{} concepts are shared instead of {}",
        *(pen.n(key) for key in counts),
    )
    return say(
        "Counting word forms as the same concept "
        + word
        + " the overall Jaccard index {} {}; {}. The range of chance above holds for the labels "
        "as they are spelt, not for merged ones.",
        "at" if word == "leaves" else "to",
        pen.n(f"{variant}.overall.jaccard", "share"),
        sharing,
    )


def _noise(pen: Pen, pair: str, *, first: bool) -> Markup:
    if pen.value(f"{pair}.overall.interval") is not None:
        part = f"{pair}.overall"
        return say(
            "With the variation that was measured ({}), the overall index lies between {} and {}.",
            pen.t(f"{part}.interval.source"),
            pen.n(f"{part}.interval.low", "share"),
            pen.n(f"{part}.interval.high", "share"),
        )
    if not first:
        return Markup("")
    noise = "manifest.report.rerun_noise"
    start = "No interval is printed for the Jaccard index itself: a table holds labels, not the "
    start += "variation they would show in another run."
    if not pen.get(noise):
        return say(start)
    return say(
        start + " For scale: published reruns of such a study on other hardware kept {} to {} of "
        "labels, and moved a Jaccard index by up to {} and a count by up to {}.",
        pen.n(f"{noise}.labels_low", "percent"),
        pen.n(f"{noise}.labels_high", "percent"),
        pen.n(f"{noise}.jaccard", "share"),
        pen.n(f"{noise}.count"),
    )


def _separating(pen: Pen, pair: str) -> list[Markup]:
    a, b = sides(pen, pair)
    found = claims.separates(pen.value(pair), pen.value("null.level"))
    concepts = f"{pair}.separating.concepts"
    if not pen.value(concepts):
        return [say("There is no concept to test.")]
    if not found:
        return [
            say(
                "No concept's share of units differs between {} and {} beyond chance: after "
                "correction for the {} concepts that were tested, even the clearest difference "
                "({}, {} units against {}) has an adjusted p of {}. A larger count in the table "
                "below is therefore no evidence that a network favours a concept.",
                name(pen, a),
                name(pen, b),
                pen.n(f"{pair}.separating.tested"),
                pen.t(f"{concepts}.0.concept"),
                pen.n(f"{concepts}.0.a"),
                pen.n(f"{concepts}.0.b"),
                pen.n(f"{concepts}.0.p_adjusted", "p"),
            )
        ]
    sentences = []
    for mine, more, less in ((a, "a", "b"), (b, "b", "a")):
        entries = [f"{concepts}.{i}" for i in found if _more(pen, f"{concepts}.{i}", more, (a, b))]
        if entries:
            shown = [
                say(
                    "{} ({} against {})",
                    pen.t(f"{one}.concept"),
                    pen.n(f"{one}.{more}"),
                    pen.n(f"{one}.{less}"),
                )
                for one in entries[:MANY]
            ]
            rest = Markup(", among others") if len(entries) > MANY else Markup("")
            sentences.append(
                say(
                    "A larger share of the units of {} responds to {}{}.",
                    name(pen, mine),
                    pen.list(shown),
                    rest,
                )
            )
    sentences.append(
        say(
            "The p values are corrected for the {} concepts that were tested.",
            pen.n(f"{pair}.separating.tested"),
        )
    )
    return sentences


def _more(pen: Pen, key: str, more: str, networks: tuple[str, str]) -> bool:
    """Whether a network's share of units is the larger one: shares are tested, not counts."""
    units = [pen.value(f"{network}.units") for network in networks]
    shares = [pen.value(f"{key}.{side}") / max(n, 1) for side, n in zip("ab", units, strict=True)]
    return bool(shares[more == "b"] > shares[more == "a"])


def _shared(pen: Pen, pair: str) -> list[Markup]:
    shared = pen.value(f"{pair}.shared_top")
    if not shared:
        return [say("The networks share no concept.")]
    a, b = sides(pen, pair)
    said: list[Markup] = []
    for i in range(min(len(shared), 6)):
        top = f"{pair}.shared_top.{i}"
        concept, mine, theirs = pen.t(f"{top}.0"), pen.n(f"{top}.1"), pen.n(f"{top}.2")
        if not said:
            said.append(
                say(
                    "{} ({} units in {}, {} in {})",
                    concept,
                    mine,
                    name(pen, a),
                    theirs,
                    name(pen, b),
                )
            )
        else:
            said.append(say("{} ({}, {})", concept, mine, theirs))
    return [
        say(
            "Ranked by the smaller of their counts, the concepts shared most are {}.",
            pen.list(said),
        )
    ]
