"""Write the first page: the question, how labels come about, and how sure the answer is."""

from collections.abc import Mapping

from markupsafe import Markup

from study.report import decisions
from study.report.lookup import (
    compared_pairs,
    detailed_pairs,
    having,
    is_control,
    level_of,
    networks,
    pairs_of_compared,
    sides,
    state_pairs,
)
from study.report.node import Node
from study.report.pen import OVERALL, Pen
from study.report.prose.kinds_apart import differ_in_kind, favoured
from study.report.prose.recounts import recounts

_METHODS: Mapping[str, str] = {
    "soft_wpmi": "soft WPMI",
    "wpmi": "WPMI",
    "rank_reorder": "rank reorder",
    "cos_similarity": "cosine similarity",
    "cos_similarity_cubed": "cubed cosine similarity",
}

_VERDICTS: Mapping[str, str] = {
    decisions.BELOW: "lower",
    decisions.ABOVE: "higher",
    decisions.WITHIN: "not significantly different",
    decisions.UNCLEAR: "not significantly different",
    decisions.UNSAFE: "above a null that is too low",
    decisions.UNSCORED: "above a null that may be too low",
    decisions.UNDECIDED: "not tested",
}


def question(pen: Pen) -> Markup:
    """Write the question that the report answers."""
    every = pen.list(map(pen.name, networks(pen)))
    if compared_pairs(pen):
        return pen.say(
            "Do the units of {} respond to different concepts, and in which layers?", every
        )
    if state_pairs(pen):
        return pen.say("Which labels changed between {}?", every)
    return pen.say("Which concepts do the units of {} respond to?", every)


def lead(pen: Pen) -> list[Markup]:
    """Answer the question in a line for each pair of networks described in detail."""
    pairs = detailed_pairs(pen)
    lines = []
    for pair in pairs:
        its = decisions.overlaps_against_null(pair, level_of(pen))[OVERALL]
        said = favoured(pen, pair)
        if differ_in_kind(pen, pair):
            said = pen.say("Yes. {}", said)
        elif its == decisions.BELOW:
            text = "Yes, though not in the kinds of concept: {} and {} share fewer concepts than "
            text += "if labels did not depend on the network."
            said = pen.say(text, *sides(pen, pair))
        elif its == decisions.ABOVE:
            text = "No: {} and {} share more concepts than if labels did not depend on the network."
            said = pen.say(text, *sides(pen, pair))
        else:
            text = "No difference between {} and {} is detectable."
            said = pen.say(text, *sides(pen, pair)) if said or its == decisions.WITHIN else said
        if said:
            lines.append(said)
    return lines


def makers(pen: Pen) -> list[Markup]:
    """Write who made the report, for what and when, and where its code and data are."""
    about = pen.document["manifest"]["report"].get("about")
    authors = [pen.given(str(author.value), 80) for author in about.get("authors") or ()]
    lines = [pen.list(authors)] if authors else []
    further = [about.get(name) for name in ("team", "course", "date", "repository")]
    shown = [pen.given(str(text.value), 160) for text in further if text.value]
    return [*lines, *([Markup(" · ").join(shown)] if shown else [])]


def made(pen: Pen) -> Markup:
    """Say in a sentence or two how a unit gets its concept, as far as that is stated."""
    manifest = pen.document["manifest"]
    text = "A unit is a channel of a layer. Each unit is labelled with the concept, from {}, that "
    text += "best matches the images to which it responds most strongly{}."
    count = manifest.get("concepts", "count")
    if count.value is None:
        pairs = list(pen.document["pairs"])
        count = pairs[0].get("inputs", "words") if pairs else count
    words = pen.say("a list of {} words", pen.t(count)) if count.value else pen.say("a fixed list")
    return pen.say(text, words, _judged(pen))


def _judged(pen: Pen) -> Markup:
    """Say what judges how well a concept and an image match."""
    manifest = pen.document["manifest"]
    images, name = manifest.get("probe", "images"), manifest.get("probe", "name")
    among = ""
    if images.value is not None:
        among = pen.say(", among {} images", pen.t(images))
    elif name.value:
        among = pen.say(", among the images of {}", pen.t(name))
    if manifest.get("encoder", "kind").value == "truth":
        return pen.say("{}, as the table of what they show says", among)
    encoder = manifest.get("encoder", "model")
    method = str(manifest.get("dissection", "similarity").value)
    judged = (
        pen.say("the image-text encoder {}", pen.t(encoder))
        if encoder.value
        else "an image-text encoder"
    )
    function = pen.say(" ({})", pen.say(_METHODS[method])) if method in _METHODS else ""
    return pen.say("{}, as judged by {} with the method CLIP-Dissect{}", among, judged, function)


def provenance(pen: Pen) -> Markup:
    """Say in a line what the labels were made with, as far as that is stated."""
    manifest = pen.document["manifest"]
    stated = [
        pen.say("{} {}", text, shown)
        for text, shown in (
            ("probe", _of(pen, "probe", "name", "images", "images")),
            ("concepts", _of(pen, "concepts", "name", "count", "words")),
            ("encoder", _of(pen, "encoder", "model")),
        )
        if shown
    ]
    version = manifest.get("report", "study")
    if version.value is not None:
        stated.append(pen.say("written by study {}", pen.t(version)))
    missing = [
        text
        for text, path in (
            ("probe", ("probe", "name")),
            ("list of concepts", ("concepts", "name")),
            ("encoder", ("encoder", "model")),
        )
        if manifest.get(*path).value is None
    ]
    if missing:
        text = "{} not stated with the tables"
        stated.append(pen.say(text, pen.list(map(pen.say, missing))))
    return Markup("; ").join(stated)


def _of(pen: Pen, part: str, name: str, count: str = "", unit: str = "") -> Markup:
    entry = pen.document["manifest"].get(part)
    if entry.get(name).value is None:
        return Markup("")
    shown = pen.t(entry[name], 40)
    if count and entry.get(count).value is not None:
        return pen.say("{} ({} {})", shown, pen.t(entry[count]), unit)
    return shown


def certainty(pen: Pen, pair: Node) -> list[Markup]:
    """Say how stable labels are, and how the finding fares under stricter rules of counting."""
    said = [_stable(pen), _stricter(pen, pair)]
    return [sentence for sentence in said if sentence]


def _stable(pen: Pen) -> Markup:
    measured = [one for one in having(pen, "stability") if not is_control(one)]
    if not measured:
        noise = pen.document.get("manifest", "report", "rerun_noise")
        text = "How stable the labels are was not measured"
        if not noise:
            return pen.say(text + ".")
        text += "; published reruns of such a study on other hardware reproduced "
        text += "{noise[labels_low]:tenths} to {noise[labels_high]:tenths} of the labels."
        return pen.say(text, noise=noise)
    shown = [
        pen.say("{:tenths} of the labels of {}", one["stability"]["overall"]["mean"], one)
        for one in measured
    ]
    sure = [
        pen.say("{:tenths} of those of {}", one["stability"]["overall"]["confident_share"], one)
        for one in measured
        if one["stability"]["overall"].get("confident_share").value is not None
    ]
    text = "Disjoint parts of the probe agree on {}"
    start = pen.say(text, pen.list(shown))
    if not sure:
        return start + Markup(".")
    return start + pen.say("; {} are confident.", pen.list(sure))


def _stricter(pen: Pen, pair: Node) -> Markup:
    """Say what the overlap is under other rules of counting, against their own nulls."""
    text = "{}, {one[jaccard]:share} against {one[null][mean]:share} expected, {} (adjusted p "
    text += "{one[null][p_adjusted]:p})"
    shown = [
        pen.say(text, recount.text, _VERDICTS[recount.verdict], one=recount.overlap)
        for recount in recounts(pen, pair)
    ]
    if not shown:
        return Markup("")
    return pen.say("The overlap under other rules of counting: {}.", Markup("; ").join(shown))


def controls(pen: Pen, pair: Node) -> Markup:
    """Say what controls, such as random weights, yield beside the compared networks."""
    entries = [one for one in networks(pen, controls=True) if is_control(one)]
    if not entries:
        return pen.say("No control, such as random weights, was dissected beside them.")
    both = {one.value for one in (pair["a"], pair["b"])}
    parts = []
    for control in entries:
        own = [
            pen.say("{overall[jaccard]:share} with {}", pen.t(other["a"]), overall=other["overall"])
            for other in pairs_of_compared(pen)
            if other["b"].value == control["name"].value and other["a"].value in both
            if other["overall"]["jaccard"].value is not None
        ]
        text = "the control {one} has {one[unique]} distinct labels on {one[units]} units"
        parts.append(
            pen.say(text, one=control)
            + (pen.say(" (Jaccard index {})", pen.list(own)) if own else "")
        )
    return pen.say("For comparison, {}.", Markup("; ").join(parts))
