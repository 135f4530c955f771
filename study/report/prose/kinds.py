"""What kind of thing labels name, and whether class units get the name of their class."""

from markupsafe import Markup

from study.report import claims
from study.report.pen import Pen, say
from study.report.prose.places import all_pairs, having, last_difference, layer, name, sides


def categories(pen: Pen) -> list[Markup]:
    """Say which kinds of thing networks name more of, in the last layer, by the differences."""
    return [
        sentence
        for pair in all_pairs(pen)
        if sides(pen, pair)[0].startswith("networks")
        for sentence in (_kinds(pen, pair),)
        if sentence
    ]


def _kinds(pen: Pen, pair: str) -> Markup:
    key = last_difference(pen, pair, "categories")
    if key is None:
        return Markup("")
    a, b = sides(pen, pair)
    decided = _decided(pen, key)

    def listed(side: str, form: str) -> Markup:
        kinds = [kind for kind, verdict in decided.items() if verdict == side]
        if form == "names":
            return pen.list(pen.given(kind) for kind in kinds)
        return pen.list(_more(pen, f"{key}.categories.{kind}", kind) for kind in kinds)

    parts = []
    for side, who in ((claims.ABOVE, a), (claims.BELOW, b)):
        if side in decided.values():
            parts.append(
                say("{} gives more of its labels to {}", name(pen, who), listed(side, "ranges"))
            )
    if claims.WITHIN in decided.values():
        parts.append(say("not clearly apart are {}", listed(claims.WITHIN, "names")))
    if not parts:
        return Markup("")
    start = say(
        "Shares of labels, {} less {}{}, in {}: ",
        name(pen, a),
        Markup("the control ") if b.startswith("controls") else Markup(""),
        name(pen, b),
        layer(pen, key.split(".layers.")[-1]),
    )
    return start + Markup("; ").join(parts) + Markup(".")


def kinds_apart(pen: Pen, pair: str) -> Markup:
    """Say in short to which kinds of thing each network gives more labels; empty if to none."""
    key = last_difference(pen, pair, "categories")
    decided = _decided(pen, key) if key else {}
    parts: list[Markup] = []
    for side, who in zip((claims.ABOVE, claims.BELOW), sides(pen, pair), strict=True):
        kinds = pen.list(pen.given(kind) for kind, verdict in decided.items() if verdict == side)
        if kinds:
            words = "{} to {}" if parts else "{} gives more of its labels to {}"
            parts.append(say(words, name(pen, who), kinds))
    if not key or not parts:
        return Markup("")
    where = layer(pen, key.split(".layers.")[-1])
    return say("In {}, {}.", where, Markup(", ").join(parts))


def _decided(pen: Pen, key: str) -> dict[str, str]:
    """Return which network clearly names more of each kind, as the sign of the difference."""
    found = pen.value(f"{key}.categories")
    return {kind: claims.sign(entry) for kind, entry in found.items() if entry}


def _more(pen: Pen, key: str, kind: str) -> Markup:
    ends = (pen.n(f"{key}.{end}", "share") for end in ("share", "low", "high"))
    return say("{} ({} [{}, {}])", pen.given(kind), *ends)


def classes(pen: Pen) -> list[Markup]:
    """Say how often class units get the right name, where there are such units."""
    return [_class_units(pen, f"{key}.classes", key) for key in having(pen, "classes")]


def _class_units(pen: Pen, key: str, network: str) -> Markup:
    """Say how often a class unit gets the name of its class, of those that could get it."""
    entry = pen.value(key)
    units, ranked = pen.n(f"{key}.units"), pen.n(f"{key}.ranked")
    if not entry["ranked"]:
        return say(
            "Of the {} class units of {}, none has a class whose name is on the list of concepts: "
            "no label could be right.",
            units,
            name(pen, network),
        )
    if entry["ranked"] == entry["units"]:
        start = say("Of the {} class units of {}", units, name(pen, network))
    else:
        start = say(
            "{} of the {} class units of {} have a class whose name is on the list of concepts. "
            "Of these",
            ranked,
            units,
            name(pen, network),
        )
    return start + say(
        ", {} are labelled with their own class, and {} have it among their {} best labels.",
        _share(pen, f"{key}.found"),
        _share(pen, f"{key}.nearly"),
        pen.n(f"{key}.first"),
    )


def _share(pen: Pen, key: str) -> Markup:
    ends = (pen.n(f"{key}.{end}", "percent") for end in ("share", "low", "high"))
    return say("{} [{}, {}]", *ends)
