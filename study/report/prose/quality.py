"""How sure and how right the labels are, where that was measured."""

from collections.abc import Callable, Mapping

from markupsafe import Markup

from study.intervals import share_interval
from study.report import claims
from study.report.pen import Pen, say
from study.report.prose.places import layer, name, networks

MEASURES: Mapping[str, str] = {
    "precision": "share of top images that show the label",
    "pearson": "correlation of activation and truth",
    "auprc": "area under the precision-recall curve",
}
_BASELINES = {"shuffled": "another unit's label", "constant": "the layer's commonest label"}


def quality(pen: Pen) -> dict[str, list[Markup]]:
    """Write about stability, truth, categories, the known answer, and other settings."""
    return {part: [sentence for sentence in rule(pen) if sentence] for part, rule in _PARTS.items()}


def _having(pen: Pen, part: str) -> list[str]:
    return [key for key in networks(pen, controls=True) if pen.get(f"{key}.{part}") is not None]


def _range(pen: Pen, key: str, form: str = "share") -> Markup:
    """Write an estimate with its interval."""
    value = pen.value(key)
    if value["low"] is None:
        return pen.n(f"{key}.mean", form)
    ends = (pen.n(f"{key}.{end}", form) for end in ("mean", "low", "high"))
    return say("{} [{}, {}]", *ends)


def _stability(pen: Pen) -> list[Markup]:
    keys = _having(pen, "stability")
    if not keys:
        return []
    shown = [
        say(
            "{} keeps a label in {} of resamples",
            name(pen, key),
            _range(pen, f"{key}.stability.overall"),
        )
        for key in keys
    ]
    covers = say(
        "The probe was resampled and every unit labelled anew. This covers which images happen to "
        "be in the probe. It does not cover another kind of probe, another list of concepts, "
        "another encoder or another training run."
    )
    return [say("On average over its units, {}.", Markup("; ").join(shown)), covers]


def _truth(pen: Pen) -> list[Markup]:
    keys = [key for key in _having(pen, "truth") if key.startswith("networks")]
    sentences = []
    for key in keys:
        for measure, words in MEASURES.items():
            sentences.append(_against_baselines(pen, key, measure, words))
    for key in keys:
        sentences.append(_against_control(pen, key))
    return sentences


def _against_baselines(pen: Pen, key: str, measure: str, words: str) -> Markup:
    """Say in which layers a label does better than labels dealt at random."""
    layers = pen.value(f"{key}.truth.layers")
    better: list[str] = []
    others: list[str] = []
    for one, entry in layers.items():
        if not entry.get(measure):
            continue
        beaten = all(
            claims.apart(entry[measure], entry.get(f"{measure}_{other}")) == claims.ABOVE
            for other in _BASELINES
        )
        (better if beaten else others).append(one)
    if not better and not others:
        return Markup("")

    def shown(keys: list[str]) -> Markup:
        return pen.list(
            say("{} ({})", layer(pen, one), _range(pen, f"{key}.truth.layers.{one}.{measure}"))
            for one in keys
        )

    start = say("{}, {}: ", name(pen, key), words)
    parts = []
    if better:
        parts.append(say("above every baseline in {}", shown(better)))
    if others:
        parts.append(say("not clearly above every baseline in {}", shown(others)))
    return start + Markup("; ").join(parts) + Markup(".")


def _against_control(pen: Pen, key: str) -> Markup:
    controls = [one for one in _having(pen, "truth") if one.startswith("controls")]
    verdicts: dict[str, list[str]] = {}
    for one in pen.value(f"{key}.truth.layers"):
        mine = pen.value(f"{key}.truth.layers.{one}")["precision"]
        theirs = [pen.get(f"{control}.truth.layers.{one}.precision") for control in controls]
        if not any(theirs):
            continue
        found = {claims.apart(mine, other) for other in theirs}
        verdict = claims.ABOVE if found == {claims.ABOVE} else claims.WITHIN
        verdicts.setdefault(verdict, []).append(one)
    if not verdicts:
        return Markup("")
    words = {
        claims.ABOVE: "clearly more often than those of the control in {}",
        claims.WITHIN: "not clearly more often in {}",
    }
    parts = [
        say(text, pen.list(layer(pen, one) for one in verdicts[verdict]))
        for verdict, text in words.items()
        if verdict in verdicts
    ]
    return say("The top images of {} show its labels {}.", name(pen, key), Markup("; ").join(parts))


def _categories(pen: Pen) -> list[Markup]:
    """Say in which categories, in the last common layer, compared networks are clearly apart."""
    keys = [key for key in _having(pen, "categories") if key.startswith("networks")]
    sentences = []
    for i, a in enumerate(keys):
        for b in keys[i + 1 :]:
            sentences.append(_kinds(pen, a, b))
    return sentences


def _kinds(pen: Pen, a: str, b: str) -> Markup:
    common = [
        one
        for one in pen.value(f"{a}.categories.layers")
        if one in pen.value(f"{b}.categories.layers")
    ]
    if not common:
        return Markup("")
    last = common[-1]
    layers = [pen.value(f"{key}.categories.layers.{last}") for key in (a, b)]
    kinds = list(dict.fromkeys(kind for entry in layers for kind in entry))
    shown = []
    for kind in kinds:
        mine, theirs = (entry.get(kind) or _none_of(entry) for entry in layers)
        verdict = claims.apart(mine, theirs)
        if verdict not in (claims.ABOVE, claims.BELOW):
            continue
        more, less = (a, b) if verdict == claims.ABOVE else (b, a)
        shares = [f"{key}.categories.layers.{last}.{kind}.share" for key in (more, less)]
        held = [pen.n(key, "percent") if pen.get(key) else Markup("none") for key in shares]
        shown.append(
            say(
                "{} ({} {}, {} {})",
                pen.given(kind),
                name(pen, more),
                held[0],
                name(pen, less),
                held[1],
            )
        )
    who = (layer(pen, last), name(pen, a), name(pen, b))
    if not shown:
        return say("In {}, the share of no category is clearly apart between {} and {}.", *who)
    return say(
        "In {}, {} and {} are clearly apart, by intervals that do not overlap, in the share of "
        "labels of these categories: {}.",
        *who,
        pen.list(shown),
    )


def _none_of(entry: Mapping[str, Mapping[str, float]]) -> Mapping[str, object]:
    """Return the share, with its interval, of a category that no label of a layer has."""
    return share_interval(0, int(sum(one["count"] for one in entry.values())))


def _classes(pen: Pen) -> list[Markup]:
    return [
        say(
            "Of the {} class units of {}, whose right answer is known, {} are labelled with their "
            "own class, and for {} their class is among the best labels that were kept.",
            pen.n(f"{key}.classes.units"),
            name(pen, key),
            pen.n(f"{key}.classes.top1_share", "percent"),
            pen.n(f"{key}.classes.top5_share", "percent"),
        )
        for key in _having(pen, "classes")
    ]


def _sensitivity(pen: Pen) -> list[Markup]:
    if not _having(pen, "sensitivity"):
        return []
    return [
        say(
            "The labels depend on settings of the method; the table shows how many stay the same "
            "when a setting takes another value."
        )
    ]


_PARTS: Mapping[str, Callable[[Pen], list[Markup]]] = {
    "stability": _stability,
    "truth": _truth,
    "categories": _categories,
    "classes": _classes,
    "sensitivity": _sensitivity,
}
