"""How the comparison was made, and what the numbers do not say."""

from markupsafe import Markup

from study.report.lookup import compared_pairs, networks
from study.report.node import Node
from study.report.pen import Pen, say


def comparing(pen: Pen) -> list[tuple[str, Markup]]:
    """Write the steps of the comparison, each under a heading of its own."""
    steps: list[tuple[str, Markup]] = []
    if pairs := compared_pairs(pen):
        steps += _steps(pen, pairs[0])
    measured = ("stability", "truth")
    if any(one.get(part) for one in networks(pen, controls=True) for part in measured):
        known = [pen.document.get("intervals", kind) for kind in ("mean", "share", "difference")]
        shown = Markup("; ").join(pen.t(method, 300) for method in known if method)
        steps.append(("intervals in brackets", say("{}.", shown)))
    return steps


def _steps(pen: Pen, pair: Node) -> list[tuple[str, Markup]]:
    layers = say(
        "Each layer is compared by itself, then all layers together. There, a concept that "
        "several layers name still counts as the same concept, so the totals are no sums."
    )
    null = pen.document["null"]
    chance = say(
        "The labels of a layer's units in either network are pooled and dealt out again at random, "
        "{} times (seed {}); for the total, those of all layers. An overlap counts as different "
        "from chance where its p, taken for either side and corrected by Holm's method for the "
        "number of statements about the same comparison, is at most what a level of {} leaves.",
        pen.n(null["permutations"]),
        pen.n(null["seed"]),
        pen.n(null["level"], "percent"),
    )
    forms = say(
        "The count is repeated with {}.", pen.t(pair.get("variants", "merged", "method"), 300)
    )
    separating = say(
        "{}, where A and B stand for the networks in the order of the tables.",
        pen.t(pair.get("separating", "method"), 300),
    )
    return [
        ("layers", layers),
        ("chance", chance),
        ("word forms", forms),
        ("concepts that tell networks apart", separating),
    ]


def limits(pen: Pen) -> list[Markup]:
    """Write the limits that hold for these data."""
    compared = networks(pen)
    sentences = [
        say(
            "A label is the best of the given concepts, not a proof of what a unit does. A unit "
            "that responds to something no concept names still gets a label."
        ),
        say(
            "Similarities depend on the whole list of concepts and on all units of a layer scored "
            "together. They cannot be compared across lists of concepts, methods or layers of "
            "another width."
        ),
    ]
    if compared_pairs(pen):
        sentences += _limits_of_comparisons()
    if any(network.get("stability").value is None for network in compared):
        sentences.append(
            say(
                "For want of measurements beside the labels, nothing is said of how sure a label "
                "is."
            )
        )
    if all(network.get("truth").value is None for network in compared):
        sentences.append(
            say(
                "What the images really show is not known here, so no label is judged right or "
                "wrong."
            )
        )
    return [*sentences, *_limits_of_study(pen)]


def _limits_of_comparisons() -> list[Markup]:
    return [
        say(
            "Concepts are compared as they are spelt: synonyms count as different, and so do word "
            "forms outside the merged variant."
        ),
        say(
            "The chance level asks whether the labels could have been dealt out at random between "
            "the networks; it does not ask whether a label is right."
        ),
        say(
            "The networks compared may differ in more than their training data; a difference "
            "between particular networks is no finding about all networks trained so."
        ),
    ]


def _limits_of_study(pen: Pen) -> list[Markup]:
    sentences = []
    if demonstration := pen.document.get("manifest", "demonstration"):
        sentences.append(
            say(
                "This is a demonstration ({}): it shows the method at work and says nothing about "
                "networks of practical size.",
                pen.t(demonstration, 200),
            )
        )
    limit = pen.document.get("manifest", "limit")
    if limit.value is not None:
        text = "Only a sample of {} images was used: a trial, not the study."
        sentences.append(say(text, pen.n(limit)))
    return sentences
