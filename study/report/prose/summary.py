"""The summary in three sentences, and the introduction."""

from markupsafe import Markup

from study.report import claims
from study.report.pen import Pen, say
from study.report.prose.kinds import kinds_apart
from study.report.prose.places import (
    compared_pairs,
    layer,
    leaders,
    name,
    network_of,
    networks,
    sides,
)


def subtitle(pen: Pen) -> Markup:
    """Write the names of the compared networks."""
    return pen.list(name(pen, key) for key in networks(pen))


def summary(pen: Pen) -> list[Markup]:
    """Write what was found, what chance makes of it, and what tells the networks apart."""
    pairs = compared_pairs(pen)
    if not pairs:
        return _alone(pen)
    if len(pairs) == 1:
        last = kinds_apart(pen, pairs[0]) or _apart(pen, pairs[0])
        return [_found(pen, pairs[0]), _against_chance(pen, pairs[0]), last]
    return [_found_many(pen, pairs), _many_against_chance(pen, pairs), _many_apart(pen, pairs)]


def introduction(pen: Pen) -> list[Markup]:
    """Write what the question is, whatever the answer."""
    start = [
        say(
            "This report names what the units of {} respond to. A unit is a channel of a layer. "
            "Each unit gets as its label the concept from a fixed list that fits best what the "
            "images show to which it responds most strongly, as judged by an encoder that relates "
            "images and text.",
            subtitle(pen),
        ),
    ]
    if compared_pairs(pen):
        start.append(
            say(
                "The networks are then compared by these labels: which concepts they share, and "
                "whether they share more or fewer than chance would give."
            )
        )
    end = say(
        "Every number printed here is taken from the results that travel with this report, and "
        "the sentences are chosen by rules from these numbers."
    )
    return [*start, end]


def _alone(pen: Pen) -> list[Markup]:
    key = networks(pen)[0]
    first = leaders(pen, key)
    return [
        say(
            "The {} units of {} carry {} different concepts.",
            pen.n(f"{key}.units"),
            name(pen, key),
            pen.n(f"{key}.unique"),
        ),
        say(
            "The commonest is {}, the label of {} units."
            if len(first) == 1
            else "Among the commonest is {}, the label of {} units.",
            pen.t(f"{key}.top.{first[0]}.0"),
            pen.n(f"{key}.top.{first[0]}.1"),
        ),
        say("Nothing is compared: a comparison needs a further network."),
    ]


def _found(pen: Pen, pair: str) -> Markup:
    a, b = sides(pen, pair)
    return say(
        "{} names {} different concepts with {} units, {} names {} with {}; they share {} concepts "
        "(Jaccard index {}).",
        name(pen, a),
        pen.n(f"{a}.unique"),
        pen.n(f"{a}.units"),
        name(pen, b),
        pen.n(f"{b}.unique"),
        pen.n(f"{b}.units"),
        pen.n(f"{pair}.overall.shared"),
        pen.n(f"{pair}.overall.jaccard", "share"),
    )


def _against_chance(pen: Pen, pair: str) -> Markup:
    decided = claims.overlaps_against_chance(pen.value(pair), pen.value("null.level"))
    null = f"{pair}.overall.null"
    overall = decided.pop(claims.OVERALL)
    if overall == claims.UNDECIDED:
        return say("Whether chance would give as much overlap could not be tested.")
    words = {
        claims.BELOW: "This is less overlap than chance gives",
        claims.ABOVE: "This is more overlap than chance gives",
        claims.WITHIN: "Chance alone gives such an overlap as well",
        claims.UNCLEAR: "This lies outside the range that chance gives, but not clearly",
    }
    start = say(
        words[overall] + " ({} on average, {} of redealings between {} and {})",
        pen.n(f"{null}.mean", "share"),
        pen.n("null.level", "percent"),
        pen.n(f"{null}.low", "share"),
        pen.n(f"{null}.high", "share"),
    )
    outside = {
        side: [key for key, found in decided.items() if found == side]
        for side in (claims.BELOW, claims.ABOVE)
    }
    parts = [say("{} {} chance", _lying(pen, keys), side) for side, keys in outside.items() if keys]
    within = [key for key, found in decided.items() if found == claims.WITHIN]
    if within:
        parts.append(say("{} cannot be told from it", pen.list(layer(pen, key) for key in within)))
    unclear = [key for key, found in decided.items() if found == claims.UNCLEAR]
    if unclear:
        parts.append(say("{} outside its range, but not clearly", _lying(pen, unclear)))
    if len(decided) < 2 or not parts:
        return start + Markup(".")
    return start + say("; by layer, {}.", Markup(", ").join(parts))


def _lying(pen: Pen, keys: list[str]) -> Markup:
    verb = "lies" if len(keys) == 1 else "lie"
    return say("{} " + verb, pen.list(layer(pen, key) for key in keys))


def _apart(pen: Pen, pair: str) -> Markup:
    found = claims.separates(pen.value(pair), pen.value("null.level"))[:3]
    a, b = sides(pen, pair)
    if not found:
        return say(
            "Of the {} concepts tested, none differs in frequency between {} and {} beyond chance "
            "when the number of tests is allowed for.",
            pen.n(f"{pair}.separating.tested"),
            name(pen, a),
            name(pen, b),
        )
    return say(
        "What tells the networks apart most clearly: {}.",
        pen.list(_contrast(pen, f"{pair}.separating.concepts.{i}", a, b) for i in found),
    )


def _contrast(pen: Pen, key: str, a: str, b: str) -> Markup:
    return say(
        "{} ({} units in {}, {} in {})",
        pen.t(f"{key}.concept"),
        pen.n(f"{key}.a"),
        name(pen, a),
        pen.n(f"{key}.b"),
        name(pen, b),
    )


def _found_many(pen: Pen, pairs: list[str]) -> Markup:
    named = [
        say(
            "{} {}" if number else "{} names {} different concepts",
            name(pen, key),
            pen.n(f"{key}.unique"),
        )
        for number, key in enumerate(networks(pen))
    ]
    values = {pair: pen.value(f"{pair}.overall.jaccard") for pair in pairs}
    high, low = (claims.extremes(values, largest=largest)[:1] for largest in (True, False))
    if not high or high == low:
        return say("{}.", pen.list(named))
    return say(
        "{}; {} overlap most (Jaccard index {}), {} least ({}).",
        pen.list(named),
        _names(pen, high[0]),
        pen.n(f"{high[0]}.overall.jaccard", "share"),
        _names(pen, low[0]),
        pen.n(f"{low[0]}.overall.jaccard", "share"),
    )


def _many_against_chance(pen: Pen, pairs: list[str]) -> Markup:
    level = pen.value("null.level")
    overall = {
        pair: claims.overlaps_against_chance(pen.value(pair), level)[claims.OVERALL]
        for pair in pairs
    }
    words = {
        claims.BELOW: "less than chance gives",
        claims.ABOVE: "more than chance gives",
        claims.WITHIN: "no other than chance gives",
        claims.UNCLEAR: "not clearly other than chance gives",
        claims.UNDECIDED: "not tested against chance",
    }
    parts = [
        say("{} is {}", pen.list(_names(pen, p) for p, f in overall.items() if f == side), text)
        for side, text in words.items()
        if side in overall.values()
    ]
    return say("The overlap of {}.", Markup("; that of ").join(parts))


def _many_apart(pen: Pen, pairs: list[str]) -> Markup:
    level = pen.value("null.level")
    parts = []
    for pair in pairs:
        if found := claims.separates(pen.value(pair), level):
            a, b = sides(pen, pair)
            parts.append(_contrast(pen, f"{pair}.separating.concepts.{found[0]}", a, b))
    if not parts:
        return say("No concept differs in frequency between any of them beyond chance.")
    return say("What tells networks apart most clearly: {}.", pen.list(parts))


def _names(pen: Pen, pair: str) -> Markup:
    names = (pen.value(f"{pair}.{side}") for side in "ab")
    return pen.list(name(pen, network_of(pen, one)) for one in names)
