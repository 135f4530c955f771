"""Write how the comparison was made, and its limitations."""

from collections.abc import Mapping

from markupsafe import Markup

from study.comparison.null import LABELS, UNITS
from study.report.charts import lack_glyphs
from study.report.lookup import compared_pairs, networks
from study.report.node import Node
from study.report.pen import Pen

_ALWAYS = (
    "A label is the best match among the given concepts, not proof of what a unit does. A unit "
    "that responds to something outside the list still gets a label.",
    "Similarities depend on the whole list of concepts and on all units of a layer that are scored "
    "together. They cannot be compared across lists of concepts, methods or layers of different "
    "width.",
)
_OF_COMPARISONS = (
    "Concepts are compared as spelt: synonyms count as different concepts, and so do word forms "
    "outside the merged variant.",
    "That an overlap does not differ from the null does not show that networks are alike.",
    "The null asks whether labels depend on the network; it does not ask whether a label is right.",
    "The networks may differ in more than their training data, and a difference between these "
    "networks need not hold for others trained on the same data.",
    "Counts of distinct labels, indices and similarities change with the width of a layer by "
    "themselves; across layers they are not compared.",
)


_NULLS: Mapping[str, str] = {
    UNITS: "The units of a layer are pooled over the networks, permuted among them and scored "
    "anew, since a unit's label depends on the units that it is scored with.",
    LABELS: "The labels of a layer's units are pooled over the networks and permuted "
    "among them, each staying as it is: the tables allow no more.",
}


def comparing(pen: Pen) -> list[tuple[str, Markup]]:
    """Write the steps of the comparison, each under a heading of its own."""
    steps: list[tuple[str, Markup]] = []
    if pairs := compared_pairs(pen):
        steps += _steps(pen, pairs[0])
    measured = ("stability", "truth")
    if any(one.get(part) for one in networks(pen, controls=True) for part in measured):
        known = [pen.document.get("intervals", kind) for kind in ("mean", "share", "difference")]
        shown = Markup("; ").join(pen.t(method, 300) for method in known if method)
        steps.append(("intervals in brackets", pen.say("{}.", shown)))
    return steps


def _steps(pen: Pen, pair: Node) -> list[tuple[str, Markup]]:
    layers = pen.say(
        "Each layer is compared separately, then all layers together. In the total, a label that "
        "occurs in several layers still counts as the same label, so totals are not sums over "
        "layers."
    )
    if not pair["layers"]:
        layers = pen.say(
            "The layers of the networks are not told apart: all units of the one are compared with "
            "all units of the other."
        )
    way, within = _NULLS.get(str(pair["overall"].get("null", "kind").value), ""), ""
    if pair["layers"]:
        within = ", for the total within every layer"
    else:
        way = way.replace("The labels of a layer's units", "The labels of all units")
    own = pair["overall"]["null"]
    null = pen.say(
        "The null: labels do not depend on the network. {} This is done {own[permutations]} times "
        "(seed {null[seed]}){}; dead units stand outside. An "
        "overlap is called lower or higher than the null if its p value, for either direction and "
        "adjusted by Holm for the {null[statements]} overlaps of this report, is "
        "significant at a confidence level of {null[level]:percent}.",
        pen.say(way),
        within,
        own=own,
        null=pen.document["null"],
    )
    forms = "The comparison is repeated with {:300}."
    tested = "{:300}, where A and B are the networks in the order of the tables."
    return [
        ("layers", layers),
        ("null", null),
        ("word forms", pen.say(forms, pair.get("variants", "merged", "method"))),
        (
            "concepts that distinguish the networks",
            pen.say(tested, pair.get("separating", "method")),
        ),
    ]


def limits(pen: Pen) -> list[Markup]:
    """Write the limitations that hold for these data."""
    compared = networks(pen)
    texts = list(_ALWAYS)
    if compared_pairs(pen):
        texts += _OF_COMPARISONS
    if any(network.get("stability").value is None for network in compared):
        texts.append(
            "Without labels from parts of the probe, the stability of labels cannot be assessed."
        )
    if all(network.get("truth").value is None for network in compared):
        texts.append("What the images show is not recorded, so no label is judged right or wrong.")
    if not any((pen.document.get("cards").value or {}).values()):
        texts.append(
            "The tables come without unit cards, so no images are shown: what units respond to is "
            "told by words alone."
        )
    words = (word for one in networks(pen, controls=True) for word, _ in one["top"].value)
    if lack_glyphs(words):
        texts.append(
            "Some characters have no glyph in the fonts that travel with this report: in its "
            "figures and on paper they stand as U+ and their code, and long labels are cut. The "
            "attached tables hold them as they are."
        )
    return [*map(pen.say, texts), *_limits_of_study(pen)]


def _limits_of_study(pen: Pen) -> list[Markup]:
    sentences = []
    if demonstration := pen.document.get("manifest", "demonstration"):
        text = (
            "This is a demonstration ({:200}): it shows the method at work and says nothing about "
            "networks of practical size."
        )
        sentences.append(pen.say(text, demonstration))
    limit = pen.document.get("manifest", "limit")
    if limit.value is not None:
        text = "Only a sample of {} images was used: this is a trial run, not the study."
        sentences.append(pen.say(text, limit))
    return sentences
