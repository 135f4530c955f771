"""What the numbers do not say."""

from markupsafe import Markup

from study.report.pen import Pen, say
from study.report.prose.places import compared_pairs, networks


def limits(pen: Pen) -> list[Markup]:
    """Write the limits that hold for these data."""
    keys = networks(pen)
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
        sentences += _of_comparisons()
    if any(pen.get(f"{key}.stability") is None for key in keys):
        sentences.append(
            say(
                "For want of measurements beside the labels, nothing is said of how sure a label "
                "is."
            )
        )
    if all(pen.get(f"{key}.truth") is None for key in keys):
        sentences.append(
            say(
                "What the images really show is not known here, so no label is judged right or "
                "wrong."
            )
        )
    if pen.get("manifest.demonstration"):
        sentences.append(
            say(
                "This is a demonstration ({}): it shows the method at work and says nothing about "
                "networks of practical size.",
                pen.t("manifest.demonstration", 200),
            )
        )
    if pen.get("manifest.limit") is not None:
        sentences.append(
            say(
                "Only a sample of {} images was used: a trial, not the study.",
                pen.n("manifest.limit"),
            )
        )
    return sentences


def _of_comparisons() -> list[Markup]:
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
